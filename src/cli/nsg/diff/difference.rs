//! What two ways do differently, flow by flow.

use std::fmt;

use super::subjects::{Paired, Subject};
use super::told::Told;
use crate::cli::Failure;
use crate::cli::standing::{Standing, Terms};
use crate::facts::Facts;
use crate::net::{Flow, FlowBox};
use crate::nsg::{
    self, Change, Direction, OpenOperand, Region, ResolvedRule, RuleTable, SecurityRule, Verification,
};
use crate::reach::{Filters, Reach, Unguarded};

/// One of the two inputs, and how names are read there.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Side<'a> {
    pub(in crate::cli) facts: &'a Facts,
    pub(in crate::cli) terms: Terms<'a>,
}

/// What is different at one place in one direction; something is.
#[derive(Debug)]
pub(in crate::cli) struct Difference {
    /// Which subject, as they were paired.
    pub(super) subject: usize,
    pub(super) direction: Direction,
    pub(super) now_allowed: Vec<Changed>,
    pub(super) now_denied: Vec<Changed>,
    pub(super) undecided: Vec<Region>,
    pub(super) because: Vec<OpenOperand>,
}

/// A region that changed, with one flow of it.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) region: Region,
    pub(super) witness: Flow,
    pub(super) old: Option<Decider>,
    pub(super) new: Option<Decider>,
    /// Whether the far end is in the virtual network, where the change hangs on that.
    pub(super) inside: Option<bool>,
}

/// A rule, as people find it.
#[derive(Debug)]
pub(super) struct Decider {
    pub(super) group: String,
    pub(super) rule: String,
    pub(super) priority: u32,
}

/// Every difference of every pair, in order.
pub(in crate::cli) fn compare(sides: [Side<'_>; 2], paired: &Paired<'_>) -> Result<Vec<Difference>, Failure> {
    let mut found = Vec::new();
    for (index, subject) in paired.subjects.iter().enumerate() {
        let [old, new] = sides;
        let reaches = [subject.old.reach(old.facts, old.terms)?, subject.new.reach(new.facts, new.terms)?];
        for direction in [Direction::Inbound, Direction::Outbound] {
            let ways = ways(&reaches, direction, subject);
            if ways.iter().any(|way| !way.changes.is_empty()) {
                let told = Told {
                    sides,
                    subject,
                    reaches: &reaches,
                    direction,
                    rules: rules_of_both(sides, subject),
                };
                found.push(told.difference(index, &ways));
            }
        }
    }
    Ok(found)
}

/// What is different in one kind of place.
pub(super) struct Way {
    /// Whether the far end of the flows is in the virtual network; none where that is known or does not matter.
    pub(super) inside: Option<bool>,
    /// The tables of both sides there, where they are not those of the place itself.
    pub(super) tables: Option<[Vec<RuleTable>; 2]>,
    pub(super) changes: Vec<Change>,
}

/// A group on its own may stand anywhere: it is compared for flows whose far end is in its network and for others.
fn ways(reaches: &[Reach; 2], direction: Direction, subject: &Subject<'_>) -> Vec<Way> {
    let asked = asked(subject, reaches, direction);
    let [old, new] = reaches.each_ref().map(|reach| tables(reach, direction));
    let alone = matches!((subject.old, subject.new), (Standing::Group(_), Standing::Group(_)));
    let open = |table: &RuleTable| table.rules.iter().any(is_contextual);
    if !(alone && old.iter().chain(new).any(open)) {
        return vec![Way { inside: None, tables: None, changes: changes(reaches, direction, &asked) }];
    }
    let way = |inside| {
        let tables = [old, new].map(|tables| nsg::settled(tables, inside));
        let compared = nsg::compare(&tables[0], &tables[1], &asked);
        let changes = nsg::unlike(&tables[0], &tables[1], compared);
        Way { inside: Some(inside), tables: Some(tables), changes }
    };
    vec![way(false), way(true)]
}

fn is_contextual(rule: &ResolvedRule) -> bool {
    [&rule.source, &rule.destination].iter().any(|operand| operand.virtual_network || operand.internet)
}

/// The tables that count: those in force where they are known.
fn tables(reach: &Reach, direction: Direction) -> &[RuleTable] {
    reach.filters().first().map_or(&[][..], |filters| filters.of(direction))
}

/// Every flow that can be one of the subject: those of an interface have its address at the near end.
fn asked(subject: &Subject<'_>, reaches: &[Reach; 2], direction: Direction) -> FlowBox {
    let forwards = [subject.old, subject.new].iter().any(|standing| {
        matches!(standing, Standing::Interface(interface) if interface.ip_forwarding == Some(true))
    });
    let [old, new] = reaches.each_ref().map(|reach| &reach.addresses);
    if forwards || old.is_empty() || new.is_empty() {
        return FlowBox::all();
    }
    let near = old.union(new);
    match direction {
        Direction::Inbound => FlowBox { destination: near, ..FlowBox::all() },
        Direction::Outbound => FlowBox { source: near, ..FlowBox::all() },
    }
}

fn changes(reaches: &[Reach; 2], direction: Direction, asked: &FlowBox) -> Vec<Change> {
    let [old, new] = reaches;
    let unguarded = |reach: &Reach| {
        let none = reach.filters().iter().all(|filters| filters.of(direction).is_empty());
        none && direction == Direction::Inbound && reach.unguarded != Unguarded::Open
    };
    if unguarded(old) || unguarded(new) {
        return crossed(
            &old.verify(direction, asked).verification,
            &new.verify(direction, asked).verification,
        );
    }
    let compared = |before: &[RuleTable], after: &[RuleTable]| {
        nsg::unlike(before, after, nsg::compare(before, after, asked))
    };
    if let ([one, other], [first, second]) = (&old.filters()[..], &new.filters()[..]) {
        // Whichever source holds, it is the same on both sides.
        let of = |before: &Filters, after: &Filters| compared(before.of(direction), after.of(direction));
        return whichever(&of(one, first), &of(other, second));
    }
    let mut changes = compared(tables(old, direction), tables(new, direction));
    for disputed in [old, new].iter().flat_map(|reach| disputed(reach, direction, asked)) {
        changes = changes.iter().flat_map(|change| outside(change, &disputed.flows)).collect();
        changes.push(disputed);
    }
    changes
}

/// What changes where either of two accounts may hold: for certain only what both tell alike.
fn whichever(one: &[Change], other: &[Change]) -> Vec<Change> {
    let mut found = Vec::new();
    for change in one {
        for twin in other {
            let Some(flows) = change.flows.intersection(&twin.flows) else { continue };
            let both = Change { flows, ..change.clone() };
            let agreed = (change.before, change.after) == (twin.before, twin.after);
            found.push(if agreed { both } else { open(both) });
        }
    }
    let alone = |these: &[Change], those: &[Change]| -> Vec<Change> {
        let rest = |change: &Change| {
            those.iter().fold(vec![change.clone()], |left, twin| {
                left.iter().flat_map(|change| outside(change, &twin.flows)).collect()
            })
        };
        these.iter().flat_map(rest).map(open).collect()
    };
    found.extend(alone(one, other));
    found.extend(alone(other, one));
    found
}

/// The change as one that hangs on which account holds.
fn open(mut change: Change) -> Change {
    (change.before, change.after) = (None, None);
    change.because.push(OpenOperand {
        name: "the rules in force".into(),
        reason: "the effective rules and the configuration disagree here: say which holds with --prefer"
            .into(),
    });
    change
}

/// What of a change is outside these flows.
fn outside(change: &Change, flows: &FlowBox) -> Vec<Change> {
    let rest = change.flows.difference(flows);
    rest.into_iter().map(|flows| Change { flows, ..change.clone() }).collect()
}

/// Flows of which the effective rules and the configuration say different things, and nobody said which holds.
fn disputed(reach: &Reach, direction: Direction, asked: &FlowBox) -> Vec<Change> {
    let [one, other] = reach.filters()[..] else { return Vec::new() };
    let mut found = nsg::compare(one.of(direction), other.of(direction), asked);
    // What the one source leaves open is no disagreement.
    found.retain(|change| change.before.is_some() && change.after.is_some());
    found.into_iter().map(open).collect()
}

/// The pieces of two answers against each other, where an answer is not that of rules alone.
fn crossed(before: &Verification, after: &Verification) -> Vec<Change> {
    let mut changes = Vec::new();
    for one in &before.pieces {
        for other in after.pieces.iter().filter(|other| one.access.is_none() || one.access != other.access) {
            changes.extend(one.flows.intersection(&other.flows).map(|flows| Change {
                flows,
                before: one.access,
                after: other.access,
                old: one.decisions.clone(),
                new: other.decisions.clone(),
                because: one.because.iter().chain(&other.because).cloned().collect(),
            }));
        }
    }
    changes
}

fn rules_of_both<'a>([old, new]: [Side<'a>; 2], subject: &Subject<'a>) -> Vec<&'a SecurityRule> {
    let mut rules = rules_of(old.facts, subject.old);
    rules.extend(rules_of(new.facts, subject.new));
    rules
}

fn rules_of<'f>(facts: &'f Facts, standing: Standing<'f>) -> Vec<&'f SecurityRule> {
    let Standing::Interface(interface) = standing else {
        return match standing {
            Standing::Group(group) => group.rules.iter().collect(),
            Standing::Interface(_) => Vec::new(),
        };
    };
    let context = facts.context_of(interface);
    let groups = [context.interface_group.ok().flatten(), context.subnet_group.ok().flatten()];
    let configured = groups.into_iter().flatten().flat_map(|group| &group.rules);
    let effective =
        context.effective_rules.iter().flat_map(|rules| &rules.groups).flat_map(|group| &group.rules);
    let admin = facts.admin_rules.iter().flat_map(|list| &list.rules);
    configured.chain(effective).chain(admin).collect()
}

impl fmt::Display for Decider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({}) of `{}`", self.rule, self.priority, self.group)
    }
}
