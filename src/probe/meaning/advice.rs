//! What to do about an observation.

use std::fmt::Write as _;

use super::super::observation::Observation;
use super::super::target::Target;
use super::super::vocabulary::{Expectation, FailureKind, Outcome, Phase};
use crate::azure::platform::WIRE_SERVER;

/// What to do about a target that was not reached: one lower-case sentence without full stop; `None` for one that was.
#[must_use]
pub fn advice(target: &Target, seen: &Observation) -> Option<String> {
    if seen.outcome == Outcome::Reached {
        return None;
    }
    if target.uncertain.is_some() {
        return Some(
            "find out whether a proxy is used there, and which, then probe through it with --proxy"
                .to_owned(),
        );
    }
    let failure = seen.failure.as_ref()?;
    let at = &target.authority;
    let proxy = target.via.proxy().map(ToString::to_string).unwrap_or_default();
    Some(match failure.kind {
        FailureKind::ProxyRefused => format!(
            "have {proxy} allow CONNECT to {at}: the host, as `*.{}` or its own name, and the port among those that CONNECT \
             may use",
            domain(target)
        ),
        FailureKind::ProxyAuthRequired => {
            format!(
                "have {proxy} let {at} pass without credentials: backup of VMs, SQL and HANA supports none"
            )
        }
        FailureKind::ProxyUnreachable => proxy_unreachable(target, &proxy),
        FailureKind::ProxyBadGateway => {
            format!(
                "look on {proxy} itself: its name resolution of {}, its way out, its parent proxy",
                at.host
            )
        }
        FailureKind::UnexpectedAnswer if failure.phase == Phase::Tunnel => {
            format!("check that {proxy} is an HTTP proxy and its port the right one")
        }
        kind => match failure.phase {
            Phase::Resolve => resolving(target, kind),
            Phase::Tls => proving(target, kind),
            Phase::Connect | Phase::Tunnel | Phase::Request => reaching(target, kind),
        },
    })
}

fn proxy_unreachable(target: &Target, proxy: &str) -> String {
    let mut text =
        format!("check that {proxy} is right and runs, and that its own firewall admits this network");
    if let Some(place) = &target.configured_by {
        // Writing into a text does not fail.
        let _ = write!(text, "; it is set by {place}");
    }
    text
}

fn resolving(target: &Target, kind: FailureKind) -> String {
    let host = &target.authority.host;
    match kind {
        FailureKind::NxDomain | FailureKind::NoData => format!(
            "check the spelling of {host}; where a private DNS zone is linked to the network, see that it holds a record of \
             this name or falls back to the internet"
        ),
        FailureKind::ServFail => {
            "check the forwarders of the name server: one in the virtual network has to forward to 168.63.129.16".to_owned()
        }
        FailureKind::DnsRefused => {
            "let the name server answer this machine's network, or name another server for the network".to_owned()
        }
        FailureKind::ResolveTimeout | FailureKind::DnsUnreachable => {
            "check that the name servers of this machine run and that UDP and TCP port 53 to them are open; `--dns \
             168.63.129.16` asks the platform's own"
                .to_owned()
        }
        FailureKind::DnsMalformed => "check what answers on port 53: it is no name server".to_owned(),
        _ => local(kind),
    }
}

fn reaching(target: &Target, kind: FailureKind) -> String {
    let at = &target.authority;
    match kind {
        FailureKind::NeedsRoot => "run this as root".to_owned(),
        FailureKind::GuestProxyAgent => {
            "see which processes the guest proxy agent lets through, and run this as root; the network needs no change".to_owned()
        }
        _ if at.host.address() == Some(WIRE_SERVER.into()) || target.is_platform() => format!(
            "look inside the guest: its firewall, a security product or a proxy in the way of {}, and whether it has its \
             address by DHCP; ordinary security rules and routes do not reach the platform's own channel",
            at.host
        ),
        FailureKind::TimedOut | FailureKind::Unreachable => format!(
            "check in order whether rules let {at} out, where its route leads, whether the subnet has a way out, and the \
             firewall of the guest; `azpreflight check` answers the first three from an export"
        ),
        FailureKind::Refused | FailureKind::Reset => {
            format!("look for a firewall or appliance on the way that refuses {at}, and whether address and port are right")
        }
        FailureKind::UnexpectedAnswer => unexpected(target),
        _ => local(kind),
    }
}

fn unexpected(target: &Target) -> String {
    let at = &target.authority;
    match target.expectation {
        Expectation::Storage | Expectation::Https | Expectation::Tls => format!(
            "find what answers in place of {at}: a filter or portal on the way, or a name that resolves to something else"
        ),
        _ => format!("find what listens at {at}: it does not answer as the service does"),
    }
}

fn proving(target: &Target, kind: FailureKind) -> String {
    let host = &target.authority.host;
    match kind {
        FailureKind::TlsIntercepted => format!(
            "exempt {host} from TLS inspection: backup's own connections are not to be inspected, whatever this machine trusts"
        ),
        FailureKind::CertificateUntrusted => {
            format!(
                "find what presents this certificate for {host}; where it is right, let this machine trust its authority"
            )
        }
        FailureKind::CertificateExpired => format!("have the certificate of {host} renewed"),
        FailureKind::NameMismatch => {
            format!("check what {host} resolves to, and what answers there in its place")
        }
        FailureKind::TlsVersion => {
            format!("look at what stands before {host}: TLS 1.2 or later is needed on the whole way")
        }
        FailureKind::ClockSkew => {
            "set the clock of this machine, and see why it is not synchronised".to_owned()
        }
        FailureKind::TimedOut | FailureKind::Reset => format!(
            "look for a firewall or proxy on the way that looks into TLS and goes by the server's name, and let {host} pass"
        ),
        FailureKind::UnexpectedAnswer => unexpected(target),
        _ => local(kind),
    }
}

fn local(kind: FailureKind) -> String {
    match kind {
        FailureKind::Forbidden => {
            "look inside the guest for what forbids it: a route of type `prohibit`, a policy of its security software"
                .to_owned()
        }
        FailureKind::LocalError => {
            "raise this machine's limit of open files, or ask for less at once with --concurrency".to_owned()
        }
        kind => format!("repeat it with more time; it failed as {kind}"),
    }
}

/// The domain that an allow-list would name: the host without its first label.
fn domain(target: &Target) -> String {
    let name = target.authority.host.to_string();
    match name.split_once('.') {
        Some((_, domain)) if target.authority.host.name().is_some() && domain.contains('.') => {
            domain.to_owned()
        }
        _ => name,
    }
}
