//! What Azure says of the VM and its agent and what the machine itself says do not agree.

mod systems;

use jiff::SignedDuration;

use super::case::{agent_version, is_ready};
use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::Machine;
use crate::vm::VirtualMachine;

pub(super) const CHECK: Check = Check {
    id: "guest-contradicts-export",
    title: "Azure and the machine itself do not say the same",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// The same silence as that of a service that has fallen silent.
const SILENT: SignedDuration = SignedDuration::from_hours(2);

const EXPLANATION: &str = "\
## What it checks

What the export says of the VM and its agent, beside what the machine itself says: the status and the version of the \
agent, the operating system, the size, whether the VM runs, and the state of its extensions.

## Why it matters for backup

The instance view is what the platform last heard. An agent that has died since is still `Ready` there for a while, so \
that everything looks well until the next backup fails.

## How it decides

`Ready` beside a service that does not run or has been silent for two hours warns, and so does another status beside a \
service that runs and gives signs of life, and another family of the system, or a distribution of another line (Ubuntu beside RHEL; not CentOS beside \
Rocky Linux, which is made of it in place): then the guest is not this VM's, or its OS disk was replaced. Another version \
than the one in effect is a note: one of the two was looked at before an update. So are another release of the same system, another size than the machine was \
told when it started, a VM that does not run by the export and did when it was looked at, and an extension that succeeded by the \
export and is not ready on the machine. A goal-state agent newer than the \
installed one is normal where it updates itself, and a note where it does not. Not applicable without an export, or where \
it has no instance view and nothing else to compare.

## How to fix

Export the instance view again (`az vm get-instance-view`) and look at the machine again, one after the other. If they \
still differ, believe the machine, and restart its agent.

## References

- https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/windows-azure-guest-agent
- https://learn.microsoft.com/troubleshoot/azure/virtual-machines/linux/linux-azure-guest-agent
- https://github.com/Azure/WALinuxAgent/tree/a976115fd
- https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let machine = case.guest()?;
    let vm = case.vm()?;
    if !case.question.sources.contains(&Source::Export) {
        return Err(Withheld::out_of_sight("there is no export to compare with"));
    }
    let says =
        [vm.agent.is_some(), vm.os.is_some(), vm.image.is_some(), vm.size.is_some(), vm.power.is_some()];
    if !says.contains(&true) {
        return Err(Withheld::out_of_sight("the export says nothing of the VM agent or the system"));
    }
    let runs = signs_of_life(case, machine);
    let agent = [status(runs, vm), version(machine, vm), held_back(machine)];
    let whole = [
        systems::system(machine, vm),
        systems::release(machine, vm),
        systems::size(machine, vm),
        systems::power(machine, vm),
        systems::extension(machine, vm),
    ];
    let mut findings: Vec<Finding> = whole.into_iter().chain(agent).flatten().collect();
    let evidence = evidence(machine, vm, runs);
    for found in &mut findings {
        vm.id.as_str().clone_into(&mut found.subject);
        found.evidence.extend(evidence.iter().cloned());
        found.place = found.place.take().or(Some(vm.place.clone()));
    }
    if findings.is_empty() && runs.is_none() && vm.agent.as_ref().is_some_and(|agent| agent.status.is_some())
    {
        return Err(Withheld::inconclusive(
            "whether the agent runs is not known, so nothing can be compared",
        ));
    }
    Ok(Conclusion::of(findings, evidence))
}

/// Whether the agent runs and gives signs of life; `None` where that is not known.
fn signs_of_life(case: &Case<'_>, machine: &Machine) -> Option<bool> {
    let runs = machine.agent_service().runs?;
    let now = case.live("heartbeat").ok().and_then(|survey| survey.collected_at);
    let last = machine.agent_sign_of_life();
    let silent = now.zip(last).is_some_and(|(now, last)| last.value.is_older(SILENT, now));
    Some(runs && !silent)
}

fn status(runs: Option<bool>, vm: &VirtualMachine) -> Option<Finding> {
    let agent = vm.agent.as_ref()?;
    let said = agent.status.as_deref()?.escape_debug().to_string();
    match (is_ready(agent)?, runs?) {
        (true, false) => {
            Some(finding(format!("Azure says `{said}`, and on the machine the VM agent does not work")))
        }
        (false, true) => Some(finding(format!(
            "Azure says `{said}`, and on the machine the VM agent runs: it is not heard"
        ))),
        (true, true) | (false, false) => None,
    }
}

fn version(machine: &Machine, vm: &VirtualMachine) -> Option<Finding> {
    let stated = agent_version(vm.agent.as_ref())?;
    let own = machine.agent_in_effect().or_else(|| machine.installed_agent())?;
    (stated != own.value).then(|| {
        let message = format!("Azure says VM agent {stated}, and the machine says {}", own.value);
        finding(message).weighing(Severity::Note).at(&own.place)
    })
}

/// A newer agent in effect than is installed, though it does not update itself: it came before that was switched off.
fn held_back(machine: &Machine) -> Option<Finding> {
    let (installed, own) = (machine.installed_agent()?, machine.agent_in_effect()?);
    let odd = own.value > installed.value && machine.auto_update() == Some(false);
    odd.then(|| {
        let message = format!(
            "goal-state agent {} is in effect above the installed {}, though it does not update itself: it stays what it is",
            own.value, installed.value
        );
        finding(message).weighing(Severity::Note).at(&own.place)
    })
}

fn finding(message: String) -> Finding {
    let remedy = Remediation::new("look at both again; if they still differ, believe the machine")
        .step("export the instance view again: `az vm get-instance-view`")
        .step("on the machine: `azpreflight agent`");
    Finding::new(message, "").citing(documented(&["LINTS", "WINTS", "WALA"])).remedied_by(remedy)
}

fn evidence(machine: &Machine, vm: &VirtualMachine, runs: Option<bool>) -> Vec<Evidence> {
    let agent = vm.agent.as_ref();
    let word = |runs| if runs { "runs" } else { "does not work" };
    let texts = [
        ("Azure's system", vm.os.map(|os| os.to_string())),
        ("system there", machine.family().map(|os| os.to_string())),
        ("Azure's status", agent.and_then(|agent| agent.status.clone())),
        ("set at", agent.and_then(|agent| agent.time.clone())),
        ("Azure's version", agent.and_then(|agent| agent.version.clone())),
        ("on the machine", runs.map(|runs| word(runs).to_owned())),
        ("in effect there", machine.agent_in_effect().map(|read| read.value.to_string())),
        ("installed there", machine.installed_agent().map(|read| read.value.to_string())),
    ];
    texts.into_iter().filter_map(|(label, value)| Some(Evidence::text(label, value?))).collect()
}
