//! Reading the tables of [`compile`](super::compile) in place.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::compile::{Column, Family, NONE, Tables};
use crate::net::Prefix;

impl Tables {
    /// How many tags there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.change_numbers.len()).unwrap_or(NONE)
    }

    pub(super) fn name(&self, tag: u32) -> &str {
        self.text(tag, 0)
    }

    /// Empty where the tag has none.
    pub(super) fn region(&self, tag: u32) -> &str {
        self.text(tag, 1)
    }

    /// Empty where it is not known.
    pub(super) fn system_service(&self, tag: u32) -> &str {
        self.text(tag, 2)
    }

    pub(super) fn change_number(&self, tag: u32) -> Option<u32> {
        at(&self.change_numbers, tag as usize).filter(|number| *number != NONE)
    }

    /// The tag of this name, in any case.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match folded(self.name(middle)).cmp(folded(name)) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The prefixes of a tag in order, IPv4 first.
    pub(super) fn prefixes(&self, tag: u32) -> impl Iterator<Item = Prefix> {
        self.v4.prefixes_of(tag).chain(self.v6.prefixes_of(tag))
    }

    fn text(&self, tag: u32, part: usize) -> &str {
        span(&self.text_ends, tag as usize * 3 + part)
            .and_then(|span| self.text.get(span))
            .unwrap_or_default()
    }
}

impl<const N: usize> Family<N>
where
    [u8; N]: Address,
{
    /// The narrowest prefix holding an address; the others are its ancestors.
    pub(super) fn narrowest(&self, address: <[u8; N] as Address>::Bits) -> Option<u32> {
        let after = self.starts.partition_point(|start| start.bits() <= address);
        let mut place = u32::try_from(after.checked_sub(1)?).ok()?;
        while !self.holds(place, address)? {
            place = self.parent(place)?;
        }
        Some(place)
    }

    /// The next wider prefix.
    pub(super) fn parent(&self, place: u32) -> Option<u32> {
        at(&self.parents, place as usize).filter(|parent| *parent != NONE)
    }

    /// The tags that list exactly this prefix, by name.
    pub(super) fn holders(&self, place: u32) -> &[[u8; 4]] {
        span(&self.holder_ends, place as usize).and_then(|span| self.holders.get(span)).unwrap_or_default()
    }

    pub(super) fn prefix(&self, place: u32) -> Option<Prefix> {
        let (start, length) = (self.starts.get(place as usize)?, self.lengths.get(place as usize)?);
        Prefix::new(start.address(), *length).ok()
    }

    fn prefixes_of(&self, tag: u32) -> impl Iterator<Item = Prefix> {
        let own = span(&self.tag_ends, tag as usize).and_then(|span| self.tag_prefixes.get(span));
        own.unwrap_or_default().iter().filter_map(|place| self.prefix(u32::from_le_bytes(*place)))
    }

    fn holds(&self, place: u32, address: <[u8; N] as Address>::Bits) -> Option<bool> {
        let (start, length) = (self.starts.get(place as usize)?, self.lengths.get(place as usize)?);
        Some(<[u8; N]>::same(start.bits(), address, *length))
    }
}

/// The bytes of an address in the tables.
pub(super) trait Address {
    type Bits: Copy + Ord;

    fn bits(&self) -> Self::Bits;

    fn address(&self) -> IpAddr;

    /// Whether the first `length` bits agree.
    fn same(one: Self::Bits, other: Self::Bits, length: u8) -> bool;
}

impl Address for [u8; 4] {
    type Bits = u32;

    fn bits(&self) -> u32 {
        u32::from_le_bytes(*self)
    }

    fn address(&self) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from(self.bits()))
    }

    fn same(one: u32, other: u32, length: u8) -> bool {
        (one ^ other).leading_zeros() >= u32::from(length)
    }
}

impl Address for [u8; 16] {
    type Bits = u128;

    fn bits(&self) -> u128 {
        u128::from_le_bytes(*self)
    }

    fn address(&self) -> IpAddr {
        IpAddr::V6(Ipv6Addr::from(self.bits()))
    }

    fn same(one: u128, other: u128, length: u8) -> bool {
        (one ^ other).leading_zeros() >= u32::from(length)
    }
}

fn at(column: &Column<4>, place: usize) -> Option<u32> {
    column.get(place).map(|bytes| u32::from_le_bytes(*bytes))
}

/// From where the item before ends to where this one ends.
fn span(ends: &Column<4>, place: usize) -> Option<Range<usize>> {
    let start = match place.checked_sub(1) {
        Some(before) => at(ends, before)?,
        None => 0,
    };
    Some(start as usize..at(ends, place)? as usize)
}

fn folded(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().map(|byte| byte.to_ascii_lowercase())
}
