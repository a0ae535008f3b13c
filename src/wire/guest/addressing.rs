//! How a guest comes by its addresses: configurations of interfaces, leases of DHCP, routes in force.

mod files;
mod lease;
mod netplan;
mod routes;

pub(super) use files::{IFCFG, IFUPDOWN, KEYFILE, NETWORKD};
pub(super) use lease::{DHCLIENT, DHCLIENT_COPY, NETWORK_MANAGER_LEASE, NETWORKD_LEASE, NMCLI, WICKED_LEASE};
pub(super) use netplan::NETPLAN;
pub(super) use routes::{KERNEL_ROUTES, ROUTES};

use super::{Text, Told};
use crate::facts::Facts;
use crate::guest::{Interface, Keeper, Method, Read, is_virtual};

/// Whether a document may hold secrets that are nobody's business here, beside what it says of interfaces.
pub(super) fn may_hold_secrets(text: &Text<'_>) -> bool {
    [netplan::is_netplan, files::is_ifcfg, files::is_ifupdown, files::is_keyfile, files::is_networkd]
        .iter()
        .any(|knows| knows(text))
}

/// The same text without what may be a secret: in a keyfile everything but what is read here, elsewhere the values of whatever
/// is called a key or a password, with the lines that they go on in.
pub(super) fn without_secrets(text: &Text<'_>) -> String {
    let keyfile = files::is_keyfile(text);
    let mut section = String::new();
    let mut kept = String::new();
    let mut value: Option<Value> = None;
    for line in text.text.lines() {
        if value.as_mut().is_some_and(|value| value.goes_on_in(line)) {
            continue;
        }
        value = None;
        let trimmed = line.trim();
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        }
        if keyfile && !matches!(section.as_str(), "connection" | "ipv4" | "ipv6") {
            continue;
        }
        let at = line
            .find(['=', ':'])
            .or_else(|| Some(line.len() - line.trim_start().len() + trimmed.find(char::is_whitespace)?));
        match at.and_then(|at| line.split_at_checked(at + 1)) {
            Some((key, own)) if is_secret(key) && (!own.trim().is_empty() || is_called_secret(key)) => {
                kept.push_str(key);
                kept.push_str("withheld");
                value = Some(Value::of(line, own));
            }
            _ => kept.push_str(line),
        }
        kept.push('\n');
    }
    kept
}

/// A value that was left out, and how lines that follow may belong to it.
struct Value {
    /// How far its key is indented, the marks of lists included.
    indent: usize,
    /// Nothing stood behind the key: a list may follow that is not indented.
    is_below: bool,
    /// The last line ended with a backslash.
    continued: bool,
}

impl Value {
    fn of(line: &str, own: &str) -> Self {
        let indent = line.bytes().take_while(|byte| b" \t-".contains(byte)).count();
        Self { indent, is_below: own.trim().is_empty(), continued: line.ends_with('\\') }
    }

    fn goes_on_in(&mut self, line: &str) -> bool {
        let own = line.trim();
        let indent = line.bytes().take_while(|byte| b" \t".contains(byte)).count();
        let of_list = self.is_below && indent == self.indent && own.starts_with('-');
        let goes_on = self.continued || own.is_empty() || indent > self.indent || of_list;
        self.continued = goes_on && line.ends_with('\\');
        goes_on
    }
}

/// What keys of secrets are called.
const SECRETS: [&str; 8] = ["password", "passwd", "passphrase", "psk", "secret", "key", "token", "pin"];

/// Whether the value of this key may be a secret.
fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRETS.iter().any(|word| key.contains(word))
}

/// Whether one of the words of a key says so: `monkey0:` is the name of an interface.
fn is_called_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let mut words = key.split(|c: char| !c.is_ascii_alphabetic());
    words.any(|word| SECRETS.contains(&word.strip_suffix('s').unwrap_or(word)))
}

/// Takes what a document says of interfaces; those that are no cards are left out.
fn take(text: &Text<'_>, facts: &mut Facts, keeper: Keeper, found: Vec<(String, Method)>) -> Told {
    let cards: Vec<_> = found.into_iter().filter(|(name, _)| !is_virtual(name)).collect();
    if cards.is_empty() {
        return Told::Nothing("nothing about the address of a network card");
    }
    facts.guest.documents += 1;
    for (name, method) in cards {
        let place = text.place();
        facts.guest.addressing.add(Read { value: Interface { name, keeper, method }, place });
    }
    Told::Something
}

/// What an interface does that has or has no DHCP, and addresses or none.
fn method(dhcp: bool, address: bool) -> Method {
    match (dhcp, address) {
        (true, _) => Method::Dhcp,
        (false, true) => Method::Static,
        (false, false) => Method::Off,
    }
}

/// Whether a text is an IPv4 address, with or without the length of a prefix.
fn is_v4(text: &str) -> bool {
    let text = text.trim().trim_matches(['"', '\'']);
    let address = text.split_once('/').map_or(text, |(address, _)| address);
    address.parse::<std::net::Ipv4Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Bundle, Document};

    /// What a document of this name says: interfaces with how they get their address, and leases.
    pub(super) fn read(name: &str, text: &str) -> crate::guest::Addressing {
        let document = Document { name: name.into(), bytes: text.as_bytes().to_vec(), named_by_user: false };
        crate::wire::parse(&Bundle { documents: vec![document] }).unwrap().guest.addressing
    }

    pub(super) fn methods(name: &str, text: &str) -> Vec<(String, Method)> {
        let interfaces = read(name, text).interfaces;
        interfaces.into_iter().map(|read| (read.value.name, read.value.method)).collect()
    }

    #[test]
    fn secrets_stay_on_the_machine() {
        let without = |name: &str, text: &str| {
            let name = name.into();
            let text = Text { name: &name, text };
            assert!(may_hold_secrets(&text));
            without_secrets(&text)
        };
        let kept = without(
            "/etc/netplan/50-cloud-init.yaml",
            "network:\n  x:\n    password: hunter2\n    auth-key: hunter2\n  dhcp4: true\n",
        );
        assert_eq!(kept, "network:\n  x:\n    password:withheld\n    auth-key:withheld\n  dhcp4: true\n");
        let kept = without(
            "/etc/netplan/50.yaml",
            "network:\n  x:\n    - password: >-\n\n        hunter2\n       hunter2\n    keys:\n    - hunter2\n    - hunter2\n  \
             monkey0:\n    dhcp4: true\n    auth-key: hunter2\n      hunter2\n    dhcp6: true\n",
        );
        assert_eq!(
            kept,
            "network:\n  x:\n    - password:withheld\n    keys:withheld\n  monkey0:\n    dhcp4: true\n    \
             auth-key:withheld\n    dhcp6: true\n"
        );
        let kept =
            without("/etc/network/interfaces", "iface eth0 inet dhcp\n  wpa-psk a\\\nhunter2\n  mtu 9000\n");
        assert_eq!(kept, "iface eth0 inet dhcp\n  wpa-psk withheld\n  mtu 9000\n");
        let kept = without("/etc/network/interfaces", "iface eth0 inet dhcp\n  wpa-psk hunter2\n");
        assert_eq!(kept, "iface eth0 inet dhcp\n  wpa-psk withheld\n");
        let keyfile = "[connection]\nid=a\n[vpn-secrets]\nx=hunter2\n[ipv4]\nmethod=auto\n[wifi-security]\nwep=hunter2\n";
        let kept = without("/etc/NetworkManager/system-connections/a.nmconnection", keyfile);
        assert_eq!(kept, "[connection]\nid=a\n[ipv4]\nmethod=auto\n");
        let kept =
            without("/etc/sysconfig/network/ifcfg-eth0", "BOOTPROTO='dhcp'\nWIRELESS_KEY_1='hunter2'\n");
        assert_eq!(kept, "BOOTPROTO='dhcp'\nWIRELESS_KEY_1=withheld\n");
    }
}
