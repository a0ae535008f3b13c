//! What a question is about: one box of one family, each of its fields in groups that the same columns hold.

use std::fmt::Debug;
use std::hash::Hash;

use rustc_hash::FxHashMap;

use super::axis::Axis;
use super::rows::{self, Rows, Selection};
use crate::net::{AddressSet, FlowBox, Point, PortSet, Protocol, ProtocolSet, Range, RangeSet};

/// How many fields a flow has.
pub(in crate::nsg) const FIELDS: usize = 5;

/// A class that is in no group yet.
const UNSEEN: u32 = u32::MAX;

/// A box of one family.
#[derive(Debug)]
pub(in crate::nsg) struct Part {
    /// Its fields, those in fewest groups first.
    pub(in crate::nsg) fields: [Field; FIELDS],
    /// The columns that may share a flow with it; only they are in the rows of the groups.
    pub(in crate::nsg) columns: Selection,
    /// For each field the columns that hold every point of it and of those after; last, all columns.
    pub(in crate::nsg) ahead: Vec<Vec<u64>>,
    /// All of it.
    pub(super) whole: FlowBox,
}

impl Part {
    /// `fields` are those of `whole`, which has addresses of one family; of the columns only those of `among` count.
    pub(super) fn new(mut fields: [Field; FIELDS], whole: FlowBox, among: Option<&[u64]>) -> Self {
        let held = fields.each_ref().map(Field::any);
        let [first, rest @ ..] = &held;
        let mut chosen = first.clone();
        for held in rest.iter().map(Vec::as_slice).chain(among) {
            rows::keep(&mut chosen, held);
        }
        let columns = if among.is_some() { Selection::in_place(chosen) } else { Selection::packed(chosen) };
        for (field, held) in fields.iter_mut().zip(&held) {
            field.narrow(&columns, held);
        }
        fields.sort_by_key(|field| field.count);
        Self { ahead: ahead(&fields, columns.width()), fields, columns, whole }
    }
}

impl Part {
    /// All of one family, as seen by all columns.
    pub(super) fn whole(mut fields: [Field; FIELDS], columns: usize) -> Self {
        let mut every = rows::none(columns.div_ceil(64));
        (0..columns).for_each(|column| rows::toggle(&mut every, column));
        fields.sort_by_key(|field| field.count);
        let columns = Selection::in_place(every);
        Self { ahead: ahead(&fields, columns.width()), fields, columns, whole: FlowBox::all() }
    }
}

fn ahead(fields: &[Field], width: usize) -> Vec<Vec<u64>> {
    let mut ahead = vec![vec![u64::MAX; width]];
    for field in fields.iter().rev() {
        let mut row = ahead.last().cloned().unwrap_or_default();
        field.groups.iter().for_each(|group| rows::keep(&mut row, group));
        ahead.push(row);
    }
    ahead.reverse();
    ahead
}

/// Which field of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::nsg) enum FieldName {
    /// The protocol.
    Protocol,
    /// The receiver's port.
    DestinationPort,
    /// The sender's port.
    SourcePort,
    /// The sender.
    Source,
    /// The receiver.
    Destination,
}

/// One field of a box.
#[derive(Debug)]
pub(in crate::nsg) struct Field {
    name: FieldName,
    /// Its points in order, each stretch with its group; none where nobody will ask for them.
    points: Option<Box<dyn Points>>,
    /// For each group the columns that hold its points.
    pub(in crate::nsg) groups: Rows,
    /// How many groups there are.
    pub(in crate::nsg) count: usize,
}

impl Field {
    /// What `set` is cut into; none where it has no point.
    #[expect(clippy::indexing_slicing, reason = "a class left out would be a wrong answer: better none")]
    pub(super) fn cut<T: Kind>(name: FieldName, axis: &Axis<T>, set: &RangeSet<T>) -> Option<Self> {
        let mut points = axis.cut(set);
        let mut groups = axis.rows().like();
        let mut known = vec![UNSEEN; axis.len()];
        let mut count = 0;
        for (class, _) in &mut points {
            let group = &mut known[*class as usize];
            if *group == UNSEEN {
                groups.push(axis.rows().row(*class as usize));
                *group = count;
                count += 1;
            }
            *class = *group;
        }
        let points: Option<Box<dyn Points>> = Some(Box::new(points));
        (count > 0).then_some(Self { name, points, groups, count: count as usize })
    }

    /// The columns that hold any of its points.
    fn any(&self) -> Vec<u64> {
        let mut any = rows::none(self.groups.width());
        self.groups.iter().for_each(|group| rows::add(&mut any, group));
        any
    }

    /// Every class of a line, without their points.
    pub(super) fn whole<T: Kind>(name: FieldName, axis: &Axis<T>) -> Self {
        let groups = axis.rows().clone();
        Self { name, points: None, count: groups.len(), groups }
    }

    /// Some classes of a line, without their points; none where there are none.
    pub(super) fn of_classes<T: Kind>(name: FieldName, axis: &Axis<T>, classes: &[u32]) -> Option<Self> {
        let mut groups = axis.rows().like();
        for class in classes {
            groups.push(axis.rows().row(*class as usize));
        }
        (!classes.is_empty()).then_some(Self { name, points: None, groups, count: classes.len() })
    }

    /// Looks at these columns alone: groups that only others tell apart become one. `held` are all that it has.
    fn narrow(&mut self, columns: &Selection, held: &[u64]) {
        let mut groups = Rows::new(columns.len());
        if columns.has_all(held) {
            self.groups.iter().for_each(|row| groups.push(&columns.of(row)));
            self.groups = groups;
            return;
        }
        let mut known: FxHashMap<Vec<u64>, u32> = FxHashMap::default();
        let mut renumbered = Vec::with_capacity(self.count);
        for group in 0..self.count {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            let row = columns.of(self.groups.row(group));
            renumbered.push(*known.entry(row).or_insert_with_key(|row| {
                groups.push(row);
                next
            }));
        }
        if let Some(points) = &mut self.points {
            points.renumber(&renumbered);
        }
        (self.groups, self.count) = (groups, known.len());
    }

    /// Puts its points into a box: those of the groups that go to each of `buckets` boxes.
    pub(super) fn split(&self, bucket_of: &[u32], buckets: usize) -> Vec<Side> {
        let values = self.points.as_ref().map(|points| points.split(bucket_of, buckets));
        values.into_iter().flatten().map(|values| Side { name: self.name, values }).collect()
    }
}

/// A set of points of one field.
#[derive(Debug, Clone)]
pub(super) struct Side {
    name: FieldName,
    values: Values,
}

impl Side {
    /// Makes it the side of a box.
    pub(super) fn put(&self, flows: &mut FlowBox) {
        match (&self.values, self.name) {
            (Values::Numbers(set), FieldName::Protocol) => flows.protocols = protocols(set),
            (Values::Numbers(set), FieldName::SourcePort) => flows.source_ports = PortSet::from(set.clone()),
            (Values::Numbers(set), _) => flows.destination_ports = PortSet::from(set.clone()),
            (Values::Addresses(set), FieldName::Source) => flows.source = set.clone(),
            (Values::Addresses(set), _) => flows.destination = set.clone(),
        }
    }
}

/// The protocols at these points.
fn protocols(numbers: &RangeSet<u16>) -> ProtocolSet {
    let numbered = (0..).zip(Protocol::ALL).filter(|(number, _)| numbers.contains(*number));
    numbered.fold(ProtocolSet::EMPTY, |set, (_, protocol)| set.union(protocol.into()))
}

/// Points of a line: protocols and ports, or addresses of one family.
#[derive(Debug, Clone)]
pub(super) enum Values {
    Numbers(RangeSet<u16>),
    Addresses(AddressSet),
}

/// A line that a field lies on.
pub(super) trait Kind: Point + Hash + 'static {
    /// A set of its points.
    fn values(set: RangeSet<Self>) -> Values;
}

impl Kind for u16 {
    fn values(set: RangeSet<Self>) -> Values {
        Values::Numbers(set)
    }
}

impl Kind for u32 {
    fn values(set: RangeSet<Self>) -> Values {
        Values::Addresses(AddressSet::from_parts(set, RangeSet::empty()))
    }
}

impl Kind for u128 {
    fn values(set: RangeSet<Self>) -> Values {
        Values::Addresses(AddressSet::from_parts(RangeSet::empty(), set))
    }
}

/// Stretches of a line in order, each with a number.
trait Points: Debug {
    fn renumber(&mut self, to: &[u32]);
    fn split(&self, bucket_of: &[u32], buckets: usize) -> Vec<Values>;
}

impl<T: Kind> Points for Vec<(u32, Range<T>)> {
    #[expect(clippy::indexing_slicing, reason = "a wrong number would give a wrong set: better no answer")]
    fn renumber(&mut self, to: &[u32]) {
        for (number, _) in self {
            *number = to[*number as usize];
        }
    }

    #[expect(clippy::indexing_slicing, reason = "a wrong number would give a wrong set: better no answer")]
    fn split(&self, bucket_of: &[u32], buckets: usize) -> Vec<Values> {
        let bucket = |group: u32| bucket_of[group as usize] as usize;
        // Where the stretches of each bucket begin, and one after the other where its next one goes.
        let mut next = vec![0; buckets + 1];
        for (group, _) in self {
            next[bucket(*group) + 1] += 1;
        }
        for index in 0..buckets {
            next[index + 1] += next[index];
        }
        let begins = next.clone();
        let mut sorted = vec![Range { first: T::MIN, last: T::MIN }; self.len()];
        for (group, range) in self {
            let place = &mut next[bucket(*group)];
            sorted[*place] = *range;
            *place += 1;
        }
        let sets =
            begins.array_windows().map(|[from, to]| RangeSet::merged(sorted[*from..*to].iter().copied()));
        sets.map(T::values).collect()
    }
}
