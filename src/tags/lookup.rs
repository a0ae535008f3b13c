//! From an address to the tags it is in.

use std::net::IpAddr;
use std::slice;

use super::TagCatalog;
use super::compile::{Family, Tables};
use super::read::Address;
use crate::net::Prefix;

/// The tags an address is in; made by [`TagCatalog::lookup`].
pub struct Lookup<'a>(Walk<'a>);

impl<'a> Iterator for Lookup<'a> {
    type Item = (&'a str, Prefix);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Walk::V4(chain) => chain.next(),
            Walk::V6(chain) => chain.next(),
        }
    }
}

impl TagCatalog {
    /// The tags an address is in, with the prefix that puts it there: the most specific prefix first, then by name.
    #[must_use]
    pub fn lookup(&self, address: IpAddr) -> Lookup<'_> {
        match address {
            IpAddr::V4(v4) => Lookup(Walk::V4(Chain::new(&self.tables, &self.tables.v4, u32::from(v4)))),
            IpAddr::V6(v6) => Lookup(Walk::V6(Chain::new(&self.tables, &self.tables.v6, u128::from(v6)))),
        }
    }
}

enum Walk<'a> {
    V4(Chain<'a, 4>),
    V6(Chain<'a, 16>),
}

/// A walk from the narrowest prefix of an address to the widest, tag by tag.
struct Chain<'a, const N: usize> {
    tables: &'a Tables,
    family: &'a Family<N>,
    place: Option<u32>,
    prefix: Option<Prefix>,
    holders: slice::Iter<'a, [u8; 4]>,
}

impl<'a, const N: usize> Chain<'a, N>
where
    [u8; N]: Address,
{
    fn new(tables: &'a Tables, family: &'a Family<N>, address: <[u8; N] as Address>::Bits) -> Self {
        let mut chain = Self { tables, family, place: None, prefix: None, holders: [].iter() };
        chain.stand_on(family.narrowest(address));
        chain
    }

    fn stand_on(&mut self, place: Option<u32>) {
        self.place = place;
        self.prefix = place.and_then(|place| self.family.prefix(place));
        self.holders = place.map_or([].iter(), |place| self.family.holders(place).iter());
    }

    fn next(&mut self) -> Option<(&'a str, Prefix)> {
        loop {
            if let Some(tag) = self.holders.next() {
                return Some((self.tables.name(u32::from_le_bytes(*tag)), self.prefix?));
            }
            let wider = self.family.parent(self.place?);
            self.stand_on(wider);
        }
    }
}
