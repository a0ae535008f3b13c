//! Questions about whole sets of flows, answered one flow at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use azpreflight::net::{AddressSet, Count, Flow, FlowBox, PortSet, Prefix, Protocol, ProtocolSet};
use azpreflight::nsg::{Access, Overall};
use azpreflight::tags::TagCatalog;

use super::case::Case;
use super::points;
use super::random::{Random, prefixes};
use super::rules;

/// How many flows of a question the twin is asked at most.
const MOST_FLOWS: usize = 2000;

/// What `verify` is asked, with the addresses as disjoint prefixes.
#[derive(Debug)]
pub(crate) struct Question {
    from: Vec<Prefix>,
    to: Vec<Prefix>,
    protocols: ProtocolSet,
    ports: PortSet,
}

impl Question {
    pub(crate) fn asked(&self) -> FlowBox {
        let set = |prefixes: &[Prefix]| AddressSet::from_prefixes(prefixes.iter().copied());
        FlowBox {
            protocols: self.protocols,
            source: set(&self.from),
            source_ports: PortSet::all(),
            destination: set(&self.to),
            destination_ports: self.ports.clone(),
        }
    }
}

/// A question whose every flow the twin can judge in a blink.
pub(crate) fn small_question(random: &mut Random, case: &Case) -> Question {
    loop {
        let question = question(random);
        let ports = points::ports(case, &question.asked());
        let addresses = [&question.from, &question.to].map(|asked| points::classes(case, asked).len());
        if addresses[0] * addresses[1] * ports.0.len() * ports.1.len() <= MOST_FLOWS {
            return question;
        }
    }
}

fn question(random: &mut Random) -> Question {
    let near: [&[&str]; 5] = [
        &["10.0.1.4"],
        &["10.0.1.4/31"],
        &["10.0.1.0/24"],
        &["10.0.1.4", "fd00:db8:0:1::4"],
        &["10.0.0.0/14"],
    ];
    let far: [&[&str]; 8] = [
        &["20.60.0.0/16"],
        &["10.0.0.0/8", "172.16.0.0/12"],
        &["8.8.8.8", "168.63.129.16"],
        &["52.239.128.0/17", "2603:1000::/24"],
        &["25.0.0.0/8"],
        &["10.0.1.0/24", "fd00:db8::/48"],
        &["::/0"],
        &["0.0.0.0/1"],
    ];
    let tags = ["Storage.KoreaCentral", "AzureBackup.KoreaCentral"];
    let to = match random.below(10) {
        tag @ 0..2 => {
            let tag = TagCatalog::embedded().resolve(tags[tag]).expect("a tag");
            tag.addresses().prefixes()
        }
        _ => prefixes(random.pick(&far)),
    };
    Question {
        from: prefixes(random.pick(&near)),
        to,
        protocols: random
            .pick(&[Protocol::Tcp.into(), ProtocolSet::one(Protocol::Tcp).union(Protocol::Icmp.into())]),
        ports: random.pick(&["443", "80,443,8443", "*"]).parse().expect("ports"),
    }
}

/// What the twin says about every flow of a question.
#[derive(Debug)]
pub(crate) struct Told {
    accesses: BTreeSet<Option<Access>>,
    /// The receivers asked about that some asked sender can have.
    pub(crate) asked: Count,
    /// Those that every flow reaches.
    pub(crate) allowed: Count,
    /// How many each rule decides about, by list and place in it.
    pub(crate) deciding: BTreeMap<(usize, usize), Count>,
}

impl Told {
    pub(crate) fn by_the_twin(case: &Case, question: &Question) -> Self {
        let senders = points::classes(case, &question.from);
        let ports = points::ports(case, &question.asked());
        let none = Count::from(0);
        let mut told =
            Self { accesses: BTreeSet::new(), asked: none, allowed: none, deciding: BTreeMap::new() };
        for receivers in points::classes(case, &question.to) {
            let (mut accesses, mut deciding) = (BTreeSet::new(), BTreeSet::new());
            for flow in flows(&senders, receivers.address, question.protocols, &ports) {
                let outcomes = rules::outcomes(case, &flow);
                accesses.insert(rules::agreed(&outcomes));
                deciding.extend(outcomes.iter().filter_map(|outcome| outcome.trail.last().copied()));
            }
            let add = |count: &mut Count| *count = count.plus(receivers.more).plus(1);
            if !accesses.is_empty() {
                add(&mut told.asked);
            }
            if accesses == BTreeSet::from([Some(Access::Allow)]) {
                add(&mut told.allowed);
            }
            told.accesses.extend(accesses);
            for rule in deciding {
                add(told.deciding.entry(rule).or_insert(none));
            }
        }
        told
    }

    pub(crate) fn overall(&self) -> Overall {
        let any = |access: Option<Access>| self.accesses.contains(&access);
        match (any(Some(Access::Deny)), any(None), any(Some(Access::Allow))) {
            (true, false, false) => Overall::Deny,
            (true, ..) => Overall::Mixed,
            (false, true, _) => Overall::Undetermined,
            (false, false, _) => Overall::Allow,
        }
    }
}

/// Every flow to one receiver, from senders of its family.
fn flows(
    senders: &[points::Class],
    destination: IpAddr,
    protocols: ProtocolSet,
    (source_ports, destination_ports): &(Vec<u16>, Vec<u16>),
) -> Vec<Flow> {
    let senders = senders.iter().map(|sender| sender.address);
    let mut flows = Vec::new();
    for source in senders.filter(|source| source.is_ipv4() == destination.is_ipv4()) {
        for (protocol, source_port) in
            protocols.iter().flat_map(|p| source_ports.iter().map(move |s| (p, *s)))
        {
            let flow =
                |port: &u16| Flow { protocol, source, source_port, destination, destination_port: *port };
            flows.extend(destination_ports.iter().map(flow));
        }
    }
    flows
}
