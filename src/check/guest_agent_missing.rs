//! The machine has no VM agent.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::{AgentPresence, Machine};
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "guest-agent-missing",
    title: "the VM agent is not installed on the machine",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the machine has the VM agent: its program, its modules, its package, its services.

## Why it matters for backup

Without the VM agent no extension can be installed, and so no application-consistent snapshot is taken.

## How it decides

Anything of the agent that is installed passes, and so does a process of it. It fails where a Linux has programs and the \
agent's is none of them, and where a Windows has neither of the agent's services; what a removed package leaves behind does \
not count. Inconclusive where a place could not be looked at, where `/usr` is empty or not mounted, where the services of \
Windows are not told, and where something speaks of an agent that was not found: a unit, on a disk also its configuration, \
log or folder, unless the list of packages says that it was removed. Not applicable under an agentless policy and for the \
MARS agent.

## How to fix

Linux: install the package of the distribution (`walinuxagent` or `WALinuxAgent`), not a copy from GitHub, and start its \
service. Windows: run the agent's MSI (https://go.microsoft.com/fwlink/?LinkID=394789).

## References

- https://learn.microsoft.com/azure/virtual-machines/extensions/agent-linux
- https://learn.microsoft.com/azure/virtual-machines/extensions/agent-windows
- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let machine = case.guest()?;
    match machine.agent_presence() {
        AgentPresence::Present(shown) => Ok(Conclusion::Pass(vec![Evidence::text("shown by", shown)])),
        AgentPresence::Absent(looked) => {
            let subject = case.vm()?.id.as_str();
            Ok(Conclusion::Fail(vec![finding(machine, subject, &looked)]))
        }
        AgentPresence::Unknown(why) => {
            case.survey()?;
            Err(Withheld::inconclusive(format!("whether there is a VM agent is not known: {why}")))
        }
    }
}

fn finding(machine: &Machine, subject: &str, looked: &[String]) -> Finding {
    let windows = machine.family() == Some(OsFamily::Windows);
    let step = if windows {
        "run the agent's MSI, https://go.microsoft.com/fwlink/?LinkID=394789"
    } else {
        "install it from the distribution's repository (`walinuxagent` or `WALinuxAgent`), and start its service"
    };
    let mut found = Finding::new("the VM agent is not installed: no extension can run", subject)
        .with(Evidence::text("not there", looked.join(", ")))
        .citing(documented(if windows { &["WINAGENT", "TSVM"] } else { &["LINAGENT", "TSVM"] }))
        .remedied_by(Remediation::new("install the VM agent").step(step));
    if let Some(removed) = machine.agent.packages.iter().find(|read| !read.value.installed) {
        let text = format!("{} {} was removed", removed.value.name, removed.value.version);
        found = found.with(Evidence::text("package", text)).at(&removed.place);
    } else if let Some(survey) = &machine.survey {
        found = found.at(&survey.place);
    }
    found
}
