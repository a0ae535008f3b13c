//! A private endpoint of a vault that names do not lead to.

use super::finding::documented;
use super::path::{asked, backup_zones, vault_endpoints};
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::azure::ResourceId;
use crate::backup::{AlternativeKind, Severity};
use crate::facts::Missing;
use crate::network::{PrivateEndpoint, VirtualNetwork};
use crate::script::azure_cli::Command;

pub(super) const CHECK: Check = Check {
    id: "private-endpoint-without-zone",
    title: "names do not lead to the vault's private endpoint",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Private endpoints that lead to a Recovery Services vault: whether they have a private DNS zone for the backup service, and \
whether that zone is linked to the VM's network.

## Why it matters for backup

SQL, SAP HANA and the MARS agent ask for the vault by name. Without the zone the name leads to the public address; where \
the vault refuses public access, nothing works. Backup of a plain VM does not use the endpoint.

## How it decides

The zone is `privatelink.<geo code>.backup.windowsazure.com` or its like in another cloud. Fails where the endpoint has \
no such zone, or where the zone has no link to the VM's network: a blocker where the vault refuses public access, else a \
warning. Inconclusive where the endpoint or the zone's links are not in the input. Not applicable without such an endpoint.

## How to fix

Add the zone to the endpoint's DNS zone group, and link it to the network. Where servers of the network's own resolve \
names, they must forward to 168.63.129.16.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-private-endpoints-concept
- https://learn.microsoft.com/azure/private-link/private-endpoint-dns
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let used = |kind| move |r: &crate::backup::Requirement| r.alternative(kind).is_some();
    if asked(case, &used(AlternativeKind::PrivateEndpoint)).is_err() {
        return Err(Withheld::not_applicable("backup of this workload does not use private endpoints"));
    }
    for id in case.facts.vaults.iter().flat_map(|vault| vault.private_endpoints.iter().flatten()) {
        case.facts.private_endpoints.find(id)?;
    }
    let endpoints = vault_endpoints(case);
    if endpoints.is_empty() {
        return Err(Withheld::out_of_sight("no private endpoint of a vault is in the input"));
    }
    let around = case.primary()?;
    let network = around.context.as_ref().map(|context| context.network.clone()).transpose()?;
    let mut findings = Vec::new();
    for endpoint in &endpoints {
        if let Some(fault) = fault(case, endpoint, network)? {
            findings.push(finding(case, (endpoint, network), fault));
        }
    }
    let names = endpoints.iter().map(|endpoint| format!("`{}`", endpoint.id.name())).collect::<Vec<_>>();
    Ok(Conclusion::of(findings, vec![Evidence::text("private endpoints", names.join(", "))]))
}

/// What stands between a name and the endpoint.
enum Fault {
    NoZone,
    NotLinked(ResourceId),
}

fn fault(
    case: &Case<'_>,
    endpoint: &PrivateEndpoint,
    network: Option<&VirtualNetwork>,
) -> Result<Option<Fault>, Missing> {
    let zones = endpoint.zones.as_ref().ok_or_else(|| {
        Missing::new(format!("the DNS zone groups of private endpoint `{}`", endpoint.id.name()))
    })?;
    // The zone of the backup service comes first; those of storage belong to endpoints of accounts too.
    let wanted = backup_zones(case).into_iter().next();
    let fits = |zone: &&ResourceId| wanted.as_ref().is_some_and(|wanted| wanted.fits(zone.name()));
    let Some(zone) = zones.iter().find(fits) else {
        return Ok(Some(Fault::NoZone));
    };
    let described = case.facts.private_zones.find(zone)?;
    let links = described
        .links
        .as_ref()
        .ok_or_else(|| Missing::new(format!("the network links of private DNS zone `{}`", zone.name())))?;
    let linked = network.is_none_or(|network| links.iter().any(|link| link.network == network.id));
    Ok((!linked).then(|| Fault::NotLinked(zone.clone())))
}

fn finding(
    case: &Case<'_>,
    (endpoint, network): (&PrivateEndpoint, Option<&VirtualNetwork>),
    fault: Fault,
) -> Finding {
    let zone = backup_zones(case).first().map_or_else(String::new, ToString::to_string);
    let network = network.map(|network| &network.id);
    let name = endpoint.id.name();
    let (message, remediation) = match fault {
        Fault::NoZone => (
            format!("private endpoint `{name}` has no private DNS zone `{zone}`: names lead past it"),
            Remediation::new(format!("add the zone `{zone}` to the DNS zone group of the endpoint")),
        ),
        Fault::NotLinked(zone) => {
            let of = network.map_or("", ResourceId::name);
            let remediation = Remediation::new("link the zone to the network");
            let zone_name = zone.name();
            (
                format!(
                    "private DNS zone `{zone_name}` is not linked to network `{of}`: names lead past `{name}`"
                ),
                match network {
                    Some(network) => link(&zone, network, remediation),
                    None => remediation,
                },
            )
        }
    };
    let target = endpoint.target.as_ref().and_then(|id| case.facts.vaults.find(id).ok());
    let closed = target.is_some_and(|vault| vault.public_network_access == Some(false));
    let access = if closed { "refused" } else { "not refused" };
    Finding::new(message, endpoint.id.as_str())
        .weighing(if closed { Severity::Blocker } else { Severity::Warning })
        .at(&endpoint.place)
        .with(Evidence::text("public access to the vault", access))
        .citing(documented(&["PE", "PEDNS"]))
        .remedied_by(remediation.link("https://learn.microsoft.com/azure/private-link/private-endpoint-dns"))
}

fn link(zone: &ResourceId, network: &ResourceId, remediation: Remediation) -> Remediation {
    let command = |verb| {
        Command::new(&["network", "private-dns", "link", "vnet", verb])
            .within(zone)
            .value("--zone-name", zone.name())
            .value("--name", network.name())
    };
    let create = command("create")
        .value("--virtual-network", network.as_str())
        .value("--registration-enabled", "false");
    remediation.command(create.to_string()).rollback(command("delete").to_string())
}
