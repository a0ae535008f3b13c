//! Rules that decide nothing, whichever way the list is meant.

use std::collections::BTreeSet;

use crate::input::Place;
use crate::lint::Named;
use crate::nsg::{self, Access, Anomaly, AnomalyKind, Direction, Priority, RuleTable};

/// A rule that decides nothing, or of which that is not known.
#[derive(Debug, Clone)]
pub(in crate::lint) struct Dead {
    /// Its name.
    pub(in crate::lint) name: String,
    /// Its place in the order.
    pub(in crate::lint) priority: Priority,
    /// What it would do.
    pub(in crate::lint) access: Access,
    /// Where it was read.
    pub(in crate::lint) place: Place,
    /// Why it decides nothing.
    pub(in crate::lint) kind: DeadKind,
    /// Whether that is so where networks that are not wholly known are ordinary ones.
    pub(in crate::lint) assumed: bool,
}

impl Dead {
    /// The rule, as findings name it.
    pub(in crate::lint) fn named(&self, direction: Direction) -> Named {
        Named { direction: Some(direction), priority: Some(self.priority), name: self.name.clone() }
    }
}

/// Why a rule decides nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::lint) enum DeadKind {
    /// No flow matches it.
    Unmatchable,
    /// Earlier rules match all that it matches.
    Shadowed {
        /// Those rules.
        by: BTreeSet<RuleKey>,
        /// Whether one of them does the opposite.
        contrary: bool,
    },
    /// Later rules do alike.
    Redundant {
        /// Those rules.
        by: BTreeSet<RuleKey>,
    },
    /// It depends on what is open.
    Undecided {
        /// On what, and why that is not known.
        because: BTreeSet<String>,
    },
}

/// A rule of a table, apart from the table. Ordered as rules are considered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::lint) struct RuleKey {
    pub(in crate::lint) priority: Priority,
    pub(in crate::lint) name: String,
    pub(in crate::lint) access: Access,
}

impl RuleKey {
    /// The rule at an index of a table.
    pub(in crate::lint) fn of(table: &RuleTable, index: usize) -> Option<Self> {
        let rule = table.rules.get(index)?;
        Some(Self { priority: rule.priority, name: rule.name.clone(), access: rule.access })
    }
}

impl std::fmt::Display for RuleKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` ({}, {})", self.name, self.priority, self.access)
    }
}

/// The rules that decide nothing in every one of the tables, which hold the same rules.
pub(super) fn in_all(tables: &[RuleTable]) -> Vec<Dead> {
    let mut tables = tables.iter();
    let mut dead = tables.next().map(in_one).unwrap_or_default();
    for table in tables {
        let others = in_one(table);
        dead = dead.into_iter().filter_map(|one| in_both(one, &others)).collect();
    }
    dead
}

fn in_one(table: &RuleTable) -> Vec<Dead> {
    nsg::anomalies(table).into_iter().filter_map(|anomaly| in_table(table, anomaly)).collect()
}

fn in_table(table: &RuleTable, Anomaly { rule, kind }: Anomaly) -> Option<Dead> {
    let rule = table.rules.get(rule)?;
    let keys = |by: Vec<usize>| by.into_iter().filter_map(|index| RuleKey::of(table, index)).collect();
    let kind = match kind {
        AnomalyKind::Unmatchable => DeadKind::Unmatchable,
        AnomalyKind::Shadowed { by, contrary } => DeadKind::Shadowed { by: keys(by), contrary },
        AnomalyKind::Redundant { by } => DeadKind::Redundant { by: keys(by) },
        AnomalyKind::Undecided { because } => DeadKind::Undecided {
            because: because.iter().map(|open| format!("{}: {}", open.name, open.reason)).collect(),
        },
    };
    Some(Dead {
        name: rule.name.clone(),
        priority: rule.priority,
        access: rule.access,
        place: rule.place.clone(),
        kind,
        assumed: false,
    })
}

/// What is true of a rule in two tables; `None` where it decides in one of them.
fn in_both(one: Dead, others: &[Dead]) -> Option<Dead> {
    let other = others.iter().find(|other| other.place == one.place)?;
    let kind = match (one.kind, other.kind.clone()) {
        (DeadKind::Undecided { because: a }, DeadKind::Undecided { because: b }) => {
            DeadKind::Undecided { because: a.into_iter().chain(b).collect() }
        }
        (open @ DeadKind::Undecided { .. }, _) | (_, open @ DeadKind::Undecided { .. }) => open,
        (DeadKind::Unmatchable, kind) | (kind, DeadKind::Unmatchable) => kind,
        (DeadKind::Shadowed { by: a, contrary }, DeadKind::Shadowed { by: b, contrary: other }) => {
            DeadKind::Shadowed { by: a.into_iter().chain(b).collect(), contrary: contrary || other }
        }
        (DeadKind::Shadowed { by: a, .. } | DeadKind::Redundant { by: a }, DeadKind::Redundant { by: b })
        | (DeadKind::Redundant { by: a }, DeadKind::Shadowed { by: b, .. }) => {
            DeadKind::Redundant { by: a.into_iter().chain(b).collect() }
        }
    };
    Some(Dead { kind, ..one })
}
