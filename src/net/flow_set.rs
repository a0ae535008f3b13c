//! Regions of header space.

use super::address_set::AddressSet;
use super::flow::Flow;
use super::port_set::PortSet;
use super::protocol::ProtocolSet;
use super::range_set::RangeSet;

/// A product of sets, one a field: every flow whose fields each lie in theirs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowBox {
    /// The protocols.
    pub protocols: ProtocolSet,
    /// Who sends.
    pub source: AddressSet,
    /// The senders' ports.
    pub source_ports: PortSet,
    /// Who receives.
    pub destination: AddressSet,
    /// The receivers' ports.
    pub destination_ports: PortSet,
}

impl FlowBox {
    /// Every flow.
    #[must_use]
    pub fn all() -> Self {
        Self {
            protocols: ProtocolSet::ALL,
            source: AddressSet::all(),
            source_ports: PortSet::all(),
            destination: AddressSet::all(),
            destination_ports: PortSet::all(),
        }
    }

    /// Whether no flow is in it.
    ///
    /// A flow has one family, so a box with IPv4 senders and IPv6 receivers only is empty too.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let ipv4 = !self.source.ipv4().is_empty() && !self.destination.ipv4().is_empty();
        let ipv6 = !self.source.ipv6().is_empty() && !self.destination.ipv6().is_empty();
        self.protocols.is_empty()
            || self.source_ports.is_empty()
            || self.destination_ports.is_empty()
            || !(ipv4 || ipv6)
    }

    /// Whether `flow` is in it.
    #[must_use]
    pub fn contains(&self, flow: &Flow) -> bool {
        self.protocols.contains(flow.protocol)
            && self.source_ports.contains(flow.source_port)
            && self.destination_ports.contains(flow.destination_port)
            && self.source.contains(flow.source)
            && self.destination.contains(flow.destination)
    }

    /// Whether every flow of `other` is in it, field by field.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.protocols.covers(other.protocols)
            && self.source_ports.covers(&other.source_ports)
            && self.destination_ports.covers(&other.destination_ports)
            && self.source.covers(&other.source)
            && self.destination.covers(&other.destination)
    }

    /// The smallest box that holds both: their fields joined one by one, so it may hold more flows than either.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Self {
        Self {
            protocols: self.protocols.union(other.protocols),
            source: self.source.union(&other.source),
            source_ports: self.source_ports.union(&other.source_ports),
            destination: self.destination.union(&other.destination),
            destination_ports: self.destination_ports.union(&other.destination_ports),
        }
    }

    /// The flows in both, with the same families at both ends; `None` when there are none.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        // Cheap fields first: most pairs of boxes in a rule list share no port or protocol.
        let protocols = self.protocols.intersection(other.protocols);
        if protocols.is_empty()
            || !self.destination_ports.overlaps(&other.destination_ports)
            || !self.destination.overlaps(&other.destination)
            || !self.source.overlaps(&other.source)
        {
            return None;
        }
        Self {
            protocols,
            source: self.source.intersection(&other.source),
            source_ports: self.source_ports.intersection(&other.source_ports),
            destination: self.destination.intersection(&other.destination),
            destination_ports: self.destination_ports.intersection(&other.destination_ports),
        }
        .matched()
    }

    /// The flows in this and not in `other`, as at most five disjoint boxes, each with the same families at both
    /// ends where there is anything to take away.
    ///
    /// ```text
    /// this = A × B,  other = X × Y   →   (A − X) × B,  (A ∩ X) × (B − Y)
    /// ```
    /// Each field in turn is split off whole, the rest narrowed to what `other` has of it.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Vec<Self> {
        let Some(both) = self.intersection(other) else {
            return vec![self.clone()];
        };
        let mut rest = self.clone();
        let mut pieces = Vec::new();
        pieces.push(Self { protocols: rest.protocols.difference(both.protocols), ..rest.clone() });
        rest.protocols = both.protocols;
        let destination_ports = rest.destination_ports.difference(&both.destination_ports);
        pieces.push(Self { destination_ports, ..rest.clone() });
        rest.destination_ports = both.destination_ports;
        pieces.push(Self { source_ports: rest.source_ports.difference(&both.source_ports), ..rest.clone() });
        rest.source_ports = both.source_ports;
        pieces.push(Self { source: rest.source.difference(&both.source), ..rest.clone() });
        rest.source = both.source;
        pieces.push(Self { destination: rest.destination.difference(&both.destination), ..rest });
        pieces.into_iter().filter_map(Self::matched).collect()
    }

    /// The same flows without the addresses of a family that only one end has: those are in no flow.
    fn matched(self) -> Option<Self> {
        let Self { mut source, mut destination, .. } = self;
        let (from, to) = (source.ipv4(), destination.ipv4());
        if from.is_empty() != to.is_empty() {
            source = AddressSet::from_parts(RangeSet::empty(), source.ipv6().clone());
            destination = AddressSet::from_parts(RangeSet::empty(), destination.ipv6().clone());
        }
        let (from, to) = (source.ipv6(), destination.ipv6());
        if from.is_empty() != to.is_empty() {
            source = AddressSet::from_parts(source.ipv4().clone(), RangeSet::empty());
            destination = AddressSet::from_parts(destination.ipv4().clone(), RangeSet::empty());
        }
        let matched = Self { source, destination, ..self };
        (!matched.is_empty()).then_some(matched)
    }
}

impl From<Flow> for FlowBox {
    fn from(flow: Flow) -> Self {
        Self {
            protocols: flow.protocol.into(),
            source: flow.source.into(),
            source_ports: PortSet::one(flow.source_port),
            destination: flow.destination.into(),
            destination_ports: PortSet::one(flow.destination_port),
        }
    }
}

/// A set of flows, as disjoint boxes. Several lists of boxes may stand for one set: compare with
/// [`FlowSet::same_flows`].
#[derive(Debug, Clone, Default)]
pub struct FlowSet {
    // INVARIANT: no two boxes share a flow; none is empty, and each has the same families at both ends.
    boxes: Vec<FlowBox>,
}

impl FlowSet {
    /// The set without flows.
    #[must_use]
    pub const fn empty() -> Self {
        Self { boxes: Vec::new() }
    }

    /// The set of boxes that share no flow; empty ones are left out.
    #[must_use]
    pub fn of_disjoint(boxes: impl IntoIterator<Item = FlowBox>) -> Self {
        Self { boxes: boxes.into_iter().filter_map(FlowBox::matched).collect() }
    }

    /// The boxes: disjoint, none empty.
    #[must_use]
    pub fn boxes(&self) -> &[FlowBox] {
        &self.boxes
    }

    /// Whether no flow is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.boxes.is_empty()
    }

    /// Whether `flow` is in it.
    #[must_use]
    pub fn contains(&self, flow: &Flow) -> bool {
        self.boxes.iter().any(|b| b.contains(flow))
    }

    /// The flows of both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let pairs = self.boxes.iter().flat_map(|a| other.boxes.iter().filter_map(|b| a.intersection(b)));
        Self { boxes: pairs.collect() }
    }

    /// The flows in this and in no box of `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        other.boxes.iter().fold(self.clone(), |left, b| left.without(b))
    }

    /// The flows in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut boxes = self.boxes.clone();
        boxes.extend(other.difference(self).boxes);
        Self { boxes }
    }

    /// The flows in this and not in `other`.
    #[must_use]
    pub fn without(&self, other: &FlowBox) -> Self {
        Self { boxes: self.boxes.iter().flat_map(|b| b.difference(other)).collect() }
    }

    /// The flows of this that `other` holds too.
    #[must_use]
    pub fn within(&self, other: &FlowBox) -> Self {
        Self { boxes: self.boxes.iter().filter_map(|b| b.intersection(other)).collect() }
    }

    /// Whether the two hold the same flows, however they are cut into boxes.
    #[must_use]
    pub fn same_flows(&self, other: &Self) -> bool {
        self.difference(other).is_empty() && other.difference(self).is_empty()
    }
}

impl From<FlowBox> for FlowSet {
    fn from(b: FlowBox) -> Self {
        Self { boxes: b.matched().into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Prefix, Protocol};

    /// Every flow of a small universe: two values in each of five fields.
    fn flows() -> Vec<Flow> {
        (0..32u8)
            .map(|bits| Flow {
                protocol: if bits & 1 == 0 { Protocol::Tcp } else { Protocol::Udp },
                source: [10, 0, 0, bits >> 1 & 1].into(),
                source_port: u16::from(bits >> 2 & 1),
                destination: [10, 0, 1, bits >> 3 & 1].into(),
                destination_port: u16::from(bits >> 4 & 1),
            })
            .collect()
    }

    /// A field's choice: 1 = first value, 2 = second, 3 = both.
    fn boxed(choice: [u8; 5]) -> FlowBox {
        let picked = |pick: u8| (0..2u8).filter(move |i| pick >> i & 1 == 1);
        let addresses = |net: u8, pick: u8| {
            AddressSet::from_prefixes(picked(pick).map(|i| Prefix::host([10, 0, net, i].into())))
        };
        let ports = |pick: u8| PortSet::from_ranges(picked(pick).map(|i| (u16::from(i), u16::from(i))));
        let protocols = picked(choice[0])
            .map(|i| if i == 0 { Protocol::Tcp } else { Protocol::Udp })
            .fold(ProtocolSet::EMPTY, |set, p| set.union(p.into()));
        FlowBox {
            protocols,
            source: addresses(0, choice[1]),
            source_ports: ports(choice[2]),
            destination: addresses(1, choice[3]),
            destination_ports: ports(choice[4]),
        }
    }

    fn every_box() -> Vec<FlowBox> {
        let digit = |code: u32, i: u32| u8::try_from(code / 3u32.pow(i) % 3).unwrap() + 1;
        (0..243).map(|code| boxed([0, 1, 2, 3, 4].map(|i| digit(code, i)))).collect()
    }

    #[test]
    fn difference_is_exact_and_disjoint() {
        let (boxes, flows) = (every_box(), flows());
        for (i, a) in boxes.iter().enumerate() {
            // Every third partner still meets each kind of overlap, in a third of the time.
            for b in boxes.iter().skip(i % 3).step_by(3) {
                let pieces = a.difference(b);
                for flow in &flows {
                    let holders = pieces.iter().filter(|p| p.contains(flow)).count();
                    assert_eq!(holders, usize::from(a.contains(flow) && !b.contains(flow)));
                    let both = a.intersection(b).is_some_and(|x| x.contains(flow));
                    assert_eq!(both, a.contains(flow) && b.contains(flow));
                }
            }
        }
    }

    #[test]
    fn union_of_sets_holds_each_flow_once() {
        let (boxes, flows) = (every_box(), flows());
        for window in boxes.windows(3).step_by(5) {
            let sets = [0, 1, 2].map(|i| FlowSet::from(window[i].clone()));
            let set = sets[0].union(&sets[1]).union(&sets[2]);
            for flow in &flows {
                let holders = set.boxes().iter().filter(|x| x.contains(flow)).count();
                assert_eq!(holders, usize::from(window.iter().any(|x| x.contains(flow))));
            }
            assert!(set.same_flows(&sets[2].union(&sets[1]).union(&sets[0])));
        }
    }

    #[test]
    fn mixed_families_hold_no_flow() {
        let mixed =
            FlowBox { source: AddressSet::all_ipv4(), destination: AddressSet::all_ipv6(), ..FlowBox::all() };
        assert!(mixed.is_empty());
        assert!(FlowSet::from(mixed).is_empty());
    }

    #[test]
    fn receivers_of_a_family_without_senders_are_dropped() {
        let asked = FlowBox { source: AddressSet::all_ipv4(), ..FlowBox::all() };
        assert_eq!(asked.intersection(&FlowBox::all()).unwrap().destination, AddressSet::all_ipv4());
        let rest = FlowBox::all().difference(&asked);
        assert_eq!(rest.len(), 1);
        assert_eq!(
            (&rest[0].source, &rest[0].destination),
            (&AddressSet::all_ipv6(), &AddressSet::all_ipv6())
        );
    }
}
