//! The fewest boxes for a set of flows.

use std::collections::BTreeMap;

use crate::net::{AddressSet, FlowBox};

/// With more boxes than this only neighbours are joined: cutting anew takes time that grows faster than their number.
const FEW: usize = 32;

/// One field of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Protocols,
    Source,
    SourcePorts,
    Destination,
    DestinationPorts,
}

use Field::{Destination, DestinationPorts, Protocols, Source, SourcePorts};

/// The order of fields in which a set is cut anew; whichever gives fewest boxes is taken, the first of equals.
const ORDERS: [[Field; 5]; 6] = [
    [Protocols, DestinationPorts, SourcePorts, Source, Destination],
    [Protocols, DestinationPorts, SourcePorts, Destination, Source],
    [Source, Destination, Protocols, DestinationPorts, SourcePorts],
    [Destination, Source, Protocols, DestinationPorts, SourcePorts],
    [Source, Protocols, DestinationPorts, SourcePorts, Destination],
    [Destination, Protocols, DestinationPorts, SourcePorts, Source],
];

/// The flows of one family that are in these disjoint boxes, in few disjoint boxes.
pub(super) fn fewest(flows: &[FlowBox], family: &AddressSet) -> Vec<FlowBox> {
    let whole = FlowBox { source: family.clone(), destination: family.clone(), ..FlowBox::all() };
    let joined = joined(flows.iter().filter_map(|b| b.intersection(&whole)).collect());
    if !(2..=FEW).contains(&joined.len()) {
        return joined;
    }
    let refs: Vec<&FlowBox> = joined.iter().collect();
    let cuts = ORDERS.iter().map(|order| cut(&refs, order, &whole));
    cuts.min_by_key(Vec::len).filter(|cut| cut.len() <= joined.len()).unwrap_or(joined)
}

/// Joins boxes that differ in one field only, until there are none.
fn joined(mut boxes: Vec<FlowBox>) -> Vec<FlowBox> {
    loop {
        let before = boxes.len();
        for field in [Source, Destination, DestinationPorts, SourcePorts, Protocols] {
            boxes = join(boxes, field);
        }
        if boxes.len() == before {
            return boxes;
        }
    }
}

fn join(boxes: Vec<FlowBox>, field: Field) -> Vec<FlowBox> {
    let everything = FlowBox::all();
    let mut groups: BTreeMap<FlowBox, Vec<FlowBox>> = BTreeMap::new();
    for flows in boxes {
        groups.entry(field.replaced(flows.clone(), &everything)).or_default().push(flows);
    }
    groups.into_values().filter_map(|same| united(same, field)).collect()
}

/// The union of boxes that agree in all other fields; pairs first, since the sets grow on the way.
fn united(mut boxes: Vec<FlowBox>, field: Field) -> Option<FlowBox> {
    while boxes.len() > 1 {
        let pairs = boxes.chunks(2).filter_map(|pair| match pair {
            [a, b] => Some(field.union(a, b)),
            rest => rest.first().cloned(),
        });
        boxes = pairs.collect();
    }
    boxes.pop()
}

/// The boxes cut anew, field by field: values that lead to the same boxes in the fields behind are one value.
///
/// The result depends on the flows alone, not on how they were cut.
fn cut(boxes: &[&FlowBox], order: &[Field], whole: &FlowBox) -> Vec<FlowBox> {
    let Some((field, behind)) = order.split_first() else { return vec![whole.clone()] };
    let mut groups: BTreeMap<Vec<FlowBox>, Vec<FlowBox>> = BTreeMap::new();
    for (value, holders) in classes(boxes, *field, whole) {
        groups.entry(cut(&holders, behind, whole)).or_default().push(value);
    }
    let mut found = Vec::new();
    for (rest, values) in groups {
        let Some(value) = united(values, *field) else { continue };
        found.extend(rest.into_iter().map(|flows| field.replaced(flows, &value)));
    }
    found.sort();
    found
}

/// The values of a field, cut so that all of a class are in the same boxes; each as a box that is whole but for it.
fn classes<'b>(boxes: &[&'b FlowBox], field: Field, whole: &FlowBox) -> Vec<(FlowBox, Vec<&'b FlowBox>)> {
    let mut values: BTreeMap<FlowBox, Vec<&FlowBox>> = BTreeMap::new();
    for flows in boxes {
        values.entry(field.replaced(whole.clone(), flows)).or_default().push(flows);
    }
    let mut classes: Vec<(FlowBox, Vec<&FlowBox>)> = Vec::new();
    for (value, holders) in values {
        let mut left = Some(value);
        let mut finer = Vec::new();
        for (class, earlier) in classes {
            let Some((value, both)) =
                left.clone().and_then(|value| class.intersection(&value).map(|both| (value, both)))
            else {
                finer.push((class, earlier));
                continue;
            };
            finer.extend(class.difference(&both).into_iter().map(|rest| (rest, earlier.clone())));
            left = value.difference(&both).pop();
            finer.push((both, earlier.into_iter().chain(holders.iter().copied()).collect()));
        }
        finer.extend(left.map(|value| (value, holders)));
        classes = finer;
    }
    classes
}

impl Field {
    /// The box with this field of another.
    fn replaced(self, flows: FlowBox, by: &FlowBox) -> FlowBox {
        match self {
            Protocols => FlowBox { protocols: by.protocols, ..flows },
            Source => FlowBox { source: by.source.clone(), ..flows },
            SourcePorts => FlowBox { source_ports: by.source_ports.clone(), ..flows },
            Destination => FlowBox { destination: by.destination.clone(), ..flows },
            DestinationPorts => FlowBox { destination_ports: by.destination_ports.clone(), ..flows },
        }
    }

    /// The first box with this field of either.
    fn union(self, one: &FlowBox, other: &FlowBox) -> FlowBox {
        let mut united = one.clone();
        match self {
            Protocols => united.protocols = one.protocols.union(other.protocols),
            Source => united.source = one.source.union(&other.source),
            SourcePorts => united.source_ports = one.source_ports.union(&other.source_ports),
            Destination => united.destination = one.destination.union(&other.destination),
            DestinationPorts => {
                united.destination_ports = one.destination_ports.union(&other.destination_ports);
            }
        }
        united
    }
}
