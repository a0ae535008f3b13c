//! The rule engine against binary decision diagrams (`oxidd`, with its apply cache): every flow and every meaning of
//! what is open at once, no samples.
//!
//! `AZPREFLIGHT_ORACLE_ROUNDS=N` runs N times as many lists as the ordinary test run does, from further seeds.

mod anomalies;
mod diagram;
mod judge;
pub(crate) mod lists;

use std::collections::BTreeMap;

use azpreflight::azure::ResourceId;
use azpreflight::net::{AddressSet, FlowBox, PortSet, Prefix, Protocol};
use azpreflight::nsg::{self, Access, Change, Overall, RuleOrigin, Verification};
use azpreflight::tags::TagCatalog;

use self::diagram::{Set, Space, and, empty, not, or, within};
use self::judge::Judge;
use self::lists::Known;
use crate::nsg::independent;
use crate::reference::case::Case;
use crate::reference::random::{Openness, Random};
use crate::reference::rules::Outcome;

const NODES: usize = 1 << 21;

/// How many lists to try: `ordinary` many, or a multiple of it.
fn rounds(ordinary: usize) -> usize {
    let times = std::env::var("AZPREFLIGHT_ORACLE_ROUNDS").map_or(1, |text| text.parse().expect("a number"));
    ordinary * times
}

/// Cases of every kind in turn: as the slow twin gets them, and as administrators write them.
fn cases(seed: u64, count: usize) -> impl Iterator<Item = (usize, Case)> {
    let mut random = Random(seed);
    (0..rounds(count)).map(move |round| {
        let case = match round % 4 {
            0 => random.case(Openness::Closed),
            1 => random.case(Openness::Open),
            2 => lists::case(&mut random, 12, Known::All),
            _ => lists::case(&mut random, 8, Known::Partly),
        };
        (round, case)
    })
}

#[test]
fn every_flow_has_the_verdict_and_the_deciding_rule_of_its_diagram() {
    let space = Space::new(NODES);
    let mut random = Random(0x9e37);
    let mut overall = BTreeMap::new();
    for (round, case) in cases(0x0dd, 24) {
        let tables = case.tables();
        let judge = Judge::new(&space, &case);
        let outcomes = judge.outcomes(&case.lists);
        for asked in [FlowBox::all(), question(&mut random), question(&mut random)] {
            let found = nsg::verify(&tables, &asked);
            let told = Told { space: &space, asked: space.flows(&asked), outcomes: &outcomes };
            told.cut_into(&found, round);
            if told.is_closed() {
                told.decided_alike(&found, round);
            } else {
                told.bounded_by(&found, independent(&case), round);
            }
            assert_eq!(found.overall(), told.overall(&found), "round {round}: {asked:?}");
            assert_eq!(
                nsg::Classes::new(&tables).overall(&asked),
                found.overall(),
                "round {round}: {asked:?}"
            );
            *overall.entry(format!("{:?}", found.overall())).or_insert(0) += 1;
            for piece in &found.pieces {
                let witness = nsg::witness::any(&piece.flows).expect("a piece is not empty");
                assert_eq!(nsg::evaluate(&tables, &witness).access(), piece.access);
                assert!(space.holds(&told.asked, &witness), "round {round}: {witness}");
            }
        }
    }
    assert_eq!(overall.len(), 4, "all four answers occur: {overall:?}");
}

/// What the diagrams say of the flows asked about.
struct Told<'a> {
    space: &'a Space,
    asked: Set,
    outcomes: &'a BTreeMap<Outcome, Set>,
}

impl Told<'_> {
    fn with_access(&self, access: Option<Access>) -> Set {
        let sets = self.outcomes.iter().filter(|(outcome, _)| outcome.access == access).map(|(_, set)| set);
        sets.fold(self.space.none(), |all, set| or(&all, set))
    }

    fn certain(&self, access: Access) -> Set {
        and(&self.asked, &self.space.certain(&self.with_access(Some(access))))
    }

    /// Whether no answer to a question changes anything.
    fn is_closed(&self) -> bool {
        let bare = self.with_access(None);
        empty(&bare) && self.outcomes.values().all(|set| self.space.possible(set) == *set)
    }

    fn pieces<'p>(&self, pieces: impl Iterator<Item = &'p nsg::Piece>) -> Set {
        pieces.fold(self.space.none(), |all, piece| or(&all, &self.space.flows(&piece.flows)))
    }

    /// The pieces share no flow, and together they are what was asked.
    fn cut_into(&self, found: &Verification, round: usize) {
        let mut all = self.space.none();
        for piece in &found.pieces {
            let flows = self.space.flows(&piece.flows);
            assert!(empty(&and(&all, &flows)), "round {round}: two pieces share a flow");
            all = or(&all, &flows);
        }
        assert!(all == self.asked, "round {round}: the pieces are not what was asked");
    }

    /// Nothing is open: by outcome, access and the whole trail of rules, the same flows.
    fn decided_alike(&self, found: &Verification, round: usize) {
        let mut by_outcome: BTreeMap<Outcome, Set> = BTreeMap::new();
        for piece in &found.pieces {
            let [decision] = piece.decisions.as_slice() else { panic!("round {round}: {piece:?}") };
            let trail = decision.trail.iter().map(|step| (step.table, step.rule)).collect();
            let set = by_outcome
                .entry(Outcome { access: piece.access, trail })
                .or_insert_with(|| self.space.none());
            *set = or(set, &self.space.flows(&piece.flows));
        }
        for (outcome, set) in self.outcomes {
            let told = and(set, &self.asked);
            let found = by_outcome.remove(outcome).unwrap_or_else(|| self.space.none());
            assert!(found == told, "round {round}: {outcome:?} has other flows");
        }
        assert!(by_outcome.is_empty(), "round {round}: {:?} cannot be", by_outcome.keys());
    }

    /// Something is open: what is called decided is, whatever the answers; where no two questions hang together, what
    /// is called open is open.
    fn bounded_by(&self, found: &Verification, tight: bool, round: usize) {
        for access in [Access::Allow, Access::Deny] {
            let (claimed, certain) = (self.pieces(found.with_access(Some(access))), self.certain(access));
            assert!(within(&claimed, &certain), "round {round}: {access} is claimed and not certain");
            assert!(!tight || claimed == certain, "round {round}: {access} is certain and not claimed");
        }
    }

    /// The word for the whole question; where what is open hangs together, flows may be called open that are not.
    fn overall(&self, found: &Verification) -> Overall {
        let allowed = self.pieces(found.with_access(Some(Access::Allow)));
        let denied = self.pieces(found.with_access(Some(Access::Deny)));
        match (allowed == self.asked, denied == self.asked, empty(&denied)) {
            (true, ..) => Overall::Allow,
            (_, true, _) => Overall::Deny,
            (_, _, false) => Overall::Mixed,
            (_, _, true) => Overall::Undetermined,
        }
    }
}

#[test]
fn exactly_the_flows_that_changed_are_changes() {
    let space = Space::new(NODES);
    let mut random = Random(0xd1ff);
    let (mut same, mut other, mut open) = (0, 0, 0);
    for (round, before) in cases(0xc0de, 60) {
        let after = if round % 4 < 2 { regrouped(&before) } else { lists::edited(&mut random, &before) };
        let asked = if round % 3 == 0 { question(&mut random) } else { FlowBox::all() };
        let changes = nsg::compare(&before.tables(), &after.tables(), &asked);
        let judge = Judge::new(&space, &before);
        let told = space.flows(&asked);
        let of = |case: &Case, access| and(&told, &judge.with_access(&case.lists, Some(access)));
        let [was_allowed, was_denied] = [Access::Allow, Access::Deny].map(|access| of(&before, access));
        let [now_allowed, now_denied] = [Access::Allow, Access::Deny].map(|access| of(&after, access));
        let certain = |set: &Set| and(&told, &space.certain(set));
        for (from, to, was, now) in [
            (Access::Allow, Access::Deny, &was_allowed, &now_denied),
            (Access::Deny, Access::Allow, &was_denied, &now_allowed),
        ] {
            let claimed = changed(&space, &changes, Some(from), Some(to));
            assert!(within(&claimed, &and(&certain(was), &certain(now))), "round {round}: {from} to {to}");
            other += usize::from(!empty(&claimed));
        }
        let all = changes.iter().fold(space.none(), |all, change| {
            let flows = space.flows(&change.flows);
            assert!(empty(&and(&all, &flows)), "round {round}: two changes share a flow");
            or(&all, &flows)
        });
        assert!(within(&all, &told), "round {round}: nobody asked about these flows");
        let differ = or(&and(&was_allowed, &not(&now_allowed)), &and(&now_allowed, &not(&was_allowed)));
        let differ = space.possible(&differ);
        assert!(within(&differ, &all), "round {round}: a change is missing");
        let undecided = changes.iter().any(|change| change.before.is_none() || change.after.is_none());
        assert!(undecided || all == differ, "round {round}: {:?} is no change", changes.first());
        open += usize::from(undecided);
        same += usize::from(changes.is_empty());
        for change in &changes {
            let witness = nsg::witness::any(&change.flows).expect("a change is not empty");
            assert_eq!(nsg::evaluate(&before.tables(), &witness).access(), change.before, "round {round}");
            assert_eq!(nsg::evaluate(&after.tables(), &witness).access(), change.after, "round {round}");
        }
    }
    assert!(same > 8 && other > 8 && open > 4, "{same} same, {other} other, {open} open");
}

fn changed(space: &Space, changes: &[Change], before: Option<Access>, after: Option<Access>) -> Set {
    let of = |change: &&Change| change.before == before && change.after == after;
    changes.iter().filter(of).fold(space.none(), |all, change| or(&all, &space.flows(&change.flows)))
}

/// The same rules as two prefixes each where there was one, and with gaps of another size: no flow is treated otherwise.
pub(crate) fn regrouped(case: &Case) -> Case {
    let mut case = case.clone();
    for rule in case.lists.iter_mut().filter_map(|list| list.rules.as_mut()).flatten() {
        if rule.origin != RuleOrigin::Default {
            rule.priority.0 = rule.priority.0 * 3 + 1;
        }
        for side in [&mut rule.source, &mut rule.destination] {
            let Some(terms) = &mut side.addresses else { continue };
            *terms = std::mem::take(terms).into_iter().flat_map(halved).rev().collect();
        }
    }
    case
}

fn halved(term: nsg::AddressTerm) -> Vec<nsg::AddressTerm> {
    let nsg::AddressTerm::Prefix(prefix) = term else { return vec![term] };
    let length = prefix.length() + 1;
    let halves = [prefix.first(), prefix.last()].map(|end| Prefix::new(end, length));
    match halves {
        [Ok(low), Ok(high)] => [high, low].map(nsg::AddressTerm::Prefix).to_vec(),
        _ => vec![term],
    }
}

/// Some region that a person would ask about.
pub(crate) fn question(random: &mut Random) -> FlowBox {
    let set = |texts: &[&str]| {
        AddressSet::from_prefixes(texts.iter().map(|text| text.parse::<Prefix>().expect("a prefix")))
    };
    let near = random.pick(&[
        set(&["10.0.1.4/32"]),
        set(&["10.0.1.0/24", "fd00:db8:0:1::/64"]),
        set(&["10.0.0.0/8"]),
        AddressSet::all(),
    ]);
    let tag = random.pick(&[
        "Storage.KoreaCentral",
        "AzureBackup",
        "AzureCloud.WestEurope",
        "Sql.NorthEurope",
        "AzureActiveDirectory",
    ]);
    let far = match random.below(4) {
        0 => set(&["20.0.0.0/8", "2603:1000::/24"]),
        1 => AddressSet::all(),
        _ => TagCatalog::embedded().find(tag).expect("a tag").addresses(),
    };
    let (source, destination) = if random.once_in(4) { (far, near) } else { (near, far) };
    FlowBox {
        protocols: Protocol::Tcp.into(),
        source,
        source_ports: PortSet::all(),
        destination,
        destination_ports: random.pick(&["443", "80,443", "*"]).parse().expect("ports"),
    }
}

fn group(name: &str) -> ResourceId {
    ResourceId::new(format!("/subscriptions/s/resourceGroups/r/providers/p/applicationSecurityGroups/{name}"))
}
