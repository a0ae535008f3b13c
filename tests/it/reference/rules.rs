//! Security rules by the letter of Azure's pages, one flow at a time.
//!
//! What nobody can look up is a [`Question`]. Judging a flow stops at the first question that has no answer yet;
//! [`outcomes`] then tries both, and so walks every meaning that the open names can have for this flow.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use azpreflight::azure::platform;
use azpreflight::net::{Flow, PortSet, Prefix};
use azpreflight::nsg::{Access, AddressTerm, AssociatedTo, Direction, RuleSide, SecurityRule};
use azpreflight::tags::TagCatalog;

use super::case::{Case, List, Place};

/// Which end of a flow a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Source,
    Destination,
}

/// Whether something open holds this end of the flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Question {
    /// What is open, in the words of the library.
    pub(crate) about: String,
    pub(crate) end: End,
}

pub(crate) type Answers = BTreeMap<Question, bool>;

/// What became of a flow under one set of answers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Outcome {
    /// `None` where a group has no rule for the flow, which no real group lacks.
    pub(crate) access: Option<Access>,
    /// The list and the rule in it that matched, in order.
    pub(crate) trail: Vec<(usize, usize)>,
}

/// Every outcome that some meaning of the open names leads to.
pub(crate) fn outcomes(case: &Case, flow: &Flow) -> BTreeSet<Outcome> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![Answers::new()];
    while let Some(answers) = waiting.pop() {
        match judge(case, flow, &answers) {
            Ok(outcome) => {
                found.insert(outcome);
            }
            Err(question) => waiting.extend([false, true].map(|answer| {
                let mut more = answers.clone();
                more.insert(question.clone(), answer);
                more
            })),
        }
    }
    found
}

/// What becomes of a flow on two ways, in every meaning of the open names: the same name means the same on both.
pub(crate) fn together(old: &Case, new: &Case, flow: &Flow) -> BTreeSet<(Option<Access>, Option<Access>)> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![Answers::new()];
    while let Some(answers) = waiting.pop() {
        let both = judge(old, flow, &answers).and_then(|one| Ok((one, judge(new, flow, &answers)?)));
        match both {
            Ok((one, other)) => {
                found.insert((one.access, other.access));
            }
            Err(question) => waiting.extend([false, true].map(|answer| {
                let mut more = answers.clone();
                more.insert(question.clone(), answer);
                more
            })),
        }
    }
    found
}

/// The access that all outcomes agree on.
pub(crate) fn agreed(outcomes: &BTreeSet<Outcome>) -> Option<Access> {
    let first = outcomes.first()?.access?;
    outcomes.iter().all(|outcome| outcome.access == Some(first)).then_some(first)
}

/// The open names of which one answer alone can change the access.
pub(crate) fn deciding_questions(case: &Case, flow: &Flow) -> BTreeSet<String> {
    let mut asked = BTreeSet::new();
    let mut waiting = vec![Answers::new()];
    while let Some(answers) = waiting.pop() {
        if let Err(question) = judge(case, flow, &answers) {
            waiting.extend([false, true].map(|answer| {
                let mut more = answers.clone();
                more.insert(question.clone(), answer);
                more
            }));
            asked.insert(question);
        }
    }
    let asked: Vec<Question> = asked.into_iter().collect();
    let access = |bits: u32| {
        let answers = asked.iter().enumerate().map(|(i, question)| (question.clone(), bits >> i & 1 == 1));
        judge(case, flow, &answers.collect()).expect("every question has an answer").access
    };
    let flips = |i: usize| (0..1u32 << asked.len()).any(|bits| access(bits) != access(bits ^ 1 << i));
    asked.iter().enumerate().filter(|(i, _)| flips(*i)).map(|(_, question)| question.about.clone()).collect()
}

/// The rules of a list for one direction, in the order in which they are read.
pub(crate) fn in_order(rules: &[SecurityRule], direction: Direction) -> Vec<&SecurityRule> {
    let mut ordered: Vec<&SecurityRule> = rules.iter().filter(|rule| rule.direction == direction).collect();
    ordered.sort_by_key(|rule| rule.priority);
    ordered
}

fn judge(case: &Case, flow: &Flow, answers: &Answers) -> Result<Outcome, Question> {
    let mut trail = Vec::new();
    for (index, list) in case.lists.iter().enumerate() {
        match first_match(case, list, flow, answers)? {
            Some((rule, Access::Deny)) => {
                trail.push((index, rule));
                return Ok(Outcome { access: Some(Access::Deny), trail });
            }
            Some((rule, Access::AlwaysAllow)) => {
                trail.push((index, rule));
                return Ok(Outcome { access: Some(Access::Allow), trail });
            }
            Some((rule, Access::Allow)) => trail.push((index, rule)),
            None if list.applied_to == AssociatedTo::VirtualNetwork => {}
            None => return Ok(Outcome { access: None, trail }),
        }
    }
    Ok(Outcome { access: Some(Access::Allow), trail })
}

fn first_match(
    case: &Case,
    list: &List,
    flow: &Flow,
    answers: &Answers,
) -> Result<Option<(usize, Access)>, Question> {
    let judge = Judge { place: &case.place, direction: case.direction, answers };
    let Some(rules) = &list.rules else {
        let allows = judge.ask(list.name.clone(), End::Source)?;
        return Ok(Some(if allows { (0, Access::Allow) } else { (1, Access::Deny) }));
    };
    for (position, rule) in in_order(rules, case.direction).into_iter().enumerate() {
        if judge.matches(rule, flow)? {
            return Ok(Some((position, rule.access)));
        }
    }
    Ok(None)
}

struct Judge<'a> {
    place: &'a Place,
    direction: Direction,
    answers: &'a Answers,
}

impl Judge<'_> {
    fn ask(&self, about: String, end: End) -> Result<bool, Question> {
        let question = Question { about, end };
        self.answers.get(&question).copied().ok_or(question)
    }

    /// A rule matches when all five fields do; one that does not settles it whatever the others are.
    fn matches(&self, rule: &SecurityRule, flow: &Flow) -> Result<bool, Question> {
        let unstated = |field: &str| format!("the {field} of rule `{}`", rule.name);
        let port = |side: &RuleSide, port: u16, field: &str, end| match &side.ports {
            Some(ports) => Ok(port_in(ports, port)),
            None => self.ask(unstated(field), end),
        };
        let fields = [
            match rule.protocols {
                Some(protocols) => Ok(protocols.iter().any(|protocol| protocol == flow.protocol)),
                None => self.ask(unstated("protocol"), End::Source),
            },
            port(&rule.source, flow.source_port, "source ports", End::Source),
            port(&rule.destination, flow.destination_port, "destination ports", End::Destination),
            self.side(&rule.source, (flow.source, End::Source), unstated("source")),
            self.side(&rule.destination, (flow.destination, End::Destination), unstated("destination")),
        ];
        if fields.contains(&Ok(false)) {
            return Ok(false);
        }
        fields.into_iter().find(Result::is_err).unwrap_or(Ok(true))
    }

    /// An address is on a side when one of its terms holds it.
    fn side(&self, side: &RuleSide, end: (IpAddr, End), unstated: String) -> Result<bool, Question> {
        let Some(terms) = &side.addresses else { return self.ask(unstated, end.1) };
        let held: Vec<_> = terms.iter().map(|term| self.term(term, end)).collect();
        if held.contains(&Ok(true)) {
            return Ok(true);
        }
        held.into_iter().find(Result::is_err).unwrap_or(Ok(false))
    }

    fn term(&self, term: &AddressTerm, end: (IpAddr, End)) -> Result<bool, Question> {
        match term {
            AddressTerm::Any => Ok(true),
            AddressTerm::Prefix(prefix) => Ok(holds(prefix, end.0)),
            AddressTerm::Expanded { prefixes, .. } => Ok(prefixes.iter().any(|p| holds(p, end.0))),
            AddressTerm::Tag(tag) => self.tag(tag, end),
            AddressTerm::Group(group) => {
                if self.place.members.iter().any(|member| member == &(group.clone(), end.0)) {
                    Ok(true)
                } else if self.place.described.contains(&end.0) {
                    Ok(false)
                } else {
                    self.ask(format!("application security group `{}`", group.name()), end.1)
                }
            }
        }
    }

    fn tag(&self, tag: &str, end: (IpAddr, End)) -> Result<bool, Question> {
        match tag {
            "VirtualNetwork" => self.virtual_network(end),
            "Internet" => self.internet(end),
            // The senders of health probes.
            "AzureLoadBalancer" => {
                Ok(["168.63.129.16", "fe80::1234:5678:9abc"].iter().any(|probe| probe.parse() == Ok(end.0)))
            }
            _ => match TagCatalog::embedded().find(tag) {
                Some(known) => Ok(known.prefixes().any(|prefix| holds(&prefix, end.0))),
                None => self.ask(format!("service tag `{tag}`"), end.1),
            },
        }
    }

    fn virtual_network(&self, (address, end): (IpAddr, End)) -> Result<bool, Question> {
        if self.place.network.iter().any(|prefix| holds(prefix, address)) {
            return Ok(true);
        }
        if !self.place.network_open.iter().any(|prefix| holds(prefix, address)) {
            return Ok(false);
        }
        // An interface stands in a virtual network, which is this one.
        let near = match self.direction {
            Direction::Inbound => End::Destination,
            Direction::Outbound => End::Source,
        };
        if end == near { Ok(true) } else { self.ask("service tag `VirtualNetwork`".into(), end) }
    }

    /// What is outside the virtual network and on the public internet.
    fn internet(&self, (address, end): (IpAddr, End)) -> Result<bool, Question> {
        if !public(address) {
            return Ok(false);
        }
        if self.place.routed.iter().any(|prefix| holds(prefix, address)) {
            return self.ask("service tag `Internet`".into(), end);
        }
        Ok(!self.virtual_network((address, end))?)
    }
}

/// Whether the tag `Internet` can hold it: the recorded complement, and IANA's global unicast.
fn public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => {
            let complement = platform::internet_complement();
            let mut left_out = complement.special.iter().chain(complement.withheld);
            !left_out.any(|block| same_bits(block.address, address, block.length))
        }
        IpAddr::V6(address) => address.to_bits() >> 125 == 1,
    }
}

pub(crate) fn holds(prefix: &Prefix, address: IpAddr) -> bool {
    same_bits(prefix.first(), address, prefix.length())
}

fn same_bits(one: IpAddr, other: IpAddr, length: u8) -> bool {
    let differing = match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => u128::from(one.to_bits() ^ other.to_bits()) << 96,
        (IpAddr::V6(one), IpAddr::V6(other)) => one.to_bits() ^ other.to_bits(),
        _ => return false,
    };
    differing.leading_zeros() >= u32::from(length)
}

fn port_in(ports: &PortSet, port: u16) -> bool {
    ports.ranges().ranges().iter().any(|range| range.first <= port && port <= range.last)
}
