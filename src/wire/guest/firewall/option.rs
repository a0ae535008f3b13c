//! What a rule of iptables asks for: its options, one after another.

use super::{address_kind, addresses, among, flag, number, one, port, protocol, state, union};
use crate::guest::firewall::{Condition, Field, Side};
use crate::net::RangeSet;

/// Extensions whose options are known, or that ask for nothing.
const KNOWN: [&str; 12] = [
    "tcp",
    "udp",
    "multiport",
    "owner",
    "conntrack",
    "state",
    "iprange",
    "mark",
    "addrtype",
    "comment",
    "standard",
    "icmp",
];

/// The options of a rule, taken apart.
#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) conditions: Vec<Condition>,
    /// What the rule does, and whether it does not come back.
    pub(super) target: Option<(String, bool)>,
    /// Options that belong to the target.
    pub(super) of_target: Vec<String>,
    extensions: Vec<String>,
}

/// Reads the words of a rule after the name of its chain.
pub(super) fn options(words: &[String]) -> Options {
    let mut options = Options::default();
    let mut rest = words.iter().map(String::as_str).peekable();
    let mut negated = false;
    while let Some(word) = rest.next() {
        if word == "!" {
            negated = true;
            continue;
        }
        // Before version 1.4.3 the sign stood before the value.
        negated |= rest.next_if_eq(&"!").is_some();
        let mut next = || rest.next().unwrap_or_default();
        let condition = match word {
            "-j" | "--jump" => {
                options.target = Some((next().to_owned(), false));
                None
            }
            "-g" | "--goto" => {
                options.target = Some((next().to_owned(), true));
                None
            }
            "-m" | "--match" => options.extend(next()),
            "-c" | "--set-counters" => {
                next();
                next();
                None
            }
            "--tcp-flags" => {
                let mask = next();
                Some(flags(mask, next()))
            }
            "--comment" => {
                next();
                None
            }
            "--syn" => Some(flags("FIN,SYN,RST,ACK", "SYN")),
            // Only later pieces of packets in pieces, and those that are exchanged here are whole.
            "-f" | "--fragment" => Some(Condition::Among(Field::Family, RangeSet::empty())),
            "--socket-exists" => Some(Condition::Among(Field::User, RangeSet::all())),
            option if takes_value(option) => Some(options.valued(option, next())),
            option => options.strange(option, || {
                std::iter::from_fn(|| rest.next_if(|word| !word.starts_with('-') && *word != "!"))
                    .for_each(drop);
            }),
        };
        options
            .conditions
            .extend(condition.map(|condition| if negated { opposite(condition) } else { condition }));
        negated = false;
    }
    options
}

/// The opposite of a condition; several alternatives are all to fail.
fn opposite(condition: Condition) -> Condition {
    match condition {
        Condition::Any(lists) => {
            let all = lists.into_iter().flatten().map(Condition::negated).collect();
            Condition::Any(vec![all])
        }
        other => other.negated(),
    }
}

fn takes_value(option: &str) -> bool {
    const VALUED: [&str; 37] = [
        "-p",
        "--protocol",
        "--proto",
        "-s",
        "--source",
        "--src",
        "-d",
        "--destination",
        "--dst",
        "-i",
        "--in-interface",
        "-o",
        "--out-interface",
        "--sport",
        "--source-port",
        "--dport",
        "--destination-port",
        "--sports",
        "--source-ports",
        "--dports",
        "--destination-ports",
        "--ports",
        "--uid-owner",
        "--gid-owner",
        "--ctstate",
        "--state",
        "--src-range",
        "--dst-range",
        "--mark",
        "--src-type",
        "--dst-type",
        "-w",
        "--wait",
        "--tcp-option",
        "--icmp-type",
        "--ctdir",
        "--suppl-groups",
    ];
    VALUED.contains(&option)
}

impl Options {
    fn extend(&mut self, extension: &str) -> Option<Condition> {
        self.extensions.push(extension.to_owned());
        (!KNOWN.contains(&extension)).then_some(Condition::Unknown)
    }

    /// An option that is not known: one of the target, or something else asked for.
    fn strange(&mut self, option: &str, pass_over: impl FnOnce()) -> Option<Condition> {
        pass_over();
        if self.target.is_some() {
            self.of_target.push(option.to_owned());
            return None;
        }
        Some(Condition::Unknown)
    }

    fn valued(&self, option: &str, value: &str) -> Condition {
        match option {
            "-p" | "--protocol" | "--proto" => protocols(value),
            "-s" | "--source" | "--src" => among(Field::Source, list(value, addresses)),
            "-d" | "--destination" | "--dst" => among(Field::Destination, list(value, addresses)),
            "-i" | "--in-interface" => interface(Side::In, value),
            "-o" | "--out-interface" => interface(Side::Out, value),
            "--sport" | "--source-port" => among(Field::SourcePort, span(value, ':', port)),
            "--dport" | "--destination-port" => among(Field::DestinationPort, span(value, ':', port)),
            "--sports" | "--source-ports" => among(Field::SourcePort, ports(value)),
            "--dports" | "--destination-ports" => among(Field::DestinationPort, ports(value)),
            "--ports" => {
                let either = [Field::SourcePort, Field::DestinationPort];
                Condition::Any(either.map(|field| vec![among(field, ports(value))]).to_vec())
            }
            "--uid-owner" => among(Field::User, owners(value)),
            "--gid-owner" => among(Field::Group, owners(value)),
            "--ctstate" | "--state" => states(value),
            "--src-range" => among(Field::Source, span(value, '-', address)),
            "--dst-range" => among(Field::Destination, span(value, '-', address)),
            "--src-type" => among(Field::SourceKind, list(value, |kind| address_kind(kind).map(one))),
            "--dst-type" => among(Field::DestinationKind, list(value, |kind| address_kind(kind).map(one))),
            "--mark" => self.mark(value),
            "-w" | "--wait" => Condition::Any(vec![Vec::new()]),
            _ => Condition::Unknown,
        }
    }

    fn mark(&self, value: &str) -> Condition {
        if !self.extensions.iter().any(|extension| extension == "mark")
            || self.extensions.iter().any(|extension| extension == "connmark")
        {
            return Condition::Unknown;
        }
        let (value, mask) = value.split_once('/').unwrap_or((value, "0xffffffff"));
        match (number(value), number(mask)) {
            (Some(value), Some(mask)) => Condition::is(Field::Mark(mask), value),
            _ => Condition::Unknown,
        }
    }
}

fn protocols(value: &str) -> Condition {
    match value {
        "all" | "0" | "ip" | "any" => Condition::Among(Field::Protocol, RangeSet::all()),
        name => among(Field::Protocol, protocol(name).map(one)),
    }
}

/// Names of interfaces; `+` at the end stands for anything.
fn interface(side: Side, value: &str) -> Condition {
    let name = value.strip_suffix('+').map_or_else(|| value.to_owned(), |stem| format!("{stem}*"));
    Condition::Interface { side, names: vec![name], negated: false }
}

/// The states of a list. Those that only translated addresses have are not looked at, so that they may hold.
fn states(value: &str) -> Condition {
    let known: Vec<Option<u32>> = value.split(',').map(state).collect();
    let set = RangeSet::from_ranges(known.iter().flatten().map(|state| (*state, *state)));
    if known.iter().all(Option::is_some) {
        return Condition::Among(Field::State, set);
    }
    Condition::Any(vec![vec![Condition::Among(Field::State, set)], vec![Condition::Unknown]])
}

fn flags(mask: &str, set: &str) -> Condition {
    let bits = |text: &str| text.split(',').try_fold(0, |all, name| Some(all | flag(name)?));
    match (bits(mask).and_then(|mask| u8::try_from(mask).ok()), bits(set)) {
        (Some(mask), Some(set)) => Condition::is(Field::Flags(mask), set),
        _ => Condition::Unknown,
    }
}

/// Users or groups; of those that stand there by name only root is known.
fn owners(value: &str) -> Option<RangeSet<u32>> {
    span(value, '-', |text| if text == "root" { Some(0) } else { number(text) })
}

fn ports(value: &str) -> Option<RangeSet<u32>> {
    union(value.split(',').map(|text| span(text, ':', port)))
}

fn address(text: &str) -> Option<u32> {
    text.parse::<std::net::Ipv4Addr>().ok().map(u32::from)
}

fn list(value: &str, read: impl Fn(&str) -> Option<RangeSet<u32>>) -> Option<RangeSet<u32>> {
    union(value.split(',').map(read))
}

/// One value, or two and all between; where a side is left out of a span of ports, the least or largest.
fn span(value: &str, divider: char, read: impl Fn(&str) -> Option<u32>) -> Option<RangeSet<u32>> {
    let Some((first, last)) = value.split_once(divider) else { return read(value).map(one) };
    let first = if first.is_empty() { 0 } else { read(first)? };
    let last = if last.is_empty() { 65535 } else { read(last)? };
    (first <= last).then(|| RangeSet::from_ranges([(first, last)]))
}
