//! Sets of flows as binary decision diagrams: an algebra that shares nothing with the library's.
//!
//! A flow is a row of bits: its family, its protocol, its ports, its addresses. An IPv4 address takes the first 32 of the
//! 128 bits of its end, and the others do not matter. Behind them stands one bit for each open question.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::IpAddr;

use azpreflight::net::{AddressSet, Flow, FlowBox, PortSet, Prefix, Protocol, ProtocolSet};
use azpreflight::tags::ServiceTag;
use oxidd::bcdd::{BCDDFunction, BCDDManagerRef, new_manager};
use oxidd::{BooleanFunction, BooleanFunctionQuant, Manager, ManagerRef};

const FAMILY: u32 = 0;
const PROTOCOL: Field = Field { first: 1, width: 3 };
pub(crate) const DESTINATION_PORT: Field = Field { first: 4, width: 16 };
pub(crate) const SOURCE_PORT: Field = Field { first: 20, width: 16 };
pub(crate) const SOURCE: Field = Field { first: 36, width: 128 };
pub(crate) const DESTINATION: Field = Field { first: 164, width: 128 };
/// Where the questions begin.
const QUESTIONS: u32 = 292;
/// How many questions a case may have.
const MOST_QUESTIONS: u32 = 40;

/// Neighbouring bits that make up a number, the highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Field {
    first: u32,
    width: u32,
}

/// A set of flows, or of flows together with answers to questions.
pub(crate) type Set = BCDDFunction;

/// Where sets live; those of one space can be compared.
pub(crate) struct Space {
    manager: BCDDManagerRef,
    /// Sets of addresses that were made before: tags come again and again.
    made: RefCell<HashMap<(AddressSet, Field), Set>>,
    /// The same, by the name of the tag.
    tags: RefCell<HashMap<(String, Field), Set>>,
}

/// Whether the diagrams of a set operation found room.
const ROOM: &str = "room for the diagram";

impl Space {
    /// A space with room for `nodes` nodes.
    pub(crate) fn new(nodes: usize) -> Self {
        let manager = new_manager(nodes, nodes, 1);
        manager.with_manager_exclusive(|manager| manager.add_vars(QUESTIONS + MOST_QUESTIONS));
        Self { manager, made: RefCell::default(), tags: RefCell::default() }
    }

    pub(crate) fn none(&self) -> Set {
        self.manager.with_manager_shared(|manager| Set::f(manager))
    }

    pub(crate) fn all(&self) -> Set {
        self.manager.with_manager_shared(|manager| Set::t(manager))
    }

    fn bit(&self, number: u32) -> Set {
        self.manager.with_manager_shared(|manager| Set::var(manager, number)).expect(ROOM)
    }

    /// The answers in which question `number` has a yes.
    pub(crate) fn question(&self, number: usize) -> Set {
        let number = u32::try_from(number).expect("a small number");
        assert!(number < MOST_QUESTIONS, "more questions than there is room for");
        self.bit(QUESTIONS + number)
    }

    /// The flows that are in `set` whatever the answers.
    pub(crate) fn certain(&self, set: &Set) -> Set {
        set.forall(&self.every_question()).expect(ROOM)
    }

    /// The flows that are in `set` under some answers.
    pub(crate) fn possible(&self, set: &Set) -> Set {
        set.exists(&self.every_question()).expect(ROOM)
    }

    fn every_question(&self) -> Set {
        let bits = (0..MOST_QUESTIONS).map(|number| self.bit(QUESTIONS + number));
        bits.fold(self.all(), |all, bit| and(&all, &bit))
    }

    pub(crate) fn protocols(&self, set: ProtocolSet) -> Set {
        set.iter().map(|protocol| self.protocol(protocol)).fold(self.none(), |all, one| or(&all, &one))
    }

    /// Five protocols have a code; every other code is `Other`, so that `*` is every code.
    fn protocol(&self, protocol: Protocol) -> Set {
        let named = [Protocol::Tcp, Protocol::Udp, Protocol::Icmp, Protocol::Esp, Protocol::Ah];
        match (0u128..).zip(named).find(|(_, known)| *known == protocol) {
            Some((code, _)) => self.ranges(PROTOCOL, PROTOCOL.width, &[(code, code)]),
            None => self.ranges(PROTOCOL, PROTOCOL.width, &[(named.len() as u128, 7)]),
        }
    }

    pub(crate) fn ports(&self, field: Field, set: &PortSet) -> Set {
        let ranges: Vec<(u128, u128)> =
            set.ranges().ranges().iter().map(|range| (range.first.into(), range.last.into())).collect();
        self.ranges(field, field.width, &ranges)
    }

    /// Blocks as a document lists them, in any order, overlapping or not.
    pub(crate) fn prefixes(&self, field: Field, prefixes: impl Iterator<Item = Prefix>) -> Set {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for prefix in prefixes {
            let (_, first) = bits(prefix.first());
            let width = if prefix.is_ipv4() { 32 } else { 128 };
            let last = first | tail(width - u32::from(prefix.length()));
            if prefix.is_ipv4() { v4.push((first, last)) } else { v6.push((first, last)) }
        }
        self.families(&self.ranges(field, 32, &v4), &self.ranges(field, 128, &v6))
    }

    /// The blocks that a tag's file lists.
    pub(crate) fn tag(&self, field: Field, tag: ServiceTag<'_>) -> Set {
        let key = (tag.name().to_owned(), field);
        if let Some(made) = self.tags.borrow().get(&key) {
            return made.clone();
        }
        let made = self.prefixes(field, tag.prefixes());
        self.tags.borrow_mut().insert(key, made.clone());
        made
    }

    /// Addresses as the library keeps them.
    pub(crate) fn addresses(&self, field: Field, set: &AddressSet) -> Set {
        let key = (set.clone(), field);
        if let Some(made) = self.made.borrow().get(&key) {
            return made.clone();
        }
        let v4: Vec<(u128, u128)> =
            set.ipv4().ranges().iter().map(|range| (range.first.into(), range.last.into())).collect();
        let v6: Vec<(u128, u128)> =
            set.ipv6().ranges().iter().map(|range| (range.first, range.last)).collect();
        let made = self.families(&self.ranges(field, 32, &v4), &self.ranges(field, 128, &v6));
        self.made.borrow_mut().insert(key, made.clone());
        made
    }

    fn families(&self, v4: &Set, v6: &Set) -> Set {
        self.bit(FAMILY).ite(v6, v4).expect(ROOM)
    }

    /// Every flow of a box; a flow has one family at both ends.
    pub(crate) fn flows(&self, flows: &FlowBox) -> Set {
        let fields = [
            self.ports(DESTINATION_PORT, &flows.destination_ports),
            self.ports(SOURCE_PORT, &flows.source_ports),
            self.addresses(SOURCE, &flows.source),
            self.addresses(DESTINATION, &flows.destination),
        ];
        fields.iter().fold(self.protocols(flows.protocols), |all, field| and(&all, field))
    }

    /// Whether a flow is in a set, read off its diagram bit by bit; every question is answered no.
    pub(crate) fn holds(&self, set: &Set, flow: &Flow) -> bool {
        let one = FlowBox::from(*flow);
        !and(&self.flows(&one), set).eq(&self.none())
    }

    /// The rows whose number in the first `width` bits of `field` lies in one of the ranges.
    fn ranges(&self, field: Field, width: u32, ranges: &[(u128, u128)]) -> Set {
        self.halves((field.first, width), 0, ranges)
    }

    /// The ranges that lie between `start` and the end of the block of `width` further bits, from bit `bit` on.
    fn halves(&self, (bit, width): (u32, u32), start: u128, ranges: &[(u128, u128)]) -> Set {
        let end = start | tail(width);
        let here: Vec<(u128, u128)> =
            ranges.iter().copied().filter(|(first, last)| *first <= end && start <= *last).collect();
        if here.is_empty() {
            return self.none();
        }
        if here.iter().any(|(first, last)| *first <= start && end <= *last) {
            return self.all();
        }
        let rest = width - 1;
        let low = self.halves((bit + 1, rest), start, &here);
        let high = self.halves((bit + 1, rest), start | 1 << rest, &here);
        self.bit(bit).ite(&high, &low).expect(ROOM)
    }
}

pub(crate) fn and(one: &Set, other: &Set) -> Set {
    one.and(other).expect(ROOM)
}

pub(crate) fn or(one: &Set, other: &Set) -> Set {
    one.or(other).expect(ROOM)
}

pub(crate) fn without(one: &Set, other: &Set) -> Set {
    and(one, &not(other))
}

pub(crate) fn not(set: &Set) -> Set {
    set.not().expect(ROOM)
}

pub(crate) fn empty(set: &Set) -> bool {
    !set.satisfiable()
}

pub(crate) fn within(one: &Set, other: &Set) -> bool {
    empty(&without(one, other))
}

/// So many ones.
fn tail(width: u32) -> u128 {
    if width == 0 { 0 } else { u128::MAX >> (128 - width) }
}

fn bits(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(address) => (false, address.to_bits().into()),
        IpAddr::V6(address) => (true, address.to_bits()),
    }
}
