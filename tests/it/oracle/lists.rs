//! Rule lists as an administrator of a subscription keeps them: real tags, a region, a deny at the end, leftovers.

use std::collections::BTreeSet;

use azpreflight::input::{Place as InDocument, Pointer};
use azpreflight::net::{Protocol, ProtocolSet};
use azpreflight::nsg::{
    Access, AddressTerm, AssociatedTo, Direction, Priority, RuleOrigin, RuleSide, SecurityRule, default_rules,
};

use crate::reference::case::{Case, List, Place};
use crate::reference::random::{Random, address, prefixes, term};

const REGIONS: [&str; 4] = ["KoreaCentral", "WestEurope", "NorthEurope", "SwitzerlandNorth"];
const SERVICES: [&str; 8] = [
    "Storage",
    "Sql",
    "AzureBackup",
    "AzureCloud",
    "AzureKeyVault",
    "EventHub",
    "AzureContainerRegistry",
    "AzureMonitor",
];
const GLOBAL: [&str; 8] = [
    "AzureActiveDirectory",
    "AzureBackup",
    "AzureMonitor",
    "AzureResourceManager",
    "GuestAndHybridManagement",
    "Internet",
    "VirtualNetwork",
    "AzureTrafficManager",
];
const OWN: [&str; 6] =
    ["10.0.0.0/16", "10.0.1.0/24", "10.0.1.4/32", "10.0.2.0/24", "fd00:db8::/48", "fd00:db8:0:1::/64"];
const PARTNERS: [&str; 5] =
    ["203.0.113.0/24", "198.51.100.16/28", "20.60.0.0/16", "10.0.0.0/8", "2001:db8:7::/48"];
const PORTS: [&str; 9] = ["443", "443", "443", "*", "80,443", "1433,11000-11999", "22,3389", "80-443", "53"];

/// What may be open about a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nothing is.
    All,
    /// A tag that no file has, groups whose members may be elsewhere, a network that is not in the input.
    Partly,
}

/// A group of about `size` rules, where it stands.
pub(crate) fn case(random: &mut Random, size: usize, known: Known) -> Case {
    let mut list = Writer { random, known, direction: Direction::Outbound, rules: Vec::new() };
    if list.random.once_in(4) {
        list.direction = Direction::Inbound;
    }
    while list.rules.len() < size {
        list.entry();
    }
    list.ending();
    let (direction, mut rules) = (list.direction, list.rules);
    rules.extend(default_rules());
    let lists = vec![List { name: "nsg".into(), rules: Some(rules), applied_to: AssociatedTo::Subnet }];
    let mut place = Place { network: prefixes(&["10.0.0.0/16", "fd00:db8::/48"]), ..Place::default() };
    place.members = vec![
        (super::group("web"), address("10.0.1.4")),
        (super::group("db"), address("10.0.2.4")),
        (super::group("db"), address("10.0.2.5")),
    ];
    place.described = ["10.0.1.4", "10.0.2.4", "10.0.2.5", "10.0.2.6"].map(address).to_vec();
    if known == Known::Partly && random.once_in(3) {
        place.network = prefixes(&["168.63.129.16/32"]);
        place.network_open = prefixes(&["0.0.0.0/0", "::/0"]);
    }
    Case { direction, place, lists }
}

/// The same case after an afternoon's work on its rules.
pub(crate) fn edited(random: &mut Random, case: &Case) -> Case {
    let mut after = case.clone();
    let rules = after.lists[0].rules.as_mut().expect("a known list");
    // A rule stated twice is one rule, and is edited as one.
    let mut seen = BTreeSet::new();
    rules.retain(|rule| seen.insert((rule.name.clone(), rule.direction)));
    let custom: Vec<usize> =
        (0..rules.len()).filter(|index| rules[*index].origin != RuleOrigin::Default).collect();
    for _ in 0..=random.below(3) {
        let index = random.pick(&custom);
        let other = rules[random.pick(&custom)].clone();
        let rule = &mut rules[index];
        match random.below(6) {
            0 => rule.access = if rule.access == Access::Deny { Access::Allow } else { Access::Deny },
            1 => {
                rule.destination =
                    RuleSide { addresses: rule.destination.addresses.clone(), ..other.destination }
            }
            2 => rule.source = other.source,
            3 => rule.destination = other.destination,
            4 => rule.name.push_str("-renamed"),
            _ => rule.protocols = other.protocols,
        }
    }
    after
}

struct Writer<'a> {
    random: &'a mut Random,
    known: Known,
    direction: Direction,
    rules: Vec<SecurityRule>,
}

impl Writer<'_> {
    /// A new rule, or one that was there before with something changed: that is how lists grow.
    fn entry(&mut self) {
        let mut rule = match self.random.below(6) {
            0 | 1 if !self.rules.is_empty() => self.leftover(),
            _ => self.fresh(),
        };
        rule.priority = Priority(100 + 10 * u32::try_from(self.rules.len()).expect("few rules"));
        rule.name = format!("rule-{}", rule.priority);
        self.rules.push(rule);
    }

    fn fresh(&mut self) -> SecurityRule {
        let access = self.random.pick(&[Access::Allow, Access::Allow, Access::Allow, Access::Deny]);
        let (near, far) = (self.near(), self.far());
        let (source, destination) = match self.direction {
            Direction::Outbound => (near, far),
            Direction::Inbound => (far, near),
        };
        let ports = self.random.pick(&PORTS);
        SecurityRule {
            name: String::new(),
            priority: Priority(0),
            direction: self.direction,
            access,
            protocols: Some(self.random.pick(&[
                Protocol::Tcp.into(),
                Protocol::Tcp.into(),
                ProtocolSet::ALL,
            ])),
            source: side(source, "*"),
            destination: side(destination, ports),
            origin: RuleOrigin::Custom,
            place: InDocument { document: "case".into(), pointer: Pointer::root() },
        }
    }

    /// An earlier rule, with one thing about it narrower or the other way round.
    fn leftover(&mut self) -> SecurityRule {
        let mut rule = self.random.pick(&self.rules);
        match self.random.below(4) {
            0 => rule.access = if rule.access == Access::Deny { Access::Allow } else { Access::Deny },
            1 => rule.protocols = Some(Protocol::Tcp.into()),
            2 => rule.destination.ports = Some("443".parse().expect("ports")),
            _ if self.direction == Direction::Outbound => rule.source = side(vec![term("10.0.1.4/32")], "*"),
            _ => rule.destination.addresses = Some(vec![term("10.0.1.4/32")]),
        }
        rule
    }

    fn near(&mut self) -> Vec<AddressTerm> {
        match self.random.below(6) {
            0 | 1 => vec![AddressTerm::Any],
            2 => vec![term("VirtualNetwork")],
            3 if self.known == Known::Partly => {
                vec![AddressTerm::Group(super::group(self.random.pick(&["web", "db"])))]
            }
            _ => (0..=self.random.below(2)).map(|_| term(self.random.pick(&OWN))).collect(),
        }
    }

    fn far(&mut self) -> Vec<AddressTerm> {
        match self.random.below(8) {
            0 => vec![AddressTerm::Any],
            1 | 2 => vec![term(self.random.pick(&GLOBAL))],
            3 => (0..=self.random.below(3)).map(|_| term(self.random.pick(&PARTNERS))).collect(),
            4 if self.known == Known::Partly => {
                vec![term(self.random.pick(&["AzureBackup.MoonEast", "Storge"]))]
            }
            _ => {
                let (service, region) = (self.random.pick(&SERVICES), self.random.pick(&REGIONS));
                vec![term(&format!("{service}.{region}"))]
            }
        }
    }

    /// What most lists end with.
    fn ending(&mut self) {
        let mut last = self.fresh();
        (last.access, last.protocols) = (Access::Deny, Some(ProtocolSet::ALL));
        last.name = "DenyRest".into();
        last.priority = Priority::LAST;
        (last.source, last.destination) = (RuleSide::any(), RuleSide::any());
        match self.random.below(3) {
            0 => {}
            1 => self.rules.push(last),
            _ if self.direction == Direction::Outbound => {
                last.destination = RuleSide::of(term("Internet"));
                self.rules.push(last);
            }
            _ => {
                last.source = RuleSide::of(term("Internet"));
                self.rules.push(last);
            }
        }
    }
}

fn side(terms: Vec<AddressTerm>, ports: &str) -> RuleSide {
    RuleSide {
        addresses: Some(terms),
        ports: Some(ports.parse().expect("ports")),
        ports_text: vec![ports.into()],
    }
}
