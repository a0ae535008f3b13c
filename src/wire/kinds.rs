//! The kinds of resources, how each is recognised, and who reads it.

use super::fault::Fault;
use super::node::Node;
use super::reader::Reader;
use super::{disk, firewall, group, interface, network, outbound, private, route, storage, vault, vm};
use crate::azure::ResourceId;

/// Who reads a kind of resource.
#[derive(Clone, Copy)]
pub(super) enum Read {
    /// This function.
    With(fn(&mut Reader, &Node) -> Result<(), Fault>),
    /// Nobody: known, and of no use.
    NotNeeded,
}

const KINDS: &[(&str, Read)] = &[
    ("Microsoft.Authorization/locks", Read::With(storage::lock)),
    ("Microsoft.ClassicCompute/virtualMachines", Read::With(vm::classic)),
    ("Microsoft.Compute/disks", Read::With(disk::disk)),
    ("Microsoft.Compute/virtualMachines", Read::With(vm::vm)),
    ("Microsoft.Compute/virtualMachines/extensions", Read::With(vm::lone_extension)),
    ("Microsoft.KeyVault/vaults", Read::With(disk::key_vault)),
    ("Microsoft.Network/applicationSecurityGroups", Read::With(group::application_group)),
    ("Microsoft.Network/azureFirewalls", Read::With(firewall::firewall)),
    ("Microsoft.Network/firewallPolicies", Read::With(firewall::policy)),
    ("Microsoft.Network/firewallPolicies/ruleCollectionGroups", Read::With(firewall::rule_group)),
    ("Microsoft.Network/loadBalancers", Read::With(outbound::load_balancer)),
    ("Microsoft.Network/natGateways", Read::With(outbound::nat_gateway)),
    ("Microsoft.Network/networkInterfaces", Read::With(interface::interface)),
    ("Microsoft.Network/networkSecurityGroups", Read::With(group::security_group)),
    ("Microsoft.Network/networkSecurityGroups/defaultSecurityRules", Read::NotNeeded),
    ("Microsoft.Network/networkSecurityGroups/securityRules", Read::With(group::lone_rule)),
    ("Microsoft.Network/privateDnsZones", Read::With(private::zone)),
    ("Microsoft.Network/privateDnsZones/A", Read::With(private::record)),
    ("Microsoft.Network/privateDnsZones/AAAA", Read::NotNeeded),
    ("Microsoft.Network/privateDnsZones/CNAME", Read::NotNeeded),
    ("Microsoft.Network/privateDnsZones/MX", Read::NotNeeded),
    ("Microsoft.Network/privateDnsZones/PTR", Read::NotNeeded),
    ("Microsoft.Network/privateDnsZones/SOA", Read::NotNeeded),
    ("Microsoft.Network/privateDnsZones/SRV", Read::NotNeeded),
    ("Microsoft.Network/privateDnsZones/TXT", Read::NotNeeded),
    ("Microsoft.Network/privateDnsZones/virtualNetworkLinks", Read::With(private::link)),
    ("Microsoft.Network/privateEndpoints", Read::With(private::endpoint)),
    ("Microsoft.Network/privateEndpoints/privateDnsZoneGroups", Read::With(private::zone_group)),
    ("Microsoft.Network/publicIPAddresses", Read::With(outbound::public_address)),
    ("Microsoft.Network/routeTables", Read::With(route::table)),
    ("Microsoft.Network/routeTables/routes", Read::With(route::lone_route)),
    ("Microsoft.Network/serviceEndpointPolicies", Read::With(private::endpoint_policy)),
    ("Microsoft.Network/virtualNetworkGateways", Read::With(network::gateway)),
    ("Microsoft.Network/virtualNetworks", Read::With(network::network)),
    ("Microsoft.Network/virtualNetworks/subnets", Read::With(network::lone_subnet)),
    ("Microsoft.Network/virtualNetworks/virtualNetworkPeerings", Read::With(network::lone_peering)),
    ("Microsoft.RecoveryServices/vaults", Read::With(vault::vault)),
    ("Microsoft.RecoveryServices/vaults/backupconfig", Read::NotNeeded),
    (
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems",
        Read::With(vault::protected_item),
    ),
    ("Microsoft.RecoveryServices/vaults/backupPolicies", Read::With(vault::policy)),
    ("Microsoft.RecoveryServices/vaults/backupstorageconfig", Read::With(vault::storage_config)),
    ("Microsoft.Storage/storageAccounts", Read::With(storage::account)),
];

/// Keys that together give away a resource without type and id, the most telling first.
const TELLING: &[(&[&str], &str)] = &[
    (&["securityRules"], "Microsoft.Network/networkSecurityGroups"),
    (&["ipConfigurations", "networkSecurityGroup"], "Microsoft.Network/networkInterfaces"),
    (&["ipConfigurations", "macAddress"], "Microsoft.Network/networkInterfaces"),
    (&["addressSpace", "subnets"], "Microsoft.Network/virtualNetworks"),
    (&["hardwareProfile", "storageProfile"], "Microsoft.Compute/virtualMachines"),
    (&["storageProfile", "networkProfile"], "Microsoft.Compute/virtualMachines"),
    (&["access", "direction", "priority"], "Microsoft.Network/networkSecurityGroups/securityRules"),
    (
        &["sourceAddressPrefix", "destinationPortRange"],
        "Microsoft.Network/networkSecurityGroups/securityRules",
    ),
];

/// The kind of a resource: as its type says, or its id, or what it has.
///
/// A mere reference, an object of an id and perhaps a resource group, is no resource and has no kind.
pub(super) fn kind_of(node: &Node) -> Result<Option<String>, Fault> {
    let refers = |key: &str| ["id", "resourceGroup"].iter().any(|known| known.eq_ignore_ascii_case(key));
    if node.members().all(|(key, _)| refers(key)) {
        return Ok(None);
    }
    if node.own("lockId").is_some() {
        return Ok(Some("Microsoft.Authorization/locks".to_owned()));
    }
    for key in ["type", "resourceType"] {
        if let Some(node) = node.own(key).filter(|node| node.value().is_text()) {
            let text = node.text()?.unwrap_or_default();
            if text.contains('/') {
                return Ok(Some(text));
            }
        }
    }
    // The `resourceId` of other documents (alerts, connection checks) is what they are about, not what they are.
    let keys: &[&str] = if node.own("properties").is_some() { &["id", "resourceId"] } else { &["id"] };
    for key in keys {
        if let Some(node) = node.own(key).filter(|node| node.value().is_text()) {
            let id = node.text()?.map(ResourceId::new);
            if let Some(kind) = id.and_then(|id| id.provider_type()).filter(|kind| kind.contains('/')) {
                return Ok(Some(kind));
            }
        }
    }
    let tells = |keys: &[&str]| keys.iter().all(|key| node.field(key).is_some());
    Ok(TELLING.iter().find(|(keys, _)| tells(keys)).map(|(_, kind)| (*kind).to_owned()))
}

/// Who reads resources of a kind, written in any case.
pub(super) fn reader_of(kind: &str) -> Option<Read> {
    KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind)).map(|(_, read)| *read)
}

/// Whether this is one of the routes in force on an interface.
pub(super) fn is_effective_route(node: &Node) -> bool {
    ["source", "state", "nextHopType"].iter().all(|key| node.own(key).is_some())
}

/// Whether these are the rules of one group in force on an interface.
pub(super) fn is_effective_group(node: &Node) -> bool {
    node.own("effectiveSecurityRules").is_some()
}

/// Whether this is a rule of Virtual Network Manager.
pub(super) fn is_admin_rule(node: &Node) -> bool {
    node.own("ruleCollectionAppliesToGroups").is_some()
        || is_a(node, "Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections/rules")
}

/// Whether this is a rule of a security group.
pub(super) fn is_security_rule(node: &Node) -> bool {
    is_a(node, "Microsoft.Network/networkSecurityGroups/securityRules")
        || is_a(node, "Microsoft.Network/networkSecurityGroups/defaultSecurityRules")
}

/// Whether this is a route of a route table.
pub(super) fn is_route(node: &Node) -> bool {
    is_a(node, "Microsoft.Network/routeTables/routes")
}

/// Whether this is a management lock.
pub(super) fn is_lock(node: &Node) -> bool {
    is_a(node, "Microsoft.Authorization/locks")
}

fn is_a(node: &Node, kind: &str) -> bool {
    matches!(kind_of(node), Ok(Some(own)) if own.eq_ignore_ascii_case(kind))
}
