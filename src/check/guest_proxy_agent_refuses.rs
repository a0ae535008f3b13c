//! The guest proxy agent stands between processes and the host.

use super::symptom::{Afflicted, Symptom, conclude, failed_as};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::probe::{FailureKind, Phase, Target};

pub(super) const CHECK: Check = Check {
    id: "guest-proxy-agent-refuses",
    title: "the guest proxy agent refuses the probe",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the wire server or the instance metadata service answers 401 or 403.

## Why it matters for backup

With the metadata security protocol only listed processes may talk to the host. What is refused here may be \
allowed for the agent, and the other way round.

## How it decides

A warning where such an address is reached and refuses the request. That the guest proxy agent is the one that \
refuses is our reading of the status; the documentation of the protocol does not give one.

## How to fix

Put the VM agent and the backup extension on the allow-list, or look at the log of the audit mode.

## References

- https://learn.microsoft.com/azure/virtual-machines/metadata-security-protocol/overview
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Symptom {
            about: "service of the platform was probed",
            weight: CHECK.severity,
            phase: Phase::Request,
            of: &Target::is_platform,
            shows: &|seen| failed_as(seen, &[FailureKind::GuestProxyAgent]),
            finding: &finding,
        },
    )
}

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let message = format!(
        "the guest proxy agent refuses this process at {}: no fault of the network",
        afflicted.names()
    );
    let remedy =
        Remediation::new("make sure that the VM agent and the backup extension are on the allow-list")
            .step("where the mode is audit, its log names who is refused")
            .link("https://learn.microsoft.com/azure/virtual-machines/metadata-security-protocol/overview");
    afflicted.finding(message, &["MSP"], remedy)
}
