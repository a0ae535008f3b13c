//! A tag file as it was read.

use jiff::civil::Date;

use crate::azure::Cloud;
use crate::net::Prefix;

/// A file of service tags, whatever its format was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagFile {
    /// The cloud, where the file says or its regions tell.
    pub cloud: Option<Cloud>,
    /// Microsoft's number of the whole file, where it is stated.
    pub change_number: Option<u32>,
    /// The day of the release, where it is known.
    pub date: Option<Date>,
    /// SHA-256 of the file's bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// The tags in the order of the file.
    pub tags: Vec<TagEntry>,
}

/// One tag of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagEntry {
    /// The name as the file spells it.
    pub name: String,
    /// The region as the file spells it; empty where the tag is of no region.
    pub region: String,
    /// The service that owns the tag; empty where it is not stated.
    pub system_service: String,
    /// Microsoft's number of this tag, where it is stated.
    pub change_number: Option<u32>,
    /// The prefixes in the order of the file.
    pub prefixes: Vec<Prefix>,
}
