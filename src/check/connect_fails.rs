//! Services that backup needs do not take a connection.

use super::symptom::{Afflicted, Symptom, conclude};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::probe::{FailureKind, Fault, Phase, Via};

pub(super) const CHECK: Check = Check {
    id: "connect-fails",
    title: "a service that backup needs does not take a connection",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The connect phase of every target that was probed without a proxy: TCP to its address and port. The platform's \
own addresses are another check's.

## Why it matters for backup

What takes no connection takes no orders and no data: the backup extension times out.

## How it decides

Fails where no address of a target accepts, and says whether it was refused, cut, silent or unreachable. What \
the input tells of rules, routes and the way out places the fault: at the rule that denies, at a route or \
appliance, at a missing way out, else in the guest. How much a target weighs is what its requirement weighs for \
this VM; what was named by the user weighs as required. Port 8443 is never a blocker but under the profile of \
2018.

## How to fix

Change what the fault is placed at. A rule is best changed by what `azpreflight nsg suggest` proposes.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview
- https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Symptom {
            about: "service was connected to without a proxy",
            weight: CHECK.severity,
            phase: Phase::Connect,
            of: &|target| target.via == Via::Direct && !target.is_platform(),
            shows: &|seen| seen.observation.failure.as_ref().is_some_and(|f| f.phase == Phase::Connect),
            finding: &finding,
        },
    )
}

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let says = match afflicted.failure().map(|failure| failure.kind) {
        Some(FailureKind::TimedOut) => "no answer",
        Some(FailureKind::Refused) => "it is refused",
        Some(FailureKind::Reset) => "it is cut",
        Some(FailureKind::Unreachable) => "the network says that there is no way",
        _ => "this machine could not try",
    };
    let message = match afflicted.fault() {
        Some(fault) => format!("no connection to {}: {says}; the fault is at: {fault}", afflicted.names()),
        None => format!("no connection to {}: {says}", afflicted.names()),
    };
    afflicted.finding(message, &["TSAGENT", "UDR", "DOA"], remedy(afflicted.fault()))
}

fn remedy(fault: Option<Fault>) -> Remediation {
    let summary = match fault {
        Some(Fault::Rule) => {
            "let the rule that decides allow it: `azpreflight nsg suggest` proves the smallest change"
        }
        Some(Fault::Route) => {
            "give the service a route that leads there, or let the appliance on the way pass it"
        }
        Some(Fault::Egress) => "give the subnet a way out, such as a NAT gateway",
        Some(Fault::Guest) => "look at the firewall and security products in the guest",
        Some(Fault::Service) => {
            "look at who answers at that address: the service itself, or something in its place"
        }
        _ => {
            "supply the effective rules and routes of the network interface, so that the fault can be placed"
        }
    };
    Remediation::new(summary).link(
        "https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout",
    )
}
