//! Settings of a firewall that lie on a disk: whether ufw is on and what it does by default, what nftables is loaded from.

use super::ends_with;
use crate::azure::platform;
use crate::guest::firewall::{FirewallKind, GuestFirewall, Hook, Policy, Rule, Station};
use crate::wire::guest::assignment;

/// Words of a rule of nftables that can keep a packet from where it was going.
const HARMFUL: [&str; 9] =
    ["drop", "reject", "queue", "dnat", "redirect", "tproxy", "synproxy", "include", "fwd"];

/// Whether this is such a file.
pub(super) fn is_settings(name: &str, text: &str) -> bool {
    ends_with(name, &["ufw", "ufw.conf"], 0)
        || ends_with(name, &["default", "ufw"], 0)
        || is_of_nft(name, text)
}

/// Reads such a file; `None` where it is of another kind.
pub(super) fn read(name: &str, text: &str) -> Option<GuestFirewall> {
    if ends_with(name, &["ufw", "ufw.conf"], 0) {
        return Some(switch(text));
    }
    if ends_with(name, &["default", "ufw"], 0) {
        return Some(frame(text));
    }
    (is_of_nft(name, text)).then(|| nftables(text))
}

/// `ufw.conf`: whether ufw is on. It is off where the file does not say.
fn switch(text: &str) -> GuestFirewall {
    let is_on = value(text, "ENABLED").is_some_and(|value| value.eq_ignore_ascii_case("yes"));
    GuestFirewall { is_off: !is_on, ..GuestFirewall::new(FirewallKind::Ufw) }
}

/// `/etc/default/ufw`: what becomes of packets that no rule decides on, and the chains that are asked before.
fn frame(text: &str) -> GuestFirewall {
    let mut firewall = GuestFirewall::new(FirewallKind::Ufw);
    let stations = [
        ("INPUT", "input", "DEFAULT_INPUT_POLICY", Station::Input),
        ("OUTPUT", "output", "DEFAULT_OUTPUT_POLICY", Station::Output),
    ];
    for (name, short, setting, at) in stations {
        let policy = match value(text, setting).as_deref() {
            Some("ACCEPT") => Policy::Accept,
            Some("DROP" | "REJECT") => Policy::Drop,
            _ => Policy::Open,
        };
        let chain = firewall.table("ip", "filter").chain(name);
        chain.hook = Some(Hook { at, translates: false, priority: 0, policy });
        chain.rules = ["before", "user", "after"]
            .map(|part| Rule::leading_to(name, &format!("ufw-{part}-{short}")))
            .to_vec();
    }
    firewall
}

/// The value of a variable, by its last assignment.
fn value(text: &str, name: &str) -> Option<String> {
    let mut assigned =
        text.lines().rev().filter_map(|line| assignment::words(line, true)?.first()?.assignment());
    assigned.find(|(own, _)| own == name).map(|(_, value)| value)
}

fn is_of_nft(name: &str, text: &str) -> bool {
    let heading = text.lines().next().unwrap_or_default();
    let named = name.rsplit(['/', '\\']).next().is_some_and(|last| {
        last == "nftables.conf" || last.rsplit_once('.').is_some_and(|(_, kind)| kind == "nft")
    });
    named || (heading.starts_with("#!") && heading.contains("nft"))
}

/// The language of nftables is not read: whether it says anything that could keep packets from the host is.
fn nftables(text: &str) -> GuestFirewall {
    let mut firewall = GuestFirewall::new(FirewallKind::SavedNftables);
    let host = platform::WIRE_SERVER.to_string();
    for (at, line) in text.lines().enumerate() {
        let code = line.split('#').next().unwrap_or_default();
        let mut words = code.split(|c: char| !(c.is_alphanumeric() || c == '.' || c == '_' || c == '-'));
        let says = if code.contains(&host) {
            Some("names the host's address")
        } else {
            words.any(|word| HARMFUL.contains(&word)).then_some("can stop packets")
        };
        if let Some(says) = says {
            let shown: String = code.trim().chars().take(200).collect();
            firewall.open.push(format!("line {} {says}: `{}`", at + 1, shown.escape_debug()));
        }
        if firewall.open.len() == 8 {
            break;
        }
    }
    firewall
}
