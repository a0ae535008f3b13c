//! A rule names `AzureCloud` where a service of backup is meant.

use super::service::{Fate, Service, base, fate, ipv4, joined, lets_out, percent, services};
use super::subject::at;
use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::nsg::{AddressTerm, Direction, NetworkSecurityGroup, SecurityRule};
use crate::tags::ServiceTag;

pub(super) const LINT: Lint = Lint {
    id: "backup-cloud-tag-too-small",
    title: "a rule allows `AzureCloud`, which does not hold all of a service of backup",
    kind: Kind::NearMiss,
    severity: Severity::Warning,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Outbound Allow rules that name `AzureCloud` or its tag of a region: whether it holds every address of `Storage` and of the \
other services that backup must reach.

## Why it matters for backup

`AzureCloud` sounds like everything and is not in every release: in those of July 2025 it lacks 16 % of `Storage` (IPv4), and \
a service of one region may have addresses in the tag of another. Backup then works on some days and fails on others.

## How it decides

By the addresses of the tags at hand (IPv4). For `AzureCloud` of a region by the regional tag of each service that has one; \
for the global one by the tag of the group's region, where that is known, else by the global tag. A finding only where what \
is missing is denied for every sender of the rule: a warning where IPv4 addresses are, a note where only IPv6 addresses are. A rule that never decides is `rule-shadowed` and no near miss.

A group with a rule for `GatewayManager` is for Bastion or a gateway: those ask for `AzureCloud`, and nothing in them is \
backed up.

## How to fix

Allow the service by its own tag.

## References

- https://learn.microsoft.com/azure/virtual-network/service-tags-overview
- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
";

const CLOUD: &str = "AzureCloud";

fn run(subject: &Subject<'_>) -> Found {
    let mut found = Found::default();
    if is_managed(subject.group) {
        return found;
    }
    let services = services();
    let rules = subject.group.rules.iter().filter(|rule| lets_out(rule) && !subject.never_decides(rule));
    for rule in rules {
        for term in rule.destination.addresses.iter().flatten() {
            let AddressTerm::Tag(text) = term else { continue };
            let cloud =
                subject.setting.tags.find(text).filter(|tag| base(tag.name()).eq_ignore_ascii_case(CLOUD));
            let Some(cloud) = cloud else { continue };
            let mut short = Vec::new();
            for service in services.iter().filter(|service| service.is_served_by(rule)) {
                short.extend(shortfall(subject, rule, (cloud, service), &mut found.open));
            }
            found.findings.extend(finding(subject, (rule, cloud), &short));
        }
    }
    found
}

/// What a cloud tag does not hold of a service, where that is denied.
struct Short<'t> {
    tag: ServiceTag<'t>,
    /// The share of its addresses that the other holds.
    held: f64,
    leant: bool,
}

fn shortfall<'s>(
    subject: &Subject<'s>,
    rule: &SecurityRule,
    (cloud, service): (ServiceTag<'s>, &Service),
    open: &mut Vec<String>,
) -> Option<Short<'s>> {
    let region = cloud.region();
    if region.is_some() && !service.regional {
        return None;
    }
    let region = region.as_ref().or(subject.region());
    let tag = service.tag(subject.setting.tags, region)?;
    let (whole, held) = (ipv4(&tag.addresses()), ipv4(&cloud.addresses()));
    let missing = whole.difference(&held);
    let share = whole.intersection(&held).count().share_of(whole.count());
    let asked = |table: &_| Some(service.flows(at(table, &rule.place)?, &missing));
    match fate(subject, asked) {
        (Fate::Pass, _) => None,
        (Fate::Denied(_), leant) => Some(Short { tag, held: share, leant }),
        (Fate::Open(because), _) => {
            open.push(format!(
                "whether the part of `{}` that is not in `{}` is reached beside {}: {}",
                tag.name(),
                cloud.name(),
                subject.named(rule),
                because.into_iter().collect::<Vec<_>>().join("; ")
            ));
            None
        }
    }
}

fn finding(
    subject: &Subject<'_>,
    (rule, cloud): (&SecurityRule, ServiceTag<'_>),
    short: &[Short<'_>],
) -> Option<Finding> {
    if short.is_empty() {
        return None;
    }
    let shares: Vec<String> =
        short.iter().map(|short| format!("{} of `{}`", percent(short.held), short.tag.name())).collect();
    let tags: Vec<String> = short.iter().map(|short| format!("`{}`", short.tag.name())).collect();
    let message = format!(
        "{} allows `{}`, which holds only {}; the rest is denied",
        subject.named(rule),
        cloud.name(),
        joined(&shares, shares.len())
    );
    let finding = Finding::about(rule, message, format!("allow {} by name", joined(&tags, tags.len())));
    Some(finding.assuming(short.iter().any(|short| short.leant)))
}

/// Whether a group is for a service that the platform runs itself, as Bastion and gateways are: there `AzureCloud` is asked
/// for, and nothing is backed up.
fn is_managed(group: &NetworkSecurityGroup) -> bool {
    let manages = |term: &AddressTerm| matches!(term, AddressTerm::Tag(tag) if base(tag).eq_ignore_ascii_case("GatewayManager"));
    let inbound = group.rules.iter().filter(|rule| rule.direction == Direction::Inbound);
    inbound.flat_map(|rule| rule.source.addresses.iter().flatten()).any(manages)
}
