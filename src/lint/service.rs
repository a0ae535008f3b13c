//! The services of backup as rules name them, and what becomes of flows to them.

use std::collections::BTreeSet;

use super::Subject;
use super::subject::RuleKey;
use crate::azure::Region;
use crate::backup::{Endpoint, Profile, Workload, requirements};
use crate::net::{AddressSet, FlowBox, PortSet, Protocol};
use crate::nsg::{self, Access, AddressTerm, Direction, ResolvedRule, RuleTable, SecurityRule};
use crate::tags::{ServiceTag, TagCatalog};

/// A service that some workload of backup must reach today.
#[derive(Debug, Clone)]
pub(super) struct Service {
    /// Its service tag, without region.
    pub(super) base: &'static str,
    /// Whether it has a tag for each region.
    pub(super) regional: bool,
    /// The ports that backup needs.
    pub(super) ports: PortSet,
    /// The protocol.
    pub(super) protocol: Protocol,
}

/// The services that the workloads must reach today, in the order of the tables.
pub(super) fn services() -> Vec<Service> {
    let mut services: Vec<Service> = Vec::new();
    for workload in [Workload::Vm, Workload::Sql, Workload::Hana, Workload::Mars] {
        for requirement in requirements(workload, Profile::Current) {
            let Endpoint::Service { tag: Some(tag), .. } = requirement.endpoint else { continue };
            let ports = PortSet::from_ranges(requirement.ports.iter().map(|port| (*port, *port)));
            let known = |s: &&mut Service| s.base == tag.base && s.protocol == requirement.protocol;
            match services.iter_mut().find(known) {
                Some(service) => service.ports = service.ports.union(&ports),
                None => services.push(Service {
                    base: tag.base,
                    regional: tag.regional,
                    ports,
                    protocol: requirement.protocol,
                }),
            }
        }
    }
    services
}

impl Service {
    /// The tag of this service that a rule's term names, if it names one.
    pub(super) fn named_by<'t>(&self, tags: &'t TagCatalog, term: &AddressTerm) -> Option<ServiceTag<'t>> {
        let AddressTerm::Tag(text) = term else { return None };
        tags.find(text).filter(|tag| base(tag.name()).eq_ignore_ascii_case(self.base))
    }

    /// The tag of this service in a region; the global one where there is none.
    pub(super) fn tag<'t>(&self, tags: &'t TagCatalog, region: Option<&Region>) -> Option<ServiceTag<'t>> {
        let regional = region.filter(|_| self.regional);
        let regional = regional.and_then(|region| tags.find(&format!("{}.{}", self.base, region.name())));
        regional.or_else(|| tags.find(self.base))
    }

    /// Its protocol and ports, as in `Tcp 443`.
    pub(super) fn asks(&self) -> String {
        format!("{} {}", self.protocol, self.ports)
    }

    /// The flows of IPv4 to these addresses that backup needs, from whoever a rule lets send.
    pub(super) fn flows(&self, rule: &ResolvedRule, destination: &AddressSet) -> FlowBox {
        self.flows_of(&AddressSet::all_ipv4(), rule, destination)
    }

    /// The same of another family.
    pub(super) fn flows_of(
        &self,
        family: &AddressSet,
        rule: &ResolvedRule,
        destination: &AddressSet,
    ) -> FlowBox {
        FlowBox {
            protocols: self.protocol.into(),
            source: rule.source.upper().intersection(family),
            source_ports: PortSet::all(),
            destination: destination.intersection(family),
            destination_ports: self.ports.clone(),
        }
    }

    /// Whether a rule lets through what backup needs of the service, as far as ports and protocol go.
    pub(super) fn is_served_by(&self, rule: &SecurityRule) -> bool {
        rule.protocols.is_some_and(|protocols| protocols.contains(self.protocol))
            && rule.destination.ports.as_ref().is_some_and(|ports| ports.covers(&self.ports))
    }
}

/// The name of a tag without its region.
pub(super) fn base(tag: &str) -> &str {
    tag.split_once('.').map_or(tag, |(base, _)| base)
}

/// The addresses of the family that every VM has; few have the other.
pub(super) fn ipv4(set: &AddressSet) -> AddressSet {
    set.intersection(&AddressSet::all_ipv4())
}

/// Whether a rule is one that lets something out.
pub(super) fn lets_out(rule: &SecurityRule) -> bool {
    rule.direction == Direction::Outbound && rule.access == Access::Allow
}

/// What becomes of flows in all tables of a group.
#[derive(Debug)]
pub(super) enum Fate {
    /// Some pass, or it is about none.
    Pass,
    /// All are denied, by these rules.
    Denied(BTreeSet<RuleKey>),
    /// None passes for certain, and of some it is not known.
    Open(BTreeSet<String>),
}

/// What becomes of outbound flows, which may differ from table to table; whether that leans on ordinary networks.
pub(super) fn fate(subject: &Subject<'_>, asked: impl Fn(&RuleTable) -> Option<FlowBox>) -> (Fate, bool) {
    let Ok(readings) = subject.readings(Direction::Outbound) else { return (Fate::Pass, false) };
    let (fate, leant) =
        readings.settle(|tables| fate_in(tables, &asked), |fate| matches!(fate, Fate::Open(_)));
    (fate, subject.lean(leant))
}

fn fate_in(tables: &[RuleTable], asked: impl Fn(&RuleTable) -> Option<FlowBox>) -> Fate {
    let (mut by, mut because) = (BTreeSet::new(), BTreeSet::new());
    for table in tables {
        let Some(asked) = asked(table) else { return Fate::Pass };
        let answer = nsg::verify(std::slice::from_ref(table), &asked);
        if answer.pieces.is_empty() || answer.with_access(Some(Access::Allow)).next().is_some() {
            return Fate::Pass;
        }
        let open = answer.because();
        because.extend(open.iter().map(|open| format!("{}: {}", open.name, open.reason)));
        let deciders = answer.pieces.iter().filter_map(|piece| piece.decisions.first()?.decided_by());
        by.extend(deciders.filter_map(|decider| RuleKey::of(table, decider.rule)));
    }
    if because.is_empty() { Fate::Denied(by) } else { Fate::Open(because) }
}

/// Rules as messages list them: the first few, and how many more.
pub(super) fn listed<'k>(rules: impl IntoIterator<Item = &'k RuleKey>) -> String {
    const SHOWN: usize = 4;
    let all: Vec<String> = rules.into_iter().map(ToString::to_string).collect();
    joined(&all, SHOWN)
}

/// Words as a sentence lists them: `a`, `b` and `c`, or the first few and how many more.
pub(super) fn joined(words: &[String], shown: usize) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [all @ .., last] if words.len() <= shown => format!("{} and {last}", all.join(", ")),
        _ => {
            let first: Vec<&str> = words.iter().take(shown).map(String::as_str).collect();
            format!("{} and {} more", first.join(", "), words.len() - first.len())
        }
    }
}

/// The names of rules, in their order.
pub(super) fn names<'k>(rules: impl IntoIterator<Item = &'k RuleKey>) -> Vec<String> {
    rules.into_iter().map(|rule| rule.name.clone()).collect()
}

/// A share as messages show it: never 100 % of a part, and never 0 % of something.
pub(super) fn percent(share: f64) -> String {
    match share * 100.0 {
        whole if whole >= 100.0 => "100 %".to_owned(),
        most if most > 99.9 => "more than 99.9 %".to_owned(),
        least if least > 0.0 && least < 0.1 => "less than 0.1 %".to_owned(),
        part => format!("{part:.1} %"),
    }
}
