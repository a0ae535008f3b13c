//! A disk that several VMs may attach at once.

use super::case::DiskView;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};

pub(super) const CHECK: Check = Check {
    id: "disk-shared",
    title: "a disk is shared between VMs",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether a disk may be attached to several VMs at once (`maxShares` above 1).

## Why it matters for backup

Shared disks are not supported (`UserErrorSharedDiskBackupNotSupported`).

## How it decides

`maxShares` above 1 fails, 1 or none passes. It stands in the disk alone, not in the VM: where the input holds some of \
the VM's disks but not all, the check is inconclusive, and where it holds none, not examined.

## How to fix

Leave the disk out: under an Enhanced policy the backup of the other disks can go on. Or protect what the disk holds \
from inside, with SQL backup or the MARS agent.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let Some(feature) = feature(FeatureId::SharedDisk, case.question.profile) else {
        return Err(Withheld::not_applicable("the documents of this profile do not speak of it"));
    };
    let disks = case.disks()?;
    let shares = |disk: &DiskView<'_>| disk.known().and_then(|known| known.max_shares);
    let findings: Vec<Finding> = disks
        .iter()
        .filter_map(|disk| Some((disk, shares(disk).filter(|shares| *shares > 1)?)))
        .map(|(disk, shares)| {
            let message =
                format!("up to {shares} VMs may attach disk `{}` at once: {}", disk.name(), feature.reason);
            let remedy = Remediation::new("leave the disk out of the backup, under an Enhanced policy");
            Finding::new(message, disk.subject())
                .weighing(feature.severity)
                .at(disk.place())
                .with(Evidence::text("maxShares", shares.to_string()))
                .citing(feature.sources)
                .remedied_by(remedy)
        })
        .collect();
    // A disk that is in the input and names no figure is not shared: Azure leaves it out then.
    let unknown = disks.iter().find(|disk| disk.known().is_none() && disk.is_managed() != Some(false));
    match unknown {
        Some(unknown) if findings.is_empty() => Err(Case::untold(&disks, unknown, "whether it is shared")),
        _ => Ok(Conclusion::of(findings, vec![Evidence::text("shared disks", "none")])),
    }
}
