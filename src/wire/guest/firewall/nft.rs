//! What `nft -j list ruleset` prints.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::iptables;
use super::nft_match::{Sets, keyed, matched};
use super::nft_show::shown;
use crate::guest::firewall::{
    Action, Chain, Condition, FirewallKind, GuestFirewall, Handle, Hook, Policy, Rule, Station,
};
use crate::wire::json::Value;

/// Families whose tables see IPv4 packets of programs.
const FAMILIES: [&str; 3] = ["ip", "inet", "netdev"];

/// How many elements of named sets are looked at, so that no document can make them be looked at by every rule; what is
/// in them is not known after that.
const MOST: usize = 500_000;

/// Whether a document is of this kind.
pub(in crate::wire) fn is_ruleset(root: Value<'_>) -> bool {
    root.member("nftables").is_some_and(Value::is_list)
}

/// Reads it. What stands in a rule and is not understood may match or not.
pub(in crate::wire) fn read(root: Value<'_>) -> GuestFirewall {
    let mut firewall = GuestFirewall::new(FirewallKind::Nftables);
    let objects: Vec<_> = root.member("nftables").into_iter().flat_map(Value::items).collect();
    let of_kind = |kind: &'static str| {
        let of_it = objects.iter().filter_map(move |object| object.member(kind));
        of_it.filter(|value| FAMILIES.contains(&text(*value, "family")))
    };
    let sets: Sets<'_> = ["set", "map"]
        .into_iter()
        .flat_map(of_kind)
        .map(|set| ((text(set, "family"), text(set, "table"), text(set, "name")), set))
        .collect();
    let mut tables = Tables::default();
    for table in of_kind("table").filter(|table| !is_dormant(*table)) {
        tables.add(text(table, "family"), text(table, "name"));
    }
    for chain in of_kind("chain") {
        tables.declare(chain);
    }
    let left = Cell::new(MOST);
    for rule in of_kind("rule") {
        if let Some(chain) = tables.chain(rule) {
            chain.rules.extend(rules(rule, &sets, &left));
        }
    }
    for ((family, name), chains) in tables.0 {
        firewall.table(&family, &name).chains = chains.chains;
    }
    firewall
}

/// Tables by family and name, with what leads to a chain by its name.
#[derive(Default)]
struct Tables(BTreeMap<(String, String), Chains>);

#[derive(Default)]
struct Chains {
    chains: Vec<Chain>,
    places: BTreeMap<String, usize>,
}

impl Tables {
    fn add(&mut self, family: &str, name: &str) {
        self.0.entry((family.to_owned(), name.to_owned())).or_default();
    }

    fn declare(&mut self, chain: Value<'_>) {
        let of = (text(chain, "family").to_owned(), text(chain, "table").to_owned());
        let name = text(chain, "name").to_owned();
        if let Some(table) = self.0.get_mut(&of) {
            table.places.insert(name.clone(), table.chains.len());
            table.chains.push(Chain { name, hook: hook(chain), rules: Vec::new() });
        }
    }

    fn chain(&mut self, rule: Value<'_>) -> Option<&mut Chain> {
        let of = (text(rule, "family").to_owned(), text(rule, "table").to_owned());
        let table = self.0.get_mut(&of)?;
        table.chains.get_mut(*table.places.get(text(rule, "chain"))?)
    }
}

/// Where a base chain is entered; `None` for any other.
fn hook(chain: Value<'_>) -> Option<Hook> {
    let at = match chain.member("hook")?.as_str()? {
        "ingress" => Station::Ingress,
        "prerouting" => Station::Prerouting,
        "input" => Station::Input,
        "output" => Station::Output,
        "postrouting" => Station::Postrouting,
        "egress" => Station::Egress,
        _ => Station::Forward,
    };
    let policy = match chain.member("policy").and_then(Value::as_str) {
        Some("drop") => Policy::Drop,
        Some("accept") | None => Policy::Accept,
        Some(_) => Policy::Open,
    };
    let priority = chain.member("prio").and_then(integer).and_then(|number| i32::try_from(number).ok());
    Some(Hook { at, translates: text(chain, "type") == "nat", priority: priority.unwrap_or(0), policy })
}

fn is_dormant(table: Value<'_>) -> bool {
    let is_it = |value: Value<'_>| value.as_str() == Some("dormant");
    table.member("flags").is_some_and(|flags| is_it(flags) || flags.items().any(is_it))
}

/// What one rule comes to: several where it looks its verdict up.
fn rules(rule: Value<'_>, sets: &Sets<'_>, left: &Cell<usize>) -> Vec<Rule> {
    let number = rule.member("handle").and_then(integer).and_then(|number| u64::try_from(number).ok());
    let handle = number.map_or(Handle::Text, Handle::Number);
    let mut reading =
        Reading { text: shown(rule), handle, conditions: Vec::new(), actions: Vec::new(), done: Vec::new() };
    let table = (text(rule, "family"), text(rule, "table"));
    let named = |name: &str| {
        let set = sets.get(&(table.0, table.1, name)).copied()?;
        let size = set.member("elem").map_or(0, |elements| elements.items().count());
        left.set(left.get().checked_sub(size)?);
        Some(set)
    };
    for statement in rule.member("expr").into_iter().flat_map(Value::items) {
        let Some((kind, value)) = statement.only_member() else {
            reading.strange();
            continue;
        };
        reading.statement(kind, value, &named);
    }
    reading.end();
    reading.done
}

/// A rule as far as it is read.
struct Reading {
    text: String,
    handle: Handle,
    conditions: Vec<Condition>,
    actions: Vec<Action>,
    done: Vec<Rule>,
}

impl Reading {
    fn statement<'a>(&mut self, kind: &str, value: Value<'a>, sets: &dyn Fn(&str) -> Option<Value<'a>>) {
        match kind {
            "match" => self.ask(matched(value, sets)),
            "vmap" => self.look_up(value, sets),
            "limit" | "quota" | "ct count" | "meter" | "connlimit" => self.ask(vec![Condition::Unknown]),
            "set" | "map" if value.has("stmt") => self.ask(vec![Condition::Unknown]),
            "mangle" => self.mangle(value),
            "xt" => self.extension(value),
            _ => match action(kind, value) {
                Some(Known::Nothing) => {}
                Some(Known::Does(action)) => self.actions.push(action),
                None => self.strange(),
            },
        }
    }

    /// What is asked for after something was done does not undo it.
    fn ask(&mut self, conditions: Vec<Condition>) {
        if !self.actions.is_empty() {
            self.end();
        }
        self.conditions.extend(conditions);
    }

    fn strange(&mut self) {
        self.ask(vec![Condition::Unknown]);
        self.actions.push(Action::Elsewhere);
    }

    /// One rule for each verdict of a map.
    fn look_up<'a>(&mut self, value: Value<'a>, sets: &dyn Fn(&str) -> Option<Value<'a>>) {
        let Some(verdicts) = keyed(value, sets) else { return self.strange() };
        let before = self.conditions.len();
        for (conditions, verdict) in verdicts {
            let known = verdict.only_member().and_then(|(kind, value)| action(kind, value));
            self.conditions.extend(conditions);
            match known {
                Some(Known::Nothing) => {}
                Some(Known::Does(action)) => self.actions.push(action),
                None => self.actions.push(Action::Elsewhere),
            }
            self.end();
            self.conditions.truncate(before);
        }
    }

    fn mangle(&mut self, value: Value<'_>) {
        let key = value.member("key").and_then(Value::only_member);
        match key {
            Some(("meta", meta)) if text(meta, "key") == "mark" => self.actions.push(Action::Mark),
            Some(("meta" | "ct" | "tcp option", _)) => {}
            _ => self.strange(),
        }
    }

    /// Something of iptables, of which only the name is shown.
    fn extension(&mut self, value: Value<'_>) {
        let name = text(value, "name");
        match text(value, "type") {
            "match" if name == "comment" => {}
            "match" => self.ask(vec![Condition::Unknown]),
            "target" | "watcher" if name == "CT" => self.strange(),
            "target" | "watcher" if !name.is_empty() => {
                self.actions.extend(match iptables::action(name, false) {
                    Some(Action::Jump(_)) => Some(Action::Elsewhere),
                    known => known,
                })
            }
            _ => self.strange(),
        }
    }

    /// The rule as it stands; what was asked for counts for what comes after as well.
    fn end(&mut self) {
        self.done.push(Rule {
            text: self.text.clone(),
            conditions: self.conditions.clone(),
            actions: std::mem::take(&mut self.actions),
            handle: self.handle.clone(),
        });
    }
}

/// A statement that is known.
enum Known {
    /// It changes nothing about whether a packet passes.
    Nothing,
    /// It does this.
    Does(Action),
}

fn action(kind: &str, value: Value<'_>) -> Option<Known> {
    let target = || value.member("target").and_then(Value::as_str).map(str::to_owned);
    Some(Known::Does(match kind {
        "accept" | "masquerade" | "snat" => Action::Accept,
        "drop" | "reject" => Action::Drop,
        "return" => Action::Return,
        "jump" => Action::Jump(target()?),
        "goto" => Action::Goto(target()?),
        "notrack" => Action::Untrack,
        "dnat" | "redirect" | "tproxy" | "queue" | "synproxy" | "fwd" => Action::Elsewhere,
        "counter" | "log" | "continue" | "set" | "map" | "dup" | "flow" | "last" | "secmark"
        | "ct helper" | "ct timeout" | "ct expectation" => return Some(Known::Nothing),
        _ => return None,
    }))
}

pub(super) fn text<'a>(value: Value<'a>, key: &str) -> &'a str {
    value.member(key).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn integer(value: Value<'_>) -> Option<i64> {
    match value.view() {
        crate::wire::json::View::Number(number) => number.as_i64(),
        _ => None,
    }
}
