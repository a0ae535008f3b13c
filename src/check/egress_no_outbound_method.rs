//! Packets for the internet have no way out.

use super::finding::documented;
use super::path::{Demand, Found, Look, conclude, is_platform, legs};
use super::{About, Around, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{AlternativeKind, Purpose, Severity};
use crate::facts::{InterfaceContext, Missing};
use crate::reach::Egress;
use crate::route::NextHopKind;
use crate::script::azure_cli::Command;

pub(super) const CHECK: Check = Check {
    id: "egress-no-outbound-method",
    title: "there is no way out to the internet",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

For each service that this VM must reach and whose next hop is `Internet`: by which method packets leave.

## Why it matters for backup

In a private subnet Azure lends no outbound address. Without a NAT gateway, a public address, an outbound rule of a load \
balancer or an appliance, every connection to a public service times out.

## How it decides

An explicit method first; then what the interface says (`defaultOutboundConnectivityEnabled`), then its subnet \
(`defaultOutboundAccess`). Where neither says anything it is inconclusive: the date of a network decides nothing. \
Services reached by a service endpoint or through an appliance need no method here. Microsoft's page says that storage \
accounts of the VM's own region stay reachable from a private subnet, without a word of those that agents and backup use: \
storage is judged like every other service, and the finding says so.

## How to fix

A NAT gateway on the subnet is what Microsoft recommends. For storage alone a service endpoint is enough.

## References

- https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access
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
    let fine = |text: String| Found::Fine(vec![Evidence::text(demand.requirement.title, text)]);
    let Some(leg) = legs.iter().find(|leg| *leg.kind() == NextHopKind::Internet) else {
        return fine(format!("`{}` does not leave straight to the internet", far_end.name));
    };
    let Some(context) = &around.context else { return Found::Fine(Vec::new()) };
    let reason = match &around.reach.egress {
        Egress::Explicit(method) | Egress::Default(method) => return fine(method.clone()),
        Egress::Unknown(open) => {
            let reason = format!(
                "whether packets to `{}` get out depends on {}: {}",
                far_end.name, open.name, open.reason
            );
            return Found::open(reason, telling(context));
        }
        Egress::None(reason) => reason,
    };
    let subject = context.subnet.as_ref().map_or(&context.interface.id, |subnet| &subnet.id);
    let place = context.subnet.as_ref().map_or(&context.interface.place, |subnet| &subnet.place);
    let message = format!("packets to `{}` have no way out: {reason}", far_end.name);
    let mut finding = Finding::new(message, subject.as_str())
        .at(place)
        .with(leg.draw(around, format!("VM → {}, {}", far_end.name, demand.service())))
        .with(Evidence::text("needed because", demand.requirement.reason))
        .citing(demand.requirement.sources)
        .citing(documented(&["DOA"]))
        .remedied_by(remedy(context, demand));
    if demand.requirement.purpose == Purpose::Data {
        let said = "the page on default outbound access says that storage accounts of the VM's own region stay \
                    reachable from a private subnet; it does not speak of those that agents and backup use";
        finding = finding.with(Evidence::text("not certain", said));
    }
    Found::Bad(Box::new(finding))
}

fn telling(context: &InterfaceContext<'_>) -> Vec<Missing> {
    let interface = &context.interface.id;
    let own = Missing::new(format!("default outbound access of network interface `{}`", interface.name()));
    let mut missing = vec![own.with_lookup("network nic show", interface)];
    if let Ok(subnet) = &context.subnet {
        let what = Missing::new(format!("default outbound access of subnet `{}`", subnet.id.name()));
        missing.push(what.with_lookup("network vnet subnet show", &subnet.id));
    }
    missing
}

fn remedy(context: &InterfaceContext<'_>, demand: &Demand) -> Remediation {
    let mut remediation = Remediation::new("put a NAT gateway on the subnet")
        .step("or give the VM another explicit method: a standard public IP address, or an outbound rule of a load balancer")
        .step("a VM that runs must be stopped and deallocated before the change takes effect")
        .link("https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access");
    if demand.requirement.alternative(AlternativeKind::ServiceEndpoint).is_some() {
        remediation = remediation
            .step("or, for storage alone, turn on the service endpoint `Microsoft.Storage` on the subnet");
    }
    let Some((subnet, network)) =
        context.subnet.as_ref().ok().and_then(|subnet| Some((&subnet.id, subnet.id.parent()?)))
    else {
        return remediation;
    };
    let name = format!("{}-nat", subnet.name());
    let address = format!("{name}-ip");
    let update = |key: &str, value: &str| {
        let command = Command::new(&["network", "vnet", "subnet", "update"]).within(&network);
        command.value("--vnet-name", network.name()).value("--name", subnet.name()).value(key, value)
    };
    let commands = [
        Command::new(&["network", "public-ip", "create"])
            .within(&network)
            .value("--name", &address)
            .value("--sku", "Standard"),
        Command::new(&["network", "nat", "gateway", "create"])
            .within(&network)
            .value("--name", &name)
            .value("--public-ip-addresses", &address),
        update("--nat-gateway", &name),
    ];
    let remediation = remediation.rollback(update("--remove", "natGateway").to_string());
    remediation.command(commands.map(|command| command.to_string()).join(" && "))
}
