//! The platform's routes are not those of the configuration.

use std::collections::BTreeSet;

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::{InterfaceContext, Missing};
use crate::route::{EffectiveRoutes, Route, RouteDestination, RouteSource};
use crate::script::azure_cli::Command;

pub(super) const CHECK: Check = Check {
    id: "route-effective-routes-differ",
    title: "the routes in force are not those of the configuration",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The user routes among the effective routes that Azure reports for the VM's interfaces against the route table of the \
subnet as it is configured.

## Why it matters for backup

One of the two exports is stale, or a change has not taken effect. A verdict that rests on the wrong one is wrong.

## How it decides

Fails where a user route (prefix, next hop and its address) is in one of the two only. Routes that name a service tag \
are compared by their names. Where it makes a difference to what backup needs, the checks of routes are inconclusive, \
unless `--prefer effective|configured` says which to believe. Not examined without effective routes.

## How to fix

Export both again, close together: effective routes need a running VM.

## References

- https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let contexts: Vec<&InterfaceContext<'_>> =
        case.around()?.iter().filter_map(|around| around.context.as_ref()).collect();
    if let Some(first) = contexts.first().filter(|_| contexts.iter().all(|c| c.effective_routes.is_none())) {
        let interface = &first.interface.id;
        let what = format!("the effective routes of network interface `{}`", interface.name());
        let missing = Missing::new(what).with_lookup("network nic show-effective-route-table", interface);
        return Err(Withheld::NotExamined { missing });
    }
    let mut findings = Vec::new();
    for (context, effective) in contexts.iter().filter_map(|c| Some((c, c.effective_routes?))) {
        let table = context.route_table.clone()?;
        let configured: Vec<&Route> = table.iter().flat_map(|table| &table.routes).collect();
        let differences = differences(&configured, effective);
        if !differences.is_empty() {
            findings.push(finding(context, effective, differences));
        }
    }
    Ok(Conclusion::of(findings, vec![Evidence::text("effective routes", "the same as the configuration")]))
}

fn differences(configured: &[&Route], effective: &EffectiveRoutes) -> Vec<String> {
    let reported: Vec<&Route> =
        effective.routes.iter().filter(|route| route.active && route.source == RouteSource::User).collect();
    let tagged: Vec<&str> = configured
        .iter()
        .filter(|route| matches!(route.destination, RouteDestination::ServiceTag(_)))
        .filter_map(|route| route.name.as_deref())
        .collect();
    let by_tag = |route: &&&Route| {
        route.name.as_ref().is_some_and(|name| tagged.iter().any(|tag| tag.eq_ignore_ascii_case(name)))
    };
    let plain = |routes: &[&Route]| -> BTreeSet<String> {
        routes.iter().filter(|route| !by_tag(route)).flat_map(|route| in_words(route)).collect()
    };
    let (configured, reported) = (plain(configured), plain(&reported));
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>, what: &str| -> Vec<String> {
        one.difference(other).map(|route| format!("{route} {what}")).collect()
    };
    let mut lines = only(&configured, &reported, "is configured and not in force");
    lines.extend(only(&reported, &configured, "is in force and not configured"));
    lines
}

/// One line for each prefix of a route.
fn in_words(route: &Route) -> Vec<String> {
    let RouteDestination::Prefixes(prefixes) = &route.destination else { return Vec::new() };
    let via: Vec<String> = route.next_hop.addresses.iter().map(ToString::to_string).collect();
    let via = if via.is_empty() { String::new() } else { format!(" {}", via.join(", ")) };
    prefixes.iter().map(|prefix| format!("{prefix} → {}{via}", route.next_hop.kind)).collect()
}

fn finding(context: &InterfaceContext<'_>, effective: &EffectiveRoutes, differences: Vec<String>) -> Finding {
    let interface = &context.interface.id;
    let message = format!(
        "the routes in force on network interface `{}` are not those of the configuration: {}",
        interface.name(),
        differences.first().map_or("", String::as_str)
    );
    let finding = Finding::new(message, interface.as_str())
        .at(&effective.place)
        .citing(documented(&["UDR"]))
        .remedied_by(
            Remediation::new("export the effective routes and the route table again, close together")
                .step("or say which of the two to believe: `--prefer effective` or `--prefer configured`")
                .command(Command::lookup("network nic show-effective-route-table", interface).to_string()),
        );
    differences.into_iter().fold(finding, |finding, line| finding.with(Evidence::text("difference", line)))
}
