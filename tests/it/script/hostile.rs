//! Changes of rules with names that nobody should give, from a seed.

use std::sync::Arc;

use azpreflight::azure::ResourceId;
use azpreflight::input::{Place, Pointer};
use azpreflight::net::{PortSet, Prefix, Protocol, ProtocolSet};
use azpreflight::nsg::{Access, AddressTerm, Direction, Priority, RuleOrigin, RuleSide, SecurityRule};

use crate::reference::random::Random;

/// What means something in one of the languages, or to whatever shows or stores a text. Nothing here decomposes: HCL
/// keeps text in composed form.
pub(crate) const FRAGMENTS: [&str; 88] = [
    "plain",
    "rule-1",
    "AllowX",
    "nsg",
    " ",
    "  ",
    "two words",
    "'",
    "''",
    "'''",
    "\"",
    "\"\"",
    "\\",
    "\\\\",
    "\\'",
    "\\n",
    "\\u{41}",
    "\\u0041",
    "\\${",
    "$",
    "$$",
    "${",
    "$${",
    "$$${",
    "${x}",
    "${HOME}",
    "$(id)",
    "$(throw 1)",
    "$x",
    "$null",
    "@rule",
    "%",
    "%%",
    "%{",
    "%%{",
    "%{ if true }",
    "%d",
    "`",
    "``",
    "`n",
    "`id`",
    "{",
    "}",
    "{{",
    "(",
    ")",
    "[",
    "]",
    "[[",
    "]]",
    "[x]",
    "[concat('a')]",
    "[char]10",
    ";",
    "; rm -rf ~",
    "&&",
    "|",
    "||",
    "&",
    ">",
    "<",
    "<#",
    "#>",
    "#",
    "//",
    "/*",
    "*/",
    "*",
    "?",
    "~",
    "!",
    "@'",
    "'@",
    "<<EOT",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\0",
    "\u{7}",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{85}",
    "\u{2018}",
    "\u{2019}\u{201a}\u{201b}",
    "\u{201c}\u{201e}",
    "\u{2028}\u{202e}",
    "é网络🦀",
];

const TERMS: [&str; 5] = ["10.0.0.0/24", "20.60.16.0/24", "fd00::/8", "10.0.0.5/32", "0.0.0.0/0"];
const PORTS: [&str; 4] = ["443", "1024-65535", "*", "80"];

/// A group and a rule of it.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) group: ResourceId,
    pub(crate) rule: SecurityRule,
}

/// That many cases.
pub(crate) fn cases(seed: u64, count: usize) -> Vec<Case> {
    let mut random = Random(seed);
    (0..count).map(|_| case(&mut random)).collect()
}

/// A rule in no group in particular, for tests that state the rest.
pub(crate) fn rule(name: &str) -> SecurityRule {
    SecurityRule {
        name: name.into(),
        priority: Priority(990),
        direction: Direction::Outbound,
        access: Access::Allow,
        protocols: Some(Protocol::Tcp.into()),
        source: RuleSide::of(AddressTerm::Tag("VirtualNetwork".into())),
        destination: RuleSide {
            addresses: Some(vec![AddressTerm::Tag("Storage.KoreaCentral".into())]),
            ports: "443".parse().ok(),
            ports_text: vec!["443".into()],
        },
        origin: RuleOrigin::Custom,
        place: Place { document: Arc::from("test"), pointer: Pointer::root() },
    }
}

fn case(random: &mut Random) -> Case {
    let within = segment(random);
    let name = segment(random);
    let group = match random.below(4) {
        0 => ResourceId::new(name),
        _ => ResourceId::new(id(&within, "networkSecurityGroups", &name)),
    };
    let protocols = [ProtocolSet::ALL, Protocol::Tcp.into(), Protocol::Udp.into(), Protocol::Ah.into()];
    let rule = SecurityRule {
        priority: Priority(u32::try_from(100 + random.below(3000)).expect("small")),
        direction: random.pick(&[Direction::Inbound, Direction::Outbound]),
        access: random.pick(&[Access::Allow, Access::Deny]),
        protocols: Some(random.pick(&protocols)),
        source: side(random),
        destination: side(random),
        ..rule(&text(random))
    };
    Case { group, rule }
}

fn side(random: &mut Random) -> RuleSide {
    let prefix = |random: &mut Random| random.pick(&TERMS).parse::<Prefix>().expect("a prefix");
    let addresses = match random.below(5) {
        0 => vec![AddressTerm::Any],
        1 => vec![AddressTerm::Prefix(prefix(random))],
        2 => vec![AddressTerm::Prefix(prefix(random)), AddressTerm::Prefix(prefix(random))],
        3 => vec![AddressTerm::Tag(text(random))],
        _ => (0..=random.below(2)).map(|_| AddressTerm::Group(ResourceId::new(asg(random)))).collect(),
    };
    let ports_text: Vec<String> = match random.below(3) {
        0 => vec!["22".into(), "443".into()],
        _ => vec![random.pick(&PORTS).to_owned()],
    };
    let ports = ports_text.join(",").parse::<PortSet>().expect("ports");
    RuleSide { addresses: Some(addresses), ports: Some(ports), ports_text }
}

fn asg(random: &mut Random) -> String {
    let (within, name) = (segment(random), segment(random));
    id(&within, "applicationSecurityGroups", &name)
}

fn id(within: &str, kind: &str, name: &str) -> String {
    format!("/subscriptions/s-1/resourceGroups/{within}/providers/Microsoft.Network/{kind}/{name}")
}

/// A name inside an id: neither empty nor with what would part or trim the id.
fn segment(random: &mut Random) -> String {
    format!("a{}z", text(random).replace('/', ""))
}

/// Up to five fragments; in brackets at times, as an expression of a template is.
fn text(random: &mut Random) -> String {
    let text: String = (0..=random.below(5)).map(|_| random.pick(&FRAGMENTS)).collect();
    if random.once_in(8) {
        return format!("[{text}]");
    }
    if text == "*" { "**".into() } else { text }
}
