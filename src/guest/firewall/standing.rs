//! Which rule sets count together: what is in force, and what will be when the machine starts.

use super::packet::Attempt;
use super::{Chain, FirewallKind, GuestFirewall, Hook, Policy, Rule, Station, Table, Verdict, judge};
use crate::guest::Read;

/// The rule sets of a machine, those that tell the same twice told once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// What was in force when it was read.
    pub in_force: Vec<Read<GuestFirewall>>,
    /// What is loaded when the machine starts, each by itself.
    pub saved: Vec<Read<GuestFirewall>>,
}

impl Standing {
    /// Of everything that was read.
    #[must_use]
    pub fn of(read: &[Read<GuestFirewall>]) -> Self {
        let (in_force, saved): (Vec<_>, Vec<_>) =
            read.iter().cloned().partition(|each| each.value.kind.is_in_force());
        let (parts, mut saved): (Vec<_>, Vec<_>) =
            saved.into_iter().partition(|each| each.value.kind == FirewallKind::Ufw);
        saved.extend(ufw(&parts));
        Self { in_force: without_twins(in_force), saved }
    }

    /// What becomes of an attempt under what is in force.
    #[must_use]
    pub fn judge(&self, attempt: &Attempt) -> Verdict<'_> {
        let sets: Vec<&GuestFirewall> = self.in_force.iter().map(|each| &each.value).collect();
        judge(&sets, attempt)
    }
}

/// Rules of iptables that are kept in nftables are shown by both: by nftables without what they ask for.
fn without_twins(mut read: Vec<Read<GuestFirewall>>) -> Vec<Read<GuestFirewall>> {
    let of_iptables: Vec<String> = read
        .iter()
        .filter(|each| each.value.kind == FirewallKind::IptablesOverNft)
        .flat_map(|each| each.value.tables.iter().map(|table| table.name.clone()))
        .collect();
    let kinds: Vec<FirewallKind> = read.iter().map(|each| each.value.kind).collect();
    for each in &mut read {
        each.value.beside.retain(|kind| !kinds.contains(kind));
        if each.value.kind == FirewallKind::Nftables {
            each.value.tables.retain(|table| table.family != "ip" || !of_iptables.contains(&table.name));
        }
    }
    read
}

/// The files of ufw make one rule set; none where ufw is off.
fn ufw(parts: &[Read<GuestFirewall>]) -> Option<Read<GuestFirewall>> {
    if parts.iter().any(|part| part.value.is_off) {
        return None;
    }
    // Whoever sees the rules wants to know of those of the user.
    let place = parts.iter().max_by_key(|part| part.value.tables.len())?.place.clone();
    let mut whole = GuestFirewall::new(FirewallKind::Ufw);
    for part in parts {
        whole.open.extend(part.value.open.iter().cloned());
        for table in &part.value.tables {
            let into = whole.table(&table.family, &table.name);
            table.chains.iter().for_each(|chain| add(into, chain));
        }
    }
    let filter = whole.table("ip", "filter");
    for (name, at) in [("INPUT", Station::Input), ("OUTPUT", Station::Output)] {
        complete(filter, name, at);
    }
    Some(Read { value: whole, place })
}

fn add(table: &mut Table, chain: &Chain) {
    let into = table.chain(&chain.name);
    into.hook = into.hook.or(chain.hook);
    into.rules.extend(chain.rules.iter().cloned());
}

/// Makes every chain that is led to exist, empty, and the base chain be entered: what it does by default may be unread.
fn complete(table: &mut Table, name: &str, at: Station) {
    let short = name.to_ascii_lowercase();
    let parts = ["before", "user", "after"].map(|part| format!("ufw-{part}-{short}"));
    let base = table.chain(name);
    if base.hook.is_none() {
        base.hook = Some(Hook { at, translates: false, priority: 0, policy: Policy::Open });
        base.rules.extend(parts.iter().map(|chain| Rule::leading_to(name, chain)));
    }
    // Those of a file that is not here may say anything.
    let known: Vec<bool> =
        parts.iter().map(|part| table.chains.iter().any(|chain| chain.name == *part)).collect();
    for (part, _) in parts.iter().zip(known).filter(|(_, known)| !known) {
        table.chain(part).rules.push(Rule::unread(part));
    }
}
