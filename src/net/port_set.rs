//! Sets of TCP or UDP ports.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::range_set::{Range, RangeSet};

/// A set of ports, written `443`, `80-443`, `*` or several of them with commas.
///
/// ```
/// use azpreflight::net::PortSet;
/// let both: PortSet = "80,443".parse()?;
/// let range: PortSet = "80-443".parse()?;
/// assert!(!both.contains(81) && range.contains(81));
/// assert_eq!("*".parse::<PortSet>()?, PortSet::all());
/// # Ok::<(), azpreflight::net::PortError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortSet(RangeSet<u16>);

impl PortSet {
    /// No port.
    #[must_use]
    pub const fn empty() -> Self {
        Self(RangeSet::empty())
    }

    /// Every port, 0 to 65535.
    #[must_use]
    pub fn all() -> Self {
        Self(RangeSet::all())
    }

    /// One port.
    #[must_use]
    pub fn one(port: u16) -> Self {
        Self(RangeSet::from_ranges([(port, port)]))
    }

    /// The union of `(first, last)` pairs.
    pub fn from_ranges(pairs: impl IntoIterator<Item = (u16, u16)>) -> Self {
        Self(RangeSet::from_ranges(pairs))
    }

    /// The ranges underneath.
    #[must_use]
    pub const fn ranges(&self) -> &RangeSet<u16> {
        &self.0
    }

    /// Whether no port is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every port is in it.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.0.is_all()
    }

    /// The smallest port in it.
    #[must_use]
    pub fn first(&self) -> Option<u16> {
        self.0.first()
    }

    /// Whether `port` is in it.
    #[must_use]
    pub fn contains(&self, port: u16) -> bool {
        self.0.contains(port)
    }

    /// Whether every port of `other` is in it.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.0.covers(&other.0)
    }

    /// Whether the two share a port.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.overlaps(&other.0)
    }

    /// The ports in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0))
    }

    /// The ports in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0))
    }

    /// The ports in this and not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0))
    }
}

impl From<RangeSet<u16>> for PortSet {
    fn from(ranges: RangeSet<u16>) -> Self {
        Self(ranges)
    }
}

impl FromStr for PortSet {
    type Err = PortError;

    /// Reads `*`, `443`, `80-443` or a comma list; white space around an entry is ignored, as Azure ignores it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || PortError { text: text.to_owned() };
        if !text.contains(',') {
            let range = range_of(text).ok_or_else(refuse)?;
            return Ok(Self(RangeSet::one(range)));
        }
        let ranges: Option<Vec<Range<u16>>> = text.split(',').map(range_of).collect();
        let ranges = ranges.ok_or_else(refuse)?;
        Ok(Self::from_ranges(ranges.into_iter().map(|range| (range.first, range.last))))
    }
}

impl fmt::Display for PortSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.pad("*");
        }
        let entries: Vec<String> = self
            .0
            .ranges()
            .iter()
            .map(|range| match (range.first, range.last) {
                (first, last) if first == last => first.to_string(),
                (first, last) => format!("{first}-{last}"),
            })
            .collect();
        f.pad(&entries.join(","))
    }
}

/// The ports of one entry.
fn range_of(entry: &str) -> Option<Range<u16>> {
    let entry = entry.trim();
    let port = |text: &str| text.trim().parse::<u16>().ok();
    let (first, last) = match entry.split_once('-') {
        _ if entry == "*" => (u16::MIN, u16::MAX),
        Some((first, last)) => (port(first)?, port(last)?),
        None => port(entry).map(|port| (port, port))?,
    };
    (first <= last).then_some(Range { first, last })
}

/// A text that names no ports.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not a port, a range `a-b` or `*`")]
pub struct PortError {
    /// What was read.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_real_rules_hold_and_writes_it_canonically() {
        for (text, shown) in
            [("9094 ", "9094"), ("0-65535", "*"), ("443-443", "443"), ("80,443,81", "80-81,443"), ("*", "*")]
        {
            assert_eq!(text.parse::<PortSet>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", "65536", "-1", "443-80", "80-", "https", "80;443", "80,,443"] {
            assert!(text.parse::<PortSet>().is_err(), "{text}");
        }
    }
}
