//! The semantics: one flow through the tables in its way, first match.

use super::operand::{OpenOperand, Operand};
use super::resolve::{ResolvedRule, RuleTable, Unmatched};
use super::rule::Access;
use super::world::{Matched, World};
use crate::net::{Flow, FlowBox};

/// A rule of one of the tables asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleRef {
    /// Which table, counted in the order in which a flow meets them.
    pub table: usize,
    /// Which of its rules, counted from the earliest.
    pub rule: usize,
}

/// What becomes of a flow, and by which rules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decision {
    /// Whether it passes: `None` where no rule of a table matched that should have had one for every flow.
    pub access: Option<Access>,
    /// The rule that matched in each table on the way, in order. The last decided.
    pub trail: Vec<RuleRef>,
}

impl Decision {
    /// The rule that decided: what denied first, or the last that allowed.
    #[must_use]
    pub fn decided_by(&self) -> Option<RuleRef> {
        self.trail.last().copied()
    }
}

/// The answer for one flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// However everything open turns out. Several decisions where only the deciding rule depends on it.
    Decided(Access, Vec<Decision>),
    /// It depends on what is open.
    Undetermined {
        /// What it depends on.
        because: Vec<OpenOperand>,
        /// The decisions that could be.
        possible: Vec<Decision>,
    },
}

impl Verdict {
    /// `Allow` or `Deny`, where it is decided.
    #[must_use]
    pub const fn access(&self) -> Option<Access> {
        match self {
            Self::Decided(access, _) => Some(*access),
            Self::Undetermined { .. } => None,
        }
    }
}

/// What becomes of `flow` on its way through `tables`, in order.
///
/// This is the definition that [`verify`](super::verify) is held against.
#[must_use]
pub fn evaluate(tables: &[RuleTable], flow: &Flow) -> Verdict {
    let mut possible: Vec<Decision> =
        World::all(tables).into_iter().map(|w| decide(tables, flow, w)).collect();
    let agreed = agreed(&possible);
    dedup(&mut possible);
    match agreed {
        Some(access) => Verdict::Decided(access, possible),
        None => Verdict::Undetermined { because: open_for(tables, &FlowBox::from(*flow)), possible },
    }
}

/// The access of all of these decisions, where it is one and known.
pub(super) fn agreed(decisions: &[Decision]) -> Option<Access> {
    let first = decisions.first().and_then(|decision| decision.access);
    first.filter(|_| decisions.iter().all(|decision| decision.access == first))
}

/// First match, table after table, in one world.
pub(super) fn decide(tables: &[RuleTable], flow: &Flow, world: World) -> Decision {
    let mut trail = Vec::new();
    for (index, table) in tables.iter().enumerate() {
        let matches = |rule| world.matches(rule, flow, &table.context).all();
        let Some(rule) = table.rules.iter().position(matches) else {
            match table.unmatched {
                Unmatched::Passes => continue,
                Unmatched::Open => return Decision { access: None, trail },
            }
        };
        trail.push(RuleRef { table: index, rule });
        match table.rules.get(rule).map(|rule| rule.access) {
            Some(Access::Deny) => return Decision { access: Some(Access::Deny), trail },
            Some(Access::AlwaysAllow) => break,
            Some(Access::Allow) | None => {}
        }
    }
    Decision { access: Some(Access::Allow), trail }
}

/// How each rule of a table compared with the flow, up to and including the one that matched, in the world in
/// which what is open turns out for the worst.
#[must_use]
pub fn trace(table: &RuleTable, flow: &Flow) -> Vec<Matched> {
    let Some(world) = World::all(std::slice::from_ref(table)).first().copied() else {
        return Vec::new();
    };
    let mut matched = Vec::new();
    for rule in &table.rules {
        let fields = world.matches(rule, flow, &table.context);
        matched.push(fields);
        if fields.all() {
            break;
        }
    }
    matched
}

/// What is open about the rules that could match these flows, in the order in which they would.
pub(super) fn open_for(tables: &[RuleTable], flows: &FlowBox) -> Vec<OpenOperand> {
    let worlds = World::all(tables);
    let mut because = Vec::new();
    for table in tables {
        let settled = table.rules.iter().any(|rule| {
            if !may_match(rule, flows) {
                return false;
            }
            let about = open_about(rule, table);
            // A rule about which nothing is open matches the same flows in every world.
            let differing = if about.is_empty() { 1 } else { worlds.len() };
            let regions: Vec<FlowBox> =
                worlds.iter().take(differing).map(|world| world.region(rule, &table.context)).collect();
            if !about.is_empty() && regions.iter().any(|region| region.intersection(flows).is_some()) {
                because.extend(about);
            }
            // Nothing later is looked at by a flow that this rule matches however things turn out.
            regions.iter().all(|region| region.covers(flows))
        });
        if !settled && table.unmatched == Unmatched::Open {
            because.push(OpenOperand {
                name: format!("the rules of `{}`", table.name),
                reason: "the default rules are not among them, and no other matches".into(),
            });
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    because.retain(|open| seen.insert(open.clone()));
    because
}

/// What is open about any rule of a table that could match some of these flows, whichever comes first.
pub(super) fn open_among(table: &RuleTable, flows: &FlowBox) -> Vec<OpenOperand> {
    let touching = table.rules.iter().filter(|rule| may_match(rule, flows));
    let mut because = Vec::new();
    for open in touching.flat_map(|rule| open_about(rule, table)) {
        if !because.contains(&open) {
            because.push(open);
        }
    }
    because
}

/// Whether a rule could match any of these flows, as far as single fields tell: a quick look before a thorough one.
fn may_match(rule: &ResolvedRule, flows: &FlowBox) -> bool {
    let touches = |operand: &Operand, set| operand.is_open() || operand.known.overlaps(set);
    !rule.protocols.bound(true).intersection(flows.protocols).is_empty()
        && rule.destination_ports.bound(true).overlaps(&flows.destination_ports)
        && touches(&rule.destination, &flows.destination)
        && touches(&rule.source, &flows.source)
}

fn open_about(rule: &ResolvedRule, table: &RuleTable) -> Vec<OpenOperand> {
    let contextual = [&rule.source, &rule.destination].iter().any(|o| o.virtual_network || o.internet);
    let network = table.context.open.iter().filter(|_| contextual).map(|(open, _)| open);
    rule.open().chain(network).cloned().collect()
}

/// Keeps the first of equal decisions.
fn dedup(decisions: &mut Vec<Decision>) {
    let mut seen = std::collections::BTreeSet::new();
    decisions.retain(|decision| seen.insert(decision.clone()));
}
