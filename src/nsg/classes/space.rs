//! The whole space of flows, cut along each field.

use std::ops::ControlFlow;

use super::axis::Axis;
use super::part::{Field, FieldName, Kind, Part};
use super::rows;
use crate::net::{AddressSet, FlowBox, Protocol, ProtocolSet, Range, RangeSet};

/// The fields of a flow, each cut into the classes of some columns; a column is a box of flows.
///
/// IPv4 and IPv6 are two spaces beside each other: a flow has one family.
#[derive(Debug)]
pub(in crate::nsg) struct Space {
    protocols: Axis<u16>,
    source_ports: Axis<u16>,
    destination_ports: Axis<u16>,
    ipv4: Ends<u32>,
    ipv6: Ends<u128>,
}

/// The two ends of a flow.
#[derive(Debug)]
struct Ends<T> {
    source: Axis<T>,
    destination: Axis<T>,
}

impl Space {
    /// Cuts the space at the sides of these boxes.
    pub(in crate::nsg) fn new(boxes: &[FlowBox]) -> Self {
        let columns = boxes.len();
        let protocols: Vec<RangeSet<u16>> = boxes.iter().map(|b| numbers(b.protocols)).collect();
        Self {
            protocols: Axis::new(columns, protocols.iter()),
            source_ports: Axis::new(columns, boxes.iter().map(|b| b.source_ports.ranges())),
            destination_ports: Axis::new(columns, boxes.iter().map(|b| b.destination_ports.ranges())),
            ipv4: Ends {
                source: Axis::new(columns, boxes.iter().map(|b| b.source.ipv4())),
                destination: Axis::new(columns, boxes.iter().map(|b| b.destination.ipv4())),
            },
            ipv6: Ends {
                source: Axis::new(columns, boxes.iter().map(|b| b.source.ipv6())),
                destination: Axis::new(columns, boxes.iter().map(|b| b.destination.ipv6())),
            },
        }
    }

    /// What a box holds of each family, but for a family in which it holds no flow.
    pub(in crate::nsg) fn parts(&self, asked: &FlowBox) -> Vec<Part> {
        let side = |v4: &RangeSet<u32>, v6: &RangeSet<u128>| AddressSet::from_parts(v4.clone(), v6.clone());
        let (from, to) = (&asked.source, &asked.destination);
        let (no4, no6) = (&RangeSet::empty(), &RangeSet::empty());
        let ipv4 =
            FlowBox { source: side(from.ipv4(), no6), destination: side(to.ipv4(), no6), ..asked.clone() };
        let ipv6 =
            FlowBox { source: side(no4, from.ipv6()), destination: side(no4, to.ipv6()), ..asked.clone() };
        let ends4 = self.ipv4.cut(from.ipv4(), to.ipv4());
        let ends6 = self.ipv6.cut(from.ipv6(), to.ipv6());
        let part4 = ends4.and_then(|ends| self.part(ends, ipv4));
        part4.into_iter().chain(ends6.and_then(|ends| self.part(ends, ipv6))).collect()
    }

    fn part(&self, [source, destination]: [Field; 2], whole: FlowBox) -> Option<Part> {
        let protocols = numbers(whole.protocols);
        let to_ports = whole.destination_ports.ranges();
        let from_ports = whole.source_ports.ranges();
        let fields = [
            Field::cut(FieldName::Protocol, &self.protocols, &protocols)?,
            Field::cut(FieldName::DestinationPort, &self.destination_ports, to_ports)?,
            Field::cut(FieldName::SourcePort, &self.source_ports, from_ports)?,
            source,
            destination,
        ];
        Some(Part::new(fields, whole, None))
    }
}

impl Space {
    /// All there is, of each family, as seen by all columns: only for questions that do not ask which flows those are.
    pub(in crate::nsg) fn whole(&self, columns: usize) -> [Part; 2] {
        let part = |[source, destination]: [Field; 2]| {
            let fields = [
                Field::whole(FieldName::Protocol, &self.protocols),
                Field::whole(FieldName::DestinationPort, &self.destination_ports),
                Field::whole(FieldName::SourcePort, &self.source_ports),
                source,
                destination,
            ];
            Part::whole(fields, columns)
        };
        [part(self.ipv4.whole()), part(self.ipv6.whole())]
    }

    /// For each field the classes that each column holds.
    pub(in crate::nsg) fn index(&self, columns: usize) -> Index {
        let (ipv4, ipv6) = (&self.ipv4, &self.ipv6);
        Index {
            protocols: self.protocols.held(columns),
            destination_ports: self.destination_ports.held(columns),
            source_ports: self.source_ports.held(columns),
            ipv4: [ipv4.source.held(columns), ipv4.destination.held(columns)],
            ipv6: [ipv6.source.held(columns), ipv6.destination.held(columns)],
        }
    }

    /// Whether a look at one cell of a column shows flows that none of the columns `among` holds: of each field the class
    /// that fewest of those left hold. No answer in the other case.
    pub(in crate::nsg) fn shows_gap(&self, index: &Index, column: usize, among: &[u64]) -> bool {
        let mut cell = among.to_vec();
        let shared = self.protocols.thin_out(&index.protocols, column, &mut cell)
            && self.source_ports.thin_out(&index.source_ports, column, &mut cell)
            && self.destination_ports.thin_out(&index.destination_ports, column, &mut cell);
        shared
            && (self.ipv4.shows_gap(&index.ipv4, column, cell.clone())
                || self.ipv6.shows_gap(&index.ipv6, column, cell))
    }

    /// What one of the columns holds of each family, as seen by the columns `among`: like [`whole`](Self::whole).
    pub(in crate::nsg) fn column(&self, index: &Index, column: usize, among: &[u64]) -> Vec<Part> {
        let part = |[source, destination]: [Field; 2]| {
            let fields = [
                Field::of_classes(FieldName::Protocol, &self.protocols, index.protocols.get(column)?)?,
                Field::of_classes(
                    FieldName::DestinationPort,
                    &self.destination_ports,
                    index.destination_ports.get(column)?,
                )?,
                Field::of_classes(
                    FieldName::SourcePort,
                    &self.source_ports,
                    index.source_ports.get(column)?,
                )?,
                source,
                destination,
            ];
            Some(Part::new(fields, FlowBox::all(), Some(among)))
        };
        let ends = [self.ipv4.of_classes(&index.ipv4, column), self.ipv6.of_classes(&index.ipv6, column)];
        ends.into_iter().flatten().filter_map(part).collect()
    }
}

impl Space {
    /// Shows, for every combination of classes that a box touches, the columns that hold it in all fields but one and
    /// those that hold it in that one; until told to stop. None where the combinations are too many to be worth it.
    pub(in crate::nsg) fn combinations<B>(
        &self,
        asked: &FlowBox,
        (columns, mut see): (usize, impl FnMut(&[u64], &[u64]) -> ControlFlow<B>),
    ) -> Option<ControlFlow<B>> {
        let mut plain = vec![vec![u64::MAX; columns.div_ceil(64)]];
        combine(&mut plain, &self.protocols, &numbers(asked.protocols))?;
        combine(&mut plain, &self.destination_ports, asked.destination_ports.ranges())?;
        combine(&mut plain, &self.source_ports, asked.source_ports.ranges())?;
        let (from, to) = (&asked.source, &asked.destination);
        let found = self.ipv4.combinations(plain.clone(), (from.ipv4(), to.ipv4()), &mut see)?;
        if found.is_break() {
            return Some(found);
        }
        self.ipv6.combinations(plain, (from.ipv6(), to.ipv6()), &mut see)
    }
}

/// More combinations of all fields but one are not gone through one by one.
const FEW: usize = 64;

/// Adds a field to combinations of others; none where they get too many.
fn combine<T: Kind>(rows: &mut Vec<Vec<u64>>, axis: &Axis<T>, set: &RangeSet<T>) -> Option<()> {
    let mut combined: Vec<Vec<u64>> = Vec::new();
    let all = axis.visit(set, |class, _| {
        for row in rows.iter() {
            let both = rows::both(row, axis.rows().row(class as usize));
            if !combined.contains(&both) {
                combined.push(both);
            }
        }
        if combined.len() > FEW { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    *rows = combined;
    all.is_continue().then_some(())
}

impl<T: Kind> Ends<T> {
    fn combinations<B>(
        &self,
        mut others: Vec<Vec<u64>>,
        (from, to): (&RangeSet<T>, &RangeSet<T>),
        see: &mut impl FnMut(&[u64], &[u64]) -> ControlFlow<B>,
    ) -> Option<ControlFlow<B>> {
        if from.is_empty() || to.is_empty() {
            return Some(ControlFlow::Continue(()));
        }
        // The side in more pieces is gone through once.
        let source_is_long = from.ranges().len() > to.ranges().len();
        let (long, set) = if source_is_long { (&self.source, from) } else { (&self.destination, to) };
        let (short, other) = if source_is_long { (&self.destination, to) } else { (&self.source, from) };
        combine(&mut others, short, other)?;
        let mut seen = vec![false; long.len()];
        Some(long.visit(set, |class, _| {
            if let Some(seen) = seen.get_mut(class as usize).filter(|seen| !**seen) {
                *seen = true;
                let row = long.rows().row(class as usize);
                others.iter().try_for_each(|other| see(other, row))?;
            }
            ControlFlow::Continue(())
        }))
    }
}

/// For each field, for each column the classes that it holds.
pub(in crate::nsg) struct Index {
    protocols: Vec<Vec<u32>>,
    destination_ports: Vec<Vec<u32>>,
    source_ports: Vec<Vec<u32>>,
    ipv4: [Vec<Vec<u32>>; 2],
    ipv6: [Vec<Vec<u32>>; 2],
}

impl<T: Kind> Ends<T> {
    fn whole(&self) -> [Field; 2] {
        [
            Field::whole(FieldName::Source, &self.source),
            Field::whole(FieldName::Destination, &self.destination),
        ]
    }

    fn shows_gap(
        &self,
        [sources, destinations]: &[Vec<Vec<u32>>; 2],
        column: usize,
        mut cell: Vec<u64>,
    ) -> bool {
        self.source.thin_out(sources, column, &mut cell)
            && self.destination.thin_out(destinations, column, &mut cell)
            && rows::is_none(&cell)
    }

    fn of_classes(&self, [sources, destinations]: &[Vec<Vec<u32>>; 2], column: usize) -> Option<[Field; 2]> {
        let source = Field::of_classes(FieldName::Source, &self.source, sources.get(column)?)?;
        let held = destinations.get(column)?;
        Some([source, Field::of_classes(FieldName::Destination, &self.destination, held)?])
    }

    fn cut(&self, from: &RangeSet<T>, to: &RangeSet<T>) -> Option<[Field; 2]> {
        let source = Field::cut(FieldName::Source, &self.source, from)?;
        Some([source, Field::cut(FieldName::Destination, &self.destination, to)?])
    }
}

/// Protocols as points of a line.
fn numbers(protocols: ProtocolSet) -> RangeSet<u16> {
    let numbered = (0..).zip(Protocol::ALL).filter(|(_, protocol)| protocols.contains(*protocol));
    RangeSet::merged(numbered.map(|(number, _)| Range { first: number, last: number }))
}
