//! Rules that never decide anything, or that nobody would miss.

use super::operand::OpenOperand;
use super::resolve::{ResolvedRule, RuleTable};
use super::rule::Access;
use super::world::World;
use crate::net::{FlowBox, FlowSet};

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
        /// Whether any of its flows is decided the other way.
        contrary: bool,
    },
    /// Without it the same rules' worth of flows is let through: what it decides, later rules decide alike.
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
    let Some(world) = World::all(std::slice::from_ref(table)).first().copied() else { return Vec::new() };
    let region = |rule: &ResolvedRule| world.region(rule, &table.context);
    let mut found = Vec::new();
    for (index, rule) in table.rules.iter().enumerate() {
        if rule.origin == super::rule::RuleOrigin::Default {
            continue;
        }
        let own: FlowBox = region(rule);
        let mut left = FlowSet::from(own.clone());
        if left.is_empty() {
            found.push(Anomaly { rule: index, kind: AnomalyKind::Unmatchable });
            continue;
        }
        let mut by = Vec::new();
        for (earlier, other) in table.rules.iter().enumerate().take(index) {
            let cut = left.without(&region(other));
            if !left.within(&region(other)).is_empty() {
                by.push(earlier);
            }
            left = cut;
        }
        if left.is_empty() {
            let other = |by: &usize| table.rules.get(*by).is_some_and(|other| other.access != rule.access);
            let contrary = by.iter().any(other);
            found.push(Anomaly { rule: index, kind: AnomalyKind::Shadowed { by, contrary } });
            continue;
        }
        let mut by = Vec::new();
        for (later, other) in table.rules.iter().enumerate().skip(index + 1) {
            let taken = left.within(&region(other));
            if taken.is_empty() {
                continue;
            }
            if (other.access == Access::Deny) != (rule.access == Access::Deny) {
                break;
            }
            by.push(later);
            left = left.without(&region(other));
        }
        if left.is_empty() {
            found.push(Anomaly { rule: index, kind: AnomalyKind::Redundant { by } });
        }
    }
    found
}
