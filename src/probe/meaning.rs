//! What an observation proves and what it does not, and what to do about it: one sentence each.

mod advice;

pub use advice::advice;

use super::failure::Failure;
use super::observation::Observation;
use super::target::Target;
use super::vocabulary::{Expectation, FailureKind, Outcome, Phase};

/// What an observation proves and what it does not: one lower-case sentence without full stop.
///
/// It says nothing that was not seen: "blocked by a rule" is a conclusion, drawn elsewhere from more than one observation.
#[must_use]
pub fn meaning(target: &Target, seen: &Observation) -> String {
    if let Some(why) = &target.uncertain {
        let whom: Vec<String> = target.consumers().map(|consumer| format!("the {consumer}")).collect();
        return format!(
            "by which way this is reached for {} is not known, so nothing is proved about it: {why}",
            whom.join(" and ")
        );
    }
    match (seen.outcome, &seen.failure) {
        (Outcome::Reached, _) => reached(target, seen),
        (_, Some(failure)) => failed(target, failure),
        (Outcome::Skipped, None) => told("it was not tried", &seen.notes),
        (Outcome::Failed | Outcome::Undecided, None) => told("it cannot be told from here", &seen.notes),
    }
}

fn told(what: &str, notes: &[String]) -> String {
    if notes.is_empty() { what.to_owned() } else { notes.join("; ") }
}

fn reached(target: &Target, seen: &Observation) -> String {
    let host = &target.authority.host;
    let through = target.via.proxy().map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default();
    let status = seen.answer.as_ref().map(|answer| format!(" ({})", answer.status)).unwrap_or_default();
    let (proves, open) = match target.expectation {
        Expectation::Tcp if target.via.proxy().is_some() => {
            ("the proxy opened a connection".to_owned(), "what answers at its far end was not asked")
        }
        Expectation::Tcp => {
            ("the port accepts connections".to_owned(), "which service answers there was not asked")
        }
        Expectation::Tls => {
            (format!("the certificate of {host} was shown"), "whether it answers requests was not asked")
        }
        Expectation::Http => {
            (format!("an HTTP server answered{status}"), "that it is the right one is not proved without TLS")
        }
        Expectation::Https => (
            format!("{host} answered{status} under its own certificate"),
            "whether it would accept credentials was not asked",
        ),
        Expectation::Storage => (
            format!("Azure Storage itself answered{status}"),
            "whether it would accept credentials was not asked",
        ),
        Expectation::WireServer => (
            format!("the platform's wire server answered{status}"),
            "the state of the VM agent was not asked",
        ),
        Expectation::Metadata => {
            (format!("the metadata service answered{status}"), "no more than its versions was asked")
        }
        Expectation::Dns => ("the name server answered".to_owned(), "no name of a service was asked"),
    };
    format!("{proves}{through}; {open}")
}

fn failed(target: &Target, failure: &Failure) -> String {
    let proxied = target.via.proxy().is_some();
    match failure.phase {
        Phase::Resolve => unresolved(failure.kind, proxied),
        Phase::Connect => unconnected(failure.kind, proxied),
        Phase::Tunnel => untunnelled(failure.kind),
        Phase::Tls => unproved(failure.kind, proxied),
        Phase::Request => unanswered(failure.kind, proxied),
    }
}

/// The name did not become an address.
fn unresolved(kind: FailureKind, proxied: bool) -> String {
    let proves = match kind {
        FailureKind::NxDomain => "a name server answered that the name does not exist",
        FailureKind::NoData => "a name server answered that the name exists and has no address",
        FailureKind::ServFail => {
            "the name server answers and could not find out itself: whether the name exists is open"
        }
        FailureKind::DnsRefused => {
            "the name server answers and will not serve this machine: whether the name exists is open"
        }
        FailureKind::ResolveTimeout => {
            "no name server answered in time: whether the servers or the way to them are at fault is open"
        }
        FailureKind::DnsUnreachable => {
            "no name server listens where this machine is told to ask, or the network refuses the way to it"
        }
        FailureKind::DnsMalformed => {
            "what came back is no answer of a name server: something else speaks in its place"
        }
        FailureKind::ProxyUnreachable => "the proxy's name did not become an address",
        _ => return elsewhere(kind),
    };
    let whom = if proxied { "the proxy and the service" } else { "the service" };
    format!("{proves}; nothing is proved about the way to {whom}, which was not tried")
}

/// No TCP connection.
fn unconnected(kind: FailureKind, proxied: bool) -> String {
    if kind == FailureKind::ProxyUnreachable || proxied {
        return "the proxy could not be reached at all; nothing is proved about the service behind it"
            .to_owned();
    }
    match kind {
        FailureKind::Refused => {
            "the far end, or something in its name, refuses the port at once, so packets go out and an answer comes back; \
             whether it is the service or a firewall that refuses is not proved"
        }
        FailureKind::TimedOut => {
            "nothing came back to any attempt, so packets are dropped on the way there or back, or the host is down; \
             silence does not tell where"
        }
        FailureKind::Reset => {
            "the connection was cut while it was made, so packets go out and an answer comes back; whether the far end or \
             something on the way cut it is not proved"
        }
        FailureKind::Unreachable => {
            "a router, or this machine itself, says that there is no way there; nothing is proved about the service"
        }
        FailureKind::NeedsRoot => {
            "on a healthy Linux VM root alone may talk to the wire server, so this failure of an ordinary user proves \
             nothing"
        }
        _ => return elsewhere(kind),
    }
    .to_owned()
}

/// The proxy was reached and did not open the way.
fn untunnelled(kind: FailureKind) -> String {
    match kind {
        FailureKind::ProxyRefused => {
            "the proxy answers and its own rules refuse this host or port; nothing is proved about the way from the proxy \
             to the service"
        }
        FailureKind::ProxyAuthRequired => {
            "the proxy answers and wants credentials first; nothing is proved about the way from the proxy to the service"
        }
        FailureKind::ProxyBadGateway => {
            "the proxy answers and could not reach the service itself, so the way from here to the proxy is open and the \
             fault lies behind it; whether it is the proxy's name resolution, its route or the service is not proved"
        }
        FailureKind::TimedOut => {
            "the proxy took the connection and said nothing, so its port is open; whether it hangs itself or waits for the \
             service is not proved"
        }
        FailureKind::Reset => {
            "the proxy took the connection and cut it when asked for the way; whether it may not or cannot is not proved"
        }
        FailureKind::UnexpectedAnswer => {
            "what answers at the proxy's port does not speak HTTP as a proxy does; nothing is proved about the service"
        }
        _ => return elsewhere(kind),
    }
    .to_owned()
}

/// The far end did not prove who it is.
fn unproved(kind: FailureKind, proxied: bool) -> String {
    let where_it_may_be = if proxied { "the proxy or something behind it" } else { "something on the way" };
    match kind {
        FailureKind::TlsIntercepted => format!(
            "the TLS connection ends at {where_it_may_be}, with a certificate of its own making; the service itself was not \
             reached"
        ),
        FailureKind::CertificateUntrusted => format!(
            "something answered with a certificate that nobody vouches for; whether it is the service or {where_it_may_be} \
             is not proved"
        ),
        FailureKind::CertificateExpired => {
            "a server answered with a certificate that is not valid today; whether it is the service's own is not proved"
                .to_owned()
        }
        FailureKind::NameMismatch => {
            "a server answered with a certificate for other names, so the address belongs to another service or \
             something answers in its place"
                .to_owned()
        }
        FailureKind::TlsVersion => {
            "the far end answers and refuses TLS 1.2 and 1.3 as offered; whether it is the service is not proved".to_owned()
        }
        FailureKind::ClockSkew => {
            "the far end answers, and its certificate looks invalid only because the clock of this machine is off".to_owned()
        }
        FailureKind::TimedOut => format!(
            "the port accepts connections and stays silent to TLS; whether the service or {where_it_may_be} holds them is \
             not proved"
        ),
        FailureKind::Reset => format!(
            "the port accepts connections and the TLS handshake is cut: as firewalls do that go by the server's name, or an \
             overloaded server; that {where_it_may_be} did it is likely and not proved"
        ),
        FailureKind::UnexpectedAnswer => {
            "something accepts connections and does not speak TLS; the service itself was not reached".to_owned()
        }
        _ => elsewhere(kind),
    }
}

/// The way is open and the right answer did not come.
fn unanswered(kind: FailureKind, proxied: bool) -> String {
    match kind {
        FailureKind::UnexpectedAnswer if proxied => {
            "something answered in the service's place, the proxy or what is behind it; the service itself was not reached"
        }
        FailureKind::UnexpectedAnswer => {
            "something answered that is not the service: a portal, a block page, another server; the service itself was not \
             reached"
        }
        FailureKind::GuestProxyAgent => {
            "the platform's address was reached and this process was refused, so the network is in order; whether the \
             agent's own calls are let through is not proved"
        }
        FailureKind::NeedsRoot => {
            "on a healthy Linux VM root alone may talk to the wire server, so this failure of an ordinary user proves \
             nothing"
        }
        FailureKind::ProxyRefused => {
            "the proxy answered in the service's place that its own rules refuse this; the service was not reached"
        }
        FailureKind::ProxyAuthRequired => {
            "the proxy answered in the service's place that it wants credentials; the service was not reached"
        }
        FailureKind::ProxyBadGateway => {
            "the proxy answered in the service's place that it could not reach it; the fault lies behind the proxy"
        }
        FailureKind::TimedOut => {
            "the connection was made and the request stayed without answer; whether the service or something that holds \
             connections in its place is silent is not proved"
        }
        FailureKind::Reset => {
            "the connection was made and cut at the request; whether the service or something on the way cut it is not \
             proved"
        }
        FailureKind::Refused | FailureKind::Unreachable => {
            "the network or the far end refused the question itself, so packets go out and an answer comes back; whose \
             refusal it is is not proved"
        }
        FailureKind::ResolveTimeout => {
            "no answer came to any question; whether the name server or the way to it is at fault is open"
        }
        FailureKind::DnsUnreachable => {
            "nothing listens where the name server should, or the network refuses the way to it"
        }
        _ => return elsewhere(kind),
    }
    .to_owned()
}

/// What means the same in whichever phase it is seen.
fn elsewhere(kind: FailureKind) -> String {
    match kind {
        FailureKind::Forbidden => {
            "this machine itself lets nothing out to there; nothing is proved about the network".to_owned()
        }
        FailureKind::LocalError => {
            "this machine could not even try, for want of means; nothing is proved about the network"
                .to_owned()
        }
        kind => format!("it failed as {kind}; what that proves depends on what was seen"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Via;

    fn targets() -> [Target; 2] {
        let direct =
            Target::named("example.blob.core.windows.net:443".parse().unwrap(), Expectation::Storage);
        let proxied = Target { via: Via::Proxy("http://10.0.0.5:3128".parse().unwrap()), ..direct.clone() };
        [direct, proxied]
    }

    #[test]
    fn every_failure_says_something_of_its_own() {
        let mut lacking = Vec::new();
        let seen = SEEN.iter().flat_map(|(phase, kinds)| kinds.iter().map(move |kind| (*phase, *kind)));
        for ((phase, kind), target) in seen.flat_map(|seen| targets().map(|target| (seen, target))) {
            let seen = Observation::begun(0).failed(Failure::new(phase, kind, "as seen"));
            let said = meaning(&target, &seen);
            assert!(!said.ends_with('.') && said.starts_with(|c: char| !c.is_uppercase()), "{said}");
            assert!(advice(&target, &seen).is_some(), "{phase} {kind}");
            if said.contains("depends on what was seen") {
                lacking.push(format!("{phase} {kind}"));
            }
        }
        assert_eq!(lacking, Vec::<String>::new());
    }

    /// Which failures a phase can end in.
    const SEEN: &[(Phase, &[FailureKind])] = &[
        (
            Phase::Resolve,
            &[
                FailureKind::NxDomain,
                FailureKind::NoData,
                FailureKind::ServFail,
                FailureKind::DnsRefused,
                FailureKind::ResolveTimeout,
                FailureKind::DnsUnreachable,
                FailureKind::DnsMalformed,
                FailureKind::ProxyUnreachable,
                FailureKind::LocalError,
            ],
        ),
        (
            Phase::Connect,
            &[
                FailureKind::Refused,
                FailureKind::TimedOut,
                FailureKind::Reset,
                FailureKind::Unreachable,
                FailureKind::ProxyUnreachable,
                FailureKind::NeedsRoot,
                FailureKind::Forbidden,
                FailureKind::LocalError,
            ],
        ),
        (
            Phase::Tunnel,
            &[
                FailureKind::ProxyRefused,
                FailureKind::ProxyAuthRequired,
                FailureKind::ProxyBadGateway,
                FailureKind::TimedOut,
                FailureKind::Reset,
                FailureKind::UnexpectedAnswer,
            ],
        ),
        (
            Phase::Tls,
            &[
                FailureKind::CertificateUntrusted,
                FailureKind::CertificateExpired,
                FailureKind::NameMismatch,
                FailureKind::TlsVersion,
                FailureKind::TlsIntercepted,
                FailureKind::ClockSkew,
                FailureKind::TimedOut,
                FailureKind::Reset,
                FailureKind::UnexpectedAnswer,
            ],
        ),
        (
            Phase::Request,
            &[
                FailureKind::TimedOut,
                FailureKind::Reset,
                FailureKind::UnexpectedAnswer,
                FailureKind::GuestProxyAgent,
                FailureKind::NeedsRoot,
                FailureKind::ProxyRefused,
                FailureKind::ProxyAuthRequired,
                FailureKind::ProxyBadGateway,
                FailureKind::Refused,
                FailureKind::ResolveTimeout,
            ],
        ),
    ];

    #[test]
    fn what_was_reached_says_what_was_not_asked() {
        for expectation in Expectation::ALL {
            for target in targets() {
                let target = Target { expectation: *expectation, ..target };
                let said = meaning(&target, &Observation::begun(0).reached());
                assert!(said.contains("; "), "{said}");
                assert_eq!(advice(&target, &Observation::begun(0).reached()), None);
            }
        }
    }
}
