//! The rules of tables as columns: one column for every way in which a rule can turn out.

use super::rows::{self, Selection};
use crate::net::FlowBox;
use crate::nsg::evaluate::RuleRef;
use crate::nsg::resolve::{ResolvedRule, RuleTable, Unmatched};
use crate::nsg::rule::Access;
use crate::nsg::world::World;

/// One way in which a rule can turn out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Which chain of tables the rule is in.
    chain: usize,
    /// The rule.
    pub(super) rule: RuleRef,
    /// What it does.
    pub(super) access: Access,
    /// The worlds, one bit each, in which it turns out so.
    worlds: u16,
}

/// The rules of one table in one world: of the columns in the mask, the first that holds a flow takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lane {
    /// The columns.
    pub(super) mask: Vec<u64>,
    /// What becomes of a flow that none holds.
    pub(super) unmatched: Unmatched,
}

/// For each chain of tables, for each of its tables in order, its rules: in one world.
pub(super) type Chains = Vec<Vec<Lane>>;

/// Leaves of rules what a question is about.
pub(super) trait Clip {
    /// Whether nothing of a rule is left for certain. May say no where nothing is.
    fn misses(&mut self, rule: &ResolvedRule) -> bool;

    /// What is left of some flows, if anything.
    fn of(&mut self, flows: FlowBox) -> Option<FlowBox>;
}

/// The columns of several chains of tables, each chain in the order in which a flow meets its tables, and the flows of
/// each column. `clip` leaves of a rule's flows those that count; where none do, there is no column.
pub(super) fn columns(
    chains: &[&[RuleTable]],
    worlds: &[World],
    clip: &mut impl Clip,
) -> (Vec<Column>, Vec<FlowBox>) {
    let (mut columns, mut boxes) = (Vec::new(), Vec::new());
    let tables = chains.iter().enumerate().flat_map(|(chain, tables)| {
        tables.iter().enumerate().map(move |(index, table)| (chain, index, table))
    });
    for (chain, index, table) in tables {
        for (position, rule) in table.rules.iter().enumerate() {
            if clip.misses(rule) {
                continue;
            }
            let rule_ref = RuleRef { table: index, rule: position };
            for (region, worlds) in variants(worlds.iter().map(|world| world.region(rule, &table.context))) {
                if let Some(flows) = clip.of(region) {
                    columns.push(Column { chain, rule: rule_ref, access: rule.access, worlds });
                    boxes.push(flows);
                }
            }
        }
    }
    (columns, boxes)
}

/// The different ones, each with the worlds that have it.
fn variants(regions: impl Iterator<Item = FlowBox>) -> Vec<(FlowBox, u16)> {
    let mut variants: Vec<(FlowBox, u16)> = Vec::with_capacity(1);
    for (world, region) in regions.enumerate() {
        match variants.iter_mut().find(|(known, _)| *known == region) {
            Some((_, worlds)) => *worlds |= 1 << world,
            None => variants.push((region, 1 << world)),
        }
    }
    variants
}

/// The tables of each chain as lanes, for each world.
pub(super) fn lanes(chains: &[&[RuleTable]], worlds: usize, columns: &[Column]) -> Vec<Chains> {
    let lane = |world: usize, chain: usize, (index, table): (usize, &RuleTable)| {
        let mut mask = rows::none(columns.len().div_ceil(64));
        for (number, column) in columns.iter().enumerate() {
            if column.chain == chain && column.rule.table == index && column.worlds >> world & 1 == 1 {
                rows::toggle(&mut mask, number);
            }
        }
        Lane { mask, unmatched: table.unmatched }
    };
    let of_chain = |world: usize, (chain, tables): (usize, &&[RuleTable])| -> Vec<Lane> {
        tables.iter().enumerate().map(|table| lane(world, chain, table)).collect()
    };
    (0..worlds).map(|world| chains.iter().enumerate().map(|chain| of_chain(world, chain)).collect()).collect()
}

/// The lanes of every world as far as they concern some columns; worlds that do not differ there are one.
pub(super) fn among(worlds: &[Chains], columns: &Selection) -> Vec<Chains> {
    let lane = |lane: &Lane| Lane { mask: columns.of(&lane.mask), unmatched: lane.unmatched };
    let mut different: Vec<Chains> = Vec::new();
    for chains in worlds {
        let chains = chains.iter().map(|chain| chain.iter().map(lane).collect()).collect();
        if !different.contains(&chains) {
            different.push(chains);
        }
    }
    different
}
