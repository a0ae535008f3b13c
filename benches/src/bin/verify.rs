//! Two groups of a thousand rules each, asked whether a VM reaches storage, the backup service and identity.
//!
//! From rules as documents state them to the answer: names resolved, both groups passed, every flow decided.

use std::sync::Arc;
use std::time::{Duration, Instant};

use azpreflight::facts;
use azpreflight::input::{Place, Pointer};
use azpreflight::net::{AddressSet, FlowBox, PortSet, Prefix, Protocol, ProtocolSet};
use azpreflight::nsg::{
    self, Access, AddressTerm, AssociatedTo, Direction, OpenOperand, Priority, RuleList, RuleOrigin,
    RuleSide, RuleTable, Scope, SecurityRule, default_rules,
};
use azpreflight::tags::TagCatalog;
use azpreflight_benches::{Random, median};

const RULES: usize = 1000;
const ROUNDS: usize = 21;
const ASKED: [&str; 3] = ["Storage", "AzureBackup", "AzureActiveDirectory"];

fn main() {
    println!("| two groups of {RULES} rules | resolve, ms | verify, ms | pieces |\n|---|---|---|---|");
    let mixed: fn(&mut Random) -> Vec<AddressTerm> = mixed;
    for (name, terms, known) in [
        ("prefixes, the network known", prefixes as fn(&mut Random) -> Vec<AddressTerm>, true),
        ("prefixes and tags, the network known", mixed, true),
        ("prefixes and tags, the network not known", mixed, false),
    ] {
        let groups = [0xa5, 0x5a].map(|seed| group(&mut Random(seed), terms));
        let scope = scope(known);
        let (mut resolving, mut verifying, mut pieces) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let tables: Vec<RuleTable> = groups.iter().map(|rules| resolve(rules, &scope)).collect();
            resolving.push(start.elapsed());
            let start = Instant::now();
            pieces = ASKED.iter().map(|tag| nsg::verify(&tables, &asked(tag)).pieces.len()).sum();
            verifying.push(start.elapsed());
        }
        let ms = |times: &[Duration]| median(times).as_secs_f64() * 1e3;
        println!("| {name} | {:.1} | {:.1} | {pieces} |", ms(&resolving), ms(&verifying));
    }
}

fn resolve(rules: &[SecurityRule], scope: &Scope) -> RuleTable {
    let list = RuleList {
        name: "group".into(),
        id: None,
        applied_to: AssociatedTo::Subnet,
        rules: rules.iter().collect(),
    };
    nsg::resolve(&list, Direction::Outbound, scope, TagCatalog::embedded()).expect("no two of one priority")
}

fn asked(tag: &str) -> FlowBox {
    FlowBox {
        protocols: Protocol::Tcp.into(),
        source: prefix("10.0.0.4/32").into(),
        source_ports: PortSet::all(),
        destination: TagCatalog::embedded().find(tag).expect("a tag").addresses(),
        destination_ports: PortSet::one(443),
    }
}

fn scope(known: bool) -> Scope {
    let network = AddressSet::from_prefixes([prefix("10.0.0.0/16"), prefix("168.63.129.16/32")]);
    let open = OpenOperand { name: "VirtualNetwork".into(), reason: "not in the input".into() };
    Scope {
        virtual_network_open: (!known).then(|| (open, network.complement())),
        virtual_network: network,
        ..Scope::unknown(facts::internet())
    }
}

/// A thousand outbound rules in their order, the defaults behind them; three of four allow.
fn group(random: &mut Random, terms: fn(&mut Random) -> Vec<AddressTerm>) -> Vec<SecurityRule> {
    let mut rules: Vec<SecurityRule> = (0..RULES)
        .map(|index| SecurityRule {
            name: format!("rule{index}"),
            priority: Priority(100 + index as u32),
            direction: Direction::Outbound,
            access: if random.below(4) == 0 { Access::Deny } else { Access::Allow },
            protocols: Some(if random.below(3) == 0 { ProtocolSet::ALL } else { Protocol::Tcp.into() }),
            source: side(sources(random), "*"),
            destination: side(
                terms(random),
                ["*", "443", "80-443", "22", "1433", "8000-9000"][random.below(6)],
            ),
            origin: RuleOrigin::Custom,
            place: Place { document: Arc::from("bench"), pointer: Pointer::root() },
        })
        .collect();
    rules.extend(default_rules());
    rules
}

fn side(terms: Vec<AddressTerm>, ports: &str) -> RuleSide {
    RuleSide {
        addresses: Some(terms),
        ports: Some(ports.parse().expect("ports")),
        ports_text: vec![ports.into()],
    }
}

fn sources(random: &mut Random) -> Vec<AddressTerm> {
    match random.below(3) {
        0 => vec![AddressTerm::Any],
        1 => vec![AddressTerm::Tag("VirtualNetwork".into())],
        _ => vec![AddressTerm::Prefix(prefix("10.0.0.0/24"))],
    }
}

/// One to four blocks within the space that Azure's public services stand in.
fn prefixes(random: &mut Random) -> Vec<AddressTerm> {
    let block = |random: &mut Random| {
        let text = format!(
            "{}.{}.{}.0/{}",
            [13, 20, 40, 52, 51][random.below(5)],
            random.below(256),
            random.below(256),
            16 + random.below(13)
        );
        AddressTerm::Prefix(prefix(&text))
    };
    (0..=random.below(4)).map(|_| block(random)).collect()
}

/// Every third rule by a service tag of some region.
fn mixed(random: &mut Random) -> Vec<AddressTerm> {
    if random.below(3) > 0 {
        return prefixes(random);
    }
    let service = ["Storage", "Sql", "AzureKeyVault", "EventHub", "AzureMonitor"][random.below(5)];
    let region = ["KoreaCentral", "WestEurope", "EastUS", "NorthEurope", "JapanEast"][random.below(5)];
    vec![AddressTerm::Tag(format!("{service}.{region}"))]
}

fn prefix(text: &str) -> Prefix {
    text.parse().expect("a prefix")
}
