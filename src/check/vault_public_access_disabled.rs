//! A vault closed to the public network without a private endpoint.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{Severity, Workload};
use crate::facts::Missing;
use crate::network::PrivateEndpoint;

pub(super) const CHECK: Check = Check {
    id: "vault-public-access-disabled",
    title: "the vault is closed to the public network",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

For databases and for the MARS agent: whether the vault answers on the public network, and if not, whether it has a \
private endpoint.

## Why it matters for backup

The extension for databases and the MARS agent talk to the vault themselves. With public network access denied they \
reach it through a private endpoint only. Backup of whole VMs goes through the platform and does not need this.

## How it decides

Public access on passes, and so does a private endpoint. Access off without one fails. What the input does not tell is \
inconclusive. With no vault in the input, or several and none of them meant, it is not examined.

## How to fix

Create a private endpoint for the vault (it must be new and protect nothing yet), or allow public network access.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-private-endpoints-concept
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    if case.question.workload == Workload::Vm {
        return Err(Withheld::not_applicable("backup of whole VMs reaches the vault through the platform"));
    }
    let vault = case.vault()?;
    let missing = |what: &str| {
        Missing::new(format!("{what} of vault `{}`", vault.id.name()))
            .with_lookup("backup vault show", &vault.id)
    };
    let label = "public network access";
    if vault.public_network_access.ok_or_else(|| missing(label))? {
        return Ok(Conclusion::Pass(vec![Evidence::text(label, "on")]));
    }
    let leads_there = |endpoint: &&PrivateEndpoint| endpoint.target.as_ref() == Some(&vault.id);
    let found = case.facts.private_endpoints.iter().find(leads_there).map(|endpoint| endpoint.id.clone());
    let stated = || vault.private_endpoints.as_ref().map(|endpoints| endpoints.first().cloned());
    let endpoint = match found {
        Some(id) => Some(id),
        None => stated().ok_or_else(|| missing("the private endpoints"))?,
    };
    if let Some(id) = endpoint {
        return Ok(Conclusion::Pass(vec![
            Evidence::text(label, "off"),
            Evidence::text("private endpoint", id.name()),
        ]));
    }
    let message =
        format!("vault `{}` is closed to the public network and has no private endpoint", vault.id.name());
    let found = Finding::new(message, vault.id.as_str())
        .at(&vault.place)
        .with(Evidence::text(label, "off"))
        .with(Evidence::text("private endpoints", "none"))
        .citing(documented(&["PE"]))
        .remedied_by(Remediation::new(
            "create a private endpoint for the vault, or allow public network access",
        ));
    Ok(Conclusion::Fail(vec![found]))
}
