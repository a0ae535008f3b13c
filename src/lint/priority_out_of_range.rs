//! A priority that no rule of one's own may have.

use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::nsg::Priority;

pub(super) const LINT: Lint = Lint {
    id: "priority-out-of-range",
    title: "a priority is not between 100 and 4096",
    kind: Kind::Rejected,
    severity: Severity::Blocker,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the priority of each rule is between 100 and 4096.

## Why it matters for backup

Azure refuses the rule, so that what it is to let out stays in.

## How it decides

By the number. The rules are compared with one another by it all the same.

## How to fix

Give the rule a free priority between 100 and 4096.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
";

fn run(subject: &Subject<'_>) -> Found {
    let outside = subject.group.rules.iter().filter(|rule| !rule.priority.is_custom());
    outside
        .map(|rule| {
            let (first, last) = (Priority::FIRST, Priority::LAST);
            let message = format!(
                "{} has a priority that azure refuses: it takes {first} to {last}",
                subject.named(rule)
            );
            Finding::about(rule, message, format!("give it a free priority between {first} and {last}"))
        })
        .collect()
}
