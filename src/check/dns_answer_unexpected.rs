//! A private address for a public name, or a public one for a name with a private endpoint.

use std::net::IpAddr;

use super::dns_answers_differ::is_private;
use super::symptom::{Afflicted, Symptom, conclude};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Observed;
use crate::probe::{Phase, Via};

pub(super) const CHECK: Check = Check {
    id: "dns-answer-unexpected",
    title: "a name leads into the network, or out of it, where it should not",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The addresses that the names of backup's services resolve to, and the chain of names on the way there.

## Why it matters for backup

A name with a private endpoint is an alias into a `privatelink` zone. Where that zone is not linked to the network the \
answer is public, and rules and firewalls made for private addresses stop it. A private address without such an alias \
comes from a record of somebody's own: a split horizon, a hosts file, a proxy that answers for everything.

## How it decides

A warning where a name of a service leads to a private address without an alias into a `privatelink` zone, or to a public \
address through such an alias. What was named by the user alone may be anything and is not looked at.

## How to fix

Link the private zone to the network that the VM is in and give it the record; take away records and lines of a hosts file \
that stand in for a public name.

## References

- https://learn.microsoft.com/azure/private-link/private-endpoint-dns
- https://learn.microsoft.com/azure/backup/backup-azure-private-endpoints-concept
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Symptom {
            about: "name of a service was resolved",
            weight: CHECK.severity,
            phase: Phase::Resolve,
            of: &|target| {
                target.via == Via::Direct
                    && target.requirement.is_some()
                    && target.authority.host.name().is_some()
            },
            shows: &|seen| surprise(seen).is_some(),
            finding: &finding,
        },
    )
}

fn surprise(seen: &Observed) -> Option<&'static str> {
    let observation = &seen.observation;
    let resolution = observation.resolution.as_ref()?;
    let all = observation.addresses.iter().map(|one| one.address).chain(observation.address);
    let addresses: Vec<IpAddr> = all.collect();
    let private = addresses.iter().filter(|address| is_private(**address)).count();
    match (resolution.is_private_link(), private) {
        (true, 0) if !addresses.is_empty() => {
            Some("an alias of a private endpoint leads to a public address")
        }
        (false, 1..) => Some("a public name leads to a private address"),
        _ => None,
    }
}

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let how = afflicted.first().and_then(surprise).unwrap_or_default();
    let remedy = if how.starts_with("an alias") {
        Remediation::new("link the private zone to the VM's network, and give it the record")
    } else {
        Remediation::new(
            "find who gives the private address: a zone, a hosts file, a name server of the network's own",
        )
    };
    let remedy = remedy.link("https://learn.microsoft.com/azure/private-link/private-endpoint-dns");
    afflicted.finding(format!("{how}: {}", afflicted.names()), &["PEDNS", "PE"], remedy)
}
