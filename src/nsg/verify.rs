//! Exact answers for whole sets of flows.
//!
//! The region asked about is carried through the tables; each rule takes what it matches of what is left. Where
//! something is open, that is done once for each world, and the pieces are refined until each has one decision
//! in every world.

use super::evaluate::{Decision, RuleRef, dedup, evaluate, open_for};
use super::operand::OpenOperand;
use super::resolve::{RuleTable, Unmatched};
use super::rule::Access;
use super::world::World;
use crate::net::{AddressSet, Count, Flow, FlowBox, FlowSet};

/// The answer for a region: every flow of it in exactly one piece.
#[derive(Debug, Clone)]
pub struct Verification {
    /// What was asked.
    pub asked: FlowBox,
    /// The pieces, disjoint, in the order in which rules took them.
    pub pieces: Vec<Piece>,
}

/// Flows that share their decisions.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The flows.
    pub flows: FlowBox,
    /// `Allow` or `Deny` where it is the same however everything open turns out.
    pub access: Option<Access>,
    /// The decisions that can be: one, unless something is open.
    pub decisions: Vec<Decision>,
    /// What the access depends on, where it is not decided.
    pub because: Vec<OpenOperand>,
}

/// Which answers occur in a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overall {
    /// Every flow is allowed.
    Allow,
    /// Every flow is denied.
    Deny,
    /// Some flows are certainly denied, and others are not.
    Mixed,
    /// No flow is certainly denied, and for some it depends on what is open.
    Undetermined,
}

impl Verification {
    /// Which answers occur. A region without flows is allowed: there is nothing that could be denied.
    #[must_use]
    pub fn overall(&self) -> Overall {
        let any = |access: Option<Access>| self.pieces.iter().any(|piece| piece.access == access);
        match (any(Some(Access::Allow)), any(Some(Access::Deny)), any(None)) {
            (false, true, false) => Overall::Deny,
            (_, true, _) => Overall::Mixed,
            (_, false, true) => Overall::Undetermined,
            (_, false, false) => Overall::Allow,
        }
    }

    /// The pieces of one access; `None` asks for the undecided ones.
    pub fn with_access(&self, access: Option<Access>) -> impl Iterator<Item = &Piece> {
        self.pieces.iter().filter(move |piece| piece.access == access)
    }

    /// Receivers that every asked sender reaches on every asked port.
    #[must_use]
    pub fn allowed_destinations(&self) -> AddressSet {
        let refused = self.pieces.iter().filter(|piece| piece.access != Some(Access::Allow));
        refused.fold(self.reachable(), |left, piece| left.difference(&piece.flows.destination))
    }

    /// The asked receivers of the families that the asked senders have.
    #[must_use]
    pub fn reachable(&self) -> AddressSet {
        let (source, destination) = (&self.asked.source, &self.asked.destination);
        let mut families = AddressSet::empty();
        if !source.ipv4().is_empty() {
            families = families.union(&AddressSet::all_ipv4());
        }
        if !source.ipv6().is_empty() {
            families = families.union(&AddressSet::all_ipv6());
        }
        destination.intersection(&families)
    }

    /// What the undecided pieces depend on, each once.
    #[must_use]
    pub fn because(&self) -> Vec<OpenOperand> {
        let mut because: Vec<OpenOperand> = Vec::new();
        for open in self.pieces.iter().flat_map(|piece| &piece.because) {
            if !because.contains(open) {
                because.push(open.clone());
            }
        }
        because
    }

    /// How many receivers each deciding rule decides about, in the order of the rules; a receiver on which rules
    /// differ by port or sender counts for each of them.
    #[must_use]
    pub fn deciding(&self) -> Vec<(RuleRef, Access, Count)> {
        let mut sets: std::collections::BTreeMap<(RuleRef, Access), AddressSet> =
            std::collections::BTreeMap::new();
        for piece in &self.pieces {
            let decided = piece.decisions.first().and_then(|d| d.decided_by().zip(piece.access));
            if let Some(key) = decided {
                let set = sets.entry(key).or_insert_with(AddressSet::empty);
                *set = set.union(&piece.flows.destination);
            }
        }
        sets.into_iter().map(|((rule, access), set)| (rule, access, set.count())).collect()
    }
}

/// Answers for every flow of `asked` on its way through `tables`, in order.
#[must_use]
pub fn verify(tables: &[RuleTable], asked: &FlowBox) -> Verification {
    let mut worlds = World::all(tables).into_iter();
    let mut pieces = worlds.next().map(|world| sweep(tables, asked, world)).unwrap_or_default();
    for world in worlds {
        pieces = refine(&pieces, &sweep(tables, asked, world));
    }
    let pieces: Vec<Piece> =
        pieces.into_iter().map(|(flows, decisions)| piece(tables, flows, decisions)).collect();
    let answer = Verification { asked: asked.clone(), pieces };
    debug_assert!(answer.replays(tables), "a witness does not replay");
    answer
}

impl Verification {
    /// Whether the plain evaluation of one flow of each piece agrees with the piece.
    fn replays(&self, tables: &[RuleTable]) -> bool {
        self.pieces.iter().all(|piece| {
            let flow = super::witness::any(&piece.flows);
            flow.is_none_or(|flow: Flow| evaluate(tables, &flow).access() == piece.access)
        })
    }
}

type Decided = (FlowBox, Vec<Decision>);

/// Carries the region through the tables in one world.
fn sweep(tables: &[RuleTable], asked: &FlowBox, world: World) -> Vec<Decided> {
    let mut decided = Vec::new();
    let mut travelling = vec![(FlowSet::from(asked.clone()), Vec::new())];
    for (index, table) in tables.iter().enumerate() {
        let mut passed = Vec::new();
        for (flows, trail) in travelling {
            let step = Step { table, index, world, trail: &trail };
            step.take(flows, &mut passed, &mut decided);
        }
        travelling = passed;
    }
    for (flows, trail) in travelling {
        settle(&flows, &Decision { access: Some(Access::Allow), trail }, &mut decided);
    }
    decided
}

/// One table met by flows that share a trail.
struct Step<'a> {
    table: &'a RuleTable,
    index: usize,
    world: World,
    trail: &'a [RuleRef],
}

impl Step<'_> {
    fn take(&self, flows: FlowSet, passed: &mut Vec<(FlowSet, Vec<RuleRef>)>, decided: &mut Vec<Decided>) {
        let mut left = flows;
        for (position, rule) in self.table.rules.iter().enumerate() {
            if left.is_empty() {
                return;
            }
            let region = self.world.region(rule, &self.table.context);
            let taken = left.within(&region);
            if taken.is_empty() {
                continue;
            }
            left = left.without(&region);
            let mut trail = self.trail.to_vec();
            trail.push(RuleRef { table: self.index, rule: position });
            match rule.access {
                Access::Allow => passed.push((taken, trail)),
                Access::AlwaysAllow => {
                    settle(&taken, &Decision { access: Some(Access::Allow), trail }, decided)
                }
                Access::Deny => settle(&taken, &Decision { access: Some(Access::Deny), trail }, decided),
            }
        }
        match self.table.unmatched {
            Unmatched::Passes if !left.is_empty() => passed.push((left, self.trail.to_vec())),
            Unmatched::Passes => {}
            Unmatched::Open => {
                settle(&left, &Decision { access: None, trail: self.trail.to_vec() }, decided);
            }
        }
    }
}

fn settle(flows: &FlowSet, decision: &Decision, decided: &mut Vec<Decided>) {
    decided.extend(flows.boxes().iter().map(|flows| (flows.clone(), vec![decision.clone()])));
}

/// Cuts the pieces of all worlds so far by those of one more.
fn refine(pieces: &[Decided], more: &[Decided]) -> Vec<Decided> {
    let mut refined = Vec::new();
    for (flows, decisions) in pieces {
        for (other, further) in more {
            if let Some(both) = flows.intersection(other) {
                refined.push((both, decisions.iter().chain(further).cloned().collect()));
            }
        }
    }
    refined
}

fn piece(tables: &[RuleTable], flows: FlowBox, mut decisions: Vec<Decision>) -> Piece {
    let first = decisions.first().and_then(|decision| decision.access);
    let access = first.filter(|_| decisions.iter().all(|decision| decision.access == first));
    dedup(&mut decisions);
    let because = if access.is_some() { Vec::new() } else { open_for(tables, &flows) };
    Piece { flows, access, decisions, because }
}
