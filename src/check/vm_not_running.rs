//! The VM does not run.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, Workload, feature};
use crate::facts::Missing;
use crate::vm::PowerState;

pub(super) const CHECK: Check = Check {
    id: "vm-not-running",
    title: "the VM is not running",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The power state of the VM.

## Why it matters for backup

The extension of backup is installed on a running VM only, and a VM that is off gives recovery points that are \
crash-consistent. Databases inside it, and files through the MARS agent, are not backed up at all while it is off.

## How it decides

Running passes. Any other state is a warning: one page of Microsoft's allows a stopped VM, another says that it can \
interfere. For databases it blocks, as it is reported as an error of its own there. No power state is inconclusive.

## How to fix

Start the VM, at least for the first backup.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://learn.microsoft.com/azure/backup/backup-azure-vms-introduction
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let vm = case.vm()?;
    let missing = || {
        let what = format!("the power state of `{}`", vm.id.name());
        Missing::new(what).with_lookup("vm get-instance-view", &vm.id)
    };
    let power = vm.power.as_ref().ok_or_else(missing)?;
    let evidence = Evidence::text("power state", power.to_string());
    if *power == PowerState::Running {
        return Ok(Conclusion::Pass(vec![evidence]));
    }
    let (severity, means) = match case.question.workload {
        Workload::Vm => {
            (Severity::Warning, "recovery points are crash-consistent, and no extension can be installed")
        }
        Workload::Sql | Workload::Hana => (Severity::Blocker, "databases inside it cannot be backed up"),
        Workload::Mars => (Severity::Warning, "nothing inside it is backed up"),
    };
    let message = format!("`{}` is {power}: while it is, {means}", vm.id.name());
    let stopped = feature(FeatureId::StoppedVm, case.question.profile);
    let found = Finding::new(message, vm.id.as_str())
        .weighing(severity)
        .at(&vm.place)
        .with(evidence)
        .citing(stopped.map_or(&[][..], |feature| feature.sources))
        .remedied_by(Remediation::new("start the VM").command_on(&["vm", "start"], &vm.id));
    let databases = matches!(case.question.workload, Workload::Sql | Workload::Hana);
    Ok(Conclusion::Fail(vec![if databases { found.citing(documented(&["SQLTS"])) } else { found }]))
}
