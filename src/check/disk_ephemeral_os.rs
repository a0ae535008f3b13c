//! The OS disk lives on the host only.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};
use crate::facts::Missing;

pub(super) const CHECK: Check = Check {
    id: "disk-ephemeral-os",
    title: "the OS disk is ephemeral",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the OS disk is ephemeral: kept on the host, and gone when the VM is deallocated.

## Why it matters for backup

Today's support matrix lists ephemeral OS disks as supported; the older troubleshooting page says that backup cannot be \
chosen for such a VM. What is on the disk may not be in the recovery point.

## How it decides

An ephemeral OS disk is a warning that cites both pages. A VM whose OS disk is not described is inconclusive.

## How to fix

Keep what must survive on data disks, and try a restore before relying on it.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let Some(feature) = feature(FeatureId::EphemeralOsDisk, case.question.profile) else {
        return Err(Withheld::not_applicable("the documents of this profile know no ephemeral OS disks"));
    };
    let vm = case.vm()?;
    let missing =
        || Missing::new(format!("the OS disk of `{}`", vm.id.name())).with_lookup("vm show", &vm.id);
    let disk = vm.os_disk.as_ref().ok_or_else(missing)?;
    if !disk.ephemeral {
        return Ok(Conclusion::Pass(vec![Evidence::text("OS disk", "kept in storage")]));
    }
    let message = format!("the OS disk of `{}` is ephemeral: {}", vm.id.name(), feature.reason);
    let found = Finding::new(message, vm.id.as_str())
        .weighing(feature.severity)
        .at(&vm.place)
        .with(Evidence::text("OS disk", &disk.name))
        .citing(feature.sources)
        .remedied_by(Remediation::new("keep what must survive on data disks, and try a restore"));
    Ok(Conclusion::Fail(vec![found]))
}
