//! The network resolves names by servers of its own.

use super::finding::documented;
use super::path::{asked, is_platform, vault_endpoints};
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::azure::platform;
use crate::backup::Severity;
use crate::input::Place;

pub(super) const CHECK: Check = Check {
    id: "dns-custom-servers",
    title: "names are resolved by servers of the network's own",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The DNS servers set on the VM's interface, or else on its network.

## Why it matters for backup

Every service of backup is named by host. Servers of the network's own must resolve public names, and must ask \
168.63.129.16 for the names of private endpoints: their private zones are known there alone.

## How it decides

A note where servers other than the platform's are set and the VM must reach a public service. What they answer an \
export does not tell. Not applicable where nothing has to be resolved.

## How to fix

Let the servers forward to 168.63.129.16, or to a private resolver in the network.

## References

- https://learn.microsoft.com/azure/private-link/private-endpoint-dns
- https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    if asked(case, &|requirement| !is_platform(requirement)).is_err() {
        return Err(Withheld::not_applicable("backup of this VM resolves no name of a public service"));
    }
    let around = case.primary()?;
    let Some(context) = &around.context else {
        return Err(Withheld::not_applicable("a group resolves no names"));
    };
    let own = &context.interface.dns_servers;
    let (servers, subject, place): (&[String], &str, &Place) = if own.is_empty() {
        let network = context.network.clone()?;
        (&network.dns_servers, network.id.as_str(), &network.place)
    } else {
        (own, context.interface.id.as_str(), &context.interface.place)
    };
    let host = platform::WIRE_SERVER.to_string();
    let strange: Vec<&str> = servers
        .iter()
        .map(String::as_str)
        .filter(|server| *server != host && !server.eq_ignore_ascii_case("AzureProvidedDNS"))
        .collect();
    if strange.is_empty() {
        return Ok(Conclusion::Pass(vec![Evidence::text("DNS servers", "the platform's")]));
    }
    let message = format!("names are resolved by {}: they must forward to 168.63.129.16", strange.join(", "));
    let private = vault_endpoints(case).len();
    let finding = Finding::new(message, subject)
        .at(place)
        .with(Evidence::text("DNS servers", servers.join(", ")))
        .with(Evidence::text("private endpoints of vaults in the input", private.to_string()))
        .citing(documented(&["PEDNS", "WIRE"]))
        .remedied_by(
            Remediation::new("let the servers forward to 168.63.129.16")
                .step("resolve a host of the service on the VM through each server and through 168.63.129.16: the answers must agree")
                .link("https://learn.microsoft.com/azure/private-link/private-endpoint-dns"),
        );
    Ok(Conclusion::Fail(vec![finding]))
}
