//! Where names end and sets begin.
//!
//! A rule names service tags, contextual tags and application security groups. [`resolve`] turns each into
//! addresses, or leaves it open with the reason. Past this file nobody sees a name.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;

use thiserror::Error;

use super::operand::{Meaning, OpenOperand, Operand, Stated};
use super::rule::{
    Access, AddressTerm, AssociatedTo, Direction, Priority, RuleOrigin, RuleSide, SecurityRule,
};
use super::scope::Scope;
use crate::azure::{ResourceId, platform};
use crate::input::{Place, Pointer};
use crate::net::{AddressSet, PortSet, Prefix, ProtocolSet};
use crate::tags::{ServiceTag, TagCatalog};

/// One rule with its names turned into sets.
#[derive(Debug, Clone)]
pub struct ResolvedRule {
    /// Its bare name.
    pub name: String,
    /// Its place in the order.
    pub priority: Priority,
    /// What it does.
    pub access: Access,
    /// Who made it.
    pub origin: RuleOrigin,
    /// The protocols.
    pub protocols: Stated<ProtocolSet>,
    /// Who sends.
    pub source: Operand,
    /// The senders' ports.
    pub source_ports: Stated<PortSet>,
    /// Who receives.
    pub destination: Operand,
    /// The receivers' ports.
    pub destination_ports: Stated<PortSet>,
    /// What the open parts of its source and of its destination stand for, in order.
    pub meanings: [Vec<Meaning>; 2],
    /// Where it was read.
    pub place: Place,
}

impl ResolvedRule {
    /// What is open about it, in the order of the fields.
    pub fn open(&self) -> impl Iterator<Item = &OpenOperand> {
        let sides = self.source.open.iter().chain(&self.destination.open).map(|(open, _)| open);
        let fields = [self.protocols.open(), self.source_ports.open(), self.destination_ports.open()];
        sides.chain(fields.into_iter().flatten())
    }
}

/// What becomes of a flow that no rule of a table matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmatched {
    /// It goes on: security admin rules have no default.
    Passes,
    /// Nobody knows: a group always has its default rules, so a table without them is not whole.
    Open,
}

/// The rules of one group for one direction, in order, without a name left in them.
#[derive(Debug, Clone)]
pub struct RuleTable {
    /// The group, or what stands in its place.
    pub name: String,
    /// Its id, where it has one.
    pub id: Option<ResourceId>,
    /// Where it is applied.
    pub applied_to: AssociatedTo,
    /// Which way the flows go that it judges.
    pub direction: Direction,
    /// The rules, earliest first.
    pub rules: Vec<ResolvedRule>,
    /// What becomes of a flow that none matches.
    pub unmatched: Unmatched,
    /// What `VirtualNetwork` and `Internet` may hold beyond the sets in the rules.
    pub(super) context: Context,
}

/// How the contextual tags of a table are bounded; the same for every table of one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Context {
    /// What `VirtualNetwork` certainly holds.
    pub(super) virtual_network: AddressSet,
    /// What it may hold besides.
    pub(super) open: Option<(OpenOperand, AddressSet)>,
    /// All that `Internet` can hold.
    pub(super) internet: AddressSet,
    /// Whether every flow certainly matches a rule, or needs none.
    pub(super) whole: bool,
}

/// Which rules to resolve, and under which name.
#[derive(Debug, Clone)]
pub struct RuleList<'r> {
    /// The group, or what stands in its place.
    pub name: String,
    /// Its id, where it has one.
    pub id: Option<ResourceId>,
    /// Where it is applied.
    pub applied_to: AssociatedTo,
    /// The rules of both directions, in any order, defaults included.
    pub rules: Vec<&'r SecurityRule>,
}

/// A rule list that has no meaning.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResolveError {
    /// Azure refuses two rules of one priority in one direction, so nobody knows which would come first.
    #[error(
        "rules `{first}` and `{second}` of `{group}` share priority {priority} {direction}: azure refuses such a group"
    )]
    SharedPriority {
        /// The group.
        group: String,
        /// The rule stated earlier.
        first: String,
        /// The rule stated later.
        second: String,
        /// The priority of both.
        priority: Priority,
        /// The direction of both.
        direction: Direction,
    },
}

/// Turns the rules of one direction into sets, earliest first.
///
/// Fails when two rules of the direction share a priority: their order, and so the verdict, is undefined.
pub fn resolve(
    list: &RuleList<'_>,
    direction: Direction,
    scope: &Scope,
    tags: &TagCatalog,
) -> Result<RuleTable, ResolveError> {
    let mut ordered: Vec<&SecurityRule> =
        list.rules.iter().copied().filter(|r| r.direction == direction).collect();
    ordered.sort_by_key(|rule| rule.priority);
    let clash = ordered
        .array_windows()
        .find(|[first, second]| first.priority == second.priority && !same(first, second));
    if let Some([first, second]) = clash {
        return Err(ResolveError::SharedPriority {
            group: list.name.clone(),
            first: first.name.clone(),
            second: second.name.clone(),
            priority: first.priority,
            direction,
        });
    }
    let resolver = Resolver { scope, tags, all: AddressSet::all(), listed: RefCell::default() };
    let admin = list.applied_to == AssociatedTo::VirtualNetwork;
    let rules: Vec<ResolvedRule> = ordered.into_iter().map(|rule| resolver.rule(rule)).collect();
    Ok(RuleTable {
        name: list.name.clone(),
        id: list.id.clone(),
        applied_to: list.applied_to,
        direction,
        unmatched: if admin { Unmatched::Passes } else { Unmatched::Open },
        context: Context {
            virtual_network: scope.virtual_network.clone(),
            open: scope.virtual_network_open.clone(),
            internet: scope.internet.clone(),
            whole: admin || rules.iter().any(takes_everything),
        },
        rules,
    })
}

impl RuleTable {
    /// A table that stands for a group of which nothing is known but that it may be there.
    ///
    /// Its one rule allows an unknown set of flows and the rest is denied, so the verdict over it is open.
    #[must_use]
    pub fn unknown(direction: Direction, applied_to: AssociatedTo, reason: OpenOperand) -> Self {
        let rule = |name: &str, access, source| ResolvedRule {
            name: name.into(),
            priority: Priority(0),
            access,
            origin: RuleOrigin::Custom,
            protocols: Stated::Known(ProtocolSet::ALL),
            source,
            source_ports: Stated::Known(PortSet::all()),
            destination: Operand::known(AddressSet::all()),
            destination_ports: Stated::Known(PortSet::all()),
            meanings: [vec![Meaning::Unstated], Vec::new()],
            place: Place { document: "".into(), pointer: Pointer::root() },
        };
        Self {
            rules: vec![
                rule("(unknown)", Access::Allow, Operand::unknown(reason.clone())),
                rule("(unknown)", Access::Deny, Operand::known(AddressSet::all())),
            ],
            name: reason.name,
            id: None,
            applied_to,
            direction,
            unmatched: Unmatched::Open,
            context: Context {
                virtual_network: AddressSet::empty(),
                open: None,
                internet: AddressSet::empty(),
                whole: true,
            },
        }
    }

    /// Whether this stands for a group of which nothing is known: its rules are nobody's.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.rules.first().is_some_and(|rule| rule.place.document.is_empty())
    }
}

/// Whether no flow can miss a rule: the last of the default rules is such a one.
fn takes_everything(rule: &ResolvedRule) -> bool {
    rule.protocols.bound(false) == ProtocolSet::ALL
        && [&rule.source, &rule.destination].iter().all(|side| side.known.is_all())
        && [&rule.source_ports, &rule.destination_ports].iter().all(|ports| ports.bound(false).is_all())
}

/// Whether two rules are one rule stated twice, as the older answers of effective rules do.
fn same(a: &SecurityRule, b: &SecurityRule) -> bool {
    a.access == b.access
        && a.protocols == b.protocols
        && a.source == b.source
        && a.destination == b.destination
}

/// What the open parts of one side stand for: its names, where it is open, and what the document leaves out.
fn meanings(side: &RuleSide, operand: &Operand) -> Vec<Meaning> {
    let terms = side.addresses.iter().flatten().filter(|_| operand.is_open());
    let named = terms.filter_map(|term| match term {
        AddressTerm::Tag(tag) => Some(Meaning::Tag(tag.to_ascii_lowercase())),
        AddressTerm::Group(id) => Some(Meaning::Group(id.clone())),
        AddressTerm::Any | AddressTerm::Prefix(_) | AddressTerm::Expanded { .. } => None,
    });
    let mut meanings: Vec<Meaning> = named.collect();
    meanings.extend((side.addresses.is_none() || side.ports.is_none()).then_some(Meaning::Unstated));
    meanings.sort();
    meanings
}

/// Names to sets, at one place.
struct Resolver<'a> {
    scope: &'a Scope,
    tags: &'a TagCatalog,
    /// Every address.
    all: AddressSet,
    /// The listed tags met so far, by their text, with what they hold; `None` where no table knows them.
    listed: RefCell<BTreeMap<String, Option<AddressSet>>>,
}

impl Resolver<'_> {
    fn rule(&self, rule: &SecurityRule) -> ResolvedRule {
        let unstated = |field: &str| OpenOperand {
            name: format!("the {field} of rule `{}`", rule.name),
            reason: "the document does not state it".into(),
        };
        let ports = |side: &RuleSide, field: &str| match &side.ports {
            Some(ports) => Stated::Known(ports.clone()),
            None => Stated::Open(unstated(field)),
        };
        let addresses = |side: &RuleSide, field: &str| match &side.addresses {
            Some(terms) => self.terms(terms),
            None => Operand::unknown(unstated(field)),
        };
        let (source, destination) =
            (addresses(&rule.source, "source"), addresses(&rule.destination, "destination"));
        let mut meanings = [meanings(&rule.source, &source), meanings(&rule.destination, &destination)];
        if let (None, [first, _]) = (rule.protocols, &mut meanings) {
            first.push(Meaning::Unstated);
        }
        ResolvedRule {
            meanings,
            name: rule.name.clone(),
            priority: rule.priority,
            access: rule.access,
            origin: rule.origin,
            protocols: rule.protocols.map_or_else(|| Stated::Open(unstated("protocol")), Stated::Known),
            source,
            source_ports: ports(&rule.source, "source ports"),
            destination,
            destination_ports: ports(&rule.destination, "destination ports"),
            place: rule.place.clone(),
        }
    }

    fn terms(&self, terms: &[AddressTerm]) -> Operand {
        match terms {
            [AddressTerm::Any] => return Operand::known(self.all.clone()),
            [AddressTerm::Prefix(prefix)] => return Operand::known(AddressSet::from(*prefix)),
            _ => {}
        }
        let mut operand = Operand::known(AddressSet::empty());
        // One pass over all plain prefixes: a rule may list thousands.
        let prefixes = terms.iter().flat_map(|term| match term {
            AddressTerm::Prefix(prefix) => std::slice::from_ref(prefix),
            AddressTerm::Expanded { prefixes, .. } => prefixes.as_slice(),
            _ => &[],
        });
        operand.known = AddressSet::from_prefixes(prefixes.copied());
        for term in terms {
            match term {
                AddressTerm::Any => operand.known = AddressSet::all(),
                AddressTerm::Tag(tag) => self.tag(tag, &mut operand),
                AddressTerm::Group(id) => self.group(id, &mut operand),
                AddressTerm::Prefix(_) | AddressTerm::Expanded { .. } => {}
            }
        }
        operand
    }

    fn tag(&self, tag: &str, operand: &mut Operand) {
        let is = |name: &str| tag.eq_ignore_ascii_case(name);
        if is("VirtualNetwork") {
            self.virtual_network(operand);
        } else if is("Internet") {
            self.internet(operand);
        } else if is("AzureLoadBalancer") {
            let probes =
                platform::load_balancer().iter().filter_map(|b| Prefix::new(b.address, b.length).ok());
            operand.known = operand.known.union(&AddressSet::from_prefixes(probes));
        } else if let Some(address) = platform::service_of_tag(tag).and_then(|service| service.address) {
            // Microsoft's tag files do not list these.
            operand.known = operand.known.union(&AddressSet::from(IpAddr::V4(address)));
        } else {
            self.listed_tag(tag, operand);
        }
    }

    fn listed_tag(&self, tag: &str, operand: &mut Operand) {
        let mut listed = self.listed.borrow_mut();
        if !listed.contains_key(tag) {
            listed.insert(tag.to_owned(), self.tags.find(tag).map(ServiceTag::addresses));
        }
        if let Some(Some(addresses)) = listed.get(tag) {
            operand.known = operand.known.union(addresses);
            return;
        }
        let name = format!("service tag `{tag}`");
        let reason = format!("no {name}");
        operand.open.push((OpenOperand { name, reason }, AddressSet::all()));
    }

    fn virtual_network(&self, operand: &mut Operand) {
        operand.known = operand.known.union(&self.scope.virtual_network);
        operand.virtual_network |= self.scope.virtual_network_open.is_some();
    }

    fn internet(&self, operand: &mut Operand) {
        let outside = self.scope.internet.difference(&self.scope.virtual_network);
        let outside = match &self.scope.virtual_network_open {
            Some((_, extent)) => {
                operand.internet = true;
                outside.difference(extent)
            }
            None => outside,
        };
        operand.known = operand.known.union(&outside);
        let contested = self.scope.internet.intersection(&self.scope.routed);
        if !contested.is_empty() {
            let open = OpenOperand {
                name: "service tag `Internet`".into(),
                reason:
                    "a user route puts public addresses into `VirtualNetwork`, and whether `Internet` then \
                         still holds them is not documented"
                        .into(),
            };
            operand.open.push((open, contested));
        }
    }

    fn group(&self, id: &ResourceId, operand: &mut Operand) {
        let members = self.scope.groups.get(id).map(|m| m.known.as_slice()).unwrap_or_default();
        let known = members.iter().map(|address| Prefix::host(*address));
        operand.known = operand.known.union(&AddressSet::from_prefixes(known));
        let open = OpenOperand {
            name: format!("application security group `{}`", id.name()),
            reason: "interfaces that are not in the input may be members".into(),
        };
        operand.open.push((open, self.scope.described.complement()));
    }
}
