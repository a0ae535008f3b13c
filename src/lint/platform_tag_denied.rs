//! A rule denies a service of the platform by its own tag.

use super::{Finding, Found, Kind, Lint, Subject};
use crate::azure::platform::{self, PlatformService};
use crate::backup::Severity;
use crate::net::PortSet;
use crate::nsg::{Access, AddressTerm, Direction, SecurityRule};

pub(super) const LINT: Lint = Lint {
    id: "platform-tag-denied",
    title: "a rule denies a service of the platform by its tag",
    kind: Kind::NearMiss,
    severity: Severity::Warning,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Outbound Deny rules that name `AzurePlatformDNS`, `AzurePlatformIMDS` or `AzurePlatformLKM`.

## Why it matters for backup

Ordinary rules never filter these services; a rule that names one of the tags is the only way to stop it. Without \
`AzurePlatformDNS` no service of backup is found by its name, without `AzurePlatformIMDS` agents do not learn what the VM \
is, without `AzurePlatformLKM` Windows is not activated.

## How it decides

By the names in the rule. An earlier Allow for the same tag, with at least the same senders, ports and protocols, takes the \
service out of its reach.

## How to fix

Delete the rule, or put an Allow for the tag before it, unless the service is stopped on purpose.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
- https://learn.microsoft.com/azure/virtual-network/service-tags-overview
";

fn run(subject: &Subject<'_>) -> Found {
    let rules = &subject.group.rules;
    let denied =
        rules.iter().filter(|rule| rule.access == Access::Deny && rule.direction == Direction::Outbound);
    let named = denied.flat_map(|rule| services(rule).map(move |service| (rule, service)));
    let stops = named.filter(|(rule, (tag, _))| !rules.iter().any(|other| spares(other, rule, tag)));
    stops
        .map(|(rule, (tag, service))| {
            let message = format!("{} denies `{tag}`: {} stops", subject.named(rule), service.title);
            let remedy = format!("delete it, or put an Allow for `{tag}` before it, unless that is wanted");
            Finding::about(rule, message, remedy)
        })
        .collect()
}

/// The services of the platform that a rule names.
fn services(rule: &SecurityRule) -> impl Iterator<Item = (&str, &'static PlatformService)> {
    rule.destination.addresses.iter().flatten().filter_map(|term| match term {
        AddressTerm::Tag(tag) => platform::service_of_tag(tag).map(|service| (tag.as_str(), service)),
        _ => None,
    })
}

/// Whether an earlier rule allows the service that another denies.
fn spares(earlier: &SecurityRule, rule: &SecurityRule, tag: &str) -> bool {
    let wider = |one: &Option<Vec<AddressTerm>>, other: &Option<Vec<AddressTerm>>| {
        one == other || one.iter().flatten().any(|term| *term == AddressTerm::Any)
    };
    earlier.direction == rule.direction
        && earlier.access == Access::Allow
        && earlier.priority < rule.priority
        && services(earlier).any(|(other, _)| other.eq_ignore_ascii_case(tag))
        && earlier.protocols.zip(rule.protocols).is_some_and(|(one, other)| one.covers(other))
        && wider(&earlier.source.addresses, &rule.source.addresses)
        && covers(earlier.destination.ports.as_ref(), rule.destination.ports.as_ref())
        && covers(earlier.source.ports.as_ref(), rule.source.ports.as_ref())
}

fn covers(one: Option<&PortSet>, other: Option<&PortSet>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one.covers(other))
}
