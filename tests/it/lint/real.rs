//! Groups found in the wild: what is said of them is so.

use azpreflight::facts::Facts;
use azpreflight::input::{Bundle, Document, Place};
use azpreflight::lint::{self, LINTS, Setting, Subject, Vouched};
use azpreflight::net::FlowBox;
use azpreflight::nsg::{self, AnomalyKind, Direction, RuleOrigin, RuleTable};
use azpreflight::tags::TagCatalog;
use azpreflight::wire;

use crate::corpus;

fn groups(path: &str) -> Vec<Facts> {
    let text = std::fs::read_to_string(corpus::folder(path)).unwrap();
    let read = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let bytes = line["nsg"].to_string().into_bytes();
        let document = Document { name: "n.json".into(), bytes, named_by_user: true };
        wire::parse_as_written(&Bundle { documents: vec![document] }).unwrap()
    };
    text.lines().map(read).collect()
}

/// The same table without some of its rules.
fn without(table: &RuleTable, rules: &[usize]) -> RuleTable {
    let mut table = table.clone();
    let mut index = 0;
    table.rules.retain(|_| {
        index += 1;
        !rules.contains(&(index - 1))
    });
    table
}

/// Whether a rule decides once its blockers are gone, and those that take their place.
fn comes_back(table: &RuleTable, place: &Place, mut by: Vec<usize>) -> bool {
    let mut rest = table.clone();
    while !by.is_empty() {
        rest = without(&rest, &by);
        let rule = rest.rules.iter().position(|rule| rule.place == *place).unwrap();
        by = match nsg::anomalies(&rest).into_iter().find(|anomaly| anomaly.rule == rule) {
            Some(nsg::Anomaly { kind: AnomalyKind::Shadowed { by, .. }, .. }) if !by.is_empty() => by,
            Some(nsg::Anomaly { kind: AnomalyKind::Shadowed { .. }, .. }) => return false,
            _ => Vec::new(),
        };
    }
    true
}

/// Every table of every group, as it is known.
fn each_table(facts: &[Facts], mut look: impl FnMut(&RuleTable)) {
    for facts in facts {
        let setting = Setting::new(facts, TagCatalog::embedded(), Vouched::default());
        for group in facts.security_groups.iter() {
            let subject = Subject::new(&setting, group);
            for direction in [Direction::Inbound, Direction::Outbound] {
                subject.tables(direction).into_iter().flatten().for_each(&mut look);
            }
        }
    }
}

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn a_redundant_rule_can_go_and_a_shadowed_one_comes_back_without_its_blockers() {
    let facts = groups("nsg/real-nsgs.jsonl");
    let (mut redundant, mut shadowed) = (0, 0);
    each_table(&facts, |table| {
        for anomaly in nsg::anomalies(table) {
            let tables = |table: RuleTable| [table];
            match anomaly.kind {
                AnomalyKind::Redundant { .. } | AnomalyKind::Unmatchable => {
                    let changes = nsg::compare(
                        &tables(table.clone()),
                        &tables(without(table, &[anomaly.rule])),
                        &FlowBox::all(),
                    );
                    let decided = changes.iter().filter(|c| c.before.is_some() && c.after.is_some());
                    assert_eq!(decided.count(), 0, "{} of {}", table.rules[anomaly.rule].name, table.name);
                    redundant += 1;
                }
                AnomalyKind::Shadowed { by, .. } => {
                    assert!(by.iter().all(|index| table.rules[*index].origin == RuleOrigin::Custom));
                    let place = &table.rules[anomaly.rule].place;
                    assert!(
                        comes_back(table, place, by),
                        "{} of {}",
                        table.rules[anomaly.rule].name,
                        table.name
                    );
                    shadowed += 1;
                }
                AnomalyKind::Undecided { .. } => {}
            }
        }
    });
    assert!(redundant > 50 && shadowed > 5, "{redundant} {shadowed}");
}

/// Recorded answers hold rules that Azure took: hardly one of them is told to be refused.
#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn what_azure_took_is_not_told_to_be_refused() {
    let text = std::fs::read_to_string(corpus::folder("nsg/real-nsgs.jsonl")).unwrap();
    let taken: Vec<bool> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["class"] == "api-response")
        .collect();
    let facts = groups("nsg/real-nsgs.jsonl");
    for (facts, _) in facts.iter().zip(taken).filter(|(_, taken)| *taken) {
        let setting = Setting::new(facts, TagCatalog::embedded(), Vouched::default());
        for group in facts.security_groups.iter() {
            let answer = lint::run(LINTS, &Subject::new(&setting, group));
            let blocked =
                answer.reported.iter().filter(|r| r.severity() == azpreflight::backup::Severity::Blocker);
            let told: Vec<&str> = blocked.map(|reported| reported.finding.message.as_str()).collect();
            assert!(told.is_empty(), "{told:?}");
        }
    }
}

/// The mistakes that were seen in groups written for backup.
#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn mistakes_in_groups_for_backup_are_seen() {
    let facts = groups("nsg/backup_related.jsonl");
    let mut ids: Vec<&str> = Vec::new();
    for facts in &facts {
        let setting = Setting::new(facts, TagCatalog::embedded(), Vouched::default());
        for group in facts.security_groups.iter() {
            ids.extend(lint::run(LINTS, &Subject::new(&setting, group)).reported.iter().map(|r| r.lint.id));
        }
    }
    for wanted in ["tag-unknown", "rule-name-repeated"] {
        assert!(ids.contains(&wanted), "{wanted}: {ids:?}");
    }
}
