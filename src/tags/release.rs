//! Which tag file an answer rests on.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Date;

use crate::azure::Cloud;

/// What identifies one release of the service tags, so that an answer can be reproduced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The cloud the tags are of; none where the file does not say and its regions do not tell.
    pub cloud: Option<Cloud>,
    /// Where it was taken from.
    pub origin: Origin,
    /// Microsoft's number of the whole file, where it is stated.
    pub change_number: Option<u32>,
    /// The day of the release, where it is known.
    pub date: Option<Date>,
    /// SHA-256 of the file's bytes, in lower-case hexadecimal.
    pub sha256: Cow<'static, str>,
}

/// Where a release of the service tags was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The copy inside the program.
    Embedded,
    /// The user's cache.
    Cache,
    /// A file the user named.
    File,
}

impl Origin {
    /// As in answers: `embedded`, `cache`, `file`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Cache => "cache",
            Self::File => "file",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
