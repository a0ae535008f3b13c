//! No flow at all matches a rule.

use super::subject::{Dead, DeadKind};
use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::nsg::{AddressTerm, Direction};

pub(super) const LINT: Lint = Lint {
    id: "rule-unmatchable",
    title: "no flow at all matches a rule",
    kind: Kind::Unmatchable,
    severity: Severity::Warning,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether there is any flow that a rule matches.

## Why it matters for backup

A rule that matches nothing lets nothing out and stops nothing, whatever its name says.

## How it decides

Exactly. No flow has an IPv4 address at one end and an IPv6 address at the other, so a rule whose sides are of different \
families matches none. Nor does an inbound rule to `Internet` or an outbound one from `Internet`: the near end is an \
interface, and every interface is in a virtual network. A side that is not known is not taken for empty.

## How to fix

Give both sides addresses of one family, or delete the rule.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
";

fn run(subject: &Subject<'_>) -> Found {
    let both = [Direction::Inbound, Direction::Outbound].into_iter();
    let dead = both.flat_map(|direction| subject.dead(direction).iter().map(move |dead| (dead, direction)));
    dead.filter(|(dead, _)| dead.kind == DeadKind::Unmatchable)
        .map(|(dead, direction)| {
            let rule = subject.called(&dead.name, dead.priority);
            let (why, remedy) = match near_end_outside(subject, dead, direction) {
                Some(side) => (
                    format!("its {side} is `Internet`, and every interface is in a virtual network"),
                    format!("name the interfaces in its {side}, by `*` for all of them, or delete it"),
                ),
                None => (
                    "no flow has both its source and its destination".to_owned(),
                    "give both sides addresses of one family, or delete it".to_owned(),
                ),
            };
            let message = format!("{rule} matches nothing: {why}");
            Finding::of(dead.named(direction), &dead.place, message, remedy).assuming(dead.assumed)
        })
        .collect()
}

/// The side at which the group's own interfaces are, where the rule names `Internet` and nothing else there.
fn near_end_outside(subject: &Subject<'_>, dead: &Dead, direction: Direction) -> Option<&'static str> {
    let rule = subject.group.rules.iter().find(|rule| rule.place == dead.place)?;
    let (name, side) = match direction {
        Direction::Inbound => ("destination", &rule.destination),
        Direction::Outbound => ("source", &rule.source),
    };
    let is_internet =
        |term: &AddressTerm| matches!(term, AddressTerm::Tag(tag) if tag.eq_ignore_ascii_case("Internet"));
    side.addresses.iter().flatten().all(is_internet).then_some(name)
}
