//! Exact answers for whole sets of flows.
//!
//! The answer comes in pieces: boxes of flows that share their decisions, found in the classes of the rules
//! ([`Classes`]). Where something is open, a piece has one decision in every world.

use super::classes::Classes;
use super::evaluate::{Decision, RuleRef, agreed, evaluate, open_for};
use super::operand::OpenOperand;
use super::resolve::RuleTable;
use super::rule::Access;
use crate::net::{AddressSet, Count, Flow, FlowBox};

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
///
/// Compiles the rules for this one question; whoever has many asks [`Classes`].
#[must_use]
pub fn verify(tables: &[RuleTable], asked: &FlowBox) -> Verification {
    Classes::within(tables, asked).verify(asked)
}

impl Verification {
    /// Whether the plain evaluation of one flow of each piece agrees with the piece.
    pub(super) fn replays(&self, tables: &[RuleTable]) -> bool {
        self.pieces.iter().all(|piece| {
            let flow = super::witness::any(&piece.flows);
            flow.is_none_or(|flow: Flow| evaluate(tables, &flow).access() == piece.access)
        })
    }
}

/// Flows that share these decisions, one for each world or fewer.
pub(super) fn piece(tables: &[RuleTable], flows: FlowBox, decisions: Vec<Decision>) -> Piece {
    let access = agreed(&decisions);
    let because = if access.is_some() { Vec::new() } else { open_for(tables, &flows) };
    Piece { flows, access, decisions, because }
}
