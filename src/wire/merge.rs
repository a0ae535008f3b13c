//! How a resource that is met twice becomes one: what is stated wins over what is not, and of two statements the later.

use crate::facts::{Item, Items};
use crate::network::{
    Attachment, Firewall, LoadBalancer, NatGateway, NetworkInterface, PrivateEndpoint, PrivateZone,
    PublicAddress, Subnet, VirtualNetwork,
};
use crate::nsg::NetworkSecurityGroup;
use crate::route::RouteTable;
use crate::vault::{BackupPolicy, ProtectedItem, StorageAccount, Vault};
use crate::vm::{Disk, Extension, KeyVault, VirtualMachine};

/// A resource that can take in another account of itself.
pub(super) trait Merge: Item {
    /// Takes over what `newer` states.
    fn absorb(&mut self, newer: Self);
}

/// Adds a resource, or what a further account of it states.
pub(super) fn merge_into<T: Merge>(items: &mut Items<T>, item: T) {
    let id = item.id().clone();
    match items.find_mut(&id) {
        Some(known) => known.absorb(item),
        None => items.insert(item),
    }
}

/// A part of a resource that may state something.
trait Stateable {
    fn is_stated(&self) -> bool;
}

impl<T> Stateable for Option<T> {
    fn is_stated(&self) -> bool {
        self.is_some()
    }
}

impl<T> Stateable for Vec<T> {
    fn is_stated(&self) -> bool {
        !self.is_empty()
    }
}

impl Stateable for Attachment {
    fn is_stated(&self) -> bool {
        *self != Self::Unknown
    }
}

impl Stateable for bool {
    fn is_stated(&self) -> bool {
        *self
    }
}

fn take<T: Stateable>(known: &mut T, newer: T) {
    if newer.is_stated() {
        *known = newer;
    }
}

/// An extension is met in the VM's own body and in its instance view, each of which tells its part.
impl Merge for VirtualMachine {
    fn absorb(&mut self, newer: Self) {
        take(&mut self.region, newer.region);
        take(&mut self.classic, newer.classic);
        take(&mut self.size, newer.size);
        take(&mut self.os, newer.os);
        take(&mut self.image, newer.image);
        take(&mut self.os_disk, newer.os_disk);
        take(&mut self.data_disks, newer.data_disks);
        take(&mut self.interfaces, newer.interfaces);
        take(&mut self.provisioning_state, newer.provisioning_state);
        take(&mut self.power, newer.power);
        take(&mut self.agent, newer.agent);
        take(&mut self.reported_os, newer.reported_os);
        take(&mut self.provision_agent, newer.provision_agent);
        take(&mut self.allow_extension_operations, newer.allow_extension_operations);
        take(&mut self.security_type, newer.security_type);
        take(&mut self.proxy_agent, newer.proxy_agent);
        for extension in newer.extensions.unwrap_or_default() {
            add_extension(self.extensions.get_or_insert_default(), extension);
        }
    }
}

/// Adds an extension, or what a further account of it states.
pub(super) fn add_extension(known: &mut Vec<Extension>, newer: Extension) {
    match known.iter_mut().find(|extension| extension.name.eq_ignore_ascii_case(&newer.name)) {
        Some(extension) => {
            take(&mut extension.kind, newer.kind);
            take(&mut extension.provisioning_state, newer.provisioning_state);
            take(&mut extension.message, newer.message);
        }
        None => known.push(newer),
    }
}

macro_rules! merge {
    ($($t:ty: $($field:ident)*;)*) => {$(
        impl Merge for $t {
            fn absorb(&mut self, newer: Self) {
                $(take(&mut self.$field, newer.$field);)*
            }
        }
    )*};
}
merge! {
    Disk: size_gib sku max_shares data_access_auth_mode encrypted key_vaults managed_by;
    KeyVault: uses_roles may_back_up;
    NetworkInterface: region vm security_group ip_configurations primary ip_forwarding default_outbound dns_servers;
    VirtualNetwork: region address_space peerings dns_servers subnets gateway;
    Subnet: prefixes security_group route_table nat_gateway default_outbound service_endpoints
        service_endpoint_policies;
    NetworkSecurityGroup: region rules subnets interfaces;
    RouteTable: routes disables_gateway_routes subnets;
    PublicAddress: address standard attached_to;
    NatGateway: public_addresses;
    LoadBalancer: standard outbound_pools snat_pools;
    PrivateEndpoint: subnet target group_ids approved zones records;
    PrivateZone: links records;
    Firewall: addresses policy application_rules network_rules;
    StorageAccount: denies_by_default trusts_azure_services public_network_access allowed_subnets;
    Vault: region redundancy redundancy_locked public_network_access private_endpoints;
    BackupPolicy: management_type enhanced agentless instant_restore_days retention time_zone;
    ProtectedItem: source vault policy management_type protection_state last_backup_status health;
}
