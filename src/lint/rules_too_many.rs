//! More rules than a group may have.

use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;

pub(super) const LINT: Lint = Lint {
    id: "rules-too-many",
    title: "a group has more than 1000 rules",
    kind: Kind::Rejected,
    severity: Severity::Blocker,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the group has at most 1000 rules, both directions together.

## Why it matters for backup

Azure refuses the rules beyond that, and a rule for backup may be the last that is added.

## How it decides

By the number of rules, without the default rules.

## How to fix

Put rules together: one rule may list many prefixes and ports, and a service tag stands for thousands of prefixes. \
`rule-shadowed` and `rule-redundant` name rules that can go.

## References

- https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits#networking-limits
";

/// The most rules of a group.
const MOST: usize = 1000;

fn run(subject: &Subject<'_>) -> Found {
    let count = subject.group.rules.len();
    let message = || format!("`{}` has {count} rules: azure takes {MOST} at most", subject.group.id.name());
    let remedy = "put rules together, and delete those that are shadowed or redundant";
    (count > MOST).then(|| Finding::on_group(&subject.group.place, message(), remedy)).into_iter().collect()
}
