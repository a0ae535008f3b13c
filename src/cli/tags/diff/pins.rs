//! Rules that list the prefixes of a tag instead of naming it, where the tag has moved on.

use crate::cli::catalog::Catalog;
use crate::net::{AddressSet, Prefix};
use crate::nsg::{AddressTerm, Direction, NetworkSecurityGroup, RuleSide, SecurityRule};
use crate::tags::{ServiceTag, TagChange};

/// From this share of its addresses on a list is one of the tag, and from this share of the tag on one that means it whole.
const SHARE: f64 = 0.5;

/// The rules of one group that together list the prefixes of one tag, and cover less of it than they did.
#[derive(Debug)]
pub(super) struct Pin {
    pub(super) group: String,
    pub(super) rules: Vec<String>,
    pub(super) tag: String,
    /// The share of the tag's addresses that the rules list: as it was, and as it is.
    pub(super) coverage: [f64; 2],
    /// What of the tag they do not list now.
    pub(super) missing: AddressSet,
}

/// The lists that lost coverage, group by group.
///
/// Families that a list has no address of are not counted: no rule takes both.
pub(super) fn pins<'f>(
    groups: impl Iterator<Item = &'f NetworkSecurityGroup>,
    tags: [&Catalog; 2],
    changes: &[TagChange],
) -> Vec<Pin> {
    let mut found = Vec::new();
    for group in groups {
        let lists = lists(group);
        let mut pins: Vec<Pin> = Vec::new();
        for change in changes.iter().filter(|change| !change.gained.is_empty() || !change.lost.is_empty()) {
            let [Some(old), Some(new)] = tags.map(|tags| tags.find(&change.name)) else { continue };
            pins.extend(kinds(&lists).filter_map(|kind| kind.pin(group, old, new)));
        }
        found.extend(closest(pins));
    }
    found
}

/// Plain prefixes of one side of one rule.
struct List<'r> {
    rule: &'r SecurityRule,
    source: bool,
    addresses: AddressSet,
}

/// Lists that stand for one another: of rules that do the same to flows in the same direction, on the same side.
struct Kind<'l, 'r>(Vec<&'l List<'r>>);

fn lists(group: &NetworkSecurityGroup) -> Vec<List<'_>> {
    let mut lists = Vec::new();
    for rule in &group.rules {
        for (source, side) in [(true, &rule.source), (false, &rule.destination)] {
            let addresses = AddressSet::from_prefixes(plain(side));
            if !addresses.is_empty() {
                lists.push(List { rule, source, addresses });
            }
        }
    }
    lists
}

fn plain(side: &RuleSide) -> impl Iterator<Item = Prefix> {
    side.addresses.iter().flatten().filter_map(|term| match term {
        AddressTerm::Prefix(prefix) => Some(*prefix),
        _ => None,
    })
}

fn kinds<'l, 'r>(lists: &'l [List<'r>]) -> impl Iterator<Item = Kind<'l, 'r>> {
    let key = |list: &List<'_>| (list.rule.direction, list.rule.access, list.source);
    let mut keys: Vec<(Direction, _, bool)> = lists.iter().map(key).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter().map(move |wanted| Kind(lists.iter().filter(|list| key(list) == wanted).collect()))
}

impl Kind<'_, '_> {
    fn pin(&self, group: &NetworkSecurityGroup, old: ServiceTag<'_>, new: ServiceTag<'_>) -> Option<Pin> {
        let before = old.addresses();
        let own = |list: &&&List<'_>| {
            let common = list.addresses.intersection(&before).count();
            common.share_of(list.addresses.count()) >= SHARE
        };
        let parts: Vec<_> = self.0.iter().filter(own).collect();
        let listed = parts.iter().fold(AddressSet::empty(), |set, list| set.union(&list.addresses));
        let families = families(&listed);
        let [before, after] = [before, new.addresses()].map(|tag| tag.intersection(&families));
        let share = |tag: &AddressSet| tag.intersection(&listed).count().share_of(tag.count());
        let coverage = [share(&before), share(&after)];
        (coverage[0] >= SHARE && coverage[1] < coverage[0]).then(|| Pin {
            group: group.id.name().to_owned(),
            rules: parts.iter().map(|list| list.rule.name.clone()).collect(),
            tag: new.name().to_owned(),
            coverage,
            missing: after.difference(&listed),
        })
    }
}

/// Of the tags that the same rules could be lists of, the one that they covered best.
fn closest(mut pins: Vec<Pin>) -> Vec<Pin> {
    pins.sort_by(|a, b| {
        a.rules.cmp(&b.rules).then(b.coverage[0].total_cmp(&a.coverage[0])).then(a.tag.cmp(&b.tag))
    });
    pins.dedup_by(|next, kept| next.rules == kept.rules);
    pins
}

fn families(set: &AddressSet) -> AddressSet {
    let ipv4 = if set.ipv4().is_empty() { AddressSet::empty() } else { AddressSet::all_ipv4() };
    if set.ipv6().is_empty() { ipv4 } else { ipv4.union(&AddressSet::all_ipv6()) }
}
