//! The clock of the guest disagrees with the services'.

use super::symptom::{Afflicted, Symptom, conclude, failed_as};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Observed;
use crate::probe::{FailureKind, Phase};

pub(super) const CHECK: Check = Check {
    id: "clock-skewed",
    title: "the clock of the VM is off",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The clock of the machine against the dates of the answers and certificates that it was shown.

## Why it matters for backup

Certificates and signatures are valid for a time, and the Linux extension drops tasks that come more than 140 \
minutes late by its clock.

## How it decides

Fails where valid certificates look invalid by this machine's clock, or where it is 140 minutes off and more; a \
warning from a quarter of an hour on, which is our judgement. How much a target weighs is what its requirement \
weighs for this VM; what was named by the user weighs as required. Port 8443 is never a blocker but under the \
profile of 2018.

## How to fix

Set the clock right, and let it follow the host or a time server.

## References

- https://github.com/Azure/azure-linux-extensions/tree/b7eecd4b/VMBackup
- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

/// The oldest task that the Linux extension takes, in seconds: 140 minutes.
const TOO_LATE: i64 = 140 * 60;
/// From here on it is worth a warning, in seconds: a judgement, half of which a signature in storage allows for.
const NOTICEABLE: i64 = 15 * 60;

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Symptom {
            about: "clock of a service was seen",
            weight: CHECK.severity,
            phase: Phase::Tls,
            of: &|_| true,
            shows: &|seen| failed_as(seen, &[FailureKind::ClockSkew]) || off_by(seen) >= NOTICEABLE,
            finding: &finding,
        },
    )
}

fn off_by(seen: &Observed) -> i64 {
    seen.observation.clock_ahead.map_or(0, i64::saturating_abs)
}

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let worst = afflicted.all.iter().max_by_key(|seen| off_by(seen));
    let ahead = worst.and_then(|seen| seen.observation.clock_ahead).unwrap_or_default();
    let by = match (ahead / 60, ahead.signum()) {
        (_, 0) => "off".to_owned(),
        (minutes, 1) => format!("{minutes} minutes ahead"),
        (minutes, _) => format!("{} minutes behind", minutes.saturating_abs()),
    };
    let remedy = Remediation::new("set the clock right, and let it follow the host or a time server")
        .step("then reset the backup: tasks that come more than 140 minutes late are dropped by the Linux extension");
    let message = format!("the clock of this machine is {by}, by {}", afflicted.names());
    let finding = afflicted.finding(message, &["VMB", "MATRIX", "CRC"], remedy);
    let breaks = afflicted.all.iter().any(|seen| failed_as(seen, &[FailureKind::ClockSkew]));
    let weighs = finding.severity.unwrap_or(CHECK.severity);
    if breaks || ahead.saturating_abs() >= TOO_LATE {
        finding
    } else {
        finding.weighing(weighs.max(Severity::Warning))
    }
}
