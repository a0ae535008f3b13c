//! What two rule lists do differently: against the slow twin, against one flow at a time, and on groups found in the wild.

mod corpus;

use azpreflight::net::{AddressSet, Flow, FlowBox, FlowSet, Prefix};
use azpreflight::nsg::{
    self, Access, AddressTerm, Change, Direction, Naming, Priority, RuleOrigin, RuleSide, RuleTable, Scope,
    SecurityRule, regions, witness,
};
use azpreflight::tags::{ServiceTag, TagCatalog};

use crate::reference::case::Case;
use crate::reference::points;
use crate::reference::random::{Openness, Random};
use crate::reference::rules;

/// What is different, without what is known to be alike.
fn changes(old: &[RuleTable], new: &[RuleTable]) -> Vec<Change> {
    nsg::unlike(old, new, nsg::compare(old, new, &FlowBox::all()))
}

#[test]
fn changes_are_those_that_some_meaning_shows() {
    let mut random = Random(0xd1ff);
    let (mut certain, mut open, mut alike) = (0, 0, 0);
    for round in 0..120 {
        let openness = if round % 2 == 0 { Openness::Open } else { Openness::Closed };
        let old = random.case(openness);
        let new = changed(&mut random, &old);
        let found = changes(&old.tables(), &new.tables());
        let borders = points::borders(&old);
        let near = ["10.0.1.4/32", "fd00:db8:0:1::4/128"].map(|text| text.parse().expect("a prefix"));
        let near = FlowBox { source: AddressSet::from_prefixes(near), ..FlowBox::all() };
        let shown = found.iter().filter_map(|change| witness::any(&change.flows.intersection(&near)?));
        let shown: Vec<Flow> = shown.take(if old.direction == Direction::Outbound { 4 } else { 0 }).collect();
        let sampled = (0..12).map(|_| points::flow(&mut random, &old, &borders));
        for flow in sampled.chain(shown) {
            let meanings = rules::together(&old, &new, &flow);
            let holders: Vec<&Change> = found.iter().filter(|change| change.flows.contains(&flow)).collect();
            let all = |wanted: fn(&(Option<Access>, Option<Access>)) -> bool| meanings.iter().all(wanted);
            match holders.as_slice() {
                [] => {
                    alike += 1;
                    assert!(all(|(one, other)| one == other), "round {round}: {flow} in {old:#?} {new:#?}");
                }
                [change] if change.before.is_some() && change.after.is_some() => {
                    certain += 1;
                    let seen = (change.before, change.after);
                    assert!(meanings.iter().all(|pair| *pair == seen), "{seen:?} {meanings:?} {flow}");
                }
                // A list without its default rules may pass what none matches; the twin does not follow that further.
                [change] => {
                    open += 1;
                    assert!(!change.because.is_empty(), "{change:?}");
                    let differs = |(one, other): &(Option<Access>, _)| one != other || one.is_none();
                    assert!(meanings.iter().any(differs), "round {round}: {flow} in {old:#?} {new:#?}");
                }
                several => panic!("{several:?} share {flow}"),
            }
        }
    }
    assert!(
        certain > 30 && open > 40 && alike > 500,
        "{certain} {open} {alike}: the cases have lost their point"
    );
}

#[test]
fn rules_spelled_otherwise_are_equivalent() {
    let mut random = Random(0x5be11);
    for round in 0..100 {
        let openness = if round % 2 == 0 { Openness::Open } else { Openness::Closed };
        let old = random.case(openness);
        let mut new = old.clone();
        for list in new.lists.iter_mut().filter_map(|list| list.rules.as_mut()) {
            respell(list);
        }
        let found = changes(&old.tables(), &new.tables());
        assert!(found.is_empty(), "round {round}: {found:#?} between {old:#?} and {new:#?}");
    }
}

#[test]
fn every_region_is_shown_by_its_witness_and_all_are_the_change() {
    let mut random = Random(0x9e91);
    for _ in 0..40 {
        let old = random.case(Openness::Closed);
        let new = changed(&mut random, &old);
        let (before, after) = (old.tables(), new.tables());
        let found = changes(&before, &after);
        let allowed: Vec<FlowBox> = found
            .iter()
            .filter(|change| change.after == Some(Access::Allow))
            .map(|change| change.flows.clone())
            .collect();
        let scope = Scope::unknown(azpreflight::facts::internet());
        let told = regions(&allowed, &Naming::new(TagCatalog::embedded(), &scope));
        assert!(told.len() <= allowed.len().max(1));
        let mut whole = FlowSet::empty();
        for region in told {
            let flow = witness::any(&region.flows).expect("a region has flows");
            assert_eq!(nsg::evaluate(&before, &flow).access(), Some(Access::Deny), "{flow}");
            assert_eq!(nsg::evaluate(&after, &flow).access(), Some(Access::Allow), "{flow}");
            whole = whole.union(&FlowSet::from(region.flows));
        }
        let boxes = allowed.iter().fold(FlowSet::empty(), |set, b| set.union(&FlowSet::from(b.clone())));
        assert!(whole.same_flows(&boxes));
    }
}

/// The case with one rule taken out, turned round, moved, or put in.
fn changed(random: &mut Random, case: &Case) -> Case {
    let mut new = case.clone();
    let at = random.below(new.lists.len());
    let Some(rules) = new.lists[at].rules.as_mut() else { return new };
    mutate(random, rules);
    new
}

/// Changes one rule of the customer's; a list without any stays.
fn mutate(random: &mut Random, rules: &mut Vec<SecurityRule>) {
    let own: Vec<usize> = (0..rules.len()).filter(|at| rules[*at].origin != RuleOrigin::Default).collect();
    if own.is_empty() {
        return;
    }
    let (one, other) = (random.pick(&own), random.pick(&own));
    // A rule stated twice is changed in both places, or its priority would be shared by two.
    let priorities = (rules[one].priority, rules[other].priority);
    match random.below(5) {
        0 => rules.retain(|rule| rule.priority != priorities.0),
        1 => {
            for rule in rules.iter_mut().filter(|rule| rule.origin != RuleOrigin::Default) {
                rule.priority = match rule.priority {
                    priority if priority == priorities.0 => priorities.1,
                    priority if priority == priorities.1 => priorities.0,
                    priority => priority,
                };
            }
        }
        2 => {
            for rule in rules.iter_mut().filter(|rule| rule.priority == priorities.0) {
                rule.access = if rule.access == Access::Deny { Access::Allow } else { Access::Deny };
            }
        }
        3 => {
            for rule in rules.iter_mut().filter(|rule| rule.priority == priorities.0) {
                rule.destination = RuleSide::any();
            }
        }
        _ => {
            let source = rules[other].destination.clone();
            for rule in rules.iter_mut().filter(|rule| rule.priority == priorities.0) {
                rule.destination = source.clone();
            }
        }
    }
}

/// The same rules in other words: numbered anew, in another order of the document, tags as prefixes, prefixes in halves.
fn respell(rules: &mut [SecurityRule]) {
    for rule in rules.iter_mut() {
        // A rule that is stated twice is spelled alike in both places.
        let expand = rule.priority.0 % 2 == 0;
        if rule.origin != RuleOrigin::Default {
            rule.priority = Priority(rule.priority.0 + 17);
        }
        for side in [&mut rule.source, &mut rule.destination] {
            let Some(terms) = side.addresses.as_mut() else { continue };
            *terms = terms.iter().flat_map(|term| respelled(term, expand)).collect();
            terms.reverse();
        }
    }
    rules.reverse();
}

fn respelled(term: &AddressTerm, expand: bool) -> Vec<AddressTerm> {
    match term {
        AddressTerm::Prefix(prefix) => halves(*prefix).map(AddressTerm::Prefix).to_vec(),
        AddressTerm::Tag(tag) => match TagCatalog::embedded().find(tag) {
            Some(found) if expand => ServiceTag::prefixes(found).map(AddressTerm::Prefix).collect(),
            _ => vec![AddressTerm::Tag(tag.clone())],
        },
        AddressTerm::Expanded { prefixes, .. } => prefixes.iter().copied().map(AddressTerm::Prefix).collect(),
        AddressTerm::Any => vec!["0.0.0.0/0", "::/0"]
            .into_iter()
            .map(|text| AddressTerm::Prefix(text.parse().expect("a prefix")))
            .collect(),
        AddressTerm::Group(_) => vec![term.clone()],
    }
}

/// The two halves of a prefix; a single address twice.
fn halves(prefix: Prefix) -> [Prefix; 2] {
    let longest = if prefix.is_ipv4() { 32 } else { 128 };
    let length = (prefix.length() + 1).min(longest);
    [prefix.first(), prefix.last()].map(|address| Prefix::new(address, length).expect("a prefix"))
}
