//! Reading the tables of [`compile`](super::compile) in place.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::compile::{Column, Family, NONE, Tables};
use crate::net::{self, AddressSet, Prefix, RangeSet};

impl Tables {
    /// How many tags there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.change_numbers.len()).unwrap_or(NONE)
    }

    #[inline]
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

    /// The addresses of all prefixes of a tag.
    pub(super) fn addresses(&self, tag: u32) -> AddressSet {
        AddressSet::from_parts(
            RangeSet::merged(self.v4.ranges_of(tag)),
            RangeSet::merged(self.v6.ranges_of(tag)),
        )
    }

    #[inline]
    fn text(&self, tag: u32, part: usize) -> &str {
        span(&self.text_ends, tag as usize * 3 + part)
            .and_then(|span| self.text.get(span))
            .unwrap_or_default()
    }
}

/// One prefix of a family, but for its address: whoever comes from an address has that.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) length: u8,
    /// The place of the next wider prefix, or [`NONE`].
    pub(super) parent: u32,
    /// The tags that list exactly this prefix, by name.
    pub(super) holders: &'a [[u8; 4]],
}

impl<const N: usize> Family<N>
where
    [u8; N]: Address,
{
    /// The narrowest prefix holding an address; the others are its ancestors.
    #[inline]
    pub(super) fn narrowest(&self, address: [u8; N]) -> Option<Node<'_>> {
        let space = self.search_space(address);
        let before = space.start;
        let after = self.starts.get(space)?.partition_point(|start| start.bits() <= address.bits());
        let mut place = (before + after).checked_sub(1)?;
        loop {
            let [parent @ .., _, _, _, _, length] = self.nodes.get(place)?;
            if self.starts.get(place)?.agrees(address, *length) {
                return self.node(place);
            }
            place = u32::from_le_bytes(*parent) as usize;
        }
    }

    /// The prefix at this place; none at [`NONE`].
    #[inline]
    pub(super) fn node(&self, place: usize) -> Option<Node<'_>> {
        let [p0, p1, p2, p3, end @ .., length] = *self.nodes.get(place)?;
        let first = match place.checked_sub(1) {
            Some(before) => holder_end(self.nodes.get(before)?),
            None => 0,
        };
        let holders = self.holders.get(first..u32::from_le_bytes(end) as usize)?;
        Some(Node { length, parent: u32::from_le_bytes([p0, p1, p2, p3]), holders })
    }

    /// Where the last prefix that starts at or before an address can be; also just before it.
    fn search_space(&self, address: [u8; N]) -> Range<usize> {
        let narrow = address.block().and_then(|block| span(&self.blocks, block + 1));
        narrow.unwrap_or(0..self.starts.len())
    }

    /// The first and the last address of every prefix of a tag, in order, wide before narrow.
    fn ranges_of(&self, tag: u32) -> impl Iterator<Item = net::Range<<[u8; N] as Address>::Bits>> {
        self.places_of(tag).filter_map(|place| {
            let [.., length] = *self.nodes.get(place)?;
            Some(self.starts.get(place)?.range(length))
        })
    }

    fn prefixes_of(&self, tag: u32) -> impl Iterator<Item = Prefix> {
        self.places_of(tag)
            .filter_map(|place| Prefix::new(self.starts.get(place)?.address(), self.node(place)?.length).ok())
    }

    /// Where the prefixes of a tag stand, in order.
    fn places_of(&self, tag: u32) -> impl Iterator<Item = usize> {
        let own = span(&self.tag_ends, tag as usize).and_then(|span| self.tag_prefixes.get(span));
        own.unwrap_or_default().iter().map(|place| u32::from_le_bytes(*place) as usize)
    }
}

/// The bytes of an address in the tables.
pub(super) trait Address: Copy {
    type Bits: Ord;

    fn bits(self) -> Self::Bits;

    fn address(self) -> IpAddr;

    /// From this address to the last one of the prefix of `length` bits that begins here.
    fn range(self, length: u8) -> net::Range<Self::Bits>;

    /// Whether the first `length` bits agree.
    fn agrees(self, other: Self, length: u8) -> bool;

    /// Which block of 2^16 addresses this is in, where the family's table has blocks.
    fn block(self) -> Option<usize>;
}

impl Address for [u8; 4] {
    type Bits = u32;

    fn bits(self) -> u32 {
        u32::from_le_bytes(self)
    }

    fn address(self) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(self.bits()))
    }

    fn range(self, length: u8) -> net::Range<u32> {
        let host = u32::MAX.checked_shr(length.into()).unwrap_or(0);
        net::Range { first: self.bits(), last: self.bits() | host }
    }

    fn agrees(self, other: Self, length: u8) -> bool {
        (self.bits() ^ other.bits()).leading_zeros() >= u32::from(length)
    }

    fn block(self) -> Option<usize> {
        Some((self.bits() >> 16) as usize)
    }
}

impl Address for [u8; 16] {
    type Bits = u128;

    fn bits(self) -> u128 {
        u128::from_le_bytes(self)
    }

    fn address(self) -> IpAddr {
        IpAddr::V6(Ipv6Addr::from_bits(self.bits()))
    }

    fn range(self, length: u8) -> net::Range<u128> {
        let host = u128::MAX.checked_shr(length.into()).unwrap_or(0);
        net::Range { first: self.bits(), last: self.bits() | host }
    }

    fn agrees(self, other: Self, length: u8) -> bool {
        (self.bits() ^ other.bits()).leading_zeros() >= u32::from(length)
    }

    fn block(self) -> Option<usize> {
        None
    }
}

fn holder_end([_, _, _, _, end @ .., _]: &[u8; 9]) -> usize {
    u32::from_le_bytes(*end) as usize
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
