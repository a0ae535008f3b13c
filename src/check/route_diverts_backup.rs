//! A route leads what backup needs through something else.

use super::path::{Demand, Found, Leg, Look, conclude, firewall_at, is_platform, legs};
use super::{About, Around, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{AlternativeKind, Severity};
use crate::route::NextHopKind;

pub(super) const CHECK: Check = Check {
    id: "route-diverts-backup",
    title: "a route leads what backup needs through an appliance or a gateway",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the addresses of a service that this VM must reach leave through a virtual appliance (a firewall or proxy VM) or \
a gateway (forced tunnelling) instead of straight to Azure.

## Why it matters for backup

Whether the packets pass is then decided there, by rules that no export of the network tells. It works until somebody \
changes them.

## How it decides

By the same routes as `route-drops-backup`. Fails, as a warning, where the next hop is an appliance, a gateway or of a \
kind not known. Passes where the appliance is an Azure Firewall in the input: its rules are judged by \
`firewall-lacks-backup-tag`.

## How to fix

Let the appliance pass what backup needs, without ending TLS; or give the service a route of its own by its service tag; \
or turn on a service endpoint for storage, whose route is more specific than a default route.

## References

- https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview
- https://learn.microsoft.com/azure/firewall/fqdn-tags
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Look {
            about: "a public service",
            weight: CHECK.severity,
            of: &|requirement| !is_platform(requirement),
            at: &|demand, around| look(case, demand, around),
        },
    )
}

pub(super) fn look(case: &Case<'_>, demand: &Demand, around: &Around<'_>) -> Found {
    // What is not known about the routes is told by `route-drops-backup`.
    let Ok((far_end, legs)) = legs(case, demand, around) else { return Found::Fine(Vec::new()) };
    let Some(leg) = legs.iter().find(|leg| diverts(leg.kind())) else {
        let ways: Vec<String> = legs.iter().map(Leg::in_words).collect();
        return Found::Fine(vec![Evidence::text(demand.requirement.title, ways.join("; "))]);
    };
    if let Some(firewall) = firewall_at(case, leg) {
        let text = format!("through Azure Firewall `{}`", firewall.id.name());
        return Found::Fine(vec![Evidence::text(demand.requirement.title, text)]);
    }
    let message = format!(
        "`{}` leaves by {}: whether it passes there cannot be told from here",
        far_end.name,
        leg.in_words()
    );
    let subject = around.context.as_ref().map_or("", |context| context.interface.id.as_str());
    let hosts = demand.requirement.endpoint.hosts(case.cloud()).join(", ");
    let mut remediation = Remediation::new(format!("make sure that {} passes there", demand.service()))
        .step(format!("hosts to let through: {hosts}"))
        .link("https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview");
    if demand.requirement.alternative(AlternativeKind::ServiceEndpoint).is_some() {
        remediation = remediation.step("or turn on the service endpoint `Microsoft.Storage` on the subnet");
    }
    let mut finding = Finding::new(message, subject)
        .with(leg.draw(around, format!("VM → {}, {}", far_end.name, demand.service())))
        .with(Evidence::text("needed because", demand.requirement.reason))
        .citing(demand.requirement.sources)
        .remedied_by(remediation);
    if let Some((route, _)) = &leg.route {
        finding = finding.at(&route.place);
    }
    Found::Bad(Box::new(finding))
}

fn diverts(kind: &NextHopKind) -> bool {
    matches!(kind, NextHopKind::VirtualAppliance | NextHopKind::VirtualNetworkGateway | NextHopKind::Other(_))
}
