//! What two ways through rule lists do differently, as sets of flows.

use super::classes::Classes;
use super::evaluate::{Decision, agreed, open_for};
use super::operand::{Meaning, OpenOperand};
use super::resolve::{ResolvedRule, RuleTable, Unmatched};
use super::rule::Access;
use super::world::World;
use crate::input::Place;
use crate::net::FlowBox;

/// Flows that the one way treats otherwise than the other, or of which that is not known.
#[derive(Debug, Clone)]
pub struct Change {
    /// The flows.
    pub flows: FlowBox,
    /// What became of them: `None` where that depends on what is open.
    pub before: Option<Access>,
    /// What becomes of them: `None` where that depends on what is open.
    pub after: Option<Access>,
    /// The decisions that can have been: one, unless something is open.
    pub old: Vec<Decision>,
    /// The decisions that can be.
    pub new: Vec<Decision>,
    /// What it depends on, where either access is `None`.
    pub because: Vec<OpenOperand>,
}

/// Every flow of `asked` that `new` treats otherwise than `old`, in disjoint boxes; none where the two are equivalent.
///
/// Both are the tables in the way, in the order in which a flow meets them. A change with an open access on either
/// side is no change for certain: it is what could not be decided. Flows whose access is open on both sides are left
/// out where the same open rules decide about them in the same order: then both ways treat them alike, whatever that is.
#[must_use]
pub fn compare(old: &[RuleTable], new: &[RuleTable], asked: &FlowBox) -> Vec<Change> {
    if same_tables(old, new) {
        return Vec::new();
    }
    let pieces = Classes::of_chains(&[old, new], asked).pieces::<2>(asked, true);
    let changes = pieces.into_iter().map(|(flows, decisions)| change((old, new), flows, decisions));
    changes.filter(|change| !change.is_alike(old, new)).collect()
}

fn change(
    (old, new): (&[RuleTable], &[RuleTable]),
    flows: FlowBox,
    [before, after]: [Vec<Decision>; 2],
) -> Change {
    let open = |tables: &[RuleTable], decisions: &[Decision]| {
        if agreed(decisions).is_some() { Vec::new() } else { open_for(tables, &flows) }
    };
    let mut because = open(old, &before);
    for open in open(new, &after) {
        if !because.contains(&open) {
            because.push(open);
        }
    }
    Change { before: agreed(&before), after: agreed(&after), old: before, new: after, because, flows }
}

impl Change {
    /// Whether both ways treat the flows alike, though nobody knows how.
    fn is_alike(&self, old: &[RuleTable], new: &[RuleTable]) -> bool {
        let open = self.before.is_none() && self.after.is_none();
        open && steps(old, &self.flows) == steps(new, &self.flows)
    }
}

/// What decides about some flows: one step for each rule that may match any of them, in order, up to the rule of each
/// table that matches all of them for certain.
fn steps<'t>(tables: &'t [RuleTable], flows: &FlowBox) -> Vec<Step<'t>> {
    let worlds = World::all(tables);
    let mut steps = Vec::new();
    for table in tables {
        for rule in &table.rules {
            let regions: Vec<Option<FlowBox>> =
                worlds.iter().map(|world| world.region(rule, &table.context).intersection(flows)).collect();
            let settled = regions.iter().all(|region| region.as_ref().is_some_and(|r| r.covers(flows)));
            if regions.iter().any(Option::is_some) {
                let (access, meanings) = (rule.access, &rule.meanings);
                steps.push(Step::Rule { access, regions, meanings, own: own_place(rule) });
            }
            if settled {
                break;
            }
        }
        steps.push(Step::End(table.unmatched));
    }
    steps
}

/// One rule as far as some flows are concerned, or the end of a table.
#[derive(Debug, PartialEq)]
enum Step<'t> {
    Rule {
        access: Access,
        /// What it matches of the flows, world by world.
        regions: Vec<Option<FlowBox>>,
        /// What is open about it: two rules of equal regions and meanings match the same flows.
        meanings: &'t [Vec<Meaning>; 2],
        /// Where it was read, where only that tells what it leaves out from what another does.
        own: Option<&'t Place>,
    },
    End(Unmatched),
}

/// Where a rule was read that leaves something out: no other leaves out the same.
fn own_place(rule: &ResolvedRule) -> Option<&Place> {
    rule.meanings.iter().flatten().any(|meaning| *meaning == Meaning::Unstated).then_some(&rule.place)
}

/// Whether the rules of both are the same but for their names and numbers.
fn same_tables(old: &[RuleTable], new: &[RuleTable]) -> bool {
    let same_rule = |a: &ResolvedRule, b: &ResolvedRule| {
        (a.access, &a.meanings, own_place(a)) == (b.access, &b.meanings, own_place(b))
            && (&a.protocols, &a.source, &a.source_ports) == (&b.protocols, &b.source, &b.source_ports)
            && (&a.destination, &a.destination_ports) == (&b.destination, &b.destination_ports)
    };
    let same = |(a, b): (&RuleTable, &RuleTable)| {
        (a.direction, a.unmatched, &a.context) == (b.direction, b.unmatched, &b.context)
            && a.rules.len() == b.rules.len()
            && a.rules.iter().zip(&b.rules).all(|(a, b)| same_rule(a, b))
    };
    old.len() == new.len() && old.iter().zip(new).all(same)
}
