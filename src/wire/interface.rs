//! Network interfaces.

use std::net::IpAddr;

use super::fault::Fault;
use super::merge::merge_into;
use super::node::{Node, Stated};
use super::reader::Reader;
use crate::network::{IpConfiguration, NetworkInterface};

/// Reads a network interface.
pub(super) fn interface(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let whole = node.is_whole();
    let configurations = node.records_at("ipConfigurations", whole)?.unwrap_or_default();
    let configurations: Result<Vec<_>, Fault> =
        configurations.iter().map(|each| ip_configuration(each, whole)).collect();
    let dns = node.field("dnsSettings").map_or(Ok(None), |dns| dns.texts_at("dnsServers"))?;
    let interface = NetworkInterface {
        id: reader.id_of(node)?,
        region: node.region()?,
        vm: node.attachment("virtualMachine", whole)?,
        security_group: node.attachment("networkSecurityGroup", whole)?,
        ip_configurations: configurations?,
        primary: node.flag_at("primary")?,
        ip_forwarding: node.flag_at("enableIPForwarding")?,
        default_outbound: node.flag_at("defaultOutboundConnectivityEnabled")?,
        dns_servers: dns.unwrap_or_default(),
        place: node.place(),
    };
    merge_into(&mut reader.facts.interfaces, interface);
    Ok(())
}

fn ip_configuration(node: &Node, whole: bool) -> Result<IpConfiguration, Fault> {
    let whole = whole || node.is_whole();
    let groups = match node.stated("applicationSecurityGroups") {
        Stated::Absent if whole => Some(Vec::new()),
        Stated::Null => Some(Vec::new()),
        _ => node.references_at("applicationSecurityGroups")?,
    };
    Ok(IpConfiguration {
        name: node.own_text("name")?.unwrap_or_default(),
        private_address: address_at(node, "privateIPAddress")?,
        subnet: node.reference_at("subnet")?,
        public_address: node.attachment("publicIPAddress", whole)?,
        application_security_groups: groups,
        load_balancer_pools: node.references_at("loadBalancerBackendAddressPools")?.unwrap_or_default(),
        primary: node.flag_at("primary")?,
    })
}

/// An address under a key.
pub(super) fn address_at(node: &Node, key: &str) -> Result<Option<IpAddr>, Fault> {
    let Some(text) = node.text_at(key)? else { return Ok(None) };
    let fault = || node.field(key).map_or(node.fault("an address"), |at| at.fault("an IP address"));
    text.trim().parse().map(Some).map_err(|_| fault())
}
