//! What stands behind the rules: routes, appliances, the way out.

use super::packets::Packets;
use super::{Placement, Probe};
use crate::check::Around;
use crate::check::path::{Leg, firewall_at, legs_to};
use crate::probe::{Failure, FailureKind, Fault, Via};
use crate::reach::Egress;
use crate::route::NextHopKind;

/// The place of packets that the rules let pass and that have not connected.
pub(super) fn place(
    probe: &Probe<'_, '_>,
    failure: &Failure,
    (around, packets): (&Around<'_>, &Packets),
) -> Placement {
    if let Some(placement) = certain(around, packets) {
        return placement;
    }
    if packets.to_platform() {
        let sentence = "no rule and no route stands between a VM and its host: a firewall or security product in the \
                        guest, or this machine is no Azure VM";
        return Placement::at(Fault::Guest, sentence);
    }
    let what = packets.words();
    let Some(leg) = legs(around, packets).and_then(|legs| legs.into_iter().next()) else {
        return Placement::nowhere(format!("the rules let {what} pass; which way it leaves is not known"));
    };
    match leg.kind() {
        NextHopKind::VirtualAppliance | NextHopKind::VirtualNetworkGateway | NextHopKind::Other(_) => {
            let who = stander(probe, &leg);
            Placement::at(Fault::Route, format!("the rules let {what} pass, and {who} does not"))
        }
        NextHopKind::VnetLocal | NextHopKind::VnetPeering => {
            inside(probe, failure, &format!("the rules let {what} pass, and it stays within the network"))
        }
        NextHopKind::Internet => match &around.reach.egress {
            Egress::Unknown(open) => Placement::nowhere(format!(
                "the rules let {what} pass; whether it gets out depends on {}: {}",
                open.name, open.reason
            )),
            Egress::None(reason) => Placement::at(Fault::Egress, format!("{what} has no way out: {reason}")),
            Egress::Explicit(method) | Egress::Default(method) => {
                outside(failure, &format!("the rules let {what} pass, and it leaves by {method}"))
            }
        },
        NextHopKind::ServiceEndpoint => {
            outside(failure, &format!("the rules let {what} pass, and it leaves by a service endpoint"))
        }
        NextHopKind::None => Placement::at(Fault::Route, format!("{} drops {what}", leg.in_words())),
    }
}

/// The place where the routes alone make it certain that nothing arrives; `None` where they do not.
pub(super) fn certain(around: &Around<'_>, packets: &Packets) -> Option<Placement> {
    let legs = legs(around, packets)?;
    let dropped = legs.iter().find(|leg| *leg.kind() == NextHopKind::None)?;
    // Where only a part is dropped, the rest has to be explained too.
    legs.iter()
        .all(|leg| *leg.kind() == NextHopKind::None)
        .then(|| Placement::at(Fault::Route, format!("{} drops {}", dropped.in_words(), packets.words())))
}

/// The appliance that packets go through, as in `the Azure Firewall `fw` that user route … leads to`.
pub(super) fn appliance(probe: &Probe<'_, '_>, (around, packets): (&Around<'_>, &Packets)) -> Option<String> {
    let legs = legs(around, packets)?;
    let leg = legs.iter().find(|leg| {
        matches!(leg.kind(), NextHopKind::VirtualAppliance | NextHopKind::VirtualNetworkGateway)
    })?;
    Some(stander(probe, leg))
}

/// The ways of packets, the one with most addresses first; `None` where routes do not apply or are not known.
fn legs(around: &Around<'_>, packets: &Packets) -> Option<Vec<Leg>> {
    if packets.to_platform() {
        return None;
    }
    let known = |routing: &crate::route::Routing| routing.unresolved().is_empty();
    around.reach.routing.as_ref().filter(|routing| known(routing))?;
    legs_to(around, &packets.destination).filter(|legs| !legs.is_empty())
}

fn stander(probe: &Probe<'_, '_>, leg: &Leg) -> String {
    let what = match (firewall_at(probe.case, leg), leg.kind()) {
        (Some(firewall), _) => format!("the Azure Firewall `{}`", firewall.id.name()),
        (None, NextHopKind::VirtualAppliance) => "the appliance".to_owned(),
        (None, NextHopKind::VirtualNetworkGateway) => "the gateway, or the network behind it,".to_owned(),
        (None, _) => "whatever is there".to_owned(),
    };
    format!("{what} that {} leads to", leg.in_words())
}

/// The far end is inside the network: a private endpoint, a proxy, a name server.
fn inside(probe: &Probe<'_, '_>, failure: &Failure, known: &str) -> Placement {
    let far = match &probe.target.via {
        Via::Proxy(_) => (Fault::Proxy, "the proxy"),
        Via::Direct => (Fault::Service, "the far end"),
    };
    let rest = match failure.kind {
        FailureKind::Refused | FailureKind::Reset => format!("{} answers and does not take it", far.1),
        _ => format!("{} is down or silent, or rules on its side stop it", far.1),
    };
    Placement::at(far.0, format!("{known}: {rest}"))
}

/// Nothing that the documents show is in the way.
fn outside(failure: &Failure, known: &str) -> Placement {
    match failure.kind {
        FailureKind::Refused | FailureKind::Reset => {
            Placement::at(Fault::Service, format!("{known}: the far end, or something in its place, refuses"))
        }
        _ => Placement::at(
            Fault::Guest,
            format!(
                "{known}: what is left is a firewall in the guest, or something that the input does not show"
            ),
        ),
    }
}
