//! From groups of points to boxes of flows that share an answer.
//!
//! The fields of a part are gone through one after the other. What is carried along is the set of columns that hold
//! every point chosen so far; as soon as that settles the answer for whatever is still to be chosen, the rest of the
//! fields need not be looked at. Equal sets of columns have equal answers, and groups that lead to equal answers are
//! one edge: the diagram comes out reduced, as a decision diagram whose levels are fields instead of bits.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::part::{FIELDS, Part, Side};
use crate::net::FlowBox;

/// What an answer is, seen from the columns.
pub(in crate::nsg) trait Judge {
    /// The answer where exactly the columns in `alive` can still hold the flow, those of them in `ahead` do however the
    /// rest of the fields is chosen, and this settles it. It does once every field is chosen.
    fn settle(&mut self, alive: &[u64], ahead: &[u64]) -> Option<u32>;

    /// Takes columns out of `alive` that no answer depends on any more.
    fn prune(&self, alive: &mut [u64], ahead: &[u64]);
}

/// The boxes of a part, disjoint, each with its answer.
pub(in crate::nsg) fn boxes(part: &Part, judge: &mut impl Judge) -> Vec<(FlowBox, u32)> {
    let mut diagram = Diagram::new(part);
    let root = diagram.next(0, &mut part.columns.all(), judge);
    let mut found = Vec::new();
    Walk { diagram: &diagram, sides: FxHashMap::default() }.go(root, part.whole.clone(), &mut found);
    found
}

/// What comes next: an answer, or a field to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Next {
    Answer(u32),
    /// The number of a branch.
    Branch(usize),
}

/// For each group of a field where it leads: a number of `to`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Branch {
    field: usize,
    bucket_of: Vec<u32>,
    to: Vec<Next>,
}

struct Diagram<'p> {
    part: &'p Part,
    branches: Vec<Rc<Branch>>,
    numbers: FxHashMap<Rc<Branch>, usize>,
    known: FxHashMap<(usize, Vec<u64>), Next>,
    /// Room for the columns of a group, for each field.
    rows: [Vec<u64>; FIELDS],
}

impl<'p> Diagram<'p> {
    fn new(part: &'p Part) -> Self {
        let (numbers, known) = (FxHashMap::default(), FxHashMap::default());
        Self { part, branches: Vec::new(), numbers, known, rows: Default::default() }
    }

    /// What comes next where the fields from `field` on are left to choose.
    #[expect(clippy::indexing_slicing, reason = "flows left out would be a wrong answer: better none")]
    fn next(&mut self, field: usize, alive: &mut [u64], judge: &mut impl Judge) -> Next {
        let part = self.part;
        let ahead = part.ahead.get(field).map_or(&[][..], Vec::as_slice);
        if let Some(answer) = judge.settle(alive, ahead) {
            return Next::Answer(answer);
        }
        judge.prune(alive, ahead);
        let key = (field, alive.to_vec());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        // INVARIANT: the judge has settled it above where nothing is left to choose.
        let groups = &part.fields[field].groups;
        let mut to: Vec<Next> = Vec::new();
        let mut buckets: FxHashMap<Next, u32> = FxHashMap::default();
        let mut bucket_of = Vec::with_capacity(groups.len());
        let mut row = self.rows.get_mut(field).map(std::mem::take).unwrap_or_default();
        for group in groups.iter() {
            row.clear();
            row.extend(alive.iter().zip(group).map(|(alive, group)| alive & group));
            let next = self.next(field + 1, &mut row, judge);
            bucket_of.push(*buckets.entry(next).or_insert_with(|| {
                to.push(next);
                u32::try_from(to.len() - 1).unwrap_or(u32::MAX)
            }));
        }
        if let Some(room) = self.rows.get_mut(field) {
            *room = row;
        }
        let next = match to.as_slice() {
            [only] => *only,
            _ => self.branch(Branch { field, bucket_of, to }),
        };
        self.known.insert(key, next);
        next
    }

    fn branch(&mut self, branch: Branch) -> Next {
        let branch = Rc::new(branch);
        let branches = &mut self.branches;
        Next::Branch(*self.numbers.entry(Rc::clone(&branch)).or_insert_with(|| {
            branches.push(branch);
            branches.len() - 1
        }))
    }
}

/// One box for every way through the diagram.
struct Walk<'d, 'p> {
    diagram: &'d Diagram<'p>,
    /// The points that lead along each edge of the branches seen so far.
    sides: FxHashMap<usize, Rc<Vec<Side>>>,
}

impl Walk<'_, '_> {
    fn go(&mut self, next: Next, flows: FlowBox, found: &mut Vec<(FlowBox, u32)>) {
        let number = match next {
            Next::Branch(number) => number,
            Next::Answer(answer) => return found.push((flows, answer)),
        };
        let Some(branch) = self.diagram.branches.get(number) else { return };
        let field = self.diagram.part.fields.get(branch.field);
        let split = || field.map(|field| field.split(&branch.bucket_of, branch.to.len())).unwrap_or_default();
        let sides = Rc::clone(self.sides.entry(number).or_insert_with(|| Rc::new(split())));
        for (side, next) in sides.iter().zip(&branch.to) {
            let mut flows = flows.clone();
            side.put(&mut flows);
            self.go(*next, flows, found);
        }
    }
}
