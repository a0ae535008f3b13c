//! Every kind of failure, each by something real that fails that way.

use std::collections::BTreeSet;

use azpreflight::probe::FailureKind;

use crate::lab::Listens;

use super::Scene;
use super::scene::verdict;

/// Something that fails.
struct Fault {
    /// What is said of it: phase and kind, after the outcome where it did not fail outright.
    verdict: &'static str,
    /// What fails.
    by: &'static str,
    /// How it is probed.
    arguments: &'static [&'static str],
    /// What the answer mentions.
    telling: &'static str,
    /// What starts the probe.
    starter: &'static [&'static str],
}

const fn fault(
    verdict: &'static str,
    by: &'static str,
    arguments: &'static [&'static str],
    telling: &'static str,
) -> Fault {
    Fault { verdict, by, arguments, telling, starter: &[] }
}

const UNBOUND: &str = "10.53.0.54";
const FAULTY: &str = "10.53.0.55";
/// An address at which no name server listens, and one that nobody has.
const NO_SERVER: &str = "10.53.0.56";
const NOBODY: &str = "10.53.0.99";

const FAULTS: &[Fault] = &[
    fault("resolve: nxdomain", "unbound", &["--dns", UNBOUND, "--target", "a.nxdomain.example:443"], UNBOUND),
    fault(
        "resolve: nxdomain",
        "a name server",
        &["--dns", FAULTY, "--target", "nxdomain.example:443"],
        FAULTY,
    ),
    fault("resolve: nxdomain", "dnsmasq", &["--target", "nobody.example:443"], "10.53.0.53"),
    fault("resolve: nodata", "unbound", &["--dns", UNBOUND, "--target", "nodata.example:443"], UNBOUND),
    fault("resolve: nodata", "a name server", &["--dns", FAULTY, "--target", "nodata.example:443"], FAULTY),
    fault("resolve: servfail", "unbound", &["--dns", UNBOUND, "--target", "servfail.example:443"], UNBOUND),
    fault("resolve: dns-refused", "unbound", &["--dns", UNBOUND, "--target", "refused.example:443"], UNBOUND),
    fault("resolve: dns-refused", "dnsmasq", &["--target", "elsewhere.invalid.test:443"], "10.53.0.53"),
    fault(
        "resolve: resolve-timeout",
        "unbound",
        &["--dns", UNBOUND, "--target", "silent.example:443"],
        UNBOUND,
    ),
    fault("resolve: resolve-timeout", "nobody", &["--dns", NOBODY, "--target", "a.example:443"], NOBODY),
    fault(
        "resolve: dns-unreachable",
        "the kernel",
        &["--dns", NO_SERVER, "--target", "a.example:443"],
        NO_SERVER,
    ),
    fault(
        "resolve: dns-malformed",
        "a name server",
        &["--dns", FAULTY, "--target", "malformed.example:443"],
        FAULTY,
    ),
    fault("connect: refused", "the kernel", &["--target", "20.60.0.2:443"], "reset"),
    fault("connect: refused", "nftables", &["--target", "20.60.2.4:443"], "port unreachable"),
    fault("connect: timed-out", "nftables", &["--target", "20.60.0.3:443"], "20.60.0.3"),
    // TCP is accepted, and that is all: by a middlebox, for all one knows.
    fault("tls: timed-out", "socat", &["--target", "20.60.1.8:443"], "20.60.1.8"),
    fault(
        "tunnel: timed-out",
        "socat",
        &["--proxy", "http://20.60.1.8:443", "--target", "20.60.0.1:443"],
        "http://20.60.1.8:443",
    ),
    fault("tls: reset", "nftables", &["--target", "20.60.0.4:443"], "20.60.0.4"),
    fault("tls: reset", "haproxy", &["--target", "20.60.1.10:443"], "20.60.1.10"),
    fault("connect: unreachable", "nftables", &["--target", "20.60.2.1:443"], "host unreachable"),
    fault("connect: unreachable", "nftables", &["--target", "20.60.2.2:443"], "administratively prohibited"),
    fault("connect: unreachable", "nftables", &["--target", "20.60.2.3:443"], "network unreachable"),
    fault("connect: unreachable", "nftables", &["--target", "20.60.2.5:443"], "protocol unreachable"),
    fault(
        "connect: unreachable",
        "nftables",
        &["--target", "[2001:db8::21]:443"],
        "ICMPv6 communication administratively prohibited",
    ),
    fault(
        "connect: unreachable",
        "nftables",
        &["--target", "[2001:db8::22]:443"],
        "ICMPv6 network unreachable",
    ),
    fault("connect: unreachable", "a route", &["--target", "203.0.113.1:443"], "203.0.113.1"),
    fault("connect: forbidden", "a route", &["--target", "203.0.114.1:443"], "forbids"),
    // An address that says nothing without the interface it is on.
    fault(
        "undecided: connect: local-error",
        "the kernel",
        &["--target", "[fe80::1]:443"],
        "Invalid argument",
    ),
    fault(
        "tunnel: proxy-refused",
        "squid",
        &["--proxy", "http://10.9.0.1:3129", "--target", "20.60.0.1:8443"],
        "ERR_ACCESS_DENIED",
    ),
    fault(
        "tunnel: proxy-refused",
        "tinyproxy",
        &["--proxy", "http://10.9.0.1:8889", "--target", "20.60.0.1:8443"],
        "tinyproxy",
    ),
    fault(
        "tunnel: proxy-auth-required",
        "squid",
        &["--proxy", "http://10.9.0.1:3130", "--target", "20.60.0.1:443"],
        "Basic",
    ),
    fault(
        "connect: proxy-unreachable",
        "the kernel",
        &["--proxy", "http://10.9.0.1:9", "--target", "20.60.0.1:443"],
        "10.9.0.1:9",
    ),
    fault(
        "connect: proxy-unreachable",
        "nftables",
        &["--proxy", "http://20.60.0.3:3128", "--target", "20.60.0.1:443"],
        "20.60.0.3:3128",
    ),
    fault(
        "resolve: proxy-unreachable",
        "dnsmasq",
        &["--proxy", "http://nobody.example:3128", "--target", "20.60.0.1:443"],
        "nobody.example",
    ),
    fault(
        "tunnel: proxy-bad-gateway",
        "squid's dead parent",
        &["--proxy", "http://10.9.0.1:3131", "--target", "20.60.0.1:443"],
        "squid",
    ),
    fault("tls: certificate-untrusted", "nginx", &["--target", "20.60.1.1:443"], "Nobody's Root"),
    fault("tls: certificate-expired", "nginx", &["--target", "20.60.1.2:443"], "2025-01-01"),
    fault("tls: name-mismatch", "nginx", &["--target", "20.60.1.3:443"], "somebody.example"),
    fault("tls: tls-version", "nginx", &["--target", "20.60.1.4:443"], "20.60.1.4"),
    fault("tls: tls-intercepted", "mitmproxy", &["--target", "acct.blob.core.windows.net:443"], "mitmproxy"),
    fault(
        "tls: tls-intercepted",
        "mitmproxy",
        &["--proxy", "http://10.9.0.1:8080", "--target", "other.blob.core.windows.net:443"],
        "mitmproxy",
    ),
    Fault {
        starter: &["faketime", "-f", "+20y"],
        ..fault("tls: clock-skew", "faketime", &["--target", "late.store.example:443"], "ahead of")
    },
    Fault {
        starter: &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
        ..fault(
            "undecided: connect: needs-root",
            "the agent's rule",
            &["--target", "168.63.129.16:80"],
            "root",
        )
    },
    fault("undecided: request: guest-proxy-agent", "nginx", &["--target", "168.63.129.16:80"], "403"),
    fault("undecided: request: guest-proxy-agent", "nginx", &["--target", "169.254.169.254:80"], "403"),
    fault(
        "request: unexpected-answer",
        "nginx",
        &["--target", "page.blob.core.windows.net:80"],
        "Access blocked",
    ),
    fault("request: unexpected-answer", "nginx", &["--target", "20.60.1.5:443"], "Access blocked"),
    fault(
        "request: unexpected-answer",
        "nginx",
        &["--target", "portal.blob.core.windows.net:80"],
        "20.60.1.6",
    ),
    fault(
        "tunnel: unexpected-answer",
        "nginx",
        &["--proxy", "http://20.60.1.6:80", "--target", "20.60.0.1:443"],
        "nginx",
    ),
    fault(
        "tunnel: unexpected-answer",
        "microsocks",
        &["--proxy", "http://10.9.0.1:1080", "--target", "20.60.0.1:443"],
        "10.9.0.1:1080",
    ),
];

/// What networks do to packets, here.
const ARRIVING: &[&str] = &[
    "ip daddr 20.60.0.3 drop",
    "ip daddr 20.60.0.4 tcp flags & psh == psh reject with tcp reset",
    "ip daddr 20.60.2.1 reject with icmp type host-unreachable",
    "ip daddr 20.60.2.2 reject with icmp type admin-prohibited",
    "ip daddr 20.60.2.3 reject with icmp type net-unreachable",
    "ip daddr 20.60.2.4 reject with icmp type port-unreachable",
    "ip daddr 20.60.2.5 reject with icmp type prot-unreachable",
    "ip6 daddr 2001:db8::21 reject with icmpv6 type admin-prohibited",
    "ip6 daddr 2001:db8::22 reject with icmpv6 type no-route",
];

/// The rule that the VM agent sets: root alone may begin a conversation with the wire server (`AddFirewallRules` of
/// `WALinuxAgent`), here for nftables.
const AGENTS_RULE: &str =
    "table ip agent { chain leaving { type filter hook output priority 0; policy accept;
    ip daddr 168.63.129.16 tcp dport 53 accept
    ip daddr 168.63.129.16 meta skuid 0 accept
    ip daddr 168.63.129.16 ct state invalid,new drop
}
}";

#[test]
fn no_kind_is_missing() {
    let produced: BTreeSet<&str> =
        FAULTS.iter().filter_map(|fault| fault.verdict.rsplit(": ").next()).collect();
    let known: BTreeSet<&str> = FailureKind::ALL.iter().map(|kind| kind.word()).collect();
    assert_eq!(produced, known);
}

#[test]
#[ignore = "needs real components: tests/run.sh --real"]
fn every_kind_comes_from_something_real() {
    let Some(mut scene) = Scene::new() else { return };
    scene.names(&[
        "local=/example/",
        "host-record=late.store.example,20.60.1.9",
        "host-record=acct.blob.core.windows.net,20.60.1.7",
        "host-record=other.blob.core.windows.net,20.60.0.1",
        "host-record=page.blob.core.windows.net,20.60.1.5",
        "host-record=portal.blob.core.windows.net,20.60.1.6",
    ]);
    scene.lab.world.own(&["2001:db8::21", "2001:db8::22"]);
    scene.other_names();
    scene.servers();
    scene.squid();
    scene.tinyproxy();
    scene.mitmproxy();
    scene.microsocks();
    let mute = ["TCP-LISTEN:443,bind=20.60.1.8,fork,reuseaddr", "EXEC:sleep 60"];
    scene.start("socat", &mute, &[Listens::tcp("20.60.1.8:443")]);
    scene.lab.world.on_arrival(ARRIVING);
    scene.lab.guest.nft(AGENTS_RULE);
    let guest = scene.lab.guest.name();
    for route in ["unreachable 203.0.113.0/24", "prohibit 203.0.114.0/24"] {
        let words = format!("-n {guest} route add {route}");
        let added = std::process::Command::new("ip").args(words.split(' ')).status();
        assert!(added.is_ok_and(|status| status.success()), "{route}");
    }
    let mut differing: Vec<String> = Vec::new();
    for some in FAULTS.chunks(8) {
        let found = std::thread::scope(|scope| {
            let probes: Vec<_> = some.iter().map(|fault| scope.spawn(|| differs(&scene, fault))).collect();
            let ended = probes.into_iter().map(|probe| probe.join().expect("no panic"));
            ended.collect::<Vec<_>>()
        });
        differing.extend(found.into_iter().flatten());
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

fn differs(scene: &Scene, fault: &Fault) -> Option<String> {
    let arguments = [fault.arguments, &["--timeout", "2500"]].concat();
    let answer = scene.probe_as(fault.starter, &arguments);
    let [result] = answer.results() else {
        return Some(format!("{:?}: not one result: {answer:?}", fault.arguments));
    };
    let seen = verdict(result);
    let text = result.to_string();
    let holds = seen == fault.verdict && text.contains(fault.telling);
    let said = result["reason"].as_str().is_some_and(|reason| !reason.is_empty());
    (!holds || !said).then(|| {
        format!(
            "{} at {:?}: {seen}, not {} of {:?}: {text}",
            fault.by, fault.arguments, fault.verdict, fault.telling
        )
    })
}
