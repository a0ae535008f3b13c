//! More application security groups than rules may name.

use std::collections::BTreeSet;

use super::{Finding, Found, Kind, Lint, Subject};
use crate::azure::ResourceId;
use crate::backup::Severity;
use crate::nsg::{AddressTerm, SecurityRule};

pub(super) const LINT: Lint = Lint {
    id: "application-groups-too-many",
    title: "a rule names more than 10 application security groups, or a group more than 100",
    kind: Kind::Rejected,
    severity: Severity::Blocker,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether each rule names at most 10 application security groups, and all rules of a group together at most 100.

## Why it matters for backup

Azure refuses the rule, so that what it is to let out stays in.

## How it decides

By the number of different groups that source and destination name.

## How to fix

Put the interfaces into fewer, larger groups, or spread the groups over several rules.

## References

- https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits#networking-limits
";

/// The most groups of one rule.
const MOST_OF_A_RULE: usize = 10;
/// The most groups of all rules together.
const MOST_OF_ALL: usize = 100;

fn run(subject: &Subject<'_>) -> Found {
    let mut all = BTreeSet::new();
    let mut findings = Vec::new();
    for rule in &subject.group.rules {
        let named: BTreeSet<&ResourceId> = groups(rule).collect();
        all.extend(named.iter().copied());
        if named.len() > MOST_OF_A_RULE {
            let message = format!(
                "{} names {} application security groups: azure takes {MOST_OF_A_RULE} at most",
                subject.named(rule),
                named.len()
            );
            findings.push(Finding::about(rule, message, "spread them over several rules, or join them"));
        }
    }
    if all.len() > MOST_OF_ALL {
        let message = format!(
            "the rules of `{}` name {} application security groups: azure takes {MOST_OF_ALL} at most",
            subject.group.id.name(),
            all.len()
        );
        findings.push(Finding::on_group(
            &subject.group.place,
            message,
            "put interfaces into fewer, larger groups",
        ));
    }
    findings.into()
}

fn groups(rule: &SecurityRule) -> impl Iterator<Item = &ResourceId> {
    let terms =
        [&rule.source, &rule.destination].into_iter().flat_map(|side| side.addresses.iter().flatten());
    terms.filter_map(|term| match term {
        AddressTerm::Group(id) => Some(id),
        _ => None,
    })
}
