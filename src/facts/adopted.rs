//! A guest that no export speaks of is a VM all the same.

use super::Facts;
use crate::azure::ResourceId;
use crate::guest::Identity;
use crate::input::{Place, Pointer};
use crate::vm::VirtualMachine;

impl Facts {
    /// Adds a VM for the guest where the input holds none: with the system and the name that the machine itself tells, and
    /// nothing else known. Its id is made up, so that no command is offered for it, unless the machine knows its own.
    pub fn adopt_guest(&mut self) {
        if !self.vms.is_empty() || self.guest.is_empty() {
            return;
        }
        let survey = self.guest.survey.as_ref();
        let identity = self.guest.identity.as_ref().map(|read| read.value.clone()).unwrap_or_default();
        let name = survey.and_then(|read| read.value.host_name.as_deref()).unwrap_or("guest");
        let name = identity.name.as_deref().unwrap_or(name);
        let made_up =
            || ResourceId::new(format!("Microsoft.Compute/virtualMachines/{}", name.replace('/', "-")));
        let unnamed = || Place { document: "guest".into(), pointer: Pointer::root() };
        let id = identity.id.filter(ResourceId::is_path).unwrap_or_else(made_up);
        let place = survey.map_or_else(unnamed, |read| read.place.clone());
        let os = survey.and_then(|read| read.value.system);
        let Identity { region, size, image, .. } = identity;
        self.vms.insert(VirtualMachine { region, size, os, image, ..VirtualMachine::unknown(id, place) });
    }

    /// Adds the VMs that protected items are of where the input holds none: with nothing known but their ids.
    pub fn adopt_protected(&mut self) {
        if !self.vms.is_empty() {
            return;
        }
        let of_vms = |id: &&ResourceId| id.as_str().to_ascii_lowercase().contains("/virtualmachines/");
        let sources: Vec<VirtualMachine> = self
            .protected_items
            .iter()
            .filter_map(|item| {
                let id = item.source.as_ref().filter(of_vms)?;
                let classic = id.as_str().to_ascii_lowercase().contains("/microsoft.classiccompute/");
                Some(VirtualMachine { classic, ..VirtualMachine::unknown(id.clone(), item.place.clone()) })
            })
            .collect();
        for vm in sources {
            self.vms.insert(vm);
        }
    }

    /// Whether the input holds anything that Azure printed of a VM or what is around it.
    #[must_use]
    pub fn hold_export(&self) -> bool {
        let network = [
            self.interfaces.is_empty(),
            self.networks.is_empty(),
            self.subnets.is_empty(),
            self.security_groups.is_empty(),
            self.application_groups.is_empty(),
            self.route_tables.is_empty(),
            self.public_addresses.is_empty(),
            self.nat_gateways.is_empty(),
            self.load_balancers.is_empty(),
            self.endpoint_policies.is_empty(),
            self.private_endpoints.is_empty(),
            self.private_zones.is_empty(),
            self.firewalls.is_empty(),
            self.admin_rules.is_empty(),
            self.effective_rules.is_empty(),
            self.effective_routes.is_empty(),
        ];
        let others = [
            self.vms.is_empty(),
            self.disks.is_empty(),
            self.key_vaults.is_empty(),
            self.storage_accounts.is_empty(),
            self.vaults.is_empty(),
            self.policies.is_empty(),
            self.protected_items.is_empty(),
            self.locks.is_empty(),
            self.backup_statuses.is_empty(),
        ];
        network.contains(&false) || others.contains(&false)
    }
}
