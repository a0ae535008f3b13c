//! Security rules: the library against the slow twin, and mistakes that others have made.

use std::collections::{BTreeMap, BTreeSet};

use azpreflight::input::{Place as InDocument, Pointer};
use azpreflight::net::{Count, Flow, FlowBox, PortSet, Protocol, ProtocolSet};
use azpreflight::nsg::{
    self, Access, AddressTerm, AssociatedTo, Decision, Direction, Overall, Priority, ResolveError, RuleList,
    RuleOrigin, RuleSide, RuleTable, Scope, SecurityRule, Verdict, Verification,
};
use azpreflight::tags::TagCatalog;

use crate::reference::case::{Case, List, Place};
use crate::reference::points;
use crate::reference::random::{Openness, Random, address, prefixes, term};
use crate::reference::rules::{self, Outcome};
use crate::reference::sets::{Told, small_question};

#[test]
fn closed_lists_are_judged_as_the_pages_say() {
    let mut random = Random(0x00a1);
    for round in 0..400 {
        let case = random.case(Openness::Closed);
        let (tables, borders) = (case.tables(), points::borders(&case));
        for _ in 0..25 {
            let flow = points::flow(&mut random, &case, &borders);
            let twin = rules::outcomes(&case, &flow);
            let access = rules::agreed(&twin).expect("nothing is open");
            let Verdict::Decided(found, decisions) = nsg::evaluate(&tables, &flow) else {
                panic!("round {round}: {flow} is open in {case:#?}");
            };
            assert_eq!(found, access, "round {round}: {flow} in {case:#?}");
            let decisions: BTreeSet<Outcome> = decisions.iter().map(outcome).collect();
            assert_eq!(decisions, twin, "round {round}: {flow} in {case:#?}");
        }
    }
}

#[test]
fn an_open_verdict_is_open_exactly_where_the_meanings_differ() {
    let mut random = Random(0x0be);
    let (mut open, mut tight) = (0, 0);
    for round in 0..400 {
        let case = random.case(Openness::Open);
        let (tables, borders) = (case.tables(), points::borders(&case));
        let independent = independent(&case);
        for _ in 0..15 {
            let flow = points::flow(&mut random, &case, &borders);
            let twin = rules::outcomes(&case, &flow);
            let found = nsg::evaluate(&tables, &flow);
            match &found {
                Verdict::Decided(access, _) => {
                    assert_eq!(Some(*access), rules::agreed(&twin), "round {round}: {flow} in {case:#?}");
                }
                Verdict::Undetermined { because, .. } => {
                    open += 1;
                    let named: BTreeSet<String> = because.iter().map(|open| open.name.clone()).collect();
                    let deciding = rules::deciding_questions(&case, &flow);
                    assert!(deciding.is_subset(&named), "{deciding:?} {named:?} {flow} in {case:#?}");
                }
            }
            if independent {
                tight += 1;
                assert_eq!(found.access(), rules::agreed(&twin), "round {round}: {flow} in {case:#?}");
            }
        }
    }
    assert!(open > 500 && tight > 1000, "{open} open and {tight} tight: the cases have lost their point");
}

#[test]
fn sets_are_verified_flow_by_flow() {
    let mut random = Random(0x5e7);
    for round in 0..120 {
        let openness = if round % 3 == 0 { Openness::Open } else { Openness::Closed };
        let case = random.case(openness);
        let question = small_question(&mut random, &case);
        let tables = case.tables();
        let found = nsg::verify(&tables, &question.asked());
        pieces_cut_the_question(&found);
        // Compiled for this question, for a wider one, or for all: the answer is the same.
        let hull = question.asked().hull(&FlowBox { destination_ports: PortSet::all(), ..question.asked() });
        for classes in [nsg::Classes::new(&tables), nsg::Classes::within(&tables, &hull)] {
            assert_eq!(
                format!("{:?}", classes.verify(&question.asked())),
                format!("{found:?}"),
                "round {round}"
            );
        }
        witnesses_replay(&case, &tables, &found);
        let told = Told::by_the_twin(&case, &question);
        assert_eq!(found.overall(), told.overall(), "round {round}: {question:?} in {case:#?}");
        assert_eq!(
            found.allowed_destinations().count(),
            told.allowed,
            "round {round}: {question:?} {case:#?}"
        );
        assert_eq!(found.reachable().count(), told.asked, "round {round}: {question:?} {case:#?}");
        if openness == Openness::Closed {
            let deciding: BTreeMap<(usize, usize), Count> =
                found.deciding().into_iter().map(|(r, _, count)| ((r.table, r.rule), count)).collect();
            assert_eq!(deciding, told.deciding, "round {round}: {question:?} {case:#?}");
        }
    }
}

/// An open Allow of an admin list may take flows away from an `AlwaysAllow` behind it, so more is not always milder.
#[test]
fn an_open_admin_rule_can_make_things_worse_by_allowing() {
    let admin = |access, to: &str, priority| SecurityRule {
        origin: RuleOrigin::Admin,
        ..rule(priority, access, to, "*")
    };
    let mut case =
        case_of(vec![rule(100, Access::Allow, "NoSuchTag", "*"), rule(200, Access::Deny, "*", "*")]);
    let rules = vec![admin(Access::Allow, "TagOfTomorrow", 1), admin(Access::AlwaysAllow, "*", 2)];
    let list = List { name: "admin".into(), rules: Some(rules), applied_to: AssociatedTo::VirtualNetwork };
    case.lists.insert(0, list);
    let flow = tcp("8.8.8.8", 443);
    let verdict = nsg::evaluate(&case.tables(), &flow);
    assert_eq!(rules::agreed(&rules::outcomes(&case, &flow)), None);
    assert_eq!(verdict.access(), None, "{verdict:?}");
    let found = nsg::verify(&case.tables(), &FlowBox::from(flow));
    assert_eq!(found.overall(), Overall::Undetermined);
}

#[test]
fn a_tag_nobody_knows_is_neither_nothing_nor_everything() {
    for (open, rest) in [(Access::Allow, Access::Deny), (Access::Deny, Access::Allow)] {
        let rules = vec![rule(100, open, "NoSuchTag", "*"), rule(200, rest, "*", "*")];
        let Verdict::Undetermined { because, possible } =
            nsg::evaluate(&case_of(rules).tables(), &tcp("8.8.8.8", 443))
        else {
            panic!("{open:?} on an unknown tag decided");
        };
        assert_eq!(
            because.iter().map(|open| open.name.as_str()).collect::<Vec<_>>(),
            ["service tag `NoSuchTag`"]
        );
        assert_eq!(possible.len(), 2);
    }
    // Where both ways lead to the same access, it is decided all the same.
    let rules = vec![rule(100, Access::Deny, "NoSuchTag", "*"), rule(200, Access::Deny, "*", "*")];
    assert_eq!(access(rules, tcp("8.8.8.8", 443)), Some(Access::Deny));
}

#[test]
fn ports_count_for_every_protocol() {
    let only_443 = || vec![rule(100, Access::Allow, "*", "443"), rule(200, Access::Deny, "*", "*")];
    assert_eq!(access(only_443(), tcp("8.8.8.8", 443)), Some(Access::Allow));
    assert_eq!(access(only_443(), tcp("8.8.8.8", 80)), Some(Access::Deny));
    assert_eq!(
        access(only_443(), Flow { protocol: Protocol::Udp, ..tcp("8.8.8.8", 80) }),
        Some(Access::Deny)
    );
}

#[test]
fn private_space_outside_the_network_is_not_the_internet() {
    for to in ["172.16.0.1", "172.31.0.100", "10.1.0.4", "192.168.1.1", "100.64.0.1", "169.254.1.1"] {
        let found = nsg::evaluate(&case_of(Vec::new()).tables(), &tcp(to, 443));
        let Verdict::Decided(Access::Deny, decisions) = found else { panic!("{to}: {found:?}") };
        let rule = decisions[0].decided_by().expect("a rule").rule;
        assert_eq!(case_of(Vec::new()).tables()[0].rules[rule].name, "DenyAllOutBound");
    }
    for to in ["172.15.255.255", "172.32.0.1", "20.60.16.7", "10.0.200.1"] {
        assert_eq!(access(Vec::new(), tcp(to, 443)), Some(Access::Allow), "{to}");
    }
}

#[test]
fn every_group_in_the_way_must_allow() {
    let deny = || vec![rule(100, Access::Deny, "Internet", "*")];
    for denying in [0, 1] {
        let mut case = case_of(Vec::new());
        case.lists.insert(denying, case_of(deny()).lists.remove(0));
        let found = nsg::evaluate(&case.tables(), &tcp("8.8.8.8", 443));
        let Verdict::Decided(Access::Deny, decisions) = found else { panic!("{found:?}") };
        assert_eq!(decisions[0].decided_by().map(|decided| decided.table), Some(denying));
        assert_eq!(decisions[0].trail.len(), denying + 1, "what denies first is the end of the way");
    }
}

#[test]
fn a_field_left_out_is_not_a_star() {
    let unstated = |change: fn(&mut SecurityRule)| {
        let mut allow = rule(100, Access::Allow, "*", "*");
        change(&mut allow);
        access(vec![allow, rule(200, Access::Deny, "*", "*")], tcp("8.8.8.8", 443))
    };
    assert_eq!(unstated(|_| ()), Some(Access::Allow));
    assert_eq!(unstated(|rule| rule.protocols = None), None);
    assert_eq!(unstated(|rule| rule.source.addresses = None), None);
    assert_eq!(unstated(|rule| rule.source.ports = None), None);
    assert_eq!(unstated(|rule| rule.destination.addresses = None), None);
    assert_eq!(unstated(|rule| rule.destination.ports = None), None);
}

#[test]
fn one_rule_stated_twice_is_one_rule_and_two_of_one_priority_are_refused() {
    let allow = rule(100, Access::Allow, "AzureBackup", "443");
    let twice = vec![allow.clone(), allow.clone()];
    assert_eq!(access(twice, tcp("8.8.8.8", 443)), Some(Access::Allow));
    let deny = SecurityRule { access: Access::Deny, ..allow.clone() };
    let list = RuleList {
        name: "nsg".into(),
        id: None,
        applied_to: AssociatedTo::NetworkInterface,
        rules: vec![&allow, &deny],
    };
    let scope = Scope::unknown(azpreflight::facts::internet());
    let refused = nsg::resolve(&list, Direction::Outbound, &scope, TagCatalog::embedded());
    assert!(matches!(refused, Err(ResolveError::SharedPriority { priority: Priority(100), .. })));
    let inbound = nsg::resolve(&list, Direction::Inbound, &scope, TagCatalog::embedded());
    assert!(inbound.is_ok(), "the other direction is another order");
}

#[test]
fn a_lone_group_has_a_verdict_for_public_services() {
    // Nothing is known of the network: a public address is in `VirtualNetwork` or in `Internet`, and both may.
    let open = Place { network_open: prefixes(&["0.0.0.0/0", "::/0"]), ..Place::default() };
    let alone = |rules| Case { place: open.clone(), ..case_of(rules) };
    let backup = TagCatalog::embedded().find("AzureBackup").expect("a tag").addresses();
    let asked = FlowBox { destination: backup, ..FlowBox::from(tcp("8.8.8.8", 443)) };
    assert_eq!(nsg::verify(&alone(Vec::new()).tables(), &asked).overall(), Overall::Allow);
    let deny = vec![rule(100, Access::Deny, "Internet", "*")];
    let denied = nsg::verify(&alone(deny).tables(), &asked);
    assert_eq!(denied.overall(), Overall::Undetermined, "it may be on the network by a gateway");
    let both = vec![rule(100, Access::Deny, "Internet", "*"), rule(101, Access::Deny, "VirtualNetwork", "*")];
    assert_eq!(nsg::verify(&alone(both).tables(), &asked).overall(), Overall::Deny);
}

/// The open names of a case that can turn out one way for one rule and another way for the next.
///
/// Of `VirtualNetwork` the library knows that it is one set, so it may stand in any number of rules.
pub(crate) fn independent(case: &Case) -> bool {
    let mut seen = BTreeSet::new();
    let mut once = |key: (String, bool)| seen.insert(key);
    let rules = case.lists.iter().filter_map(|list| list.rules.as_ref()).flatten();
    rules.filter(|rule| rule.direction == case.direction).all(|rule| {
        let fields =
            rule.protocols.is_some() && rule.source.ports.is_some() && rule.destination.ports.is_some();
        let unstated = rule.source.addresses.is_none() || rule.destination.addresses.is_none() || !fields;
        let sides = [(&rule.source, true), (&rule.destination, false)];
        (!unstated || once((rule.name.clone(), true)))
            && sides.iter().all(|(side, source)| {
                side.addresses.iter().flatten().all(|term| match term {
                    AddressTerm::Tag(tag) if tag == "Internet" => {
                        case.place.routed.is_empty() || once((tag.clone(), *source))
                    }
                    AddressTerm::Tag(tag) if tag == "VirtualNetwork" || tag == "AzureLoadBalancer" => true,
                    AddressTerm::Tag(tag) => {
                        TagCatalog::embedded().find(tag).is_some() || once((tag.clone(), *source))
                    }
                    AddressTerm::Group(group) => once((group.as_str().to_owned(), *source)),
                    _ => true,
                })
            })
    })
}

/// The pieces share no flow, and together they are what was asked.
fn pieces_cut_the_question(found: &Verification) {
    let mut left = vec![found.asked.clone()];
    for (index, piece) in found.pieces.iter().enumerate() {
        let earlier = &found.pieces[..index];
        assert!(earlier.iter().all(|other| other.flows.intersection(&piece.flows).is_none()));
        assert!(found.asked.covers(&piece.flows));
        left = left.iter().flat_map(|flows| flows.difference(&piece.flows)).collect();
    }
    left.retain(|flows| !flows.is_empty());
    assert_eq!(left, []);
}

fn witnesses_replay(case: &Case, tables: &[RuleTable], found: &Verification) {
    for piece in &found.pieces {
        let witness = nsg::witness::any(&piece.flows).expect("a piece is not empty");
        assert!(piece.flows.contains(&witness));
        assert_eq!(nsg::evaluate(tables, &witness).access(), piece.access);
        let twin = rules::outcomes(case, &witness);
        assert!(piece.access.is_none() || rules::agreed(&twin) == piece.access, "{witness}");
        assert_eq!(piece.because.is_empty(), piece.access.is_some(), "{witness}");
    }
}

fn outcome(decision: &Decision) -> Outcome {
    let trail = decision.trail.iter().map(|step| (step.table, step.rule)).collect();
    Outcome { access: decision.access, trail }
}

/// A group of these rules and the defaults, judged where `VirtualNetwork` is known.
fn case_of(rules: Vec<SecurityRule>) -> Case {
    let mut rules = rules;
    rules.extend(nsg::default_rules());
    let list = List { name: "nsg".into(), rules: Some(rules), applied_to: AssociatedTo::NetworkInterface };
    let place = Place { network: prefixes(&["10.0.0.0/16"]), ..Place::default() };
    Case { direction: Direction::Outbound, place, lists: vec![list] }
}

/// An outbound rule for every protocol.
fn rule(priority: u32, access: Access, to: &str, ports: &str) -> SecurityRule {
    SecurityRule {
        name: format!("rule{priority}"),
        priority: Priority(priority),
        direction: Direction::Outbound,
        access,
        protocols: Some(ProtocolSet::ALL),
        source: RuleSide::any(),
        destination: RuleSide { ports: Some(ports.parse().expect("ports")), ..RuleSide::of(term(to)) },
        origin: RuleOrigin::Custom,
        place: InDocument { document: "case".into(), pointer: Pointer::root() },
    }
}

/// A flow of an interface of that group.
fn tcp(to: &str, destination_port: u16) -> Flow {
    let (source, destination) = (address("10.0.0.4"), address(to));
    Flow { protocol: Protocol::Tcp, source, source_port: 50000, destination, destination_port }
}

fn access(rules: Vec<SecurityRule>, flow: Flow) -> Option<Access> {
    nsg::evaluate(&case_of(rules).tables(), &flow).access()
}
