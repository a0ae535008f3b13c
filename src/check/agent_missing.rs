//! The VM was made without its agent, and none has been heard of since.

use super::case::{agent_version, is_ready};
use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{AgentBand, Severity};
use crate::facts::Missing;
use crate::guest::AgentPresence;
use crate::vm::VirtualMachine;

pub(super) const CHECK: Check = Check {
    id: "agent-missing",
    title: "the VM has no VM agent",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the VM has its agent at all: the version that the platform heard, and `provisionVMAgent` of the VM.

## Why it matters for backup

Without the VM agent no extension can be installed, and so no application-consistent snapshot is taken.

## How it decides

A version in the instance view passes. `provisionVMAgent` false and no version heard fails; false although an agent \
answers is a warning, because extension operations are documented as refused then. Neither a version nor the switch off \
is inconclusive: an agent that is not there and one that hangs look the same from outside; what the machine itself tells \
settles it. Not applicable under an agentless policy and for the MARS agent.

## How to fix

Windows: install the agent's MSI (https://go.microsoft.com/fwlink/?LinkID=394789) inside the VM. Linux: install the \
package of the distribution (`walinuxagent` or `WALinuxAgent`), not a copy from GitHub. No backup may run meanwhile.

## References

- https://learn.microsoft.com/azure/virtual-machines/extensions/agent-windows
- https://learn.microsoft.com/azure/virtual-machines/extensions/agent-linux
- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let vm = case.vm()?;
    let vouched = case.question.assumed.situation.agent.is_some_and(|band| band != AgentBand::Missing);
    if vouched && vm.agent.is_none() {
        return Ok(Conclusion::Pass(vec![Evidence::text("agent", "as assumed")]));
    }
    let agent = case.agent()?;
    let heard = agent_version(Some(agent)).is_some() || is_ready(agent) == Some(true);
    match (heard, vm.provision_agent) {
        (true, Some(false)) => Ok(Conclusion::Fail(vec![switched_off(vm)])),
        (true, _) => {
            let version = agent.version.as_deref().unwrap_or("not stated");
            Ok(Conclusion::Pass(vec![Evidence::text("agent version", version)]))
        }
        (false, Some(false)) => Ok(Conclusion::Fail(vec![absent(vm)])),
        (false, _) if let Some(shown) = installed(case) => {
            Ok(Conclusion::Pass(vec![Evidence::text("on the machine", shown)]))
        }
        (false, _) => {
            let what = format!("a sign of life of the VM agent of `{}`", vm.id.name());
            let missing = Missing::new(what).with_lookup("vm get-instance-view", &vm.id);
            let reason =
                "the platform has heard of no agent version: it is not installed, or it does not answer";
            Err(Withheld::Inconclusive { reason: reason.into(), missing: vec![missing] })
        }
    }
}

/// What on the machine itself shows that it has an agent, though the platform heard of none.
fn installed(case: &Case<'_>) -> Option<String> {
    match case.guest().ok()?.agent_presence() {
        AgentPresence::Present(shown) => Some(shown),
        AgentPresence::Absent(_) | AgentPresence::Unknown(_) => None,
    }
}

fn absent(vm: &VirtualMachine) -> Finding {
    let name = vm.id.name();
    let remedy = Remediation::new("install the VM agent inside the VM")
        .step("Windows: run the agent's MSI, https://go.microsoft.com/fwlink/?LinkID=394789")
        .step("Linux: install the agent from the distribution's repository and start its service")
        .link("https://learn.microsoft.com/azure/virtual-machines/extensions/agent-windows");
    finding(vm, format!("`{name}` was made without the VM agent, and the platform has heard of none since"))
        .remedied_by(remedy)
}

fn switched_off(vm: &VirtualMachine) -> Finding {
    let name = vm.id.name();
    let remedy = Remediation::new(
        "if extensions are refused, make the VM anew from its disks with the agent switched on",
    );
    let message =
        format!("an agent answers on `{name}`, but the VM says that it has none: extensions may be refused");
    finding(vm, message).weighing(Severity::Warning).remedied_by(remedy)
}

fn finding(vm: &VirtualMachine, message: String) -> Finding {
    Finding::new(message, vm.id.as_str())
        .at(&vm.place)
        .with(Evidence::text("provisionVMAgent", "false"))
        .citing(documented(&["WINAGENT", "EXT", "TSVM"]))
}
