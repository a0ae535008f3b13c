//! Nothing keeps the clock of the guest right, or it is off.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Missing;
use crate::guest::{Looked, Machine};
use crate::input::Place;

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
it, and whether the VM agent's log goes on into the future.

## Why it matters for backup

A guest whose clock is set to a future date is not supported. The Linux extension drops tasks that come more than 140 \
minutes late by its clock (code 402), and a clock that is off leaves the agent without a valid certificate \
(`GuestAgentCertificateNotFound`).

## How it decides

140 minutes off and more blocks; a quarter of an hour warns, which is our judgement, and so does a clock that nothing keeps \
right. Of chrony and systemd the former is believed. A log that \
goes on into the future warns: the clock was ahead then, or is behind now. Only of a running Linux machine: a disk has no clock.

## How to fix

Let chrony or systemd-timesyncd set the clock by the host (`/dev/ptp_hyperv`) or by a time server. After a large correction \
restart the VM agent.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://github.com/Azure/azure-linux-extensions/tree/b7eecd4b/VMBackup
- https://github.com/TheresaLui/SelfHelpContent_v2/tree/7f86468ac6/articles/microsoft.recoveryservices
";

/// The oldest task that the Linux extension takes, in seconds: 140 minutes.
const TOO_LATE: i64 = 140 * 60;
/// From here on it is worth a warning, in seconds: a judgement.
const NOTICEABLE: i64 = 15 * 60;

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let machine = case.guest()?;
    if machine.survey.is_some() {
        case.live("clock")?;
    }
    let subject = case.vm()?.id.as_str();
    let mut said = Said::default();
    said.services(machine);
    said.log(machine);
    if said.found.is_empty() && !said.by_services {
        return Err(nothing_said(case));
    }
    let found = said.found.into_iter();
    let findings = found.map(|(message, severity, place)| {
        let mut found = Finding::new(message, subject)
            .weighing(severity)
            .at(&place)
            .citing(documented(&["MATRIX", "VMB", "CRC"]));
        found.evidence.clone_from(&said.evidence);
        found.remedied_by(remedy())
    });
    Ok(Conclusion::of(findings.collect(), said.evidence.clone()))
}

/// Why nothing is known of the clock: nobody could be asked, or who was asked did not answer.
fn nothing_said(case: &Case<'_>) -> Withheld {
    let missing = Missing::new("what keeps the clock of the machine");
    let asked = ["commands/chronyc-tracking.txt", "commands/timedatectl.txt"];
    let failed = |path: &&&str| {
        let looked = case.survey().ok().and_then(|survey| survey.looked(path));
        matches!(looked, Some(Looked::Unread { .. }))
    };
    asked.iter().find(failed).map_or(Withheld::NotExamined { missing }, |path| case.unread(path))
}

/// What was said of the clock, and what of that is wrong.
#[derive(Default)]
struct Said {
    evidence: Vec<Evidence>,
    found: Vec<(String, Severity, Place)>,
    /// Whether anybody said something who keeps the clock: a log alone does not show that it is right.
    by_services: bool,
}

impl Said {
    fn services(&mut self, machine: &Machine) {
        if let Some(read) = &machine.clock.tracking {
            let state = if read.value.synchronised { "synchronised" } else { "not synchronised" };
            self.evidence.push(Evidence::text("chrony", state));
            if let Some(ahead) = read.value.ahead {
                self.off("by what chrony sets it by", ahead, &read.place);
            }
            if !read.value.synchronised {
                self.unkept("chrony has not set the clock by any source", &read.place);
            }
        }
        self.by_services = machine.clock.tracking.is_some();
        let Some(read) = &machine.clock.system else { return };
        if let Some(synchronised) = read.value.synchronised {
            self.by_services = true;
            let state = if synchronised { "synchronised" } else { "not synchronised" };
            self.evidence.push(Evidence::text("systemd", state));
            if !synchronised && machine.clock.tracking.is_none() {
                self.unkept("no time service has set the clock", &read.place);
            }
        }
        if let Some(ahead) = read.value.ahead_of_hardware {
            self.evidence.push(Evidence::text("ahead of the hardware's clock", format!("{ahead} s")));
            self.off("by the clock of the hardware", ahead, &read.place);
        }
    }

    fn off(&mut self, by: &str, ahead: i64, place: &Place) {
        let minutes = ahead.saturating_abs() / 60;
        let direction = if ahead > 0 { "ahead" } else { "behind" };
        let severity = if ahead.saturating_abs() >= TOO_LATE { Severity::Blocker } else { Severity::Warning };
        if ahead.saturating_abs() >= NOTICEABLE {
            let message = format!("the clock of the guest is {minutes} minutes {direction}, {by}");
            self.found.push((message, severity, place.clone()));
        }
    }

    /// What is written down cannot be of the future, unless the clock was ahead then, or is behind now.
    fn log(&mut self, machine: &Machine) {
        let now = machine.survey.as_ref().and_then(|read| read.value.collected_at);
        let (Some(now), Some(log)) = (now, &machine.agent.log) else { return };
        let Some(last) = log.value.last.filter(|stamp| stamp.universal) else { return };
        self.evidence.push(Evidence::text("last line of the VM agent's log", last.at.to_string()));
        let minutes = last.at.duration_since(now).as_secs() / 60;
        if minutes * 60 >= NOTICEABLE {
            let message = format!(
                "the VM agent's log goes on {minutes} minutes after the time of the guest: its clock was ahead, or is behind"
            );
            self.found.push((message, Severity::Warning, log.place.clone()));
        }
    }

    fn unkept(&mut self, message: &str, place: &Place) {
        self.found.push((message.to_owned(), Severity::Warning, place.clone()));
    }
}

fn remedy() -> Remediation {
    Remediation::new("set the clock right, and let it follow the host or a time server")
        .step("let chrony use `refclock PHC /dev/ptp_hyperv`, or a time server that the VM reaches")
        .step("after a large correction restart the VM agent, so that its certificate is looked at anew")
}
