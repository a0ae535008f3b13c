//! From groups of points to boxes of flows that share an answer.
//!
//! The fields of a part are gone through one after the other. What is carried along is the set of columns that hold
//! every point chosen so far; as soon as that settles the answer for whatever is still to be chosen, the rest of the
//! fields need not be looked at. Equal sets of columns have equal answers, and groups that lead to equal answers are
//! one edge: the diagram comes out reduced, as a decision diagram whose levels are fields instead of bits.

use rustc_hash::FxHashMap;

use super::part::{Part, Side};
use super::rows;
use crate::net::FlowBox;

/// What an answer is, seen from the columns.
pub(in crate::nsg) trait Judge {
    /// The answer where exactly the columns in `alive` can still hold the flow, those in `certain` do however the rest
    /// of the fields is chosen, and this settles it. All of `alive` is certain once every field is chosen.
    fn settle(&mut self, alive: &[u64], certain: &[u64]) -> Option<u32>;

    /// Takes columns out of `alive` that no answer depends on any more.
    fn prune(&self, alive: &mut [u64], certain: &[u64]);
}

/// The boxes of a part, disjoint, each with its answer.
pub(in crate::nsg) fn boxes(part: &Part, judge: &mut impl Judge) -> Vec<(FlowBox, u32)> {
    let mut diagram = Diagram::new(part);
    let everything = diagram.certain.first().map(|row| row.iter().map(|_| u64::MAX).collect());
    let root = diagram.node(0, everything.unwrap_or_default(), judge);
    let mut found = Vec::new();
    Walk { diagram: &diagram, sides: FxHashMap::default() }.go(root, part.whole.clone(), &mut found);
    found
}

/// An answer, or a field to look at.
#[derive(Debug, PartialEq, Eq, Hash, Clone)]
enum Node {
    Answer(u32),
    /// For each group of the field, counted from the first, where it leads: a number of `to`.
    Branch {
        field: usize,
        bucket_of: Vec<u32>,
        to: Vec<usize>,
    },
}

struct Diagram<'p> {
    part: &'p Part,
    /// For each field the columns that hold every point of it and of those after; last, all columns.
    certain: &'p [Vec<u64>],
    nodes: Vec<Node>,
    numbers: FxHashMap<Node, usize>,
    known: FxHashMap<(usize, Vec<u64>), usize>,
}

impl<'p> Diagram<'p> {
    fn new(part: &'p Part) -> Self {
        let (nodes, numbers, known) = (Vec::new(), FxHashMap::default(), FxHashMap::default());
        Self { part, certain: &part.ahead, nodes, numbers, known }
    }

    /// The node for what is left to choose from `field` on.
    fn node(&mut self, field: usize, mut alive: Vec<u64>, judge: &mut impl Judge) -> usize {
        let ahead = self.certain.get(field).map_or(&[][..], Vec::as_slice);
        let certain = rows::both(&alive, ahead);
        if let Some(answer) = judge.settle(&alive, &certain) {
            return self.intern(Node::Answer(answer));
        }
        judge.prune(&mut alive, &certain);
        let key = (field, alive);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let part = self.part;
        let Some(groups) = part.fields.get(field).map(|field| &field.groups) else {
            // Nothing is left to choose, so the judge has settled it above.
            return self.intern(Node::Answer(u32::MAX));
        };
        let mut to: Vec<usize> = Vec::new();
        let mut buckets: FxHashMap<usize, u32> = FxHashMap::default();
        let bucket_of = groups
            .iter()
            .map(|group| {
                let child = self.node(field + 1, rows::both(&key.1, group), judge);
                *buckets.entry(child).or_insert_with(|| {
                    to.push(child);
                    u32::try_from(to.len() - 1).unwrap_or(u32::MAX)
                })
            })
            .collect();
        let node = match to.as_slice() {
            [only] => *only,
            _ => self.intern(Node::Branch { field, bucket_of, to }),
        };
        self.known.insert(key, node);
        node
    }

    fn intern(&mut self, node: Node) -> usize {
        let Self { nodes, numbers, .. } = self;
        *numbers.entry(node).or_insert_with_key(|node| {
            nodes.push(node.clone());
            nodes.len() - 1
        })
    }
}

/// One box for every way through the diagram.
struct Walk<'d, 'p> {
    diagram: &'d Diagram<'p>,
    /// The points that lead along each edge of the nodes seen so far.
    sides: FxHashMap<usize, Vec<Side>>,
}

impl Walk<'_, '_> {
    fn go(&mut self, node: usize, flows: FlowBox, found: &mut Vec<(FlowBox, u32)>) {
        let (field, bucket_of, to) = match self.diagram.nodes.get(node) {
            Some(Node::Branch { field, bucket_of, to }) => (field, bucket_of, to),
            Some(Node::Answer(answer)) => return found.push((flows, *answer)),
            None => return,
        };
        let field = self.diagram.part.fields.get(*field);
        let split = || field.map(|field| field.split(bucket_of, to.len())).unwrap_or_default();
        let sides = self.sides.entry(node).or_insert_with(split).clone();
        for (side, child) in sides.iter().zip(to) {
            let mut flows = flows.clone();
            side.put(&mut flows);
            self.go(*child, flows, found);
        }
    }
}
