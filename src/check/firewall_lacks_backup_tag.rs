//! The firewall on the way does not let backup through.

use super::path::{
    Demand, FarEnd, FirewallRules, Found, Guard, Look, conclude, guard, is_platform, lets_addresses,
    names_service, rules_of,
};
use super::{About, Around, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{AlternativeKind, Severity};
use crate::network::Firewall;

pub(super) const CHECK: Check = Check {
    id: "firewall-lacks-backup-tag",
    title: "the firewall on the way does not let backup through",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Where a route leads a needed service through an Azure Firewall that is in the input: whether one of its rules lets the \
service pass.

## Why it matters for backup

Azure Firewall drops what no rule allows.

## How it decides

The appliance's address in the route must be an address of the firewall. Passes where an application rule names the FQDN \
tag `AzureBackup` or every host of the service, or where network rules hold every address of its service tag on the port. \
Fails where the rules are known and none does. Inconclusive where the firewall's policy is not in the input; not examined \
where the appliance is not. Denying collections before the allowing one are not weighed.

## How to fix

An application rule with the FQDN tag `AzureBackup` (https), without TLS inspection.

## References

- https://learn.microsoft.com/azure/firewall/fqdn-tags
- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let conclusion = conclude(
        case,
        &Look {
            about: "a public service",
            weight: CHECK.severity,
            of: &|requirement| !is_platform(requirement),
            at: &|demand, around| look(case, demand, around),
        },
    )?;
    match conclusion {
        Conclusion::Pass(evidence) if evidence.is_empty() => {
            Err(Withheld::out_of_sight("no Azure Firewall of the input is in the way"))
        }
        decided => Ok(decided),
    }
}

pub(super) fn look(case: &Case<'_>, demand: &Demand, around: &Around<'_>) -> Found {
    let (firewall, far_end) = match guard(case, demand, around) {
        Ok(Guard::Firewall(firewall, far_end)) => (firewall, far_end),
        // Strangers and unknown routes are told by the checks of routes.
        Ok(Guard::Nothing | Guard::Stranger) | Err(_) => return Found::Fine(Vec::new()),
    };
    let rules = rules_of(case, firewall);
    if let Some(by) = passes(case, &rules, (demand, &far_end)) {
        return Found::Fine(vec![Evidence::text(demand.requirement.title, by)]);
    }
    if let Some(missing) = rules.missing {
        return Found::open(missing.to_string(), vec![missing]);
    }
    Found::Bad(Box::new(finding(case, demand, (firewall, &far_end))))
}

/// What lets the service pass, in words.
fn passes(case: &Case<'_>, rules: &FirewallRules<'_>, of: (&Demand, &FarEnd)) -> Option<String> {
    let (demand, _) = of;
    let hosts = demand.requirement.endpoint.hosts(case.cloud());
    let mut allowing = rules.application.iter().filter(|rule| rule.allows);
    if let Some(rule) = allowing.find(|rule| names_service(rule, demand, hosts)) {
        return Some(format!("application rule `{}` lets it through", rule.name));
    }
    lets_addresses(case, &rules.network, of).then(|| "network rules let it through".to_owned())
}

fn finding(case: &Case<'_>, demand: &Demand, (firewall, far_end): (&Firewall, &FarEnd)) -> Finding {
    let message = format!(
        "firewall `{}` is on the way to `{}`, and none of its rules lets {} through",
        firewall.id.name(),
        far_end.name,
        demand.service()
    );
    let alternative = demand.requirement.alternative(AlternativeKind::FirewallTag);
    let hosts = demand.requirement.endpoint.hosts(case.cloud()).join(", ");
    Finding::new(message, firewall.id.as_str())
        .at(&firewall.place)
        .with(Evidence::text("needed because", demand.requirement.reason))
        .with(Evidence::text("hosts", hosts))
        .citing(demand.requirement.sources)
        .citing(alternative.iter().flat_map(|alternative| alternative.sources))
        .remedied_by(
            Remediation::new("add an application rule with the FQDN tag `AzureBackup` (https)")
                .step("without TLS inspection: backup does not work through it")
                .link("https://learn.microsoft.com/azure/firewall/fqdn-tags"),
        )
}
