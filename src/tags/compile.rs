//! Builds the flat tables of service tags. Uses only the standard library: the build script includes this file too.
//!
//! Prefixes never overlap by halves: of two, one holds the other or they are apart. So the distinct prefixes of all
//! tags, sorted by first address and then from wide to narrow, form a forest in pre-order, and each is kept once with
//! its nearest wider prefix (its parent) and the tags that list it (its holders). Every tag of an address is found by one
//! binary search and a walk up the parents: the search ends at the last prefix that starts at or before the address,
//! and the narrowest prefix holding the address is that one or one of its ancestors. The size is linear in the input,
//! whatever a file nests.
//!
//! ```text
//!  10.0.0.0/8    holders A        parent -
//!  10.1.0.0/16   holders A.East   parent 0
//!  10.1.9.0/24   holders B        parent 1      10.1.10.1: the search ends here; not inside; parent 1 is
//! ```

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Numbers of `N` bytes, lowest byte first, borrowed from the program or owned.
pub(crate) type Column<const N: usize> = Cow<'static, [[u8; N]]>;

/// The parent of a prefix without one, and the change number of a tag without one.
pub(crate) const NONE: u32 = u32::MAX;

/// One service tag as it was read.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) name: &'a str,
    /// Empty where the tag has none.
    pub(crate) region: &'a str,
    /// Empty where it is not known.
    pub(crate) system_service: &'a str,
    pub(crate) change_number: Option<u32>,
    pub(crate) prefixes: &'a [(IpAddr, u8)],
}

/// Every tag of one release, sorted by name without regard to case; a tag's id is its place in that order.
pub(crate) struct Tables {
    /// Name, region and system service of every tag, one behind the other.
    pub(crate) text: Cow<'static, str>,
    /// Where each text ends: three numbers a tag.
    pub(crate) text_ends: Column<4>,
    pub(crate) change_numbers: Column<4>,
    pub(crate) v4: Family<4>,
    pub(crate) v6: Family<16>,
}

/// The prefixes of one address family, `N` bytes an address.
pub(crate) struct Family<const N: usize> {
    /// The first address of each prefix.
    pub(crate) starts: Column<N>,
    /// Of each prefix: its parent (4 bytes), where its tags end in `holders` (4), its length (1). One record, because
    /// whoever reads one of them reads all.
    pub(crate) nodes: Column<9>,
    /// How many prefixes start before each block of 2^16 addresses, IPv4 only: where a search may begin and end.
    pub(crate) blocks: Column<4>,
    /// Ids of tags.
    pub(crate) holders: Column<4>,
    /// Where the prefixes of each tag end in `tag_prefixes`.
    pub(crate) tag_ends: Column<4>,
    /// Places in `starts`.
    pub(crate) tag_prefixes: Column<4>,
}

/// The tables of these tags. Tags whose names differ only in case become one with the prefixes of all, under the first
/// name. Bits past a prefix's length are cleared; a length past the family's is cut to a single address. `None` where there
/// is more of anything than 32 bits can count.
pub(crate) fn compile(rows: &[Row]) -> Option<Tables> {
    let mut tags: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        tags.entry(row.name.to_ascii_lowercase()).or_default().push(row);
    }
    let (mut text, mut text_ends, mut change_numbers) = (String::new(), Vec::new(), Vec::new());
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for (id, rows) in tags.values().enumerate() {
        let id = number(id)?;
        let first = rows.first()?;
        for part in [first.name, first.region, first.system_service] {
            text.push_str(part);
            text_ends.push(bytes(text.len())?);
        }
        change_numbers.push(first.change_number.unwrap_or(NONE).to_le_bytes());
        for (address, length) in rows.iter().flat_map(|row| row.prefixes) {
            match address {
                IpAddr::V4(v) => v4.push(Entry::new(u128::from(u32::from(*v)), *length, 32, id)),
                IpAddr::V6(v) => v6.push(Entry::new(u128::from(*v), *length, 128, id)),
            }
        }
    }
    Some(Tables {
        text: text.into(),
        text_ends: text_ends.into(),
        change_numbers: change_numbers.into(),
        v4: family(v4, 32, tags.len())?,
        v6: family(v6, 128, tags.len())?,
    })
}

/// A prefix of a tag. The order is that of the tables: by address, wide before narrow, then by tag.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    start: u128,
    length: u8,
    tag: u32,
}

impl Entry {
    fn new(address: u128, length: u8, width: u8, tag: u32) -> Self {
        let length = length.min(width);
        Self { start: address & !host_bits(length, width), length, tag }
    }
}

fn family<const N: usize>(mut entries: Vec<Entry>, width: u8, tags: usize) -> Option<Family<N>> {
    entries.sort_unstable();
    entries.dedup();
    let (mut starts, mut nodes, mut holders) = (Vec::new(), Vec::new(), Vec::new());
    let mut of_tags = Vec::with_capacity(entries.len());
    let mut open: Vec<(u32, u128)> = Vec::new();
    for same in entries.chunk_by(|a, b| (a.start, a.length) == (b.start, b.length)) {
        let Some(&Entry { start, length, .. }) = same.first() else { continue };
        let place = number(starts.len())?;
        while open.pop_if(|(_, last)| *last < start).is_some() {}
        let parent = open.last().map_or(NONE, |(parent, _)| *parent);
        open.push((place, start | host_bits(length, width)));
        starts.push(start);
        holders.extend(same.iter().map(|entry| entry.tag.to_le_bytes()));
        let holder_end = number(holders.len())?;
        nodes.push(low_bytes(u128::from(parent) | u128::from(holder_end) << 32 | u128::from(length) << 64));
        of_tags.extend(same.iter().map(|entry| (entry.tag, place)));
    }
    of_tags.sort_unstable();
    Some(Family {
        blocks: if width == 32 { blocks(&starts)? } else { Vec::new() }.into(),
        starts: starts.into_iter().map(low_bytes).collect(),
        nodes: nodes.into(),
        holders: holders.into(),
        tag_ends: ends(&of_tags, tags)?.into(),
        tag_prefixes: of_tags.iter().map(|(_, place)| place.to_le_bytes()).collect(),
    })
}

/// Where the prefixes of each tag end in a list sorted by tag.
fn ends(of_tags: &[(u32, u32)], tags: usize) -> Option<Vec<[u8; 4]>> {
    let mut ends = Vec::with_capacity(tags);
    for id in 0..number(tags)? {
        ends.push(bytes(of_tags.partition_point(|(tag, _)| *tag <= id))?);
    }
    Some(ends)
}

fn blocks(starts: &[u128]) -> Option<Vec<[u8; 4]>> {
    let before = |block: u128| bytes(starts.partition_point(|start| start >> 16 < block));
    (0..=1 << 16).map(before).collect()
}

fn host_bits(length: u8, width: u8) -> u128 {
    1_u128.checked_shl(u32::from(width - length)).map_or(u128::MAX, |bit| bit - 1)
}

fn low_bytes<const N: usize>(value: u128) -> [u8; N] {
    let mut low = [0; N];
    low.iter_mut().zip(value.to_le_bytes()).for_each(|(to, from)| *to = from);
    low
}

/// Below [`NONE`], so that no place is mistaken for it.
fn number(count: usize) -> Option<u32> {
    u32::try_from(count).ok().filter(|number| *number < NONE)
}

fn bytes(count: usize) -> Option<[u8; 4]> {
    number(count).map(u32::to_le_bytes)
}
