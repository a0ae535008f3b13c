//! The VM agent runs and says that it is not ready.

use super::case::is_ready;
use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::azure::ResourceId;
use crate::backup::Severity;
use crate::facts::Missing;
use crate::vm::InstanceAgent;

pub(super) const CHECK: Check = Check {
    id: "agent-not-ready",
    title: "the VM agent is not ready",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

What the platform last heard from the VM agent: the status in the instance view of the VM.

## Why it matters for backup

The agent starts the extension that freezes the file systems and takes the snapshot. With an agent that is stopped, \
hangs or is not registered, a job ends with `UserErrorGuestAgentStatusUnavailable`, or leaves a recovery point that is \
only crash-consistent. It is the most frequent cause of failed backups in Microsoft's own list.

## How it decides

`Ready` passes; any other status fails. A VM that is not running, or an export without the instance view, is \
inconclusive. Not applicable under an agentless policy and for the MARS agent, which do without the VM agent.

## How to fix

Push an empty update to the VM, which refreshes its state. Then, inside the VM: look for free space on the OS disk and \
restart the agent (`RdAgent` and `WindowsAzureGuestAgent` on Windows, `walinuxagent` or `waagent` on Linux). The guest \
must reach 168.63.129.16 on TCP 80 and 32526: its own firewall, a security product or a proxy can stop that, a \
network security group cannot.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/windows-azure-guest-agent
- https://learn.microsoft.com/troubleshoot/azure/virtual-machines/linux/linux-azure-guest-agent
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let (vm, agent) = (case.vm()?, case.agent()?);
    let missing = || {
        let what = format!("the status of the VM agent of `{}`", vm.id.name());
        Missing::new(what).with_lookup("vm get-instance-view", &vm.id)
    };
    let ready = is_ready(agent).ok_or_else(missing)?;
    let findings = if ready { Vec::new() } else { vec![finding(agent, &vm.id).at(&vm.place)] };
    Ok(Conclusion::of(findings, evidence(agent)))
}

fn finding(agent: &InstanceAgent, vm: &ResourceId) -> Finding {
    let status = agent.status.as_deref().unwrap_or_default();
    let mut found = Finding::new(
        format!("the VM agent of `{}` says `{status}`: backup cannot start its extension", vm.name()),
        vm.as_str(),
    );
    found.evidence = evidence(agent);
    let remedy = Remediation::new("refresh the state of the VM, then restart the agent inside it")
        .step("push an empty update to the VM with the command below")
        .step("inside the VM: look for free space on the OS disk, then restart the agent's services")
        .step("inside the VM, as administrator or root: TCP to 168.63.129.16 on ports 80 and 32526 must connect")
        .command_on(&["vm", "update"], vm);
    found.citing(documented(&["TSAGENT", "WINTS", "LINTS"])).remedied_by(remedy)
}

fn evidence(agent: &InstanceAgent) -> Vec<Evidence> {
    let said = [
        ("agent status", &agent.status),
        ("agent message", &agent.message),
        ("agent version", &agent.version),
        ("status set at", &agent.time),
    ];
    said.into_iter()
        .filter_map(|(label, value)| value.as_ref().map(|value| Evidence::text(label, value)))
        .collect()
}
