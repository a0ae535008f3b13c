//! Flows at which an answer can change: between two neighbouring borders of anything a rule names, all are alike.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use azpreflight::azure::platform;
use azpreflight::net::{Flow, FlowBox, Prefix, Protocol};
use azpreflight::nsg::{AddressTerm, Direction, SecurityRule};
use azpreflight::tags::{ServiceTag, TagCatalog};

use super::case::Case;
use super::random::{Random, address};

/// Addresses of interfaces that the cases ask about.
const NEAR: [&str; 6] = ["10.0.1.4", "10.0.1.5", "10.0.1.6", "10.0.2.9", "172.16.0.4", "fd00:db8:0:1::4"];
/// Addresses that they are asked to reach, besides the borders of prefixes.
const FAR: [&str; 12] = [
    "20.60.16.7",
    "20.1.2.3",
    "8.8.8.8",
    "1.1.1.1",
    "10.0.9.9",
    "10.9.9.9",
    "172.31.0.100",
    "192.168.1.1",
    "168.63.129.16",
    "25.4.0.1",
    "2603:1000::1",
    "fe80::1234:5678:9abc",
];
const PORTS: [u16; 11] = [0, 22, 80, 81, 443, 444, 1023, 1024, 8443, 50000, 65535];

/// An address as its family and a number, so that neighbours can be counted.
type Spot = (bool, u128);

/// Addresses that everything named treats alike.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Class {
    /// The first of them.
    pub(crate) address: IpAddr,
    /// How many there are, less one.
    pub(crate) more: u128,
}

/// A flow of an interface, near a border that a rule of the case draws where there is one.
pub(crate) fn flow(random: &mut Random, case: &Case, borders: &[IpAddr]) -> Flow {
    let near = address(random.pick(&NEAR));
    let same_family = |far: &IpAddr| far.is_ipv4() == near.is_ipv4() && *far != near;
    let far = loop {
        let far = if random.once_in(2) { address(random.pick(&FAR)) } else { random.pick(borders) };
        if same_family(&far) {
            break far;
        }
    };
    let (source, destination) = match case.direction {
        Direction::Outbound => (near, far),
        Direction::Inbound => (far, near),
    };
    let protocol =
        random.pick(&[Protocol::Tcp, Protocol::Tcp, Protocol::Udp, Protocol::Icmp, Protocol::Other]);
    let (source_port, destination_port) = (random.pick(&PORTS), random.pick(&PORTS));
    Flow { protocol, source, source_port, destination, destination_port }
}

/// The first address of every stretch, over both families.
pub(crate) fn borders(case: &Case) -> Vec<IpAddr> {
    cuts(case).into_iter().map(at).collect()
}

/// The addresses of disjoint prefixes, in classes.
pub(crate) fn classes(case: &Case, asked: &[Prefix]) -> Vec<Class> {
    let cuts = cuts(case);
    let mut classes = Vec::new();
    for prefix in asked {
        let (first, (_, last)) = (spot(prefix.first()), spot(prefix.last()));
        let within =
            cuts.range((std::ops::Bound::Excluded(first), std::ops::Bound::Included((first.0, last))));
        let starts: Vec<Spot> = std::iter::once(first).chain(within.copied()).collect();
        for (index, start) in starts.iter().enumerate() {
            let end = starts.get(index + 1).map_or(last, |next| next.1 - 1);
            classes.push(Class { address: at(*start), more: end - start.1 });
        }
    }
    classes
}

/// One port of every stretch that rules treat alike, within what is asked.
pub(crate) fn ports(case: &Case, asked: &FlowBox) -> (Vec<u16>, Vec<u16>) {
    let mut starts = BTreeSet::from([0]);
    for rule in rules(case) {
        for set in [&rule.source.ports, &rule.destination.ports].into_iter().flatten() {
            starts.extend(
                set.ranges().ranges().iter().flat_map(|r| [Some(r.first), r.last.checked_add(1)]).flatten(),
            );
        }
    }
    let within = |set: &azpreflight::net::PortSet| {
        let asked = set.ranges().ranges().iter();
        let mut starts = starts.clone();
        starts.extend(asked.clone().map(|range| range.first));
        starts.into_iter().filter(|port| asked.clone().any(|r| r.first <= *port && *port <= r.last)).collect()
    };
    (within(&asked.source_ports), within(&asked.destination_ports))
}

/// Where a stretch of addresses begins that every rule and every contextual tag treats alike.
fn cuts(case: &Case) -> BTreeSet<Spot> {
    let place = &case.place;
    let mut named: Vec<Prefix> =
        [&place.network, &place.network_open, &place.routed].into_iter().flatten().copied().collect();
    named.extend(place.described.iter().map(|address| Prefix::host(*address)));
    named.extend(place.members.iter().map(|(_, address)| Prefix::host(*address)));
    let complement = platform::internet_complement();
    let left_out = complement.special.iter().chain(complement.withheld);
    named.extend(left_out.map(|block| Prefix::new(block.address, block.length).expect("a block")));
    named.push("2000::/3".parse().expect("a prefix"));
    named.extend(["168.63.129.16", "fe80::1234:5678:9abc"].map(|probe| Prefix::host(address(probe))));
    for term in
        rules(case).flat_map(|rule| [&rule.source.addresses, &rule.destination.addresses]).flatten().flatten()
    {
        match term {
            AddressTerm::Prefix(prefix) => named.push(*prefix),
            AddressTerm::Expanded { prefixes, .. } => named.extend(prefixes),
            AddressTerm::Tag(tag) => {
                named.extend(TagCatalog::embedded().find(tag).into_iter().flat_map(ServiceTag::prefixes));
            }
            AddressTerm::Any | AddressTerm::Group(_) => {}
        }
    }
    let mut cuts = BTreeSet::from([(false, 0), (true, 0)]);
    for prefix in named {
        let (first, (v6, last)) = (spot(prefix.first()), spot(prefix.last()));
        cuts.insert(first);
        let end = if v6 { u128::MAX } else { u128::from(u32::MAX) };
        cuts.extend((last < end).then(|| (v6, last + 1)));
    }
    cuts
}

fn rules(case: &Case) -> impl Iterator<Item = &SecurityRule> {
    let lists = case.lists.iter().filter_map(|list| list.rules.as_ref());
    lists.flatten().filter(|rule| rule.direction == case.direction)
}

fn spot(address: IpAddr) -> Spot {
    match address {
        IpAddr::V4(address) => (false, address.to_bits().into()),
        IpAddr::V6(address) => (true, address.to_bits()),
    }
}

fn at((v6, bits): Spot) -> IpAddr {
    match u32::try_from(bits) {
        Ok(bits) if !v6 => Ipv4Addr::from_bits(bits).into(),
        _ => Ipv6Addr::from_bits(bits).into(),
    }
}
