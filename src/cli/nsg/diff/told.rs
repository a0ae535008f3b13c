//! Changes in words.

use super::difference::{Changed, Decider, Difference, Side, Way};
use super::subjects::Subject;
use crate::net::{AddressSet, Flow, FlowBox, FlowSet, Prefix};
use crate::nsg::{
    self, Access, Change, Decision, Direction, Naming, Region, RuleRef, RuleTable, Scope, SecurityRule,
    Verdict, regions, witness,
};
use crate::reach::Reach;

/// What is needed to tell the changes of one place in words.
pub(super) struct Told<'a> {
    pub(super) sides: [Side<'a>; 2],
    pub(super) subject: &'a Subject<'a>,
    pub(super) reaches: &'a [Reach; 2],
    pub(super) direction: Direction,
    /// The rules that were compared.
    pub(super) rules: Vec<&'a SecurityRule>,
}

impl Told<'_> {
    pub(super) fn difference(&self, subject: usize, ways: &[Way]) -> Difference {
        let open = |way: &Way| way.boxes(|change| change.before.is_none() || change.after.is_none());
        let undecided = ways.iter().fold(FlowSet::empty(), |set, way| set.union(&open(way)));
        let (now_allowed, now_denied) = (self.changed(ways, Access::Allow), self.changed(ways, Access::Deny));
        let mut because: Vec<_> = ways
            .iter()
            .flat_map(|way| &way.changes)
            .flat_map(|change| change.because.iter().cloned())
            .collect();
        if now_allowed.iter().chain(&now_denied).any(|changed| changed.inside.is_some()) {
            let scope = self.subject.new.scope(self.sides[1].facts, self.sides[1].terms);
            because.extend(scope.virtual_network_open.map(|(open, _)| open));
        }
        because.sort();
        because.dedup();
        let undecided = regions(undecided.boxes(), &self.naming(None));
        Difference { subject, direction: self.direction, now_allowed, now_denied, undecided, because }
    }

    /// What came to have this access for certain, in as few words as there are.
    fn changed(&self, ways: &[Way], access: Access) -> Vec<Changed> {
        let certain = |way: &Way| way.boxes(|change| change.before.is_some() && change.after == Some(access));
        let [outside, inside] = ways else {
            return ways.first().map(|way| self.shown(&certain(way), way, None)).unwrap_or_default();
        };
        let (out, within) = (certain(outside), certain(inside));
        let (only_out, only_in) = (out.difference(&within), within.difference(&out));
        let mut apart = self.shown(&out.intersection(&within), outside, None);
        if only_out.is_empty() && only_in.is_empty() {
            return apart;
        }
        apart.extend(self.shown(&only_out, outside, outside.inside));
        apart.extend(self.shown(&only_in, inside, inside.inside));
        let mut whole = self.shown(&out, outside, outside.inside);
        whole.extend(self.shown(&within, inside, inside.inside));
        // What changes in both kinds of place may be told twice, where that takes fewer words.
        if words(&whole) < words(&apart) { whole } else { apart }
    }

    fn shown(&self, flows: &FlowSet, way: &Way, inside: Option<bool>) -> Vec<Changed> {
        let found = regions(flows.boxes(), &self.naming(inside)).into_iter();
        found.filter_map(|region| self.one(region, way, inside)).collect()
    }

    fn one(&self, region: Region, way: &Way, inside: Option<bool>) -> Option<Changed> {
        let [old, new] = self.reaches;
        let own = old.addresses.union(&new.addresses);
        let likely = if way.inside == Some(true) { self.in_private_space(&region.flows) } else { None };
        let witness = witness::near(likely.as_ref().unwrap_or(&region.flows), &own)?;
        let [before, after] = match &way.tables {
            Some(tables) => tables.each_ref().map(|tables| decided(tables, &witness)),
            None => [old, new].map(|reach| self.decided_at(reach, witness)),
        };
        debug_assert!(before.0 != after.0, "the witness {witness} of a change shows none");
        Some(Changed { region, witness, old: before.1, new: after.1, inside })
    }

    /// Flows with a far end such as virtual networks have.
    fn in_private_space(&self, flows: &FlowBox) -> Option<FlowBox> {
        let private = AddressSet::from_prefixes(Prefix::new([10, 0, 0, 0].into(), 8));
        flows.intersection(&match self.direction {
            Direction::Inbound => FlowBox { source: private, ..FlowBox::all() },
            Direction::Outbound => FlowBox { destination: private, ..FlowBox::all() },
        })
    }

    /// The names that readers of these rules know. Contextual tags only where they mean the same on both sides.
    fn naming(&self, inside: Option<bool>) -> Naming<'_> {
        let [old, new] = self.sides;
        let scopes =
            [self.subject.old.scope(old.facts, old.terms), self.subject.new.scope(new.facts, new.terms)];
        let same = scopes[0].virtual_network == scopes[1].virtual_network
            && scopes[0].virtual_network_open.is_none() == scopes[1].virtual_network_open.is_none();
        let unknown = Scope::unknown(AddressSet::empty());
        let naming = match (same, inside) {
            (true, Some(false)) => Naming::outside(new.terms.tags, &scopes[1]),
            (true, _) => Naming::new(new.terms.tags, &scopes[1]),
            (false, _) => Naming::new(new.terms.tags, &unknown),
        };
        naming.mentioning(self.rules.iter().copied())
    }

    /// What becomes of a flow on its way, and by which rule.
    fn decided_at(&self, reach: &Reach, flow: Flow) -> (Option<Access>, Option<Decider>) {
        let judged = reach.verify(self.direction, &FlowBox::from(flow));
        let Some(piece) = judged.verification.pieces.first() else { return (None, None) };
        (piece.access, piece.decisions.first().and_then(|decision| decider(judged.tables, decision)))
    }
}

impl Way {
    fn boxes(&self, wanted: impl Fn(&Change) -> bool) -> FlowSet {
        FlowSet::of_disjoint(
            self.changes.iter().filter(|change| wanted(change)).map(|change| change.flows.clone()),
        )
    }
}

fn decided(tables: &[RuleTable], flow: &Flow) -> (Option<Access>, Option<Decider>) {
    match nsg::evaluate(tables, flow) {
        Verdict::Decided(access, decisions) => {
            (Some(access), decisions.first().and_then(|decision| decider(tables, decision)))
        }
        Verdict::Undetermined { .. } => (None, None),
    }
}

fn decider(tables: &[RuleTable], decision: &Decision) -> Option<Decider> {
    let RuleRef { table, rule } = decision.decided_by()?;
    let table = tables.get(table).filter(|table| !table.is_unknown())?;
    let rule = table.rules.get(rule)?;
    Some(Decider { group: table.name.clone(), rule: rule.name.clone(), priority: rule.priority.0 })
}

/// How much there is to read.
fn words(changed: &[Changed]) -> usize {
    let side = |changed: &Changed| changed.region.source.len() + changed.region.destination.len();
    changed.iter().map(side).sum()
}
