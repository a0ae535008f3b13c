//! Earlier rules match everything that a rule matches.

use std::collections::BTreeMap;

use super::service::{joined, listed, names};
use super::subject::{Dead, DeadKind, RuleKey};
use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::nsg::{Access, Direction};

pub(super) const LINT: Lint = Lint {
    id: "rule-shadowed",
    title: "earlier rules match everything that a rule matches, so that it never decides",
    kind: Kind::Shadowed,
    severity: Severity::Warning,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether a rule can ever decide: not where earlier rules together match every flow that it matches.

## Why it matters for backup

A rule that is to let backup out and stands behind a Deny lets nothing out, and looks as if it did. A Deny behind an Allow \
is a hole that looks closed.

## How it decides

Exactly, over all flows at once: one earlier rule may do it, or several of which each covers a part. Named are the fewest \
rules that do, with one of the other access among them where there is one: that is the one to look at. A warning where one \
of them does the opposite of the rule; a note where all do the same, so that the rule is only in excess. Where it hangs on \
something that is not known (a virtual network that is not in the input, an unknown tag), it is told as not decided.

## How to fix

Where the rule is meant to hold, give it a priority before the rules that are named. Else delete it, unless \
something asks for the rule itself, as Bastion asks for one for `GatewayManager`.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
";

fn run(subject: &Subject<'_>) -> Found {
    let mut found = Found::default();
    for direction in [Direction::Inbound, Direction::Outbound] {
        if let Err(why) = subject.tables(direction) {
            found.open.push(why.to_owned());
        }
        for dead in subject.dead(direction) {
            match &dead.kind {
                DeadKind::Shadowed { by, contrary } => {
                    let by: Vec<&RuleKey> = by.iter().collect();
                    found.findings.push(finding(subject, (dead, direction), &by, *contrary));
                }
                DeadKind::Undecided { .. } | DeadKind::Unmatchable | DeadKind::Redundant { .. } => {}
            }
        }
        found.open.extend(undecided(subject, direction));
    }
    found
}

fn finding(
    subject: &Subject<'_>,
    (dead, direction): (&Dead, Direction),
    by: &[&RuleKey],
    contrary: bool,
) -> Finding {
    let rule = subject.called(&dead.name, dead.priority);
    let together = if by.len() > 1 { "together match" } else { "matches" };
    let message =
        format!("{rule} never decides: {} {together} all that it matches first", listed(by.iter().copied()));
    let opposite = by.iter().find(|key| (key.access == Access::Deny) != (dead.access == Access::Deny));
    let remedy = match opposite {
        Some(opposite) => {
            let does = if dead.access == Access::Deny { "denies" } else { "allows" };
            format!(
                "if what it {does} is wanted, give it a priority before `{}` ({}); else delete it",
                opposite.name, opposite.priority
            )
        }
        None => {
            "delete it, unless something asks for the rule itself: no flow is treated otherwise".to_owned()
        }
    };
    let severity = if contrary { Severity::Warning } else { Severity::Note };
    Finding::of(dead.named(direction), &dead.place, message, remedy)
        .weighing(severity)
        .assuming(dead.assumed)
        .by(names(by.iter().copied()))
}

/// Of which rules it is not known whether they make a difference: one sentence for those that depend on the same.
fn undecided(subject: &Subject<'_>, direction: Direction) -> Vec<String> {
    let mut open: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for dead in subject.dead(direction) {
        let DeadKind::Undecided { because } = &dead.kind else { continue };
        let because: Vec<&str> = because.iter().map(String::as_str).collect();
        let because = match because.as_slice() {
            [] => "names in other rules that are not known".to_owned(),
            all => all.join("; "),
        };
        open.entry(because).or_default().push(format!("`{}` ({})", dead.name, dead.priority));
    }
    let (group, direction) = (subject.group.id.name(), direction.to_string().to_lowercase());
    let said = |(because, rules): (String, Vec<String>)| {
        let make = if rules.len() > 1 { "make" } else { "makes" };
        let rules = joined(&rules, 4);
        format!("whether {rules} of `{group}` {make} a difference ({direction}) hangs on: {because}")
    };
    open.into_iter().map(said).collect()
}
