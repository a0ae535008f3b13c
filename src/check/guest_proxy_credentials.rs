//! A proxy is set with credentials.

use super::case::ways_as_evidence;
use super::finding::documented;
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::{Severity, Workload};
use crate::guest::Setting;
use crate::probe::Consumer;

pub(super) const CHECK: Check = Check {
    id: "guest-proxy-credentials",
    title: "the proxy in the VM's settings wants credentials",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the settings of the VM name a proxy with a user or a password in its address. They are never shown.

## Why it matters for backup

Backup of VMs, and of SQL Server and SAP HANA in them, does not support a proxy that wants credentials.

## How it decides

It warns for every such setting: the snapshot of a VM needs no proxy where the agent reaches the host. For SQL Server and SAP \
HANA it is a blocker where the plugin's own way to sign in leads through that proxy. Not applicable where no proxy is set, \
to agentless backup, and to the MARS agent, which takes credentials in its wizard.

## How to fix

Let the proxy pass the hosts of backup without credentials, and set it without them.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    if case.question.workload == Workload::Mars {
        return Err(Withheld::not_applicable("the MARS agent takes credentials for the proxy in its wizard"));
    }
    case.needs_agent()?;
    let settings = case.proxies()?;
    let subject = case.vm()?.id.as_str();
    let ways = case.ways(settings);
    let evidence = ways_as_evidence(&ways, settings);
    let plugin = ways.iter().find(|(consumer, _)| *consumer == Consumer::Workload);
    let plugin = plugin.and_then(|(_, route)| route.configured_by.as_deref());
    let mut findings: Vec<Finding> = Vec::new();
    for (setting, what) in settings.iter().flat_map(with_credentials) {
        let name = setting.names(what);
        let weight = if plugin == Some(name.as_str()) { Severity::Blocker } else { CHECK.severity };
        let found = Finding { evidence: evidence.clone(), ..finding(&name, subject) };
        findings.push(found.weighing(weight).at(&setting.place));
    }
    if findings.is_empty()
        && let Some(open) = settings.iter().flat_map(|setting| &setting.open).next()
    {
        return Err(Withheld::inconclusive(open.as_str()));
    }
    Ok(Conclusion::of(findings, evidence))
}

fn with_credentials(setting: &Setting) -> impl Iterator<Item = (&Setting, &'static str)> {
    let stated = setting.proxies().into_iter().filter(|(_, named)| named.has_credentials());
    stated.map(move |(what, _)| (setting, what))
}

fn finding(name: &str, subject: &str) -> Finding {
    let message = format!("{name} holds credentials for the proxy, which Azure Backup does not support");
    let remedy = Remediation::new("let the proxy pass the hosts of backup without credentials")
        .step("set the proxy by host and port alone")
        .link("https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas");
    Finding::new(message, subject).citing(documented(&["MATRIX", "SQL"])).remedied_by(remedy)
}
