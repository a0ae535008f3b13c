//! Something answers in a service's place, or nothing after the connection.

use super::symptom::{Afflicted, Symptom, conclude, failed_as};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::probe::{FailureKind, Phase};

pub(super) const CHECK: Check = Check {
    id: "service-answer-unexpected",
    title: "something else answers in a service's place",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

What every service answered to one request: whether it is an answer that only that service gives.

## Why it matters for backup

A captive portal, a block page or a middlebox accepts TCP and even TLS, and backup still does not get through.

## How it decides

Fails where the answer is none of the service's, or where none comes. A refusal by the service itself, such as \
storage's 400, 403 or 404 with its own headers, shows that it was reached and passes. How much a target weighs \
is what its requirement weighs for this VM; what was named by the user weighs as required. Port 8443 is never a \
blocker but under the profile of 2018.

## How to fix

Find what answers, and let it pass the hosts of backup unchanged.

## References

- https://learn.microsoft.com/azure/firewall/fqdn-tags
- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Symptom {
            about: "service was asked",
            weight: CHECK.severity,
            phase: Phase::Request,
            of: &|target| !target.is_platform(),
            shows: &|seen| {
                let failure = seen.observation.failure.as_ref();
                failure.is_some_and(|failure| failure.phase == Phase::Request) && !failed_as(seen, OTHERS)
            },
            finding: &finding,
        },
    )
}

const OTHERS: &[FailureKind] = &[
    FailureKind::ClockSkew,
    FailureKind::ProxyRefused,
    FailureKind::ProxyAuthRequired,
    FailureKind::ProxyBadGateway,
];

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let says = match afflicted.failure().map(|failure| failure.kind) {
        Some(FailureKind::UnexpectedAnswer) => {
            "something else answers, such as a block page, a portal or another server"
        }
        Some(FailureKind::Reset) => "the request is taken, and the connection cut",
        _ => "the request is taken, and not answered",
    };
    let remedy = Remediation::new("look at what stands in between, and let it pass the host unchanged").step(
        "the excerpt and headers that were seen are in the answer of `azpreflight probe --format json`",
    );
    afflicted.finding(
        format!("no answer of the service from {}: {says}", afflicted.names()),
        &["FQDN", "UDR", "SQL"],
        remedy,
    )
}
