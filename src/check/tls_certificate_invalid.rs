//! Certificates that do not hold.

use super::symptom::{Afflicted, Symptom, conclude, failed_as};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::probe::{FailureKind, Phase, Target};

pub(super) const CHECK: Check = Check {
    id: "tls-certificate-invalid",
    title: "a service shows a certificate that does not hold",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The certificate of every TLS handshake: its chain, its names, its dates.

## Why it matters for backup

A client that checks certificates, as backup does, ends a connection whose certificate does not hold.

## How it decides

Fails where the chain leads to no authority that is trusted, where the dates do not hold by a clock that agrees \
with the server's, or where the certificate is for another name. A certificate of something in between, and a \
clock that is off, are other checks'. How much a target weighs is what its requirement weighs for this VM; what \
was named by the user weighs as required. Port 8443 is never a blocker but under the profile of 2018.

## How to fix

Give the machine the documented roots; look at what the name resolves to; set the clock right.

## References

- https://learn.microsoft.com/azure/backup/transport-layer-security
- https://learn.microsoft.com/azure/backup/backup-azure-sap-hana-database-troubleshoot
";

const KINDS: &[FailureKind] =
    &[FailureKind::CertificateUntrusted, FailureKind::CertificateExpired, FailureKind::NameMismatch];

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Symptom {
            about: "handshake was made",
            weight: CHECK.severity,
            phase: Phase::Tls,
            of: &Target::speaks_tls,
            shows: &|seen| failed_as(seen, KINDS),
            finding: &finding,
        },
    )
}

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let (says, remedy) = match afflicted.failure().map(|failure| failure.kind) {
        Some(FailureKind::CertificateExpired) => (
            "is not valid today",
            "look at the clock of this machine first, then at who shows the certificate",
        ),
        Some(FailureKind::NameMismatch) => (
            "is for another name",
            "look at what the name resolves to: a proxy, a portal or a wrong record answers in the service's place",
        ),
        _ => (
            "leads to no authority that is trusted here",
            "give this machine the roots that the backup pages name, or leave the host out of TLS inspection",
        ),
    };
    let message = format!("the certificate shown for {} {says}", afflicted.names());
    let remedy =
        Remediation::new(remedy).link("https://learn.microsoft.com/azure/backup/transport-layer-security");
    afflicted.finding(message, &["TLS", "PE", "HANATS"], remedy)
}
