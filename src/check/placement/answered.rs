//! Faults that the rules have no part in: something answered, or nothing was sent.

use super::packets::{Packets, Standing};
use super::{Placement, Probe, way};
use crate::probe::{Failure, FailureKind, Fault, Phase, Via};

/// The guest itself is in the way.
pub(super) fn guest(failure: &Failure) -> Placement {
    let sentence = match failure.kind {
        FailureKind::NeedsRoot => {
            "on a healthy VM too the agent's own firewall rules let only root reach the host: run it as root to know"
        }
        FailureKind::GuestProxyAgent => {
            "the host answers, and the guest proxy agent does not let this process through: no fault of the network"
        }
        FailureKind::ClockSkew => "the clock of this machine is off: the far end was reached",
        _ => "this machine itself could not try",
    };
    Placement::at(Fault::Guest, sentence)
}

/// An answer that came from this machine itself: packets never left.
pub(super) fn by_the_guest(failure: &Failure, standing: &Standing) -> Placement {
    let besides = match standing {
        Standing::Denied(rule) => format!("; {} would deny it besides", rule.words),
        Standing::Partly(rule) => format!("; {} would deny a part of it besides", rule.words),
        Standing::Allowed | Standing::Open(_) => String::new(),
    };
    Placement::at(
        Fault::Guest,
        format!(
            "this machine refused it itself ({}): a firewall or a route of the guest{besides}",
            failure.detail
        ),
    )
}

/// The proxy answers, and not with a way through.
pub(super) fn proxy(probe: &Probe<'_, '_>, failure: &Failure) -> Placement {
    let who = match &probe.target.via {
        Via::Proxy(proxy) => format!("the proxy {proxy}"),
        Via::Direct => "a proxy that nobody configured".to_owned(),
    };
    let sentence = match failure.kind {
        FailureKind::ProxyAuthRequired => format!("{who} is reached and wants credentials"),
        FailureKind::ProxyBadGateway => format!("{who} is reached and does not itself reach the destination"),
        _ => format!("{who} is reached and refuses the destination or its port"),
    };
    Placement::at(Fault::Proxy, sentence)
}

/// A name server answers, or none does.
pub(super) fn name_server(probe: &Probe<'_, '_>, failure: &Failure) -> Placement {
    let servers = probe.observation.resolution.iter().flat_map(|resolution| &resolution.servers);
    let asked: Vec<String> = servers.map(|server| server.server.ip().to_string()).collect();
    let asked = if asked.is_empty() { String::new() } else { format!(" ({})", asked.join(", ")) };
    let sentence = match failure.kind {
        FailureKind::NxDomain => format!("the name servers{asked} say that there is no such name"),
        FailureKind::NoData => format!("the name servers{asked} know the name, and no address of it"),
        FailureKind::ResolveTimeout => format!("no name server{asked} answers"),
        FailureKind::DnsUnreachable => format!("no name server listens where it should{asked}"),
        _ if failure.kind == FailureKind::ProxyUnreachable => {
            format!("the name of the proxy does not resolve{asked}")
        }
        _ => format!("the name servers{asked} fail"),
    };
    Placement::at(Fault::Dns, sentence)
}

/// Something took the connection and is not the service, or cut it.
pub(super) fn in_between(probe: &Probe<'_, '_>, failure: &Failure) -> Placement {
    let what = match (failure.kind, failure.phase) {
        (FailureKind::TlsIntercepted | FailureKind::CertificateUntrusted, _) => {
            "shows a certificate of its own in the service's place"
        }
        (FailureKind::CertificateExpired, _) => "shows a certificate that is not valid today",
        (FailureKind::NameMismatch, _) => "shows a certificate for another name",
        (FailureKind::TlsVersion, _) => "offers no version of TLS that is accepted",
        (FailureKind::UnexpectedAnswer, _) => "answers, and not as the service does",
        (_, Phase::Tunnel) => "takes the connection and opens no way through",
        (_, Phase::Tls) => "takes the connection and ends the handshake",
        _ => "takes the connection and gives no answer",
    };
    let connected = "TCP was accepted, so no rule stands in the way";
    if let Via::Proxy(proxy) = &probe.target.via {
        let far = if failure.phase == Phase::Tunnel { "" } else { ", or what is behind it," };
        return Placement::at(Fault::Proxy, format!("{connected}: the proxy {proxy}{far} {what}"));
    }
    let around = probe.around().ok();
    let through = around.and_then(|around| {
        let packets = Packets::to_first_hop(probe, around)?;
        way::appliance(probe, (around, &packets))
    });
    match through {
        Some(appliance) => Placement::at(Fault::Route, format!("{connected}: {appliance} {what}")),
        None => Placement::at(
            Fault::Service,
            format!("{connected}: the far end, or something in its place, {what}"),
        ),
    }
}
