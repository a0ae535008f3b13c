//! Files of firewalld: direct rules, which are those of iptables, and policies for what leaves the machine.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::iptables::{rule, words};
use super::{addresses, built_in, port, protocol};
use crate::guest::firewall::{
    Action, Chain, Condition, Field, FirewallKind, GuestFirewall, Handle, Hook, Policy, Rule, Station,
};
use crate::net::RangeSet;

/// Reads a file of firewalld by its root element; `None` where it is of another kind.
///
/// Zones filter what arrives anew; what leaves, and the answers to it, pass them by.
pub(super) fn read(text: &str) -> Option<GuestFirewall> {
    let events = events(text)?;
    match events.first()?.name.as_str() {
        "direct" => Some(direct(&events)),
        "policy" => Some(policy(&events)),
        "zone" => Some(GuestFirewall::new(FirewallKind::Firewalld)),
        _ => None,
    }
}

/// An element, and the text in it.
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    depth: usize,
}

impl Element {
    fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }
}

/// All elements in the order in which they begin; `None` where it is no whole XML.
fn events(text: &str) -> Option<Vec<Element>> {
    let mut reader = Reader::from_str(text);
    let mut found: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                found.push(element(&start, open.len())?);
                open.push(found.len() - 1);
            }
            Event::Empty(start) => found.push(element(&start, open.len())?),
            Event::End(_) => {
                open.pop();
            }
            Event::Text(inside) => {
                let inside = inside.xml_content(XmlVersion::Implicit1_0);
                if let Some(element) = open.last().and_then(|at| found.get_mut(*at)) {
                    element.text.push_str(&inside);
                }
            }
            Event::GeneralRef(_) => {
                // `&lt;` and the like: no option of a rule has any, so that it is not understood.
                if let Some(element) = open.last().and_then(|at| found.get_mut(*at)) {
                    element.text.push('"');
                }
            }
            Event::Eof => return open.is_empty().then_some(found),
            _ => {}
        }
    }
}

fn element(start: &BytesStart<'_>, depth: usize) -> Option<Element> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.ok()?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
        attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    Some(Element { name: start.local_name().as_ref().to_owned(), attributes, text: String::new(), depth })
}

/// `direct.xml`: chains, rules by priority, and whole commands, which come after.
fn direct(events: &[Element]) -> GuestFirewall {
    let mut firewall = GuestFirewall::new(FirewallKind::Firewalld);
    let of_ipv4 = |name: &'static str| {
        events.iter().filter(move |element| element.name == name && element.attribute("ipv") == "ipv4")
    };
    let mut rules: Vec<&Element> = of_ipv4("rule").collect();
    rules.sort_by_key(|element| element.attribute("priority").parse::<i64>().unwrap_or(0));
    for element in rules {
        let (table, chain) = (element.attribute("table"), element.attribute("chain"));
        add(&mut firewall, (table, chain), element.text.trim(), false);
    }
    for element in of_ipv4("passthrough") {
        passed_through(&mut firewall, element.text.trim());
    }
    firewall
}

/// `-t security -A OUTPUT -d 168.63.129.16 -p tcp -j DROP`
fn passed_through(firewall: &mut GuestFirewall, text: &str) {
    let Some(words) = words(text) else {
        return firewall.open.push("a direct rule is not understood".into());
    };
    let mut words: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "-w").collect();
    let mut table = "filter";
    if let Some(at) = words.iter().position(|word| matches!(*word, "-t" | "--table")) {
        table = words.get(at + 1).copied().unwrap_or_default();
        words.drain(at..words.len().min(at + 2));
    }
    match words.as_slice() {
        [command @ ("-A" | "--append" | "-I" | "--insert"), chain, rest @ ..] => {
            let first = command.starts_with("-I") || command.starts_with("--i");
            let rest = rest.strip_prefix(&["1"]).unwrap_or(rest).join(" ");
            add(firewall, (table, chain), &rest, first);
        }
        ["-N" | "--new-chain", ..] => {}
        _ => firewall.open.push("a direct rule is not understood".into()),
    }
}

fn add(firewall: &mut GuestFirewall, at: (&str, &str), text: &str, first: bool) {
    let Some(words) = words(text) else {
        return firewall.open.push("a direct rule is not understood".into());
    };
    let (table, name) = at;
    let rule = rule(&format!("-t {table} -A {name} {text}"), &words, Handle::Text);
    let chain = firewall.table("ip", table).chain(name);
    chain.hook = built_in(table, name, Policy::Accept);
    let place = if first { 0 } else { chain.rules.len() };
    chain.rules.insert(place, rule);
}

/// A policy for what programs of this machine send. Another that comes before it may accept what this one drops, so that
/// nothing is dropped for certain.
fn policy(events: &[Element]) -> GuestFirewall {
    let mut firewall = GuestFirewall::new(FirewallKind::Firewalld);
    let from_here = |element: &Element| element.name == "ingress-zone" && element.attribute("name") == "HOST";
    if !events.iter().any(from_here) {
        return firewall;
    }
    let mut rules = rich_rules(events);
    let target = events.first().map_or("", |root| root.attribute("target"));
    if matches!(target, "DROP" | "REJECT") {
        let text = format!("the target {target}");
        rules.push(Rule { text, conditions: Vec::new(), actions: vec![Action::Drop], handle: Handle::Text });
    }
    for rule in &mut rules {
        rule.conditions.push(Condition::Unknown);
    }
    let hook = Hook { at: Station::Output, translates: false, priority: 0, policy: Policy::Accept };
    let chain = Chain { name: "policy".into(), hook: Some(hook), rules };
    firewall.table("inet", "firewalld").chains.push(chain);
    firewall
}

/// The rich rules of a policy: those whose element is the root's own child.
fn rich_rules(events: &[Element]) -> Vec<Rule> {
    let mut rules = Vec::new();
    let starts =
        events.iter().enumerate().filter(|(_, element)| element.depth == 1 && element.name == "rule");
    for (at, element) in starts {
        let inside = events.iter().skip(at + 1).take_while(|element| element.depth > 1);
        let (mut conditions, mut actions, mut text) = (Vec::new(), Vec::new(), "rule".to_owned());
        match element.attribute("family") {
            "ipv6" => conditions.push(Condition::is(Field::Family, 6)),
            "ipv4" | "" => {}
            _ => conditions.push(Condition::Unknown),
        }
        for part in inside {
            text = format!("{text} {}", part.name);
            for (name, value) in &part.attributes {
                text = format!("{text} {name}={value}");
            }
            match part.name.as_str() {
                "drop" | "reject" => actions.push(Action::Drop),
                "accept" => actions.push(Action::Accept),
                "log" | "audit" | "nflog" | "limit" => {}
                "mark" => actions.push(Action::Mark),
                _ => conditions.push(asked(part)),
            }
        }
        rules.push(Rule { text, conditions, actions, handle: Handle::Text });
    }
    rules
}

fn asked(part: &Element) -> Condition {
    let span = |text: &str| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let ends = port(first).zip(port(last)).filter(|(first, last)| first <= last);
        ends.map(|ends| RangeSet::from_ranges([ends]))
    };
    let known = match part.name.as_str() {
        "destination" => {
            addresses(part.attribute("address")).map(|set| Condition::Among(Field::Destination, set))
        }
        "source" => addresses(part.attribute("address")).map(|set| Condition::Among(Field::Source, set)),
        "port" if part.attribute("protocol") == "tcp" => {
            span(part.attribute("port")).map(|set| Condition::Among(Field::DestinationPort, set))
        }
        "port" => protocol(part.attribute("protocol")).map(|number| Condition::is(Field::Protocol, number)),
        "protocol" => protocol(part.attribute("value")).map(|number| Condition::is(Field::Protocol, number)),
        _ => None,
    };
    let inverted = matches!(part.attribute("invert"), "yes" | "true" | "True" | "1");
    known.map_or(Condition::Unknown, |known| if inverted { known.negated() } else { known })
}
