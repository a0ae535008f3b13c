//! A private zone answers for a name that it does not have.

use super::finding::documented;
use super::path::{asked, backup_zones, vault_endpoints};
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{AlternativeKind, Severity};
use crate::facts::Missing;
use crate::network::{PrivateZone, ZoneLink};

pub(super) const CHECK: Check = Check {
    id: "private-zone-without-record",
    title: "a private zone lacks the names of backup",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Private DNS zones for the backup service and for storage that are linked to the VM's network: whether they hold the \
names of the vault's private endpoints.

## Why it matters for backup

A linked zone answers for every name under it. For a name that it does not have the answer is that there is none, and the \
public address is not looked for, unless the link falls back to the internet.

## How it decides

Fails where a private endpoint of a vault has a name under a linked zone and the zone has no such record: a blocker \
unless the link falls back. A zone without any record, while no such endpoint is in the input, is a warning: the vault's \
names may lead through it. Inconclusive where the records are not in the input.

## How to fix

Give the endpoint a DNS zone group, which keeps the records; or take the link away; or set the link's resolution policy to \
`NxDomainRedirect`.

## References

- https://learn.microsoft.com/azure/private-link/private-endpoint-dns
- https://learn.microsoft.com/azure/backup/backup-azure-private-endpoints-concept
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let used = |kind| move |r: &crate::backup::Requirement| r.alternative(kind).is_some();
    if asked(case, &used(AlternativeKind::PrivateEndpoint)).is_err() {
        return Err(Withheld::not_applicable("backup of this workload does not use private endpoints"));
    }
    let wanted = backup_zones(case);
    let zones: Vec<&PrivateZone> = case
        .facts
        .private_zones
        .iter()
        .filter(|zone| wanted.iter().any(|w| w.fits(zone.id.name())))
        .collect();
    if zones.is_empty() {
        return Err(Withheld::out_of_sight("no private DNS zone of backup or storage is in the input"));
    }
    let context = case.primary()?.context.clone();
    let context = context.ok_or_else(|| Withheld::not_applicable("a group resolves no names"))?;
    let network = &context.network?.id;
    let mut findings = Vec::new();
    let mut looked = Vec::new();
    for zone in zones {
        let missing =
            |what: &str| Missing::new(format!("the {what} of private DNS zone `{}`", zone.id.name()));
        let links = zone.links.as_ref().ok_or_else(|| missing("network links"))?;
        let Some(link) = links.iter().find(|link| link.network == *network) else { continue };
        let records = zone.records.as_ref().ok_or_else(|| missing("records"))?;
        looked.push(Evidence::text(zone.id.name(), format!("{} records", records.len())));
        findings.extend(fault(case, zone, (link, records)));
    }
    if looked.is_empty() {
        return Err(Withheld::not_applicable(
            "no private DNS zone of backup or storage is linked to the network",
        ));
    }
    Ok(Conclusion::of(findings, looked))
}

fn fault(case: &Case<'_>, zone: &PrivateZone, (link, records): (&ZoneLink, &[String])) -> Option<Finding> {
    let endpoints = vault_endpoints(case);
    let names: Vec<String> = endpoints
        .iter()
        .flat_map(|endpoint| &endpoint.records)
        .filter_map(|(name, _)| relative(name, zone.id.name()))
        .collect();
    let has = |name: &str| records.iter().any(|record| record == "*" || record.eq_ignore_ascii_case(name));
    let falls_back = link.falls_back == Some(true);
    let lacking: Vec<&String> = names.iter().filter(|name| !has(name)).collect();
    let severity = match (lacking.first(), falls_back) {
        (Some(_), false) => Severity::Blocker,
        (Some(_), true) => Severity::Warning,
        (None, false) if endpoints.is_empty() && records.is_empty() => Severity::Warning,
        (None, _) => return None,
    };
    let message = match lacking.first() {
        Some(name) => {
            format!("private DNS zone `{}` is linked to the VM's network and lacks `{name}`", zone.id.name())
        }
        None => format!(
            "private DNS zone `{}` is linked to the VM's network and holds no record: names under it do not resolve",
            zone.id.name()
        ),
    };
    let back = if falls_back { "falls back to the internet" } else { "does not fall back to the internet" };
    Some(
        Finding::new(message, zone.id.as_str())
            .weighing(severity)
            .at(&zone.place)
            .with(Evidence::text("link", back))
            .with(Evidence::text("names missing", lacking.len().to_string()))
            .citing(documented(&["PEDNS", "PE"]))
            .remedied_by(
                Remediation::new("let the endpoint's DNS zone group keep the records of the zone")
                    .step("or take the link away, or set its resolution policy to `NxDomainRedirect`")
                    .link("https://learn.microsoft.com/azure/private-link/private-endpoint-dns"),
            ),
    )
}

/// The name as a record of the zone, where it belongs there: public names belong to the zone of their `privatelink` twin.
fn relative(name: &str, zone: &str) -> Option<String> {
    let (name, zone) = (name.to_ascii_lowercase(), zone.to_ascii_lowercase());
    let public = zone.strip_prefix("privatelink.").unwrap_or(&zone);
    let inner = name.strip_suffix(public)?.strip_suffix('.')?;
    let inner = inner.strip_suffix("privatelink").map_or(inner, |rest| rest.trim_end_matches('.'));
    (!inner.is_empty()).then(|| inner.to_owned())
}
