//! Routes and ways out to the internet, from what the documents tell.

use std::net::IpAddr;

use super::{Facts, InterfaceContext, Missing};
use crate::azure::platform;
use crate::input::Place;
use crate::net::Prefix;
use crate::network::{Attachment, IpConfiguration, Subnet, VirtualNetwork};
use crate::nsg::{OpenOperand, Scope};
use crate::reach::Egress;
use crate::route::{NextHop, NextHopKind, Route, RouteDestination, RouteSource, Routing};
use crate::tags::TagCatalog;

impl Facts {
    /// The routes in force for an interface: the platform's own answer, or else what the configuration makes of
    /// Azure's system routes; `None` where the subnet or its table is not known.
    pub(super) fn routing(
        &self,
        context: &InterfaceContext<'_>,
        scope: &Scope,
        tags: &TagCatalog,
    ) -> Option<Routing> {
        if let Some(effective) = context.effective_routes {
            return Some(Routing::new(effective.routes.clone(), tags));
        }
        self.configured_routing(context, scope, tags)
    }

    /// The routes that the configuration makes, whatever the platform says.
    #[must_use]
    pub fn configured_routing(
        &self,
        context: &InterfaceContext<'_>,
        scope: &Scope,
        tags: &TagCatalog,
    ) -> Option<Routing> {
        let subnet = context.subnet.as_ref().ok()?;
        let table = context.route_table.as_ref().ok()?;
        let mut routes: Vec<Route> = table.iter().flat_map(|table| table.routes.clone()).collect();
        let place = &subnet.place;
        match &context.network {
            Ok(network) => routes.extend(self.network_routes(network)),
            // What is certainly inside is local, whatever else is.
            Err(_) => routes.push(system(scope.virtual_network.prefixes(), NextHopKind::VnetLocal, place)),
        }
        routes.extend(endpoint_routes(subnet));
        let dropped = platform::dropped().iter().filter_map(|b| Prefix::new(b.address, b.length).ok());
        routes.push(system(dropped.collect(), NextHopKind::None, place));
        let everything = [IpAddr::from([0; 4]), IpAddr::from([0; 16])];
        let everything = everything.into_iter().filter_map(|first| Prefix::new(first, 0).ok());
        routes.push(system(everything.collect(), NextHopKind::Internet, place));
        Some(Routing::new(routes, tags))
    }

    fn network_routes(&self, network: &VirtualNetwork) -> Vec<Route> {
        let own = network.address_space.clone().unwrap_or_default();
        let mut routes = vec![system(own, NextHopKind::VnetLocal, &network.place)];
        let connected = network.peerings.iter().flatten().filter(|peering| peering.connected != Some(false));
        for peering in connected {
            let remote = || peering.remote.as_ref().and_then(|id| self.networks.find(id).ok());
            let space =
                peering.remote_space.clone().or_else(|| remote().and_then(|n| n.address_space.clone()));
            routes.extend(space.map(|space| system(space, NextHopKind::VnetPeering, &network.place)));
        }
        routes
    }

    /// How packets of an interface leave for the internet where their route says so.
    ///
    /// An explicit method first; then what the interface says of default outbound access, then its subnet.
    /// Where neither says anything it is unknown: the date of a network alone decides nothing
    /// (default-outbound-access on learn.microsoft.com, 2026-01-30).
    pub(super) fn egress(&self, context: &InterfaceContext<'_>) -> Egress {
        let mut unknown: Option<Missing> = None;
        if let Some(method) = self.explicit_method(context, &mut unknown) {
            return Egress::Explicit(method);
        }
        let interface = context.interface;
        let subnet = context.subnet.as_ref().ok();
        let by_subnet = subnet.and_then(|subnet| subnet.default_outbound);
        let name = subnet.map_or("", |subnet| subnet.id.name());
        match (interface.default_outbound, by_subnet) {
            (Some(true), _) => {
                let who = format!("default outbound access of network interface `{}`", interface.id.name());
                return Egress::Default(who);
            }
            (None, Some(true)) => {
                return Egress::Default(format!("default outbound access of subnet `{name}`"));
            }
            // Nothing lends it an address; only a method that is not in the input could still be there.
            (Some(false), _) | (None, Some(false)) if unknown.is_none() => {
                return Egress::None(format!(
                    "subnet `{name}` is private and has no explicit outbound method"
                ));
            }
            (Some(false) | None, _) => {}
        }
        Egress::Unknown(unknown.map_or_else(
            || unstated(context),
            |missing| OpenOperand { reason: missing.to_string(), name: missing.what },
        ))
    }

    /// The explicit outbound method, if one is known; what could be one but is not described goes to `unknown`.
    fn explicit_method(
        &self,
        context: &InterfaceContext<'_>,
        unknown: &mut Option<Missing>,
    ) -> Option<String> {
        match context.subnet.as_ref().map(|subnet| &subnet.nat_gateway) {
            Ok(Attachment::To(id)) => match self.nat_gateways.find(id) {
                Ok(gateway) if gateway.public_addresses.is_empty() => {}
                Ok(_) => return Some(format!("NAT gateway `{}`", id.name())),
                // It serves only with a public address on it, which nothing else in the input tells.
                Err(missing) => *unknown = Some(missing),
            },
            Ok(Attachment::None) => {}
            Ok(Attachment::Unknown) => *unknown = Some(Missing::new("the NAT gateway of the subnet")),
            Err(missing) => *unknown = Some(missing.clone()),
        }
        let configurations = &context.interface.ip_configurations;
        configurations.iter().find_map(|configuration| self.method_of(configuration, unknown))
    }

    fn method_of(&self, configuration: &IpConfiguration, unknown: &mut Option<Missing>) -> Option<String> {
        match &configuration.public_address {
            Attachment::To(id) => return Some(format!("public IP address `{}`", id.name())),
            Attachment::None => {}
            Attachment::Unknown => *unknown = Some(Missing::new("the public address of the interface")),
        }
        for pool in &configuration.load_balancer_pools {
            let serves = |b: &&crate::network::LoadBalancer| {
                b.outbound_pools.contains(pool) || b.snat_pools.contains(pool)
            };
            if let Some(balancer) = self.load_balancers.iter().find(serves) {
                return Some(format!("outbound rule of load balancer `{}`", balancer.id.name()));
            }
            let balancer = pool.parent().unwrap_or_else(|| pool.clone());
            if let Err(missing) = self.load_balancers.find(&balancer) {
                *unknown = Some(missing);
            }
        }
        None
    }
}

/// Service endpoints bring routes of their own, more specific than a default route.
fn endpoint_routes(subnet: &Subnet) -> Vec<Route> {
    let storage = subnet.service_endpoints.iter().filter(|endpoint| {
        endpoint.service.get(..17).is_some_and(|service| service.eq_ignore_ascii_case("Microsoft.Storage"))
    });
    let mut routes = Vec::new();
    for endpoint in storage {
        let everywhere = endpoint.locations.is_empty() || endpoint.locations.iter().any(|place| place == "*");
        let tags: Vec<String> = if everywhere {
            vec!["Storage".into()]
        } else {
            endpoint.locations.iter().map(|place| format!("Storage.{place}")).collect()
        };
        routes.extend(tags.into_iter().map(|tag| Route {
            name: None,
            destination: RouteDestination::ServiceTag(tag),
            next_hop: NextHop { kind: NextHopKind::ServiceEndpoint, addresses: Vec::new() },
            source: RouteSource::Default,
            active: true,
            place: subnet.place.clone(),
        }));
    }
    routes
}

fn system(prefixes: Vec<Prefix>, kind: NextHopKind, place: &Place) -> Route {
    Route {
        name: None,
        destination: RouteDestination::Prefixes(prefixes),
        next_hop: NextHop { kind, addresses: Vec::new() },
        source: RouteSource::Default,
        active: true,
        place: place.clone(),
    }
}

fn unstated(context: &InterfaceContext<'_>) -> OpenOperand {
    let subnet =
        context.subnet.as_ref().map_or_else(|m| m.what.clone(), |s| format!("subnet `{}`", s.id.name()));
    OpenOperand {
        name: format!("default outbound access of {subnet}"),
        reason: "neither the interface nor the subnet says whether it is on".into(),
    }
}
