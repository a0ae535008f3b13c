//! The rules of one table as columns: each at its smallest and at its largest.

use crate::net::FlowBox;
use crate::nsg::classes::part::Part;
use crate::nsg::classes::rows;
use crate::nsg::classes::space::Space;
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
    space: Space,
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
            boxes.push(least);
            boxes.extend(open.then_some(most));
            rules.resize(boxes.len(), index);
            columns.push([first, boxes.len() - 1]);
        }
        let space = Space::new(&boxes);
        Self { table, boxes, rules, columns, space }
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
        let mut mask = rows::none(self.boxes.len().div_ceil(64));
        for [least, most] in rules.filter_map(|rule| self.columns.get(rule)) {
            rows::toggle(&mut mask, if extent == Extent::Least { *least } else { *most });
        }
        mask
    }

    /// All that a rule may match, cut by these columns.
    pub(super) fn parts(&self, rule: usize, among: &[u64]) -> Vec<Part> {
        let column = self.columns.get(rule).map(|[_, most]| *most);
        column.map(|column| self.space.column(column, among)).unwrap_or_default()
    }

    /// The rule that a column of a part stands for.
    pub(super) fn rule(&self, part: &Part, column: usize) -> usize {
        let number = part.columns.columns().get(column);
        number.and_then(|number| self.rules.get(*number)).copied().unwrap_or(usize::MAX)
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
