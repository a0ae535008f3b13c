//! The compiled form of rule lists: each field of a flow cut into classes, with the rules that hold each class.
//!
//! ```text
//! destination   |--------|=====|--|=======|---------------|      stretches of the address line …
//!                   a       b    a     c          a              … and the class of each
//! class b: rules 3, 17, 65500                                     the same rules hold every point of a class
//! ```
//! [`verify`](super::verify), [`compare`](super::compare) and [`anomalies`](super::anomalies) all ask this one form, and so
//! does every repair. What a field is cut into depends on the rules alone; a question then looks only at the classes that
//! it touches, field by field, and stops as soon as what is left to look at cannot change the answer.

mod answers;
mod asked;
mod axis;
mod diagram;
mod lanes;
mod overall;
pub(super) mod part;
pub(super) mod rows;
pub(super) mod space;

use rustc_hash::FxHashMap;

use super::evaluate::Decision;
use super::resolve::RuleTable;
use super::verify::{Verification, piece};
use super::world::World;
use crate::net::FlowBox;
use answers::{Answers, FirstMatch, UNCHANGED};
use asked::{Asked, Everything};
use diagram::boxes;
use lanes::{Chains, Clip, Column};
pub(super) use space::Space;

/// Rule tables in the way of a flow, compiled once for many questions.
#[derive(Debug)]
pub struct Classes<'t> {
    chains: Vec<&'t [RuleTable]>,
    columns: Vec<Column>,
    worlds: Vec<Chains>,
    space: Space,
}

impl<'t> Classes<'t> {
    /// Compiles the tables, in the order in which a flow meets them.
    #[must_use]
    pub fn new(tables: &'t [RuleTable]) -> Self {
        Self::compile(&[tables], &mut Everything)
    }

    /// Compiles them for questions about parts of `hull` alone, which costs far less where that is small. Of other flows
    /// what this answers is wrong.
    #[must_use]
    pub fn within(tables: &'t [RuleTable], hull: &FlowBox) -> Self {
        Self::of_chains(&[tables], hull)
    }

    /// Compiles several chains of tables beside each other.
    pub(super) fn of_chains(chains: &[&'t [RuleTable]], hull: &FlowBox) -> Self {
        Self::compile(chains, &mut Asked::new(hull))
    }

    fn compile(chains: &[&'t [RuleTable]], clip: &mut impl Clip) -> Self {
        let worlds = World::of(&chains.iter().copied().flatten());
        let (columns, boxes) = lanes::columns(chains, &worlds, clip);
        let lanes = lanes::lanes(chains, worlds.len(), &columns);
        Self { chains: chains.to_vec(), columns, worlds: lanes, space: Space::new(&boxes) }
    }

    /// Answers for every flow of `asked`, as [`verify`](super::verify) does.
    #[must_use]
    pub fn verify(&self, asked: &FlowBox) -> Verification {
        let tables = self.chains.first().copied().unwrap_or_default();
        let pieces = self.pieces::<1>(asked, false).into_iter();
        let pieces = pieces.map(|(flows, [decisions])| piece(tables, flows, decisions)).collect();
        let answer = Verification { asked: asked.clone(), pieces };
        debug_assert!(answer.replays(tables), "a witness does not replay");
        answer
    }

    /// Flows in disjoint boxes with their decisions in each of the first `N` chains, in the order in which rules take
    /// them; where only changes are asked for, without those that every chain treats alike for certain.
    pub(super) fn pieces<const N: usize>(
        &self,
        asked: &FlowBox,
        changes_only: bool,
    ) -> Vec<(FlowBox, [Vec<Decision>; N])> {
        let mut answers = Answers::default();
        let mut found: Vec<(FlowBox, u32)> = Vec::new();
        for part in self.space.parts(asked) {
            let rules = (self.worlds.as_slice(), self.columns.as_slice());
            let mut judge = FirstMatch::new(&part, rules, (&mut answers, changes_only));
            let mut boxes = boxes(&part, &mut judge);
            boxes.retain(|(_, answer)| *answer != UNCHANGED);
            join(&mut found, boxes);
        }
        found.sort_by(|(_, one), (_, other)| answers.text(*one).cmp(answers.text(*other)));
        let decisions = |answer| {
            std::array::from_fn(|chain| answers.decisions(answer, &self.columns, (chain, self.chains.len())))
        };
        found.into_iter().map(|(flows, answer)| (flows, decisions(answer))).collect()
    }
}

/// Adds the boxes of another family; one that differs from a known box in its addresses alone becomes part of that.
fn join(found: &mut Vec<(FlowBox, u32)>, others: Vec<(FlowBox, u32)>) {
    if found.is_empty() {
        *found = others;
        return;
    }
    let key = |(flows, answer): &(FlowBox, u32)| {
        (*answer, flows.protocols, flows.source_ports.clone(), flows.destination_ports.clone())
    };
    let mut same: FxHashMap<_, Vec<usize>> = FxHashMap::default();
    for (index, known) in found.iter().enumerate().rev() {
        same.entry(key(known)).or_default().push(index);
    }
    for other in others {
        let partner = same.get_mut(&key(&other)).and_then(Vec::pop);
        match partner.and_then(|index| found.get_mut(index)) {
            Some((flows, _)) => {
                flows.source = flows.source.union(&other.0.source);
                flows.destination = flows.destination.union(&other.0.destination);
            }
            None => found.push(other),
        }
    }
}
