//! Routes: which way a packet leaves, by longest prefix and then by who made the route.

mod table;

pub use table::{Branch, Routing};

use std::fmt;
use std::net::IpAddr;

use crate::azure::ResourceId;
use crate::input::Place;
use crate::net::Prefix;

/// One route.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// What it is for.
    pub destination: RouteDestination,
    /// Where packets go.
    pub next_hop: NextHop,
    /// Who made it.
    pub source: RouteSource,
    /// Whether it is in force; Azure's answers list routes that another has replaced as `Invalid`.
    pub active: bool,
    /// Where it was read.
    pub place: Place,
}

/// What a route is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteDestination {
    /// Blocks of addresses; an effective route may hold several.
    Prefixes(Vec<Prefix>),
    /// Every prefix of a service tag, as written.
    ServiceTag(String),
}

/// Where a packet goes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextHop {
    /// The kind.
    pub kind: NextHopKind,
    /// The appliance's or gateway's address, where there is one.
    pub addresses: Vec<IpAddr>,
}

/// The kinds of next hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextHopKind {
    /// Within the virtual network.
    VnetLocal,
    /// Within a peered virtual network.
    VnetPeering,
    /// Straight to the internet.
    Internet,
    /// An appliance: a firewall or proxy VM.
    VirtualAppliance,
    /// A VPN or `ExpressRoute` gateway.
    VirtualNetworkGateway,
    /// A public service by its service endpoint.
    ServiceEndpoint,
    /// Nowhere: the packet is dropped.
    None,
    /// Any other word Azure used.
    Other(String),
}

impl NextHopKind {
    /// Azure's word for it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::VnetLocal => "VnetLocal",
            Self::VnetPeering => "VNetPeering",
            Self::Internet => "Internet",
            Self::VirtualAppliance => "VirtualAppliance",
            Self::VirtualNetworkGateway => "VirtualNetworkGateway",
            Self::ServiceEndpoint => "VirtualNetworkServiceEndpoint",
            Self::None => "None",
            Self::Other(word) => word,
        }
    }
}

impl fmt::Display for NextHopKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Who made a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteSource {
    /// Azure, of its own accord.
    Default,
    /// The customer.
    User,
    /// A gateway, learned by BGP or from a site.
    Gateway,
}

impl RouteSource {
    /// The word of the JSON answers: `default`, `user`, `gateway`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::User => "user",
            Self::Gateway => "gateway",
        }
    }
}

/// A route table.
#[derive(Debug, Clone)]
pub struct RouteTable {
    /// Its id.
    pub id: ResourceId,
    /// The customer's routes, in the document's order.
    pub routes: Vec<Route>,
    /// Whether gateway routes are kept out; `None` where the input does not say.
    pub disables_gateway_routes: Option<bool>,
    /// Subnets it says it is on; `None` where the input does not say.
    pub subnets: Option<Vec<ResourceId>>,
    /// Where it was read.
    pub place: Place,
}

/// The routes the platform reports to be in force on one interface.
#[derive(Debug, Clone)]
pub struct EffectiveRoutes {
    /// The interface they are for, where the document tells.
    pub interface: Option<ResourceId>,
    /// The routes.
    pub routes: Vec<Route>,
    /// Where they were read.
    pub place: Place,
}
