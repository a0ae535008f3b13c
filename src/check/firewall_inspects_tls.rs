//! The firewall on the way ends TLS to look inside.

use super::finding::documented;
use super::path::{Demand, Found, Guard, Look, conclude, guard, is_platform, names_service, rules_of};
use super::{About, Around, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;

pub(super) const CHECK: Check = Check {
    id: "firewall-inspects-tls",
    title: "the firewall on the way ends the TLS of backup",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Where a route leads a needed service through an Azure Firewall that is in the input: whether an application rule that \
lets it through inspects TLS.

## Why it matters for backup

The firewall then answers with a certificate of its own. Backup expects Microsoft's, and TLS inspection is documented as \
not supported for it.

## How it decides

Fails where an allowing application rule names the FQDN tag `AzureBackup` or the hosts of the service and has TLS \
inspection on. Inconclusive where the firewall's policy is not in the input. Not applicable without such a firewall.

## How to fix

A rule of its own for backup, before the inspecting one, without TLS inspection.

## References

- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
- https://learn.microsoft.com/azure/backup/transport-layer-security
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

fn look(case: &Case<'_>, demand: &Demand, around: &Around<'_>) -> Found {
    let Ok(Guard::Firewall(firewall, far_end)) = guard(case, demand, around) else {
        return Found::Fine(Vec::new());
    };
    let rules = rules_of(case, firewall);
    let hosts = demand.requirement.endpoint.hosts(case.cloud());
    let mut inspecting = rules.application.iter().filter(|rule| rule.allows && rule.inspects_tls);
    let Some(rule) = inspecting.find(|rule| names_service(rule, demand, hosts)) else {
        if let Some(missing) = rules.missing {
            return Found::open(missing.to_string(), vec![missing]);
        }
        return Found::Fine(vec![Evidence::text(
            demand.requirement.title,
            "no rule that lets it through inspects TLS",
        )]);
    };
    let message = format!(
        "application rule `{}` of firewall `{}` inspects the TLS of `{}`",
        rule.name,
        firewall.id.name(),
        far_end.name
    );
    let finding = Finding::new(message, firewall.id.as_str())
        .at(&rule.place)
        .with(Evidence::text("needed because", demand.requirement.reason))
        .citing(documented(&["SQL", "TLS"]))
        .remedied_by(Remediation::new(
            "let backup through by a rule of its own, before this one, without TLS inspection",
        ));
    Found::Bad(Box::new(finding))
}
