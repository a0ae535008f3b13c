//! The guest has its address written down and asks no DHCP.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Missing;
use crate::guest::{Card, Machine, Method, Takes};
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "guest-dhcp-off",
    title: "the guest does not take its address by DHCP",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

How the network cards of the guest take their IPv4 address: what netplan, systemd-networkd, ifupdown, `ifcfg-*`, \
NetworkManager or the registry of Windows say.

## Why it matters for backup

DHCP has to be on inside the guest: its answer tells the address of the host in option 245, without which extensions are \
neither downloaded nor run. A private address that must not change is fixed in Azure, on the network interface, and DHCP \
hands it out.

## How it decides

A card with an address written down and no DHCP blocks; it warns where another card takes its address by DHCP, for only the \
primary one matters, where configurations could not be read that may say so (also those that `/etc/network/interfaces` \
includes from elsewhere), or where `waagent.conf` has `Protocol.EndpointDiscovery=static`, with which the agent takes the well-known \
address. Addresses beside DHCP are no fault. Inconclusive where configurations disagree, are written in a way that is not \
read here, or cannot be read; of a running machine, a default route put there by DHCP then settles it.

## How to fix

Turn on DHCP for the card. Fix the address on the network interface in Azure.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://github.com/Azure/WALinuxAgent/tree/a976115fd
";

/// Where Debian's images keep the configuration of cards that they make when the machine starts.
const RUNTIME: &str = "/run/network/interfaces.d";

/// Where cards are configured.
const FOLDERS: [&str; 8] = [
    "/etc/netplan",
    "/etc/systemd/network",
    "/run/systemd/network",
    "/etc/network",
    "/etc/sysconfig/network-scripts",
    "/etc/sysconfig/network",
    "/etc/NetworkManager/system-connections",
    "/run/NetworkManager/system-connections",
];

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let machine = case.guest()?;
    let subject = case.vm()?.id.as_str();
    let cards = machine.addressing.cards();
    let written: Vec<&Card> = cards.iter().filter(|card| card.takes == Takes::Static).collect();
    let route = machine.addressing.default_by_dhcp();
    let asks = cards.iter().any(|card| card.takes == Takes::Dhcp) || route.is_some();
    let unclear = cards.iter().find_map(|card| match &card.takes {
        Takes::Unclear(why) => Some((&card.name, why)),
        _ => None,
    });
    // What could not be read may say that another card asks.
    let unread = case.looked_through(&FOLDERS);
    let harmless = asks
        || unclear.is_some()
        || unread.is_err()
        || is_elsewhere(case, machine)
        || case.discovers_statically();
    let severity = if harmless { Severity::Warning } else { Severity::Blocker };
    if !written.is_empty() {
        return Ok(Conclusion::Fail(
            written.into_iter().map(|card| finding(card, subject).weighing(severity)).collect(),
        ));
    }
    let mut evidence: Vec<Evidence> = cards.iter().flat_map(evidence).collect();
    evidence.extend(route.map(|route| {
        let interface = route.interface.as_deref().unwrap_or("an interface that is not named");
        Evidence::text("default route put there by DHCP", interface)
    }));
    match unclear {
        _ if asks => Ok(Conclusion::Pass(evidence)),
        Some((name, why)) => Err(Withheld::inconclusive(format!(
            "how `{}` takes its address cannot be told: {why}",
            name.escape_debug()
        ))),
        None => {
            unread?;
            Err(nothing_said(machine))
        }
    }
}

/// Whether a configuration that was not read may say how a card takes its address. The folder below `/run` is looked through,
/// but a disk does not have it.
fn is_elsewhere(case: &Case<'_>, machine: &Machine) -> bool {
    let live = case.survey().is_ok_and(|survey| survey.live);
    machine.addressing.unread_inclusions().any(|path| !live || !path.starts_with(RUNTIME))
}

/// Why nothing says how any card takes its address.
fn nothing_said(machine: &Machine) -> Withheld {
    match machine.survey.as_ref().filter(|read| read.value.system != Some(OsFamily::Windows)) {
        Some(_) => Withheld::inconclusive("nothing was found that says how a network card takes its address"),
        None => Withheld::NotExamined { missing: Missing::new("the configuration of network cards") },
    }
}

fn finding(card: &Card, subject: &str) -> Finding {
    let by = card.said.first().map_or("its configuration", |read| read.value.keeper.word());
    let message = format!(
        "`{}` has its address written down ({by}) and does not ask DHCP, from which the agent learns where the host is",
        card.name.escape_debug()
    );
    let mut found = Finding::new(message, subject).citing(documented(&["TSAGENT", "WALA"]));
    if let Some(read) = card.said.first() {
        found = found.at(&read.place);
    }
    found.evidence = evidence(card).collect();
    found.remedied_by(
        Remediation::new("turn on DHCP for the card, and fix the address in Azure instead")
            .step("make the private address of the network interface static in Azure, so that DHCP hands out the same one")
            .step("in the guest, replace the address by DHCP (`dhcp4: true`, `DHCP=yes`, `BOOTPROTO=dhcp`, `method=auto`)")
            .step("restart the VM, and run the check again"),
    )
}

fn evidence(card: &Card) -> impl Iterator<Item = Evidence> + '_ {
    card.said.iter().map(|read| {
        let says = match &read.value.method {
            Method::Dhcp => "DHCP",
            Method::Static => "address written down",
            Method::Off => "no IPv4 address",
            Method::Unclear(_) => "not understood",
        };
        Evidence::text(format!("{} of {}", read.value.keeper, card.name), says)
    })
}
