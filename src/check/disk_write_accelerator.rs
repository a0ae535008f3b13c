//! A disk has write accelerator on.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};

pub(super) const CHECK: Check = Check {
    id: "disk-write-accelerator",
    title: "a disk has write accelerator on",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether write accelerator is on for any disk of the VM.

## Why it matters for backup

In 2018 it kept the application-consistent snapshot from being taken. Today such disks are taken, but Microsoft's \
support matrix asks for internet connectivity from the VM, even where the disks are left out of the backup; the \
extension's own code takes their snapshots through the host alone.

## How it decides

Off for every disk passes (Azure leaves the switch out where it is off). On is a warning today, because the sources \
differ, and fails under the profile 2018. A VM whose disks are not listed is inconclusive.

## How to fix

See that the VM reaches Azure Storage of its region on TCP 443, or switch write accelerator off.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://github.com/Azure/azure-linux-extensions/tree/b7eecd4b/VMBackup
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let Some(feature) = feature(FeatureId::WriteAccelerator, case.question.profile) else {
        return Err(Withheld::not_applicable("the documents of this profile do not speak of it"));
    };
    let disks = case.disks()?;
    let findings = disks.iter().filter(|disk| disk.attached.write_accelerator == Some(true)).map(|disk| {
        let message = format!("disk `{}` has write accelerator on: {}", disk.name(), feature.reason);
        let remedy =
            Remediation::new("let the VM reach Azure Storage on TCP 443, or switch write accelerator off");
        Finding::new(message, disk.subject())
            .weighing(feature.severity)
            .at(disk.place())
            .with(Evidence::text("write accelerator", "on"))
            .citing(feature.sources)
            .remedied_by(remedy)
    });
    let evidence = vec![Evidence::text("disks with write accelerator", "none")];
    Ok(Conclusion::of(findings.collect(), evidence))
}
