//! The rival: rule lists as binary decision diagrams of `oxidd`, with complemented edges and its apply cache.
//!
//! The bits of a flow in order: family, protocol, destination port, source port, source, destination.

use std::collections::HashMap;

use azpreflight::net::{AddressSet, FlowBox, PortSet, ProtocolSet};
use azpreflight::nsg::{Access, ResolvedRule, RuleTable};
use oxidd::bcdd::{BCDDFunction, BCDDManagerRef, new_manager};
use oxidd::{BooleanFunction, Manager, ManagerRef};

/// A set of flows.
pub type Set = BCDDFunction;

const PROTOCOL: u32 = 1;
const DESTINATION_PORT: u32 = 4;
const SOURCE_PORT: u32 = 20;
const SOURCE: u32 = 36;
const DESTINATION: u32 = 164;
const BITS: u32 = 292;
const ROOM: &str = "room for the diagram";

/// Where diagrams live.
pub struct Space {
    manager: BCDDManagerRef,
    bits: Vec<Set>,
    yes: Set,
    no: Set,
    /// Address sets that were made before: rules share tags.
    made: HashMap<(AddressSet, u32), Set>,
}

impl Space {
    /// A space for so many nodes, with as many entries in its apply cache.
    pub fn new(nodes: usize) -> Self {
        let manager = new_manager(nodes, nodes, 1);
        manager.with_manager_exclusive(|manager| manager.add_vars(BITS));
        let (bits, yes, no) = manager.with_manager_shared(|manager| {
            let bits = (0..BITS).map(|bit| Set::var(manager, bit).expect(ROOM)).collect();
            (bits, Set::t(manager), Set::f(manager))
        });
        Self { manager, bits, yes, no, made: HashMap::new() }
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.manager.with_manager_shared(|manager| manager.num_inner_nodes())
    }

    /// Every flow of a box.
    pub fn flows(&mut self, flows: &FlowBox) -> Set {
        let addresses =
            [self.addresses(SOURCE, &flows.source), self.addresses(DESTINATION, &flows.destination)];
        self.product((flows.protocols, &flows.source_ports, &flows.destination_ports), &addresses)
    }

    /// Every flow that a rule matches; nothing is open about it.
    pub fn rule(&mut self, rule: &ResolvedRule) -> Set {
        let addresses = [
            self.addresses(SOURCE, &rule.source.known),
            self.addresses(DESTINATION, &rule.destination.known),
        ];
        let ports = [rule.source_ports.bound(false), rule.destination_ports.bound(false)];
        self.product((rule.protocols.bound(false), &ports[0], &ports[1]), &addresses)
    }

    fn product(
        &self,
        (protocols, source_ports, destination_ports): (ProtocolSet, &PortSet, &PortSet),
        addresses: &[Set; 2],
    ) -> Set {
        // From the last bits to the first, so that every conjunction only puts nodes on top.
        let all = and(&addresses[0], &addresses[1]);
        let all = and(&self.ports(SOURCE_PORT, source_ports), &all);
        let all = and(&self.ports(DESTINATION_PORT, destination_ports), &all);
        and(&self.protocols(protocols), &all)
    }

    /// The allowed flows of a table: the last rule first, each before what stands behind it.
    pub fn allowed(&mut self, table: &RuleTable) -> Set {
        let mut allowed = self.no.clone();
        for rule in table.rules.iter().rev() {
            let matched = self.rule(rule);
            allowed = match rule.access {
                Access::Deny => and(&matched.not().expect(ROOM), &allowed),
                Access::Allow | Access::AlwaysAllow => matched.or(&allowed).expect(ROOM),
            };
        }
        allowed
    }

    /// The flows that each rule decides.
    pub fn firsts(&mut self, table: &RuleTable) -> Vec<Set> {
        let mut left = self.yes.clone();
        let rules = table.rules.iter().map(|rule| {
            let matched = self.rule(rule);
            let first = and(&left, &matched);
            left = and(&left, &matched.not().expect(ROOM));
            first
        });
        rules.collect()
    }

    /// The rules that no flow reaches, by number.
    pub fn shadowed(&mut self, table: &RuleTable) -> Vec<usize> {
        let mut earlier = self.no.clone();
        let mut shadowed = Vec::new();
        for (index, rule) in table.rules.iter().enumerate() {
            let matched = self.rule(rule);
            let all = earlier.or(&matched).expect(ROOM);
            if all == earlier {
                shadowed.push(index);
            }
            earlier = all;
        }
        shadowed
    }

    fn protocols(&self, set: ProtocolSet) -> Set {
        if set == ProtocolSet::ALL {
            return self.yes.clone();
        }
        let codes: Vec<(u128, u128)> =
            set.iter().map(|protocol| (protocol as u128, protocol as u128)).collect();
        self.halves((PROTOCOL, 3), 0, &codes)
    }

    fn ports(&self, first: u32, set: &PortSet) -> Set {
        let ranges: Vec<(u128, u128)> =
            set.ranges().ranges().iter().map(|range| (range.first.into(), range.last.into())).collect();
        self.halves((first, 16), 0, &ranges)
    }

    fn addresses(&mut self, first: u32, set: &AddressSet) -> Set {
        let key = (set.clone(), first);
        if let Some(made) = self.made.get(&key) {
            return made.clone();
        }
        let v4: Vec<(u128, u128)> =
            set.ipv4().ranges().iter().map(|range| (range.first.into(), range.last.into())).collect();
        let v6: Vec<(u128, u128)> =
            set.ipv6().ranges().iter().map(|range| (range.first, range.last)).collect();
        let (v4, v6) = (self.halves((first, 32), 0, &v4), self.halves((first, 128), 0, &v6));
        let made = self.bits[0].ite(&v6, &v4).expect(ROOM);
        self.made.insert(key, made.clone());
        made
    }

    /// Sorted ranges within the block of `width` bits that begins at `start`, from bit `bit` on, in one pass.
    fn halves(&self, (bit, width): (u32, u32), start: u128, ranges: &[(u128, u128)]) -> Set {
        let end = start | if width == 0 { 0 } else { u128::MAX >> (128 - width) };
        let from = ranges.partition_point(|(_, last)| *last < start);
        let to = ranges.partition_point(|(first, _)| *first <= end);
        let here = &ranges[from.min(to)..to];
        match here {
            [] => return self.no.clone(),
            [(first, last), ..] if *first <= start && end <= *last => return self.yes.clone(),
            _ => {}
        }
        let rest = width - 1;
        let low = self.halves((bit + 1, rest), start, here);
        let high = self.halves((bit + 1, rest), start | 1 << rest, here);
        self.bits[bit as usize].ite(&high, &low).expect(ROOM)
    }
}

/// The flows in both.
pub fn and(one: &Set, other: &Set) -> Set {
    one.and(other).expect(ROOM)
}

/// Whether all flows of `asked` are allowed, none, or some: 0, 1, 2, as the diagram of all that is allowed tells.
pub fn verdict(asked: &Set, allowed: &Set) -> u64 {
    let some = and(asked, allowed).satisfiable();
    let not_all = and(asked, &allowed.not().expect(ROOM)).satisfiable();
    match (some, not_all) {
        (_, false) => 0,
        (false, true) => 1,
        (true, true) => 2,
    }
}

/// The rules that decide any flow of `asked`, by number.
pub fn deciding(asked: &Set, firsts: &[Set]) -> Vec<usize> {
    let decides = |first: &Set| and(asked, first).satisfiable();
    firsts.iter().enumerate().filter(|(_, first)| decides(first)).map(|(index, _)| index).collect()
}
