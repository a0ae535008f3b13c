//! More prefixes than one side of a rule may list.

use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;

pub(super) const LINT: Lint = Lint {
    id: "prefixes-too-many",
    title: "one side of a rule lists more than 4000 prefixes",
    kind: Kind::Rejected,
    severity: Severity::Blocker,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether each side of a rule lists at most 4000 addresses and prefixes.

## Why it matters for backup

Who lists the prefixes of a service instead of naming its tag gets here: `Storage` alone has thousands. Azure refuses the \
rule.

## How it decides

By the number of entries of a side.

## How to fix

Name the service tag instead, or spread the prefixes over several rules.

## References

- https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits#networking-limits
";

/// The most entries of one side.
const MOST: usize = 4000;

fn run(subject: &Subject<'_>) -> Found {
    let mut findings = Vec::new();
    for rule in &subject.group.rules {
        for (name, side) in [("source", &rule.source), ("destination", &rule.destination)] {
            let count = side.addresses.as_ref().map_or(0, Vec::len);
            if count > MOST {
                let message = format!(
                    "{} lists {count} prefixes in its {name}: azure takes {MOST} at most",
                    subject.named(rule)
                );
                let remedy = "name a service tag instead, or spread the prefixes over several rules";
                findings.push(Finding::about(rule, message, remedy));
            }
        }
    }
    findings.into()
}
