//! The log of the VM agent complains.

mod counted;
mod windows;

use jiff::SignedDuration;

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Missing;
use crate::guest::{JournalLine, LinuxLog, LinuxTrouble};
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "guest-agent-reports-errors",
    title: "the log of the VM agent tells of something that goes wrong",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// What was said longer than this before the last line of the log is past.
const RECENT: SignedDuration = SignedDuration::from_hours(24);
/// Where the agent for Linux writes.
const LOG: &str = "/var/log/waagent.log";

const EXPLANATION: &str = "\
## What it checks

The log of the VM agent, `waagent.log` or `WaAppAgent.log`, and on Windows `TransparentInstaller.log` beside it, as far as it \
was read: the last megabyte. What its own messages are known to mean: the host at 168.63.129.16 is not reached, the goal state or a package cannot be had, the \
status cannot be reported, a file system is full, something may not be run or written, the agent ends with an error or has \
given up a version of itself; on Windows, keys cannot be used, or .NET does not load the agent.

## Why it matters for backup

An agent that runs and cannot do its work fails a backup like one that does not run; its log says why.

## How it decides

What was said in the day before the log ends, and was not seen to go right afterwards nor followed by a new start, warns, \
each kind once with its last line. An agent that ended with an error three times or more in the hour before the log ends, or \
whose service started six times or more, warns, whatever came after: it writes a heartbeat at every start. Failures to fetch \
the goal state that the last heartbeat counts are a note below ten, and warn from ten on, unless it came since. These figures \
are azpreflight's own. Other lines that are errors by their own word are a note. A log without any passes. A log \
that could not be read is inconclusive.

## How to fix

What the line says. For the host: look at the firewall of the machine, at proxies, at DHCP; a network security group does \
not stop this traffic.

## References

- https://learn.microsoft.com/troubleshoot/azure/virtual-machines/linux/linux-azure-guest-agent
- https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/windows-azure-guest-agent
- https://github.com/Azure/WALinuxAgent/tree/a976115fd
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let machine = case.machine_with_agent()?;
    let subject = case.vm()?.id.as_str();
    if machine.family() == Some(OsFamily::Windows) {
        let missing = || Withheld::NotExamined { missing: Missing::new("`WaAppAgent.log`") };
        return windows::conclude(&machine.windows.agent, subject).ok_or_else(missing);
    }
    let read = machine.agent.log.as_ref().ok_or_else(|| case.unread(LOG))?;
    let log = &read.value;
    let restless = counted::restless(log, subject);
    let is_told = |trouble| trouble == LinuxTrouble::Crash && restless.is_some();
    let standing = log.troubles.iter().filter(|(trouble, line)| is_recent(line, log) && !is_told(*trouble));
    let mut findings: Vec<Finding> =
        standing.map(|(trouble, line)| finding(*trouble, line, subject).at(&read.place)).collect();
    let counted = restless.into_iter().chain(counted::unfetched(log, subject));
    findings.extend(counted.map(|found| found.at(&read.place)));
    if findings.is_empty() {
        findings.extend(other(log, subject).map(|found| found.at(&read.place)));
    }
    Ok(Conclusion::of(findings, evidence(log)))
}

fn is_recent(line: &JournalLine, log: &LinuxLog) -> bool {
    let (Some(at), Some(last)) = (line.at, log.last) else { return true };
    !at.is_older(RECENT, last.at)
}

fn finding(trouble: LinuxTrouble, line: &JournalLine, subject: &str) -> Finding {
    let mut found = Finding::new(format!("the VM agent {}, by its own log", trouble.meaning()), subject)
        .with(Evidence::text("it says", &line.text));
    found.evidence.extend(line.at.map(|at| Evidence::text("last at", at.at.to_string())));
    let remedy = match trouble {
        LinuxTrouble::WireServer | LinuxTrouble::GoalState | LinuxTrouble::Status => reach_the_host(),
        _ => Remediation::new("put right what the line says, then restart the VM agent"),
    };
    found.citing(documented(&["LINTS", "WALA"])).remedied_by(remedy)
}

fn reach_the_host() -> Remediation {
    Remediation::new("see to it that root on the machine reaches 168.63.129.16 on TCP 80 and 32526").step(
        "look at the firewall of the machine, at proxies and at DHCP: `azpreflight check --here --probe`",
    )
}

/// Errors of which the meaning is not known here.
fn other(log: &LinuxLog, subject: &str) -> Option<Finding> {
    let line = log.last_error.as_ref().filter(|line| is_recent(line, log))?;
    let lines = if log.errors == 1 {
        "1 line that is an error"
    } else {
        &format!("{} lines that are errors", log.errors)
    };
    let message = format!("the log of the VM agent has {lines} since its last start");
    let found = Finding::new(message, subject)
        .weighing(Severity::Note)
        .with(Evidence::text("the last says", &line.text))
        .citing(documented(&["LINTS"]));
    Some(found.remedied_by(Remediation::new("read the log around that line")))
}

fn evidence(log: &LinuxLog) -> Vec<Evidence> {
    let last = log.last.map(|at| Evidence::text("the log ends", at.at.to_string()));
    let beat = log.heartbeat.and_then(|beat| beat.at);
    last.into_iter().chain(beat.map(|at| Evidence::text("last heartbeat", at.at.to_string()))).collect()
}
