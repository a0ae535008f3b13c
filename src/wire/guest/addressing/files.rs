//! Configurations of interfaces: systemd-networkd, ifupdown, `ifcfg-*`, keyfiles of `NetworkManager`.

use std::collections::{BTreeMap, BTreeSet};

use super::{is_v4, method, take};
use crate::facts::Facts;
use crate::guest::{Keeper, Method, Read};
use crate::wire::guest::{Known, Text, TextReader, Told, ini};

/// A `.network` file of systemd-networkd.
pub(in crate::wire::guest) const NETWORKD: TextReader =
    TextReader { known: Known::ByName(is_networkd), read: read_networkd };
/// `/etc/network/interfaces` and what it includes.
pub(in crate::wire::guest) const IFUPDOWN: TextReader =
    TextReader { known: Known::ByName(is_ifupdown), read: read_ifupdown };
/// A file `ifcfg-*` of Red Hat or SUSE.
pub(in crate::wire::guest) const IFCFG: TextReader =
    TextReader { known: Known::ByName(is_ifcfg), read: read_ifcfg };
/// A connection of `NetworkManager`.
pub(in crate::wire::guest) const KEYFILE: TextReader =
    TextReader { known: Known::ByName(is_keyfile), read: read_keyfile };

pub(super) fn is_networkd(text: &Text<'_>) -> bool {
    let (name, folder) = text.name_and_folder();
    folder == "network" && name.ends_with(".network")
}

fn read_networkd(text: &Text<'_>, facts: &mut Facts) -> Told {
    let (mut name, mut dhcp, mut address, mut card, mut managed) = (None, Some(false), false, true, true);
    for (section, key, value) in ini::entries(text.text) {
        match (section.as_str(), key.as_str()) {
            ("Match", "Name") => name = Some(value),
            ("Match", "Virtualization" | "Kind" | "WLANInterfaceType" | "SSID") => card = false,
            ("Match", "Type") => card &= value.split_whitespace().any(|kind| kind == "ether"),
            ("Match", "MACAddress" | "PermanentMACAddress" | "Driver" | "Path") => {
                name = name.or(Some(value));
            }
            ("Link", "Unmanaged") => managed = flag(&value) != Some(true),
            ("Network", "DHCP") => dhcp = networkd_dhcp(&value),
            ("Network" | "Address", "Address") => address |= is_v4(&value),
            ("Network", "Bridge" | "Bond") => managed = false,
            _ => {}
        }
    }
    // A pattern of everything but loopback is one of cards.
    let name = name.filter(|_| card).unwrap_or_else(|| "lo".to_owned());
    let method = match dhcp {
        _ if !managed => Method::Off,
        Some(dhcp) => method(dhcp, address),
        None => Method::Unclear("the value of `DHCP=` is none that is known".to_owned()),
    };
    take(text, facts, Keeper::Networkd, vec![(name, method)])
}

/// Whether systemd-networkd asks DHCP for an IPv4 address; `None` where the word is not known.
fn networkd_dhcp(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "ipv4" | "v4" | "both" => Some(true),
        "ipv6" | "v6" | "none" => Some(false),
        other => flag(other),
    }
}

fn flag(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" | "1" | "y" | "t" => Some(true),
        "no" | "false" | "off" | "0" | "n" | "f" => Some(false),
        _ => None,
    }
}

pub(super) fn is_ifupdown(text: &Text<'_>) -> bool {
    let (_, folder) = text.name_and_folder();
    text.is_called("etc/network/interfaces") || folder == "interfaces.d"
}

/// Stanzas `iface NAME inet METHOD`; one for an address beside it, `eth0:1`, counts for the interface.
fn read_ifupdown(text: &Text<'_>, facts: &mut Facts) -> Told {
    let mut found: BTreeMap<String, Method> = BTreeMap::new();
    let mut made: BTreeSet<String> = BTreeSet::new();
    let mut current: Option<String> = None;
    for line in text.text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["iface", name, rest @ ..] => {
                let name = name.split(':').next().unwrap_or(name).to_owned();
                if let Some(said) = ifupdown_method(rest) {
                    let known = found.entry(name.clone()).or_insert_with(|| said.clone());
                    if said == Method::Dhcp || *known == Method::Off {
                        *known = said;
                    }
                }
                current = Some(name);
            }
            ["source" | "source-directory", path, ..] => include(text, facts, path),
            [option, ..] if makes_interface(option) => made.extend(current.clone()),
            _ => {}
        }
    }
    // What has a point in its name is a VLAN.
    found.retain(|name, _| !made.contains(name) && !name.contains('.'));
    take(text, facts, Keeper::Ifupdown, found.into_iter().collect())
}

/// What the words after the name of an interface say of its IPv4 address, if anything.
fn ifupdown_method(words: &[&str]) -> Option<Method> {
    match words {
        ["inet", "dhcp", ..] => Some(Method::Dhcp),
        ["inet", "static", ..] => Some(Method::Static),
        ["inet", "manual" | "loopback", ..] => Some(Method::Off),
        ["inet6", ..] => None,
        _ => Some(Method::Unclear("its stanza is of a kind that is not read here".to_owned())),
    }
}

/// Whether only an interface that is no card has an option of this name: a bridge, a VLAN, a bond.
fn makes_interface(option: &str) -> bool {
    let option = option.replace('_', "-");
    matches!(option.as_str(), "bridge-ports" | "vlan-raw-device" | "bond-slaves" | "bond-mode")
}

/// Takes what is included from elsewhere; what is below `/etc` is looked for anyway.
fn include(text: &Text<'_>, facts: &mut Facts, path: &str) {
    if path.starts_with('/') && !path.starts_with("/etc/") {
        let included = Read { value: path.to_owned(), place: text.place() };
        facts.guest.addressing.included.push(included);
    }
}

pub(super) fn is_ifcfg(text: &Text<'_>) -> bool {
    let (name, folder) = text.name_and_folder();
    let own = name.strip_prefix("ifcfg-").is_some_and(|name| !name.contains('.') && !name.ends_with('~'));
    own && matches!(folder, "network-scripts" | "network")
}

/// Assignments as a shell reads them, without anything that a shell would work out.
fn read_ifcfg(text: &Text<'_>, facts: &mut Facts) -> Told {
    let (file, _) = text.name_and_folder();
    let mut name = file.trim_start_matches("ifcfg-").to_owned();
    let (mut protocol, mut address, mut off, mut card) = (String::new(), false, false, true);
    for line in text.text.lines() {
        let line = line.trim();
        let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
        let value = unquoted(value);
        match key.trim() {
            "BOOTPROTO" => protocol = value.to_ascii_lowercase(),
            "DEVICE" => value.clone_into(&mut name),
            "ONBOOT" => off |= value.eq_ignore_ascii_case("no"),
            "STARTMODE" => off |= matches!(value, "off" | "manual"),
            "SLAVE" | "MASTER" | "BRIDGE" => off = true,
            "TYPE" => card &= value.is_empty() || value.eq_ignore_ascii_case("Ethernet"),
            "VLAN" | "BONDING_MASTER" => card &= !value.eq_ignore_ascii_case("yes"),
            "ETHERDEVICE" | "TUNNEL" => card &= value.is_empty(),
            key if key.starts_with("IPADDR") => address |= is_v4(value),
            _ => {}
        }
    }
    if !card {
        return Told::Nothing("an interface that is no network card");
    }
    let method = match protocol.as_str() {
        _ if off => Method::Off,
        "dhcp" | "dhcp4" | "bootp" | "dhcp+autoip" => Method::Dhcp,
        "" | "none" | "static" | "dhcp6" | "autoip" => method(false, address),
        _ => Method::Unclear("the value of `BOOTPROTO` is none that is known".to_owned()),
    };
    take(text, facts, Keeper::Ifcfg, vec![(name, method)])
}

/// A value without quotes, and without a comment behind it.
fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    value.split_whitespace().next().unwrap_or_default()
}

pub(super) fn is_keyfile(text: &Text<'_>) -> bool {
    let (_, folder) = text.name_and_folder();
    folder == "system-connections"
}

fn read_keyfile(text: &Text<'_>, facts: &mut Facts) -> Told {
    let (mut id, mut interface, mut kind, mut how, mut on) = (None, None, None, None, true);
    for (section, key, value) in ini::entries(text.text) {
        match (section.as_str(), key.as_str()) {
            ("connection", "id") => id = Some(value),
            ("connection", "interface-name") => interface = Some(value),
            ("connection", "type") => kind = Some(value),
            ("connection", "autoconnect") => on = flag(&value) != Some(false),
            ("connection", "master" | "controller") => on = false,
            ("ipv4", "method") => how = Some(value),
            _ => {}
        }
    }
    if !matches!(kind.as_deref(), Some("ethernet" | "802-3-ethernet")) {
        return Told::Nothing("a connection of another kind than Ethernet");
    }
    let method = match how.as_deref() {
        _ if !on => Method::Off,
        Some("auto") => Method::Dhcp,
        Some("manual") => Method::Static,
        Some("disabled" | "link-local" | "shared") => Method::Off,
        Some(_) => Method::Unclear("the value of `method` is none that is known".to_owned()),
        None => Method::Unclear("it does not say by which `method`".to_owned()),
    };
    let name = interface.or(id).unwrap_or_else(|| "a connection without a name".to_owned());
    take(text, facts, Keeper::NetworkManager, vec![(name, method)])
}

#[cfg(test)]
mod tests {
    use super::super::tests::methods;
    use super::*;

    fn one(name: &str, text: &str) -> (String, Method) {
        let mut found = methods(name, text);
        assert_eq!(found.len(), 1, "{text}");
        found.remove(0)
    }

    #[test]
    fn networkd() {
        let says = |text: &str| one("/run/systemd/network/10-netplan-eth0.network", text).1;
        assert_eq!(
            says("[Match]\nName=eth0\n\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=ipv6\n"),
            Method::Dhcp
        );
        assert_eq!(says("[Match]\nName=eth0\n[Network]\nAddress=10.0.0.4/24\n# DHCP=yes\n"), Method::Static);
        assert_eq!(
            says("[Match]\nName=eth0\n[Network]\nDHCP=no\n[Address]\nAddress=10.0.0.4/24\n"),
            Method::Static
        );
        assert_eq!(says("[Match]\nName=eth0\n[Network]\nDHCP=yes\nAddress=10.0.0.5/24\n"), Method::Dhcp);
        assert_eq!(says("[Match]\nName=eth0\n[Network]\nAddress=fe80::1/64\n"), Method::Off);
        assert_eq!(says("[Match]\nDriver=mlx5_core\n[Link]\nUnmanaged=yes\n"), Method::Off);
        assert!(matches!(says("[Match]\nName=e*\n[Network]\nDHCP=perhaps\n"), Method::Unclear(_)));
        assert!(
            methods("/etc/systemd/network/a.network", "[Match]\nName=ve-*\nKind=veth\n[Network]\nDHCP=yes\n")
                .is_empty()
        );
    }

    #[test]
    fn ifupdown() {
        let text = "auto lo\niface lo inet loopback\nauto eth0\niface eth0 inet dhcp\niface eth0 inet6 auto\n\
                    iface eth0:1 inet static\n  address 10.0.0.9/24\niface eth1 inet static\niface eth2 inherits eth0\n";
        let found = methods("/mnt/disk/etc/network/interfaces", text);
        assert_eq!(found[0], ("eth0".to_owned(), Method::Dhcp));
        assert_eq!(found[1], ("eth1".to_owned(), Method::Static));
        assert!(matches!(found[2].1, Method::Unclear(_)));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn ifupdown_makes_bridges_and_includes_folders() {
        let text = "source /etc/network/interfaces.d/*\nsource-directory /run/network/interfaces.d\n\
                    iface lan inet static\n  address 10.1.0.1/24\n  bridge_ports none\niface eth0.7 inet static\n\
                    iface v inet static\n  vlan-raw-device eth0\niface eth1 inet static\n  bond-master x\n";
        assert_eq!(methods("/etc/network/interfaces", text), [("eth1".to_owned(), Method::Static)]);
        let all = super::super::tests::read("/etc/network/interfaces", text);
        assert_eq!(all.unread_inclusions().collect::<Vec<_>>(), ["/run/network/interfaces.d"]);
    }

    #[test]
    fn ifcfg() {
        let says = |text: &str| one("/etc/sysconfig/network-scripts/ifcfg-eth0", text).1;
        assert_eq!(says("DEVICE=eth0\nBOOTPROTO=dhcp\nONBOOT=yes\n"), Method::Dhcp);
        assert_eq!(says("BOOTPROTO='dhcp4' # or static\nSTARTMODE='auto'\n"), Method::Dhcp);
        assert_eq!(says("BOOTPROTO=none\nIPADDR=10.0.0.4\nPREFIX=24\n"), Method::Static);
        assert_eq!(says("IPADDR0=10.0.0.4\n"), Method::Static);
        assert_eq!(says("BOOTPROTO=static\n#IPADDR=10.0.0.4\n"), Method::Off);
        assert_eq!(says("BOOTPROTO=dhcp\nONBOOT=no\n"), Method::Off);
        assert!(matches!(says("BOOTPROTO=$HOW\n"), Method::Unclear(_)));
        for made in ["TYPE=Bridge\n", "TYPE=\"Bond\"\n", "VLAN=yes\n", "ETHERDEVICE='eth0'\n"] {
            let text = format!("{made}BOOTPROTO=none\nIPADDR=10.0.0.4\n");
            assert!(methods("/etc/sysconfig/network-scripts/ifcfg-lan", &text).is_empty(), "{made}");
        }
        assert_eq!(says("TYPE=Ethernet\nVLAN=no\nIPADDR=10.0.0.4\n"), Method::Static);
        assert!(methods("/etc/sysconfig/network-scripts/ifcfg-lo", "IPADDR=127.0.0.1\n").is_empty());
    }

    #[test]
    fn keyfiles() {
        let path = "/etc/NetworkManager/system-connections/cloud-init-eth0.nmconnection";
        let says = |method: &str| {
            one(
                path,
                &format!(
                    "[connection]\nid=cloud-init eth0\ntype=ethernet\ninterface-name=eth0\n\n[ipv4]\n{method}\n"
                ),
            )
        };
        assert_eq!(says("method=auto"), ("eth0".to_owned(), Method::Dhcp));
        assert_eq!(says("method=manual\naddress1=10.0.0.4/24,10.0.0.1").1, Method::Static);
        assert!(matches!(says("may-fail=false").1, Method::Unclear(_)));
        assert!(methods(path, "[connection]\ntype=wifi\n[ipv4]\nmethod=manual\n").is_empty());
    }
}
