//! A disk that is a page blob in a storage account.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{DiskKind, FeatureId, Severity, Support, feature};
use crate::facts::Missing;

pub(super) const CHECK: Check = Check {
    id: "disk-unmanaged",
    title: "a disk is unmanaged",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether a disk of the VM is unmanaged: a page blob in a storage account of the customer.

## Why it matters for backup

Unmanaged disks were retired on 2025-09-30: a VM that still has them can no longer be started.

## How it decides

On or after the day of retirement (`--as-of`) an unmanaged disk fails, before it is a warning. Under the profile 2018 \
unmanaged disks pass. A disk of which the input tells neither a blob nor a managed disk is inconclusive. It holds for \
every workload, because none works in a VM that cannot be started.

## How to fix

Convert the VM to managed disks.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://github.com/actions/runner-images/issues/8221
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let Some(feature) = feature(FeatureId::UnmanagedDisk, case.question.profile) else {
        return Err(Withheld::not_applicable("the documents of this profile do not speak of it"));
    };
    let vm = case.vm()?;
    let disks = case.disks()?;
    let blobs: Vec<_> = disks.iter().filter_map(|disk| Some((disk, disk.attached.blob.as_ref()?))).collect();
    let unknown = disks.iter().find(|disk| disk.is_managed().is_none());
    let vouched = case.question.assumed.situation.disks == Some(DiskKind::Managed);
    if let (true, false, Some(unknown)) = (blobs.is_empty(), vouched, unknown) {
        return Err(Missing::new(format!("whether disk `{}` is managed", unknown.name()))
            .with_lookup("vm show", &vm.id)
            .into());
    }
    if blobs.is_empty() || feature.support == Support::Full {
        let kind = if blobs.is_empty() { "managed" } else { "unmanaged" };
        return Ok(Conclusion::Pass(vec![Evidence::text("disks", kind)]));
    }
    let retired = feature.since.is_none_or(|since| case.question.as_of >= since);
    let severity = if retired { feature.severity } else { Severity::Warning };
    let since = feature.since.map_or_else(|| "not stated".to_owned(), |since| since.to_string());
    let findings = blobs.into_iter().map(|(disk, blob)| {
        let message = format!("disk `{}` is unmanaged: {}", disk.name(), feature.reason);
        let remedy = Remediation::new("convert the VM to managed disks; it is deallocated meanwhile")
            .command_on(&["vm", "convert"], &vm.id);
        Finding::new(message, disk.subject())
            .weighing(severity)
            .at(disk.place())
            .with(Evidence::text("blob", blob))
            .with(Evidence::text("retired on", &since))
            .citing(feature.sources)
            .remedied_by(remedy)
    });
    Ok(Conclusion::Fail(findings.collect()))
}
