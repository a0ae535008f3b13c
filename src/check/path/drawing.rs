//! A way as a report draws it: hop by hop, up to where it ends.

use crate::check::{Around, Evidence, PathStep, StepState};
use crate::nsg::{Access, AssociatedTo};
use crate::reach::{Egress, Way, WayStep};
use crate::route::NextHopKind;

/// The drawing of a way out, from the VM on. Hops behind the one that stops it are drawn as not reached.
pub(in crate::check) fn draw(around: &Around<'_>, label: String, way: &Way) -> Evidence {
    let mut steps: Vec<PathStep> = origin(around).into_iter().collect();
    let mut ended = false;
    for step in &way.steps {
        let (place, detail, state) = hop(step);
        let state = if ended { StepState::Unreached } else { state };
        let detail = if ended { String::from("not reached") } else { detail };
        ended |= matches!(state, StepState::Stops);
        steps.push(PathStep { place, detail, state });
    }
    Evidence::Path { label, steps }
}

fn origin(around: &Around<'_>) -> Option<PathStep> {
    let context = around.context.as_ref()?;
    let addresses: Vec<String> = context.addresses().map(|address| address.to_string()).collect();
    Some(PathStep {
        place: format!("network interface `{}`", context.interface.id.name()),
        detail: if addresses.is_empty() { "address not known".into() } else { addresses.join(", ") },
        state: StepState::Passes,
    })
}

/// One hop: what stands there, what it does, whether the packet gets past.
pub(in crate::check) fn hop(step: &WayStep) -> (String, String, StepState) {
    match step {
        WayStep::Filter { name, applied_to, rule } => filter(name, *applied_to, rule.as_ref()),
        WayStep::Route { prefix, kind, addresses, source } => {
            let via: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            let via = if via.is_empty() { String::new() } else { format!(" {}", via.join(", ")) };
            let detail = format!("{prefix} → {kind}{via} ({} route)", source.name());
            let state = match kind {
                NextHopKind::None => StepState::Stops,
                NextHopKind::VirtualAppliance
                | NextHopKind::VirtualNetworkGateway
                | NextHopKind::Other(_) => StepState::Open,
                _ => StepState::Passes,
            };
            ("route".into(), detail, state)
        }
        WayStep::NoRoute { known: true } => {
            ("route".into(), "no route holds the address".into(), StepState::Stops)
        }
        WayStep::NoRoute { known: false } => {
            ("route".into(), "the routes are not in the input".into(), StepState::Open)
        }
        WayStep::Egress(egress) => way_out(egress),
    }
}

fn filter(
    name: &str,
    applied_to: AssociatedTo,
    rule: Option<&(String, u32, Access)>,
) -> (String, String, StepState) {
    let place = match applied_to {
        AssociatedTo::NetworkInterface => format!("NSG `{name}` on the network interface"),
        AssociatedTo::Subnet => format!("NSG `{name}` on the subnet"),
        AssociatedTo::VirtualNetwork => name.to_owned(),
    };
    let Some((rule, priority, access)) = rule else {
        return (place, "no rule matches".into(), StepState::Passes);
    };
    let state = if *access == Access::Deny { StepState::Stops } else { StepState::Passes };
    (place, format!("{access} by `{rule}` ({priority})"), state)
}

fn way_out(egress: &Egress) -> (String, String, StepState) {
    let place = String::from("way out to the internet");
    match egress {
        Egress::Explicit(method) | Egress::Default(method) => (place, method.clone(), StepState::Passes),
        Egress::None(reason) => (place, reason.clone(), StepState::Stops),
        Egress::Unknown(open) => (place, format!("{}: {}", open.name, open.reason), StepState::Open),
    }
}
