//! A description that Azure refuses.

use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;

pub(super) const LINT: Lint = Lint {
    id: "description-too-long",
    title: "the description of a rule is longer than Azure takes",
    kind: Kind::Rejected,
    severity: Severity::Blocker,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the description of each rule has at most 140 characters.

## Why it matters for backup

Azure refuses the rule, so that what it is to let out stays in.

## How it decides

By the number of characters.

## How to fix

Shorten the description.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
";

/// The longest description, in characters.
const LONGEST: usize = 140;

fn run(subject: &Subject<'_>) -> Found {
    let described = subject.group.rules.iter().filter_map(|rule| {
        let length = subject.text_of(rule)?.description.as_ref()?.chars().count();
        (length > LONGEST).then_some((rule, length))
    });
    described
        .map(|(rule, length)| {
            let message = format!(
                "{} has a description of {length} characters: azure takes {LONGEST} at most",
                subject.named(rule)
            );
            Finding::about(rule, message, "shorten it")
        })
        .collect()
}
