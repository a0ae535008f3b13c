//! Rule lists that look like what people write, from a seed.

use std::net::IpAddr;
use std::sync::Arc;

use azpreflight::azure::ResourceId;
use azpreflight::input::{Place as InDocument, Pointer};
use azpreflight::net::{PortSet, Prefix, Protocol, ProtocolSet};
use azpreflight::nsg::{
    Access, AddressTerm, AssociatedTo, Direction, Priority, RuleOrigin, RuleSide, SecurityRule, default_rules,
};

use super::case::{Case, List, Place};

/// A small generator with a fixed seed: xorshift64*.
pub(crate) struct Random(pub(crate) u64);

/// How much of a case is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Openness {
    /// Nothing.
    Closed,
    /// Tags without a file, fields left out, members and networks not in the input.
    Open,
}

const NETWORK: [&str; 2] = ["10.0.0.0/16", "fd00:db8::/48"];
const NEARBY: [&str; 6] =
    ["10.0.1.0/24", "10.0.1.4/32", "10.0.0.0/8", "fd00:db8:0:1::/64", "172.16.0.0/12", "172.31.0.0/16"];
const FAR: [&str; 8] = [
    "20.60.16.0/24",
    "20.0.0.0/8",
    "8.8.8.8/32",
    "52.239.0.0/16",
    "0.0.0.0/0",
    "::/0",
    "2603:1000::/24",
    "168.63.129.16/32",
];
/// Tags of a size that a plain loop can bear.
const TAGS: [&str; 7] = [
    "Storage.KoreaCentral",
    "AzureBackup.KoreaCentral",
    "AzureContainerRegistry.KoreaCentral",
    "AzureActiveDirectory",
    "AzureLoadBalancer",
    "VirtualNetwork",
    "Internet",
];
const UNKNOWN_TAGS: [&str; 4] = ["NoSuchTag", "AzureBackup.MoonEast", "Storge", "TagOfTomorrow"];
const PORTS: [&str; 8] = ["*", "443", "80", "80-443", "443,8443", "0-1023", "22,3389", "1024-65535"];

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).expect("31 bits") % bound
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    /// A place, a direction, and one to three lists: admin rules at times, a group or two.
    pub(crate) fn case(&mut self, openness: Openness) -> Case {
        let open = openness == Openness::Open;
        let direction = self.pick(&[Direction::Outbound, Direction::Outbound, Direction::Inbound]);
        let mut lists = Vec::new();
        if self.once_in(3) {
            lists.push(self.list("admin", AssociatedTo::VirtualNetwork, openness));
        }
        lists.push(self.list("near", AssociatedTo::NetworkInterface, openness));
        if open && self.once_in(6) {
            let name = "network security group of the subnet".into();
            lists.push(List { name, rules: None, applied_to: AssociatedTo::Subnet });
        } else if self.once_in(2) {
            lists.push(self.list("far", AssociatedTo::Subnet, openness));
        }
        Case { direction, place: self.place(open), lists }
    }

    fn place(&mut self, open: bool) -> Place {
        let mut place = Place { network: prefixes(&NETWORK), ..Place::default() };
        if self.once_in(4) {
            place.network.extend(prefixes(&["172.16.0.0/16"]));
        }
        if open && self.once_in(2) {
            place.network = prefixes(&["168.63.129.16/32"]);
            place.network_open = prefixes(&["0.0.0.0/0", "::/0"]);
        }
        if open && self.once_in(4) {
            place.routed = prefixes(&["20.0.0.0/8"]);
            place.network.extend(place.routed.clone());
        }
        place.members = vec![(group("web"), address("10.0.1.4")), (group("db"), address("10.0.1.5"))];
        place.described = ["10.0.1.4", "10.0.1.5", "10.0.1.6"].map(address).to_vec();
        place
    }

    fn list(&mut self, name: &str, applied_to: AssociatedTo, openness: Openness) -> List {
        let admin = applied_to == AssociatedTo::VirtualNetwork;
        let mut rules = Vec::new();
        let mut priority = 100;
        for index in 0..3 + self.below(7) {
            priority += 1 + u32::try_from(self.below(50)).expect("small");
            rules.push(self.rule(&format!("{name}{index}"), priority, (admin, openness)));
        }
        if !admin && self.once_in(3) {
            let deny = self.pick(&["*", "Internet", "VirtualNetwork"]);
            let mut last = self.rule(&format!("{name}-deny"), 4096, (false, Openness::Closed));
            (last.access, last.protocols) = (Access::Deny, Some(ProtocolSet::ALL));
            (last.source, last.destination) = (RuleSide::any(), RuleSide::of(term(deny)));
            rules.push(last);
        }
        if self.once_in(4) {
            // Older answers of effective rules state a rule twice.
            rules.push(self.pick(&rules.clone()));
        }
        let bare = openness == Openness::Open && self.once_in(12);
        if !admin && !bare {
            rules.extend(default_rules());
        }
        List { name: name.into(), rules: Some(rules), applied_to }
    }

    fn rule(&mut self, name: &str, priority: u32, (admin, openness): (bool, Openness)) -> SecurityRule {
        let third = if admin { Access::AlwaysAllow } else { Access::Allow };
        let accesses = [Access::Allow, Access::Deny, third];
        let protocols = [
            ProtocolSet::ALL,
            Protocol::Tcp.into(),
            Protocol::Tcp.into(),
            Protocol::Udp.into(),
            Protocol::Icmp.into(),
            ProtocolSet::one(Protocol::Tcp).union(Protocol::Udp.into()),
        ];
        let left_out = openness == Openness::Open && self.once_in(12);
        let mut rule = SecurityRule {
            name: name.into(),
            priority: Priority(priority),
            direction: self.pick(&[Direction::Inbound, Direction::Outbound, Direction::Outbound]),
            access: self.pick(&accesses),
            protocols: Some(self.pick(&protocols)).filter(|_| !left_out),
            source: self.side(openness),
            destination: self.side(openness),
            origin: if admin { RuleOrigin::Admin } else { RuleOrigin::Custom },
            place: InDocument { document: Arc::from("case"), pointer: Pointer::root() },
        };
        if !self.once_in(5) {
            rule.source.ports = Some(PortSet::all());
        }
        rule
    }

    fn side(&mut self, openness: Openness) -> RuleSide {
        let open = openness == Openness::Open;
        let ports = self.pick(&PORTS);
        let terms = match self.below(10) {
            0..3 => vec![AddressTerm::Any],
            3..6 => vec![term(self.pick(&TAGS))],
            6 if open => vec![AddressTerm::Group(group(self.pick(&["web", "db"])))],
            7 if open => vec![term(self.pick(&UNKNOWN_TAGS))],
            _ => (0..=self.below(4)).map(|_| AddressTerm::Prefix(self.prefix())).collect(),
        };
        let expanded = self.once_in(8).then(|| AddressTerm::Expanded {
            tag: "Sql".into(),
            prefixes: vec![self.prefix(), self.prefix()],
        });
        let side = RuleSide {
            addresses: Some(expanded.map_or(terms, |expanded| vec![expanded])),
            ports: Some(ports.parse().expect("ports")),
            ports_text: vec![ports.into()],
        };
        match self.below(24) {
            0 if open => RuleSide { addresses: None, ..side },
            1 if open => RuleSide { ports: None, ..side },
            _ => side,
        }
    }

    fn prefix(&mut self) -> Prefix {
        let text = if self.once_in(2) { self.pick(&NEARBY) } else { self.pick(&FAR) };
        text.parse().expect("a prefix")
    }
}

/// A tag, or `*`.
pub(crate) fn term(text: &str) -> AddressTerm {
    match text {
        "*" => AddressTerm::Any,
        _ => text.parse().map_or_else(|_| AddressTerm::Tag(text.into()), AddressTerm::Prefix),
    }
}

pub(crate) fn prefixes(texts: &[&str]) -> Vec<Prefix> {
    texts.iter().map(|text| text.parse().expect("a prefix")).collect()
}

pub(crate) fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn group(name: &str) -> ResourceId {
    ResourceId::new(format!("/subscriptions/s/resourceGroups/r/providers/p/applicationSecurityGroups/{name}"))
}
