//! A guest that no export speaks of is a VM all the same.

use super::Facts;
use crate::azure::ResourceId;
use crate::input::{Place, Pointer};
use crate::vm::VirtualMachine;

impl Facts {
    /// Adds a VM for the guest where the input holds none: with the system and the name that the machine itself tells, and
    /// nothing else known. Its id is made up, so that no command is offered for it.
    pub fn adopt_guest(&mut self) {
        if !self.vms.is_empty() || self.guest.is_empty() {
            return;
        }
        let survey = self.guest.survey.as_ref();
        let name = survey.and_then(|read| read.value.host_name.as_deref()).unwrap_or("guest");
        let unnamed = || Place { document: "guest".into(), pointer: Pointer::root() };
        self.vms.insert(VirtualMachine {
            id: ResourceId::new(format!("Microsoft.Compute/virtualMachines/{}", name.replace('/', "-"))),
            region: None,
            classic: false,
            size: None,
            os: survey.and_then(|read| read.value.system),
            image: None,
            os_disk: None,
            data_disks: None,
            interfaces: None,
            provisioning_state: None,
            power: None,
            agent: None,
            reported_os: None,
            extensions: None,
            provision_agent: None,
            allow_extension_operations: None,
            security_type: None,
            proxy_agent: None,
            place: survey.map_or_else(unnamed, |read| read.place.clone()),
        });
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
