//! Two rules of one direction have one priority.

use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::nsg::SecurityRule;

pub(super) const LINT: Lint = Lint {
    id: "priority-shared",
    title: "two rules of one direction have the same priority",
    kind: Kind::Rejected,
    severity: Severity::Blocker,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether each priority is used once a direction.

## Why it matters for backup

Azure refuses the group, so that none of its changes is made, a rule for backup among them.

## How it decides

By the number and the direction. The same number once inbound and once outbound is fine. What can be said of such a group \
whichever of the two rules comes first is said all the same.

## How to fix

Give one of the rules a priority that is free.

## References

- https://github.com/Azure/aks-engine/issues/2106
- https://github.com/hashicorp/terraform-provider-azurerm/issues/27046
";

fn run(subject: &Subject<'_>) -> Found {
    let rules = &subject.group.rules;
    let clash = |(index, rule): (usize, &SecurityRule)| {
        let same =
            |other: &&SecurityRule| other.priority == rule.priority && other.direction == rule.direction;
        let first = rules.iter().take(index).find(same)?;
        let message = format!(
            "{} shares its priority with `{}` ({}): azure refuses the group (SecurityRuleConflict)",
            subject.named(rule),
            first.name,
            rule.direction.to_string().to_lowercase()
        );
        let remedy = "give one of the two a priority that no other rule of the direction has";
        Some(Finding::about(rule, message, remedy).by(vec![first.name.clone()]))
    };
    rules.iter().enumerate().filter_map(clash).collect()
}
