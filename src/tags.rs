//! Service tags: names that Microsoft keeps for sets of prefixes.
//!
//! One type, [`TagCatalog`], serves the copy inside the program and any file given instead of it. Both are the same
//! flat tables (see `compile`), read in place.
//!
//! ```
//! use azpreflight::tags::TagCatalog;
//! let tags = TagCatalog::embedded();
//! let storage = tags.resolve("storage.korea central")?;
//! assert_eq!(storage.name(), "Storage.KoreaCentral");
//! let address = storage.addresses().first().expect("a tag has addresses");
//! assert!(tags.lookup(address).any(|(name, _)| name == "Storage.KoreaCentral"));
//! # Ok::<(), azpreflight::tags::UnknownTag>(())
//! ```

mod compile;
mod diff;
mod download;
mod embedded;
mod file;
mod lookup;
mod read;
mod release;
mod resolve;
mod stored;

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

pub use diff::{TagChange, TagVersion};
pub use download::{download_page, newest_link};
pub use file::{TagEntry, TagFile};
pub use lookup::Lookup;
pub use release::{Origin, Release};
pub use resolve::UnknownTag;
pub use stored::{Stored, StoredError};

use crate::azure::Region;
use crate::net::{AddressSet, Prefix};
use compile::{Row, Tables};

/// The service tags of one release, ready for questions in both directions.
pub struct TagCatalog {
    release: Release,
    tables: Tables,
}

impl TagCatalog {
    /// The public cloud's tags as of the day in [`Release::date`], inside the program.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &embedded::CATALOG
    }

    /// The tags of a file. Tags whose names differ only in case become one.
    pub fn compile(file: &TagFile, origin: Origin) -> Result<Self, TooLarge> {
        let pairs = |tag: &TagEntry| tag.prefixes.iter().map(|p| (p.first(), p.length())).collect::<Vec<_>>();
        let prefixes: Vec<Vec<(IpAddr, u8)>> = file.tags.iter().map(pairs).collect();
        let rows: Vec<Row> =
            file.tags.iter().zip(&prefixes).map(|(tag, prefixes)| row(tag, prefixes)).collect();
        let release = Release {
            cloud: file.cloud,
            origin,
            change_number: file.change_number,
            date: file.date,
            sha256: Cow::Owned(file.sha256.clone()),
        };
        Ok(Self { release, tables: compile::compile(&rows).ok_or(TooLarge)? })
    }

    /// Which file this is.
    #[must_use]
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// Every tag, by name without regard to case.
    pub fn tags(&self) -> impl Iterator<Item = ServiceTag<'_>> {
        (0..self.tables.len()).map(|id| ServiceTag { catalog: self, id })
    }

    /// Every name, in the order of [`tags`](Self::tags).
    pub fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.tables.len()).map(|id| self.tables.name(id))
    }

    /// The tags that hold every address of a set, the smallest tag first, then by name. None for the empty set.
    #[must_use]
    pub fn covering(&self, set: &AddressSet) -> Vec<ServiceTag<'_>> {
        let Some(first) = set.first() else { return Vec::new() };
        let mut found: Vec<_> = self
            .lookup(first)
            .filter_map(|(name, _)| self.tables.find(name))
            .map(|id| ServiceTag { catalog: self, id })
            .map(|tag| (tag.addresses(), tag))
            .filter(|(addresses, _)| addresses.covers(set))
            .map(|(addresses, tag)| (addresses.count(), tag))
            .collect();
        found.sort_by_key(|(count, tag)| (*count, tag.id));
        found.dedup_by_key(|(_, tag)| tag.id);
        found.into_iter().map(|(_, tag)| tag).collect()
    }
}

impl fmt::Debug for TagCatalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TagCatalog")
            .field("release", &self.release)
            .field("tags", &self.tables.len())
            .finish_non_exhaustive()
    }
}

/// One tag of a catalog.
#[derive(Clone, Copy)]
pub struct ServiceTag<'a> {
    catalog: &'a TagCatalog,
    id: u32,
}

impl<'a> ServiceTag<'a> {
    /// The name as the file spells it.
    #[must_use]
    pub fn name(self) -> &'a str {
        self.catalog.tables.name(self.id)
    }

    /// The prefixes in order, IPv4 first.
    pub fn prefixes(self) -> impl Iterator<Item = Prefix> + use<'a> {
        self.catalog.tables.prefixes(self.id)
    }

    /// The addresses of all prefixes.
    #[must_use]
    pub fn addresses(self) -> AddressSet {
        self.catalog.tables.addresses(self.id)
    }

    /// The region, of a regional tag.
    #[must_use]
    pub fn region(self) -> Option<Region> {
        let text = self.catalog.tables.region(self.id);
        (!text.is_empty()).then(|| Region::parse(text))
    }

    /// The service that owns the tag (`AzureStorage` for `Storage`), where the file states it.
    #[must_use]
    pub fn system_service(self) -> Option<&'a str> {
        Some(self.catalog.tables.system_service(self.id)).filter(|text| !text.is_empty())
    }

    /// Microsoft's number of this tag's last change, where the file states it.
    #[must_use]
    pub fn change_number(self) -> Option<u32> {
        self.catalog.tables.change_number(self.id)
    }
}

impl fmt::Debug for ServiceTag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceTag({:?})", self.name())
    }
}

/// The service tags are too many to be indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the service tags are too many to be indexed")]
pub struct TooLarge;

fn row<'a>(tag: &'a TagEntry, prefixes: &'a [(IpAddr, u8)]) -> Row<'a> {
    Row {
        name: &tag.name,
        region: &tag.region,
        system_service: &tag.system_service,
        change_number: tag.change_number,
        prefixes,
    }
}
