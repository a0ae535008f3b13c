//! What is known of the subject, as far as requirements depend on it.

use super::{Case, Subject};
use crate::azure::platform;
use crate::backup::{DiskKind, Situation};
use crate::vm::VirtualMachine;

impl Case<'_> {
    /// What the documents tell of the subject, and the user's word where they say nothing.
    #[must_use]
    pub fn situation(&self) -> Situation {
        let assumed = &self.question.assumed.situation;
        let base = Situation { cloud: Some(self.cloud()), region: self.region(), ..assumed.clone() };
        let Subject::Vm(vm) = self.subject else { return base };
        Situation {
            os: vm.os.or(assumed.os),
            agent: self.agent_band(vm),
            disks: self.disk_kind().or(assumed.disks),
            write_accelerator: write_accelerator(vm).or(assumed.write_accelerator),
            agentless: self.policy().ok().and_then(|policy| policy.agentless).or(assumed.agentless),
            snapshot_method: self.snapshot_method().map_or(assumed.snapshot_method, |told| Some(told.taken)),
            custom_dns: self.custom_dns(vm).or(assumed.custom_dns),
            ..base
        }
    }

    fn disk_kind(&self) -> Option<DiskKind> {
        let disks = self.disks().ok()?;
        let managed: Vec<Option<bool>> = disks.iter().map(super::case::DiskView::is_managed).collect();
        if managed.contains(&Some(false)) {
            // Whether an account is encrypted is not among what an export tells of it.
            let assumed = match self.question.assumed.situation.disks {
                Some(DiskKind::Unmanaged { encrypted }) => encrypted,
                Some(DiskKind::Managed) | None => None,
            };
            return Some(DiskKind::Unmanaged { encrypted: assumed });
        }
        managed.iter().all(|kind| *kind == Some(true)).then_some(DiskKind::Managed)
    }

    /// Servers on the interface come before those of its network.
    fn custom_dns(&self, vm: &VirtualMachine) -> Option<bool> {
        let interfaces = self.facts.interfaces_of(vm).ok()?;
        let interface = interfaces.first()?.as_ref().ok()?;
        if !interface.dns_servers.is_empty() {
            return Some(are_own(&interface.dns_servers));
        }
        let network = self.facts.context_of(interface).network.ok()?;
        Some(are_own(&network.dns_servers))
    }
}

/// Azure leaves the switch out where it is off, so a VM whose disks are listed says by silence that it is.
fn write_accelerator(vm: &VirtualMachine) -> Option<bool> {
    let (os, data) = (vm.os_disk.as_ref()?, vm.data_disks.as_ref()?);
    Some(data.iter().chain([os]).any(|disk| disk.write_accelerator == Some(true)))
}

/// Whether any of the servers is another than the platform's.
fn are_own(servers: &[String]) -> bool {
    let platform = platform::WIRE_SERVER.to_string();
    servers.iter().any(|server| *server != platform && !server.eq_ignore_ascii_case("AzureProvidedDNS"))
}
