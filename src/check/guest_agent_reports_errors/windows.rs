//! What the log of the agent for Windows complains about.

use super::super::finding::documented;
use super::super::{Conclusion, Evidence, Finding, Remediation};
use super::RECENT;
use crate::backup::Severity;
use crate::guest::windows::{AgentLog, LogLine, Trouble, WindowsAgent};

/// Concludes from the logs of the agent and of what installs it; `None` where neither can tell: without the former there is no
/// pass.
pub(super) fn conclude(agent: &WindowsAgent, subject: &str) -> Option<Conclusion> {
    let mut findings: Vec<Finding> = Vec::new();
    for read in agent.log.iter().chain(&agent.installer) {
        let log = &read.value;
        let standing = log.troubles.iter().filter(|(_, line)| is_recent(line, log) && !is_past(line, agent));
        findings.extend(standing.map(|(trouble, line)| finding(*trouble, line, subject).at(&read.place)));
    }
    let Some(read) = &agent.log else { return (!findings.is_empty()).then_some(Conclusion::Fail(findings)) };
    let log = &read.value;
    if findings.is_empty() {
        findings.extend(other(log, subject).map(|found| found.at(&read.place)));
    }
    let told = [("the log ends", &log.last), ("last heartbeat", &log.heartbeat)];
    let told =
        told.into_iter().filter_map(|(label, at)| Some(Evidence::text(label, at.as_ref()?.to_string())));
    Some(Conclusion::of(findings, told.collect()))
}

/// Whether the agent has started since.
fn is_past(line: &LogLine, agent: &WindowsAgent) -> bool {
    let started = agent.log.as_ref().and_then(|read| read.value.started_at.as_ref());
    let (Some(at), Some(started)) = (&line.at, started) else { return false };
    at.before(started).is_some_and(|distance| distance.is_positive())
}

/// Whether a line was written in the day before the log ends; so, too, where that cannot be told.
fn is_recent(line: &LogLine, log: &AgentLog) -> bool {
    let (Some(at), Some(last)) = (&line.at, &log.last) else { return true };
    at.before(last).is_none_or(|distance| distance <= RECENT)
}

fn finding(trouble: Trouble, line: &LogLine, subject: &str) -> Finding {
    let message = format!("the VM agent {}, by its own log", trouble.meaning());
    let mut found = Finding::new(message, subject)
        .with(Evidence::text(format!("line {} says", line.number), &line.text))
        .citing(documented(&["WINTS"]));
    found.evidence.extend(line.at.as_ref().map(|at| Evidence::text("last at", at.to_string())));
    found.remedied_by(remedy(trouble))
}

fn remedy(trouble: Trouble) -> Remediation {
    let restart = "then restart the services `RdAgent` and `WindowsAzureGuestAgent`";
    match trouble {
        Trouble::HostUnreachable => {
            Remediation::new("see to it that the machine reaches 168.63.129.16 on TCP 80 and 32526").step(
                "look at the Windows firewall, at filters of other programs and at proxies: `azpreflight check --here --probe`",
            )
        }
        Trouble::NoHostAddress => Remediation::new("let the network adapter of Azure take its address by DHCP")
            .step("switch DHCP on for it, and disable adapters that only the machine itself has, such as the Npcap Loopback Adapter")
            .step(restart),
        Trouble::StuckStopping => Remediation::new("restart the machine: the VM agent cannot be stopped"),
        Trouble::KeyService => Remediation::new("let the services `KeyIso` and `RpcSs` run")
            .step("as administrator: `sc.exe config KeyIso start= demand`, then `sc.exe start KeyIso`")
            .step(restart),
        Trouble::KeyFolders => Remediation::new("give the VM agent back its rights on the folders of keys")
            .step("reset the permissions of `%ProgramData%\\Microsoft\\Crypto\\RSA\\MachineKeys` to those that Windows comes with")
            .step(restart),
        Trouble::BrokenConfiguration => Remediation::new("put right the `machine.config` of .NET that the line names")
            .step("switch off what was left on there, such as profiling of WCF, or copy the file from a machine that works")
            .step(restart),
        Trouble::NarrowPrograms => Remediation::new("let .NET run programs for 64 bits as such")
            .step("as administrator: `reg add \"HKLM\\SOFTWARE\\Microsoft\\.NETFramework\" /v Enable64Bit /t REG_DWORD /d 1 /f`")
            .step(restart),
    }
}

/// Errors of which the meaning is not known here.
fn other(log: &AgentLog, subject: &str) -> Option<Finding> {
    let line = log.errors.last().filter(|line| is_recent(line, log))?;
    let message = "the log of the VM agent has lines that are errors since its last start";
    let found = Finding::new(message, subject)
        .weighing(Severity::Note)
        .with(Evidence::text(format!("the last, line {}, says", line.number), &line.text))
        .citing(documented(&["WINTS"]));
    Some(found.remedied_by(Remediation::new("read the log around that line")))
}
