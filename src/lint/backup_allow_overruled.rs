//! A rule lets backup out, and an earlier rule does not.

use std::collections::BTreeSet;

use super::service::{Service, ipv4, lets_out, listed, names, percent, services};
use super::subject::{RuleKey, at};
use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::net::{AddressSet, FlowBox};
use crate::nsg::{self, Access, Direction, Priority, RuleTable, SecurityRule, Verification};
use crate::tags::ServiceTag;

pub(super) const LINT: Lint = Lint {
    id: "backup-allow-overruled",
    title: "a rule allows a service of backup, and an earlier one denies it",
    kind: Kind::NearMiss,
    severity: Severity::Warning,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Outbound Allow rules that name the service tag of something that backup must reach, on the right port: whether an earlier \
rule denies all of it or a part.

## Why it matters for backup

The rule is there and right, and does not work: the smaller priority wins. Where only a part is denied, backup works on \
some days and fails on others.

## How it decides

Exactly, over all addresses of the tag (IPv4): denied are those that no sender of the rule reaches on the ports that backup \
needs, because an earlier rule of the group denies them. A Deny for some of the senders only is no finding.

## How to fix

Give the rule a priority before the one that denies; the finding names one that is free.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
";

fn run(subject: &Subject<'_>) -> Found {
    let mut found = Found::default();
    let Ok(readings) = subject.readings(Direction::Outbound) else { return found };
    let services = services();
    for rule in subject.group.rules.iter().filter(|rule| lets_out(rule)) {
        for term in rule.destination.addresses.iter().flatten() {
            let named = |service: &Service| service.named_by(subject.setting.tags, term);
            let Some((service, tag)) = services.iter().find_map(|s| Some((s, named(s)?))) else { continue };
            let (loss, leant) = readings
                .settle(|tables| loss(tables, rule, (service, tag)), |loss| matches!(loss, Loss::Open(_)));
            subject.lean(leant);
            match loss {
                Loss::None => {}
                Loss::Open(because) => found.open.push(format!(
                    "whether {} lets anything out to `{}`: {}",
                    subject.named(rule),
                    tag.name(),
                    because.into_iter().collect::<Vec<_>>().join("; ")
                )),
                Loss::Some { share, by } => {
                    found.findings.push(finding(subject, (rule, service, tag), share, &by).assuming(leant));
                }
            }
        }
    }
    found
}

/// What a rule loses to earlier ones.
enum Loss {
    None,
    Some { share: f64, by: BTreeSet<RuleKey> },
    Open(BTreeSet<String>),
}

/// What a rule loses to earlier ones in every table.
fn loss(tables: &[RuleTable], rule: &SecurityRule, (service, tag): (&Service, ServiceTag<'_>)) -> Loss {
    let whole = ipv4(&tag.addresses());
    let (mut denied, mut doubtful) = (whole.clone(), whole.clone());
    let (mut by, mut because) = (BTreeSet::new(), BTreeSet::new());
    for table in tables {
        let Some(resolved) = at(table, &rule.place) else { return Loss::None };
        let wanted = service.flows(resolved, &whole);
        let asked = FlowBox {
            source_ports: resolved.source_ports.bound(true),
            destination_ports: wanted.destination_ports.intersection(&resolved.destination_ports.bound(true)),
            ..wanted
        };
        let served = resolved.protocols.bound(true).contains(service.protocol);
        if !served || asked.destination_ports.is_empty() {
            return Loss::None;
        }
        let answer = nsg::verify(std::slice::from_ref(table), &asked);
        let reached = |access: &[Option<Access>]| {
            let reaching = answer.pieces.iter().filter(|piece| access.contains(&piece.access));
            reaching.fold(AddressSet::empty(), |set, piece| set.union(&piece.flows.destination))
        };
        denied = denied.difference(&reached(&[Some(Access::Allow), None]));
        doubtful = doubtful.difference(&reached(&[Some(Access::Allow)]));
        by.extend(deniers(table, &answer, rule.priority));
        because.extend(answer.because().iter().map(|open| format!("{}: {}", open.name, open.reason)));
    }
    match (denied.is_empty(), doubtful.is_empty()) {
        (false, _) if !by.is_empty() => Loss::Some { share: denied.count().share_of(whole.count()), by },
        (true, false) if !because.is_empty() => Loss::Open(because),
        _ => Loss::None,
    }
}

/// The earlier rules of the group that deny something of what was asked.
fn deniers(table: &RuleTable, answer: &Verification, before: Priority) -> Vec<RuleKey> {
    let denied = answer.with_access(Some(Access::Deny));
    let deciders = denied.filter_map(|piece| piece.decisions.first()?.decided_by());
    let keys = deciders.filter_map(|decider| RuleKey::of(table, decider.rule));
    keys.filter(|key| key.priority <= before).collect()
}

fn finding(
    subject: &Subject<'_>,
    (rule, service, tag): (&SecurityRule, &Service, ServiceTag<'_>),
    share: f64,
    by: &BTreeSet<RuleKey>,
) -> Finding {
    let what = if share >= 1.0 { "all of it".to_owned() } else { format!("{} of it", percent(share)) };
    let does = if by.len() > 1 { "together deny" } else { "denies" };
    let message = format!(
        "{} allows `{}` on {}, but {} {does} {what} first",
        subject.named(rule),
        tag.name(),
        service.asks(),
        listed(by)
    );
    let first = by.first().map_or(Priority::FIRST, |key| key.priority);
    let remedy = match free_before(&subject.group.rules, first) {
        Some(free) => format!("give it priority {free}, which is free and comes before {first}"),
        None => format!(
            "no priority before {first} is free: give {} one after {}, then this rule one before it",
            listed(by),
            rule.priority
        ),
    };
    Finding::about(rule, message, remedy).by(names(by))
}

/// The last free outbound priority before `first`.
fn free_before(rules: &[SecurityRule], first: Priority) -> Option<Priority> {
    let taken = |priority: &u32| {
        rules.iter().any(|rule| rule.direction == Direction::Outbound && rule.priority.0 == *priority)
    };
    (Priority::FIRST.0..first.0).rev().find(|priority| !taken(priority)).map(Priority)
}
