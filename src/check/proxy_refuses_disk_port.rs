//! The proxy opens 443 and refuses 8443.

use super::symptom::{Afflicted, Symptom, conclude, failed_as};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Observed;
use crate::probe::{FailureKind, Phase, Via};

pub(super) const CHECK: Check = Check {
    id: "proxy-refuses-disk-port",
    title: "the proxy refuses the port of managed disks",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether a proxy that opens port 443 refuses port 8443.

## Why it matters for backup

The founding documents give port 8443 for VMs with managed disks, and many proxies open 443 alone. No page of \
today asks for it.

## How it decides

Fails where the proxy refuses 8443 and has opened 443 in the same run. Under the profile of 2018 it weighs as \
its requirement does; today never more than a warning.

## How to fix

Let the proxy open 8443, if backup is to work as in 2018; otherwise leave it.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
";

/// The port of the founding documents for managed disks.
const PORT: u16 = 8443;

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Symptom {
            about: "target on port 8443 was probed through a proxy",
            weight: CHECK.severity,
            phase: Phase::Tunnel,
            of: &|target| target.via != Via::Direct && target.authority.port == PORT,
            shows: &|seen| opens_another_port(case, seen),
            finding: &finding,
        },
    )
}

/// Whether a proxy that refuses 8443 of a host opens another port of it, or of anything where that host was not tried.
pub(super) fn opens_another_port(case: &Case<'_>, seen: &Observed) -> bool {
    let refused = failed_as(seen, &[FailureKind::ProxyRefused]) && seen.target.authority.port == PORT;
    let opened = |other: &&Observed| {
        other.target.via == seen.target.via
            && other.target.authority.port != PORT
            && other.observation.phases.tunnel.is_some()
            && other.observation.failure.as_ref().is_none_or(|failure| failure.phase > Phase::Tunnel)
    };
    let all = case.facts.observations.iter();
    refused && all.filter(opened).any(|other| other.target.authority.port == 443)
}

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let message = format!("{} opens port 443 and refuses {}", afflicted.proxy(), afflicted.names());
    let remedy =
        Remediation::new("let the proxy open port 8443 too, where the documents of 2018 are to be met")
            .step("no page of today asks for 8443: with a supported agent the host does what it was for");
    afflicted.finding(message, &["SARM18", "TSAGENT"], remedy)
}
