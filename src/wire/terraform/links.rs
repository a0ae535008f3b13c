//! The resources of the provider that only tie two others together.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::fault::Fault;
use super::super::node::{open, open_reason};
use super::body::{AFTER_APPLY, Body};
use super::graph::{Declared, Graph, is_unset};
use crate::azure::ResourceId;

/// A type that ties: the attribute naming what is changed, what is changed in it, and what it is given.
struct Tie {
    kind: &'static str,
    on: &'static str,
    /// The kind of what is changed.
    on_kind: &'static str,
    /// The property that is given a reference, or one more.
    property: &'static str,
    to: &'static str,
    /// Whether the property is a list.
    list: bool,
}

const fn tie(
    kind: &'static str,
    on: (&'static str, &'static str),
    property: &'static str,
    to: &'static str,
) -> Tie {
    Tie { kind, on: on.0, on_kind: on.1, property, to, list: false }
}

const fn tie_more(
    kind: &'static str,
    on: (&'static str, &'static str),
    property: &'static str,
    to: &'static str,
) -> Tie {
    Tie { kind, on: on.0, on_kind: on.1, property, to, list: true }
}

const SUBNET: (&str, &str) = ("subnet_id", "Microsoft.Network/virtualNetworks/subnets");
const INTERFACE: (&str, &str) = ("network_interface_id", "Microsoft.Network/networkInterfaces");
const NAT: (&str, &str) = ("nat_gateway_id", "Microsoft.Network/natGateways");
const BALANCER: (&str, &str) = ("loadbalancer_id", "Microsoft.Network/loadBalancers");

const TIES: &[Tie] = &[
    tie(
        "azurerm_subnet_network_security_group_association",
        SUBNET,
        "networkSecurityGroup",
        "network_security_group_id",
    ),
    tie("azurerm_subnet_route_table_association", SUBNET, "routeTable", "route_table_id"),
    tie("azurerm_subnet_nat_gateway_association", SUBNET, "natGateway", "nat_gateway_id"),
    tie(
        "azurerm_network_interface_security_group_association",
        INTERFACE,
        "networkSecurityGroup",
        "network_security_group_id",
    ),
    tie_more("azurerm_nat_gateway_public_ip_association", NAT, "publicIpAddresses", "public_ip_address_id"),
    tie_more(
        "azurerm_nat_gateway_public_ip_prefix_association",
        NAT,
        "publicIpPrefixes",
        "public_ip_prefix_id",
    ),
    tie_more("azurerm_lb_outbound_rule", BALANCER, "outboundRules", "backend_address_pool_id"),
];

/// Ties a resource to another, if that is what this one is for.
///
/// Where what is changed cannot be told, any resource of its kind may be meant: all are left open in that respect.
pub(super) fn apply(
    resource: &Declared,
    graph: &Graph,
    bodies: &mut BTreeMap<ResourceId, Body>,
) -> Result<(), Fault> {
    match resource.kind.as_str() {
        "azurerm_virtual_machine_data_disk_attachment" => attach_disk(resource, graph, bodies),
        "azurerm_network_interface_application_security_group_association" => {
            join(resource, graph, ("application_security_group_id", "applicationSecurityGroups"), bodies)
        }
        "azurerm_network_interface_backend_address_pool_association" => {
            join(resource, graph, ("backend_address_pool_id", "loadBalancerBackendAddressPools"), bodies)
        }
        "azurerm_lb_rule" => balance(resource, graph, bodies),
        "azurerm_backup_protected_vm" => protect(resource, graph, bodies),
        kind => match TIES.iter().find(|tie| tie.kind == kind) {
            Some(tie) => apply_tie(tie, resource, graph, bodies),
            None => Ok(()),
        },
    }
}

fn apply_tie(
    tie: &Tie,
    resource: &Declared,
    graph: &Graph,
    bodies: &mut BTreeMap<ResourceId, Body>,
) -> Result<(), Fault> {
    let on = id_at(resource, tie.on, graph)?;
    let to = id_at(resource, tie.to, graph)?;
    let value = to.map_or_else(|| open(AFTER_APPLY), |id| json!({ "id": id.as_str() }));
    let path = ["properties".to_owned(), tie.property.to_owned()];
    let from = || Some(resource.values.place().pointer);
    for body in changed(tie.on_kind, on.as_ref(), bodies) {
        match (&on, tie.list, tie.property) {
            (None, ..) => body.put(&path, open(AFTER_APPLY), None),
            (Some(_), true, "outboundRules") => {
                body.push(&[tie.property], json!({ "backendAddressPool": value }))
            }
            (Some(_), true, _) => body.push(&[tie.property], value.clone()),
            (Some(_), false, _) => body.put(&path, value.clone(), from()),
        }
    }
    Ok(())
}

/// Closes the lists of rules and routes whose parts are resources of their own: the provider has them stated either
/// inside or alone, never both.
pub(super) fn close_lists(bodies: &mut BTreeMap<ResourceId, Body>) {
    for (kind, property) in [
        ("Microsoft.Network/networkSecurityGroups/securityRules", "securityRules"),
        ("Microsoft.Network/routeTables/routes", "routes"),
    ] {
        let parts = bodies.iter().filter(|(_, body)| body.kind == kind);
        let wholes: Vec<ResourceId> = parts.filter_map(|(id, _)| id.parent()).collect();
        for whole in wholes {
            let properties = bodies.get_mut(&whole).and_then(|body| body.value.get_mut("properties"));
            if let Some(list) = properties.and_then(|properties| properties.get_mut(property))
                && open_reason(list).is_some()
            {
                *list = json!([]);
            }
        }
    }
}

/// The resource that is changed; every one of the kind, where it cannot be told which.
fn changed<'b>(
    kind: &str,
    on: Option<&ResourceId>,
    bodies: &'b mut BTreeMap<ResourceId, Body>,
) -> impl Iterator<Item = &'b mut Body> {
    bodies
        .iter_mut()
        .filter(move |(id, body)| body.kind == kind && on.is_none_or(|on| on == *id))
        .map(|(_, body)| body)
}

fn attach_disk(
    resource: &Declared,
    graph: &Graph,
    bodies: &mut BTreeMap<ResourceId, Body>,
) -> Result<(), Fault> {
    let vm = id_at(resource, "virtual_machine_id", graph)?;
    let disk = id_at(resource, "managed_disk_id", graph)?;
    let part = |key: &str| resource.values.own(key).map_or(Value::Null, |node| node.value().to_json());
    let known = disk.as_ref().and_then(|id| bodies.get(id)).map(|body| body.value.clone());
    let size = known.as_ref().and_then(|disk| disk.get("properties")?.get("diskSizeGB").cloned());
    let sku = known.as_ref().and_then(|disk| disk.get("sku")?.get("name").cloned());
    let id = disk.as_ref().map_or_else(|| open(AFTER_APPLY), |id| json!(id.as_str()));
    let attached = json!({
        "name": disk.as_ref().map(ResourceId::name),
        "lun": part("lun"),
        "writeAcceleratorEnabled": part("write_accelerator_enabled"),
        "diskSizeGB": size,
        "managedDisk": { "id": id, "storageAccountType": sku },
    });
    let path = ["properties", "storageProfile", "dataDisks"].map(str::to_owned);
    for body in changed("Microsoft.Compute/virtualMachines", vm.as_ref(), bodies) {
        if vm.is_some() {
            body.push(&["storageProfile", "dataDisks"], attached.clone());
        } else {
            body.put(&path, open(AFTER_APPLY), None);
        }
    }
    Ok(())
}

/// Adds to every IP configuration of an interface, or to the one that is named.
fn join(
    resource: &Declared,
    graph: &Graph,
    (from, property): (&str, &str),
    bodies: &mut BTreeMap<ResourceId, Body>,
) -> Result<(), Fault> {
    let interface = id_at(resource, "network_interface_id", graph)?;
    let joined = id_at(resource, from, graph)?;
    let name = resource.values.own_text("ip_configuration_name")?;
    for body in changed(INTERFACE.1, interface.as_ref(), bodies) {
        let configurations = body.value.get_mut("properties").and_then(|p| p.get_mut("ipConfigurations"));
        for configuration in configurations.and_then(Value::as_array_mut).into_iter().flatten() {
            let named = configuration.get("name").and_then(Value::as_str);
            if name.is_some() && named != name.as_deref() {
                continue;
            }
            let Value::Object(configuration) = configuration else { continue };
            match (&interface, &joined) {
                (Some(_), Some(id)) => {
                    let list = configuration.entry(property).or_insert_with(|| json!([]));
                    if let Value::Array(items) = list {
                        items.push(json!({ "id": id.as_str() }));
                    }
                }
                _ => {
                    configuration.insert(property.to_owned(), open(AFTER_APPLY));
                }
            }
        }
    }
    Ok(())
}

/// Adds a load-balancing rule to its balancer.
fn balance(resource: &Declared, graph: &Graph, bodies: &mut BTreeMap<ResourceId, Body>) -> Result<(), Fault> {
    let balancer = id_at(resource, BALANCER.0, graph)?;
    let frontend = resource.values.own_text("frontend_ip_configuration_name")?;
    let expression = graph.expression(resource, &["backend_address_pool_ids".to_owned()]);
    let referents = expression.and_then(|expression| graph.referents(resource, &expression));
    let told = referents.unwrap_or_default().into_iter().map(|id| json!({ "id": id.as_str() }));
    let stated = resource.values.own("backend_address_pool_ids");
    let pools: Vec<Value> = stated.map_or_else(
        || told.collect(),
        |ids| ids.elements().map(|id| json!({ "id": id.value().to_json() })).collect(),
    );
    let snat = resource.values.own("disable_outbound_snat").map(|flag| flag.value().to_json());
    for body in changed(BALANCER.1, balancer.as_ref(), bodies).filter(|_| balancer.is_some()) {
        let frontend = balancer.as_ref().zip(frontend.as_deref());
        let rule = json!({
            "frontendIPConfiguration": frontend.map(|(id, name)| json!({ "id": id.child("frontendIPConfigurations", name).as_str() })),
            "backendAddressPools": pools,
            "disableOutboundSnat": snat,
        });
        body.push(&["loadBalancingRules"], rule);
    }
    Ok(())
}

/// A VM that is to be protected becomes a protected item of its vault.
fn protect(resource: &Declared, graph: &Graph, bodies: &mut BTreeMap<ResourceId, Body>) -> Result<(), Fault> {
    let vm = id_at(resource, "source_vm_id", graph)?;
    let policy = id_at(resource, "backup_policy_id", graph)?;
    let (Some(vm), Some(vault)) = (vm, resource.values.own_text("recovery_vault_name")?) else {
        return Ok(());
    };
    let group = resource.values.own_text("resource_group_name")?;
    let vault =
        super::super::reader::made_up_id("Microsoft.RecoveryServices/vaults", &vault, group.as_deref());
    let id = match resource.values.own_text("id")? {
        Some(id) => ResourceId::new(id),
        None => vault
            .child("backupFabrics", "Azure")
            .child("protectionContainers", "-")
            .child("protectedItems", vm.name()),
    };
    let kind = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems";
    let mut body = Body { kind, value: serde_json::Map::new(), moved: BTreeMap::new() };
    body.moved.insert(String::new(), resource.values.place().pointer);
    let properties = json!({
        "sourceResourceId": vm.as_str(),
        "policyId": policy.as_ref().map(ResourceId::as_str),
        "backupManagementType": "AzureIaasVM",
    });
    body.value.insert("id".into(), json!(id.as_str()));
    body.value.insert("properties".into(), properties);
    bodies.insert(id, body);
    Ok(())
}

/// The id under an attribute: as stated, or of the only resource the configuration refers to.
fn id_at(resource: &Declared, key: &str, graph: &Graph) -> Result<Option<ResourceId>, Fault> {
    if let Some(node) = resource.values.own(key).filter(|node| !is_unset(node.value())) {
        return Ok(node.text()?.map(ResourceId::new));
    }
    let expression = graph.expression(resource, &[key.to_owned()]);
    let ids = expression.and_then(|expression| graph.referents(resource, &expression));
    Ok(match ids.as_deref() {
        Some([id]) => Some(id.clone()),
        _ => None,
    })
}
