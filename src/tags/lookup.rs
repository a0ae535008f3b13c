//! From an address to the tags it is in.

use std::net::IpAddr;

use super::TagCatalog;
use super::compile::{Family, NONE, Tables};
use super::read::{Address, Node};
use crate::net::Prefix;

/// The tags an address is in; made by [`TagCatalog::lookup`].
pub struct Lookup<'a>(Walk<'a>);

impl<'a> Iterator for Lookup<'a> {
    type Item = (&'a str, Prefix);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Walk::V4(chain) => chain.next(),
            Walk::V6(chain) => chain.next(),
        }
    }
}

impl TagCatalog {
    /// The tags an address is in, with the prefix that puts it there: the most specific prefix first, then by name.
    #[inline]
    #[must_use]
    pub fn lookup(&self, address: IpAddr) -> Lookup<'_> {
        match address {
            IpAddr::V4(v4) => {
                Lookup(Walk::V4(Chain::new(&self.tables, &self.tables.v4, u32::from(v4).to_le_bytes())))
            }
            IpAddr::V6(v6) => {
                Lookup(Walk::V6(Chain::new(&self.tables, &self.tables.v6, u128::from(v6).to_le_bytes())))
            }
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
    address: IpAddr,
    node: Node<'a>,
    prefix: Option<Prefix>,
}

impl<'a, const N: usize> Chain<'a, N>
where
    [u8; N]: Address,
{
    #[inline]
    fn new(tables: &'a Tables, family: &'a Family<N>, address: [u8; N]) -> Self {
        let nothing = Node { length: 0, parent: NONE, holders: &[] };
        let node = family.narrowest(address).unwrap_or(nothing);
        let address = address.address();
        Self { tables, family, address, node, prefix: Prefix::new(address, node.length).ok() }
    }

    #[inline]
    fn next(&mut self) -> Option<(&'a str, Prefix)> {
        loop {
            if let Some((tag, rest)) = self.node.holders.split_first() {
                self.node.holders = rest;
                return Some((self.tables.name(u32::from_le_bytes(*tag)), self.prefix?));
            }
            self.node = self.family.node(self.node.parent as usize)?;
            self.prefix = Prefix::new(self.address, self.node.length).ok();
        }
    }
}
