//! Private endpoints, private DNS zones, and policies on service endpoints.

use std::net::IpAddr;

use super::fault::Fault;
use super::merge::merge_into;
use super::node::Node;
use super::pending::Pending;
use super::reader::Reader;
use crate::network::{PrivateEndpoint, PrivateZone, ServiceEndpointPolicy, ZoneLink};

/// Reads a private endpoint. Its zones are told by its zone groups, which are documents of their own.
pub(super) fn endpoint(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let mut endpoint = PrivateEndpoint {
        id: reader.id_of(node)?,
        subnet: node.reference_at("subnet")?,
        target: None,
        group_ids: Vec::new(),
        approved: None,
        zones: None,
        records: records(node, "customDnsConfigs")?,
        place: node.place(),
    };
    for key in ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"] {
        for each in node.records_at(key, false)?.unwrap_or_default() {
            endpoint.target = endpoint.target.or(each.reference_at("privateLinkServiceId")?);
            endpoint.group_ids.extend(each.texts_at("groupIds")?.unwrap_or_default());
            let state = each.field("privateLinkServiceConnectionState");
            let approved = state.map_or(Ok(None), |state| state.says_at("status", "Approved"))?;
            endpoint.approved = endpoint.approved.or(approved);
        }
    }
    merge_into(&mut reader.facts.private_endpoints, endpoint);
    Ok(())
}

/// Reads a zone group of a private endpoint.
pub(super) fn zone_group(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let Some(endpoint) = reader.id_of(node)?.parent() else {
        return Err(Fault::absent(node.place(), "id", "the id of a zone group, which names its endpoint"));
    };
    let (mut zones, mut found) = (Vec::new(), Vec::new());
    for each in node.records_at("privateDnsZoneConfigs", false)?.unwrap_or_default() {
        zones.extend(each.reference_at("privateDnsZoneId")?);
        found.extend(records(&each, "recordSets")?);
    }
    reader.later(node, Pending::Zones(endpoint, zones, found));
    Ok(())
}

/// Reads a private DNS zone. Its own body only counts its links and records.
pub(super) fn zone(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let links = node.number_at("numberOfVirtualNetworkLinks")?.and_then(|count| (count == 0).then(Vec::new));
    // Every zone has a record set that says who is in charge of it.
    let records = node.number_at("numberOfRecordSets")?.and_then(|count| (count <= 1).then(Vec::new));
    let zone = PrivateZone { id: reader.id_of(node)?, links, records, place: node.place() };
    merge_into(&mut reader.facts.private_zones, zone);
    Ok(())
}

/// Reads a link of a zone to a network.
pub(super) fn link(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let Some(zone) = reader.id_of(node)?.parent() else {
        return Err(Fault::absent(node.place(), "id", "the id of a link, which names its zone"));
    };
    let Some(network) = node.reference_at("virtualNetwork")? else { return Ok(()) };
    let link = ZoneLink { network, falls_back: node.says_at("resolutionPolicy", "NxDomainRedirect")? };
    reader.later(node, Pending::Link(zone, link, reader.listed));
    Ok(())
}

/// Reads an A record set of a zone.
pub(super) fn record(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let id = reader.id_of(node)?;
    let Some(zone) = id.parent() else {
        return Err(Fault::absent(node.place(), "id", "the id of a record set, which names its zone"));
    };
    reader.later(node, Pending::Record(zone, id.name().to_owned(), reader.listed));
    Ok(())
}

/// Reads a policy on service endpoints.
pub(super) fn endpoint_policy(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let mut allowed = Vec::new();
    for each in node.records_at("serviceEndpointPolicyDefinitions", false)?.unwrap_or_default() {
        allowed.extend(each.texts_at("serviceResources")?.unwrap_or_default());
    }
    allowed.extend(node.texts_at("contextualServiceEndpointPolicies")?.unwrap_or_default());
    allowed.extend(node.text_at("serviceAlias")?);
    let policy = ServiceEndpointPolicy { id: reader.id_of(node)?, allowed, place: node.place() };
    reader.facts.endpoint_policies.insert(policy);
    Ok(())
}

/// Names with the addresses they should have.
fn records(node: &Node, key: &str) -> Result<Vec<(String, Vec<IpAddr>)>, Fault> {
    let mut found = Vec::new();
    for each in node.records_at(key, false)?.unwrap_or_default() {
        let Some(name) = each.text_at("fqdn")? else { continue };
        let mut addresses = Vec::new();
        for address in each.list_at("ipAddresses")?.unwrap_or_default() {
            if let Some(text) = address.text()? {
                addresses.push(text.trim().parse().map_err(|_| address.fault("an IP address"))?);
            }
        }
        found.push((name, addresses));
    }
    Ok(found)
}
