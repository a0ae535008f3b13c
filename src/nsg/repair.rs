//! The smallest rule that lets something denied through, proved before anyone sees it.
//!
//! ```text
//! AllowSomething    200  Allow     an earlier rule keeps its say
//! (the new rule)    990  Allow     free, and before the rule that denies; nothing of the other access between them
//! DenyInternet     1000  Deny      what decided so far
//! ```
//! One Allow rule a group, before the earliest rule of that group that denies any of it. The rule is applied to a
//! copy, and what is wanted is verified on the copy; flows outside the rule's own box meet the same rules as before.

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use super::operand::OpenOperand;
use super::resolve::{ResolvedRule, RuleList, RuleTable, resolve};
use super::rule::{
    Access, AddressTerm, AssociatedTo, Direction, Priority, RuleOrigin, RuleSide, SecurityRule,
};
use super::scope::Scope;
use super::verify::{Overall, Verification, verify};
use crate::azure::ResourceId;
use crate::input::{Place, Pointer};
use crate::net::{AddressSet, FlowBox, PortSet, Prefix, Protocol};
use crate::tags::TagCatalog;

/// The lists that a repair may add to.
#[derive(Debug, Clone, Copy)]
pub struct Lists<'a> {
    /// The tables in the way, in the order in which a flow meets them; all of one direction.
    pub tables: &'a [RuleTable],
    /// The tables of the other direction: a name is taken once in both.
    pub opposite: &'a [RuleTable],
    /// Rules that are to be added besides: their names and priorities are no longer free.
    pub planned: &'a [NewRule],
}

/// What shall pass.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// Who sends.
    pub source: &'a AddressSet,
    /// Who receives, as the rule shall name it: a service tag, or prefixes.
    pub destination: Vec<AddressTerm>,
    /// The protocol.
    pub protocol: Protocol,
    /// The receiver's ports.
    pub ports: PortSet,
    /// What to call the rule, as long as that is free: `AllowAzureBackupStorage`.
    pub name: String,
}

/// Rules that together let it through.
#[derive(Debug, Clone)]
pub struct Repair {
    /// The rules, at most one a group, in the order in which a flow meets the groups. None where it passes already.
    pub rules: Vec<NewRule>,
    /// Flows that pass with the rules and did not for certain before; all of them in the box of the rules.
    pub newly_allowed: Vec<FlowBox>,
}

/// A rule to add to a group.
#[derive(Debug, Clone)]
pub struct NewRule {
    /// The group.
    pub group: ResourceId,
    /// The rule.
    pub rule: SecurityRule,
    /// The rule that denied so far, with its priority; `None` where only an open operand stood in the way.
    pub before: Option<(String, Priority)>,
}

/// Why no rule of a group helps.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unrepairable {
    /// Security admin rules come before every group.
    #[error(
        "security admin rule `{rule}` denies it before any group is asked: whoever manages the network manager must change it"
    )]
    AdminRule {
        /// The rule.
        rule: String,
    },
    /// The group in the way is not known.
    #[error("{what} stands in the way and is not in the input")]
    NotInInput {
        /// What is missing.
        what: String,
    },
    /// Every priority that would win is taken.
    #[error(
        "no priority before `{rule}` ({priority}) is free in `{group}`: its rules must be renumbered first"
    )]
    NoPriority {
        /// The group.
        group: String,
        /// The rule that denies.
        rule: String,
        /// Its priority.
        priority: Priority,
    },
    /// The destination names something that has no addresses here.
    #[error("`{name}` has no known addresses")]
    UnknownDestination {
        /// The name.
        name: String,
    },
    /// No rule could be shown to be enough.
    #[error("no single rule a group could be shown to be enough")]
    Unproved {
        /// What stays open.
        because: Vec<OpenOperand>,
    },
}

/// The smallest repair that lets `wanted` through, verified.
pub fn propose(lists: Lists<'_>, wanted: &Wanted<'_>, tags: &TagCatalog) -> Result<Repair, Unrepairable> {
    let Some(first) = lists.tables.first() else {
        return Ok(Repair { rules: Vec::new(), newly_allowed: Vec::new() });
    };
    let destination = resolved(first, &rule_of(wanted, vec![AddressTerm::Any], first.direction), tags)
        .filter(|rule| !rule.destination.is_open() && !rule.destination.known.is_empty())
        .map(|rule| rule.destination.known)
        .ok_or_else(|| Unrepairable::UnknownDestination { name: named(&wanted.destination) })?;
    let asked = FlowBox {
        protocols: wanted.protocol.into(),
        source: wanted.source.clone(),
        source_ports: PortSet::all(),
        destination,
        destination_ports: wanted.ports.clone(),
    };
    if verify(lists.tables, &asked).overall() == Overall::Allow {
        return Ok(Repair { rules: Vec::new(), newly_allowed: Vec::new() });
    }
    let places = places(lists, &asked, &wanted.name)?;
    let mut because = Vec::new();
    for source in sources(wanted.source) {
        let trial = Trial { lists, asked: &asked, tags };
        match trial.run(&places, &rule_of(wanted, source, first.direction)) {
            Ok(repair) => return Ok(repair),
            Err(open) => because = open,
        }
    }
    Err(Unrepairable::Unproved { because })
}

/// Where in one group a rule has to go.
#[derive(Debug, Clone)]
struct Spot {
    group: ResourceId,
    name: String,
    priority: Priority,
    before: Option<(String, Priority)>,
}

/// One rule, tried.
struct Trial<'a> {
    lists: Lists<'a>,
    asked: &'a FlowBox,
    tags: &'a TagCatalog,
}

impl Trial<'_> {
    /// Adds the rule at every spot of a copy and verifies the copy; what stays open comes back where that fails.
    fn run(&self, spots: &[Spot], rule: &SecurityRule) -> Result<Repair, Vec<OpenOperand>> {
        let mut copy = self.lists.tables.to_vec();
        let mut reach: Option<FlowBox> = None;
        let mut rules = Vec::new();
        for spot in spots {
            let rule = SecurityRule { name: spot.name.clone(), priority: spot.priority, ..rule.clone() };
            for table in copy.iter_mut().filter(|table| table.id.as_ref() == Some(&spot.group)) {
                let Some(added) = resolved(table, &rule, self.tags) else { return Err(Vec::new()) };
                reach = Some(extent(&added));
                let at = table.rules.partition_point(|other| other.priority < added.priority);
                table.rules.insert(at, added);
            }
            rules.push(NewRule { group: spot.group.clone(), rule, before: spot.before.clone() });
        }
        let after = verify(&copy, self.asked);
        if after.overall() != Overall::Allow {
            return Err(after.because());
        }
        // A flow outside the box of the rule meets the same rules in the same order as before: nothing to compare.
        let reach = reach.ok_or_else(Vec::new)?;
        let (before, after) = (verify(self.lists.tables, &reach), verify(&copy, &reach));
        if !gained(&after, &before).is_empty() {
            return Err(Vec::new());
        }
        Ok(Repair { rules, newly_allowed: gained(&before, &after) })
    }
}

/// Flows that `after` allows for certain and `before` does not.
fn gained(before: &Verification, after: &Verification) -> Vec<FlowBox> {
    let allowed: Vec<_> = after.with_access(Some(Access::Allow)).collect();
    let refused = before.pieces.iter().filter(|piece| piece.access != Some(Access::Allow));
    refused
        .flat_map(|piece| allowed.iter().filter_map(|other| piece.flows.intersection(&other.flows)))
        .collect()
}

/// One spot for every group that does not let all of it pass, in the order in which a flow meets them.
fn places(lists: Lists<'_>, asked: &FlowBox, name: &str) -> Result<Vec<Spot>, Unrepairable> {
    let mut obstacles: Vec<(&RuleTable, Obstacle)> = Vec::new();
    for table in lists.tables {
        let alone = verify(std::slice::from_ref(table), asked);
        if alone.overall() == Overall::Allow {
            continue;
        }
        let obstacle = Obstacle::of(table, &alone);
        if table.applied_to == AssociatedTo::VirtualNetwork {
            let rule = obstacle.rule.map_or_else(|| "(unknown)".to_owned(), |(rule, _)| rule);
            return Err(Unrepairable::AdminRule { rule });
        }
        // One group on both the interface and the subnet takes one rule.
        match obstacles.iter_mut().find(|(known, _)| known.id.is_some() && known.id == table.id) {
            Some((_, known)) => known.keep_earlier(obstacle),
            None => obstacles.push((table, obstacle)),
        }
    }
    obstacles.into_iter().map(|(table, obstacle)| spot(lists, table, (obstacle, name))).collect()
}

fn spot(
    lists: Lists<'_>,
    table: &RuleTable,
    (obstacle, name): (Obstacle, &str),
) -> Result<Spot, Unrepairable> {
    let group = table.id.clone().ok_or_else(|| Unrepairable::NotInInput { what: table.name.clone() })?;
    let planned = || lists.planned.iter().filter(|new| new.group == group).map(|new| &new.rule);
    let reserved: Vec<Priority> = planned().map(|rule| rule.priority).collect();
    let Some(priority) = obstacle.free_priority_before(table, &reserved) else {
        let (rule, priority) = obstacle.rule.unwrap_or_else(|| ("(end)".to_owned(), Priority::LAST));
        return Err(Unrepairable::NoPriority { group: table.name.clone(), rule, priority });
    };
    let rules = || lists.tables.iter().chain(lists.opposite).filter(|t| t.id.as_ref() == Some(&group));
    let names = || rules().flat_map(|t| &t.rules).map(|r| &r.name).chain(planned().map(|rule| &rule.name));
    let taken = |name: &str| names().any(|known| known.eq_ignore_ascii_case(name));
    let numbered = (2..).map(|number: u32| format!("{name}-{number}"));
    let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken(name));
    Ok(Spot { name: free.unwrap_or_default(), group, priority, before: obstacle.rule })
}

/// The earliest rule of a table that may deny some of what is asked.
#[derive(Debug, Clone, Default)]
struct Obstacle {
    rule: Option<(String, Priority)>,
}

impl Obstacle {
    fn of(table: &RuleTable, alone: &Verification) -> Self {
        let refused = alone.pieces.iter().filter(|piece| piece.access != Some(Access::Allow));
        let decided = refused.flat_map(|piece| &piece.decisions).filter(|d| d.access != Some(Access::Allow));
        let rules = decided.filter_map(|decision| table.rules.get(decision.decided_by()?.rule));
        let earliest = rules.min_by_key(|rule| rule.priority);
        Self { rule: earliest.map(|rule| (rule.name.clone(), rule.priority)) }
    }

    fn keep_earlier(&mut self, other: Self) {
        let priority = |obstacle: &Self| obstacle.rule.as_ref().map(|(_, priority)| *priority);
        if priority(&other) < priority(self) {
            *self = other;
        }
    }

    /// A free priority before the obstacle, as late as may be so that earlier rules keep their say: the last multiple
    /// of ten where no rule stands between it and the obstacle, else the last that is free.
    fn free_priority_before(&self, table: &RuleTable, reserved: &[Priority]) -> Option<Priority> {
        let beyond = Priority(Priority::LAST.0 + 1);
        let limit = self.rule.as_ref().map_or(beyond, |(_, priority)| (*priority).min(beyond));
        let taken: BTreeMap<Priority, &str> =
            table.rules.iter().map(|rule| (rule.priority, rule.name.as_str())).collect();
        let free =
            |number: &u32| !taken.contains_key(&Priority(*number)) && !reserved.contains(&Priority(*number));
        let before = || (Priority::FIRST.0..limit.0).rev().filter(free);
        let round = before().find(|number| number.is_multiple_of(10)).map(Priority);
        let unbroken = |round: &Priority| taken.range(*round..limit).next().is_none();
        round.filter(unbroken).or_else(|| before().next().map(Priority))
    }
}

/// What to write as the sender, the usual first: the whole network, then the very senders, then anyone.
fn sources(source: &AddressSet) -> Vec<Vec<AddressTerm>> {
    /// More prefixes than this make no rule that a person would keep.
    const FEW: usize = 8;
    let prefixes: Vec<Prefix> = source.prefixes();
    let mut terms = vec![vec![AddressTerm::Tag("VirtualNetwork".into())]];
    if prefixes.len() <= FEW && !source.is_all() {
        terms.push(prefixes.into_iter().map(AddressTerm::Prefix).collect());
    }
    terms.push(vec![AddressTerm::Any]);
    terms
}

fn rule_of(wanted: &Wanted<'_>, source: Vec<AddressTerm>, direction: Direction) -> SecurityRule {
    SecurityRule {
        name: wanted.name.clone(),
        priority: Priority::LAST,
        direction,
        access: Access::Allow,
        protocols: Some(wanted.protocol.into()),
        source: RuleSide { addresses: Some(source), ..RuleSide::any() },
        destination: RuleSide {
            addresses: Some(wanted.destination.clone()),
            ports: Some(wanted.ports.clone()),
            ports_text: wanted.ports.to_string().split(',').map(str::to_owned).collect(),
        },
        origin: RuleOrigin::Custom,
        place: Place { document: Arc::from("proposed rule"), pointer: Pointer::root() },
    }
}

/// The rule with its names turned into sets, as the table's own rules were.
fn resolved(table: &RuleTable, rule: &SecurityRule, tags: &TagCatalog) -> Option<ResolvedRule> {
    let list = RuleList {
        name: table.name.clone(),
        id: table.id.clone(),
        applied_to: table.applied_to,
        rules: vec![rule],
    };
    let scope = Scope {
        virtual_network: table.context.virtual_network.clone(),
        virtual_network_open: table.context.open.clone(),
        // A rule made here names neither `Internet` nor a group, so these two are never looked at.
        routed: AddressSet::empty(),
        groups: BTreeMap::new(),
        internet: table.context.internet.clone(),
        described: AddressSet::empty(),
    };
    let resolved = resolve(&list, rule.direction, &scope, tags).ok()?;
    resolved.rules.into_iter().next()
}

fn named(terms: &[AddressTerm]) -> String {
    terms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// All that a rule can match, however what is open about it turns out.
fn extent(rule: &ResolvedRule) -> FlowBox {
    FlowBox {
        protocols: rule.protocols.bound(true),
        source: rule.source.upper(),
        source_ports: rule.source_ports.bound(true),
        destination: rule.destination.upper(),
        destination_ports: rule.destination_ports.bound(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nsg::default_rules;

    const GROUP: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/nsg";

    fn side(term: &str, ports: &str) -> RuleSide {
        let address = match (term, term.parse::<Prefix>()) {
            ("*", _) => AddressTerm::Any,
            (_, Ok(prefix)) => AddressTerm::Prefix(prefix),
            (tag, Err(_)) => AddressTerm::Tag(tag.into()),
        };
        RuleSide {
            addresses: Some(vec![address]),
            ports: Some(ports.parse().unwrap()),
            ports_text: vec![ports.into()],
        }
    }

    /// `Name 1000 Deny SOURCE DESTINATION PORTS`.
    fn rule(text: &str) -> SecurityRule {
        let words: Vec<&str> = text.split(' ').collect();
        let [name, priority, access, source, destination, ports] = words[..] else { panic!("{text}") };
        SecurityRule {
            name: name.into(),
            priority: Priority(priority.parse().unwrap()),
            direction: Direction::Outbound,
            access: if access == "Allow" { Access::Allow } else { Access::Deny },
            protocols: Some(crate::net::ProtocolSet::ALL),
            source: side(source, "*"),
            destination: side(destination, ports),
            origin: RuleOrigin::Custom,
            place: Place { document: "test".into(), pointer: Pointer::root() },
        }
    }

    fn scope() -> Scope {
        let network: Prefix = "10.0.0.0/16".parse().unwrap();
        Scope {
            virtual_network: network.into(),
            virtual_network_open: None,
            ..Scope::unknown(AddressSet::all())
        }
    }

    fn table(name: &str, applied_to: AssociatedTo, rules: &[&str]) -> RuleTable {
        let rules: Vec<SecurityRule> = rules.iter().map(|text| rule(text)).chain(default_rules()).collect();
        let admin = applied_to == AssociatedTo::VirtualNetwork;
        let list = RuleList {
            name: name.into(),
            id: (!admin).then(|| ResourceId::new(format!("{GROUP}-{name}"))),
            applied_to,
            rules: rules.iter().filter(|rule| !admin || rule.origin == RuleOrigin::Custom).collect(),
        };
        resolve(&list, Direction::Outbound, &scope(), TagCatalog::embedded()).unwrap()
    }

    fn storage(tables: &[RuleTable]) -> Result<Repair, Unrepairable> {
        let source = AddressSet::from("10.0.0.4".parse::<Prefix>().unwrap());
        let wanted = Wanted {
            source: &source,
            destination: vec![AddressTerm::Tag("Storage.KoreaCentral".into())],
            protocol: Protocol::Tcp,
            ports: PortSet::one(443),
            name: "AllowStorage".into(),
        };
        propose(Lists { tables, opposite: &[], planned: &[] }, &wanted, TagCatalog::embedded())
    }

    fn shown(repair: &Repair) -> Vec<(String, u32, String)> {
        let before = |rule: &NewRule| rule.before.as_ref().map_or("-".into(), |(name, _)| name.clone());
        repair.rules.iter().map(|r| (r.rule.name.clone(), r.rule.priority.0, before(r))).collect()
    }

    use AssociatedTo::{NetworkInterface, Subnet, VirtualNetwork};

    #[test]
    fn one_rule_goes_before_the_rule_that_denies_and_behind_the_others() {
        let rules =
            ["Web 200 Allow * Internet 80", "Guard 300 Deny 10.0.9.0/24 * *", "DenyAll 1000 Deny * * *"];
        let repair = storage(&[table("a", NetworkInterface, &rules)]).unwrap();
        assert_eq!(shown(&repair), [("AllowStorage".into(), 990, "DenyAll".into())]);
        // The other machine keeps its own denial: 10.0.9.0/24 gains nothing.
        let guarded: AddressSet = "10.0.9.0/24".parse::<Prefix>().unwrap().into();
        assert!(!repair.newly_allowed.is_empty());
        assert!(repair.newly_allowed.iter().all(|flows| !flows.source.overlaps(&guarded)));
    }

    #[test]
    fn every_group_that_denies_gets_one_and_a_group_on_both_ends_one_only() {
        let deny = ["DenyAll 1000 Deny * * *"];
        let both = [table("a", NetworkInterface, &deny), table("b", Subnet, &["No 110 Deny * Internet *"])];
        let repair = storage(&both).unwrap();
        assert_eq!(
            shown(&repair),
            [("AllowStorage".into(), 990, "DenyAll".into()), ("AllowStorage".into(), 100, "No".into())]
        );
        let same = [table("a", NetworkInterface, &deny), table("a", Subnet, &deny)];
        assert_eq!(shown(&storage(&same).unwrap()).len(), 1);
    }

    #[test]
    fn gaps_are_used_names_stay_unique_and_a_full_list_is_said_to_be_full() {
        let gap = ["x 100 Allow * 10.9.9.9 *", "allowstorage 101 Allow * 10.9.9.9 *", "No 103 Deny * * *"];
        let repair = storage(&[table("a", NetworkInterface, &gap)]).unwrap();
        assert_eq!(shown(&repair), [("AllowStorage-2".into(), 102, "No".into())]);
        let full = ["x 100 Allow * 10.9.9.9 *", "No 101 Deny * * *"];
        let error = storage(&[table("a", NetworkInterface, &full)]).unwrap_err();
        let group = "a".to_owned();
        assert_eq!(error, Unrepairable::NoPriority { group, rule: "No".into(), priority: Priority(101) });
    }

    #[test]
    fn a_rule_between_keeps_its_place() {
        let rules = ["Guard 995 Deny 10.0.9.0/24 * *", "DenyAll 1000 Deny * * *"];
        let repair = storage(&[table("a", NetworkInterface, &rules)]).unwrap();
        assert_eq!(shown(&repair), [("AllowStorage".into(), 999, "DenyAll".into())]);
    }

    #[test]
    fn nothing_is_proposed_where_it_passes_or_where_no_group_can_help() {
        assert!(storage(&[table("a", NetworkInterface, &[])]).unwrap().rules.is_empty());
        let admin = table("admin", VirtualNetwork, &["Stop 1 Deny * Storage *"]);
        let group = table("a", NetworkInterface, &[]);
        assert_eq!(storage(&[admin, group]).unwrap_err(), Unrepairable::AdminRule { rule: "Stop".into() });
        let open = OpenOperand { name: "network security group `x`".into(), reason: "not there".into() };
        let unknown = RuleTable::unknown(Direction::Outbound, Subnet, open);
        assert!(matches!(storage(&[unknown]).unwrap_err(), Unrepairable::NotInInput { .. }));
    }

    #[test]
    fn an_open_rule_in_front_is_passed_by() {
        let rules = ["Odd 500 Deny * NoSuchTag *"];
        let repair = storage(&[table("a", NetworkInterface, &rules)]).unwrap();
        assert_eq!(shown(&repair), [("AllowStorage".into(), 490, "Odd".into())]);
    }

    /// What the module promises, over the whole space: what changed is what was announced.
    #[test]
    fn nothing_changes_outside_of_what_is_announced() {
        let destinations = ["*", "Internet", "Storage", "Storage.KoreaCentral", "20.0.0.0/8", "NoSuchTag"];
        let sources = ["*", "10.0.0.0/24", "10.0.0.4", "VirtualNetwork"];
        let mut seed = 7u64;
        let mut pick = |n: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % n
        };
        let mut repaired = 0;
        for _ in 0..60 {
            let tables = [NetworkInterface, Subnet].map(|place| {
                let rules: Vec<String> = (1..=pick(5))
                    .map(|i| {
                        let access = ["Allow", "Deny", "Deny"][pick(3)];
                        let (source, to) = (sources[pick(4)], destinations[pick(6)]);
                        format!(
                            "r{i} {} {access} {source} {to} {}",
                            100 + i * 7,
                            ["*", "443", "80-500"][pick(3)]
                        )
                    })
                    .collect();
                table(place.name(), place, &rules.iter().map(String::as_str).collect::<Vec<_>>())
            });
            let Ok(repair) = storage(&tables) else { continue };
            repaired += usize::from(!repair.rules.is_empty());
            let mut copy = tables.to_vec();
            for new in &repair.rules {
                let at = copy.iter_mut().find(|table| table.id.as_ref() == Some(&new.group)).unwrap();
                let added = resolved(at, &new.rule, TagCatalog::embedded()).unwrap();
                at.rules.push(added);
                at.rules.sort_by_key(|rule| rule.priority);
            }
            let (before, after) = (verify(&tables, &FlowBox::all()), verify(&copy, &FlowBox::all()));
            assert!(gained(&after, &before).is_empty(), "something that passed is stopped");
            let set = |boxes: &[FlowBox]| {
                boxes.iter().fold(crate::net::FlowSet::empty(), |set, b| set.union(&b.clone().into()))
            };
            assert!(set(&gained(&before, &after)).same_flows(&set(&repair.newly_allowed)));
        }
        assert!(repaired > 15, "{repaired}");
    }
}
