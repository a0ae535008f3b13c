//! First match over columns.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::diagram::Judge;
use super::lanes::{Chains, Column, Lane, among};
use super::part::Part;
use super::rows::{self, Selection};
use crate::nsg::evaluate::Decision;
use crate::nsg::resolve::Unmatched;
use crate::nsg::rule::Access;

/// Ends the columns of a trail: the flow is denied, let through, or nobody knows.
const ENDS: [(u32, Option<Access>); 3] =
    [(u32::MAX, None), (u32::MAX - 1, Some(Access::Deny)), (u32::MAX - 2, Some(Access::Allow))];

/// The answers found so far: what becomes of a flow, in each chain, in each world.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// For each answer, world by world and chain by chain, the columns that took the flow, and an end.
    texts: Vec<Rc<[u32]>>,
    numbers: FxHashMap<Rc<[u32]>, u32>,
}

impl Answers {
    fn number(&mut self, text: &[u32]) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let text: Rc<[u32]> = text.into();
        self.texts.push(Rc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    /// An answer as it was noted: answers in this order are in the order in which rules take their flows.
    pub(super) fn text(&self, number: u32) -> &[u32] {
        self.texts.get(number as usize).map_or(&[], |text| &**text)
    }

    /// The decisions of an answer in one of `chains` chains, world by world, equal ones once.
    pub(super) fn decisions(
        &self,
        number: u32,
        columns: &[Column],
        (chain, chains): (usize, usize),
    ) -> Vec<Decision> {
        let mut decisions: Vec<Decision> = Vec::new();
        let mut trail = Vec::new();
        let mut at = 0;
        for noted in self.text(number) {
            let Some((_, access)) = ENDS.iter().find(|(end, _)| end == noted) else {
                trail.extend(columns.get(*noted as usize).map(|column| column.rule));
                continue;
            };
            let decision = Decision { access: *access, trail: std::mem::take(&mut trail) };
            if at % chains == chain && !decisions.contains(&decision) {
                decisions.push(decision);
            }
            at += 1;
        }
        decisions
    }
}

/// Judges the flows of one part.
pub(super) struct FirstMatch<'a> {
    worlds: Vec<Chains>,
    columns: &'a [Column],
    /// The numbers of the part's columns among all.
    numbers: &'a Selection,
    answers: &'a mut Answers,
    /// Whether flows that all chains treat alike for certain need not be told apart.
    changes_only: bool,
    text: Vec<u32>,
}

impl<'a> FirstMatch<'a> {
    pub(super) fn new(
        part: &'a Part,
        (worlds, columns): (&[Chains], &'a [Column]),
        (answers, changes_only): (&'a mut Answers, bool),
    ) -> Self {
        let numbers = &part.columns;
        Self {
            worlds: among(worlds, &part.columns),
            columns,
            numbers,
            answers,
            changes_only,
            text: Vec::new(),
        }
    }

    /// Follows the flow through one chain and notes what takes it; `None` where that is not settled, and `Some(None)`
    /// where no rule of a table takes it that should have had one.
    #[expect(clippy::option_option, reason = "the inner one is the access of a `Decision`")]
    fn follow(&mut self, lanes: (usize, usize), alive: &[u64], ahead: &[u64]) -> Option<Option<Access>> {
        let chain =
            self.worlds.get(lanes.0).and_then(|chains| chains.get(lanes.1)).map_or(&[][..], Vec::as_slice);
        for lane in chain {
            let Some(column) = rows::first(alive, &lane.mask) else {
                match lane.unmatched {
                    Unmatched::Passes => continue,
                    Unmatched::Open => return Some(None),
                }
            };
            if !rows::has(ahead, column) {
                return None;
            }
            let number = self.numbers.column(column)?;
            self.text.push(u32::try_from(number).unwrap_or(u32::MAX));
            match self.columns.get(number)?.access {
                Access::Deny => return Some(Some(Access::Deny)),
                Access::AlwaysAllow => break,
                Access::Allow => {}
            }
        }
        Some(Some(Access::Allow))
    }
}

impl Judge for FirstMatch<'_> {
    fn settle(&mut self, alive: &[u64], ahead: &[u64]) -> Option<u32> {
        self.text.clear();
        let mut seen: Option<Option<Access>> = None;
        let mut unchanged = self.changes_only;
        for world in 0..self.worlds.len() {
            let chains = self.worlds.get(world).map_or(0, Vec::len);
            for chain in 0..chains {
                let access = self.follow((world, chain), alive, ahead)?;
                unchanged &= access.is_some() && *seen.get_or_insert(access) == access;
                let end = ENDS.iter().find(|(_, known)| *known == access).map(|(end, _)| *end);
                self.text.extend(end);
            }
        }
        Some(if unchanged { UNCHANGED } else { self.answers.number(&self.text) })
    }

    fn prune(&self, alive: &mut [u64], ahead: &[u64]) {
        let mut needed = rows::none(alive.len());
        for lane in self.worlds.iter().flatten().flatten() {
            lane.until_certain(alive, ahead, &mut needed);
        }
        rows::keep(alive, &needed);
    }
}

/// The answer of flows that every chain treats alike for certain, where only changes are asked about.
pub(super) const UNCHANGED: u32 = u32::MAX;

impl Lane {
    /// Adds the columns of this lane up to the first certain one: what comes after it is never asked.
    fn until_certain(&self, alive: &[u64], ahead: &[u64], needed: &mut [u64]) {
        for (((mask, alive), ahead), needed) in self.mask.iter().zip(alive).zip(ahead).zip(needed) {
            let own = mask & alive;
            let sure = own & ahead;
            let first = sure & sure.wrapping_neg();
            // Without a certain one `first` is zero, and one less is all.
            *needed |= own & (first | first.wrapping_sub(1));
            if sure != 0 {
                return;
            }
        }
    }
}
