//! Names for sets of addresses.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::azure::platform;
use crate::net::{AddressSet, FlowBox, Prefix};
use crate::nsg::rule::{AddressTerm, SecurityRule};
use crate::nsg::scope::Scope;
use crate::tags::{ServiceTag, TagCatalog};

/// At most so many tags are tried as parts of one set.
const PARTS: usize = 4;
/// A set of this many prefixes is clearest as it is.
const CLEAR: usize = 2;
/// At so many of its prefixes a set is looked at for tags that may be part of it.
const SAMPLES: usize = 24;

/// What names mean where the flows are judged.
#[derive(Debug, Clone)]
pub struct Naming<'a> {
    tags: &'a TagCatalog,
    // The contextual tags that are wholly known, then the tags that the rules name; the first that fits is taken.
    known: Vec<(String, AddressSet)>,
}

impl<'a> Naming<'a> {
    /// The names of a place. A contextual tag that is not wholly known there names nothing.
    #[must_use]
    pub fn new(tags: &'a TagCatalog, scope: &Scope) -> Self {
        let mut known = Vec::new();
        if scope.virtual_network_open.is_none() && !scope.virtual_network.is_empty() {
            known.push(("VirtualNetwork".to_owned(), scope.virtual_network.clone()));
            if !scope.routed.overlaps(&scope.internet) {
                known.push(("Internet".to_owned(), scope.internet.difference(&scope.virtual_network)));
            }
        }
        Self { tags, known }
    }

    /// The names of a place of which nothing is known, for flows whose far end is outside its network.
    #[must_use]
    pub fn outside(tags: &'a TagCatalog, scope: &Scope) -> Self {
        let internet = scope.internet.difference(&scope.virtual_network);
        Self { tags, known: vec![("Internet".to_owned(), internet)] }
    }

    /// The same, where these rules were compared: their readers know the tags that they name.
    #[must_use]
    pub fn mentioning<'r>(mut self, rules: impl IntoIterator<Item = &'r SecurityRule>) -> Self {
        let sides = rules.into_iter().flat_map(|rule| [&rule.source, &rule.destination]);
        let mut named = BTreeMap::new();
        for term in sides.flat_map(|side| side.addresses.iter().flatten()) {
            if let AddressTerm::Tag(tag) | AddressTerm::Expanded { tag, .. } = term {
                named.entry(tag.to_ascii_lowercase()).or_insert(tag);
            }
        }
        for tag in named.into_values() {
            if let Some(found) = self.tags.find(tag) {
                self.known.push((found.name().to_owned(), found.addresses()));
            } else if tag.eq_ignore_ascii_case("AzureLoadBalancer") {
                let blocks = platform::load_balancer().iter();
                let probes = blocks.filter_map(|block| Prefix::new(block.address, block.length).ok());
                self.known.push(("AzureLoadBalancer".to_owned(), AddressSet::from_prefixes(probes)));
            }
        }
        self
    }
}

/// What a set of addresses is called.
#[derive(Debug, Clone)]
pub(super) struct Name {
    terms: Vec<String>,
    /// How many of the terms, the first ones, are `*` or tags.
    tags: usize,
    without: Vec<String>,
    suffix: &'static str,
    /// Whether the name also means addresses of a family that the set has none of.
    pub(super) other_family: bool,
}

impl Name {
    const fn of(terms: Vec<String>, tags: usize, other_family: bool) -> Self {
        Self { terms, tags, without: Vec::new(), suffix: "", other_family }
    }

    /// Whether one name may stand for both: they share a tag, or neither has any, or one is a prefix that may well be a
    /// tag's only one of its family.
    pub(super) fn shares(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.terms.iter().take(self.tags), other.terms.iter().take(other.tags));
        let lone = |name: &Self| name.tags == 0 && name.terms.len() == 1;
        (self.tags == 0 && other.tags == 0)
            || lone(self)
            || lone(other)
            || ours.clone().any(|term| theirs.clone().any(|t| t == term))
    }

    /// How much there is to read.
    fn weight(&self) -> usize {
        let without = self.without.len();
        self.terms.len() + without + usize::from(without > 0)
    }

    pub(super) fn is_any(&self) -> bool {
        matches!(self.terms.as_slice(), [only] if only == "*")
    }

    /// The same name for one family alone.
    pub(super) fn of_family(mut self, ipv4: bool) -> Self {
        self.other_family = false;
        if self.is_any() {
            self.terms = vec![if ipv4 { "0.0.0.0/0" } else { "::/0" }.to_owned()];
        } else {
            self.suffix = if ipv4 { " (IPv4)" } else { " (IPv6)" };
        }
        self
    }

    /// The name with at most so many terms, and how many more there are.
    pub(super) fn listed(&self, most: usize) -> String {
        let mut text = cut_off(&self.terms, most);
        if !self.without.is_empty() {
            text.push_str(" without ");
            text.push_str(&cut_off(&self.without, most));
        }
        text.push_str(self.suffix);
        text
    }
}

fn cut_off(terms: &[String], most: usize) -> String {
    let shown: Vec<&str> = terms.iter().take(most).map(String::as_str).collect();
    match terms.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Gives names, and remembers them: the regions of one answer share most of their sets.
pub(super) struct Namer<'n> {
    naming: &'n Naming<'n>,
    tags: BTreeMap<&'n str, AddressSet>,
    names: BTreeMap<AddressSet, Name>,
}

impl<'n> Namer<'n> {
    pub(super) const fn new(naming: &'n Naming<'n>) -> Self {
        Self { naming, tags: BTreeMap::new(), names: BTreeMap::new() }
    }

    /// The name of a set.
    pub(super) fn name(&mut self, set: &AddressSet) -> Name {
        if let Some(known) = self.names.get(set) {
            return known.clone();
        }
        let name = self.find(set);
        self.names.insert(set.clone(), name.clone());
        name
    }

    /// How much there is to read about the addresses of a box.
    pub(super) fn weight(&mut self, flows: &FlowBox) -> usize {
        self.name(&flows.source).weight() + self.name(&flows.destination).weight()
    }

    fn find(&mut self, set: &AddressSet) -> Name {
        let families = families(set);
        if *set == families {
            return Name::of(vec!["*".to_owned()], 1, families != AddressSet::all());
        }
        let prefixes = set.prefixes();
        let candidates = self.candidates(set);
        let known = self.naming.known.len();
        let exact = candidates.iter().take(if prefixes.len() == 1 { known } else { candidates.len() });
        for (name, addresses) in exact {
            if addresses.intersection(&families) == *set {
                return Name::of(vec![(*name).to_owned()], 1, !families.covers(addresses));
            }
        }
        let plain = Name::of(prefixes.iter().map(ToString::to_string).collect(), 0, false);
        if prefixes.len() <= CLEAR {
            return plain;
        }
        let parts = self.parts(set, &families);
        let mut best = if parts.weight() < plain.weight() { parts } else { plain };
        let everything = AddressSet::all();
        for (name, addresses) in
            std::iter::once(("*", &everything)).chain(candidates.iter().map(|(n, a)| (*n, a)))
        {
            let addresses = addresses.intersection(&families);
            if !addresses.covers(set) || ranges(&addresses) > ranges(set) + best.weight() {
                continue;
            }
            let without = self.part(&addresses.difference(set));
            let other_family = families != AddressSet::all();
            let name = Name { terms: vec![name.to_owned()], tags: 1, without, suffix: "", other_family };
            if name.weight() < best.weight() {
                best = name;
            }
        }
        best
    }

    /// What is left out of a set: one tag, a few, or the fewest prefixes.
    fn part(&mut self, set: &AddressSet) -> Vec<String> {
        let families = families(set);
        let prefixes = set.prefixes();
        if prefixes.len() > 1 {
            let mut exact = self.candidates(set).into_iter();
            if let Some((name, _)) = exact.find(|(_, all)| all.intersection(&families) == *set) {
                return vec![name.to_owned()];
            }
        }
        if prefixes.len() > CLEAR {
            return self.parts(set, &families).terms;
        }
        prefixes.iter().map(ToString::to_string).collect()
    }

    /// The set as tags that lie in it whole and the prefixes that are left.
    fn parts(&mut self, set: &AddressSet, families: &AddressSet) -> Name {
        let (mut terms, mut left, mut other_family) = (Vec::new(), set.clone(), false);
        for _ in 0..PARTS {
            let inside = |(name, all): (&'n str, AddressSet)| {
                let own = all.intersection(families);
                // Most are not inside, which is quickly seen.
                if !set.covers(&own) {
                    return None;
                }
                let gain = own.intersection(&left);
                (gain.prefixes().len() > 1).then(|| (gain.count(), name, all))
            };
            let found = self.candidates_at(&samples(&left)).into_iter().filter_map(inside);
            // The first of equals, as the candidates stand.
            let Some((_, name, all)) = found.reduce(|best, next| if next.0 > best.0 { next } else { best })
            else {
                break;
            };
            other_family |= !families.covers(&all);
            left = left.difference(&all);
            terms.push(name.to_owned());
        }
        terms.sort();
        let tags = terms.len();
        terms.extend(left.prefixes().iter().map(ToString::to_string));
        Name::of(terms, tags, other_family)
    }

    /// Names that a set could have: the known ones, then the tags of its first address by name.
    fn candidates(&mut self, set: &AddressSet) -> Vec<(&'n str, AddressSet)> {
        self.candidates_at(set.first().as_slice())
    }

    /// The known names, then the tags of these addresses by name.
    fn candidates_at(&mut self, addresses: &[IpAddr]) -> Vec<(&'n str, AddressSet)> {
        let naming = self.naming;
        let known = naming.known.iter().map(|(name, addresses)| (name.as_str(), addresses.clone()));
        let mut found: Vec<(&str, AddressSet)> = known.collect();
        let mut names: Vec<&str> =
            addresses.iter().flat_map(|address| naming.tags.lookup(*address)).map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let addresses = self.tags.entry(name).or_insert_with(|| {
                naming.tags.find(name).map_or_else(AddressSet::empty, ServiceTag::addresses)
            });
            found.push((name, addresses.clone()));
        }
        found
    }
}

/// Every address of the families that occur in a set.
fn families(set: &AddressSet) -> AddressSet {
    let family = |empty: bool, all: AddressSet| if empty { AddressSet::empty() } else { all };
    let ipv4 = family(set.ipv4().is_empty(), AddressSet::all_ipv4());
    ipv4.union(&family(set.ipv6().is_empty(), AddressSet::all_ipv6()))
}

fn ranges(set: &AddressSet) -> usize {
    set.ipv4().ranges().len() + set.ipv6().ranges().len()
}

/// The first addresses of some prefixes, evenly spread.
fn samples(set: &AddressSet) -> Vec<IpAddr> {
    let prefixes = set.prefixes();
    let step = prefixes.len().div_ceil(SAMPLES).max(1);
    prefixes.iter().step_by(step).map(Prefix::first).collect()
}
