//! Application security groups and addresses on one side of a rule.

use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::nsg::{AddressTerm, RuleSide};

pub(super) const LINT: Lint = Lint {
    id: "application-group-with-prefixes",
    title: "one side of a rule names application security groups and addresses",
    kind: Kind::Rejected,
    severity: Severity::Blocker,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether each side of a rule names either addresses, or one service tag, or application security groups.

## Why it matters for backup

Azure refuses the rule, so that what it is to let out stays in.

## How it decides

By what each side names. Source and destination may be of different kinds.

## How to fix

Make two rules, one for the groups and one for the addresses, each with a priority of its own.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
";

fn run(subject: &Subject<'_>) -> Found {
    let mut findings = Vec::new();
    for rule in &subject.group.rules {
        for (name, side) in [("source", &rule.source), ("destination", &rule.destination)] {
            let Some((group, other)) = mixed(side) else { continue };
            let message = format!(
                "{} names the application security group `{group}` and `{other}` in its {name}: azure takes one kind a side",
                subject.named(rule)
            );
            let remedy = "make two rules, one for the groups and one for the addresses";
            findings.push(Finding::about(rule, message, remedy));
        }
    }
    findings.into()
}

/// A group and something else that one side names.
fn mixed(side: &RuleSide) -> Option<(String, String)> {
    let is_group = |term: &&AddressTerm| matches!(term, AddressTerm::Group(_));
    let terms = side.addresses.as_deref().unwrap_or_default();
    let group = terms.iter().find(is_group)?;
    let other = terms.iter().find(|term| !is_group(term))?;
    Some((group.to_string(), other.to_string()))
}
