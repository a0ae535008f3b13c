//! Sets of IPv4 and IPv6 addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::prefix::Prefix;
use super::range_set::{Range, RangeSet};

/// A set of addresses of both families, in canonical form.
///
/// ```
/// use azpreflight::net::{AddressSet, Prefix};
/// let vnet = AddressSet::from_prefixes(["10.0.0.0/9".parse::<Prefix>()?, "10.128.0.0/9".parse()?]);
/// assert_eq!(vnet.prefixes().iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/8"]);
/// assert_eq!(vnet.count().to_string(), "16777216");
/// # Ok::<(), azpreflight::net::PrefixError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressSet {
    v4: RangeSet<u32>,
    v6: RangeSet<u128>,
}

impl AddressSet {
    /// The set without addresses.
    #[must_use]
    pub const fn empty() -> Self {
        Self { v4: RangeSet::empty(), v6: RangeSet::empty() }
    }

    /// Every address of both families.
    #[must_use]
    pub fn all() -> Self {
        Self { v4: RangeSet::all(), v6: RangeSet::all() }
    }

    /// Every IPv4 address.
    #[must_use]
    pub fn all_ipv4() -> Self {
        Self { v4: RangeSet::all(), v6: RangeSet::empty() }
    }

    /// Every IPv6 address.
    #[must_use]
    pub fn all_ipv6() -> Self {
        Self { v4: RangeSet::empty(), v6: RangeSet::all() }
    }

    /// The set from its two halves.
    #[must_use]
    pub const fn from_parts(v4: RangeSet<u32>, v6: RangeSet<u128>) -> Self {
        Self { v4, v6 }
    }

    /// The union of prefixes.
    pub fn from_prefixes(prefixes: impl IntoIterator<Item = Prefix>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for prefix in prefixes {
            match (prefix.first(), prefix.last()) {
                (IpAddr::V4(first), IpAddr::V4(last)) => v4.push((u32::from(first), u32::from(last))),
                (IpAddr::V6(first), IpAddr::V6(last)) => v6.push((u128::from(first), u128::from(last))),
                // A prefix has one family.
                _ => {}
            }
        }
        Self { v4: RangeSet::from_ranges(v4), v6: RangeSet::from_ranges(v6) }
    }

    /// The IPv4 half.
    #[must_use]
    pub const fn ipv4(&self) -> &RangeSet<u32> {
        &self.v4
    }

    /// The IPv6 half.
    #[must_use]
    pub const fn ipv6(&self) -> &RangeSet<u128> {
        &self.v6
    }

    /// Whether no address is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Whether every address of both families is in it.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.v4.is_all() && self.v6.is_all()
    }

    /// Whether `address` is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.contains(address.into()),
            IpAddr::V6(address) => self.v6.contains(address.into()),
        }
    }

    /// Whether every address of `other` is in it.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.v4.covers(&other.v4) && self.v6.covers(&other.v6)
    }

    /// Whether the two share an address.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.v4.overlaps(&other.v4) || self.v6.overlaps(&other.v6)
    }

    /// The addresses in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self { v4: self.v4.union(&other.v4), v6: self.v6.union(&other.v6) }
    }

    /// The addresses in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self { v4: self.v4.intersection(&other.v4), v6: self.v6.intersection(&other.v6) }
    }

    /// The addresses in this and not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self { v4: self.v4.difference(&other.v4), v6: self.v6.difference(&other.v6) }
    }

    /// The addresses of both families that are not in it.
    #[must_use]
    pub fn complement(&self) -> Self {
        Self { v4: self.v4.complement(), v6: self.v6.complement() }
    }

    /// How many addresses are in it.
    #[must_use]
    pub fn count(&self) -> Count {
        let v4 = self.v4.ranges().iter().map(|r| u64::from(r.last - r.first) + 1).sum::<u64>();
        let v6 = self.v6.ranges().iter();
        v6.fold(Count::from(u128::from(v4)), |count, r| count.plus(r.last - r.first).plus(1))
    }

    /// The smallest address: the smallest IPv4 address where there is one, else the smallest IPv6 address.
    #[must_use]
    pub fn first(&self) -> Option<IpAddr> {
        let v4 = self.v4.first().map(|bits| IpAddr::V4(Ipv4Addr::from(bits)));
        v4.or_else(|| self.v6.first().map(|bits| IpAddr::V6(Ipv6Addr::from(bits))))
    }

    /// The fewest prefixes that make up the set, in order, IPv4 first.
    #[must_use]
    pub fn prefixes(&self) -> Vec<Prefix> {
        let v4 = self.v4.ranges().iter().map(|Range { first, last }| {
            ipnet::IpSubnets::from(ipnet::Ipv4Subnets::new((*first).into(), (*last).into(), 0))
        });
        let v6 = self.v6.ranges().iter().map(|Range { first, last }| {
            ipnet::IpSubnets::from(ipnet::Ipv6Subnets::new((*first).into(), (*last).into(), 0))
        });
        v4.chain(v6).flatten().filter_map(|net| Prefix::new(net.addr(), net.prefix_len()).ok()).collect()
    }
}

impl From<Prefix> for AddressSet {
    fn from(prefix: Prefix) -> Self {
        match (prefix.first(), prefix.last()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                let range = Range { first: first.to_bits(), last: last.to_bits() };
                Self { v4: RangeSet::one(range), v6: RangeSet::empty() }
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                let range = Range { first: first.to_bits(), last: last.to_bits() };
                Self { v4: RangeSet::empty(), v6: RangeSet::one(range) }
            }
            // A prefix has one family.
            _ => Self::empty(),
        }
    }
}

impl From<IpAddr> for AddressSet {
    fn from(address: IpAddr) -> Self {
        Self::from(Prefix::host(address))
    }
}

/// A number of addresses: up to 2¹²⁸ + 2³², which no primitive holds. Displays as decimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Count {
    // The value is `high * 2^128 + low`.
    high: u8,
    low: u128,
}

impl Count {
    /// This and `more`.
    #[must_use]
    pub const fn plus(self, more: u128) -> Self {
        let (low, carry) = self.low.overflowing_add(more);
        Self { high: self.high + carry as u8, low }
    }

    /// Whether it is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.high == 0 && self.low == 0
    }

    /// The share this is of `whole`, between 0 and 1; 0 of nothing. Rounded as `f64` is.
    #[must_use]
    pub fn share_of(self, whole: Self) -> f64 {
        if whole.is_zero() { 0.0 } else { self.as_f64() / whole.as_f64() }
    }

    #[expect(clippy::cast_precision_loss, reason = "a share is shown with a few digits")]
    fn as_f64(self) -> f64 {
        f64::from(self.high) * 2f64.powi(128) + self.low as f64
    }
}

impl From<u128> for Count {
    fn from(low: u128) -> Self {
        Self { high: 0, low }
    }
}

impl fmt::Display for Count {
    /// Splits at 10¹⁹, so that `high·2¹²⁸ + low = quotient·10¹⁹ + rest` with each step within 128 bits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CHUNK: u128 = 10_000_000_000_000_000_000;
        const WHOLE: u128 = u128::MAX / CHUNK;
        const REST: u128 = u128::MAX % CHUNK + 1;
        if self.high == 0 {
            return f.pad(&self.low.to_string());
        }
        let high = u128::from(self.high);
        let rest = high * REST + self.low % CHUNK;
        let quotient = high * WHOLE + self.low / CHUNK + rest / CHUNK;
        f.pad(&format!("{quotient}{:019}", rest % CHUNK))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(prefixes: &[&str]) -> AddressSet {
        AddressSet::from_prefixes(prefixes.iter().map(|text| text.parse::<Prefix>().unwrap()))
    }

    #[test]
    fn counts_overflow_no_primitive() {
        assert_eq!(AddressSet::all_ipv6().count().to_string(), "340282366920938463463374607431768211456");
        assert_eq!(AddressSet::all().count().to_string(), "340282366920938463463374607436063178752");
        assert_eq!(set(&["10.0.0.0/24", "10.0.0.128/25"]).count().to_string(), "256");
        assert!(AddressSet::empty().count().is_zero());
    }

    #[test]
    fn families_do_not_mix() {
        let all_v4 = set(&["0.0.0.0/0"]);
        assert!(!all_v4.contains("::1".parse().unwrap()));
        assert_eq!(all_v4.complement(), AddressSet::all_ipv6());
        assert!(!all_v4.overlaps(&set(&["::/0"])));
    }

    #[test]
    fn minimal_prefixes_make_up_the_set_again() {
        let holed =
            set(&["10.0.0.0/8", "2001:db8::/32"]).difference(&set(&["10.0.0.0/30", "2001:db8::1/128"]));
        assert_eq!(AddressSet::from_prefixes(holed.prefixes()), holed);
        assert_eq!(holed.prefixes().len(), 22 + 96);
        assert_eq!(AddressSet::all().prefixes().len(), 2);
    }
}
