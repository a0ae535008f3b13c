//! Volumes that the guest itself encrypts.

use std::collections::BTreeSet;

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};
use crate::facts::Missing;

pub(super) const CHECK: Check = Check {
    id: "guest-encrypted-volumes",
    title: "the guest encrypts volumes itself",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// Where Azure Disk Encryption keeps what it did, and where the header of an OS disk that it encrypted.
const AZURE: [&str; 2] = ["/var/lib/azure_disk_encryption_config", "/boot/luks"];

const EXPLANATION: &str = "\
## What it checks

Volumes of a Linux VM that dm-crypt (LUKS) encrypts, and whether Azure Disk Encryption did it, which is dm-crypt as well.

## Why it matters for backup

The founding documents say that VMs encrypted with LUKS are not supported. The support matrix of today names only Azure Disk \
Encryption, as supported where Backup may read the Key Vault. A snapshot holds the volume as it is, encrypted: without its \
key nobody reads what was restored.

## How it decides

Encrypted volumes are those that `lsblk` or `/etc/crypttab` names; swap with a new key at every start does not count. They \
are Azure's where its configuration, its header of the OS disk or its volume of keys is there. Others are a note today, and \
block under the profile 2018, which refuses LUKS; under it Azure's own are inconclusive.

## How to fix

Use encryption at host or Azure Disk Encryption, or keep the keys where a restore finds them.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://learn.microsoft.com/azure/virtual-machines/linux/how-to-configure-lvm-raid-on-crypt
- https://github.com/MicrosoftDocs/azure-docs.ko-kr
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    case.needs_linux()?;
    let guest = case.guest()?;
    let volumes = guest.storage.encrypted();
    if volumes.is_empty() {
        known(case)?;
        return Ok(Conclusion::Pass(vec![Evidence::text("encrypted volumes", "none")]));
    }
    let refused = feature(FeatureId::Luks, case.question.profile);
    let folders = guest.survey.iter().flat_map(|survey| survey.value.folders.iter());
    let azure = guest.storage.shows_disk_encryption()
        || folders.into_iter().any(|(path, names)| AZURE.contains(&path.as_str()) && !names.is_empty());
    if !azure {
        case.looked_through(&AZURE)?;
    }
    let own: BTreeSet<&str> =
        volumes.iter().filter(|volume| volume.is_own || !azure).map(|volume| volume.name).collect();
    let all: Vec<&str> = volumes.iter().map(|volume| volume.name).collect();
    let shown = Evidence::text("encrypted", all.join(", "));
    if own.is_empty() {
        if refused.is_some() {
            let reason = "Azure Disk Encryption uses LUKS, which the documents of this profile refuse without a word about it";
            return Err(Withheld::inconclusive(reason));
        }
        return Ok(Conclusion::Pass(vec![shown, Evidence::text("by", "Azure Disk Encryption")]));
    }
    let names: Vec<String> = own.iter().map(|name| format!("`{}`", name.escape_debug())).collect();
    let by = match case.survey() {
        Ok(survey) if AZURE.iter().any(|path| survey.is_absent(path)) => "the guest itself encrypts",
        _ if azure => "the guest itself encrypts",
        _ => "the guest encrypts, itself or by Azure Disk Encryption,",
    };
    let (severity, claim) = match refused {
        Some(feature) => (feature.severity, feature.reason),
        None => (Severity::Note, "the support matrix of today says nothing about LUKS"),
    };
    let found = Finding::new(format!("{by} {}: {claim}", names.join(", ")), case.vm()?.id.as_str())
        .weighing(severity)
        .with(shown)
        .citing(documented(&["SARM18", "MATRIX"]));
    Ok(Conclusion::Fail(vec![
        found.remedied_by(
            Remediation::new("see that the keys outlive the VM")
                .step("keep the keys, or the passphrases, where whoever restores the disks finds them")
                .step("or use encryption at host, or Azure Disk Encryption, which backup takes"),
        ),
    ]))
}

/// Leaves where nothing told which volumes there are.
fn known(case: &Case<'_>) -> Result<(), Withheld> {
    let storage = &case.guest()?.storage;
    match case.survey() {
        Ok(survey) if survey.live => {
            storage.devices.as_ref().map(|_| ()).ok_or_else(|| case.unread("commands/lsblk.txt"))
        }
        Ok(survey) if storage.mappings.is_some() || survey.is_absent("/etc/crypttab") => Ok(()),
        Ok(_) => Err(case.unread("/etc/crypttab")),
        Err(_) if storage.devices.is_some() || storage.mappings.is_some() => Ok(()),
        Err(_) => {
            let what = "which volumes are encrypted (`lsblk --json` or `/etc/crypttab`)";
            Err(Withheld::NotExamined { missing: Missing::new(what) })
        }
    }
}
