//! What two ways do differently, flow by flow.

use std::fmt;

use super::subjects::{Paired, Subject};
use crate::cli::Failure;
use crate::cli::standing::{Standing, Terms};
use crate::facts::Facts;
use crate::net::{AddressSet, Flow, FlowBox};
use crate::nsg::{
    self, Access, Change, Decision, Direction, Naming, OpenOperand, Region, RuleRef, Scope, SecurityRule,
    Verification, regions, witness,
};
use crate::reach::{Reach, Unguarded};

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
            let changes = changes(&reaches, direction, &asked(subject, &reaches, direction));
            if !changes.is_empty() {
                let naming = naming(sides, subject);
                found.push(Told { reaches: &reaches, direction, naming }.difference(index, changes));
            }
        }
    }
    Ok(found)
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
    let tables = |reach| Reach::filters(reach).first().map_or(&[][..], |filters| filters.of(direction));
    let compared = nsg::compare(tables(old), tables(new), asked);
    let mut changes = nsg::unlike(tables(old), tables(new), compared);
    for disputed in [old, new].iter().flat_map(|reach| disputed(reach, direction, asked)) {
        changes = changes.iter().flat_map(|change| outside(change, &disputed.flows)).collect();
        changes.push(disputed);
    }
    changes
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
    for change in &mut found {
        (change.before, change.after) = (None, None);
        change.because.push(OpenOperand {
            name: "the rules in force".into(),
            reason: "the effective rules and the configuration disagree here: say which holds with --prefer"
                .into(),
        });
    }
    found
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

/// The names that readers of these rules know. Contextual tags only where they mean the same on both sides.
fn naming<'a>(sides: [Side<'a>; 2], subject: &Subject<'_>) -> Naming<'a> {
    let [old, new] = sides;
    let scopes = [subject.old.scope(old.facts, old.terms), subject.new.scope(new.facts, new.terms)];
    let same = scopes[0].virtual_network == scopes[1].virtual_network
        && scopes[0].virtual_network_open.is_none() == scopes[1].virtual_network_open.is_none();
    let unknown = Scope::unknown(AddressSet::empty());
    let scope = if same { &scopes[1] } else { &unknown };
    let rules = rules_of(old.facts, subject.old).into_iter().chain(rules_of(new.facts, subject.new));
    Naming::new(new.terms.tags, scope).mentioning(rules)
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

/// What is needed to tell changes in words.
struct Told<'a> {
    reaches: &'a [Reach; 2],
    direction: Direction,
    naming: Naming<'a>,
}

impl Told<'_> {
    fn difference(&self, subject: usize, changes: Vec<Change>) -> Difference {
        let (mut allowed, mut denied, mut open, mut because) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for change in changes {
            match (change.before, change.after) {
                (Some(_), Some(Access::Deny)) => denied.push(change.flows),
                (Some(_), Some(_)) => allowed.push(change.flows),
                _ => {
                    open.push(change.flows);
                    because.extend(change.because);
                }
            }
        }
        because.sort();
        because.dedup();
        let told = |flows: &[FlowBox]| {
            regions(flows, &self.naming).into_iter().filter_map(|region| self.changed(region)).collect()
        };
        Difference {
            subject,
            direction: self.direction,
            now_allowed: told(&allowed),
            now_denied: told(&denied),
            undecided: regions(&open, &self.naming),
            because,
        }
    }

    fn changed(&self, region: Region) -> Option<Changed> {
        let [old, new] = self.reaches;
        let witness = witness::near(&region.flows, &new.addresses.union(&old.addresses))?;
        let [before, after] = [old, new].map(|reach| self.decider(reach, witness));
        debug_assert!(before.0 != after.0, "the witness {witness} of a change shows none");
        Some(Changed { region, witness, old: before.1, new: after.1 })
    }

    /// What becomes of a flow, and by which rule.
    fn decider(&self, reach: &Reach, flow: Flow) -> (Option<Access>, Option<Decider>) {
        let judged = reach.verify(self.direction, &FlowBox::from(flow));
        let Some(piece) = judged.verification.pieces.first() else { return (None, None) };
        let decided = piece.decisions.first().and_then(Decision::decided_by);
        let rule = decided.and_then(|RuleRef { table, rule }| {
            let table = judged.tables.get(table).filter(|table| !table.is_unknown())?;
            let rule = table.rules.get(rule)?;
            Some(Decider { group: table.name.clone(), rule: rule.name.clone(), priority: rule.priority.0 })
        });
        (piece.access, rule)
    }
}
