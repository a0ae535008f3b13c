//! A repair applied to a copy, and what it does there.

use std::collections::{BTreeMap, BTreeSet};

use super::place::Spot;
use super::{Lists, NewRule, Proof, Repair};
use crate::net::{AddressSet, FlowBox};
use crate::nsg::compare::{Change, compare};
use crate::nsg::operand::OpenOperand;
use crate::nsg::resolve::{ResolvedRule, RuleList, RuleTable, resolve};
use crate::nsg::rule::{Access, SecurityRule};
use crate::nsg::scope::Scope;
use crate::nsg::verify::{Overall, verify};
use crate::tags::TagCatalog;

/// Puts a new rule into every table of its group and direction, after the rules that make room for it.
///
/// A group on an interface and on its subnet is one group: both its tables change.
pub fn apply(new: &NewRule, tables: &mut [RuleTable], tags: &TagCatalog) {
    make_way(new, tables);
    for table in tables.iter_mut().filter(|table| is_of(table, new)) {
        table.rules.extend(resolved(table, &new.rule, tags));
        table.rules.sort_by_key(|rule| rule.priority);
    }
}

/// Moves the rules that make room for a new rule, without adding it.
pub fn make_way(new: &NewRule, tables: &mut [RuleTable]) {
    for table in tables.iter_mut().filter(|table| is_of(table, new)) {
        for moved in &new.moved {
            let is_it = |rule: &&mut ResolvedRule| rule.name == moved.rule && rule.priority == moved.from;
            if let Some(rule) = table.rules.iter_mut().find(is_it) {
                rule.priority = moved.to;
            }
        }
        table.rules.sort_by_key(|rule| rule.priority);
    }
}

fn is_of(table: &RuleTable, new: &NewRule) -> bool {
    table.id.as_ref() == Some(&new.group) && table.direction == new.rule.direction
}

/// A repair that does what is wanted and nothing against it.
pub(super) struct Proved {
    pub(super) repair: Repair,
    /// Whether it lets anything past a rule that denies, apart from the one it is meant to come before.
    passes_by: bool,
}

impl Proved {
    /// How much there is to say against it.
    pub(super) fn laxity(&self) -> [bool; 3] {
        [self.passes_by, !self.repair.proof.complete, !self.repair.proof.because.is_empty()]
    }

    /// Whether there is nothing.
    pub(super) fn is_tight(&self) -> bool {
        self.laxity() == [false; 3]
    }
}

/// One rule, tried.
pub(super) struct Trial<'a> {
    pub(super) lists: Lists<'a>,
    pub(super) asked: &'a FlowBox,
    pub(super) tags: &'a TagCatalog,
}

impl Trial<'_> {
    /// Adds the rule at every spot of a copy and proves the copy; what stays open comes back where that fails.
    pub(super) fn run(&self, spots: &[Spot], rule: &SecurityRule) -> Result<Proved, Vec<OpenOperand>> {
        let mut copy = self.lists.tables.to_vec();
        let rules: Vec<NewRule> = spots.iter().map(|spot| spot.rule(rule)).collect();
        for new in &rules {
            apply(new, &mut copy, self.tags);
        }
        let after = verify(&copy, self.asked);
        if after.overall() != Overall::Allow {
            return Err(after.because());
        }
        let reach = self.reach(&rules);
        let mut proof = prove(&compare(self.lists.tables, &copy, &FlowBox::all()), &reach);
        proof.holds = after.overall() == Overall::Allow;
        if !proof.newly_denied.is_empty() {
            return Err(proof.because);
        }
        let passes_by = self.passes_by(&rules, &reach);
        Ok(Proved { repair: Repair { rules, proof }, passes_by })
    }

    /// All that the new rules can match, however what is open about them turns out.
    fn reach(&self, rules: &[NewRule]) -> Vec<FlowBox> {
        let of = |new: &NewRule| {
            let tables = self.lists.tables.iter().filter(|table| table.id.as_ref() == Some(&new.group));
            tables
                .filter_map(|table| resolved(table, &new.rule, self.tags))
                .map(|rule| extent(&rule))
                .collect::<Vec<_>>()
        };
        rules.iter().flat_map(of).collect()
    }

    /// Whether a rule that denies something else stands between a new rule and the one it is meant to come before.
    fn passes_by(&self, rules: &[NewRule], reach: &[FlowBox]) -> bool {
        rules.iter().any(|new| {
            let until = new.before.as_ref().map(|(_, priority)| *priority);
            let tables = self.lists.tables.iter().filter(|table| table.id.as_ref() == Some(&new.group));
            tables.flat_map(|table| &table.rules).any(|rule| {
                rule.access == Access::Deny
                    && rule.priority > new.rule.priority
                    && until.is_none_or(|until| rule.priority < until)
                    && reach.iter().any(|reach| extent(rule).intersection(reach).is_some())
            })
        })
    }
}

/// Sorts what a comparison found.
///
/// A flow that no new rule can match meets the same rules in the same order as before: if it was open it stays so, and
/// nothing about it has changed.
fn prove(changes: &[Change], reach: &[FlowBox]) -> Proof {
    let mut proof = Proof { complete: true, ..Proof::default() };
    let mut open = BTreeSet::new();
    for change in changes {
        let touched = || reach.iter().any(|reach| change.flows.intersection(reach).is_some());
        match (change.before, change.after) {
            (None, None) if !touched() => continue,
            (Some(Access::Allow), _) | (None, Some(Access::Deny)) => {
                proof.newly_denied.push(change.flows.clone());
            }
            (_, Some(Access::Allow)) => proof.newly_allowed.push(change.flows.clone()),
            _ => proof.complete = false,
        }
        if change.before.is_none() || change.after.is_none() {
            open.extend(change.because.iter().cloned());
        }
    }
    proof.because = open.into_iter().collect();
    proof
}

/// The rule with its names turned into sets, as the table's own rules were.
pub(super) fn resolved(table: &RuleTable, rule: &SecurityRule, tags: &TagCatalog) -> Option<ResolvedRule> {
    let list = RuleList {
        name: table.name.clone(),
        id: table.id.clone(),
        applied_to: table.applied_to,
        rules: vec![rule],
    };
    let scope = Scope {
        virtual_network: table.context.virtual_network.clone(),
        virtual_network_open: table.context.open.clone(),
        // A rule made here names neither `Internet` nor a group, so these two are never looked at.
        routed: AddressSet::empty(),
        groups: BTreeMap::new(),
        internet: table.context.internet.clone(),
        described: AddressSet::empty(),
    };
    let resolved = resolve(&list, rule.direction, &scope, tags).ok()?;
    resolved.rules.into_iter().next()
}

/// All that a rule can match, however what is open about it turns out.
pub(super) fn extent(rule: &ResolvedRule) -> FlowBox {
    FlowBox {
        protocols: rule.protocols.bound(true),
        source: rule.source.upper(),
        source_ports: rule.source_ports.bound(true),
        destination: rule.destination.upper(),
        destination_ports: rule.destination_ports.bound(true),
    }
}
