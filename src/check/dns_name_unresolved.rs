//! Names that backup needs do not resolve.

use super::symptom::{Afflicted, Symptom, conclude};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::probe::{Expectation, FailureKind, Phase};

pub(super) const CHECK: Check = Check {
    id: "dns-name-unresolved",
    title: "a name that backup needs does not resolve",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The resolve phase of every target that was probed by name, and of the proxy where one stands before it.

## Why it matters for backup

Every service of backup is named by host: what does not resolve is not reached.

## How it decides

Fails where no name server gives an address, each way in which it does not told apart: the name does not exist, \
it has no address, the server fails, refuses, or does not answer. A name that was only put together after those \
of other regions proves nothing where it does not exist. How much a target weighs is what its requirement weighs \
for this VM; what was named by the user weighs as required. Port 8443 is never a blocker but under the profile \
of 2018.

## How to fix

Give a linked private zone the missing record, or let the servers of the network forward to 168.63.129.16.

## References

- https://learn.microsoft.com/azure/private-link/private-endpoint-dns
- https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Symptom {
            about: "name was resolved",
            weight: CHECK.severity,
            phase: Phase::Resolve,
            of: &|target| target.first_hop().host.name().is_some() && target.expectation != Expectation::Dns,
            shows: &|seen| seen.observation.failure.as_ref().is_some_and(|f| f.phase == Phase::Resolve),
            finding: &finding,
        },
    )
}

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let kind = afflicted.failure().map_or(FailureKind::ServFail, |failure| failure.kind);
    let (says, remedy) = match kind {
        FailureKind::NxDomain => ("there is no such name", ZONE),
        FailureKind::NoData => ("the name has no address", ZONE),
        FailureKind::ResolveTimeout => ("no name server answers", SERVERS),
        FailureKind::DnsUnreachable => ("no name server listens where it should", SERVERS),
        FailureKind::DnsRefused => ("the name server refuses to answer", SERVERS),
        FailureKind::ProxyUnreachable => {
            let message = format!("the name of {} does not resolve", afflicted.proxy());
            let remedy = Remediation::new("set right the name of the proxy, or let the name servers know it");
            return afflicted.finding(message, SOURCES, remedy);
        }
        _ => ("the name server fails", SERVERS),
    };
    let remedy = Remediation::new(remedy)
        .step("compare what 168.63.129.16 answers: `azpreflight probe --dns 168.63.129.16`")
        .link("https://learn.microsoft.com/azure/private-link/private-endpoint-dns");
    afflicted.finding(format!("no address for {}: {says}", afflicted.names()), SOURCES, remedy)
}

const SOURCES: &[&str] = &["PEDNS", "WIRE", "WLSCRIPT"];
const ZONE: &str = "look for a private DNS zone linked to the network that lacks the name, and for servers that do not \
                    forward to 168.63.129.16";
const SERVERS: &str =
    "let the name servers of the network answer, and forward what they do not know to 168.63.129.16";
