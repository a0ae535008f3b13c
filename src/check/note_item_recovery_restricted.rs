//! Whole disks can be restored, single files cannot.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};

pub(super) const CHECK: Check = Check {
    id: "note-item-recovery-restricted",
    title: "single files cannot be restored from this VM",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether a disk is of a kind from which single files cannot be restored: an Ultra disk, a Premium SSD v2, or one \
under Azure Disk Encryption. Under the profile 2018: whether a storage account is restricted to some networks.

## Why it matters for backup

Whole disks and VMs can be restored, single files cannot.

## How it decides

Any such disk, or such an account under the profile 2018, gives the note. Otherwise it is not applicable.

## How to fix

Plan to restore disks, or back up the files that matter with the MARS agent too.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://learn.microsoft.com/azure/backup/backup-azure-vms-enhanced-policy
- https://github.com/MicrosoftDocs/azure-docs.ko-kr
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let vm = case.vm()?;
    let Some((id, what)) = disk_in_the_way(case).or_else(|| account_in_the_way(case)) else {
        return Err(Withheld::out_of_sight("nothing known of the VM keeps single files from being restored"));
    };
    let Some(feature) = feature(id, case.question.profile) else {
        return Err(Withheld::not_applicable("the documents of this profile do not speak of it"));
    };
    let found = Finding::new(
        format!("single files of `{}` cannot be restored, because of {what}", vm.id.name()),
        vm.id.as_str(),
    )
    .at(&vm.place)
    .with(Evidence::text("documented as", feature.reason))
    .citing(feature.sources)
    .remedied_by(Remediation::new(
        "plan to restore disks, or back up the files that matter with the MARS agent too",
    ));
    Ok(Conclusion::Fail(vec![found]))
}

fn disk_in_the_way(case: &Case<'_>) -> Option<(FeatureId, String)> {
    let kinds = [("UltraSSD_LRS", FeatureId::UltraDisk), ("PremiumV2_LRS", FeatureId::PremiumSsdV2)];
    case.disks().ok()?.iter().find_map(|disk| {
        let by_kind =
            kinds.iter().find(|(sku, _)| disk.sku().is_some_and(|own| own.eq_ignore_ascii_case(sku)));
        let id = by_kind
            .map(|(_, id)| *id)
            .or_else(|| (disk.encrypted()?).then_some(FeatureId::DiskEncryption))?;
        feature(id, case.question.profile)
            .map(|feature| (id, format!("disk `{}` ({})", disk.name(), feature.title)))
    })
}

fn account_in_the_way(case: &Case<'_>) -> Option<(FeatureId, String)> {
    let id = FeatureId::ItemRecoveryRestricted;
    feature(id, case.question.profile)?;
    let account =
        case.facts.storage_accounts.iter().find(|account| account.denies_by_default == Some(true))?;
    Some((id, format!("storage account `{}`, which is restricted to some networks", account.id.name())))
}
