//! Name servers disagree about a name.

use std::net::IpAddr;

use super::symptom::{Afflicted, Symptom, conclude};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::azure::platform;
use crate::backup::Severity;
use crate::facts::Observed;
use crate::probe::{FailureKind, NameServerAnswer, Phase};

pub(super) const CHECK: Check = Check {
    id: "dns-answers-differ",
    title: "the VM's name servers and the platform's disagree about a name",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

What the configured name servers answer, against what 168.63.129.16 answers, for every name for which both were asked.

## Why it matters for backup

Private zones are known to 168.63.129.16 alone. Servers of the network's own that do not forward to it give public \
addresses for names of private endpoints, or know no such name.

## How it decides

A warning where one of the two knows the name and the other does not, or where one answers with addresses of the \
network and the other with public ones. Different public addresses are no disagreement: large services spread their \
answers.

## How to fix

Let the servers of the network forward to 168.63.129.16, or to a private resolver in the network.

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
            of: &|target| target.first_hop().host.name().is_some(),
            shows: &|seen| disagreement(seen).is_some(),
            finding: &finding,
        },
    )
}

/// Whether an address is one of a private network.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

/// How the platform's server and another disagree, in words.
fn disagreement(seen: &Observed) -> Option<String> {
    let servers = &seen.observation.resolution.as_ref()?.servers;
    let (host, others): (Vec<_>, Vec<_>) =
        servers.iter().partition(|server| server.server.ip() == platform::WIRE_SERVER);
    let (host, host_says) = host.into_iter().find_map(|server| Some((server, says(server)?)))?;
    let differs = |other: &&NameServerAnswer| says(other).is_some_and(|theirs| theirs != host_says);
    let other = others.into_iter().find(differs)?;
    let words = [other, host]
        .map(|server| format!("{} says {}", server.server.ip(), says(server).unwrap_or_default()));
    Some(words.join(" and "))
}

/// What a server says of a name, as far as two can be compared; `None` where it does not say.
fn says(server: &NameServerAnswer) -> Option<&'static str> {
    match &server.answer {
        Ok(addresses) if addresses.iter().all(|address| is_private(*address)) => Some("a private address"),
        Ok(addresses) if !addresses.iter().any(|address| is_private(*address)) => Some("a public address"),
        Ok(_) => Some("private and public addresses"),
        Err(failure) if matches!(failure.kind, FailureKind::NxDomain | FailureKind::NoData) => {
            Some("that there is none")
        }
        Err(_) => None,
    }
}

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let how = afflicted.first().and_then(disagreement).unwrap_or_default();
    let remedy = Remediation::new("let the servers of the network forward to 168.63.129.16")
        .link("https://learn.microsoft.com/azure/private-link/private-endpoint-dns");
    afflicted.finding(format!("of {} {how}", afflicted.names()), &["PEDNS", "WIRE"], remedy)
}
