//! A route drops what backup needs.

use super::path::{Demand, FarEnd, Found, Leg, Look, conclude, is_platform, legs, senders};
use super::{About, Around, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::input::{Place, Pointer};
use crate::net::AddressSet;
use crate::nsg::AddressTerm;
use crate::reach::Egress;
use crate::route::{NextHop, NextHopKind, Route, RouteDestination, RouteSource, RouteTable, Routing};
use crate::script::azure_cli::Command;

pub(super) const CHECK: Check = Check {
    id: "route-drops-backup",
    title: "a route drops what backup needs",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The next hop of every address of each service that this VM must reach: the platform's effective routes where they are in \
the input, else the user routes of the subnet's table over Azure's system routes.

## Why it matters for backup

A packet whose next hop is `None` is dropped without an answer: the backup extension times out.

## How it decides

The longest prefix wins; on a tie a user route before one learned by a gateway before Azure's own; a prefix before a \
service tag. Fails where any address has the next hop `None`, or no route at all. Traffic with the host at \
168.63.129.16 meets no user route and is not looked at. Inconclusive where the routes are not in the input, or where the \
effective routes and the configuration lead elsewhere.

## How to fix

Give the service a route of its own: a route may name a service tag, which is more specific than a default route. Or turn \
on a service endpoint for storage.

## References

- https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview
- https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Look {
            about: "a public service",
            weight: CHECK.severity,
            of: &|requirement| !is_platform(requirement),
            at: &|demand, around| look(case, demand, around),
        },
    )
}

pub(super) fn look(case: &Case<'_>, demand: &Demand, around: &Around<'_>) -> Found {
    let (far_end, legs) = match legs(case, demand, around) {
        Ok(found) => found,
        Err(open) => return open,
    };
    let Some(leg) = legs.iter().find(|leg| *leg.kind() == NextHopKind::None) else {
        let ways: Vec<String> = legs.iter().map(Leg::in_words).collect();
        return Found::Fine(vec![Evidence::text(demand.requirement.title, ways.join("; "))]);
    };
    let all = legs.iter().fold(AddressSet::empty(), |all, leg| all.union(&leg.addresses)).count();
    let message = format!("`{}` leads nowhere: {} drops it", far_end.name, leg.in_words());
    let label = format!("VM → {}, {}", far_end.name, demand.service());
    let mut finding = Finding::new(message, subject(leg, around))
        .with(leg.draw(around, label))
        .with(Evidence::text("addresses dropped", format!("{} of {all}", leg.addresses.count())))
        .with(Evidence::text("needed because", demand.requirement.reason))
        .citing(demand.requirement.sources)
        .remedied_by(remedy(case, (demand, &far_end), around));
    if let Some((route, _)) = leg.route.as_ref().filter(|(route, _)| route.source == RouteSource::User) {
        finding = finding.at(&route.place);
    }
    Found::Bad(Box::new(finding))
}

fn subject(leg: &Leg, around: &Around<'_>) -> String {
    let interface = || around.context.as_ref().map(|context| context.interface.id.as_str().to_owned());
    let table = table(around).map(|table| table.id.as_str().to_owned());
    let user = leg.route.as_ref().is_some_and(|(route, _)| route.source == RouteSource::User);
    table.filter(|_| user).or_else(interface).unwrap_or_default()
}

fn table<'f>(around: &Around<'f>) -> Option<&'f RouteTable> {
    around.context.as_ref()?.route_table.as_ref().ok().copied().flatten()
}

/// A route of its own for the service: by its tag straight to the internet, where there is a way out and where that
/// route, tried on a copy, takes every address.
fn remedy(case: &Case<'_>, (demand, far_end): (&Demand, &FarEnd), around: &Around<'_>) -> Remediation {
    let remediation = Remediation::new(format!("give `{}` a route of its own", far_end.name))
        .link("https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview");
    let leads_out = matches!(around.reach.egress, Egress::Explicit(_) | Egress::Default(_));
    let ([AddressTerm::Tag(tag)], Some(table)) = (far_end.terms.as_slice(), table(around)) else {
        return remediation;
    };
    if !leads_out {
        return remediation.step("it takes a way out to the internet too, such as a NAT gateway");
    }
    let name = format!("BackupTo{}", tag.replace('.', ""));
    let taken = |route: &Route| route.name.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(&name));
    if table.routes.iter().any(taken) || !frees(case, (demand, far_end), (around, tag)) {
        return remediation.step("routes for narrower prefixes are in its way: change those");
    }
    let route = |verb| {
        let command = Command::new(&["network", "route-table", "route", verb]).within(&table.id);
        command.value("--route-table-name", table.id.name()).value("--name", &name)
    };
    let create = route("create").value("--address-prefix", tag).value("--next-hop-type", "Internet");
    remediation
        .command(create.to_string())
        .rollback(route("delete").to_string())
        .step("verified on a copy: every address of the service takes this route then")
        .step("check that whoever made the table lets it bypass what the others lead to")
}

/// Whether a route for the tag to the internet would take every address of the far end.
fn frees(case: &Case<'_>, (demand, far_end): (&Demand, &FarEnd), (around, tag): (&Around<'_>, &str)) -> bool {
    let Some(routing) = &around.reach.routing else { return false };
    let mut routes = routing.routes().to_vec();
    routes.push(Route {
        name: None,
        destination: RouteDestination::ServiceTag(tag.to_owned()),
        next_hop: NextHop { kind: NextHopKind::Internet, addresses: Vec::new() },
        source: RouteSource::User,
        active: true,
        place: Place { document: "proposed route".into(), pointer: Pointer::root() },
    });
    let destination = demand.flows(far_end, &senders(around)).destination;
    let branches = Routing::new(routes, case.tags);
    branches
        .split(&destination)
        .iter()
        .all(|branch| branch.route.is_some_and(|(route, _)| route.next_hop.kind == NextHopKind::Internet))
}
