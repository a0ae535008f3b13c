//! A service endpoint policy leaves out the storage accounts of backup.

use super::finding::documented;
use super::path::{Demand, Found, Look, conclude};
use super::{About, Around, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{Purpose, Severity};
use crate::network::{ServiceEndpointPolicy, Subnet};

pub(super) const CHECK: Check = Check {
    id: "service-endpoint-policy-excludes-backup",
    title: "a service endpoint policy leaves out the storage of backup",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The service endpoint policies on the VM's subnet, where storage must be reached and leaves by a service endpoint.

## Why it matters for backup

Such a policy lets only listed storage accounts through. Those that backup data goes to are Microsoft's own and cannot \
be listed one by one.

## How it decides

A judgement: the pages on policies do not speak of backup. Warns where a policy is on the subnet and none of its entries \
names Azure's own services (`/services/Azure…`). Inconclusive where the policy is not in the input.

## How to fix

Put the VM in a subnet without the policy, or reach storage without the service endpoint.

## References

- https://learn.microsoft.com/azure/virtual-network/virtual-network-service-endpoint-policies-overview
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let conclusion = conclude(
        case,
        &Look {
            about: "storage",
            weight: CHECK.severity,
            of: &|requirement| requirement.purpose == Purpose::Data,
            at: &|demand, around| look(case, demand, around),
        },
    )?;
    match conclusion {
        Conclusion::Pass(evidence) if evidence.is_empty() => {
            Err(Withheld::not_applicable("no service endpoint policy is on the subnet"))
        }
        decided => Ok(decided),
    }
}

fn look(case: &Case<'_>, demand: &Demand, around: &Around<'_>) -> Found {
    let Some(subnet) = around.context.as_ref().and_then(|context| context.subnet.as_ref().ok()) else {
        return Found::Fine(Vec::new());
    };
    if subnet.service_endpoints.is_empty() {
        return Found::Fine(Vec::new());
    }
    for id in &subnet.service_endpoint_policies {
        let policy = match case.facts.endpoint_policies.find(id) {
            Ok(policy) => policy,
            Err(missing) => return Found::open(missing.to_string(), vec![missing]),
        };
        if !policy.allowed.iter().any(|allowed| is_azures(allowed)) {
            return Found::Bad(Box::new(finding(demand, (policy, subnet))));
        }
    }
    let fine = subnet
        .service_endpoint_policies
        .iter()
        .map(|id| Evidence::text("lets Azure's own services through", format!("policy `{}`", id.name())));
    Found::Fine(fine.collect())
}

fn is_azures(allowed: &str) -> bool {
    allowed.get(..15).is_some_and(|start| start.eq_ignore_ascii_case("/services/Azure"))
}

fn finding(demand: &Demand, (policy, subnet): (&ServiceEndpointPolicy, &Subnet)) -> Finding {
    let message = format!(
        "service endpoint policy `{}` on subnet `{}` lets {} listed resources through: storage accounts of backup are likely not among them",
        policy.id.name(),
        subnet.id.name(),
        policy.allowed.len()
    );
    Finding::new(message, policy.id.as_str())
        .at(&policy.place)
        .with(Evidence::text("allowed", policy.allowed.join(", ")))
        .with(Evidence::text("needed because", demand.requirement.reason))
        .citing(documented(&["SEP"]))
        .remedied_by(
            Remediation::new("keep the policy off the subnet of VMs that back up to a vault")
                .step("or reach storage without the service endpoint")
                .link("https://learn.microsoft.com/azure/virtual-network/virtual-network-service-endpoint-policies-overview"),
        )
}
