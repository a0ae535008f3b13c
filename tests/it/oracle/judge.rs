//! Rules as documents state them, judged for all flows and all answers to open questions at once.

use std::cell::RefCell;
use std::collections::BTreeMap;

use azpreflight::azure::platform;
use azpreflight::net::Prefix;
use azpreflight::nsg::{Access, AddressTerm, AssociatedTo, Direction, RuleSide, SecurityRule};
use azpreflight::tags::TagCatalog;

use super::diagram::{
    DESTINATION, DESTINATION_PORT, Field, SOURCE, SOURCE_PORT, Set, Space, and, empty, not, or, without,
};
use crate::reference::case::{Case, List, Place};
use crate::reference::random::prefixes;
use crate::reference::rules::{End, Outcome, Question, in_order};

/// One place in a network, seen by its diagrams.
pub(crate) struct Judge<'a> {
    pub(crate) space: &'a Space,
    place: &'a Place,
    direction: Direction,
    questions: RefCell<BTreeMap<Question, usize>>,
}

/// The flows that each rule of a list is the first to match.
pub(crate) struct Firsts {
    /// In the order of the rules.
    pub(crate) rules: Vec<(Access, Set)>,
    /// What no rule matches.
    pub(crate) rest: Set,
}

/// The rules that flows have met, by list and place in it.
type Trail = Vec<(usize, usize)>;
type Way = (Trail, Set);
/// A term's end of the flow.
type Side = (Field, End);

impl<'a> Judge<'a> {
    pub(crate) fn new(space: &'a Space, case: &'a Case) -> Self {
        Self { space, place: &case.place, direction: case.direction, questions: RefCell::default() }
    }

    /// What becomes of all flows, by outcome: the twin's answers, for every flow at once.
    pub(crate) fn outcomes(&self, lists: &[List]) -> BTreeMap<Outcome, Set> {
        let mut found = BTreeMap::new();
        let mut travelling = vec![(Vec::new(), self.space.all())];
        for (index, list) in lists.iter().enumerate() {
            let firsts = self.firsts(list);
            let ways = travelling.iter().flat_map(|way| through(way, (index, &firsts)));
            let (passed, settled): (Vec<_>, Vec<_>) = ways.partition(|(_, access, _)| access.is_none());
            for (trail, access, flows) in settled {
                self.add(&mut found, Outcome { access, trail }, &flows);
            }
            let bare = |trail: &Vec<(usize, usize)>| trail.last().is_none_or(|(list, _)| *list != index);
            let admin = list.applied_to == AssociatedTo::VirtualNetwork;
            let (stuck, on): (Vec<_>, Vec<_>) = passed.into_iter().partition(|way| !admin && bare(&way.0));
            for (trail, access, flows) in stuck {
                self.add(&mut found, Outcome { access, trail }, &flows);
            }
            travelling = on.into_iter().map(|(trail, _, flows)| (trail, flows)).collect();
        }
        for (trail, flows) in travelling {
            self.add(&mut found, Outcome { access: Some(Access::Allow), trail }, &flows);
        }
        found
    }

    fn add(&self, found: &mut BTreeMap<Outcome, Set>, outcome: Outcome, flows: &Set) {
        let set = found.entry(outcome).or_insert_with(|| self.space.none());
        *set = or(set, flows);
    }

    /// The flows of one access, with the answers under which they have it.
    pub(crate) fn with_access(&self, lists: &[List], access: Option<Access>) -> Set {
        let outcomes = self.outcomes(lists);
        let sets = outcomes.iter().filter(|(outcome, _)| outcome.access == access).map(|(_, set)| set);
        sets.fold(self.space.none(), |all, set| or(&all, set))
    }

    pub(crate) fn firsts(&self, list: &List) -> Firsts {
        let Some(rules) = &list.rules else {
            let allowed = self.ask(list.name.clone(), End::Source);
            let denied = not(&allowed);
            let rules = vec![(Access::Allow, allowed), (Access::Deny, denied)];
            return Firsts { rules, rest: self.space.none() };
        };
        let mut rest = self.space.all();
        let mut firsts = Vec::new();
        for rule in in_order(rules, self.direction) {
            let matched = self.matches(rule);
            firsts.push((rule.access, and(&rest, &matched)));
            rest = without(&rest, &matched);
        }
        Firsts { rules: firsts, rest }
    }

    /// A rule matches when all five fields do.
    pub(crate) fn matches(&self, rule: &SecurityRule) -> Set {
        let unstated = |field: &str| format!("the {field} of rule `{}`", rule.name);
        let ports = |side: &RuleSide, (field, end): Side, name: &str| match &side.ports {
            Some(ports) => self.space.ports(field, ports),
            None => self.ask(unstated(name), end),
        };
        let fields = [
            match rule.protocols {
                Some(protocols) => self.space.protocols(protocols),
                None => self.ask(unstated("protocol"), End::Source),
            },
            ports(&rule.source, (SOURCE_PORT, End::Source), "source ports"),
            ports(&rule.destination, (DESTINATION_PORT, End::Destination), "destination ports"),
            self.side(&rule.source, (SOURCE, End::Source), unstated("source")),
            self.side(&rule.destination, (DESTINATION, End::Destination), unstated("destination")),
        ];
        fields.iter().fold(self.space.all(), |all, field| and(&all, field))
    }

    fn side(&self, side: &RuleSide, at: Side, unstated: String) -> Set {
        let Some(terms) = &side.addresses else { return self.ask(unstated, at.1) };
        terms.iter().fold(self.space.none(), |all, term| or(&all, &self.term(term, at)))
    }

    fn term(&self, term: &AddressTerm, at: Side) -> Set {
        match term {
            AddressTerm::Any => self.space.all(),
            AddressTerm::Prefix(prefix) => self.blocks(at, &[*prefix]),
            AddressTerm::Expanded { prefixes, .. } => self.blocks(at, prefixes),
            AddressTerm::Tag(tag) => self.tag(tag, at),
            AddressTerm::Group(group) => {
                let members = self.place.members.iter().filter(|(known, _)| known == group);
                let members: Vec<Prefix> = members.map(|(_, address)| Prefix::host(*address)).collect();
                let described: Vec<Prefix> = self.place.described.iter().map(|a| Prefix::host(*a)).collect();
                let open = self.ask(format!("application security group `{}`", group.name()), at.1);
                or(&self.blocks(at, &members), &without(&open, &self.blocks(at, &described)))
            }
        }
    }

    fn tag(&self, tag: &str, at: Side) -> Set {
        match tag {
            "VirtualNetwork" => self.virtual_network(at),
            "Internet" => self.internet(at),
            "AzureLoadBalancer" => {
                self.blocks(at, &prefixes(&["168.63.129.16/32", "fe80::1234:5678:9abc/128"]))
            }
            _ => match TagCatalog::embedded().find(tag) {
                Some(known) => self.space.tag(at.0, known),
                None => self.ask(format!("service tag `{tag}`"), at.1),
            },
        }
    }

    fn virtual_network(&self, at: Side) -> Set {
        let near = match self.direction {
            Direction::Inbound => End::Destination,
            Direction::Outbound => End::Source,
        };
        let open = self.blocks(at, &self.place.network_open);
        let inside = if at.1 == near || self.place.network_open.is_empty() {
            open
        } else {
            and(&open, &self.ask("service tag `VirtualNetwork`".into(), at.1))
        };
        or(&self.blocks(at, &self.place.network), &inside)
    }

    fn internet(&self, at: Side) -> Set {
        let complement = platform::internet_complement();
        let left_out = complement.special.iter().chain(complement.withheld);
        let left_out = left_out.map(|block| Prefix::new(block.address, block.length).expect("a block"));
        let left_out: Vec<Prefix> = left_out.filter(Prefix::is_ipv4).collect();
        let unicast = self.blocks(at, &prefixes(&["0.0.0.0/0", "2000::/3"]));
        let public = without(&unicast, &self.blocks(at, &left_out));
        let outside = without(&public, &self.virtual_network(at));
        if self.place.routed.is_empty() {
            return outside;
        }
        let routed = self.blocks(at, &self.place.routed);
        let contested = and(&routed, &self.ask("service tag `Internet`".into(), at.1));
        and(&public, &or(&without(&outside, &routed), &contested))
    }

    fn blocks(&self, (field, _): Side, prefixes: &[Prefix]) -> Set {
        self.space.prefixes(field, prefixes.iter().copied())
    }

    /// The answers that say yes.
    fn ask(&self, about: String, end: End) -> Set {
        let mut questions = self.questions.borrow_mut();
        let next = questions.len();
        let number = *questions.entry(Question { about, end }).or_insert(next);
        self.space.question(number)
    }
}

/// The ways on from one list, with the access of those that end in it; the last is of what no rule matches.
fn through(way: &Way, (index, firsts): (usize, &Firsts)) -> Vec<(Trail, Option<Access>, Set)> {
    let (trail, flows) = way;
    let mut ways: Vec<_> = firsts
        .rules
        .iter()
        .enumerate()
        .map(|(position, (access, first))| {
            let access = match access {
                Access::Allow => None,
                Access::AlwaysAllow => Some(Access::Allow),
                Access::Deny => Some(Access::Deny),
            };
            ([trail.as_slice(), &[(index, position)]].concat(), access, and(flows, first))
        })
        .collect();
    ways.push((trail.clone(), None, and(flows, &firsts.rest)));
    ways.retain(|(_, _, flows)| !empty(flows));
    ways
}
