//! Observations with everything in them that can be, and reports of them.

use std::time::Duration;

use azpreflight::backup::Skipped;
use azpreflight::check::Placement;
use azpreflight::probe::{
    AddressVerdict, Certificate, Consumer, Expectation, Failure, FailureKind, Fault, HttpAnswer,
    NameServerAnswer, Need, Observation, Phase, Phases, Resolution, ResolvedBy, Target, TlsAnswer, Trust,
    TunnelAnswer, Validity, Via,
};
use azpreflight::report::probe::{ProbeReport, Probed};

pub(super) fn target(authority: &str, expectation: Expectation) -> Target {
    Target {
        requirement: Some("storage".into()),
        consumer: Consumer::Workload,
        ..Target::named(authority.parse().unwrap(), expectation)
    }
}

pub(super) fn through(target: Target, proxy: &str) -> Target {
    Target {
        via: Via::Proxy(proxy.parse().unwrap()),
        configured_by: Some("http_proxy in /etc/environment".into()),
        ..target
    }
}

pub(super) fn failed(place: usize, phase: Phase, kind: FailureKind, detail: &str) -> Observation {
    Observation::begun(place).failed(Failure::new(phase, kind, detail))
}

pub(super) fn probed(target: Target, observation: Observation) -> Probed {
    Probed { target, observation, placement: None }
}

fn micros(count: u64) -> Duration {
    Duration::from_micros(count)
}

/// Reached, with everything that is seen on the way.
pub(super) fn rich(place: usize) -> Observation {
    let mut seen = Observation::begun(place).reached();
    seen.notes = vec!["the clock is 400 s ahead".into(), "a \u{1b}[2J note".into()];
    seen.phases = Phases {
        resolve: Some(micros(1_234)),
        connect: Some(micros(401)),
        tunnel: Some(micros(900_001)),
        tls: Some(micros(3_100)),
        request: Some(micros(2_000_000)),
    };
    seen.address = Some("20.60.16.7".parse().unwrap());
    seen.local = Some("10.0.0.4".parse().unwrap());
    seen.addresses = vec![
        AddressVerdict {
            address: "20.60.16.7".parse().unwrap(),
            connected: Some(Ok(Duration::from_micros(401))),
        },
        AddressVerdict {
            address: "2603:1061::7".parse().unwrap(),
            connected: Some(Err(Failure::new(Phase::Connect, FailureKind::Unreachable, "no route"))),
        },
        AddressVerdict { address: "20.60.16.8".parse().unwrap(), connected: None },
    ];
    seen.resolution = Some(Box::new(resolution()));
    seen.tunnel = Some(Box::new(TunnelAnswer {
        status: 200,
        schemes: vec!["Basic".into(), "NTLM".into()],
        software: Some("squid/5.7".into()),
        error: Some("ERR_NONE 0".into()),
    }));
    seen.tls = Some(Box::new(tls()));
    seen.answer = Some(Box::new(HttpAnswer {
        status: 400,
        headers: vec![("x-ms-request-id", "1".into()), ("server", "Windows-Azure-Blob/1.0".into())],
        excerpt: "<?xml?>\n<Error>\u{202e}".into(),
        date: Some(1_795_255_200),
    }));
    seen.clock_ahead = Some(-400);
    seen
}

fn resolution() -> Resolution {
    let server = |server: &str, answer| NameServerAnswer {
        server: server.parse().unwrap(),
        over_tcp: server.starts_with('['),
        answer,
        took: Duration::from_micros(750),
    };
    let refused = Failure::new(Phase::Resolve, FailureKind::DnsRefused, "10.0.0.2 refused");
    Resolution {
        by: ResolvedBy::OperatingSystem,
        chain: vec!["a.privatelink.blob.core.windows.net".into()],
        servers: vec![
            server("10.0.0.2:53", Err(refused)),
            server("[2001:db8::1]:53", Ok(vec!["20.60.16.7".parse().unwrap()])),
        ],
        notes: vec!["a public answer for a name with a private zone".into()],
    }
}

fn tls() -> TlsAnswer {
    TlsAnswer {
        version: "1.3",
        certificate: Certificate {
            subject: "CN=*.blob.core.windows.net".into(),
            issuer: "CN=Microsoft Azure RSA TLS Issuing CA 04".into(),
            names: vec!["*.blob.core.windows.net".into(), "10.0.0.1".into()],
            not_before: 1_750_000_000,
            not_after: 1_800_000_000,
        },
        issuers: vec!["CN=DigiCert Global Root G2".into()],
        public_root: Some("DigiCert Global Root G2".into()),
        trust: Trust::Public,
        name_matches: true,
        validity: Validity::Valid,
    }
}

/// One of each: reached, failed, undecided, optional, depending, skipped.
pub(super) fn report() -> ProbeReport {
    let storage = target("example.blob.core.windows.net:443", Expectation::Storage);
    let proxied = through(storage.clone(), "http://10.0.0.5:3128");
    let login = Target {
        requirement: Some("identity".into()),
        ..target("login.microsoftonline.com:443", Expectation::Https)
    };
    let wire = Target {
        requirement: Some("wire-server".into()),
        consumer: Consumer::Agent,
        ..target("168.63.129.16:80", Expectation::WireServer)
    };
    let shared = Target {
        also: vec![Consumer::Extension],
        uncertain: Some("a script decides, which is not run here".into()),
        ..wire.clone()
    };
    let depending = Target { need: Need::Depends("the version of the VM agent".into()), ..storage.clone() };
    let refused = failed(1, Phase::Tunnel, FailureKind::ProxyRefused, "the proxy answered 403 Forbidden");
    let mut needs_root = failed(3, Phase::Connect, FailureKind::NeedsRoot, "no answer, and this is not root");
    needs_root.outcome = azpreflight::probe::Outcome::Undecided;
    let silent =
        failed(4, Phase::Connect, FailureKind::TimedOut, "20.60.16.7:443 did not answer 4 attempts in 3 s");
    let mut placed = probed(proxied, refused);
    placed.placement = Some(Placement {
        fault: Some(Fault::Proxy),
        sentence: "the rules let it out, so the proxy decides".into(),
    });
    ProbeReport {
        results: vec![
            probed(login, rich(0)),
            placed,
            probed(storage, rich(2)),
            probed(wire, needs_root),
            probed(depending, silent),
            probed(shared, Observation::begun(5)),
        ],
        skipped: vec![Skipped {
            requirement: "storage".into(),
            host_pattern: "*.blob.storage.azure.net".into(),
            port: 443,
            reason: "no host of this pattern is publicly known: name one with --target".into(),
            need: Need::Required,
            consumer: Consumer::Workload,
            also: Vec::new(),
        }],
        notes: vec!["no other software may rewrite the proxy settings".into()],
    }
}
