//! What the contextual tags mean at one place, from what the documents tell.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{Facts, InterfaceContext};
use crate::azure::platform;
use crate::net::{AddressSet, Prefix};
use crate::network::{Subnet, VirtualNetwork};
use crate::nsg::{Members, OpenOperand, Scope};
use crate::route::{EffectiveRoutes, RouteDestination, RouteSource};

/// The name under which `VirtualNetwork` is open.
const VIRTUAL_NETWORK: &str = "service tag `VirtualNetwork`";

/// What is known of a place in a network.
#[derive(Debug, Clone, Copy, Default)]
struct Spot<'f> {
    network: Option<&'f VirtualNetwork>,
    subnet: Option<&'f Subnet>,
    routes: Option<&'f EffectiveRoutes>,
}

impl Facts {
    /// The meaning of the contextual tags for the packets of one interface.
    ///
    /// `assumed` is address space that the user vouches for; it stands in for a network that is not known.
    #[must_use]
    pub fn scope(&self, context: Option<&InterfaceContext<'_>>, assumed: &[Prefix]) -> Scope {
        let spot = context.map_or(Spot::default(), |context| Spot {
            network: context.network.as_ref().ok().copied(),
            subnet: context.subnet.as_ref().ok().copied(),
            routes: context.effective_routes,
        });
        self.scope_at(spot, assumed)
    }

    /// The same for any interface of a subnet.
    #[must_use]
    pub fn scope_of_subnet(&self, subnet: &Subnet, assumed: &[Prefix]) -> Scope {
        let network = subnet.id.parent().and_then(|id| self.networks.find(&id).ok());
        self.scope_at(Spot { network, subnet: Some(subnet), routes: None }, assumed)
    }

    fn scope_at(&self, Spot { network, subnet, routes }: Spot<'_>, assumed: &[Prefix]) -> Scope {
        let mut scope = Scope::unknown(internet());
        self.add_groups(&mut scope);
        scope.virtual_network = AddressSet::from(Prefix::host(IpAddr::V4(platform::WIRE_SERVER)));
        let mut open: Option<OpenOperand> = scope.virtual_network_open.take().map(|(open, _)| open);
        if let Some((network, space)) = network.and_then(|n| n.address_space.as_ref().map(|space| (n, space)))
        {
            add(&mut scope.virtual_network, space);
            open = self.add_peers(network, &mut scope.virtual_network).or_else(|| learned(network, routes));
        } else if !assumed.is_empty() {
            add(&mut scope.virtual_network, assumed);
            open = None;
        }
        if let Some(subnet) = subnet {
            // Whatever else the network holds, it holds its subnet.
            add(&mut scope.virtual_network, &subnet.prefixes);
            let unknown = self.add_routed(subnet, routes, &mut scope);
            open = open.or(unknown);
        }
        add_gateway_routes(routes, &mut scope.virtual_network);
        let beyond = scope.virtual_network.complement();
        scope.virtual_network_open = open.map(|open| (open, beyond));
        scope
    }

    /// The address space of connected peerings that the tag takes in. What is not known about them comes back.
    fn add_peers(&self, network: &VirtualNetwork, set: &mut AddressSet) -> Option<OpenOperand> {
        let open = |reason: String| Some(OpenOperand { name: VIRTUAL_NETWORK.into(), reason });
        let Some(peerings) = &network.peerings else {
            return open(format!("the peerings of `{}` are not in the input", network.id.name()));
        };
        let mut unknown = None;
        for peering in
            peerings.iter().filter(|p| p.connected != Some(false) && p.allows_access != Some(false))
        {
            let stated = peering.remote_space.as_ref();
            let remote = || peering.remote.as_ref().and_then(|id| self.networks.find(id).ok());
            match stated.or_else(|| remote().and_then(|network| network.address_space.as_ref())) {
                Some(space) if peering.connected.is_some() && peering.allows_access.is_some() => {
                    add(set, space)
                }
                _ => {
                    unknown =
                        unknown.or_else(|| open(format!("peering `{}` is not fully described", peering.name)))
                }
            }
        }
        unknown
    }

    /// Prefixes of user routes on the subnet's own table, which the tag takes in: those the platform reports, or
    /// else those of the table. What is not known about them comes back.
    fn add_routed(
        &self,
        subnet: &Subnet,
        reported: Option<&EffectiveRoutes>,
        scope: &mut Scope,
    ) -> Option<OpenOperand> {
        let table = match (reported, self.route_table_on(subnet)) {
            (Some(reported), _) => &reported.routes,
            (None, Ok(table)) => &table?.routes,
            (None, Err(missing)) => {
                return Some(OpenOperand { name: VIRTUAL_NETWORK.into(), reason: missing.to_string() });
            }
        };
        let mut routed = AddressSet::empty();
        for route in table.iter().filter(|route| route.active && route.source == RouteSource::User) {
            if let RouteDestination::Prefixes(prefixes) = &route.destination {
                add(&mut routed, prefixes);
            }
        }
        scope.routed = routed.difference(&scope.virtual_network);
        scope.virtual_network = scope.virtual_network.union(&routed);
        None
    }

    /// Members of application security groups, from the interfaces in the input.
    fn add_groups(&self, scope: &mut Scope) {
        let mut groups: BTreeMap<_, Members> = BTreeMap::new();
        let mut described = Vec::new();
        for configuration in self.interfaces.iter().flat_map(|interface| &interface.ip_configurations) {
            let (Some(address), Some(joined)) =
                (configuration.private_address, &configuration.application_security_groups)
            else {
                continue;
            };
            described.push(Prefix::host(address));
            for group in joined {
                groups.entry(group.clone()).or_default().known.push(address);
            }
        }
        scope.groups = groups;
        scope.described = AddressSet::from_prefixes(described);
    }
}

/// Public space as Azure expands the tag `Internet`: IPv4 without the recorded complement, and IPv6 global unicast.
///
/// The IPv4 figures are those of a recorded answer, with its date in `data/platform.toml`. For IPv6 the
/// definition alone is documented ("outside the virtual network and reachable by the public internet",
/// service-tags-overview, 2025-07-15); `2000::/3` is what IANA has allotted for that.
#[must_use]
pub fn internet() -> AddressSet {
    let complement = platform::internet_complement();
    let blocks = complement.special.iter().chain(complement.withheld);
    let left_out = AddressSet::from_prefixes(blocks.filter_map(|b| Prefix::new(b.address, b.length).ok()));
    let global = Prefix::new(IpAddr::from([0x2000, 0, 0, 0, 0, 0, 0, 0]), 3);
    let ipv6 = AddressSet::from_prefixes(global.ok());
    AddressSet::all_ipv4().difference(&left_out).union(&ipv6)
}

/// What a gateway may have learned and nobody exported.
fn learned(network: &VirtualNetwork, routes: Option<&EffectiveRoutes>) -> Option<OpenOperand> {
    let remote = network.peerings.iter().flatten().any(|peering| peering.uses_remote_gateway == Some(true));
    let gateway = network.gateway == Some(true) || remote;
    (gateway && routes.is_none()).then(|| OpenOperand {
        name: VIRTUAL_NETWORK.into(),
        reason: format!(
            "a gateway of `{}` may have learned prefixes, and no effective routes are in the input",
            network.id.name()
        ),
    })
}

/// Prefixes learned by a gateway, as effective routes list them.
fn add_gateway_routes(routes: Option<&EffectiveRoutes>, set: &mut AddressSet) {
    let learned = routes.iter().flat_map(|routes| &routes.routes);
    for route in learned.filter(|route| route.active && route.source == RouteSource::Gateway) {
        if let RouteDestination::Prefixes(prefixes) = &route.destination {
            add(set, prefixes);
        }
    }
}

fn add(set: &mut AddressSet, prefixes: &[Prefix]) {
    *set = set.union(&AddressSet::from_prefixes(prefixes.iter().copied()));
}
