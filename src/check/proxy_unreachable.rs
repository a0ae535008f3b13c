//! The proxy that a consumer is told to use is not reached.

use super::symptom::{Afflicted, Symptom, conclude};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::probe::{Fault, Phase, Via};

pub(super) const CHECK: Check = Check {
    id: "proxy-unreachable",
    title: "the proxy does not take a connection",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The connection to the proxy of every target that was probed through one.

## Why it matters for backup

Who is told to use a proxy reaches nothing where it does not answer, whatever the rules let pass directly.

## How it decides

Fails where the proxy takes no connection, placed like any other: a rule on the way to it, a route, the guest, \
else the proxy itself. How much a target weighs is what its requirement weighs for this VM; what was named by \
the user weighs as required. Port 8443 is never a blocker but under the profile of 2018.

## How to fix

Start the proxy, let its own firewall admit the VM's network on its port, or take it out of the settings.

## References

- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Symptom {
            about: "target was probed through a proxy",
            weight: CHECK.severity,
            phase: Phase::Connect,
            of: &|target| target.via != Via::Direct,
            shows: &|seen| seen.observation.failure.as_ref().is_some_and(|f| f.phase == Phase::Connect),
            finding: &finding,
        },
    )
}

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let (proxy, names) = (afflicted.proxy(), afflicted.names());
    let remedy = match afflicted.fault() {
        Some(Fault::Rule) => "let the rule that decides allow the port of the proxy",
        Some(Fault::Guest) => "look at the firewall in the guest",
        _ => {
            "look at whether the proxy runs, and whether its own firewall lets the VM's network reach its port"
        }
    };
    let remedy =
        Remediation::new(remedy).step("or take the proxy out of the settings, where a direct way is open");
    let message = format!("{proxy} is not reached, nor what is behind it: {names}");
    afflicted.finding(message, &["SCL17", "SARM18"], remedy)
}
