//! The proxy answers 407.

use super::symptom::{Afflicted, Symptom, conclude, failed_as};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::{Severity, Workload};
use crate::probe::{FailureKind, Phase, Via};

pub(super) const CHECK: Check = Check {
    id: "proxy-demands-credentials",
    title: "the proxy wants credentials",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether a proxy answers 407, and which schemes it offers.

## Why it matters for backup

Backup of VMs and of SQL Server and SAP HANA in them does not support a proxy that wants credentials.

## How it decides

Fails where a proxy wants credentials for a target. The MARS agent takes some in its wizard: a note there. How \
much a target weighs is what its requirement weighs for this VM; what was named by the user weighs as required. \
Port 8443 is never a blocker but under the profile of 2018.

## How to fix

Let the proxy pass the hosts of backup without credentials.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    // The wizard of the MARS agent takes credentials; VM, SQL and HANA backup know none.
    let weight = if case.question.workload == Workload::Mars { Severity::Note } else { CHECK.severity };
    conclude(
        case,
        &Symptom {
            about: "target was probed through a proxy",
            weight,
            phase: Phase::Tunnel,
            of: &|target| target.via != Via::Direct,
            shows: &|seen| failed_as(seen, &[FailureKind::ProxyAuthRequired]),
            finding: &finding,
        },
    )
}

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let answers = afflicted.all.iter().filter_map(|seen| seen.observation.tunnel.as_deref());
    let mut schemes: Vec<String> = answers.flat_map(|answer| answer.schemes.clone()).collect();
    schemes.sort();
    schemes.dedup();
    let offered = if schemes.is_empty() { String::new() } else { format!(" ({})", schemes.join(", ")) };
    let message = format!("{} wants credentials{offered} for {}", afflicted.proxy(), afflicted.names());
    let remedy = if afflicted.case.question.workload == Workload::Mars {
        Remediation::new("give the MARS agent the credentials in its wizard")
    } else {
        Remediation::new("let the proxy pass the hosts of backup without credentials")
            .step("Azure Backup does not support a proxy that wants them")
            .link("https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas")
    };
    afflicted.finding(message, &["MATRIX", "SCL17", "MARSMX"], remedy)
}
