//! The rules of one table as columns: each at its smallest and at its largest.

use std::cell::OnceCell;

use crate::net::FlowBox;
use crate::nsg::classes::part::Part;
use crate::nsg::classes::rows;
use crate::nsg::classes::space::{Index, Space};
use crate::nsg::resolve::RuleTable;
use crate::nsg::rule::Access;
use crate::nsg::world::World;

/// A table, the contextual tags being as in one world.
pub(super) struct View<'t> {
    table: &'t RuleTable,
    /// The flows of each column.
    boxes: Vec<FlowBox>,
    /// The rule of each column.
    rules: Vec<usize>,
    /// For each rule the columns of what it certainly matches and of what it may match; the same where nothing is open.
    columns: Vec<[usize; 2]>,
    /// The columns of what rules certainly match.
    least: Vec<u64>,
    /// The columns of what rules may match.
    most: Vec<u64>,
    space: Space,
    index: OnceCell<Index>,
}

/// How much of a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// What it certainly matches.
    Least,
    /// What it may match.
    Most,
}

impl<'t> View<'t> {
    /// One view for each thing that the contextual tags can be.
    pub(super) fn all(table: &'t RuleTable) -> Vec<Self> {
        World::surroundings(table).into_iter().map(|world| Self::new(table, world)).collect()
    }

    fn new(table: &'t RuleTable, world: World) -> Self {
        let (mut boxes, mut rules, mut columns) = (Vec::new(), Vec::new(), Vec::new());
        for (index, rule) in table.rules.iter().enumerate() {
            let [least, most] = [false, true].map(|most| world.extent(rule, most, &table.context));
            let first = boxes.len();
            let open = least != most;
            // What it may match stands before what it certainly does: a rule is no obstacle to itself.
            boxes.push(most);
            boxes.extend(open.then_some(least));
            rules.resize(boxes.len(), index);
            columns.push([boxes.len() - 1, first]);
        }
        let space = Space::new(&boxes);
        let index = OnceCell::new();
        let mask = |pick: fn(&[usize; 2]) -> usize| {
            let mut mask = rows::none(boxes.len().div_ceil(64));
            columns.iter().map(pick).for_each(|column| rows::toggle(&mut mask, column));
            mask
        };
        let (least, most) = (mask(|[least, _]| *least), mask(|[_, most]| *most));
        Self { table, boxes, rules, columns, least, most, space, index }
    }

    /// Whether what any rule matches is not wholly known.
    pub(super) fn is_open(&self) -> bool {
        self.columns.iter().any(|[least, most]| least != most)
    }

    /// All flows that a rule may match.
    pub(super) fn flows(&self, rule: usize) -> Option<&FlowBox> {
        let [_, most] = self.columns.get(rule)?;
        self.boxes.get(*most)
    }

    /// Whether no flow can match a rule.
    pub(super) fn is_empty(&self, rule: usize) -> bool {
        self.flows(rule).is_none_or(FlowBox::is_empty)
    }

    /// The columns of these rules at this extent.
    pub(super) fn mask(&self, rules: impl Iterator<Item = usize>, extent: Extent) -> Vec<u64> {
        let mut mask = rows::none(self.width());
        for [least, most] in rules.filter_map(|rule| self.columns.get(rule)) {
            rows::toggle(&mut mask, if extent == Extent::Least { *least } else { *most });
        }
        mask
    }

    /// The columns of the rules before one at this extent.
    pub(super) fn earlier(&self, rule: usize, extent: Extent) -> Vec<u64> {
        let mut mask = if extent == Extent::Least { self.least.clone() } else { self.most.clone() };
        if let Some([_, first]) = self.columns.get(rule) {
            rows::end_before(&mut mask, *first);
        }
        mask
    }

    /// All that a rule may match, cut by these columns.
    pub(super) fn parts(&self, rule: usize, among: &[u64]) -> Vec<Part> {
        let column = self.columns.get(rule).map(|[_, most]| *most);
        column.map(|column| self.space.column(self.index(), column, among)).unwrap_or_default()
    }

    /// Whether a quick look shows flows that a rule may match and none of these columns holds.
    pub(super) fn shows_gap(&self, rule: usize, among: &[u64]) -> bool {
        let column = self.columns.get(rule).map(|[_, most]| *most);
        column.is_some_and(|column| self.space.shows_gap(self.index(), column, among))
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| self.space.index(self.boxes.len()))
    }

    /// All flows of each family.
    pub(super) fn whole(&self) -> [Part; 2] {
        self.space.whole(self.boxes.len())
    }

    /// The columns of what rules certainly match.
    pub(super) fn least(&self) -> &[u64] {
        &self.least
    }

    /// The columns of what rules may match.
    pub(super) fn most(&self) -> &[u64] {
        &self.most
    }

    /// The columns of what a rule certainly matches and of what it may match.
    pub(super) fn columns(&self, rule: usize) -> Option<[usize; 2]> {
        self.columns.get(rule).copied()
    }

    /// How many words a row of columns has.
    pub(super) fn width(&self) -> usize {
        self.boxes.len().div_ceil(64)
    }

    /// The rule that a column of a part stands for.
    pub(super) fn rule(&self, part: &Part, column: usize) -> usize {
        let number = part.columns.column(column);
        number.and_then(|number| self.rules.get(number)).copied().unwrap_or(usize::MAX)
    }

    /// What a rule does.
    pub(super) fn access(&self, rule: usize) -> Option<Access> {
        self.table.rules.get(rule).map(|rule| rule.access)
    }

    /// How many rules there are.
    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }
}
