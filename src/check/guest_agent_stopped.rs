//! The service of the VM agent does not run, does not start, or has fallen silent.

mod asleep;
mod standing;

use jiff::SignedDuration;

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::{AgentService, Machine, ServiceTrouble};
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

A service that is masked, that does not run, that ends again and again, that Windows does not have, or that lies on a disk \
and would not start blocks; so does an agent that would not work. A service that runs now and does not start with the \
machine warns, and so does a last heartbeat of more than two hours ago on a machine that runs: the agent for Linux writes \
one every half hour. Microsoft names no figure: the two hours are azpreflight's own. A running service with a heartbeat \
since its start passes; a disk passes where the service starts with the machine. What could not be read is inconclusive, and \
so is a service of which systemd says one thing and the processes another, and one of the two services of Windows alone.

## How to fix

Start the service and have it start with the machine: `systemctl enable --now walinuxagent` (`waagent` on others than \
Debian and Ubuntu); of a disk with `--root=DIR` and without `--now`, where DIR is where the disk is mounted; on Windows set `RdAgent` and `WindowsAzureGuestAgent` to automatic and start them.

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
    findings.extend(standing::finding(&service, machine, subject));
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

fn is_live(machine: &Machine) -> bool {
    machine.survey.as_ref().is_some_and(|survey| survey.value.live)
}

/// Leaves where not enough is known to call it well.
fn known(case: &Case<'_>, machine: &Machine, service: &AgentService) -> Result<(), Withheld> {
    if service.seen.is_empty() && machine.survey.is_none() {
        case.survey()?;
    }
    if !is_live(machine) {
        if service.runs.is_none() && service.start.is_none() {
            let reason = "whether the service of the VM agent starts with the machine is not known";
            return Err(Withheld::inconclusive(reason));
        }
        // Whether it is told to sleep is known of an agent that gives signs of life.
        return asleep::looked(case, machine);
    }
    if service.runs.is_none() {
        let why = match service.trouble {
            Some(ServiceTrouble::Orphan) => ": systemd says that it does not, and a process of it is there",
            Some(ServiceTrouble::NoProcess) => ": systemd says that it does, and no process of it is there",
            _ => "",
        };
        let reason = format!("whether the service of the VM agent runs is not known{why}");
        return Err(Withheld::inconclusive(reason));
    }
    if let Some(started) = machine.agent.log.as_ref().and_then(|log| log.value.unheard_since_start()) {
        let reason = format!("the VM agent has written no heartbeat since it started at {}", started.at);
        return Err(Withheld::inconclusive(reason));
    }
    match (machine.agent_heartbeat(), machine.family()) {
        (Some(_), _) => Ok(()),
        (None, Some(OsFamily::Windows)) => {
            Err(Withheld::inconclusive("no heartbeat of the VM agent is told"))
        }
        (None, _) if machine.agent.log.is_some() => {
            Err(Withheld::inconclusive("the log of the VM agent has no heartbeat"))
        }
        (None, _) => Err(case.unread(LOG)),
    }
}

/// No sign of life for long, of a service that runs.
fn silent(case: &Case<'_>, machine: &Machine, subject: &str) -> Option<Finding> {
    let now = case.live("heartbeat").ok()?.collected_at?;
    machine.agent_service().runs.filter(|runs| *runs)?;
    let last = machine.agent_sign_of_life()?;
    if !last.value.is_older(SILENT, now) {
        return None;
    }
    let message =
        format!("the service of the VM agent runs, and there is no sign of life since {}", last.value.at);
    let remedy = Remediation::new("restart the VM agent, then look into its log")
        .step("if it falls silent again: look for free space, and whether it reaches 168.63.129.16 on TCP 80 and 32526");
    let found = Finding::new(message, subject).weighing(Severity::Warning).at(&last.place);
    Some(found.citing(documented(&["TSAGENT", "WALA"])).remedied_by(remedy))
}

fn evidence(machine: &Machine, service: &AgentService) -> Vec<Evidence> {
    let seen = service.seen.iter().map(|(label, value)| Evidence::text(label, value));
    let told = [("last heartbeat", machine.agent_heartbeat()), ("end of the log", machine.agent_log_end())];
    let told = told.into_iter().filter_map(|(label, read)| Some((label, read?.value.at.to_string())));
    seen.chain(told.map(|(label, at)| Evidence::text(label, at))).collect()
}
