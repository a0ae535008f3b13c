//! netplan: as much of YAML as such files are written in. What is written otherwise is said not to be understood.

use std::collections::BTreeMap;

use super::{is_v4, method, take};
use crate::facts::Facts;
use crate::guest::{Keeper, Method};
use crate::wire::guest::{Known, Text, TextReader, Told};

/// A file of netplan.
pub(in crate::wire::guest) const NETPLAN: TextReader = TextReader { known: Known::ByName(is_netplan), read };

pub(super) fn is_netplan(text: &Text<'_>) -> bool {
    let (name, folder) = text.name_and_folder();
    folder == "netplan" && [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending))
}

/// What is said of one card.
#[derive(Debug, Default)]
struct Card {
    dhcp: bool,
    address: bool,
    unclear: Option<&'static str>,
}

fn read(text: &Text<'_>, facts: &mut Facts) -> Told {
    let mut reading = Reading::default();
    for line in text.text.lines() {
        reading.line(line);
    }
    let found = reading.cards.into_iter().map(|(name, card)| {
        let method = match card.unclear.or(reading.unclear) {
            Some(why) => Method::Unclear(why.to_owned()),
            None => method(card.dhcp, card.address),
        };
        (name, method)
    });
    take(text, facts, Keeper::Netplan, found.collect())
}

/// What was read so far: the keys above the line, each with its indentation.
#[derive(Debug, Default)]
struct Reading {
    above: Vec<(usize, String)>,
    cards: BTreeMap<String, Card>,
    unclear: Option<&'static str>,
}

impl Reading {
    fn line(&mut self, line: &str) {
        let text = line.trim_start_matches(' ');
        let indent = line.len() - text.len();
        let text = without_comment(text).trim_end();
        if text.is_empty() || text == "---" {
            return;
        }
        if text.starts_with('\t') {
            self.unclear = Some("it is indented with tabs");
            return;
        }
        if let Some(item) = text.strip_prefix("- ") {
            // An item may stand as far left as the key of its list.
            self.above.retain(|(known, _)| *known <= indent);
            self.item(item);
            return;
        }
        self.above.retain(|(known, _)| *known < indent);
        let Some((key, value)) = split(text) else {
            return self.doubt("it is written in a way that is not read here");
        };
        self.above.push((indent, key.to_owned()));
        self.entry(value.trim());
    }

    /// The card that the keys above are about, and the key below it.
    fn card(&mut self) -> Option<(&mut Card, String)> {
        let keys: Vec<&str> = self.above.iter().map(|(_, key)| key.as_str()).collect();
        let (name, key) = match keys.as_slice() {
            ["network", "ethernets", name] => (*name, ""),
            ["network", "ethernets", name, key] => (*name, *key),
            _ => return None,
        };
        let (name, key) = (name.to_owned(), key.to_owned());
        Some((self.cards.entry(name).or_default(), key))
    }

    fn entry(&mut self, value: &str) {
        let elsewhere = value.starts_with(['{', '&', '*']) && value != "{}";
        if elsewhere && self.hides_cards(value) {
            self.unclear = Some("it is written in a way that is not read here");
            self.cards.entry("ethernets".to_owned()).or_default();
            return;
        }
        let Some((card, key)) = self.card() else { return };
        match key.as_str() {
            "" if !value.is_empty() => card.unclear = Some("it is written in a way that is not read here"),
            "dhcp4" => match flag(value) {
                Some(dhcp) => card.dhcp = dhcp,
                None => card.unclear = Some("the value of `dhcp4` is none that is known"),
            },
            "addresses" if value.starts_with(['&', '*']) => {
                card.unclear = Some("its addresses are written in a way that is not read here");
            }
            "addresses" => {
                card.address |= value.trim_matches(['[', ']']).split(',').any(is_v4);
            }
            "<<" => card.unclear = Some("it is put together from other parts of the file"),
            _ => {}
        }
    }

    /// Whether a value that is not read here may speak of cards.
    fn hides_cards(&self, value: &str) -> bool {
        let keys: Vec<&str> = self.above.iter().map(|(_, key)| key.as_str()).collect();
        keys == ["network", "ethernets"] || (keys == ["network"] && !value.contains("config: disabled"))
    }

    /// An item of a list: an address, perhaps with more about it behind a colon.
    fn item(&mut self, item: &str) {
        let Some((card, key)) = self.card() else { return };
        if key == "addresses" {
            card.address |= is_v4(item.trim_end_matches(':'));
        }
    }

    fn doubt(&mut self, why: &'static str) {
        match self.card() {
            Some((card, _)) => card.unclear = Some(why),
            None => self.unclear = self.unclear.or(Some(why)),
        }
    }
}

/// A key and its value; a key may be quoted.
fn split(text: &str) -> Option<(&str, &str)> {
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote) {
            let (key, after) = rest.split_once(quote)?;
            return Some((key, after.trim_start().strip_prefix(':')?));
        }
    }
    match text.split_once(": ") {
        Some(pair) => Some(pair),
        None => text.strip_suffix(':').map(|key| (key, "")),
    }
}

/// A line without its comment: `#` after a space, or at the beginning.
fn without_comment(text: &str) -> &str {
    if text.starts_with('#') {
        return "";
    }
    text.split_once(" #").map_or(text, |(before, _)| before)
}

fn flag(value: &str) -> Option<bool> {
    match value.trim_matches(['"', '\'']).to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" => Some(true),
        "false" | "no" | "off" | "n" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::methods;
    use super::*;

    fn says(text: &str) -> Vec<(String, Method)> {
        methods("/etc/netplan/50-cloud-init.yaml", text)
    }

    #[test]
    fn what_cloud_init_writes() {
        let text = "# This file is generated\nnetwork:\n    ethernets:\n        eth0:\n            dhcp4: true\n            \
                    dhcp4-overrides:\n                route-metric: 100\n            dhcp6: false\n            match:\n                \
                    driver: hv_netvsc\n                macaddress: 00:0d:3a:01:02:03\n            set-name: eth0\n    version: 2\n";
        assert_eq!(says(text), [("eth0".to_owned(), Method::Dhcp)]);
    }

    #[test]
    fn addresses_in_every_form() {
        let of = |lines: &str| {
            says(&format!("network:\n  version: 2\n  ethernets:\n    eth0:\n{lines}"))[0].1.clone()
        };
        assert_eq!(of("      addresses:\n        - 10.0.0.4/24\n"), Method::Static);
        assert_eq!(of("      addresses:\n      - 10.0.0.4/24 # by hand\n"), Method::Static);
        assert_eq!(
            of("      addresses: [ \"10.0.0.4/24\", 'fd00::4/64' ]\n      dhcp4: no\n"),
            Method::Static
        );
        assert_eq!(of("      addresses:\n        - 10.0.0.4/24:\n            label: x\n"), Method::Static);
        assert_eq!(of("      dhcp4: yes\n      addresses: [10.0.0.5/24]\n"), Method::Dhcp);
        assert_eq!(of("      addresses: [fd00::4/64]\n"), Method::Off);
        assert_eq!(
            of("      nameservers:\n        addresses: [10.0.0.2]\n      dhcp4: true\n"),
            Method::Dhcp
        );
        assert_eq!(of("      nameservers:\n        addresses:\n          - 10.0.0.2\n"), Method::Off);
    }

    #[test]
    fn what_is_not_read_is_said() {
        let unclear = |text: &str| {
            let found = says(text);
            assert!(
                !found.is_empty() && found.iter().all(|(_, how)| matches!(how, Method::Unclear(_))),
                "{found:?}"
            );
        };
        unclear("network:\n  ethernets: {eth0: {dhcp4: true}}\n");
        unclear("network:\n  ethernets:\n    eth0: {dhcp4: true}\n");
        unclear("network:\n  ethernets:\n    eth0: *other\n");
        unclear("network:\n  ethernets:\n    eth0:\n      <<: *other\n");
        unclear("network:\n  ethernets:\n    eth0:\n      dhcp4: perhaps\n");
        unclear("network:\n  ethernets:\n    eth0:\n\t  dhcp4: true\n");
        unclear("network: {version: 2, ethernets: {eth0: {dhcp4: true}}}\n");
        assert!(says("network: {config: disabled}\n").is_empty());
    }
}
