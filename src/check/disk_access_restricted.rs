//! A disk whose data is handed out to Entra identities only.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};

pub(super) const CHECK: Check = Check {
    id: "disk-access-restricted",
    title: "access to a disk's data asks for Entra ID",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether access to the data of a disk asks for Entra ID (`dataAccessAuthMode`).

## Why it matters for backup

Disks with Entra-authenticated data access are not supported.

## How it decides

`AzureActiveDirectory` fails; `None`, or a disk that does not name a mode, passes. It stands in the disk alone, not in \
the VM: where the input holds some of the VM's disks but not all, the check is inconclusive, and where it holds none, \
not examined.

## How to fix

Set the mode of the disk to `None`, if the rules of your organisation allow it.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let Some(feature) = feature(FeatureId::RestrictedDataAccess, case.question.profile) else {
        return Err(Withheld::not_applicable("the documents of this profile do not speak of it"));
    };
    let disks = case.disks()?;
    let restricted = disks.iter().filter_map(|disk| {
        let mode = disk.known()?.data_access_auth_mode.as_deref()?;
        mode.eq_ignore_ascii_case("AzureActiveDirectory").then_some((disk, disk.id()?, mode))
    });
    let findings: Vec<Finding> = restricted
        .map(|(disk, id, mode)| {
            let message = format!(
                "the data of disk `{}` is handed out to Entra identities only: {}",
                disk.name(),
                feature.reason
            );
            let remedy = Remediation::new("let the disk's data be handed out without Entra ID")
                .command_on(&["disk", "update", "--data-access-auth-mode", "None"], id);
            Finding::new(message, disk.subject())
                .weighing(feature.severity)
                .at(disk.place())
                .with(Evidence::text("dataAccessAuthMode", mode))
                .citing(feature.sources)
                .remedied_by(remedy)
        })
        .collect();
    let unknown = disks.iter().find(|disk| disk.known().is_none() && disk.is_managed() != Some(false));
    match unknown {
        Some(unknown) if findings.is_empty() => Err(Case::untold(&disks, unknown, "the data access mode")),
        _ => Ok(Conclusion::of(findings, vec![Evidence::text("disks that ask for Entra ID", "none")])),
    }
}
