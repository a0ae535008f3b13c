//! How resources hang together: which group, table and network an interface is under.

use std::net::IpAddr;

use super::{Fact, Facts, Missing};
use crate::azure::ResourceId;
use crate::network::{Attachment, IpConfiguration, NetworkInterface, Subnet, VirtualNetwork};
use crate::nsg::{EffectiveRules, NetworkSecurityGroup};
use crate::route::{EffectiveRoutes, RouteTable};
use crate::vm::VirtualMachine;

/// One interface in its surroundings: what applies to the packets of its primary IP configuration.
#[derive(Debug, Clone)]
pub struct InterfaceContext<'f> {
    /// The interface.
    pub interface: &'f NetworkInterface,
    /// The subnet of its primary configuration.
    pub subnet: Fact<&'f Subnet>,
    /// The network the subnet is in.
    pub network: Fact<&'f VirtualNetwork>,
    /// The group on the interface, if there is one.
    pub interface_group: Fact<Option<&'f NetworkSecurityGroup>>,
    /// The group on the subnet, if there is one.
    pub subnet_group: Fact<Option<&'f NetworkSecurityGroup>>,
    /// The route table on the subnet, if there is one.
    pub route_table: Fact<Option<&'f RouteTable>>,
    /// What the platform says its rules are, where that was exported.
    pub effective_rules: Option<&'f EffectiveRules>,
    /// What the platform says its routes are, where that was exported.
    pub effective_routes: Option<&'f EffectiveRoutes>,
}

impl<'f> InterfaceContext<'f> {
    /// The private addresses of the interface that are known.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + use<'f> {
        self.interface.ip_configurations.iter().filter_map(|configuration| configuration.private_address)
    }
}

impl Facts {
    /// The interfaces of a VM, primary first, each found or missing.
    pub fn interfaces_of(&self, vm: &VirtualMachine) -> Fact<Vec<Fact<&NetworkInterface>>> {
        let Some(references) = &vm.interfaces else {
            let owned: Vec<_> =
                self.interfaces.iter().filter(|i| i.vm.id() == Some(&vm.id)).map(Ok).collect();
            if !owned.is_empty() {
                return Ok(owned);
            }
            let what = format!("the list of network interfaces of `{}`", vm.id.name());
            return Err(Missing::new(what).with_lookup("vm show", &vm.id));
        };
        let mut ordered: Vec<_> = references.iter().collect();
        // A stable sort: Azure's order stays among the rest.
        ordered.sort_by_key(|reference| reference.primary != Some(true));
        Ok(ordered.into_iter().map(|reference| self.interfaces.find(&reference.id)).collect())
    }

    /// Everything around one interface.
    #[must_use]
    pub fn context_of<'f>(&'f self, interface: &'f NetworkInterface) -> InterfaceContext<'f> {
        let subnet = self.subnet_of(interface);
        InterfaceContext {
            network: self.network_around(interface),
            interface_group: self.group_on_interface(interface),
            subnet_group: self.subnet_group_of(interface),
            route_table: subnet.clone().and_then(|subnet| self.route_table_on(subnet)),
            effective_rules: self.effective_rules_of(&interface.id),
            effective_routes: self.effective_routes_of(&interface.id),
            interface,
            subnet,
        }
    }

    /// The subnet of the interface's primary configuration.
    pub fn subnet_of(&self, interface: &NetworkInterface) -> Fact<&Subnet> {
        let id = primary(interface).and_then(|configuration| configuration.subnet.as_ref());
        let id = id.ok_or_else(|| {
            Missing::new(format!("the subnet of network interface `{}`", interface.id.name()))
                .with_lookup("network nic show", &interface.id)
        })?;
        self.subnets.find(id)
    }

    /// The network an interface is in: told by the id of its subnet, whether or not the subnet is in the input.
    fn network_around(&self, interface: &NetworkInterface) -> Fact<&VirtualNetwork> {
        let subnet = primary(interface).and_then(|configuration| configuration.subnet.as_ref());
        let id = subnet.and_then(ResourceId::parent).ok_or_else(|| {
            Missing::new(format!("the virtual network of network interface `{}`", interface.id.name()))
        })?;
        self.networks.find(&id)
    }

    /// The group on an interface: what the interface says, or else a group that says so itself.
    pub fn group_on_interface(&self, interface: &NetworkInterface) -> Fact<Option<&NetworkSecurityGroup>> {
        let claimed = || {
            self.security_groups
                .iter()
                .find(|group| group.interfaces.as_ref().is_some_and(|ids| ids.contains(&interface.id)))
        };
        self.attached(&interface.security_group, claimed).unwrap_or_else(|| {
            Err(Missing::new(format!("the security group of network interface `{}`", interface.id.name()))
                .with_lookup("network nic show", &interface.id))
        })
    }

    /// The group on a subnet: what the subnet says, or else a group that says so itself.
    pub fn group_on_subnet(&self, subnet: &Subnet) -> Fact<Option<&NetworkSecurityGroup>> {
        self.attached(&subnet.security_group, || self.group_claiming_subnet(&subnet.id)).unwrap_or_else(
            || {
                Err(Missing::new(format!("the security group of subnet `{}`", subnet.id.name()))
                    .with_lookup("network vnet subnet show", &subnet.id))
            },
        )
    }

    /// The route table on a subnet.
    pub fn route_table_on(&self, subnet: &Subnet) -> Fact<Option<&RouteTable>> {
        match &subnet.route_table {
            Attachment::To(id) => self.route_tables.find(id).map(Some),
            Attachment::None => Ok(None),
            Attachment::Unknown => {
                let claims =
                    |table: &&RouteTable| table.subnets.as_ref().is_some_and(|s| s.contains(&subnet.id));
                self.route_tables.iter().find(claims).map(Some).ok_or_else(|| {
                    Missing::new(format!("the route table of subnet `{}`", subnet.id.name()))
                        .with_lookup("network vnet subnet show", &subnet.id)
                })
            }
        }
    }

    /// The platform's own rules for an interface; a lone answer that names no interface is taken for the only one.
    #[must_use]
    pub fn effective_rules_of(&self, interface: &ResourceId) -> Option<&EffectiveRules> {
        let named = self.effective_rules.iter().find(|rules| rules.interface.as_ref() == Some(interface));
        named.or_else(|| lone(&self.effective_rules, |r| r.interface.is_none(), self.interfaces.len()))
    }

    /// The platform's own routes for an interface; a lone answer that names no interface is taken for the only one.
    #[must_use]
    pub fn effective_routes_of(&self, interface: &ResourceId) -> Option<&EffectiveRoutes> {
        let named = self.effective_routes.iter().find(|routes| routes.interface.as_ref() == Some(interface));
        named.or_else(|| lone(&self.effective_routes, |r| r.interface.is_none(), self.interfaces.len()))
    }

    fn subnet_group_of(&self, interface: &NetworkInterface) -> Fact<Option<&NetworkSecurityGroup>> {
        match self.subnet_of(interface) {
            Ok(subnet) => self.group_on_subnet(subnet),
            // The subnet itself may be missing while a group in the input says that it is on it.
            Err(missing) => primary(interface)
                .and_then(|configuration| configuration.subnet.as_ref())
                .and_then(|id| self.group_claiming_subnet(id))
                .map(Some)
                .ok_or(missing),
        }
    }

    fn group_claiming_subnet(&self, subnet: &ResourceId) -> Option<&NetworkSecurityGroup> {
        self.security_groups
            .iter()
            .find(|group| group.subnets.as_ref().is_some_and(|ids| ids.contains(subnet)))
    }

    /// `None` where neither side says anything.
    fn attached<'f>(
        &'f self,
        attachment: &Attachment,
        claimed: impl Fn() -> Option<&'f NetworkSecurityGroup>,
    ) -> Option<Fact<Option<&'f NetworkSecurityGroup>>> {
        match attachment {
            Attachment::To(id) => Some(self.security_groups.find(id).map(Some)),
            Attachment::None => Some(Ok(None)),
            Attachment::Unknown => claimed().map(|group| Ok(Some(group))),
        }
    }
}

/// The interface's primary configuration: the one that says so, or the first.
pub(crate) fn primary(interface: &NetworkInterface) -> Option<&IpConfiguration> {
    let said = interface.ip_configurations.iter().find(|configuration| configuration.primary == Some(true));
    said.or_else(|| interface.ip_configurations.first())
}

/// The only answer there is, if it names no interface and there is at most one it could be for.
fn lone<T>(answers: &[T], unnamed: impl Fn(&T) -> bool, interfaces: usize) -> Option<&T> {
    match answers {
        [only] if unnamed(only) && interfaces <= 1 => Some(only),
        _ => None,
    }
}
