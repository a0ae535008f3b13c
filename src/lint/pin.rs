//! Rules that list the prefixes of a service instead of naming its tag.

use super::service::{ipv4, lets_out};
use crate::net::{AddressSet, PortSet, Prefix, Protocol};
use crate::nsg::{AddressTerm, NetworkSecurityGroup, SecurityRule};

/// From this share of its addresses on a list is one of the service.
const SHARE: f64 = 0.5;

/// A service whose prefixes rules may list.
#[derive(Debug, Clone)]
pub struct Pinned {
    /// What tells it from others: the id of a requirement, the name of a tag.
    pub key: &'static str,
    /// Its service tag.
    pub tag: String,
    /// The addresses of the tag.
    pub addresses: AddressSet,
    /// The ports that backup needs.
    pub ports: PortSet,
    /// The protocol.
    pub protocol: Protocol,
}

/// The rules of one group that together list the prefixes of one service.
#[derive(Debug, Clone)]
pub struct Pin<'p> {
    /// The group.
    pub group: &'p NetworkSecurityGroup,
    /// The service.
    pub service: &'p Pinned,
    /// The rules, in the document's order; at least one.
    pub rules: Vec<&'p SecurityRule>,
    /// What they list (IPv4).
    pub listed: AddressSet,
}

impl Pin<'_> {
    /// The rules as messages name them: the first, and how many more.
    #[must_use]
    pub fn names(&self) -> String {
        match self.rules.as_slice() {
            [rule] => format!("rule `{}` ({})", rule.name, rule.priority),
            [rule, rest @ ..] => format!("rule `{}` ({}) and {} more", rule.name, rule.priority, rest.len()),
            [] => String::new(),
        }
    }

    /// The addresses of the service that are not listed (IPv4).
    #[must_use]
    pub fn missing(&self) -> AddressSet {
        ipv4(&self.service.addresses).difference(&self.listed)
    }

    /// The share of the service that is not listed.
    #[must_use]
    pub fn missing_share(&self) -> f64 {
        self.missing().count().share_of(ipv4(&self.service.addresses).count())
    }

    /// The prefixes of a rule that stand there as such.
    pub fn prefixes(rule: &SecurityRule) -> impl Iterator<Item = Prefix> {
        rule.destination.addresses.iter().flatten().filter_map(|term| match term {
            AddressTerm::Prefix(prefix) => Some(*prefix),
            _ => None,
        })
    }
}

/// The lists of a group, one a service.
///
/// A rule counts as part of one when it is an outbound Allow for the ports that backup needs, and at least half of the
/// addresses that it lists are the service's.
#[must_use]
pub fn pins_of<'p>(group: &'p NetworkSecurityGroup, services: &'p [Pinned]) -> Vec<Pin<'p>> {
    let mut pins: Vec<Pin<'p>> = Vec::new();
    for rule in group.rules.iter().filter(|rule| lets_out(rule)) {
        let listed = ipv4(&AddressSet::from_prefixes(Pin::prefixes(rule)));
        let Some(service) = services.iter().find(|service| is_list_of(rule, &listed, service)) else {
            continue;
        };
        match pins.iter_mut().find(|pin| pin.service.key == service.key) {
            Some(pin) => {
                pin.rules.push(rule);
                pin.listed = pin.listed.union(&listed);
            }
            None => pins.push(Pin { group, service, rules: vec![rule], listed }),
        }
    }
    pins
}

fn is_list_of(rule: &SecurityRule, listed: &AddressSet, service: &Pinned) -> bool {
    let serves = rule.destination.ports.as_ref().is_some_and(|ports| ports.covers(&service.ports))
        && rule.protocols.is_some_and(|protocols| protocols.contains(service.protocol));
    let common = || listed.intersection(&service.addresses).count();
    serves && !listed.is_empty() && common().share_of(listed.count()) >= SHARE
}
