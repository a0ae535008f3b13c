//! What leads out of a network: public addresses, NAT gateways, load balancers.

use super::fault::Fault;
use super::interface::address_at;
use super::merge::merge_into;
use super::node::{Node, Stated};
use super::reader::{Reader, made_up_id};
use crate::azure::ResourceId;
use crate::network::{Attachment, LoadBalancer, NatGateway, PublicAddress};

/// Reads a public address.
pub(super) fn public_address(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let whole = node.is_whole();
    let mut attached_to = node.attachment("ipConfiguration", whole)?;
    if attached_to == Attachment::None
        && let Some(gateway) = node.reference_at("natGateway")?
    {
        attached_to = Attachment::To(gateway);
    }
    let address = PublicAddress {
        id: reader.id_of(node)?,
        address: address_at(node, "ipAddress")?,
        standard: sku_is_standard(node)?,
        attached_to,
        place: node.place(),
    };
    merge_into(&mut reader.facts.public_addresses, address);
    Ok(())
}

/// Reads a NAT gateway; its addresses and its prefixes of addresses count alike.
pub(super) fn nat_gateway(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let mut public_addresses = Vec::new();
    for key in ["publicIpAddresses", "publicIpPrefixes", "publicIpAddressesV6", "publicIpPrefixesV6"] {
        match node.references_at(key)? {
            Some(ids) => public_addresses.extend(ids),
            // It has some, whichever they are: the gateway does lead out.
            None if node.field(key).is_some() => {
                public_addresses.push(made_up_id("Microsoft.Network/publicIPAddresses", "-", None));
            }
            None => {}
        }
    }
    let gateway = NatGateway { id: reader.id_of(node)?, public_addresses, place: node.place() };
    merge_into(&mut reader.facts.nat_gateways, gateway);
    Ok(())
}

/// Reads a load balancer, as far as it lets its members out.
pub(super) fn load_balancer(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let id = reader.id_of(node)?;
    let public = public_frontends(&id, node)?;
    let mut outbound_pools = Vec::new();
    for rule in node.records_at("outboundRules", false)?.unwrap_or_default() {
        outbound_pools.extend(rule.reference_at("backendAddressPool")?);
    }
    let mut snat_pools = Vec::new();
    for rule in node.records_at("loadBalancingRules", false)?.unwrap_or_default() {
        let frontend = rule.reference_at("frontendIPConfiguration")?;
        let is_public = frontend.is_some_and(|frontend| public.contains(&frontend));
        if is_public && rule.flag_at("disableOutboundSnat")? != Some(true) {
            snat_pools.extend(rule.reference_at("backendAddressPool")?);
            snat_pools.extend(rule.references_at("backendAddressPools")?.unwrap_or_default());
        }
    }
    for pools in [&mut outbound_pools, &mut snat_pools] {
        pools.sort();
        pools.dedup();
    }
    let balancer = LoadBalancer {
        id,
        standard: sku_is_standard(node)?,
        outbound_pools,
        snat_pools,
        place: node.place(),
    };
    merge_into(&mut reader.facts.load_balancers, balancer);
    Ok(())
}

fn public_frontends(id: &ResourceId, node: &Node) -> Result<Vec<ResourceId>, Fault> {
    let mut public = Vec::new();
    for frontend in node.records_at("frontendIPConfigurations", false)?.unwrap_or_default() {
        // A reference that is not known yet is one all the same.
        let has = |key: &str| match frontend.stated(key) {
            Stated::Open => true,
            Stated::Value(value) => !value.is_empty(),
            Stated::Absent | Stated::Null => false,
        };
        if !has("publicIPAddress") && !has("publicIPPrefix") {
            continue;
        }
        if let Some(id) = frontend.reference()? {
            public.push(id);
        } else if let Some(name) = frontend.own_text("name")? {
            public.push(id.child("frontendIPConfigurations", &name));
        }
    }
    Ok(public)
}

/// Whether the SKU is `Standard` (or its successor `StandardV2`); `None` where none is stated.
fn sku_is_standard(node: &Node) -> Result<Option<bool>, Fault> {
    let name = match node.path(&["sku", "name"]) {
        Some(name) => name.text()?,
        None => None,
    };
    Ok(name.map(|name| name.to_ascii_lowercase().starts_with("standard")))
}
