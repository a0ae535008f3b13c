//! Encrypted disks whose key vault lets nobody back up its keys.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Missing;
use crate::vault::ProtectedItem;
use crate::vm::{KeyVault, VirtualMachine};

pub(super) const CHECK: Check = Check {
    id: "key-vault-access-missing",
    title: "backup may not read the keys of encrypted disks",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

For disks under Azure Disk Encryption: whether the key vault that holds their keys gives anybody the rights to get, list \
and back up keys and secrets.

## Why it matters for backup

Backup stores the keys with the recovery point, because without them a restored disk cannot be read. Where it may not \
read them, the job ends with `UserErrorKeyvaultPermissionsNotConfigured`.

## How it decides

No encrypted disk passes, and so does an encrypted VM whose last backup was completed. A vault whose access policies \
give nobody the rights fails. A vault that gives them to somebody, or by roles, is inconclusive: which identity belongs \
to backup differs from tenant to tenant, and role assignments are not in an export of the vault. So is a vault that is \
not in the input.

## How to fix

Give the identity `Backup Management Service` the rights to get, list and back up keys and secrets, by an access policy \
or by a role, then try again after some minutes.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let disks = case.disks()?;
    let mut encrypted: Vec<_> = disks.iter().filter(|disk| disk.encrypted() == Some(true)).collect();
    let vm = case.vm()?;
    if encrypted.is_empty() && !has_extension(vm) {
        let silent = disks.iter().find(|disk| disk.known().is_none() && disk.encrypted().is_none());
        if let (Some(silent), None, None) = (silent, &vm.extensions, &vm.agent) {
            return Err(Case::untold(&disks, silent, "the encryption"));
        }
        return Ok(Conclusion::Pass(vec![Evidence::text("disks under Azure Disk Encryption", "none")]));
    }
    let done = |item: &&ProtectedItem| {
        item.last_backup_status.as_deref().is_some_and(|s| s.eq_ignore_ascii_case("Completed"))
    };
    if let Some(item) = case.protected_items()?.into_iter().find(done) {
        let evidence = Evidence::text("last backup of the encrypted VM", "completed");
        return Ok(Conclusion::Pass(vec![evidence, Evidence::text("protected item", item.id.name())]));
    }
    if encrypted.is_empty() {
        encrypted.extend(&disks);
    }
    let mut vaults: Vec<_> =
        encrypted.iter().filter_map(|disk| disk.known()).flat_map(|disk| &disk.key_vaults).collect();
    vaults.sort();
    vaults.dedup();
    let known: Result<Vec<&KeyVault>, Missing> =
        vaults.into_iter().map(|id| case.facts.key_vaults.find(id)).collect();
    let closed: Vec<Finding> = known?.into_iter().filter(|vault| is_closed(vault)).map(finding).collect();
    if closed.is_empty() {
        let reason = "the VM's disks are encrypted, and whether backup may read their key vault cannot be told from an \
                      export: the right must be given to the identity `Backup Management Service` of your tenant";
        return Err(Withheld::inconclusive(reason));
    }
    Ok(Conclusion::Fail(closed))
}

fn has_extension(vm: &VirtualMachine) -> bool {
    let mut extensions = vm.extensions.iter().flatten();
    extensions
        .any(|extension| extension.kind.as_deref().unwrap_or(&extension.name).contains("AzureDiskEncryption"))
}

/// Whether it certainly gives the rights to nobody.
fn is_closed(vault: &KeyVault) -> bool {
    vault.uses_roles == Some(false) && vault.may_back_up.as_ref().is_some_and(Vec::is_empty)
}

fn finding(vault: &KeyVault) -> Finding {
    let message = format!(
        "key vault `{}` holds the keys of encrypted disks and lets nobody back them up",
        vault.id.name()
    );
    let remedy = Remediation::new(
        "let `Backup Management Service` get, list and back up keys and secrets of the vault",
    )
    .step("find its object id: az ad sp list --display-name 'Backup Management Service'")
    .step(
        "az keyvault set-policy with --key-permissions get list backup --secret-permissions get list backup",
    );
    Finding::new(message, vault.id.as_str())
        .at(&vault.place)
        .with(Evidence::text("access policies with the rights", "none"))
        .citing(documented(&["TSAGENT", "MATRIX"]))
        .remedied_by(remedy)
}
