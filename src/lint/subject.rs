//! One group, its rules resolved for every place at which it stands.

mod dead;
mod order;
mod places;

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;

pub(super) use dead::{Dead, DeadKind, RuleKey};

use crate::azure::{Region, ResourceId};
use crate::facts::{Facts, RuleText};
use crate::input::Place;
use crate::net::Prefix;
use crate::network::NetworkInterface;
use crate::nsg::{Direction, NetworkSecurityGroup, ResolvedRule, RuleTable, SecurityRule};
use crate::tags::TagCatalog;
use places::Stands;

/// What the groups of one run are looked at with.
#[derive(Debug)]
pub struct Setting<'f> {
    /// Everything known.
    pub facts: &'f Facts,
    /// The service tags.
    pub tags: &'f TagCatalog,
    /// What the user vouches for.
    pub vouched: Vouched<'f>,
    stands: BTreeMap<&'f ResourceId, Stands<'f>>,
}

impl<'f> Setting<'f> {
    /// Finds out which group stands where.
    #[must_use]
    pub fn new(facts: &'f Facts, tags: &'f TagCatalog, vouched: Vouched<'f>) -> Self {
        Self { facts, tags, vouched, stands: places::stands(facts) }
    }
}

/// What stands in for what the input does not say, never against it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Vouched<'f> {
    /// Address space of the virtual network.
    pub space: &'f [Prefix],
    /// The region of groups that do not state theirs.
    pub region: Option<&'f Region>,
}

/// One group that is looked at.
#[derive(Debug)]
pub struct Subject<'f> {
    /// The group.
    pub group: &'f NetworkSecurityGroup,
    /// What it is looked at with.
    pub setting: &'f Setting<'f>,
    /// What is not known of the virtual networks that it stands in, where anything is not.
    open: Option<String>,
    /// Whether anything was settled by the reading that takes such networks to be ordinary.
    leant: Cell<bool>,
    inbound: Listed,
    outbound: Listed,
}

/// The rules of one direction, resolved; or why they cannot be compared.
#[derive(Debug)]
struct Listed {
    tables: Result<Readings, String>,
    dead: OnceCell<Vec<Dead>>,
}

/// What the rules of one direction can mean: a table for each place with a meaning of its own of the contextual tags,
/// and for each order of rules that share a priority. Whatever holds in all of them holds.
#[derive(Debug)]
pub(super) struct Readings {
    /// As far as is known; at least one table.
    exact: Vec<RuleTable>,
    /// With ordinary networks where one is not wholly known: no public address is in them. None where all are known.
    ordinary: Vec<RuleTable>,
}

impl Readings {
    /// What is so as far as is known; where that is open, what is so in ordinary networks, and that it is taken so.
    pub(super) fn settle<T>(
        &self,
        look: impl Fn(&[RuleTable]) -> T,
        is_open: impl Fn(&T) -> bool,
    ) -> (T, bool) {
        let exact = look(&self.exact);
        if self.ordinary.is_empty() || !is_open(&exact) {
            return (exact, false);
        }
        (look(&self.ordinary), true)
    }
}

impl<'f> Subject<'f> {
    /// Resolves the rules of a group at every place at which it stands; nowhere, where the input tells of none.
    #[must_use]
    pub fn new(setting: &'f Setting<'f>, group: &'f NetworkSecurityGroup) -> Self {
        let exact = places::scopes(setting, group);
        let open = exact.iter().find_map(|scope| scope.virtual_network_open.as_ref());
        let open = open.map(|(open, _)| open.reason.clone());
        let ordinary = if open.is_some() { places::ordinary(&exact) } else { Vec::new() };
        let listed = |direction| {
            let tables = |scopes: &[_]| order::tables(setting, group, scopes, direction);
            let readings = |exact| Ok(Readings { exact, ordinary: tables(&ordinary)? });
            Listed { tables: tables(&exact).and_then(readings), dead: OnceCell::new() }
        };
        let (inbound, outbound) = (listed(Direction::Inbound), listed(Direction::Outbound));
        Self { group, setting, open, leant: Cell::new(false), inbound, outbound }
    }

    /// The rules of one direction as they are known; why they cannot be compared, where they cannot.
    pub fn tables(&self, direction: Direction) -> Result<&[RuleTable], &str> {
        self.readings(direction).map(|readings| readings.exact.as_slice())
    }

    /// What the rules of one direction can mean; why they cannot be compared, where they cannot.
    pub(super) fn readings(&self, direction: Direction) -> Result<&Readings, &str> {
        self.listed(direction).tables.as_ref().map_err(String::as_str)
    }

    /// The rules that decide nothing in any of the tables of a direction; none where they cannot be compared.
    pub(super) fn dead(&self, direction: Direction) -> &[Dead] {
        let listed = self.listed(direction);
        listed.dead.get_or_init(|| listed.tables.as_ref().map(|all| self.all_dead(all)).unwrap_or_default())
    }

    /// What is taken to be so of the group's networks, where any answer leans on it.
    #[must_use]
    pub fn assumed(&self) -> Option<String> {
        let open = self.open.as_ref().filter(|_| self.leant.get())?;
        Some(format!("no public address is in the virtual network of `{}`: {open}", self.group.id.name()))
    }

    /// The interfaces in the input whose packets the group is in the way of.
    pub(super) fn interfaces(&self) -> &[&'f NetworkInterface] {
        self.setting.stands.get(&self.group.id).map(|stands| stands.interfaces.as_slice()).unwrap_or_default()
    }

    /// Notes that an answer was settled by taking networks to be ordinary, where it was.
    pub(super) fn lean(&self, leant: bool) -> bool {
        self.leant.set(self.leant.get() || leant);
        leant
    }

    fn all_dead(&self, readings: &Readings) -> Vec<Dead> {
        let exact = dead::in_all(&readings.exact);
        let settled = |dead: &Dead| matches!(dead.kind, DeadKind::Shadowed { .. } | DeadKind::Unmatchable);
        if readings.ordinary.is_empty() || exact.iter().all(settled) {
            return exact;
        }
        let ordinary = dead::in_all(&readings.ordinary);
        let told = |dead: Dead| {
            let other = ordinary.iter().find(|other| other.place == dead.place);
            match (&dead.kind, other) {
                (DeadKind::Undecided { .. }, _) => {
                    self.lean(true);
                    other.map(|other| Dead { assumed: true, ..other.clone() })
                }
                // That nothing changes without a rule is less than that it never decides.
                (DeadKind::Redundant { .. }, Some(other)) if settled(other) => {
                    self.lean(true);
                    Some(Dead { assumed: true, ..other.clone() })
                }
                _ => Some(dead),
            }
        };
        exact.into_iter().filter_map(told).collect()
    }

    /// Whether a rule decides nothing anywhere.
    pub(super) fn never_decides(&self, rule: &SecurityRule) -> bool {
        self.dead(rule.direction).iter().any(|dead| {
            dead.place == rule.place && matches!(dead.kind, DeadKind::Shadowed { .. } | DeadKind::Unmatchable)
        })
    }

    /// What a rule says beyond what decides, where it was read as written.
    #[must_use]
    pub fn text_of(&self, rule: &SecurityRule) -> Option<&'f RuleText> {
        self.setting.facts.rule_texts.get(&rule.place)
    }

    /// The region of the group, or what the user says it is.
    pub(super) fn region(&self) -> Option<&'f Region> {
        self.group.region.as_ref().or(self.setting.vouched.region)
    }

    /// A rule as messages name it.
    pub(super) fn named(&self, rule: &SecurityRule) -> String {
        self.called(&rule.name, rule.priority)
    }

    /// The same from its parts.
    pub(super) fn called(&self, rule: &str, priority: impl std::fmt::Display) -> String {
        format!("rule `{rule}` ({priority}) of `{}`", self.group.id.name())
    }

    fn listed(&self, direction: Direction) -> &Listed {
        match direction {
            Direction::Inbound => &self.inbound,
            Direction::Outbound => &self.outbound,
        }
    }
}

/// The rule of a table that was read there.
pub(super) fn at<'t>(table: &'t RuleTable, place: &Place) -> Option<&'t ResolvedRule> {
    table.rules.iter().find(|rule| rule.place == *place)
}
