//! The service of the VM agent does not run, does not start, or has fallen silent.

mod asleep;

use jiff::SignedDuration;

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::{AgentService, Machine, ServiceStart};
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "guest-agent-stopped",
    title: "the service of the VM agent does not run",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// An agent that was silent for so long has fallen silent: four of its heartbeats. Microsoft names no figure.
const SILENT: SignedDuration = SignedDuration::from_hours(2);
/// Where the agent for Linux writes its heartbeats.
const LOG: &str = "/var/log/waagent.log";

const EXPLANATION: &str = "\
## What it checks

The service of the VM agent: whether it starts with the machine, whether it runs, when its last heartbeat was; and \
whether something keeps the agent from working though it runs: a configuration that it cannot read, a file \
`disable_agent` in its folder.

## Why it matters for backup

An agent that is stopped or hangs is the first cause that Microsoft lists for failed backups: no extension is started, \
the job ends with `UserErrorGuestAgentStatusUnavailable`, or the recovery point is only crash-consistent.

## How it decides

A service that is masked, that does not run, or that lies on a disk and would not start blocks; so does an agent that \
would not work. A service that runs now and does not start with the machine warns, and so does a heartbeat more than two \
hours old on a machine that runs: the agent for Linux writes one every half hour, and Microsoft names no figure, so this \
one is ours. A running service with a heartbeat passes; a disk passes where the service starts with the machine. What \
could not be read is inconclusive.

## How to fix

Start the service and have it start with the machine: `systemctl enable --now walinuxagent` (`waagent` on others than \
Debian and Ubuntu); on Windows set `RdAgent` and `WindowsAzureGuestAgent` to automatic and start them.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://learn.microsoft.com/troubleshoot/azure/virtual-machines/linux/linux-azure-guest-agent
- https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/windows-azure-guest-agent
- https://github.com/Azure/WALinuxAgent/tree/a976115fd
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let machine = case.machine_with_agent()?;
    let subject = case.vm()?.id.as_str();
    let service = machine.agent_service();
    let evidence = evidence(machine, &service);
    let mut findings: Vec<Finding> = asleep::finding(machine, subject).into_iter().collect();
    findings.extend(stopped(&service, subject, machine.family()));
    if findings.is_empty() {
        findings.extend(silent(case, machine, subject));
    }
    if findings.is_empty() {
        known(case, machine, &service)?;
    }
    let place = machine.survey.as_ref().map(|survey| &survey.place);
    for found in &mut findings {
        found.evidence.extend(evidence.iter().cloned());
        found.place = found.place.take().or(place.cloned());
    }
    Ok(Conclusion::of(findings, evidence))
}

/// Leaves where not enough is known to call it well.
fn known(case: &Case<'_>, machine: &Machine, service: &AgentService) -> Result<(), Withheld> {
    let live = machine.survey.as_ref().is_some_and(|survey| survey.value.live);
    if service.seen.is_empty() && machine.survey.is_none() {
        case.survey()?;
    }
    if live && service.runs.is_none() {
        return Err(Withheld::inconclusive("whether the service of the VM agent runs is not known"));
    }
    if live && machine.agent_heartbeat().is_none() {
        return Err(match machine.family() {
            Some(OsFamily::Windows) => Withheld::inconclusive("no heartbeat of the VM agent is told"),
            _ => case.unread(LOG),
        });
    }
    if !live && service.runs.is_none() && service.start.is_none() {
        return Err(Withheld::inconclusive(
            "whether the service of the VM agent starts with the machine is not known",
        ));
    }
    // Whether it is told to sleep is known of an agent that gives signs of life.
    if live { Ok(()) } else { asleep::looked(case, machine) }
}

fn stopped(service: &AgentService, subject: &str, family: Option<OsFamily>) -> Option<Finding> {
    let name = service.name.as_deref().unwrap_or("waagent").escape_debug().to_string();
    let (claim, severity) = match (service.start, service.runs) {
        (Some(ServiceStart::Masked), _) => ("is masked: nothing can start it", Severity::Blocker),
        (Some(ServiceStart::Disabled), Some(false)) => {
            ("neither runs nor starts with the machine", Severity::Blocker)
        }
        (_, Some(false)) => ("does not run", Severity::Blocker),
        (Some(ServiceStart::Disabled), Some(true)) => {
            ("runs, but does not start with the machine", Severity::Warning)
        }
        (Some(ServiceStart::Disabled), None) => ("does not start with the machine", Severity::Blocker),
        (_, _) => return None,
    };
    let step = if family == Some(OsFamily::Windows) {
        format!("as administrator: `sc.exe config {name} start= auto`, then `sc.exe start {name}`")
    } else {
        let unmask = if service.start == Some(ServiceStart::Masked) {
            format!("systemctl unmask {name} && ")
        } else {
            String::new()
        };
        format!("as root: `{unmask}systemctl enable --now {name}`")
    };
    let found = Finding::new(format!("the service `{name}` of the VM agent {claim}"), subject)
        .weighing(severity)
        .citing(documented(&["TSAGENT", "LINTS", "WINTS"]));
    Some(
        found.remedied_by(
            Remediation::new("start the VM agent, and have it start with the machine").step(step),
        ),
    )
}

fn silent(case: &Case<'_>, machine: &Machine, subject: &str) -> Option<Finding> {
    let now = case.live("heartbeat").ok()?.collected_at?;
    let beat = machine.agent_heartbeat()?;
    if !beat.value.is_older(SILENT, now) {
        return None;
    }
    let message = format!("the VM agent runs, and its last sign of life is of {}", beat.value.at);
    let remedy = Remediation::new("restart the VM agent, then look into its log")
        .step("if it falls silent again: look for free space, and whether it reaches 168.63.129.16 on TCP 80 and 32526");
    let found = Finding::new(message, subject).weighing(Severity::Warning).at(&beat.place);
    Some(found.citing(documented(&["TSAGENT", "WALA"])).remedied_by(remedy))
}

fn evidence(machine: &Machine, service: &AgentService) -> Vec<Evidence> {
    let seen = service.seen.iter().map(|(label, value)| Evidence::text(label, value));
    let beat = machine.agent_heartbeat();
    let beat = beat.map(|beat| Evidence::text("last sign of life", beat.value.at.to_string()));
    seen.chain(beat).collect()
}
