//! Groups found in the wild: compared with themselves, and with what a seed made of them.

use std::fs;
use std::net::IpAddr;

use azpreflight::facts::{Facts, Resolution};
use azpreflight::input::{Bundle, Document};
use azpreflight::net::{Flow, PortSet, Prefix, Protocol};
use azpreflight::nsg::{self, Change, Direction, NetworkSecurityGroup, Operand, RuleTable, Stated};
use azpreflight::tags::TagCatalog;
use azpreflight::wire;

use super::{changes, mutate, respell};
use crate::corpus;
use crate::reference::random::Random;

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn every_real_group_is_equivalent_to_itself_and_to_itself_respelled() {
    for (index, facts) in groups() {
        let group = group_of(&facts);
        let mut other = group.clone();
        respell(&mut other.rules);
        for assumed in [&[][..], &network()] {
            for direction in [Direction::Inbound, Direction::Outbound] {
                let Some(old) = tables(&facts, group, assumed, direction) else { continue };
                assert!(changes(&old, &old).is_empty(), "{index} {direction}");
                let new = tables(&facts, &other, assumed, direction).expect("the same order");
                let found = changes(&old, &new);
                assert!(found.is_empty(), "{index} {direction}: {found:#?}");
            }
        }
    }
}

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn every_change_of_a_real_group_is_found_flow_by_flow() {
    let mut random = Random(0xc4a6);
    let (mut compared, mut certain) = (0, 0);
    for (index, facts) in groups() {
        for round in 0..3 {
            let group = group_of(&facts);
            let mut other = group.clone();
            mutate(&mut random, &mut other.rules);
            let network = network();
            let assumed = if round == 0 { &[][..] } else { &network[..] };
            for direction in [Direction::Inbound, Direction::Outbound] {
                let both =
                    (tables(&facts, group, assumed, direction), tables(&facts, &other, assumed, direction));
                let (Some(old), Some(new)) = both else { continue };
                let found = changes(&old, &new);
                certain += found.iter().filter(|c| c.before.is_some() && c.after.is_some()).count();
                witnesses_replay(&old, &new, &found);
                for _ in 0..20 {
                    let flow = sample(&mut random, &[&old[..], &new[..]].concat());
                    agrees((&old, &new), &found, flow, index);
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 40_000 && certain > 300, "{compared} flows, {certain} changes");
}

/// A flow is in a certain change exactly where both answers are certain and differ.
fn agrees((old, new): (&[RuleTable], &[RuleTable]), found: &[Change], flow: Flow, index: usize) {
    let (before, after) = (nsg::evaluate(old, &flow).access(), nsg::evaluate(new, &flow).access());
    let holders: Vec<&Change> = found.iter().filter(|change| change.flows.contains(&flow)).collect();
    assert!(holders.len() <= 1, "{index}: {flow} is in {holders:?}");
    match (before, after, holders.first()) {
        (Some(before), Some(after), holder) => {
            let seen = holder.map(|change| (change.before, change.after));
            let told = (before != after).then_some((Some(before), Some(after)));
            assert_eq!(seen, told, "{index}: {flow}");
        }
        (before, after, Some(change)) => {
            assert_eq!((change.before, change.after), (before, after), "{index}: {flow}");
        }
        // Alike in every meaning, so open on both ways.
        (before, after, None) => assert_eq!(before, after, "{index}: {flow}"),
    }
}

fn witnesses_replay(old: &[RuleTable], new: &[RuleTable], found: &[Change]) {
    for change in found {
        let flow = nsg::witness::any(&change.flows).expect("a change has flows");
        assert_eq!(nsg::evaluate(old, &flow).access(), change.before, "{flow}");
        assert_eq!(nsg::evaluate(new, &flow).access(), change.after, "{flow}");
    }
}

/// A flow between addresses and to a port at the edge of something that a rule names.
fn sample(random: &mut Random, tables: &[RuleTable]) -> Flow {
    let rules: Vec<_> = tables.iter().flat_map(|table| &table.rules).collect();
    let rule = |random: &mut Random| rules[random.below(rules.len())];
    loop {
        let (one, other, third) = (rule(random), rule(random), rule(random));
        let (source, destination) = (edge(random, &one.source), edge(random, &other.destination));
        if source.is_ipv4() != destination.is_ipv4() {
            continue;
        }
        let port = match &third.destination_ports {
            Stated::Known(ports) => port(random, ports),
            Stated::Open(_) => 443,
        };
        let protocol = random.pick(&[Protocol::Tcp, Protocol::Tcp, Protocol::Udp, Protocol::Icmp]);
        return Flow { protocol, source, source_port: 50000, destination, destination_port: port };
    }
}

fn edge(random: &mut Random, operand: &Operand) -> IpAddr {
    let fixed =
        ["10.0.0.4", "8.8.8.8", "20.60.16.7", "192.168.1.1", "168.63.129.16", "2603:1000::1", "fd00::4"];
    let prefixes = operand.known.prefixes();
    if prefixes.is_empty() || random.once_in(3) {
        return random.pick(&fixed).parse().expect("an address");
    }
    let prefix = random.pick(&prefixes);
    let step = |address: IpAddr, up: bool| match address {
        IpAddr::V4(v4) => {
            IpAddr::from(u32::from(v4).wrapping_add(if up { 1 } else { u32::MAX }).to_be_bytes())
        }
        IpAddr::V6(v6) => {
            IpAddr::from(u128::from(v6).wrapping_add(if up { 1 } else { u128::MAX }).to_be_bytes())
        }
    };
    match random.below(4) {
        0 => prefix.first(),
        1 => prefix.last(),
        2 => step(prefix.last(), true),
        _ => step(prefix.first(), false),
    }
}

fn port(random: &mut Random, ports: &PortSet) -> u16 {
    let ranges = ports.ranges().ranges();
    let Some(range) = ranges.get(random.below(ranges.len().max(1))) else { return 443 };
    random.pick(&[range.first, range.last, range.first.wrapping_sub(1), range.last.wrapping_add(1)])
}

/// Every group of the corpus that has own rules.
fn groups() -> impl Iterator<Item = (usize, Facts)> {
    let text = fs::read_to_string(corpus::folder("nsg/real-nsgs.jsonl")).expect("text");
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 476);
    lines.into_iter().enumerate().map(|(index, line)| {
        let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let bytes = line["nsg"].to_string().into();
        let document = Document { name: "nsg.json".into(), bytes, named_by_user: true };
        (index, wire::parse(&Bundle { documents: vec![document] }).expect("a group"))
    })
}

fn group_of(facts: &Facts) -> &NetworkSecurityGroup {
    facts.security_groups.iter().next().expect("a group")
}

fn network() -> [Prefix; 1] {
    ["10.0.0.0/16".parse().expect("a prefix")]
}

/// The tables of one direction; none where Azure would refuse the group.
fn tables(
    facts: &Facts,
    group: &NetworkSecurityGroup,
    assumed_space: &[Prefix],
    direction: Direction,
) -> Option<Vec<RuleTable>> {
    let with = Resolution { tags: TagCatalog::embedded(), prefer: None, assumed_space };
    let reach = facts.reach_of_group(group, with).ok()?;
    Some(reach.configured?.of(direction).to_vec())
}
