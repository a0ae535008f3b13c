//! Which way the packets of a demand leave.

use super::demand::{Demand, FarEnd, is_platform, senders};
use super::drawing::draw;
use super::weighing::Found;
use crate::check::{Around, Case, Evidence};
use crate::facts::Missing;
use crate::net::AddressSet;
use crate::reach::{Prefer, Way, WayStep};
use crate::route::{Branch, NextHopKind, Route, Routing};

/// Addresses of a demand that leave by one route.
pub(in crate::check) struct Leg {
    /// The addresses.
    pub(in crate::check) addresses: AddressSet,
    /// The route and the prefix of it that won; `None` where no route holds them.
    pub(in crate::check) route: Option<(Route, String)>,
}

impl Leg {
    /// The kind of next hop; an address that no route holds goes nowhere.
    pub(in crate::check) fn kind(&self) -> &NextHopKind {
        self.route.as_ref().map_or(&NextHopKind::None, |(route, _)| &route.next_hop.kind)
    }

    /// The route in words: ``user route `default` 0.0.0.0/0 → None``.
    pub(in crate::check) fn in_words(&self) -> String {
        let Some((route, prefix)) = &self.route else { return "no route".to_owned() };
        let name = route.name.as_ref().map(|name| format!(" `{name}`")).unwrap_or_default();
        let via: Vec<String> = route.next_hop.addresses.iter().map(ToString::to_string).collect();
        let via = if via.is_empty() { String::new() } else { format!(" {}", via.join(", ")) };
        format!("{} route{name} {prefix} → {}{via}", route.source.name(), route.next_hop.kind)
    }

    /// The way of these addresses, drawn.
    pub(in crate::check) fn draw(&self, around: &Around<'_>, label: String) -> Evidence {
        let route = match &self.route {
            Some((route, prefix)) => WayStep::Route {
                prefix: prefix.clone(),
                kind: route.next_hop.kind.clone(),
                addresses: route.next_hop.addresses.clone(),
                source: route.source,
            },
            None => WayStep::NoRoute { known: true },
        };
        let mut steps = vec![route];
        if *self.kind() == NextHopKind::Internet {
            steps.push(WayStep::Egress(around.reach.egress.clone()));
        }
        draw(around, label, &Way { steps })
    }
}

/// The legs of a demand, the largest first.
///
/// Open where the routes are not known, or where the platform's answer and the configuration lead elsewhere and the
/// user prefers neither. No legs for traffic with the host: no route of the customer's applies to it.
pub(in crate::check) fn legs(
    case: &Case<'_>,
    demand: &Demand,
    around: &Around<'_>,
) -> Result<(FarEnd, Vec<Leg>), Found> {
    let far_end = demand.far_end.clone().map_err(|reason| Found::open(reason, Vec::new()))?;
    if is_platform(demand.requirement) {
        return Ok((far_end, Vec::new()));
    }
    let destination = demand.flows(&far_end, &senders(around)).destination;
    let Some(reported) = &around.reach.routing else { return Err(unknown(around)) };
    let configured = configured(case, around);
    let routing = match (case.question.prefer, &configured) {
        (Some(Prefer::Configured), Some(configured)) => configured,
        _ => reported,
    };
    let legs = split(routing, &destination);
    let bad = |kind: &NextHopKind| !matches!(kind, NextHopKind::Internet | NextHopKind::ServiceEndpoint);
    if let Some(tag) = routing.unresolved().first().filter(|_| !legs.is_empty()) {
        let reason =
            format!("a route names `{tag}`, which is no service tag known here: what it takes is not known");
        return Err(Found::open(reason, Vec::new()));
    }
    if let (None, Some(configured)) = (case.question.prefer, &configured) {
        let other = split(configured, &destination);
        let lead = |legs: &[Leg]| legs.iter().any(|leg| bad(leg.kind()));
        if lead(&legs) != lead(&other) {
            let reason = format!(
                "the effective routes and the configuration lead {} differently (`--prefer` says which to believe)",
                far_end.name
            );
            return Err(Found::open(reason, Vec::new()));
        }
    }
    Ok((far_end, legs))
}

/// The legs of packets to these addresses, the largest first; none where the routes are not known.
pub(in crate::check) fn legs_to(around: &Around<'_>, destination: &AddressSet) -> Option<Vec<Leg>> {
    around.reach.routing.as_ref().map(|routing| split(routing, destination))
}

/// The configuration's own routes, where the platform's answer is there too.
fn configured(case: &Case<'_>, around: &Around<'_>) -> Option<Routing> {
    let context = around.context.as_ref().filter(|context| context.effective_routes.is_some())?;
    let scope = case.facts.scope(Some(context), &case.question.assumed.network);
    case.facts.configured_routing(context, &scope, case.tags)
}

fn split(routing: &Routing, destination: &AddressSet) -> Vec<Leg> {
    let leg = |branch: Branch<'_>| Leg {
        route: branch.route.map(|(route, prefix)| (route.clone(), prefix.to_string())),
        addresses: branch.addresses,
    };
    let mut legs: Vec<Leg> = routing.split(destination).into_iter().map(leg).collect();
    legs.sort_by_key(|leg| std::cmp::Reverse(leg.addresses.count()));
    legs
}

fn unknown(around: &Around<'_>) -> Found {
    let Some(context) = &around.context else {
        return Found::open("the routes of a group on its own are not known", Vec::new());
    };
    let interface = &context.interface.id;
    let mut missing: Vec<Missing> = context.subnet.as_ref().err().into_iter().cloned().collect();
    missing.extend(context.route_table.as_ref().err().cloned());
    let what = format!("the effective routes of network interface `{}`", interface.name());
    missing.push(Missing::new(what).with_lookup("network nic show-effective-route-table", interface));
    missing.dedup();
    let first = missing.first().map(ToString::to_string).unwrap_or_default();
    Found::open(format!("which way packets leave is not known: {first}"), missing)
}
