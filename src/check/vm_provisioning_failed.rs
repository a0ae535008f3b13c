//! The VM is in a state in which nothing can be done with it.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{Severity, Workload};
use crate::facts::Missing;

pub(super) const CHECK: Check = Check {
    id: "vm-provisioning-failed",
    title: "the VM is in a failed or passing provisioning state",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

`provisioningState` of the VM.

## Why it matters for backup

Azure takes no restore point of a VM whose last operation failed: the job ends with \
`UserErrorVmProvisioningStateFailed`.

## How it decides

`Succeeded` passes and `Failed` fails. Any other state, such as `Updating`, passes by itself and is a warning: a job that \
starts meanwhile fails. A VM without a stated state is inconclusive. Not applicable for the MARS agent.

## How to fix

Push an empty update to the VM. If it fails again, its answer names the cause, mostly an extension; repair or remove \
that one.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    if case.question.workload == Workload::Mars {
        return Err(Withheld::not_applicable("the MARS agent does not go through the VM's resource"));
    }
    let vm = case.vm()?;
    let missing = || {
        let what = format!("the provisioning state of `{}`", vm.id.name());
        Missing::new(what).with_lookup("vm show", &vm.id)
    };
    let state = vm.provisioning_state.as_deref().ok_or_else(missing)?;
    let evidence = Evidence::text("provisioningState", state);
    if state.eq_ignore_ascii_case("Succeeded") {
        return Ok(Conclusion::Pass(vec![evidence]));
    }
    let failed = state.eq_ignore_ascii_case("Failed");
    let (severity, summary) = if failed {
        (Severity::Blocker, "push an empty update to the VM; if it fails again, its answer names the cause")
    } else {
        (Severity::Warning, "wait until the operation on the VM has ended, then look again")
    };
    let words: &[&str] = if failed { &["vm", "update"] } else { &["vm", "wait", "--updated"] };
    let message = format!("`{}` is in provisioning state `{state}`: no backup starts in it", vm.id.name());
    let found = Finding::new(message, vm.id.as_str())
        .weighing(severity)
        .at(&vm.place)
        .with(evidence)
        .citing(documented(&["TSAGENT", "TSVM"]))
        .remedied_by(Remediation::new(summary).command_on(words, &vm.id));
    Ok(Conclusion::Fail(vec![found]))
}
