//! A probe passes where the exported rules or routes say that nothing does.

use super::symptom::{Afflicted, Symptom, conclude};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld, place};
use crate::backup::Severity;
use crate::facts::Observed;
use crate::probe::{Fault, Phase};
use crate::script::azure_cli::Command;

pub(super) const CHECK: Check = Check {
    id: "nsg-contradicted-by-probe",
    title: "a probe passes where the exported rules let nothing pass",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Every target that a probe reached, against the rules and routes of the input.

## Why it matters for backup

What contradicts a fact is wrong: the export is older than the rules in force, is of another interface, or the probe was \
made on another machine. Every verdict that rests on it is then in doubt.

## How it decides

A warning where the rules certainly deny, or a route certainly drops, what a probe has reached. What left through a proxy \
is judged by the way to the proxy: the rules of this VM say nothing of the rest.

## How to fix

Export again, best the effective rules and routes of the network interface, and probe on the VM itself.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-group-how-it-works
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Symptom {
            about: "target was reached",
            weight: CHECK.severity,
            phase: Phase::Connect,
            of: &|_| true,
            shows: &|seen| is_contradicted(case, seen),
            finding: &finding,
        },
    )
}

fn is_contradicted(case: &Case<'_>, seen: &Observed) -> bool {
    let placement = place(case, &seen.target, &seen.observation);
    placement.is_some_and(|placement| placement.fault == Some(Fault::StaleExport))
}

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let names = afflicted.names();
    let mut remedy =
        Remediation::new("export the rules and routes in force again, and probe on the VM itself");
    let around = afflicted.case.primary().ok().and_then(|around| around.context.as_ref());
    if let Some(interface) = around.map(|context| &context.interface.id).filter(|id| id.is_path()) {
        remedy = remedy.command(Command::lookup("network nic list-effective-nsg", interface).to_string());
    }
    let message = format!("reached, though by the input nothing leads there: {names}");
    afflicted.finding(message, &["NSGHOW", "NSG"], remedy)
}
