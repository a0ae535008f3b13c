//! Nothing keeps the clock of the guest right, or it is off.

mod said;

use said::Said;

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Missing;
use crate::guest::Looked;
use crate::guest::windows::Start;
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "guest-clock-unsynchronised",
    title: "the clock of the guest is off, or nothing keeps it right",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

What chrony says of the clock (`chronyc tracking`), what systemd says (`timedatectl show`) with the clock of the hardware beside \
it, and whether the VM agent's log goes on into the future. Of Windows: what its time service says (`w32tm /query /status`), and \
whether the service `W32Time` is disabled.

## Why it matters for backup

A guest whose clock is set to a future date is not supported. The Linux extension drops tasks that come more than 140 \
minutes late by its clock (code 402), and a clock that is off leaves the agent without a valid certificate \
(`GuestAgentCertificateNotFound`).

## How it decides

140 minutes off and more blocks; a quarter of an hour warns, which is our judgement, and so does a clock that nothing keeps \
right. Of chrony and systemd the former is believed. A log that \
goes on into the future warns: the clock was ahead then, or is behind now. Only of a running machine: a disk has no clock. On \
the disk of a Windows machine a time service that is disabled warns all the same.

## How to fix

Let chrony or systemd-timesyncd set the clock by the host (`/dev/ptp_hyperv`) or by a time server; on Windows let `W32Time` be \
started, which takes the time of the host and of its servers. After a large correction restart the VM agent.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://learn.microsoft.com/azure/virtual-machines/windows/time-sync
- https://github.com/Azure/azure-linux-extensions/tree/b7eecd4b/VMBackup
- https://github.com/TheresaLui/SelfHelpContent_v2/tree/7f86468ac6/articles/microsoft.recoveryservices
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let machine = case.guest()?;
    let disabled = machine.windows.services.named("W32Time").and_then(|service| service.start.as_ref());
    let disabled = disabled.filter(|start| start.value == Start::Disabled);
    if machine.survey.is_some() && disabled.is_none() {
        case.live("clock")?;
    }
    let subject = case.vm()?.id.as_str();
    let mut said = Said::default();
    if let Some(start) = disabled {
        said.evidence.push(Evidence::text("start of W32Time", start.value.word()));
        said.unkept(
            "the time service of Windows, `W32Time`, is disabled: nothing sets the clock",
            &start.place,
        );
    }
    said.services(machine);
    said.windows(machine);
    said.log(machine);
    if said.found.is_empty() && !said.by_services {
        return Err(nothing_said(case));
    }
    let found = said.found.into_iter();
    let windows = case.guest_system() == Some(OsFamily::Windows);
    let findings = found.map(|(message, severity, place)| {
        let sources = if windows { ["MATRIX", "WINTIME", "CRC"] } else { ["MATRIX", "VMB", "CRC"] };
        let mut found = Finding::new(message, subject).weighing(severity).at(&place);
        found.evidence.clone_from(&said.evidence);
        found.citing(documented(&sources)).remedied_by(remedy(windows))
    });
    Ok(Conclusion::of(findings.collect(), said.evidence.clone()))
}

/// Why nothing is known of the clock: nobody could be asked, or who was asked did not answer.
fn nothing_said(case: &Case<'_>) -> Withheld {
    let missing = Missing::new("what keeps the clock of the machine");
    let asked = ["commands/chronyc-tracking.txt", "commands/timedatectl.txt", "commands/w32tm-status.txt"];
    let failed = |path: &&&str| {
        let looked = case.survey().ok().and_then(|survey| survey.looked(path));
        matches!(looked, Some(Looked::Unread { .. }))
    };
    asked.iter().find(failed).map_or(Withheld::NotExamined { missing }, |path| case.unread(path))
}

fn remedy(windows: bool) -> Remediation {
    let step = if windows {
        "run as administrator: `sc config W32Time start= demand`, `net start W32Time`, `w32tm /resync`"
    } else {
        "let chrony use `refclock PHC /dev/ptp_hyperv`, or a time server that the VM reaches"
    };
    Remediation::new("set the clock right, and let it follow the host or a time server")
        .step(step)
        .step("after a large correction restart the VM agent, so that its certificate is looked at anew")
}
