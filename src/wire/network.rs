//! Virtual networks, subnets and peerings.

use super::fault::Fault;
use super::merge::merge_into;
use super::node::Node;
use super::pending::Pending;
use super::reader::Reader;
use crate::azure::ResourceId;
use crate::net::Prefix;
use crate::network::{Peering, ServiceEndpoint, Subnet, VirtualNetwork};

/// Reads a virtual network with the subnets inside it.
pub(super) fn network(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let (id, whole) = (reader.id_of(node)?, node.is_whole());
    let space = node.field("addressSpace").map_or(Ok(None), |space| space.prefixes_at("addressPrefixes"))?;
    let subnets = node.records_at("subnets", whole)?;
    let peerings = node.records_at("virtualNetworkPeerings", whole)?;
    let peerings: Option<Result<Vec<_>, Fault>> = peerings.map(|all| all.iter().map(peering).collect());
    let dns = node.field("dhcpOptions").map_or(Ok(None), |options| options.texts_at("dnsServers"))?;
    let mut network = VirtualNetwork {
        id,
        region: node.region()?,
        address_space: space,
        peerings: peerings.transpose()?,
        dns_servers: dns.unwrap_or_default(),
        subnets: Vec::new(),
        gateway: subnets.as_deref().map_or(Ok(None), gateway_in)?,
        place: node.place(),
    };
    for each in subnets.iter().flatten() {
        let subnet = subnet_in(&network.id, each, whole)?;
        network.subnets.push(subnet.id.clone());
        merge_into(&mut reader.facts.subnets, subnet);
    }
    merge_into(&mut reader.facts.networks, network);
    Ok(())
}

/// Reads a subnet that stands alone.
pub(super) fn lone_subnet(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let id = reader.id_of(node)?;
    let subnet = subnet(id, node, node.is_whole())?;
    merge_into(&mut reader.facts.subnets, subnet);
    Ok(())
}

/// Reads a peering that stands alone.
pub(super) fn lone_peering(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let Some(network) = reader.id_of(node)?.parent() else {
        return Err(Fault::absent(node.place(), "id", "the id of a peering, which names its network"));
    };
    let peering = peering(node)?;
    reader.later(node, Pending::Peering(network, peering));
    Ok(())
}

/// Reads a gateway: the networks of its subnets have one.
pub(super) fn gateway(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    for configuration in node.records_at("ipConfigurations", false)?.unwrap_or_default() {
        let network = configuration.reference_at("subnet")?.and_then(|subnet| subnet.parent());
        if let Some(network) = network {
            reader.later(node, Pending::Gateway(network));
        }
    }
    Ok(())
}

fn subnet_in(network: &ResourceId, node: &Node, whole: bool) -> Result<Subnet, Fault> {
    let id = match node.reference()? {
        Some(id) => id,
        None => network.child("subnets", &node.required_text("name", "the name of a subnet")?),
    };
    // A mere reference says nothing about what is attached.
    node.object()?;
    let refers_only = node.members().all(|(key, _)| key.eq_ignore_ascii_case("id"));
    subnet(id, node, node.is_whole() || (whole && !refers_only))
}

fn subnet(id: ResourceId, node: &Node, whole: bool) -> Result<Subnet, Fault> {
    let mut prefixes: Vec<Prefix> = node.prefixes_at("addressPrefixes")?.unwrap_or_default();
    for prefix in node.prefixes_at("addressPrefix")?.unwrap_or_default() {
        if !prefixes.contains(&prefix) {
            prefixes.push(prefix);
        }
    }
    Ok(Subnet {
        id,
        prefixes,
        security_group: node.attachment("networkSecurityGroup", whole)?,
        route_table: node.attachment("routeTable", whole)?,
        nat_gateway: node.attachment("natGateway", whole)?,
        default_outbound: node.flag_at("defaultOutboundAccess")?,
        service_endpoints: service_endpoints(node)?,
        service_endpoint_policies: node.references_at("serviceEndpointPolicies")?.unwrap_or_default(),
        place: node.place(),
    })
}

fn service_endpoints(node: &Node) -> Result<Vec<ServiceEndpoint>, Fault> {
    let mut endpoints = Vec::new();
    for each in node.records_at("serviceEndpoints", false)?.unwrap_or_default() {
        if let Some(service) = each.text_at("service")? {
            let locations = each.texts_at("locations")?.unwrap_or_default();
            endpoints.push(ServiceEndpoint { service, locations });
        }
    }
    Ok(endpoints)
}

fn peering(node: &Node) -> Result<Peering, Fault> {
    // The space the peering was last synchronised with is the one in force.
    let spaces = ["remoteAddressSpace", "remoteVirtualNetworkAddressSpace"];
    let space = spaces.iter().find_map(|key| node.path(&[key])).filter(|space| !space.is_empty());
    Ok(Peering {
        name: node.own_text("name")?.unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned(),
        connected: node.says_at("peeringState", "Connected")?,
        remote: node.reference_at("remoteVirtualNetwork")?,
        remote_space: space.map_or(Ok(None), |space| space.prefixes_at("addressPrefixes"))?,
        allows_access: node.flag_at("allowVirtualNetworkAccess")?,
        uses_remote_gateway: node.flag_at("useRemoteGateways")?,
    })
}

/// Whether a gateway stands in one of the subnets. Azure lists what stands in a subnet, so that its own answer
/// without an entry means none; a template may put the gateway elsewhere.
fn gateway_in(subnets: &[Node]) -> Result<Option<bool>, Fault> {
    for subnet in subnets {
        let name = match subnet.own_text("name")? {
            None => subnet.reference()?.map(|id| id.name().to_owned()),
            name => name,
        };
        if name.is_none_or(|name| !name.eq_ignore_ascii_case("GatewaySubnet")) {
            continue;
        }
        let occupied = subnet.field("ipConfigurations").is_some_and(|all| !all.is_empty());
        let answered = subnet.field("provisioningState").is_some();
        return Ok(if occupied { Some(true) } else { answered.then_some(false) });
    }
    Ok(Some(false))
}
