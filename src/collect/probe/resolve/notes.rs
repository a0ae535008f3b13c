//! What there is to notice about an answer, as clauses that say what it means. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::second::Said;
use super::servers::Answers;
use super::told::Told;
use crate::azure::platform::{WIRE_SERVER, is_service_host};
use crate::probe::FailureKind;

/// How many addresses a clause names.
const NAMED: usize = 3;

/// What is odd about what the hosts file says.
pub(super) fn about_hosts(name: &str, addresses: &[IpAddr]) -> Vec<String> {
    let note = || format!("the hosts file gives {} for `{name}`, whatever DNS says", list(addresses));
    is_service_host(name).then(note).into_iter().collect()
}

/// What is odd about the answers of the name servers.
pub(super) fn about(name: &str, own: &Answers) -> Vec<String> {
    let Some(decisive) = own.decisive() else { return Vec::new() };
    let mut notes = decisive.notes.clone();
    if let Ok(addresses) = &decisive.said.answer {
        notes.extend(own.told.iter().take_while(|told| *told != decisive).filter_map(waited_for));
        notes.extend(
            own.told
                .iter()
                .skip_while(|told| *told != decisive)
                .skip(1)
                .filter_map(|other| other_word(addresses, other)),
        );
        if decisive.name != name {
            notes.push(format!("found as `{}` alone, by a search domain", decisive.name));
        }
        notes.extend(about_addresses(name, addresses, &decisive.chain));
    }
    if let (true, Some(alias)) = (decisive.denies(), private_alias(&decisive.chain)) {
        notes.push(format!("a zone of private endpoints answers for `{alias}` and has no record of it"));
    }
    notes
}

/// What is odd about these addresses, for this name by these aliases.
fn about_addresses(name: &str, addresses: &[IpAddr], chain: &[String]) -> Option<String> {
    let (hidden, open): (Vec<IpAddr>, Vec<IpAddr>) =
        addresses.iter().partition(|address| is_private(**address));
    if let Some(alias) = private_alias(chain) {
        return (!open.is_empty()).then(|| {
            format!(
                "`{alias}` stands for a private endpoint and resolves to the public address {}: the private zone is \
                 not linked to this network, or the name server does not ask {WIRE_SERVER}; connections go to the \
                 public endpoint",
                list(&open)
            )
        });
    }
    if hidden.is_empty() || !is_service_host(name) {
        return None;
    }
    if hidden.iter().all(|address| address.is_loopback() || address.is_unspecified()) {
        return Some(format!(
            "`{name}` is a public name of Azure and resolves to {}, where no service of Azure is: something blocks the \
             name in DNS",
            list(&hidden)
        ));
    }
    Some(format!(
        "`{name}` is a public name of Azure and resolves to the private address {} without an alias into a zone of \
         private endpoints: a zone of one's own or a DNS proxy answers for it",
        list(&hidden)
    ))
}

/// How the platform's name server disagrees.
pub(super) fn about_platform(own: &Answers, platform: &Told) -> Option<String> {
    let ours = own.decisive().map(|told| &told.said.answer);
    match (ours, &platform.said.answer) {
        (Some(Ok(ours)), Ok(theirs)) if disjoint(ours, theirs) => Some(other_addresses(ours, theirs)),
        (Some(Ok(_)), Err(failure)) => {
            let said =
                if failure.kind == FailureKind::NxDomain { "does not exist" } else { "has no address" };
            Some(format!("{WIRE_SERVER} says that the name {said}: only the configured name server knows it"))
        }
        (Some(Err(_)), Ok(theirs)) => {
            Some(format!("{WIRE_SERVER} gives {}: the configured name server does not ask it", list(theirs)))
        }
        _ => None,
    }
}

fn other_addresses(ours: &[IpAddr], theirs: &[IpAddr]) -> String {
    let private = |addresses: &[IpAddr]| addresses.iter().any(|address| is_private(*address));
    let (given, got) = (list(theirs), list(ours));
    match (private(ours), private(theirs)) {
        (false, true) => format!(
            "{WIRE_SERVER} gives the private address {given} in place of {got}: the configured name server does not \
             ask it, so that the private zones of this network are not seen"
        ),
        (true, false) => format!(
            "{WIRE_SERVER} gives the public address {given} in place of {got}: the private one is known to the \
             configured name server alone"
        ),
        _ => format!(
            "{WIRE_SERVER} gives {given} in place of {got}: the name is spread over many addresses, or the configured \
             name server answers by itself"
        ),
    }
}

/// How the operating system disagrees with the addresses that the name servers told.
pub(super) fn about_system(own: &Answers, system: &Said) -> Option<String> {
    let ours = own.decisive().and_then(|told| told.said.answer.as_ref().ok())?;
    match system {
        Ok(theirs) if disjoint(ours, theirs) => Some(format!(
            "the operating system resolves it to {} in place of {}: the name is spread over many addresses, or a cache \
             or another name service answers first",
            list(theirs),
            list(ours)
        )),
        Ok(_) => None,
        Err(error) => {
            Some(format!("the operating system does not resolve it, though the name server does: {error}"))
        }
    }
}

/// That a server before the one that answered had not done so.
fn waited_for(told: &Told) -> Option<String> {
    let failure = told.said.answer.as_ref().err()?;
    let silent = failure.kind == FailureKind::ResolveTimeout;
    silent.then(|| format!("{}: resolvers that ask in turn wait for it before the next", failure.detail))
}

/// That a server after the one that decides answered sooner, and otherwise.
fn other_word(addresses: &[IpAddr], other: &Told) -> Option<String> {
    let says = match &other.said.answer {
        Ok(theirs) if disjoint(addresses, theirs) => format!("gives {}", list(theirs)),
        Err(failure) if failure.kind == FailureKind::NxDomain => "says that there is no such name".to_owned(),
        _ => return None,
    };
    let server = other.said.server;
    Some(format!(
        "name server {server} {says} and is quicker; resolvers that ask in turn hear the one before it, those that ask \
         whoever is quickest do not"
    ))
}

fn private_alias(chain: &[String]) -> Option<&String> {
    chain.iter().find(|name| name.split('.').any(|label| label == "privatelink"))
}

fn disjoint(ours: &[IpAddr], theirs: &[IpAddr]) -> bool {
    !ours.iter().any(|address| theirs.contains(address))
}

fn list(addresses: &[IpAddr]) -> String {
    let mut text: Vec<String> = addresses.iter().take(NAMED).map(ToString::to_string).collect();
    if addresses.len() > NAMED {
        text.push(format!("{} more", addresses.len() - NAMED));
    }
    text.join(", ")
}

/// Whether no public service can be at this address.
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_private()
                || address.is_loopback()
                || address.is_unspecified()
                || address.is_link_local()
                || is_shared(address)
        }
        IpAddr::V6(address) => is_local(address),
    }
}

fn is_local(address: Ipv6Addr) -> bool {
    address.is_loopback()
        || address.is_unspecified()
        || address.is_unique_local()
        || address.is_unicast_link_local()
}

/// Whether it is of the space that carriers share, 100.64.0.0/10 (RFC 6598).
fn is_shared(address: Ipv4Addr) -> bool {
    matches!(address.octets(), [100, second, ..] if second & 0xc0 == 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &[&str]) -> Vec<IpAddr> {
        text.iter().map(|address| address.parse().unwrap()).collect()
    }

    #[test]
    fn addresses_where_no_public_service_is() {
        for private in [
            "10.0.0.5",
            "172.31.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "0.0.0.0",
            "::",
            "::1",
            "169.254.1.1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in
            ["20.60.1.1", "172.32.0.1", "100.128.0.1", "100.63.0.1", "2603:1030::1", "::ffff:20.60.1.1"]
        {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn names_and_addresses_that_do_not_fit_are_noticed() {
        let blob = "acct.blob.core.windows.net";
        let link = ["acct.privatelink.blob.core.windows.net".to_owned()];
        let note = |name, of: &[&str], chain: &[String]| about_addresses(name, &addresses(of), chain);
        assert_eq!(note(blob, &["20.60.1.1"], &[]), None);
        assert_eq!(note(blob, &["10.0.0.5"], &link), None);
        assert_eq!(note("vm.corp.example", &["10.0.0.5"], &[]), None);
        assert!(note(blob, &["10.0.0.5"], &[]).unwrap().contains("without an alias"));
        assert!(note(blob, &["0.0.0.0", "::"], &[]).unwrap().contains("blocks the name"));
        assert!(note(blob, &["20.60.1.1"], &link).unwrap().contains("not linked"));
        assert!(
            note("x.example", &["10.0.0.5", "20.60.1.1"], &link)
                .unwrap()
                .contains("public address 20.60.1.1:")
        );
    }

    #[test]
    fn long_lists_are_cut() {
        let many = addresses(&["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"]);
        assert_eq!(list(&many), "10.0.0.1, 10.0.0.2, 10.0.0.3, 2 more");
    }
}
