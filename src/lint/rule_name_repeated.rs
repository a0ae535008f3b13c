//! Two rules of a group have one name.

use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::nsg::SecurityRule;

pub(super) const LINT: Lint = Lint {
    id: "rule-name-repeated",
    title: "two rules of a group have the same name",
    kind: Kind::Rejected,
    severity: Severity::Blocker,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether each name is used once in a group.

## Why it matters for backup

A rule is a resource of its own, known by its name. A group that names two alike does not come to hold both, and the one \
that is missing may be that for backup.

## How it decides

Names are compared without regard to case, in both directions together: they must be unique within the group.

## How to fix

Rename one of the rules.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
";

fn run(subject: &Subject<'_>) -> Found {
    let rules = &subject.group.rules;
    let again = |(index, rule): (usize, &SecurityRule)| {
        let first = rules.iter().take(index).find(|other| other.name.eq_ignore_ascii_case(&rule.name))?;
        let message = format!(
            "{} has the name of another rule ({}, {}): names are unique within a group",
            subject.named(rule),
            first.priority,
            first.direction.to_string().to_lowercase()
        );
        Some(Finding::about(rule, message, "rename one of the two").by(vec![first.name.clone()]))
    };
    rules.iter().enumerate().filter_map(again).collect()
}
