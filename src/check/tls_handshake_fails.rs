//! TLS handshakes that come to nothing.

use super::symptom::{Afflicted, Symptom, conclude, failed_as};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::probe::{FailureKind, Phase, Target};

pub(super) const CHECK: Check = Check {
    id: "tls-handshake-fails",
    title: "a service and this machine agree on no TLS",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether every TLS handshake that was tried comes to an end.

## Why it matters for backup

Backup needs TLS 1.2. A firewall that filters by the name in the handshake accepts TCP and cuts or swallows what \
follows.

## How it decides

Fails where the connection is accepted and the handshake then is refused, cut or not answered. How much a target \
weighs is what its requirement weighs for this VM; what was named by the user weighs as required. Port 8443 is \
never a blocker but under the profile of 2018.

## How to fix

Let firewalls on the way pass the host; turn on TLS 1.2 and strong cryptography in the guest.

## References

- https://learn.microsoft.com/azure/backup/transport-layer-security
- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
";

const OTHERS: &[FailureKind] = &[
    FailureKind::TlsIntercepted,
    FailureKind::CertificateUntrusted,
    FailureKind::CertificateExpired,
    FailureKind::NameMismatch,
    FailureKind::ClockSkew,
];

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Symptom {
            about: "handshake was tried",
            weight: CHECK.severity,
            phase: Phase::Tls,
            of: &Target::speaks_tls,
            shows: &|seen| {
                let failure = seen.observation.failure.as_ref();
                failure.is_some_and(|failure| failure.phase == Phase::Tls) && !failed_as(seen, OTHERS)
            },
            finding: &finding,
        },
    )
}

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let says = match afflicted.failure().map(|failure| failure.kind) {
        Some(FailureKind::TlsVersion) => "no version from 1.2 on is offered, or the handshake is refused",
        Some(FailureKind::Reset) => "the connection is taken, and cut at the handshake",
        _ => "the connection is taken, and the handshake is not answered",
    };
    let remedy = Remediation::new(
        "look for a firewall that filters by the name in the handshake, and let it pass the host",
    )
    .step("on Windows: TLS 1.2 on for SCHANNEL, and `SchUseStrongCrypto` set for each version of .NET")
    .link("https://learn.microsoft.com/azure/backup/transport-layer-security");
    afflicted.finding(format!("no TLS with {}: {says}", afflicted.names()), &["TLS", "TSVM", "TLSST"], remedy)
}
