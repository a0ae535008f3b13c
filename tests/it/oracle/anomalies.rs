//! Rules that never decide, rules that nobody would miss.

use std::collections::BTreeMap;

use azpreflight::net::FlowBox;
use azpreflight::nsg::{self, Access, Anomaly, AnomalyKind, RuleOrigin, RuleTable, SecurityRule};

use super::diagram::{Set, Space, and, empty, or, within, without};
use super::judge::Judge;
use super::{NODES, cases};
use crate::reference::case::{Case, List};
use crate::reference::rules::in_order;

#[test]
fn shadowed_and_redundant_rules_are_those_of_the_diagrams() {
    let space = Space::new(NODES);
    let mut kinds = BTreeMap::new();
    for (round, case) in cases(0x1147, 64) {
        for list in case.lists.iter().filter(|list| list.rules.is_some()) {
            let case = Case { lists: vec![list.clone()], ..case.clone() };
            let table = case.tables().remove(0);
            let found = nsg::anomalies(&table);
            let judge = Judge::new(&space, &case);
            let rules = in_order(list.rules.as_deref().expect("a known list"), case.direction);
            let list = Listed { space: &space, judge: &judge, list, rules };
            for index in 0..table.rules.len() {
                let kind = found.iter().find(|anomaly| anomaly.rule == index).map(|anomaly| &anomaly.kind);
                list.check(index, kind, round);
                *kinds.entry(name(kind)).or_insert(0) += 1;
            }
            revived_and_unmissed(&table, &found, round);
        }
    }
    for kind in ["none", "redundant", "shadowed", "unmatchable"] {
        assert!(kinds.get(kind).is_some_and(|count| *count > 4), "{kinds:?}");
    }
}

fn name(kind: Option<&AnomalyKind>) -> &'static str {
    match kind {
        None => "none",
        Some(AnomalyKind::Unmatchable) => "unmatchable",
        Some(AnomalyKind::Shadowed { .. }) => "shadowed",
        Some(AnomalyKind::Redundant { .. }) => "redundant",
        Some(AnomalyKind::Undecided { .. }) => "undecided",
    }
}

/// One list and its diagrams.
struct Listed<'a> {
    space: &'a Space,
    judge: &'a Judge<'a>,
    list: &'a List,
    rules: Vec<&'a SecurityRule>,
}

impl Listed<'_> {
    fn check(&self, index: usize, kind: Option<&AnomalyKind>, round: usize) {
        let rule = self.rules[index];
        let own = self.judge.matches(rule);
        let earlier = self.union(0..index);
        let shadowed = within(&own, &earlier);
        let label = format!("round {round}, rule {index} `{}`: {kind:?}", rule.name);
        if rule.origin == RuleOrigin::Default {
            assert_eq!(kind, None, "{label}");
            return;
        }
        match kind {
            Some(AnomalyKind::Unmatchable) => assert!(empty(&own), "{label}"),
            Some(AnomalyKind::Shadowed { by, contrary }) => {
                assert!(shadowed && !empty(&own), "{label}");
                self.check_blockers(index, (by, *contrary), &label);
            }
            Some(AnomalyKind::Redundant { by }) => {
                assert!(!shadowed && self.unmissed(index), "{label}");
                assert!(by.iter().all(|later| *later > index && !self.contrary(index, *later)), "{label}");
                assert!(within(&without(&own, &earlier), &self.union(by.iter().copied())), "{label}");
            }
            Some(AnomalyKind::Undecided { .. }) => {
                // Only what is open can leave it undecided, unless one open thing is stated twice.
                assert!(!empty(&own), "{label}");
                assert!(self.space.possible(&own) != own || !shadowed, "{label}");
            }
            None => {
                assert!(!shadowed, "{label}: it is shadowed");
                assert!(self.is_admin() || !self.unmissed(index), "{label}: nobody would miss it");
            }
        }
    }

    /// Earlier rules that together match all of it, the fewest that do; one of the other access where such a one
    /// decides any of its flows.
    fn check_blockers(&self, index: usize, (by, contrary): (&[usize], bool), label: &str) {
        let own = self.judge.matches(self.rules[index]);
        let firsts = self.judge.firsts(self.list);
        let deciders: Vec<usize> =
            (0..index).filter(|earlier| !empty(&and(&own, &firsts.rules[*earlier].1))).collect();
        let other: Vec<usize> =
            deciders.iter().copied().filter(|earlier| self.contrary(index, *earlier)).collect();
        let sure = |earlier: &usize| !empty(&self.space.certain(&and(&own, &firsts.rules[*earlier].1)));
        // A rule with an open name may be shadowed by one that names the same; then nobody looks at those before that.
        let open = self.space.possible(&own) != own;
        assert!(contrary || open || !other.iter().any(sure), "{label}: some are decided the other way");
        assert!(!contrary || !other.is_empty(), "{label}: none is decided the other way");
        let other = if contrary { other } else { Vec::new() };
        assert!(by.is_sorted() && by.iter().all(|earlier| *earlier < index), "{label}");
        assert!(within(&own, &self.union(by.iter().copied())), "{label}: they do not cover it");
        assert!(
            other.is_empty() || by.iter().any(|rule| other.contains(rule)),
            "{label}: none of the other access"
        );
        let enough = |set: &[usize]| {
            within(&own, &self.union(set.iter().copied()))
                && (other.is_empty() || set.iter().any(|rule| other.contains(rule)))
        };
        let useful: Vec<usize> = (0..index)
            .filter(|earlier| !empty(&and(&own, &self.judge.matches(self.rules[*earlier]))))
            .collect();
        if let Some(fewer) = by.len().checked_sub(1)
            && fewer <= 3
        {
            assert!(!subsets(&useful, fewer).iter().any(|set| enough(set)), "{label}: fewer would do");
        }
    }

    fn union(&self, rules: impl IntoIterator<Item = usize>) -> Set {
        let matched = rules.into_iter().map(|index| self.judge.matches(self.rules[index]));
        matched.fold(self.space.none(), |all, set| or(&all, &set))
    }

    fn contrary(&self, one: usize, other: usize) -> bool {
        self.rules[one].access != self.rules[other].access
    }

    fn is_admin(&self) -> bool {
        self.rules.iter().any(|rule| rule.origin == RuleOrigin::Admin)
    }

    /// Whether every flow has the access that it would have without the rule.
    fn unmissed(&self, index: usize) -> bool {
        let mut left: Vec<SecurityRule> = self.rules.iter().map(|rule| (*rule).clone()).collect();
        left.remove(index);
        let list = List { rules: Some(left), ..self.list.clone() };
        let (with, less) = (self.judge.firsts(self.list), self.judge.firsts(&list));
        [Access::Allow, Access::Deny, Access::AlwaysAllow].iter().all(|access| {
            let [one, other] = [&with, &less].map(|firsts| {
                let sets = firsts.rules.iter().filter(|(kind, _)| kind == access).map(|(_, set)| set);
                sets.fold(self.space.none(), |all, set| or(&all, set))
            });
            one == other
        })
    }
}

/// Every choice of so many of these.
fn subsets(of: &[usize], size: usize) -> Vec<Vec<usize>> {
    match (size, of.split_first()) {
        (0, _) => vec![Vec::new()],
        (_, None) => Vec::new(),
        (_, Some((first, rest))) => {
            let mut found = subsets(rest, size);
            found.extend(subsets(rest, size - 1).into_iter().map(|mut set| {
                set.insert(0, *first);
                set
            }));
            found
        }
    }
}

/// Without a redundant rule nothing changes; without the rules that shadow it, a shadowed one decides.
fn revived_and_unmissed(table: &RuleTable, found: &[Anomaly], round: usize) {
    let all = FlowBox::all();
    let without = |gone: &[usize]| {
        let mut table = table.clone();
        let mut index = 0..;
        table.rules.retain(|_| !gone.contains(&index.next().expect("endless")));
        table
    };
    for anomaly in found {
        match &anomaly.kind {
            AnomalyKind::Redundant { .. } | AnomalyKind::Unmatchable => {
                let less = without(&[anomaly.rule]);
                let tables = [std::slice::from_ref(table), std::slice::from_ref(&less)];
                let changes = nsg::compare(tables[0], tables[1], &all);
                let sure = changes.iter().find(|change| change.before.is_some() && change.after.is_some());
                assert!(sure.is_none(), "round {round}: {anomaly:?} {sure:?}");
            }
            AnomalyKind::Shadowed { by, .. } => {
                let less = without(by);
                let own = anomaly.rule - by.len();
                let found = nsg::verify(std::slice::from_ref(&less), &all);
                let decisions = found.pieces.iter().flat_map(|piece| &piece.decisions);
                let decides =
                    decisions.filter_map(nsg::Decision::decided_by).any(|decided| decided.rule == own);
                // Other earlier rules may still stand before it, if the fewest were one choice of several.
                let covered = nsg::anomalies(&less)
                    .iter()
                    .any(|other| other.rule == own && matches!(other.kind, AnomalyKind::Shadowed { .. }));
                // What decides only where one open name turns out large and another small is in no world.
                let open = less.rules.iter().any(|rule| rule.open().next().is_some());
                assert!(decides || covered || open, "round {round}: {anomaly:?} is not revived");
            }
            AnomalyKind::Undecided { .. } => {}
        }
    }
}
