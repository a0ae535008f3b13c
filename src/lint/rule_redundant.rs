//! Without a rule nothing changes.

use super::service::{listed, names};
use super::subject::{Dead, DeadKind, RuleKey};
use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::nsg::{Access, Direction};

pub(super) const LINT: Lint = Lint {
    id: "rule-redundant",
    title: "later rules decide like a rule, so that nothing changes without it",
    kind: Kind::Redundant,
    severity: Severity::Note,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether a rule makes a difference: not where later rules, the default rules among them, do the same with every flow that it \
decides.

## Why it matters for backup

It does no harm by itself. But each rule is one more to read when backup fails at night, and a rule that seems to let \
backup out while another does hides what backup hangs on.

## How it decides

Exactly: every flow that the rule decides meets later rules of the same access before any of the other. A rule that never \
decides at all is `rule-shadowed`; where it is what stands in for this one, it alone is named, since both cannot go. \
Always a note: an Allow beside `AllowInternetOutBound` or a Deny before `DenyAllInBound` \
may be there to say what is meant.

## How to fix

Delete the rule; or keep it on purpose and suppress the finding with the reason.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
";

fn run(subject: &Subject<'_>) -> Found {
    let both = [Direction::Inbound, Direction::Outbound].into_iter();
    let dead = both.flat_map(|direction| subject.dead(direction).iter().map(move |dead| (dead, direction)));
    let findings = dead.filter_map(|(dead, direction)| {
        let DeadKind::Redundant { by } = &dead.kind else { return None };
        if by.iter().any(|heir| only_because_of(subject, direction, heir, dead)) {
            return None;
        }
        let same = if by.len() > 1 { "do" } else { "does" };
        let does = if dead.access == Access::Deny { "denies" } else { "allows" };
        let message = format!(
            "{} changes nothing: without it {} {same} the same with all that it {does}",
            subject.called(&dead.name, dead.priority),
            listed(by)
        );
        let remedy = "delete it, unless it is there to hold when later rules change";
        Some(
            Finding::of(dead.named(direction), &dead.place, message, remedy)
                .by(names(by))
                .assuming(dead.assumed),
        )
    });
    findings.collect()
}

/// Whether a rule that stands in for another decides nothing only as long as the other is there.
fn only_because_of(subject: &Subject<'_>, direction: Direction, heir: &RuleKey, dead: &Dead) -> bool {
    let is_heir = |other: &&Dead| other.name == heir.name && other.priority == heir.priority;
    let shadowing = |other: &Dead| match &other.kind {
        DeadKind::Shadowed { by, .. } => {
            by.iter().any(|by| by.name == dead.name && by.priority == dead.priority)
        }
        DeadKind::Unmatchable | DeadKind::Redundant { .. } | DeadKind::Undecided { .. } => false,
    };
    subject.dead(direction).iter().filter(is_heir).any(shadowing)
}
