//! What to change about one rule.

use crate::azure::platform::{HOST_PLUGIN_PORT, WIRE_SERVER, WIRE_SERVER_PORT};
use crate::check::Remediation;
use crate::guest::Read;
use crate::guest::firewall::{Condition, Decider, Field, FirewallKind, GuestFirewall, Handle, Rule};
use crate::script::shell::line;

const LINK: &str = "https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16";

/// Takes the rule out where it is about the host alone; else has the agent's packets accepted before it. Of a guard of the
/// agent's own nothing is taken out: it keeps everybody else away from the host.
pub(super) fn remedy(set: &Read<GuestFirewall>, by: &Decider<'_>) -> Remediation {
    let alone = by.rule.filter(|rule| is_about_host(rule) && !by.table.is_of_agent());
    let summary = if alone.is_some() {
        "take the rule out that stops the VM agent"
    } else {
        "let the VM agent pass before the rule that stops it"
    };
    let mut start = Remediation::new(summary).link(LINK);
    if by.table.is_of_agent() {
        start = start
            .step("restart the VM agent: it sets its own rules anew, which let root pass and keep everybody else away")
            .step("if that does not help, let root pass before the rule, and leave the rule where it is");
    }
    let file = set.place.document.escape_debug();
    match set.value.kind {
        FirewallKind::Nftables => lasting(start.step(format!("as root: `{}`", of_nft(by, alone)))),
        FirewallKind::IptablesLegacy | FirewallKind::IptablesOverNft => {
            lasting(start.step(format!("as root: `{}`", of_iptables(set, by, alone))))
        }
        FirewallKind::Ufw => start
            .step("as root: `ufw insert 1 allow out to 168.63.129.16 proto tcp`, or take the rule out of the files of ufw")
            .step("then `ufw reload`"),
        FirewallKind::SavedIptables | FirewallKind::SavedNftables | FirewallKind::Firewalld => {
            start.step(of_file(&file.to_string(), by, alone)).step("then restart the service that loads the file")
        }
    }
}

/// What is changed in the kernel is gone with the next start.
fn lasting(remedy: Remediation) -> Remediation {
    remedy.step("that lasts until the machine starts again: change what the rules are loaded from as well")
}

/// Whether a rule says nothing of other addresses.
fn is_about_host(rule: &Rule) -> bool {
    let host = u32::from(WIRE_SERVER);
    let of_host = [Field::Source, Field::Destination].map(|field| Condition::is(field, host));
    rule.conditions.iter().any(|condition| of_host.contains(condition))
}

fn of_nft(by: &Decider<'_>, alone: Option<&Rule>) -> String {
    let (table, chain) = (by.table, by.chain);
    let start = |verb: &str| line(["nft", verb, "rule", &table.family, &table.name, &chain.name]).clone();
    if let Some(Handle::Number(number)) = alone.map(|rule| &rule.handle) {
        return format!("{} handle {number}", start("delete"));
    }
    let rule = if guards(by) {
        format!("ip daddr {WIRE_SERVER} meta l4proto tcp meta skuid 0 accept")
    } else if by.leaving {
        format!("ip daddr {WIRE_SERVER} tcp dport '{{' {WIRE_SERVER_PORT}, {HOST_PLUGIN_PORT} '}}' accept")
    } else {
        format!("ip saddr {WIRE_SERVER} tcp sport '{{' {WIRE_SERVER_PORT}, {HOST_PLUGIN_PORT} '}}' accept")
    };
    format!("{} {rule}", start("insert"))
}

fn of_iptables(set: &Read<GuestFirewall>, by: &Decider<'_>, alone: Option<&Rule>) -> String {
    let legacy = set.place.document.contains("iptables-legacy");
    let start = [if legacy { "iptables-legacy" } else { "iptables" }, "-w", "-t", &by.table.name];
    if let Some(Handle::Words(words)) = alone.map(|rule| &rule.handle) {
        let rule = words.iter().map(String::as_str);
        return line(start.into_iter().chain(["-D", &by.chain.name]).chain(rule));
    }
    let accepted = accepted(by);
    line(start.into_iter().chain(["-I", &by.chain.name]).chain(accepted.split(' ')))
}

/// Whether the rule stands where the agent keeps everybody but root away: only root may be let through.
fn guards(by: &Decider<'_>) -> bool {
    by.leaving && by.table.is_of_agent()
}

/// A rule of iptables that lets the agent's packets pass.
fn accepted(by: &Decider<'_>) -> String {
    if guards(by) {
        return format!("-d {WIRE_SERVER} -p tcp -m owner --uid-owner 0 -j ACCEPT");
    }
    let (side, ports) = if by.leaving { ("-d", "--dports") } else { ("-s", "--sports") };
    format!(
        "{side} {WIRE_SERVER} -p tcp -m multiport {ports} {WIRE_SERVER_PORT},{HOST_PLUGIN_PORT} -j ACCEPT"
    )
}

fn of_file(file: &str, by: &Decider<'_>, alone: Option<&Rule>) -> String {
    let line = by.rule.and_then(|rule| match rule.handle {
        Handle::Line(line) => Some(line),
        _ => None,
    });
    match (line, alone) {
        (Some(line), Some(_)) => format!("take line {line} out of `{file}`"),
        (Some(line), None) => {
            let rule = format!("-A {} {}", by.chain.name.escape_debug(), accepted(by));
            format!("before line {line} of `{file}` put `{rule}`")
        }
        (None, Some(_)) => format!("take the rule out of `{file}`"),
        (None, None) => format!("in `{file}`, let {WIRE_SERVER} pass before it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::firewall::{Attempt, Sender, Verdict, judge};
    use crate::input::{Bundle, Document};

    /// The steps of the remedy where this document stops the agent.
    fn steps(name: &str, text: &str) -> String {
        let document = Document { name: name.into(), bytes: text.as_bytes().to_vec(), named_by_user: false };
        let sets = crate::wire::parse(&Bundle { documents: vec![document] }).unwrap().guest.firewalls;
        let attempt = Attempt { address: WIRE_SERVER, port: WIRE_SERVER_PORT, sender: Sender::Root };
        match judge(&[&sets[0].value], &attempt) {
            Verdict::Stopped(by) => remedy(&sets[0], &by).steps.join("\n"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_guard_of_the_agent_stays() {
        let drop = "-A OUTPUT -d 168.63.129.16/32 -p tcp -m conntrack --ctstate INVALID,NEW -j DROP";
        let text = |table: &str| format!("*{table}\n:OUTPUT ACCEPT [0:0]\n{drop}\nCOMMIT\n");
        let own = steps("commands/iptables-save.txt", &text("security"));
        assert!(!own.contains("-D "), "{own}");
        assert!(own.starts_with("restart the VM agent"), "{own}");
        let pass =
            "iptables -w -t security -I OUTPUT -d 168.63.129.16 -p tcp -m owner --uid-owner 0 -j ACCEPT";
        assert!(own.contains(pass), "{own}");
        let other = steps("commands/iptables-save.txt", &text("filter"));
        assert!(other.contains("iptables -w -t filter -D OUTPUT -d 168.63.129.16/32"), "{other}");
        assert!(!other.contains("restart the VM agent"), "{other}");
    }

    #[test]
    fn the_guard_of_the_agent_stays_in_saved_rules() {
        let drop = "-A OUTPUT -d 168.63.129.16/32 -p tcp -m conntrack --ctstate INVALID,NEW -j DROP";
        let own =
            steps("/etc/iptables/rules.v4", &format!("*security\n:OUTPUT ACCEPT [0:0]\n{drop}\nCOMMIT\n"));
        assert!(own.contains("before line 3 of"), "{own}");
        assert!(own.contains("--uid-owner 0 -j ACCEPT") && !own.contains("take line"), "{own}");
    }
}
