//! Flows that demonstrate a claim, chosen so that they look like something a person would send.

use std::net::IpAddr;

use crate::net::{AddressSet, Flow, FlowBox, PortSet, Prefix, Protocol};

/// The ports people mean, most likely first.
const LIKELY_PORTS: [u16; 6] = [443, 80, 8443, 22, 3389, 53];
/// A source port as a client picks one.
const CLIENT_PORT: u16 = 50000;

/// Some flow of the box, by preference TCP to a well-known port between ordinary host addresses.
#[must_use]
pub fn any(flows: &FlowBox) -> Option<Flow> {
    near(flows, &AddressSet::empty())
}

/// Some flow of the box with an end in `preferred` where there is one: an address of the VM asked about.
#[must_use]
pub fn near(flows: &FlowBox, preferred: &AddressSet) -> Option<Flow> {
    let protocol = flows.protocols.iter().next()?;
    let (source, destination) = ends(flows, preferred)?;
    Some(Flow {
        protocol,
        source,
        source_port: port(&flows.source_ports, protocol, &[CLIENT_PORT])?,
        destination,
        destination_port: port(&flows.destination_ports, protocol, &LIKELY_PORTS)?,
    })
}

/// Two addresses of one family.
fn ends(flows: &FlowBox, preferred: &AddressSet) -> Option<(IpAddr, IpAddr)> {
    [AddressSet::all_ipv4(), AddressSet::all_ipv6()].iter().find_map(|family| {
        let pick = |set: &AddressSet, else_near: &AddressSet| {
            let own = set.intersection(family);
            let near = host(&own.intersection(preferred)).or_else(|| host(&own.intersection(else_near)));
            near.or_else(|| host(&own))
        };
        pick(&flows.source, &private()).zip(pick(&flows.destination, &AddressSet::empty()))
    })
}

/// An address that a host could have: not the first of its block, where the block has more.
fn host(set: &AddressSet) -> Option<IpAddr> {
    // Ordinary unicast first: `*` starts at 0.0.0.0, which nobody sends from.
    let ordinary = set.intersection(&ordinary());
    let set = if ordinary.is_empty() { set } else { &ordinary };
    let first = set.first()?;
    let later = match first {
        IpAddr::V4(first) => IpAddr::from(u32::from(first).saturating_add(4).to_be_bytes()),
        IpAddr::V6(first) => IpAddr::from(u128::from(first).saturating_add(4).to_be_bytes()),
    };
    Some(if set.contains(later) { later } else { first })
}

/// Where a sender of which nothing is known is likely to be: most networks are numbered from here.
fn private() -> AddressSet {
    AddressSet::from_prefixes(Prefix::new(IpAddr::from([10, 0, 0, 0]), 8))
}

/// Private and public unicast space, without the ends that have other uses.
fn ordinary() -> AddressSet {
    let prefix = |first: IpAddr, length| Prefix::new(first, length).ok();
    let unicast = [
        prefix(IpAddr::from([1, 0, 0, 0]), 8),
        prefix(IpAddr::from([2, 0, 0, 0]), 7),
        prefix(IpAddr::from([4, 0, 0, 0]), 6),
        prefix(IpAddr::from([8, 0, 0, 0]), 5),
        prefix(IpAddr::from([16, 0, 0, 0]), 4),
        prefix(IpAddr::from([32, 0, 0, 0]), 3),
        prefix(IpAddr::from([128, 0, 0, 0]), 2),
        prefix(IpAddr::from([192, 0, 0, 0]), 3),
        prefix(IpAddr::from([0x2000, 0, 0, 0, 0, 0, 0, 0]), 3),
    ];
    AddressSet::from_prefixes(unicast.into_iter().flatten())
}

fn port(ports: &PortSet, protocol: Protocol, likely: &[u16]) -> Option<u16> {
    if !protocol.has_ports() {
        return ports.first();
    }
    likely.iter().copied().find(|port| ports.contains(*port)).or_else(|| ports.first())
}
