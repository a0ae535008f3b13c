//! What of the rules a question is about.

use rustc_hash::FxHashMap;

use super::lanes::Clip;
use crate::net::{AddressSet, FlowBox};
use crate::nsg::operand::{Operand, Stated};
use crate::nsg::resolve::ResolvedRule;

/// All of them, wholly.
pub(super) struct Everything;

impl Clip for Everything {
    fn misses(&mut self, _: &ResolvedRule) -> bool {
        false
    }

    fn of(&mut self, flows: FlowBox) -> Option<FlowBox> {
        Some(flows)
    }
}

/// What lies in a box. The set of one tag stands in many rules: each is cut once.
pub(super) struct Asked<'a> {
    flows: &'a FlowBox,
    sources: Cut<'a>,
    destinations: Cut<'a>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(flows: &'a FlowBox) -> Self {
        let cut = |asked| Cut { asked, known: FxHashMap::default() };
        Self { flows, sources: cut(&flows.source), destinations: cut(&flows.destination) }
    }
}

impl Clip for Asked<'_> {
    fn misses(&mut self, rule: &ResolvedRule) -> bool {
        let Self { flows, sources, destinations } = self;
        matches!(&rule.protocols, Stated::Known(set) if set.intersection(flows.protocols).is_empty())
            || matches!(&rule.destination_ports, Stated::Known(set) if !set.overlaps(&flows.destination_ports))
            || destinations.misses(&rule.destination)
            || sources.misses(&rule.source)
    }

    fn of(&mut self, flows: FlowBox) -> Option<FlowBox> {
        let asked = self.flows;
        let flows = FlowBox {
            protocols: flows.protocols.intersection(asked.protocols),
            source_ports: flows.source_ports.intersection(&asked.source_ports),
            destination_ports: flows.destination_ports.intersection(&asked.destination_ports),
            source: self.sources.of(&flows.source).clone(),
            destination: self.destinations.of(&flows.destination).clone(),
        };
        (!flows.is_empty()).then_some(flows)
    }
}

/// Sets cut by one side of the question.
struct Cut<'a> {
    asked: &'a AddressSet,
    /// What is left of sets by where they are stored; each is kept, so that its place is not given to another.
    known: FxHashMap<[(usize, usize); 2], (AddressSet, AddressSet)>,
}

impl Cut<'_> {
    fn of(&mut self, set: &AddressSet) -> &AddressSet {
        let storage = [
            (set.ipv4().ranges().as_ptr().addr(), set.ipv4().ranges().len()),
            (set.ipv6().ranges().as_ptr().addr(), set.ipv6().ranges().len()),
        ];
        let asked = self.asked;
        &self.known.entry(storage).or_insert_with(|| (set.clone(), set.intersection(asked))).1
    }

    fn misses(&mut self, operand: &Operand) -> bool {
        !operand.is_open() && self.of(&operand.known).is_empty()
    }
}
