//! Resources by id.

use std::collections::BTreeMap;

use super::{Fact, Missing};
use crate::azure::ResourceId;
use crate::network::{
    ApplicationSecurityGroup, Firewall, LoadBalancer, NatGateway, NetworkInterface, PrivateEndpoint,
    PrivateZone, PublicAddress, ServiceEndpointPolicy, Subnet, VirtualNetwork,
};
use crate::nsg::NetworkSecurityGroup;
use crate::route::RouteTable;
use crate::vault::{BackupPolicy, Lock, ProtectedItem, StorageAccount, Vault};
use crate::vm::{Disk, KeyVault, VirtualMachine};

/// A resource with an id, and what people call its kind.
pub trait Item {
    /// The kind, as in `network interface`.
    const KIND: &'static str;
    /// The words after `az` that print one by its id, as in `network nic show`.
    const SHOW: &'static str;
    /// Its id.
    fn id(&self) -> &ResourceId;
}

macro_rules! items {
    ($($t:ty: $kind:literal, $show:literal;)*) => {$(
        impl Item for $t {
            const KIND: &'static str = $kind;
            const SHOW: &'static str = $show;
            fn id(&self) -> &ResourceId {
                &self.id
            }
        }
    )*};
}
items! {
    VirtualMachine: "virtual machine", "vm show --show-details";
    Disk: "disk", "disk show";
    KeyVault: "key vault", "resource show";
    NetworkInterface: "network interface", "network nic show";
    VirtualNetwork: "virtual network", "network vnet show";
    Subnet: "subnet", "network vnet subnet show";
    NetworkSecurityGroup: "network security group", "network nsg show";
    ApplicationSecurityGroup: "application security group", "network asg show";
    RouteTable: "route table", "network route-table show";
    PublicAddress: "public IP address", "network public-ip show";
    NatGateway: "NAT gateway", "network nat gateway show";
    LoadBalancer: "load balancer", "network lb show";
    ServiceEndpointPolicy: "service endpoint policy", "network service-endpoint policy show";
    PrivateEndpoint: "private endpoint", "network private-endpoint show";
    PrivateZone: "private DNS zone", "network private-dns zone show";
    Firewall: "firewall", "resource show";
    StorageAccount: "storage account", "storage account show";
    Vault: "vault", "backup vault show";
    BackupPolicy: "backup policy", "resource show";
    ProtectedItem: "protected item", "resource show";
    Lock: "lock", "lock show";
}

/// Resources of one kind, in the order of their ids.
#[derive(Debug, Clone)]
pub struct Items<T>(BTreeMap<ResourceId, T>);

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Item> Items<T> {
    /// Adds one; a resource of the same id is replaced.
    pub fn insert(&mut self, item: T) {
        self.0.insert(item.id().clone(), item);
    }

    /// The resource of that id, or that it is missing and which command prints it.
    ///
    /// A template or plan knows the names of its resources but not their ids. Where either side has a made-up id,
    /// type and name decide, as long as only one resource fits.
    pub fn find(&self, id: &ResourceId) -> Fact<&T> {
        self.0
            .get(id)
            .or_else(|| self.find_by_name(id))
            .ok_or_else(|| Missing::new(format!("{} `{}`", T::KIND, id.name())).with_lookup(T::SHOW, id))
    }

    fn find_by_name(&self, id: &ResourceId) -> Option<&T> {
        let fits = |item: &&T| {
            !(id.is_path() && item.id().is_path())
                && provider_path(id).eq_ignore_ascii_case(provider_path(item.id()))
        };
        let mut fitting = self.0.values().filter(fits);
        fitting.next().filter(|_| fitting.next().is_none())
    }

    /// The resource of that id, to be added to.
    pub fn find_mut(&mut self, id: &ResourceId) -> Option<&mut T> {
        self.0.get_mut(id)
    }

    /// Leaves out what a template or plan says of a resource that the input also holds as Azure knows it: the wish
    /// gives way to the fact. Where more than one resource could be meant, both accounts stay.
    pub fn prefer_real(&mut self) {
        let mut real: BTreeMap<String, usize> = BTreeMap::new();
        for id in self.0.keys().filter(|id| id.is_path()) {
            *real.entry(provider_path(id).to_ascii_lowercase()).or_default() += 1;
        }
        let meant = |id: &ResourceId| real.get(&provider_path(id).to_ascii_lowercase()) == Some(&1);
        self.0.retain(|id, _| id.is_path() || !meant(id));
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.values()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What of an id names the resource inside its resource group: `Microsoft.Network/virtualNetworks/v/subnets/s`.
fn provider_path(id: &ResourceId) -> &str {
    let text = id.as_str();
    let marker = "/providers/";
    let at = text.to_ascii_lowercase().rfind(marker);
    at.and_then(|at| text.get(at + marker.len()..)).unwrap_or(text)
}
