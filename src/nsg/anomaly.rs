//! Rules that never decide anything, or that nobody would miss.
//!
//! Where something is open, an earlier rule counts for what it certainly matches and the rule in question for all that it
//! may match: what is said of it then holds however things turn out.

mod cover;
mod deciders;
mod hitting;
mod redundancy;
mod view;

use super::evaluate::{open_among, open_for};
use super::operand::{Meaning, OpenOperand, Operand};
use super::resolve::{ResolvedRule, RuleTable};
use super::rule::RuleOrigin;
use view::View;

/// What is wrong with one rule of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// The rule, counted from the earliest of its table.
    pub rule: usize,
    /// What it is.
    pub kind: AnomalyKind,
}

/// Why a rule decides nothing, or nothing that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnomalyKind {
    /// No flow at all matches it: a side or a port list is empty, or its sides are of different families.
    Unmatchable,
    /// Earlier rules together match every flow that it matches, so it never decides.
    Shadowed {
        /// The smallest set of earlier rules that do so, in order; where a rule of the other access decides any of
        /// the flows, one such is among them.
        by: Vec<usize>,
        /// Whether any of its flows is decided the other way. Where what it names is open and one earlier rule on the
        /// same names covers it: whether that one does.
        contrary: bool,
    },
    /// Without it the same flows are let through: what it decides, later rules decide alike.
    Redundant {
        /// The later rules that do, in order.
        by: Vec<usize>,
    },
    /// Whether it is shadowed or redundant depends on what is open.
    Undecided {
        /// What it depends on.
        because: Vec<OpenOperand>,
    },
}

/// The rules of a table that are shadowed, redundant or unmatchable, in order; default rules are never among them.
#[must_use]
pub fn anomalies(table: &RuleTable) -> Vec<Anomaly> {
    let views = View::all(table);
    let idle = idle(&views);
    let own = |rule: &usize| table.rules.get(*rule).is_some_and(|rule| rule.origin != RuleOrigin::Default);
    let custom = (0..table.rules.len()).filter(own);
    custom.filter_map(|rule| Some(Anomaly { rule, kind: kind(table, (&views, &idle), rule)? })).collect()
}

/// The rules of a table that earlier ones cover, in order: those that [`anomalies`] calls shadowed, found without their
/// blockers. Rules on names that are not known may be missing.
#[must_use]
pub fn shadowed(table: &RuleTable) -> Vec<usize> {
    let views = View::all(table);
    let own = |rule: usize| table.rules.get(rule).is_some_and(|rule| rule.origin != RuleOrigin::Default);
    let matchable = |rule: usize| !views.iter().all(|view| view.is_empty(rule));
    let idle = idle(&views).into_iter().enumerate().filter(|(_, idle)| *idle).map(|(rule, _)| rule);
    idle.filter(|rule| own(*rule) && matchable(*rule)).collect()
}

/// For each rule whether it decides nothing.
fn idle(views: &[View<'_>]) -> Vec<bool> {
    let mut idle = vec![true; views.first().map_or(0, View::len)];
    for view in views {
        idle.iter_mut().zip(deciders::deciding(view)).for_each(|(idle, deciding)| *idle &= !deciding);
    }
    idle
}

fn kind(table: &RuleTable, (views, idle): (&[View<'_>], &[bool]), rule: usize) -> Option<AnomalyKind> {
    if views.iter().all(|view| view.is_empty(rule)) {
        return Some(AnomalyKind::Unmatchable);
    }
    if let Some(by) = same_names(table, rule) {
        let contrary = table.rules.get(by)?.access != table.rules.get(rule)?.access;
        return Some(AnomalyKind::Shadowed { by: vec![by], contrary });
    }
    if *idle.get(rule)? {
        let (by, contrary) = cover::blockers(views, rule);
        return Some(AnomalyKind::Shadowed { by, contrary });
    }
    let by: Option<Vec<Vec<usize>>> = views.iter().map(|view| redundancy::heirs(view, rule, false)).collect();
    if let Some(by) = by {
        let mut by: Vec<usize> = by.into_iter().flatten().collect();
        by.sort_unstable();
        by.dedup();
        return Some(AnomalyKind::Redundant { by });
    }
    undecided(table, views, rule)
}

/// Whether what is open could still make the rule one that nobody would miss.
fn undecided(table: &RuleTable, views: &[View<'_>], rule: usize) -> Option<AnomalyKind> {
    if !views.iter().any(View::is_open) {
        return None;
    }
    let may_be =
        |view: &View<'_>| cover::may_be_covered(view, rule) || redundancy::heirs(view, rule, true).is_some();
    let flows = views.iter().filter(|view| may_be(view)).find_map(|view| view.flows(rule))?;
    let before = open_for(std::slice::from_ref(table), flows);
    let because = if before.is_empty() { open_among(table, flows) } else { before };
    Some(AnomalyKind::Undecided { because })
}

/// An earlier rule that names the same things, and more: whatever is open about them, it takes every flow first.
fn same_names(table: &RuleTable, rule: usize) -> Option<usize> {
    let own = table.rules.get(rule)?;
    let unstated = |rule: &ResolvedRule| rule.meanings.iter().flatten().any(|m| *m == Meaning::Unstated);
    if unstated(own) || !(own.source.is_open() || own.destination.is_open()) {
        return None;
    }
    let wider = |(one, named): (&Operand, &[Meaning]), (other, theirs): (&Operand, &[Meaning])| {
        (one == other && named == theirs) || one.known.covers(&other.upper())
    };
    let covers = |other: &ResolvedRule| {
        let ([from, to], [own_from, own_to]) = (&other.meanings, &own.meanings);
        !unstated(other)
            && other.protocols.bound(false).covers(own.protocols.bound(true))
            && other.source_ports.bound(false).covers(&own.source_ports.bound(true))
            && other.destination_ports.bound(false).covers(&own.destination_ports.bound(true))
            && wider((&other.source, from), (&own.source, own_from))
            && wider((&other.destination, to), (&own.destination, own_to))
    };
    table.rules.iter().take(rule).position(covers)
}
