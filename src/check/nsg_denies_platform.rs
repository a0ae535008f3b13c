//! Security rules that name the platform's own tags stop its services.

use super::path::{Demand, Found, Look, conclude, decider, groups, senders};
use super::{About, Around, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::azure::platform;
use crate::backup::{Purpose, Severity};
use crate::net::PortSet;
use crate::nsg::{Access, AddressTerm, Direction, Overall, SecurityRule, verify};

pub(super) const CHECK: Check = Check {
    id: "nsg-denies-platform",
    title: "security rules stop services of the platform",
    severity: Severity::Warning,
    about: About::Rules,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Rules that name `AzurePlatformDNS` or `AzurePlatformIMDS`: the only rules that ever filter name resolution by the \
platform and the instance metadata service.

## Why it matters for backup

Every service of backup is named by host: without name resolution none is reached. Agents read what the VM is from the \
metadata service.

## How it decides

An ordinary rule never filters traffic with the platform, whatever addresses it names: a Deny on 168.63.129.16, on \
`VirtualNetwork` or on everything does not stop the VM agent (ports 80 and 32526), name resolution or the metadata \
service, and passes here. A Deny on `AzureLoadBalancer` cuts the probes of load balancers and a Deny on \
`AzurePlatformLKM` Windows activation; neither stops backup. Fails only where a rule denies one of the two tags above \
and what it stops is used.

## How to fix

Take the tag out of the rule that denies it, or put an Allow rule for the tag before it.

## References

- https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
- https://learn.microsoft.com/azure/virtual-network/service-tags-overview
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let conclusion = conclude(
        case,
        &Look {
            about: "the platform",
            weight: CHECK.severity,
            of: &|requirement| requirement.purpose == Purpose::Platform,
            at: &look,
        },
    )?;
    match conclusion {
        Conclusion::Pass(mut evidence) => {
            evidence.extend(harmless(case)?);
            Ok(Conclusion::Pass(evidence))
        }
        failed @ Conclusion::Fail(_) => Ok(failed),
    }
}

pub(super) fn look(demand: &Demand, around: &Around<'_>) -> Found {
    let (Ok(far_end), Some(address)) = (&demand.far_end, demand.requirement.endpoint.address()) else {
        return Found::Fine(Vec::new());
    };
    for port in demand.requirement.ports {
        let mut asked = demand.flows(far_end, &senders(around));
        asked.destination_ports = PortSet::one(*port);
        let remote = (address, Some(*port));
        // Without a filter of its own the traffic is none that a rule is documented to stop.
        let Some(filter) = around.reach.platform_filter(Direction::Outbound, remote, &asked) else {
            continue;
        };
        let answer = verify(&filter.tables, &asked);
        match answer.overall() {
            Overall::Allow => continue,
            Overall::Undetermined => {
                let open =
                    answer.because().into_iter().next().map(|open| format!("{}: {}", open.name, open.reason));
                return Found::open(open.unwrap_or_default(), Vec::new());
            }
            Overall::Deny | Overall::Mixed => {}
        }
        let denied = answer.with_access(Some(Access::Deny)).next();
        let Some((table, rule)) = denied.and_then(|piece| decider(&filter.tables, piece)) else { continue };
        let tag = filter.service.tag.unwrap_or_default();
        let message = format!(
            "rule `{}` ({}) of `{}` denies `{tag}`: {} stops",
            rule.name, rule.priority, table.name, filter.service.title
        );
        let subject = table.id.as_ref().map_or(table.name.as_str(), |id| id.as_str());
        let finding = Finding::new(message, subject)
            .at(&rule.place)
            .with(Evidence::text("needed because", demand.requirement.reason))
            .citing(demand.requirement.sources)
            .remedied_by(Remediation::new(format!("take `{tag}` out of rule `{}`", rule.name)));
        return Found::Bad(Box::new(finding));
    }
    Found::Fine(Vec::new())
}

/// Rules that look as if they stopped the platform, and do not.
fn harmless(case: &Case<'_>) -> Result<Vec<Evidence>, Withheld> {
    let host = platform::WIRE_SERVER.to_string();
    let names = |rule: &&SecurityRule| {
        let sides = [&rule.source, &rule.destination];
        rule.access == Access::Deny
            && sides.iter().flat_map(|side| side.addresses.iter().flatten()).any(|term| match term {
                AddressTerm::Prefix(prefix) => prefix.first().to_string() == host && prefix.length() == 32,
                AddressTerm::Tag(tag) => ["AzureLoadBalancer", "AzurePlatformLKM", "VirtualNetwork"]
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(tag)),
                _ => false,
            })
    };
    let rules = groups(case)?.into_iter().flat_map(|group| group.rules.iter().filter(names));
    let text = |rule: &SecurityRule| {
        let what = format!("`{}` ({})", rule.name, rule.priority);
        Evidence::text("does not stop the VM agent", format!("{what}, as ordinary rules do not filter it"))
    };
    Ok(rules.map(text).collect())
}
