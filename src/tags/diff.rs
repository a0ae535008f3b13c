//! What changed from one release to another, by addresses rather than by text.

use super::{ServiceTag, TagCatalog};
use crate::net::AddressSet;

/// A tag that differs between two releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagChange {
    /// The name, as the newer release spells it where it has the tag.
    pub name: String,
    /// Whether the older release has the tag.
    pub in_old: bool,
    /// Whether the newer release has the tag.
    pub in_new: bool,
    /// Addresses that only the newer release has.
    pub gained: AddressSet,
    /// Addresses that only the older release has.
    pub lost: AddressSet,
}

impl TagCatalog {
    /// What `newer` changes, by name without regard to case. Tags with the same addresses, however cut into prefixes,
    /// are left out.
    #[must_use]
    pub fn diff(&self, newer: &Self) -> Vec<TagChange> {
        let mut changes: Vec<TagChange> = newer
            .tags()
            .map(|tag| {
                change(self.tables.find(tag.name()).map(|id| ServiceTag { catalog: self, id }), Some(tag))
            })
            .collect();
        let gone = self.tags().filter(|tag| newer.tables.find(tag.name()).is_none());
        changes.extend(gone.map(|tag| change(Some(tag), None)));
        changes.retain(|c| c.in_old != c.in_new || !c.gained.is_empty() || !c.lost.is_empty());
        changes.sort_by_cached_key(|c| c.name.to_ascii_lowercase());
        changes
    }
}

fn change(old: Option<ServiceTag>, new: Option<ServiceTag>) -> TagChange {
    let addresses = |tag: Option<ServiceTag>| tag.map_or_else(AddressSet::empty, ServiceTag::addresses);
    let (before, after) = (addresses(old), addresses(new));
    TagChange {
        name: new.or(old).map_or_else(String::new, |tag| tag.name().to_owned()),
        in_old: old.is_some(),
        in_new: new.is_some(),
        gained: after.difference(&before),
        lost: before.difference(&after),
    }
}
