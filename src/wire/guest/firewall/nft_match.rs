//! What a rule of nftables asks for: one expression, compared with values.

use std::collections::BTreeMap;

use super::nft::{integer, text};
use super::{address_kind, addresses, flag, number, one, port, protocol, state, union};
use crate::guest::firewall::{Condition, Field, Side};
use crate::net::RangeSet;
use crate::wire::json::{Value, View};

/// Named sets and maps, by family, table and name.
pub(super) type Sets<'a> = BTreeMap<(&'a str, &'a str, &'a str), Value<'a>>;
type Find<'f, 'a> = &'f dyn Fn(&str) -> Option<Value<'a>>;

/// The conditions of a `match`.
pub(super) fn matched<'a>(value: Value<'a>, sets: Find<'_, 'a>) -> Vec<Condition> {
    let (Some(left), Some(right)) = (value.member("left"), value.member("right")) else {
        return vec![Condition::Unknown];
    };
    let op = text(value, "op");
    if let Some(parts) = left.member("concat") {
        return vec![if op == "==" { concatenated(parts, right, sets) } else { Condition::Unknown }];
    }
    let asked = asked(left);
    let mut conditions = asked.implied.clone();
    conditions.push(compared(&asked, op, right, sets).unwrap_or(Condition::Unknown));
    conditions
}

/// What a `vmap` looks up: for each of its keys what must hold, and the verdict. `None` where it is not understood.
pub(super) fn keyed<'a>(value: Value<'a>, sets: Find<'_, 'a>) -> Option<Vec<(Vec<Condition>, Value<'a>)>> {
    let (key, data) = (value.member("key")?, value.member("data")?);
    let data = match data.as_str().and_then(|name| name.strip_prefix('@')) {
        Some(name) => elements(sets(name)?)?,
        None => data.member("set")?,
    };
    let pair = |pair: Value<'a>| {
        let mut parts = pair.items();
        let (key_of, verdict) = (parts.next()?, parts.next()?);
        // What is looked up where nothing else fits depends on everything else.
        let conditions = if bare(key_of).as_str() == Some("*") {
            vec![Condition::Unknown]
        } else if let Some(parts) = key.member("concat") {
            tuple(parts, key_of, sets)
        } else {
            let asked = asked(key);
            let mut conditions = asked.implied.clone();
            conditions.push(compared(&asked, "==", bare(key_of), sets).unwrap_or(Condition::Unknown));
            conditions
        };
        Some((conditions, verdict))
    };
    data.items().map(pair).collect()
}

/// What stands on the left.
struct Asked {
    /// What reading it takes for granted.
    implied: Vec<Condition>,
    subject: Subject,
}

enum Subject {
    Field(Field),
    Interface(Side),
    /// Whether the interface is the loopback, by its kind.
    Device(Side),
    Unknown,
}

fn asked(left: Value<'_>) -> Asked {
    let of = |subject| Asked { implied: Vec::new(), subject };
    match left.only_member() {
        Some(("payload", payload)) => of_payload(text(payload, "protocol"), text(payload, "field")),
        Some(("meta", meta)) => of(of_meta(text(meta, "key"))),
        Some(("ct", ct)) if text(ct, "key") == "state" => of(Subject::Field(Field::State)),
        Some(("fib", fib)) => of(of_fib(fib)),
        Some(("&", parts)) => masked(parts),
        _ => of(Subject::Unknown),
    }
}

fn of_payload(layer: &str, field: &str) -> Asked {
    let field = match field {
        "saddr" if layer == "ip" => Subject::Field(Field::Source),
        "daddr" if layer == "ip" => Subject::Field(Field::Destination),
        "protocol" if layer == "ip" => Subject::Field(Field::Protocol),
        "flags" if layer == "tcp" => Subject::Field(Field::Flags(u8::MAX)),
        "sport" => Subject::Field(Field::SourcePort),
        "dport" => Subject::Field(Field::DestinationPort),
        _ => Subject::Unknown,
    };
    let implied = match layer {
        "ip" => vec![Condition::is(Field::Family, 4)],
        "ip6" => vec![Condition::is(Field::Family, 6)],
        "th" | "arp" | "ether" | "vlan" => Vec::new(),
        layer => protocol(layer).map(|number| Condition::is(Field::Protocol, number)).into_iter().collect(),
    };
    Asked { implied, subject: field }
}

fn of_meta(key: &str) -> Subject {
    match key {
        "l4proto" => Subject::Field(Field::Protocol),
        "nfproto" | "protocol" => Subject::Field(Field::Family),
        "skuid" => Subject::Field(Field::User),
        "skgid" => Subject::Field(Field::Group),
        "mark" => Subject::Field(Field::Mark(u32::MAX)),
        "iifname" | "iif" => Subject::Interface(Side::In),
        "oifname" | "oif" => Subject::Interface(Side::Out),
        "iiftype" => Subject::Device(Side::In),
        "oiftype" => Subject::Device(Side::Out),
        _ => Subject::Unknown,
    }
}

fn of_fib(fib: Value<'_>) -> Subject {
    let flags: Vec<&str> =
        fib.member("flags").into_iter().flat_map(Value::items).filter_map(Value::as_str).collect();
    match (text(fib, "result"), flags.as_slice()) {
        ("type", ["daddr"]) => Subject::Field(Field::DestinationKind),
        ("type", ["saddr"]) => Subject::Field(Field::SourceKind),
        _ => Subject::Unknown,
    }
}

/// `EXPRESSION & BITS`
fn masked(parts: Value<'_>) -> Asked {
    let mut parts = parts.items();
    let (Some(inner), Some(mask)) = (parts.next(), parts.next()) else {
        return Asked { implied: Vec::new(), subject: Subject::Unknown };
    };
    let Asked { implied, subject } = asked(inner);
    let subject = match subject {
        Subject::Field(Field::Flags(_)) => {
            bits(mask).and_then(|bits| u8::try_from(bits).ok()).map(Field::Flags)
        }
        Subject::Field(Field::Mark(_)) => {
            integer(mask).and_then(|bits| u32::try_from(bits).ok()).map(Field::Mark)
        }
        _ => None,
    };
    Asked { implied, subject: subject.map_or(Subject::Unknown, Subject::Field) }
}

/// Compares it with what stands on the right; `None` where something is not understood.
fn compared<'a>(asked: &Asked, op: &str, right: Value<'a>, sets: Find<'_, 'a>) -> Option<Condition> {
    let negated = |condition: Condition| if op == "!=" { condition.negated() } else { condition };
    match asked.subject {
        Subject::Unknown => None,
        Subject::Interface(side) => {
            let names = names(right, sets)?;
            matches!(op, "==" | "!=").then(|| negated(Condition::Interface { side, names, negated: false }))
        }
        Subject::Device(side) => {
            let is_loopback = right.as_str()? == "loopback";
            let name = if is_loopback { "lo" } else { return None };
            matches!(op, "==" | "!=")
                .then(|| negated(Condition::Interface { side, names: vec![name.into()], negated: false }))
        }
        Subject::Field(Field::Flags(mask)) => flags(mask, op, right),
        Subject::Field(field) => {
            let values = values(field, right, sets)?;
            ordered(field, op, &values)
        }
    }
}

fn ordered(field: Field, op: &str, values: &RangeSet<u32>) -> Option<Condition> {
    let ends = || Some((values.first()?, values.ranges().last()?.last));
    let span = |first, last| RangeSet::from_ranges([(first, last)]);
    let among = match op {
        "==" | "in" => values.clone(),
        "!=" => values.complement(),
        "<" => ends()?.0.checked_sub(1).map_or_else(RangeSet::empty, |last| span(0, last)),
        "<=" => span(0, ends()?.1),
        ">" => ends()?.1.checked_add(1).map_or_else(RangeSet::empty, |first| span(first, u32::MAX)),
        ">=" => span(ends()?.0, u32::MAX),
        _ => return None,
    };
    Some(Condition::Among(field, among))
}

fn flags(mask: u8, op: &str, right: Value<'_>) -> Option<Condition> {
    let bits = bits(right)?;
    match op {
        // Any of these is set.
        "in" => {
            let mask = u8::try_from(bits).ok()? & mask;
            Some(Condition::Among(Field::Flags(mask), one(0).complement()))
        }
        "==" => Some(Condition::is(Field::Flags(mask), bits)),
        "!=" => Some(Condition::is(Field::Flags(mask), bits).negated()),
        _ => None,
    }
}

/// Flags by name, alone or several.
fn bits(value: Value<'_>) -> Option<u32> {
    match value.view() {
        View::Text(name) => flag(name),
        View::Number(number) => number.as_u64().and_then(|bits| u32::try_from(bits).ok()),
        View::List => value.items().try_fold(0, |all, item| Some(all | bits(item)?)),
        View::Object => value.member("|")?.items().try_fold(0, |all, item| Some(all | bits(item)?)),
        View::Null | View::Bool(_) => None,
    }
}

/// The value of an element, without what may be kept beside it.
fn bare(value: Value<'_>) -> Value<'_> {
    value.member("elem").and_then(|element| element.member("val")).unwrap_or(value)
}

/// The elements of a named set or map; `None` where they come and go by themselves.
fn elements(set: Value<'_>) -> Option<Value<'_>> {
    let moves = |flag: Value<'_>| matches!(flag.as_str(), Some("dynamic" | "timeout"));
    let flags = set.member("flags");
    if flags.is_some_and(|flags| moves(flags) || flags.items().any(moves)) || set.has("timeout") {
        return None;
    }
    set.member("elem")
}

/// All values of a field that are meant.
fn values<'a>(field: Field, right: Value<'a>, sets: Find<'_, 'a>) -> Option<RangeSet<u32>> {
    let right = bare(right);
    match right.view() {
        View::Text(name) if name.starts_with('@') => {
            let set = sets(name.get(1..)?)?;
            match elements(set) {
                Some(elements) => of_all(field, elements.items(), sets),
                None if !set.has("flags") && !set.has("timeout") => Some(RangeSet::empty()),
                None => None,
            }
        }
        View::Text(name) => word(field, name),
        View::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()).map(one),
        View::List => of_all(field, right.items(), sets),
        View::Object => match right.only_member()? {
            ("set", set) => of_all(field, set.items(), sets),
            ("prefix", prefix) => {
                addresses(&format!("{}/{}", text(prefix, "addr"), integer(prefix.member("len")?)?))
            }
            ("range", range) => {
                let mut ends = range.items().map(|end| values(field, end, sets));
                let (first, last) = (ends.next()??, ends.next()??);
                let (first, last) = (first.first()?, last.ranges().last()?.last);
                (first <= last).then(|| RangeSet::from_ranges([(first, last)]))
            }
            _ => None,
        },
        View::Null | View::Bool(_) => None,
    }
}

fn of_all<'a>(
    field: Field,
    items: impl Iterator<Item = Value<'a>>,
    sets: Find<'_, 'a>,
) -> Option<RangeSet<u32>> {
    let each: Option<Vec<_>> = items.map(|item| Some(values(field, item, sets)?.ranges().to_vec())).collect();
    Some(RangeSet::from_ranges(each?.into_iter().flatten().map(|range| (range.first, range.last))))
}

/// What a word is as the value of a field.
fn word(field: Field, name: &str) -> Option<RangeSet<u32>> {
    match field {
        Field::Source | Field::Destination => addresses(name),
        Field::Family => match name {
            "ipv4" | "ip" => Some(one(4)),
            "ipv6" | "ip6" => Some(one(6)),
            _ => Some(RangeSet::empty()),
        },
        Field::Protocol => protocol(name).map(one),
        Field::SourcePort | Field::DestinationPort => port(name).map(one),
        Field::User | Field::Group if name == "root" => Some(one(0)),
        Field::User | Field::Group | Field::Mark(_) => number(name).map(one),
        Field::State => union(name.split(',').map(|name| state(name).map(one))),
        Field::Flags(_) => flag(name).map(one),
        Field::SourceKind | Field::DestinationKind => address_kind(name).map(one),
    }
}

/// Names of interfaces.
fn names<'a>(right: Value<'a>, sets: Find<'_, 'a>) -> Option<Vec<String>> {
    let right = bare(right);
    match right.view() {
        View::Text(name) if name.starts_with('@') => names(elements(sets(name.get(1..)?)?)?, sets),
        View::Text(name) => Some(vec![name.to_owned()]),
        View::List => Some(right.items().map(|item| names(item, sets)).collect::<Option<Vec<_>>>()?.concat()),
        View::Object => names(right.member("set")?, sets),
        View::Null | View::Bool(_) | View::Number(_) => None,
    }
}

/// Several expressions at once, compared with rows of as many values.
fn concatenated<'a>(parts: Value<'a>, right: Value<'a>, sets: Find<'_, 'a>) -> Condition {
    let rows = match right.as_str().and_then(|name| name.strip_prefix('@')) {
        Some(name) => sets(name).and_then(elements),
        None => right.member("set"),
    };
    match rows {
        Some(rows) => Condition::Any(rows.items().map(|row| tuple(parts, row, sets)).collect()),
        None => Condition::Any(vec![tuple(parts, right, sets)]),
    }
}

/// The same with one row.
fn tuple<'a>(parts: Value<'a>, row: Value<'a>, sets: Find<'_, 'a>) -> Vec<Condition> {
    let Some(values) = bare(row).member("concat") else { return vec![Condition::Unknown] };
    if parts.items().count() != values.items().count() {
        return vec![Condition::Unknown];
    }
    let each = parts.items().zip(values.items()).flat_map(|(part, value)| {
        let asked = asked(part);
        let condition = compared(&asked, "==", value, sets).unwrap_or(Condition::Unknown);
        asked.implied.into_iter().chain([condition])
    });
    each.collect()
}
