//! Four lists of rules, of any length, and what is asked of them.

use std::sync::Arc;

use azpreflight::facts;
use azpreflight::input::{Place, Pointer};
use azpreflight::net::{AddressSet, FlowBox, PortSet, Prefix, Protocol, ProtocolSet};
use azpreflight::nsg::{
    self, Access, AddressTerm, AssociatedTo, Direction, Priority, RuleList, RuleOrigin, RuleSide, RuleTable,
    Scope, SecurityRule, default_rules,
};
use azpreflight::tags::TagCatalog;

use crate::Random;

/// A way to write a list of so many rules.
pub type Kind = (&'static str, fn(usize) -> Vec<SecurityRule>);

/// The four.
pub const KINDS: [Kind; 4] = [
    ("mixed: prefixes and regional tags", mixed),
    ("most specific first", most_specific_first),
    ("allow rules whose union covers AzureCloud", covering),
    ("the same with one hole", with_a_hole),
];

/// The rules as one table, where the network is known.
pub fn table(rules: &[SecurityRule]) -> RuleTable {
    let list = RuleList {
        name: "group".into(),
        id: None,
        applied_to: AssociatedTo::Subnet,
        rules: rules.iter().collect(),
    };
    let network = AddressSet::from_prefixes([prefix("10.0.0.0/16"), prefix("168.63.129.16/32")]);
    let scope =
        Scope { virtual_network: network, virtual_network_open: None, ..Scope::unknown(facts::internet()) };
    nsg::resolve(&list, Direction::Outbound, &scope, TagCatalog::embedded()).expect("no two of one priority")
}

/// Twelve questions as a person asks them. Another `round` asks from another subnet, so that no two rounds ask the same.
pub fn questions(round: usize) -> Vec<(String, FlowBox)> {
    let near = |length: u8| AddressSet::from(prefix(&format!("10.0.{}.4/{length}", round % 250)));
    let tag = |name: &str| TagCatalog::embedded().find(name).expect("a tag").addresses();
    let far = |text: &str| AddressSet::from(prefix(text));
    let ask = |name: &str, (source, destination): (AddressSet, AddressSet), ports: &str| {
        let destination_ports = ports.parse().expect("ports");
        let protocols = Protocol::Tcp.into();
        (
            format!("{name}:{ports}"),
            FlowBox { protocols, source, source_ports: PortSet::all(), destination, destination_ports },
        )
    };
    vec![
        ask("AzureCloud", (near(32), tag("AzureCloud")), "443"),
        ask("AzureCloud from a subnet", (near(24), tag("AzureCloud")), "443"),
        ask("AzureBackup", (near(32), tag("AzureBackup")), "443"),
        ask("Storage", (near(32), tag("Storage")), "443"),
        ask("Storage.KoreaCentral", (near(32), tag("Storage.KoreaCentral")), "443"),
        ask("AzureActiveDirectory", (near(32), tag("AzureActiveDirectory")), "443"),
        ask("AzureMonitor", (near(32), tag("AzureMonitor")), "443"),
        ask("Sql.WestEurope", (near(32), tag("Sql.WestEurope")), "1433,11000-11999"),
        ask("AzureCloud.WestEurope", (near(24), tag("AzureCloud.WestEurope")), "80-443"),
        ask("20.0.0.0/8", (near(32), far("20.0.0.0/8")), "443"),
        ask("0.0.0.0/0", (near(32), far("0.0.0.0/0")), "443"),
        ask("20.60.16.7", (near(32), far("20.60.16.7/32")), "443"),
    ]
}

/// The same list after a rule in the middle was turned round.
pub fn edited(rules: &[SecurityRule]) -> Vec<SecurityRule> {
    let mut rules = rules.to_vec();
    let middle = (rules.len() - default_rules().len()) / 2;
    let rule = &mut rules[middle];
    rule.access = if rule.access == Access::Deny { Access::Allow } else { Access::Deny };
    rules
}

/// Three of four allow, every third names a service tag of some region.
fn mixed(size: usize) -> Vec<SecurityRule> {
    let mut random = Random(0xa5);
    let rules = (0..size).map(|index| {
        let access = if random.below(4) == 0 { Access::Deny } else { Access::Allow };
        let to = match random.below(3) {
            0 => {
                let service =
                    ["Storage", "Sql", "AzureKeyVault", "EventHub", "AzureMonitor"][random.below(5)];
                let region =
                    ["KoreaCentral", "WestEurope", "EastUS", "NorthEurope", "JapanEast"][random.below(5)];
                vec![AddressTerm::Tag(format!("{service}.{region}"))]
            }
            _ => (0..=random.below(4)).map(|_| AddressTerm::Prefix(block(&mut random, 16))).collect(),
        };
        let from = match random.below(3) {
            0 => AddressTerm::Any,
            1 => AddressTerm::Tag("VirtualNetwork".into()),
            _ => AddressTerm::Prefix(prefix(&format!("10.0.{}.0/24", random.below(256)))),
        };
        let ports = ["*", "443", "80-443", "22", "1433", "8000-9000"][random.below(6)];
        let protocols = if random.below(3) == 0 { ProtocolSet::ALL } else { Protocol::Tcp.into() };
        rule((index, access), (from, to), (protocols, ports))
    });
    with_defaults(rules.collect())
}

/// Hosts before their blocks before the blocks of those, Allow and Deny in turn: every rule decides something.
fn most_specific_first(size: usize) -> Vec<SecurityRule> {
    let mut random = Random(0x5a);
    let mut prefixes: Vec<Prefix> = Vec::new();
    while prefixes.len() < size {
        let new = if prefixes.is_empty() || random.below(4) == 0 {
            block(&mut random, 10)
        } else {
            // within one that is there
            let around = prefixes[random.below(prefixes.len())];
            let length = (around.length() + 1 + random.below(4) as u8).min(32);
            let std::net::IpAddr::V4(first) = around.first() else { continue };
            let free = u32::MAX.checked_shr(around.length().into()).unwrap_or(0);
            Prefix::new(
                std::net::Ipv4Addr::from_bits(first.to_bits() | random.bits() as u32 & free).into(),
                length,
            )
            .expect("a prefix")
        };
        if !prefixes.contains(&new) {
            prefixes.push(new);
        }
    }
    prefixes.sort_by_key(|prefix| std::cmp::Reverse(prefix.length()));
    let rules = prefixes.into_iter().enumerate().map(|(index, to)| {
        let access = if random.below(2) == 0 { Access::Deny } else { Access::Allow };
        let to = vec![AddressTerm::Prefix(to)];
        rule((index, access), (AddressTerm::Any, to), (Protocol::Tcp.into(), "443"))
    });
    with_defaults(rules.collect())
}

/// The prefixes of `AzureCloud`, dealt out to all rules but the last, which denies.
fn covering(size: usize) -> Vec<SecurityRule> {
    deal(size, cloud())
}

/// The same without one of them.
fn with_a_hole(size: usize) -> Vec<SecurityRule> {
    let mut prefixes = cloud();
    let one = prefixes.iter().position(|prefix| prefix.is_ipv4() && prefix.length() == 24).expect("a /24");
    prefixes.remove(one);
    deal(size, prefixes)
}

/// The tag as its fewest prefixes, so that without one there is a hole.
fn cloud() -> Vec<Prefix> {
    TagCatalog::embedded().find("AzureCloud").expect("a tag").addresses().prefixes()
}

fn deal(size: usize, prefixes: Vec<Prefix>) -> Vec<SecurityRule> {
    let hands = size - 1;
    let mut rules: Vec<SecurityRule> = (0..hands)
        .map(|hand| {
            let to = prefixes.iter().skip(hand).step_by(hands).copied().map(AddressTerm::Prefix).collect();
            rule((hand, Access::Allow), (AddressTerm::Any, to), (Protocol::Tcp.into(), "443"))
        })
        .collect();
    let rest = vec![AddressTerm::Any];
    rules.push(rule((hands, Access::Deny), (AddressTerm::Any, rest), (ProtocolSet::ALL, "*")));
    with_defaults(rules)
}

fn with_defaults(mut rules: Vec<SecurityRule>) -> Vec<SecurityRule> {
    rules.extend(default_rules());
    rules
}

fn rule(
    (index, access): (usize, Access),
    (from, to): (AddressTerm, Vec<AddressTerm>),
    (protocols, ports): (ProtocolSet, &str),
) -> SecurityRule {
    let destination = RuleSide {
        addresses: Some(to),
        ports: Some(ports.parse().expect("ports")),
        ports_text: vec![ports.into()],
    };
    SecurityRule {
        name: format!("rule{index}"),
        priority: Priority(100 + index as u32),
        direction: Direction::Outbound,
        access,
        protocols: Some(protocols),
        source: RuleSide::of(from),
        destination,
        origin: RuleOrigin::Custom,
        place: Place { document: Arc::from("bench"), pointer: Pointer::root() },
    }
}

/// A block of at least `shortest` bits within the space that Azure's public services stand in.
fn block(random: &mut Random, shortest: usize) -> Prefix {
    let first = [13, 20, 40, 52, 51][random.below(5)];
    let rest = [random.below(256), random.below(256)];
    prefix(&format!("{first}.{}.{}.0/{}", rest[0], rest[1], shortest + random.below(13)))
}

fn prefix(text: &str) -> Prefix {
    text.parse().expect("a prefix")
}
