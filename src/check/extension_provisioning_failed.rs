//! An extension of the VM has failed or is not done yet.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Missing;
use crate::script::azure_cli::Command;
use crate::vm::{Extension, VirtualMachine};

pub(super) const CHECK: Check = Check {
    id: "extension-provisioning-failed",
    title: "an extension of the VM has failed",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The provisioning state of every extension of the VM, backup's own or any other.

## Why it matters for backup

Snapshots begin only after every extension has been provisioned. One failed extension, whoever made it, holds up backup \
and brings the VM itself into a failed state.

## How it decides

Every extension in `Succeeded` passes; `Failed` fails; any other state is a warning, because it may pass by itself. An \
export without the extensions, or an extension without a state, is inconclusive. Not applicable under an agentless \
policy and for the MARS agent.

## How to fix

Backup's own extension (`VMSnapshot`, `VMSnapshotLinux`) can be removed: the next job installs it again. Any other: \
read its message, repair it, or remove it if nobody needs it.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://learn.microsoft.com/azure/virtual-machines/virtual-machines-restore-points-vm-snapshot-extension
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let vm = case.vm()?;
    let missing = |what: String| Missing::new(what).with_lookup("vm get-instance-view", &vm.id);
    // An instance view leaves the list out where there is none.
    let none = Vec::new();
    let extensions = match (&vm.extensions, &vm.agent) {
        (Some(extensions), _) => extensions,
        (None, Some(_)) => &none,
        (None, None) => {
            return Err(missing(format!("the state of the extensions of `{}`", vm.id.name())).into());
        }
    };
    let findings: Vec<Finding> = extensions.iter().filter_map(|extension| fault(vm, extension)).collect();
    let silent = extensions.iter().find(|extension| extension.provisioning_state.is_none());
    if let (true, Some(silent)) = (findings.is_empty(), silent) {
        return Err(missing(format!("the state of extension `{}`", silent.name)).into());
    }
    let names: Vec<&str> = extensions.iter().map(|extension| extension.name.as_str()).collect();
    let all = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Ok(Conclusion::of(findings, vec![Evidence::text("extensions", all)]))
}

fn fault(vm: &VirtualMachine, extension: &Extension) -> Option<Finding> {
    let state = extension.provisioning_state.as_deref()?;
    // The instance view writes `ProvisioningState/failed/…` and `Provisioning failed`.
    let lower = state.to_ascii_lowercase();
    if lower.contains("succeeded") {
        return None;
    }
    let severity = if lower.contains("failed") { Severity::Blocker } else { Severity::Warning };
    let message =
        format!("extension `{}` is in state `{state}`: snapshots wait for every extension", extension.name);
    let mut found = Finding::new(message, vm.id.as_str())
        .weighing(severity)
        .at(&extension.place)
        .with(Evidence::text("extension", &extension.name));
    if let Some(kind) = &extension.kind {
        found = found.with(Evidence::text("type", kind));
    }
    if let Some(text) = &extension.message {
        found = found.with(Evidence::text("message", text));
    }
    Some(found.citing(documented(&["TSAGENT", "VMSNAP"])).remedied_by(remedy(vm, extension)))
}

fn remedy(vm: &VirtualMachine, extension: &Extension) -> Remediation {
    let kind = extension.kind.as_deref().unwrap_or(&extension.name).to_ascii_lowercase();
    let (verb, summary) = if kind.contains("vmsnapshot") {
        ("delete", "remove backup's extension: the next job installs it again")
    } else {
        ("show", "repair the extension, or remove it if nobody needs it")
    };
    let command = Command::new(&["vm", "extension", verb])
        .within(&vm.id)
        .value("--vm-name", vm.id.name())
        .value("--name", &extension.name);
    Remediation::new(summary).command(command.to_string())
}
