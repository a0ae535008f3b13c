//! Something in between ends the TLS connection with a certificate of its own.

use super::symptom::{Afflicted, Symptom, conclude, failed_as};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::probe::{FailureKind, Phase, Target};

pub(super) const CHECK: Check = Check {
    id: "tls-intercepted",
    title: "something in between ends the TLS connection",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whose certificate every TLS handshake showed, against the roots that the backup pages name.

## Why it matters for backup

Backup checks whose certificate it is shown: DigiCert, Baltimore, D-TRUST and Microsoft's own roots are \
documented. Rules with TLS inspection are documented as not supported.

## How it decides

Fails where a service of Azure shows a certificate that leads to none of the public roots, or to one that this \
machine alone trusts; the issuer is named. How much a target weighs is what its requirement weighs for this VM; \
what was named by the user weighs as required. Port 8443 is never a blocker but under the profile of 2018.

## How to fix

Leave the hosts of backup out of TLS inspection, in the proxy or firewall that the issuer names.

## References

- https://learn.microsoft.com/azure/backup/transport-layer-security
- https://learn.microsoft.com/azure/backup/backup-azure-private-endpoints-concept
- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Symptom {
            about: "handshake was made",
            weight: CHECK.severity,
            phase: Phase::Tls,
            of: &Target::speaks_tls,
            shows: &|seen| failed_as(seen, &[FailureKind::TlsIntercepted]),
            finding: &finding,
        },
    )
}

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let certificate = afflicted.first().and_then(|seen| seen.observation.tls.as_deref());
    let by = certificate.map(|tls| format!(" `{}`", tls.certificate.issuer)).unwrap_or_default();
    let message = format!("the TLS connection to {} ends at{by}, not at the service", afflicted.names());
    let remedy = Remediation::new("leave the hosts of backup out of TLS inspection")
        .step("on Azure Firewall: an application rule with the FQDN tag `AzureBackup` and without TLS inspection")
        .link("https://learn.microsoft.com/azure/backup/transport-layer-security");
    afflicted.finding(message, &["TLS", "PE", "SQL"], remedy)
}
