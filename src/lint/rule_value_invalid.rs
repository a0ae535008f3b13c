//! A value that no rule can have.

use super::finding::Named;
use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::facts::Misstated;

pub(super) const LINT: Lint = Lint {
    id: "rule-value-invalid",
    title: "a rule states something that no rule can",
    kind: Kind::Rejected,
    severity: Severity::Blocker,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether ports, protocol, priority, direction and access of each rule are such as a rule can have.

## Why it matters for backup

Azure refuses the rule, so that what it is to let out stays in.

## How it decides

Ports are numbers up to 65535, ranges `a-b` whose first number is not the larger, or `*`; protocols `Tcp`, `Udp`, `Icmp`, \
`Esp`, `Ah` or `*`; directions `Inbound` or `Outbound`; access `Allow` or `Deny`. A field that cannot be read is taken as \
not known. A rule without a place in the order leaves the rules of its group uncompared.

## How to fix

Correct the value at the place that is named.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
";

fn run(subject: &Subject<'_>) -> Found {
    let said = |fault: &Misstated| format!("{}, expected {}", fault.message, fault.expected);
    let mut findings = Vec::new();
    for rule in &subject.group.rules {
        for fault in subject.text_of(rule).iter().flat_map(|text| &text.faults) {
            let message =
                format!("{} states something that azure refuses: {}", subject.named(rule), said(fault));
            let finding = Finding::about(rule, message, format!("write {} there", fault.expected));
            findings.push(Finding { place: fault.place.clone(), ..finding });
        }
    }
    let unplaced = &subject.setting.facts.unplaced_rules;
    for rule in unplaced.iter().filter(|rule| rule.group == subject.group.id) {
        let name = rule.name.clone().unwrap_or_default();
        let message = format!(
            "rule `{name}` of `{}` states something that azure refuses: {}",
            subject.group.id.name(),
            said(&rule.fault)
        );
        let named = rule.name.clone().map(|name| Named { direction: None, priority: None, name });
        let remedy = format!("write {} there", rule.fault.expected);
        findings.push(Finding { rule: named, ..Finding::on_group(&rule.fault.place, message, remedy) });
    }
    findings.into()
}
