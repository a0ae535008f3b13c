//! The vault, the policy and the protected items that the question is about.

use super::{Case, Withheld};
use crate::azure::{Region, ResourceId};
use crate::backup::Workload;
use crate::facts::Missing;
use crate::vault::{BackupPolicy, BackupStatus, ProtectedItem, Vault};
use crate::vm::VirtualMachine;

impl<'f> Case<'f> {
    /// The region of the vault that is meant, where the input tells it.
    #[must_use]
    pub fn vault_region(&self) -> Option<Region> {
        self.vault().ok().and_then(|vault| vault.region.clone())
    }

    /// The vault that is meant: the one the user named, the one that protects the VM, or the only one there is.
    ///
    /// Not examined where the input holds no vault, or several that none of this tells apart.
    pub(in crate::check) fn vault(&self) -> Result<&'f Vault, Withheld> {
        if let Some(name) = &self.question.vault {
            return self.vault_named(name);
        }
        if let Some(id) = self.protecting_vaults()?.first() {
            return Ok(self.facts.vaults.find(id)?);
        }
        let mut vaults = self.facts.vaults.iter();
        match (vaults.next(), self.facts.vaults.len()) {
            (Some(only), 1) => Ok(only),
            (None, _) => Err(not_examined("a Recovery Services vault".to_owned())),
            (Some(_), count) => {
                Err(not_examined(format!("which of the {count} vaults is meant (`--vault NAME`)")))
            }
        }
    }

    /// The id of the vault that is meant, also where only another document names it.
    pub(in crate::check) fn vault_id(&self) -> Result<ResourceId, Withheld> {
        match self.protecting_vaults()?.into_iter().next() {
            Some(id) if self.question.vault.is_none() => Ok(id),
            _ => self.vault().map(|vault| vault.id.clone()),
        }
    }

    /// The vaults that protect the VM, as far as the documents tell, in order and each once.
    pub(in crate::check) fn protecting_vaults(&self) -> Result<Vec<ResourceId>, Withheld> {
        let statuses = self.backup_statuses()?;
        let by_status = statuses.iter().filter(|status| status.protected);
        let mut vaults: Vec<ResourceId> = by_status.filter_map(|status| status.vault.clone()).collect();
        vaults.extend(self.protected_items()?.iter().filter_map(|item| vault_of(item)));
        vaults.sort();
        vaults.dedup();
        Ok(vaults)
    }

    /// The items of the asked workload that protect the VM.
    pub(in crate::check) fn protected_items(&self) -> Result<Vec<&'f ProtectedItem>, Withheld> {
        let vm = self.vm()?;
        let asked = |item: &&ProtectedItem| {
            item.management_type.as_ref().is_none_or(|kind| self.is_of_workload(kind)) && protects(item, vm)
        };
        Ok(self.facts.protected_items.iter().filter(asked).collect())
    }

    /// The answers of `backupStatus` for the VM. They speak of backup of whole VMs.
    pub(in crate::check) fn backup_statuses(&self) -> Result<Vec<&'f BackupStatus>, Withheld> {
        let vm = self.vm()?;
        if self.question.workload != Workload::Vm {
            return Ok(Vec::new());
        }
        let ours = |status: &&BackupStatus| match &status.item_name {
            Some(name) => names(name, vm),
            None => self.facts.vms.len() <= 1,
        };
        Ok(self.facts.backup_statuses.iter().filter(ours).collect())
    }

    /// The policy that is meant: that of the protected item, or the only one for the workload.
    ///
    /// Not examined where the input holds none, or several that none of this tells apart.
    pub(in crate::check) fn policy(&self) -> Result<&'f BackupPolicy, Withheld> {
        let items = self.protected_items()?;
        if let Some(id) = items.iter().find_map(|item| item.policy.as_ref()) {
            return Ok(self.facts.policies.find(id)?);
        }
        let vault = self.vault_id().ok();
        let fits = |policy: &&BackupPolicy| {
            let inside = policy.id.parent().filter(|_| policy.id.is_path());
            inside.is_none() || vault.is_none() || inside == vault
        };
        let policies: Vec<_> = self.policies().filter(fits).collect();
        match policies.as_slice() {
            [only] => Ok(only),
            [] => Err(not_examined("a backup policy".to_owned())),
            several => Err(not_examined(format!(
                "which of the {} policies is meant, as no protected item names one",
                several.len()
            ))),
        }
    }

    /// The policies for the workload, of every vault.
    pub(in crate::check) fn policies(&self) -> impl Iterator<Item = &'f BackupPolicy> {
        let asked = |policy: &&BackupPolicy| {
            policy.management_type.as_ref().is_none_or(|kind| self.is_of_workload(kind))
        };
        self.facts.policies.iter().filter(asked)
    }

    fn vault_named(&self, name: &str) -> Result<&'f Vault, Withheld> {
        let id = ResourceId::new(name);
        let fits = |vault: &&Vault| vault.id == id || vault.id.name().eq_ignore_ascii_case(name);
        let found: Vec<_> = self.facts.vaults.iter().filter(fits).collect();
        match found.as_slice() {
            [only] => Ok(only),
            [] => Err(Missing::new(format!("vault `{name}`")).into()),
            several => {
                let ids: Vec<String> = several.iter().map(|vault| format!("`{}`", vault.id)).collect();
                Err(Withheld::inconclusive(format!("`{name}` names {}", ids.join(" and "))))
            }
        }
    }

    fn is_of_workload(&self, management_type: &str) -> bool {
        let own = match self.question.workload {
            Workload::Vm => "AzureIaasVM",
            Workload::Sql | Workload::Hana => "AzureWorkload",
            Workload::Mars => "MAB",
        };
        own.eq_ignore_ascii_case(management_type)
    }
}

/// The vault that holds an item: from the item's own id, or else as it says.
pub(in crate::check) fn vault_of(item: &ProtectedItem) -> Option<ResourceId> {
    const VAULT: &str = "Microsoft.RecoveryServices/vaults";
    let mut id = Some(item.id.clone());
    while let Some(inner) = id.filter(|_| item.id.is_path()) {
        if inner.is_a(VAULT) {
            return Some(inner);
        }
        id = inner.parent();
    }
    item.vault.clone()
}

fn protects(item: &ProtectedItem, vm: &VirtualMachine) -> bool {
    match &item.source {
        Some(source) if source.is_path() && vm.id.is_path() => *source == vm.id,
        Some(source) => source.name().eq_ignore_ascii_case(vm.id.name()),
        None => names(item.id.name(), vm),
    }
}

/// Whether `VM;iaasvmcontainerv2;GROUP;NAME` names the VM.
fn names(item: &str, vm: &VirtualMachine) -> bool {
    let mut parts = item.rsplit(';');
    let (name, group) = (parts.next(), parts.next());
    name.is_some_and(|name| name.eq_ignore_ascii_case(vm.id.name()))
        && match (group, vm.id.resource_group()) {
            (Some(named), Some(own)) => named.eq_ignore_ascii_case(own),
            _ => true,
        }
}

fn not_examined(what: String) -> Withheld {
    Withheld::NotExamined { missing: Missing::new(what) }
}
