//! Flows that two ways treat alike whatever is open: the same name means the same on both.
//!
//! Where something is open on both ways, neither has an answer, and still they can be known to agree: both hang on the
//! same tag in the same place. For one flow all that counts of an open name is whether it holds the flow's address, so
//! the ways are compared once for every combination of those yes and no, with everything closed accordingly.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{Change, compare};
use super::operand::{Meaning, OpenOperand, Operand, Stated};
use super::resolve::{Context, ResolvedRule, RuleTable, Unmatched};
use super::rule::{Access, Direction, Priority, RuleOrigin};
use super::world::{World, operand_set};
use crate::input::{Place, Pointer};
use crate::net::{AddressSet, FlowBox, FlowSet, PortSet, ProtocolSet};

/// With more questions than this a flow stays undecided: every further one doubles the work.
const QUESTIONS: usize = 8;

/// The changes without those flows of which nothing is known but that both ways treat them alike.
///
/// Something open is the same on both ways if it has the same name: the same unknown tag, the same group, the same
/// network, the same field of the same rule. What is left with an open access can be a change in some meaning of
/// what is open; it is not known to be none.
#[must_use]
pub fn unlike(old: &[RuleTable], new: &[RuleTable], changes: Vec<Change>) -> Vec<Change> {
    if changes.iter().all(is_certain) || namesakes(old.iter().chain(new)) {
        return changes;
    }
    let (before, after) = (Way::new(old), Way::new(new));
    let mut left = Vec::new();
    for change in changes {
        if is_certain(&change) {
            left.push(change);
            continue;
        }
        let (one, other) = (before.relevant(&change.flows), after.relevant(&change.flows));
        let Some(differing) = differing(&one, &other, &change.flows) else {
            left.push(change);
            continue;
        };
        left.extend(differing.boxes().iter().map(|flows| Change { flows: flows.clone(), ..change.clone() }));
    }
    left
}

/// The same tables where the far end of every flow is in the virtual network, or is not, as far as that is not known.
///
/// What a group does in one of two kinds of place: a group of which nothing is known but its rules may stand in either.
#[must_use]
pub fn settled(tables: &[RuleTable], inside: bool) -> Vec<RuleTable> {
    let table = |table: &RuleTable| {
        let inbound = table.direction == Direction::Inbound;
        let side = |operand: &Operand, near: bool| Operand {
            open: operand.open.clone(),
            ..Operand::known(operand_set(operand, (near || inside, false), &table.context))
        };
        let rule = |rule: &ResolvedRule| ResolvedRule {
            source: side(&rule.source, !inbound),
            destination: side(&rule.destination, inbound),
            ..rule.clone()
        };
        RuleTable {
            rules: table.rules.iter().map(rule).collect(),
            context: Context { open: None, ..table.context.clone() },
            ..table.clone()
        }
    };
    tables.iter().map(table).collect()
}

const fn is_certain(change: &Change) -> bool {
    change.before.is_some() && change.after.is_some()
}

/// The tables of one way, with the flows that each rule matches in each world.
struct Way<'t> {
    tables: Vec<(&'t RuleTable, Vec<Vec<FlowBox>>)>,
}

/// What of a way can decide about some flows.
struct Relevant<'t> {
    tables: Vec<(&'t RuleTable, Vec<&'t ResolvedRule>, bool)>,
}

impl<'t> Way<'t> {
    fn new(tables: &'t [RuleTable]) -> Self {
        let worlds = World::all(tables);
        let of = |table: &'t RuleTable, rule| worlds.iter().map(|w| w.region(rule, &table.context)).collect();
        let regions = |table: &'t RuleTable| table.rules.iter().map(|rule| of(table, rule)).collect();
        Self { tables: tables.iter().map(|table| (table, regions(table))).collect() }
    }

    fn relevant(&self, flows: &FlowBox) -> Relevant<'t> {
        let one = |(table, regions): &(&'t RuleTable, Vec<Vec<FlowBox>>)| {
            let mut rules = Vec::new();
            for (rule, worlds) in table.rules.iter().zip(regions) {
                if worlds.iter().any(|region| region.intersection(flows).is_some()) {
                    rules.push(rule);
                }
                if worlds.iter().all(|region| region.covers(flows)) {
                    return (*table, rules, false);
                }
            }
            (*table, rules, true)
        };
        Relevant { tables: self.tables.iter().map(one).collect() }
    }
}

impl Relevant<'_> {
    /// The questions whose answers settle what becomes of the flows; `None` where they are of another kind.
    fn questions(&self, flows: &FlowBox) -> BTreeSet<Question> {
        let mut questions = BTreeSet::new();
        for (index, (_, rules, ends)) in self.tables.iter().enumerate() {
            for rule in rules {
                let key = |open| key(rule, open);
                let source = asked(&rule.source, &flows.source).map(key).map(Question::Source);
                let destination =
                    asked(&rule.destination, &flows.destination).map(key).map(Question::Destination);
                let fields = [rule.protocols.open(), rule.source_ports.open(), rule.destination_ports.open()];
                let fields = fields.into_iter().flatten().map(key).map(Question::Field);
                questions.extend(source.chain(destination).chain(fields));
            }
            if *ends {
                questions.insert(Question::Unmatched(index));
            }
        }
        questions
    }

    fn contexts(&self) -> impl Iterator<Item = &Context> {
        let contextual =
            |(_, rules, _): &&(_, Vec<&ResolvedRule>, _)| rules.iter().any(|rule| is_contextual(rule));
        self.tables.iter().filter(contextual).map(|(table, ..)| &table.context)
    }

    /// The tables with everything open turned out in one way.
    fn closed(&self, answers: &Answers<'_>) -> Vec<RuleTable> {
        let table = |(index, (table, rules, ends)): (usize, &(&RuleTable, Vec<&ResolvedRule>, bool))| {
            let mut rules: Vec<ResolvedRule> = rules.iter().map(|rule| answers.close(rule, table)).collect();
            if *ends && table.unmatched == Unmatched::Open {
                let passes = answers.yes(&Question::Unmatched(index));
                rules.push(everything(if passes { Access::Allow } else { Access::Deny }));
            }
            RuleTable { rules, context: Context { open: None, ..table.context.clone() }, ..(*table).clone() }
        };
        self.tables.iter().enumerate().map(table).collect()
    }
}

/// Something open, as one flow sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    /// Whether it holds the sender.
    Source(String),
    /// Whether it holds the receiver.
    Destination(String),
    /// Whether a field that is not stated matches.
    Field(String),
    /// Whether a table that is not whole lets through what none of its rules matches.
    Unmatched(usize),
}

/// One answer to every question.
struct Answers<'q> {
    questions: &'q [Question],
    bits: usize,
    /// Whether the far end is in the virtual network, where that is not known.
    inside: bool,
}

impl Answers<'_> {
    fn yes(&self, question: &Question) -> bool {
        self.questions.iter().position(|known| known == question).is_some_and(|at| self.bits >> at & 1 == 1)
    }

    fn close(&self, rule: &ResolvedRule, table: &RuleTable) -> ResolvedRule {
        let inbound = table.direction == Direction::Inbound;
        let side = |operand: &Operand, near: bool, ask: fn(String) -> Question| {
            let mut set = operand_set(operand, (near || self.inside, false), &table.context);
            for (open, extent) in &operand.open {
                if self.yes(&ask(key(rule, open))) {
                    set = set.union(extent);
                }
            }
            Operand::known(set)
        };
        let ports = |ports: &Stated<PortSet>| Stated::Known(ports.bound(self.field(rule, ports)));
        ResolvedRule {
            protocols: Stated::Known(rule.protocols.bound(self.field(rule, &rule.protocols))),
            source: side(&rule.source, !inbound, Question::Source),
            source_ports: ports(&rule.source_ports),
            destination: side(&rule.destination, inbound, Question::Destination),
            destination_ports: ports(&rule.destination_ports),
            meanings: [Vec::new(), Vec::new()],
            ..rule.clone()
        }
    }

    fn field<T>(&self, rule: &ResolvedRule, field: &Stated<T>) -> bool {
        field.open().is_some_and(|open| self.yes(&Question::Field(key(rule, open))))
    }
}

/// What tells one open name from another: what a rule leaves out is its own.
fn key(rule: &ResolvedRule, open: &OpenOperand) -> String {
    let name = open.name.to_ascii_lowercase();
    let unstated = rule.meanings.iter().flatten().any(|meaning| *meaning == Meaning::Unstated);
    if unstated { format!("{name} in {}", rule.place) } else { name }
}

/// Whether two application security groups of one name are named, which the names of operands do not tell apart.
fn namesakes<'t>(tables: impl Iterator<Item = &'t RuleTable>) -> bool {
    let mut ids = BTreeMap::new();
    for meaning in tables.flat_map(|table| &table.rules).flat_map(|rule| rule.meanings.iter().flatten()) {
        if let Meaning::Group(id) = meaning
            && *ids.entry(id.name().to_ascii_lowercase()).or_insert(id) != id
        {
            return true;
        }
    }
    false
}

fn is_contextual(rule: &ResolvedRule) -> bool {
    [&rule.source, &rule.destination].iter().any(|operand| operand.virtual_network || operand.internet)
}

/// What is open about one side and could hold any of these addresses.
fn asked<'o>(operand: &'o Operand, addresses: &'o AddressSet) -> impl Iterator<Item = &'o OpenOperand> {
    operand.open.iter().filter(|(_, extent)| extent.overlaps(addresses)).map(|(open, _)| open)
}

/// A rule for every flow.
fn everything(access: Access) -> ResolvedRule {
    let every = || (Operand::known(AddressSet::all()), Stated::Known(PortSet::all()));
    let ((source, source_ports), (destination, destination_ports)) = (every(), every());
    ResolvedRule {
        meanings: [Vec::new(), Vec::new()],
        name: String::new(),
        priority: Priority(u32::MAX),
        access,
        origin: RuleOrigin::Default,
        protocols: Stated::Known(ProtocolSet::ALL),
        source,
        source_ports,
        destination,
        destination_ports,
        place: Place { document: "".into(), pointer: Pointer::root() },
    }
}

/// The flows of a box that the two ways treat otherwise in some meaning; `None` where there are too many to look at.
fn differing(one: &Relevant<'_>, other: &Relevant<'_>, flows: &FlowBox) -> Option<FlowSet> {
    let mut contexts = one.contexts().chain(other.contexts());
    let first = contexts.next();
    if contexts.any(|context| Some(context) != first) {
        return None;
    }
    let questions: Vec<Question> = one.questions(flows).union(&other.questions(flows)).cloned().collect();
    if questions.len() > QUESTIONS {
        return None;
    }
    let insides = if first.is_some() { &[false, true][..] } else { &[false] };
    let mut differing = FlowSet::empty();
    for inside in insides {
        for bits in 0..1 << questions.len() {
            let answers = Answers { questions: &questions, bits, inside: *inside };
            for change in compare(&one.closed(&answers), &other.closed(&answers), flows) {
                differing = differing.union(&FlowSet::from(change.flows));
            }
        }
    }
    Some(differing)
}
