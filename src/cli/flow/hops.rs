//! What each rule list did, and what the answer hangs on.

use super::answer::{DecidedBy, Evaluated, Hop};
use crate::net::AddressSet;
use crate::nsg::{self, Access, AssociatedTo, Decision, Piece, RuleOrigin, RuleRef, RuleTable};
use crate::reach::{Judged, PlatformFilter};

/// The rule that decided: of several that agree, the latest, which is the most general.
pub(super) fn decided_by(judged: &Judged<'_>, platform: Option<&PlatformFilter>) -> DecidedBy {
    let rule = decisions(judged).filter_map(Decision::decided_by).max();
    let found = rule.and_then(|rule| {
        let table = judged.tables.get(rule.table)?;
        table.rules.get(rule.rule).map(|rule| (table, rule))
    });
    let Some((table, rule)) = found else {
        let kind = if platform.is_some() { "platform" } else { "none" };
        return DecidedBy {
            kind,
            network_security_group: None,
            applied_to: None,
            rule: None,
            priority: None,
            default: None,
        };
    };
    DecidedBy {
        kind: kind(table),
        network_security_group: Some(table.name.clone()),
        applied_to: Some(table.applied_to.name()),
        rule: Some(rule.name.clone()),
        priority: Some(rule.priority.0),
        default: Some(rule.origin == RuleOrigin::Default),
    }
}

/// The lists that the flow comes to, in order. A list without a rule for it (security admin rules) is left out.
pub(super) fn hops(judged: &Judged<'_>, own: &AddressSet) -> Vec<Hop> {
    let shown = judged.verification.pieces.iter().max_by_key(|piece| latest(piece));
    let flow = shown.and_then(|piece| nsg::witness::near(&piece.flows, own));
    let tables = judged.tables.iter().enumerate();
    tables
        .filter_map(|(index, table)| {
            let matched = matched(judged, index);
            let last = matched.last().copied()?;
            let agreed = agreed(table, &matched);
            let rule = agreed.and_then(|_| table.rules.get(last));
            let traced = flow.filter(|_| !table.is_unknown());
            let trace = traced.map(|flow| nsg::trace(table, &flow)).unwrap_or_default();
            let until = if agreed.is_some() { last + 1 } else { trace.len() };
            let evaluated = table.rules.iter().zip(trace).take(until);
            Some(Hop {
                kind: kind(table),
                network_security_group: table.name.clone(),
                applied_to: table.applied_to.name(),
                access: agreed.map_or("Undetermined", access),
                rule: rule.map(|rule| rule.name.clone()),
                priority: rule.map(|rule| rule.priority.0),
                evaluated: evaluated
                    .map(|(rule, fields)| Evaluated::of(&rule.name, rule.priority.0, fields))
                    .collect(),
            })
        })
        .collect()
}

/// What an undetermined answer hangs on: what is open, and a flow for each side where both occur.
pub(super) fn because(judged: &Judged<'_>, own: &AddressSet) -> Vec<String> {
    let verification = &judged.verification;
    let mut because = Vec::new();
    for (access, word) in [(Access::Allow, "allowed"), (Access::Deny, "denied")] {
        let Some(piece) = verification.with_access(Some(access)).max_by_key(|piece| latest(piece)) else {
            continue;
        };
        let flow = nsg::witness::near(&piece.flows, own).map(|flow| flow.to_string()).unwrap_or_default();
        let table = latest(piece).and_then(|rule| Some((rule, judged.tables.get(rule.table)?)));
        let rule =
            table.filter(|(_, table)| !table.is_unknown()).and_then(|(rule, t)| t.rules.get(rule.rule));
        let by = rule.map(|rule| format!(" by `{}`", rule.name)).unwrap_or_default();
        because.push(format!("{word}{by}: {flow}"));
    }
    because.extend(verification.because().into_iter().map(|open| format!("{}: {}", open.name, open.reason)));
    because
}

fn decisions<'j>(judged: &'j Judged<'_>) -> impl Iterator<Item = &'j Decision> {
    judged.verification.pieces.iter().flat_map(|piece| &piece.decisions)
}

fn latest(piece: &Piece) -> Option<RuleRef> {
    piece.decisions.iter().filter_map(Decision::decided_by).max()
}

/// What all these rules of a list do, if they do the same. What an unknown group does is not known.
fn agreed(table: &RuleTable, rules: &[usize]) -> Option<Access> {
    let accesses: Vec<Access> =
        rules.iter().filter_map(|rule| table.rules.get(*rule)).map(|rule| rule.access).collect();
    let first = accesses.first().copied().filter(|_| !table.is_unknown())?;
    accesses.iter().all(|access| *access == first).then_some(first)
}

/// The rules of one list that take a part of the flow, in order and each once.
fn matched(judged: &Judged<'_>, table: usize) -> Vec<usize> {
    let steps = decisions(judged).flat_map(|decision| &decision.trail).filter(|step| step.table == table);
    let mut rules: Vec<usize> = steps.map(|step| step.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

fn kind(table: &RuleTable) -> &'static str {
    match table.applied_to {
        AssociatedTo::VirtualNetwork => "securityAdminRule",
        AssociatedTo::NetworkInterface | AssociatedTo::Subnet => "networkSecurityGroup",
    }
}

const fn access(access: Access) -> &'static str {
    match access {
        Access::Allow => "Allow",
        Access::Deny => "Deny",
        Access::AlwaysAllow => "AlwaysAllow",
    }
}
