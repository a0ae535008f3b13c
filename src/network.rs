//! Networks as the domain sees them: interfaces, virtual networks, subnets and what leads out of them.
//!
//! Throughout, `None` in a field means *the input does not say*. Where Azure's own answers say "there is none"
//! by leaving a field out, the reader of the document has turned that into [`Attachment::None`] or an empty list.

use std::net::IpAddr;

use crate::azure::{Region, ResourceId};
use crate::input::Place;
use crate::net::Prefix;

/// Whether something is attached to a resource.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Attachment {
    /// The input does not say.
    #[default]
    Unknown,
    /// Nothing is attached.
    None,
    /// This is.
    To(ResourceId),
}

impl Attachment {
    /// The attached resource, if the input names one.
    #[must_use]
    pub fn id(&self) -> Option<&ResourceId> {
        match self {
            Self::To(id) => Some(id),
            Self::None | Self::Unknown => None,
        }
    }
}

/// A network interface (NIC).
#[derive(Debug, Clone)]
pub struct NetworkInterface {
    /// Its id.
    pub id: ResourceId,
    /// Where it is.
    pub region: Option<Region>,
    /// The VM it belongs to.
    pub vm: Attachment,
    /// The security group on it.
    pub security_group: Attachment,
    /// Its IP configurations, in the document's order.
    pub ip_configurations: Vec<IpConfiguration>,
    /// Whether it is its VM's primary interface.
    pub primary: Option<bool>,
    /// Whether it may forward packets that are not its own.
    pub ip_forwarding: Option<bool>,
    /// `defaultOutboundConnectivityEnabled`: whether Azure gives it an outbound address of its own accord.
    pub default_outbound: Option<bool>,
    /// DNS servers set on the interface; empty where the network's are used.
    pub dns_servers: Vec<String>,
    /// Where it was read.
    pub place: Place,
}

/// One address of an interface and what hangs on it.
#[derive(Debug, Clone, Default)]
pub struct IpConfiguration {
    /// Its name.
    pub name: String,
    /// The private address.
    pub private_address: Option<IpAddr>,
    /// The subnet.
    pub subnet: Option<ResourceId>,
    /// The public address.
    pub public_address: Attachment,
    /// Application security groups it is a member of; `None` where the input does not say.
    pub application_security_groups: Option<Vec<ResourceId>>,
    /// Load-balancer backend pools it is a member of.
    pub load_balancer_pools: Vec<ResourceId>,
    /// Whether it is the interface's primary configuration.
    pub primary: Option<bool>,
}

/// A virtual network (VNet).
#[derive(Debug, Clone)]
pub struct VirtualNetwork {
    /// Its id.
    pub id: ResourceId,
    /// Where it is.
    pub region: Option<Region>,
    /// Its address space; `None` where the input does not say.
    pub address_space: Option<Vec<Prefix>>,
    /// Its peerings; `None` where the input does not say.
    pub peerings: Option<Vec<Peering>>,
    /// Its own DNS servers; empty means Azure's.
    pub dns_servers: Vec<String>,
    /// The subnets named in it.
    pub subnets: Vec<ResourceId>,
    /// Whether a gateway is known to stand in it; `None` where the input does not say.
    pub gateway: Option<bool>,
    /// Where it was read.
    pub place: Place,
}

/// A peering, seen from the network that holds it.
#[derive(Debug, Clone)]
pub struct Peering {
    /// Its name.
    pub name: String,
    /// Whether its state is `Connected`.
    pub connected: Option<bool>,
    /// The network at the other end.
    pub remote: Option<ResourceId>,
    /// The address space of the other end; `None` where the input does not say.
    pub remote_space: Option<Vec<Prefix>>,
    /// `allowVirtualNetworkAccess`: whether the tag `VirtualNetwork` takes the other end in.
    pub allows_access: Option<bool>,
    /// Whether the gateway of the other end is used, so that its learned prefixes count here too.
    pub uses_remote_gateway: Option<bool>,
}

/// A subnet.
#[derive(Debug, Clone)]
pub struct Subnet {
    /// Its id; the network's id is its [`parent`](ResourceId::parent).
    pub id: ResourceId,
    /// Its prefixes.
    pub prefixes: Vec<Prefix>,
    /// The security group on it.
    pub security_group: Attachment,
    /// The route table on it.
    pub route_table: Attachment,
    /// The NAT gateway on it.
    pub nat_gateway: Attachment,
    /// `defaultOutboundAccess`; `Some(false)` makes it a private subnet.
    pub default_outbound: Option<bool>,
    /// Service endpoints, by service name (`Microsoft.Storage`).
    pub service_endpoints: Vec<ServiceEndpoint>,
    /// Policies that narrow the service endpoints.
    pub service_endpoint_policies: Vec<ResourceId>,
    /// Where it was read.
    pub place: Place,
}

/// A public service reached from a subnet under its private identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceEndpoint {
    /// The service, as in `Microsoft.Storage` or `Microsoft.Storage.Global`.
    pub service: String,
    /// The regions it serves; empty or `*` means all.
    pub locations: Vec<String>,
}

/// A policy that lets service endpoints reach listed resources only.
#[derive(Debug, Clone)]
pub struct ServiceEndpointPolicy {
    /// Its id.
    pub id: ResourceId,
    /// The resources let through, as resource ids or aliases such as `/services/Azure/…`.
    pub allowed: Vec<String>,
    /// Where it was read.
    pub place: Place,
}

/// An application security group (ASG): interfaces join it from their IP configurations.
#[derive(Debug, Clone)]
pub struct ApplicationSecurityGroup {
    /// Its id.
    pub id: ResourceId,
    /// Where it was read.
    pub place: Place,
}

/// A public address.
#[derive(Debug, Clone)]
pub struct PublicAddress {
    /// Its id.
    pub id: ResourceId,
    /// The address, once one is allotted.
    pub address: Option<IpAddr>,
    /// Whether its SKU is `Standard`; basic addresses differ in what is open by default.
    pub standard: Option<bool>,
    /// What it is attached to: the id of an IP configuration.
    pub attached_to: Attachment,
    /// Where it was read.
    pub place: Place,
}

/// A NAT gateway.
#[derive(Debug, Clone)]
pub struct NatGateway {
    /// Its id.
    pub id: ResourceId,
    /// Public addresses and prefixes on it; none means it leads nowhere.
    pub public_addresses: Vec<ResourceId>,
    /// Where it was read.
    pub place: Place,
}

/// A load balancer, as far as outbound traffic is concerned.
#[derive(Debug, Clone)]
pub struct LoadBalancer {
    /// Its id.
    pub id: ResourceId,
    /// Whether its SKU is `Standard`.
    pub standard: Option<bool>,
    /// The backend pools that have an outbound rule.
    pub outbound_pools: Vec<ResourceId>,
    /// The backend pools behind a public frontend by a load-balancing rule that does not disable outbound SNAT.
    pub snat_pools: Vec<ResourceId>,
    /// Where it was read.
    pub place: Place,
}

/// A private endpoint.
#[derive(Debug, Clone)]
pub struct PrivateEndpoint {
    /// Its id.
    pub id: ResourceId,
    /// The subnet it takes its addresses from.
    pub subnet: Option<ResourceId>,
    /// The resource it leads to.
    pub target: Option<ResourceId>,
    /// The sub-resources asked for (`AzureBackup`, `blob`, …).
    pub group_ids: Vec<String>,
    /// Whether its connection is approved.
    pub approved: Option<bool>,
    /// Private zones of its zone groups; `None` where the input does not say.
    pub zones: Option<Vec<ResourceId>>,
    /// Names and addresses it should be resolved by.
    pub records: Vec<(String, Vec<IpAddr>)>,
    /// Where it was read.
    pub place: Place,
}

/// A private DNS zone.
#[derive(Debug, Clone)]
pub struct PrivateZone {
    /// Its id; the name of the zone is its [`name`](ResourceId::name).
    pub id: ResourceId,
    /// The networks linked to it; `None` where the input does not say.
    pub links: Option<Vec<ZoneLink>>,
    /// Relative names of its A records; `None` where the input does not say.
    pub records: Option<Vec<String>>,
    /// Where it was read.
    pub place: Place,
}

/// A link between a private zone and a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneLink {
    /// The network.
    pub network: ResourceId,
    /// Whether names without a record are resolved on the internet (`resolutionPolicy = NxDomainRedirect`).
    pub falls_back: Option<bool>,
}

/// An Azure Firewall or the policy on one: its rules for applications.
#[derive(Debug, Clone)]
pub struct Firewall {
    /// Its id.
    pub id: ResourceId,
    /// Private addresses of the firewall: what routes name as next hop.
    pub addresses: Vec<IpAddr>,
    /// The policy that holds its rules.
    pub policy: Attachment,
    /// Its rules for applications; `None` where the input does not hold them.
    pub application_rules: Option<Vec<ApplicationRule>>,
    /// Its rules for addresses; `None` where the input does not hold them.
    pub network_rules: Option<Vec<FirewallNetworkRule>>,
    /// Where it was read.
    pub place: Place,
}

/// One rule of a firewall for names.
#[derive(Debug, Clone)]
pub struct ApplicationRule {
    /// Its name.
    pub name: String,
    /// Whether its collection allows.
    pub allows: bool,
    /// The FQDN tags it names (`AzureBackup`, …).
    pub fqdn_tags: Vec<String>,
    /// The names it lists.
    pub target_fqdns: Vec<String>,
    /// Whether it ends TLS to look inside.
    pub inspects_tls: bool,
    /// Where it was read.
    pub place: Place,
}

/// One rule of a firewall for addresses.
#[derive(Debug, Clone)]
pub struct FirewallNetworkRule {
    /// Its name.
    pub name: String,
    /// Whether its collection allows.
    pub allows: bool,
    /// Destinations: prefixes or service tags.
    pub destinations: Vec<String>,
    /// Destination ports.
    pub ports: Vec<String>,
    /// Where it was read.
    pub place: Place,
}
