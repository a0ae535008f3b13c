//! Every suggestion for every real group, carried out and judged anew.
//!
//! Nothing of the repair's own work is used: its rules go into the group as a document would state them, the group is
//! resolved again, and the outcome is held against what was announced.

use std::fs;

use azpreflight::backup::{Profile, Workload};
use azpreflight::check::{Assumptions, Case, Question, Source, Subject, Suggestion, suggest};
use azpreflight::collect::{self, Sources};
use azpreflight::facts::{Facts, Resolution};
use azpreflight::net::{FlowBox, FlowSet, PortSet};
use azpreflight::nsg::{
    Access, AddressTerm, Direction, NetworkSecurityGroup, Overall, RuleTable, compare, evaluate, verify,
    witness,
};
use azpreflight::tags::TagCatalog;
use azpreflight::wire;
use serde_json::Value;

use crate::cli::{document, folder};
use crate::corpus;

#[derive(Debug, Default)]
struct Count {
    groups: usize,
    denying: usize,
    questions: usize,
    suggestions: usize,
    renumbered: usize,
    open: usize,
    unfixable: usize,
}

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn every_suggestion_for_a_real_group_does_what_it_says() {
    let text = fs::read_to_string(corpus::folder("nsg/real-nsgs.jsonl")).expect("readable");
    let mut count = Count::default();
    for line in text.lines() {
        let group: Value = serde_json::from_str(line).expect("JSON");
        let Some(facts) = facts(&group["nsg"]) else { continue };
        count.groups += 1;
        // Without a rule that denies there is nothing to repair, whatever is asked: one question shows it.
        if !denies(&facts) {
            let (before, question) = (count.suggestions, question(Workload::Sql, Profile::Current, true));
            hold(&facts, &question, &mut count);
            assert_eq!(count.suggestions, before, "{line}");
            continue;
        }
        count.denying += 1;
        for known in [false, true] {
            for workload in Workload::ALL {
                for profile in Profile::ALL {
                    hold(&facts, &question(*workload, *profile, known), &mut count);
                }
            }
        }
    }
    println!("{count:?}");
    assert!(count.groups > 400 && count.suggestions > 500, "{count:?}");
}

fn denies(facts: &Facts) -> bool {
    let mut rules = facts.security_groups.iter().flat_map(|group| &group.rules);
    rules.any(|rule| rule.access == Access::Deny && rule.direction == Direction::Outbound)
}

fn facts(group: &Value) -> Option<Facts> {
    let place = folder("suggest-corpus");
    let path = document(&place, "group.json", group);
    let bundle = collect::configuration(&Sources { inputs: vec![path.into()] }).ok()?;
    wire::parse(&bundle).ok().filter(|facts| !facts.security_groups.is_empty())
}

fn question(workload: Workload, profile: Profile, known: bool) -> Question {
    let network = if known { vec!["10.0.0.0/8".parse().unwrap()] } else { Vec::new() };
    Question {
        workload,
        profile,
        prefer: None,
        as_of: jiff::civil::date(2026, 11, 21),
        vault: None,
        assumed: Assumptions { network, ..Assumptions::default() },
        ignored: Vec::new(),
        sources: vec![Source::Export],
        alone: true,
    }
}

fn hold(facts: &Facts, question: &Question, count: &mut Count) {
    let tags = TagCatalog::embedded();
    for group in facts.security_groups.iter() {
        let cases = [Case::new(facts, tags, Subject::Group(group), question)];
        let found = suggest(&cases, None);
        count.questions += 1;
        count.open += usize::from(found.made.is_empty() && !found.because.is_empty());
        count.unfixable += found.unfixable.len();
        let mut group = group.clone();
        for made in &found.made {
            count.suggestions += 1;
            let before = outbound(facts, &group, question);
            carry_out(&mut group, made, count);
            let after = outbound(facts, &group, question);
            announced(made, &before, &after);
        }
        // All together they leave nothing to repair.
        let mut repaired = Facts { cloud: facts.cloud, ..Facts::default() };
        let id = group.id.clone();
        repaired.security_groups.insert(group);
        let subject = Subject::Group(repaired.security_groups.find(&id).unwrap());
        let again = suggest(&[Case::new(&repaired, tags, subject, question)], None);
        assert!(again.made.is_empty(), "{}: {:?}", id.as_str(), again.made[0].asked);
    }
}

fn outbound(facts: &Facts, group: &NetworkSecurityGroup, question: &Question) -> Vec<RuleTable> {
    let with =
        Resolution { tags: TagCatalog::embedded(), prefer: None, assumed_space: &question.assumed.network };
    let reach = facts.reach_of_group(group, with).expect("no two rules share a priority");
    reach.configured.unwrap().outbound
}

/// The rules as stated: moved where the suggestion says so, and added; Azure takes what comes of it.
fn carry_out(group: &mut NetworkSecurityGroup, made: &Suggestion, count: &mut Count) {
    let [new] = &made.repair.rules[..] else { panic!("one group, one rule") };
    for moved in &new.moved {
        count.renumbered += 1;
        let free = |priority| {
            !group.rules.iter().any(|rule| rule.priority == priority && rule.direction == Direction::Outbound)
        };
        assert!(free(moved.to) && moved.to.is_custom());
        let rule = group.rules.iter_mut().find(|rule| rule.name == moved.rule && rule.priority == moved.from);
        rule.expect("a rule of the group").priority = moved.to;
    }
    let taken = group.rules.iter().any(|rule| {
        rule.name.eq_ignore_ascii_case(&new.rule.name)
            || rule.direction == new.rule.direction && rule.priority == new.rule.priority
    });
    assert!(!taken && new.rule.priority.is_custom() && is_a_name(&new.rule.name), "{:?}", new.rule);
    for side in [&new.rule.source, &new.rule.destination] {
        let terms = side.addresses.as_deref().expect("stated");
        let plain = terms.iter().all(|term| matches!(term, AddressTerm::Prefix(_)));
        assert!(terms.len() == 1 || plain, "a tag in a list: {terms:?}");
        assert!(!side.ports_text.is_empty());
    }
    group.rules.push(new.rule.clone());
    assert!(group.rules.len() <= 1000);
}

/// Names that Azure takes (network-security-groups-overview): a word character first, then also `.` and `-`, and at the
/// end no `.` or `-`; 80 at most.
fn is_a_name(name: &str) -> bool {
    let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    name.len() <= 80
        && name.starts_with(word)
        && name.ends_with(word)
        && name.chars().all(|letter| word(letter) || ".-".contains(letter))
}

fn announced(made: &Suggestion, before: &[RuleTable], after: &[RuleTable]) {
    let [new] = &made.repair.rules[..] else { panic!("one group, one rule") };
    let terms = new.rule.destination.addresses.as_deref().unwrap();
    let [AddressTerm::Tag(tag)] = terms else { panic!("{terms:?}") };
    // What is wanted: every address of the tag, from wherever the rule lets it come.
    let asked = FlowBox {
        protocols: new.rule.protocols.unwrap(),
        source: "10.0.0.0/8".parse::<azpreflight::net::Prefix>().unwrap().into(),
        source_ports: PortSet::all(),
        destination: TagCatalog::embedded().find(tag).unwrap().addresses(),
        destination_ports: new.rule.destination.ports.clone().unwrap(),
    };
    assert_ne!(verify(before, &asked).overall(), Overall::Allow, "nothing was wrong");
    assert_eq!(verify(after, &asked).overall(), Overall::Allow, "{:?}", made.asked);
    let changes = compare(before, after, &FlowBox::all());
    let passing = |access| access == Some(Access::Allow);
    assert!(changes.iter().all(|change| !passing(change.before)), "something is stopped: {:?}", made.asked);
    let gained: Vec<FlowBox> =
        changes.iter().filter(|change| passing(change.after)).map(|change| change.flows.clone()).collect();
    let set =
        |boxes: &[FlowBox]| boxes.iter().fold(FlowSet::empty(), |set, one| set.union(&one.clone().into()));
    assert!(set(&gained).same_flows(&set(&made.repair.proof.newly_allowed)), "{:?}", made.asked);
    let named: Vec<FlowBox> = made.newly_allowed.iter().map(|region| region.flows.clone()).collect();
    assert!(set(&gained).same_flows(&set(&named)), "{:?}", made.asked);
    for flows in &gained {
        let flow = witness::any(flows).expect("a flow");
        assert_ne!(evaluate(before, &flow).access(), Some(Access::Allow), "{flow}");
        assert_eq!(evaluate(after, &flow).access(), Some(Access::Allow), "{flow}");
    }
}
