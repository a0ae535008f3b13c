//! What changed from one release to another, by addresses rather than by text.

use super::{ServiceTag, TagCatalog};
use crate::net::AddressSet;

/// A tag that differs between two releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagChange {
    /// The name, as the newer release spells it where it has the tag.
    pub name: String,
    /// The tag in the older release; none where that does not have it.
    pub old: Option<TagVersion>,
    /// The tag in the newer release; none where that does not have it.
    pub new: Option<TagVersion>,
    /// Addresses that only the newer release has.
    pub gained: AddressSet,
    /// Addresses that only the older release has.
    pub lost: AddressSet,
}

/// A tag as one release states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagVersion {
    /// The name as the release spells it.
    pub name: String,
    /// Microsoft's number of the tag's last change, where it is stated.
    pub change_number: Option<u32>,
}

impl TagChange {
    /// Whether rules that name the tag can mean something else now. A tag whose name is spelled in another case, or whose
    /// addresses are cut into other prefixes, means what it meant.
    #[must_use]
    pub fn is_of_meaning(&self) -> bool {
        self.old.is_some() != self.new.is_some() || !self.gained.is_empty() || !self.lost.is_empty()
    }

    /// Whether the name is spelled otherwise than it was.
    #[must_use]
    pub fn is_renamed(&self) -> bool {
        let name = |version: &Option<TagVersion>| version.as_ref().map(|version| version.name.clone());
        self.old.is_some() && self.new.is_some() && name(&self.old) != name(&self.new)
    }
}

impl TagCatalog {
    /// What `newer` changes, by name without regard to case. Tags with the same prefixes and spelling are left out.
    #[must_use]
    pub fn diff(&self, newer: &Self) -> Vec<TagChange> {
        let older =
            |tag: ServiceTag<'_>| self.tables.find(tag.name()).map(|id| ServiceTag { catalog: self, id });
        let mut changes: Vec<TagChange> =
            newer.tags().filter_map(|tag| change(older(tag), Some(tag))).collect();
        let gone = self.tags().filter(|tag| newer.tables.find(tag.name()).is_none());
        changes.extend(gone.filter_map(|tag| change(Some(tag), None)));
        changes.sort_by_cached_key(|c| c.name.to_ascii_lowercase());
        changes
    }
}

fn change(old: Option<ServiceTag>, new: Option<ServiceTag>) -> Option<TagChange> {
    if let (Some(old), Some(new)) = (old, new)
        && old.name() == new.name()
        && old.prefixes().eq(new.prefixes())
    {
        return None;
    }
    let addresses = |tag: Option<ServiceTag>| tag.map_or_else(AddressSet::empty, ServiceTag::addresses);
    let version =
        |tag: ServiceTag| TagVersion { name: tag.name().to_owned(), change_number: tag.change_number() };
    let (before, after) = (addresses(old), addresses(new));
    Some(TagChange {
        name: new.or(old)?.name().to_owned(),
        old: old.map(version),
        new: new.map(version),
        gained: after.difference(&before),
        lost: before.difference(&after),
    })
}
