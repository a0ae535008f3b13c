//! The smallest rule that lets something denied through, proved before anyone sees it.
//!
//! ```text
//! AllowSomething    200  Allow     an earlier rule keeps its say
//! (the new rule)    990  Allow     free, and before the rule that denies; nothing of the other access between them
//! DenyInternet     1000  Deny      what decided so far
//! ```
//! One Allow rule a group, before the earliest rule of that group that denies any of it; where no priority before that
//! one is free, the fewest rules that make room are moved first. All of it is applied to a copy; what is wanted is
//! verified on the copy, and the copy is compared with the original over the space of all flows.

mod place;
mod prove;
mod room;

use std::sync::Arc;

use thiserror::Error;

use super::operand::OpenOperand;
use super::resolve::RuleTable;
use super::rule::{Access, AddressTerm, Direction, Priority, RuleOrigin, RuleSide, SecurityRule};
use super::verify::{Overall, verify};
use crate::azure::ResourceId;
use crate::input::{Place, Pointer};
use crate::net::{AddressSet, FlowBox, PortSet, Prefix, Protocol};
use crate::tags::TagCatalog;
use place::spots;
use prove::{Proved, Trial, resolved};
pub use prove::{apply, make_way};

/// How many rules a group may have, default rules aside.
///
/// Source: azure-subscription-service-limits on learn.microsoft.com, 2020-01-14.
pub const MOST_RULES: usize = 1000;

/// The lists that a repair may add to.
#[derive(Debug, Clone, Copy)]
pub struct Lists<'a> {
    /// The tables in the way, in the order in which a flow meets them; all of one direction.
    pub tables: &'a [RuleTable],
    /// The tables of the other direction: a name is taken once in both.
    pub opposite: &'a [RuleTable],
    /// Rules that may be added besides: their names and priorities are no longer free.
    pub planned: &'a [NewRule],
}

/// What shall pass.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// Who sends.
    pub source: &'a AddressSet,
    /// The prefixes of the subnet that the senders are in; none where that is not known.
    pub subnet: Vec<Prefix>,
    /// Who receives, as the rule shall name it: a service tag, or prefixes of one family.
    pub destination: Vec<AddressTerm>,
    /// The protocol.
    pub protocol: Protocol,
    /// The receiver's ports.
    pub ports: PortSet,
    /// What to call the rule, as long as that is free: `AllowAzureBackupStorage`.
    pub name: String,
}

/// Rules that together let it through, with the proof.
#[derive(Debug, Clone, Default)]
pub struct Repair {
    /// The rules, at most one a group, in the order in which a flow meets the groups. None where it passes already.
    pub rules: Vec<NewRule>,
    /// What the rules do to every flow there is.
    pub proof: Proof,
}

/// What a repair changes, over the space of all flows.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// Whether everything wanted passes on the copy. A repair where not is never proposed.
    pub holds: bool,
    /// Flows that pass with the repair and did not for certain before, in disjoint boxes.
    pub newly_allowed: Vec<FlowBox>,
    /// Flows that passed, or may have, and no longer do. A repair with any is never proposed.
    pub newly_denied: Vec<FlowBox>,
    /// Whether no other flow than the newly allowed can pass that did not before.
    pub complete: bool,
    /// What is open about the flows that the new rules match: which of the newly allowed passed before, and, where the
    /// proof is not complete, whether more than those pass now. Empty where the two lists are the exact difference.
    pub because: Vec<OpenOperand>,
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
    /// Rules that have to make room first, in the order in which they can move: each finds its new priority free.
    pub moved: Vec<Moved>,
}

/// A rule that gets another priority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The rule.
    pub rule: String,
    /// Its priority so far.
    pub from: Priority,
    /// Its new priority.
    pub to: Priority,
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
    /// Every priority that would win is taken, and no rule can make room.
    #[error(
        "no priority before `{rule}` ({priority}) of `{group}` is free, and its rules leave no room to move"
    )]
    NoPriority {
        /// The group.
        group: String,
        /// The rule that denies.
        rule: String,
        /// Its priority.
        priority: Priority,
    },
    /// The group has as many rules as a group may have.
    #[error("`{group}` has {MOST_RULES} rules, and no group may have more: one must go first")]
    Full {
        /// The group.
        group: String,
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

/// The smallest repair that lets `wanted` through, proved.
///
/// The sender is written as narrowly as the rule can be kept: the subnet of the senders where it is known, else
/// `VirtualNetwork`; the very senders only where those would let others past a rule that denies them.
pub fn propose(lists: Lists<'_>, wanted: &Wanted<'_>, tags: &TagCatalog) -> Result<Repair, Unrepairable> {
    let Some(first) = lists.tables.first() else { return Ok(Repair::default()) };
    let asked = asked(first, wanted, tags)?;
    if verify(lists.tables, &asked).overall() == Overall::Allow {
        return Ok(Repair::default());
    }
    let spots = spots(lists, &asked, &wanted.name)?;
    let trial = Trial { lists, asked: &asked, tags };
    let (mut found, mut because): (Vec<Proved>, _) = (Vec::new(), Vec::new());
    for source in sources(wanted) {
        match trial.run(&spots, &rule_of(wanted, source, first.direction)) {
            Ok(proved) if proved.is_tight() => return Ok(proved.repair),
            Ok(proved) => found.push(proved),
            Err(open) => because = open,
        }
    }
    // The first of equals is the preferred sender.
    let best = found.into_iter().min_by_key(Proved::laxity);
    best.map(|proved| proved.repair).ok_or(Unrepairable::Unproved { because })
}

/// Every flow that is wanted, its destination turned into addresses as the table's own rules were.
fn asked(table: &RuleTable, wanted: &Wanted<'_>, tags: &TagCatalog) -> Result<FlowBox, Unrepairable> {
    let any_sender = rule_of(wanted, vec![AddressTerm::Any], table.direction);
    let destination = resolved(table, &any_sender, tags)
        .filter(|rule| !rule.destination.is_open() && !rule.destination.known.is_empty())
        .map(|rule| rule.destination.known)
        .ok_or_else(|| Unrepairable::UnknownDestination { name: named(&wanted.destination) })?;
    Ok(FlowBox {
        protocols: wanted.protocol.into(),
        source: wanted.source.clone(),
        source_ports: PortSet::all(),
        destination,
        destination_ports: wanted.ports.clone(),
    })
}

/// What to write as the sender, by preference.
fn sources(wanted: &Wanted<'_>) -> Vec<Vec<AddressTerm>> {
    let sent = |prefix: &Prefix| {
        let family = if prefix.first().is_ipv4() { AddressSet::all_ipv4() } else { AddressSet::all_ipv6() };
        wanted.source.overlaps(&family)
    };
    let written = |prefixes: Vec<Prefix>| {
        let all = AddressSet::from_prefixes(prefixes.iter().copied());
        let usable = is_writable(&prefixes) && all.covers(wanted.source);
        usable.then(|| prefixes.into_iter().map(AddressTerm::Prefix).collect())
    };
    let very = wanted.source.prefixes();
    let very = if very.iter().any(|prefix| prefix.length() == 0) { None } else { written(very) };
    [
        written(wanted.subnet.iter().copied().filter(sent).collect()),
        Some(vec![AddressTerm::Tag("VirtualNetwork".into())]),
        very,
        Some(vec![AddressTerm::Any]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether a rule can list these, and a person would keep it: few, and of one family.
fn is_writable(prefixes: &[Prefix]) -> bool {
    const FEW: usize = 8;
    let ipv4 = prefixes.iter().filter(|prefix| prefix.first().is_ipv4()).count();
    (1..=FEW).contains(&prefixes.len()) && (ipv4 == 0 || ipv4 == prefixes.len())
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

fn named(terms: &[AddressTerm]) -> String {
    terms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nsg::{AssociatedTo, Change, RuleList, Scope, compare, default_rules, resolve};

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

    fn wanted<'a>(source: &'a AddressSet, subnet: &[&str]) -> Wanted<'a> {
        Wanted {
            source,
            subnet: subnet.iter().map(|prefix| prefix.parse().unwrap()).collect(),
            destination: vec![AddressTerm::Tag("Storage.KoreaCentral".into())],
            protocol: Protocol::Tcp,
            ports: PortSet::one(443),
            name: "AllowStorage".into(),
        }
    }

    fn storage_from(tables: &[RuleTable], subnet: &[&str]) -> Result<Repair, Unrepairable> {
        let source = AddressSet::from("10.0.0.4".parse::<Prefix>().unwrap());
        let lists = Lists { tables, opposite: &[], planned: &[] };
        propose(lists, &wanted(&source, subnet), TagCatalog::embedded())
    }

    fn storage(tables: &[RuleTable]) -> Result<Repair, Unrepairable> {
        storage_from(tables, &[])
    }

    fn sender(repair: &Repair) -> String {
        named(repair.rules[0].rule.source.addresses.as_ref().unwrap())
    }

    fn moves(repair: &Repair) -> Vec<(&str, u32, u32)> {
        let of = |new: &'_ NewRule| new.moved.clone();
        let all: Vec<Moved> = repair.rules.iter().flat_map(of).collect();
        assert_eq!(all.len(), repair.rules.iter().map(|new| new.moved.len()).sum::<usize>());
        repair.rules.iter().flat_map(|new| &new.moved).map(|m| (m.rule.as_str(), m.from.0, m.to.0)).collect()
    }

    /// A group whose rules stand at 100 and on without a gap: `D` denies all, `d` port 80 alone, `A` allows port 443.
    fn packed(pattern: &str) -> RuleTable {
        let one = |(at, letter): (usize, char)| {
            let (access, ports) = match letter {
                'D' => ("Deny * * *", ""),
                'd' => ("Deny * * 80", ""),
                _ => ("Allow * 10.9.9.9 443", ""),
            };
            format!("{letter}{at} {} {access}{ports}", 100 + at)
        };
        let rules: Vec<String> = pattern.chars().enumerate().map(one).collect();
        table("a", NetworkInterface, &rules.iter().map(String::as_str).collect::<Vec<_>>())
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
        assert!(!repair.proof.newly_allowed.is_empty());
        assert!(repair.proof.newly_allowed.iter().all(|flows| !flows.source.overlaps(&guarded)));
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
    }

    #[test]
    fn the_sender_is_the_subnet_where_it_is_known_and_else_the_network() {
        let tables = [table("a", NetworkInterface, &["DenyAll 1000 Deny * * *"])];
        assert_eq!(sender(&storage(&tables).unwrap()), "VirtualNetwork");
        assert_eq!(sender(&storage_from(&tables, &["10.0.0.0/24"]).unwrap()), "10.0.0.0/24");
        // A rule takes one family, and here IPv4 alone is sent.
        let both = ["10.0.0.0/24", "fd00::/64"];
        assert_eq!(sender(&storage_from(&tables, &both).unwrap()), "10.0.0.0/24");
        // A subnet that the sender is not in says nothing.
        assert_eq!(sender(&storage_from(&tables, &["10.0.7.0/24"]).unwrap()), "VirtualNetwork");
    }

    #[test]
    fn no_other_denial_is_passed_by_as_long_as_a_narrower_sender_avoids_it() {
        // The only gap stands before a rule against a neighbour, too.
        let rules = ["Free 100 Allow * 10.9.9.9 *", "Guard 102 Deny 10.0.0.9 Storage *", "No 103 Deny * * *"];
        let tables = [table("a", NetworkInterface, &rules)];
        let repair = storage_from(&tables, &["10.0.0.0/24"]).unwrap();
        assert_eq!((sender(&repair).as_str(), repair.rules[0].rule.priority.0), ("10.0.0.4/32", 101));
        let neighbour: AddressSet = "10.0.0.9".parse::<Prefix>().unwrap().into();
        assert!(repair.proof.newly_allowed.iter().all(|flows| !flows.source.overlaps(&neighbour)));
    }

    #[test]
    fn rules_move_only_where_no_gap_is_left_and_as_few_as_can_be() {
        let repaired = |pattern: &str| storage(&[packed(pattern)]).unwrap();
        let priority = |repair: &Repair| repair.rules[0].rule.priority.0;
        // The rule that denies makes room itself, past others that deny or that share no port with it.
        let one = repaired("Dddd");
        assert_eq!((priority(&one), moves(&one)), (100, vec![("D0", 100, 113)]));
        // It may not pass by an Allow of a port it denies, so that one moves, too, and first.
        let two = repaired("DA");
        assert_eq!((priority(&two), moves(&two)), (100, vec![("A1", 101, 111), ("D0", 100, 110)]));
        let two = repaired("AADA");
        assert_eq!((priority(&two), moves(&two)), (102, vec![("A3", 103, 113), ("D2", 102, 112)]));
        // An earlier rule may be the cheapest to move: what it denies, the others leave alone or deny too.
        let earlier = repaired("AdDA");
        assert_eq!((priority(&earlier), moves(&earlier)), (101, vec![("d1", 101, 113)]));
    }

    /// Every arrangement that one move leads to.
    fn arrangements(places: &[char]) -> Vec<Vec<char>> {
        let may_pass = |a: char, b: char| a == b || !matches!((a, b), ('D', 'A') | ('A', 'D'));
        let of = |taken: bool| (0..places.len()).filter(move |at| (places[*at] != '.') == taken);
        let pairs = of(true).flat_map(|from| of(false).map(move |to| (from, to)));
        let free_way = |(from, to): &(usize, usize)| {
            let between = &places[*from.min(to) + 1..*from.max(to)];
            between.iter().all(|other| *other == '.' || may_pass(places[*from], *other))
        };
        let moved = |(from, to)| {
            let mut after = places.to_vec();
            after.swap(from, to);
            after
        };
        pairs.filter(free_way).map(moved).collect()
    }

    /// The fewest moves, by trying every arrangement: a rule goes to any free place as long as it may pass by all that
    /// stand in between, until a place before every `D` is free.
    fn fewest_moves(pattern: &str) -> usize {
        let start: Vec<char> = pattern.chars().chain("..".chars()).collect();
        let frees = |places: &Vec<char>| {
            let first = |wanted| places.iter().position(|place| *place == wanted);
            first('.') < first('D')
        };
        let mut seen = std::collections::BTreeSet::from([start.clone()]);
        let mut level = vec![start];
        for moves in 0.. {
            if level.iter().any(frees) {
                return moves;
            }
            let next = level.iter().flat_map(|places| arrangements(places));
            level = next.filter(|places| seen.insert(places.clone())).collect();
        }
        unreachable!("{pattern}")
    }

    #[test]
    fn no_shorter_series_of_moves_makes_room() {
        let letters = |length: u32| {
            (0..3usize.pow(length)).map(move |code| {
                let letter = |at: u32| ['A', 'D', 'd'][code / 3usize.pow(at) % 3];
                (0..length).map(letter).collect::<String>()
            })
        };
        for pattern in (1..=4).flat_map(letters).filter(|pattern| pattern.contains('D')) {
            assert_eq!(
                moves(&storage(&[packed(&pattern)]).unwrap()).len(),
                fewest_moves(&pattern),
                "{pattern}"
            );
        }
    }

    #[test]
    fn moved_rules_decide_as_before() {
        for pattern in ["DA", "Dd", "AdDA", "dADAd", "AAADAdAdDA", "DAdAdAd"] {
            let before = [packed(pattern)];
            let repair = storage(&before).unwrap();
            let mut moved = before.to_vec();
            for new in &repair.rules {
                // The moves alone, each into a priority that is free by then.
                for step in &new.moved {
                    assert!(moved[0].rules.iter().all(|rule| rule.priority != step.to), "{pattern}");
                    let rule = moved[0].rules.iter_mut().find(|rule| rule.name == step.rule).unwrap();
                    rule.priority = step.to;
                }
            }
            moved[0].rules.sort_by_key(|rule| rule.priority);
            assert!(compare(&before, &moved, &FlowBox::all()).is_empty(), "{pattern}");
        }
    }

    #[test]
    fn a_group_with_no_room_at_all_is_said_to_be_full() {
        let many: Vec<String> =
            (0..MOST_RULES - 1).map(|at| format!("r{at} {} Allow * 10.9.9.9 443", 101 + at)).collect();
        let mut rules: Vec<&str> = many.iter().map(String::as_str).collect();
        rules.push("No 100 Deny * Internet 443");
        let full = [table("a", NetworkInterface, &rules)];
        assert_eq!(storage(&full).unwrap_err(), Unrepairable::Full { group: "a".into() });
        // A priority that Azure would not take cannot be moved either.
        let early = [table("a", NetworkInterface, &["No 99 Deny * * *"])];
        let (rule, priority) = ("No".to_owned(), Priority(99));
        assert_eq!(
            storage(&early).unwrap_err(),
            Unrepairable::NoPriority { group: "a".into(), rule, priority }
        );
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
        let (mut repaired, mut moved) = (0, 0);
        for round in 0..90 {
            // In a third of the rounds no priority is free between the rules.
            let step = if round % 3 == 0 { 1 } else { 7 };
            let tables = [NetworkInterface, Subnet].map(|place| {
                let rules: Vec<String> = (1..=pick(5))
                    .map(|i| {
                        let access = ["Allow", "Deny", "Deny"][pick(3)];
                        let (source, to) = (sources[pick(4)], destinations[pick(6)]);
                        format!(
                            "r{i} {} {access} {source} {to} {}",
                            99 + i * step,
                            ["*", "443", "80-500"][pick(3)]
                        )
                    })
                    .collect();
                table(place.name(), place, &rules.iter().map(String::as_str).collect::<Vec<_>>())
            });
            let Ok(repair) = storage(&tables) else { continue };
            repaired += usize::from(!repair.rules.is_empty());
            moved += repair.rules.iter().map(|new| new.moved.len()).sum::<usize>();
            let mut copy = tables.to_vec();
            repair.rules.iter().for_each(|new| apply(new, &mut copy, TagCatalog::embedded()));
            let changes = compare(&tables, &copy, &FlowBox::all());
            let lost = |change: &Change| change.before != change.after && change.after != Some(Access::Allow);
            assert!(!changes.iter().any(|change| change.before == Some(Access::Allow) || lost(change)));
            let gained = changes.iter().filter(|change| change.after == Some(Access::Allow));
            let set = |boxes: Vec<FlowBox>| {
                boxes.into_iter().fold(crate::net::FlowSet::empty(), |set, b| set.union(&b.into()))
            };
            let gained = set(gained.map(|change| change.flows.clone()).collect());
            assert!(gained.same_flows(&set(repair.proof.newly_allowed)));
        }
        assert!(repaired > 20 && moved > 10, "{repaired} {moved}");
    }
}
