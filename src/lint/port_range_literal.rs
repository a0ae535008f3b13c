//! A range of ports stands where two ports are meant.

use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::nsg::{Access, SecurityRule};

pub(super) const LINT: Lint = Lint {
    id: "port-range-literal",
    title: "a range of ports stands where two ports are meant",
    kind: Kind::NearMiss,
    severity: Severity::Warning,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Allow rules whose ports are written as a range between two of the ports that backup uses or has used, as in `80-443`.

## Why it matters for backup

The founding documents of backup through a proxy write `80-443` in their sample rule while the text says 80 or 443. A rule \
copied from there opens 364 ports. Backup works; the rule lets through more than was meant.

## How it decides

By the text of the rule: both ends of the range are among 80, 443 and 8443. A rule that never decides is `rule-shadowed` \
and no near miss.

## How to fix

List the ports: `80` and `443`.

## References

- https://github.com/MicrosoftDocs/azure-docs.ko-kr (articles/backup/backup-azure-arm-vms-prepare.md)
- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
";

/// The ports that backup has used, then and now.
const MEANT: [u16; 3] = [80, 443, 8443];

fn run(subject: &Subject<'_>) -> Found {
    let wrong = |rule: &SecurityRule| {
        let allows = rule.access == Access::Allow && !subject.never_decides(rule);
        let mut texts = rule.destination.ports_text.iter().filter(|_| allows);
        texts.find_map(|text| Some((text.clone(), literal(text)?)))
    };
    let found = subject.group.rules.iter().filter_map(|rule| Some((rule, wrong(rule)?)));
    found
        .map(|(rule, (text, (first, last)))| {
            let message = format!(
                "{} allows `{text}`, which is {} ports, not {first} and {last}",
                subject.named(rule),
                last - first + 1
            );
            Finding::about(rule, message, format!("list {first} and {last} instead of the range"))
        })
        .collect()
}

/// The ends of a range between two ports that are meant by themselves.
#[must_use]
pub fn literal(entry: &str) -> Option<(u16, u16)> {
    let (first, last) = entry.split_once('-')?;
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first < last && MEANT.contains(&first) && MEANT.contains(&last)).then_some((first, last))
}
