//! Service tags: the embedded tables, files of every cloud, lookups against a plain scan.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use azpreflight::net::Prefix;
use azpreflight::tags::TagCatalog;

#[test]
fn lookups_agree_with_a_plain_scan() {
    agrees_with_a_plain_scan(TagCatalog::embedded(), 100);
}

#[test]
fn every_prefix_leads_back_to_its_tag() {
    let catalog = TagCatalog::embedded();
    for tag in catalog.tags() {
        assert_eq!(catalog.resolve(&tag.name().to_uppercase()).unwrap().name(), tag.name());
        for prefix in tag.prefixes().step_by(7) {
            for address in [prefix.first(), prefix.last()] {
                assert!(
                    catalog.lookup(address).any(|found| found == (tag.name(), prefix)),
                    "{tag:?} {prefix}"
                );
            }
        }
    }
}

#[test]
fn a_tag_covers_what_it_lists() {
    let catalog = TagCatalog::embedded();
    let tag = catalog.resolve("AzureBackup.koreacentral").unwrap();
    assert_eq!(tag.region().unwrap().name(), "koreacentral");
    let covering: Vec<_> = catalog.covering(&tag.addresses()).iter().map(|tag| tag.name()).collect();
    assert_eq!(covering.first(), Some(&"AzureBackup.KoreaCentral"));
    assert!(covering.contains(&"AzureBackup"), "{covering:?}");
    assert!(!covering.contains(&"Storage"), "{covering:?}");
}

fn agrees_with_a_plain_scan(catalog: &TagCatalog, rounds: usize) {
    let mut listed: Vec<(&str, Prefix)> =
        catalog.tags().flat_map(|tag| tag.prefixes().map(move |prefix| (tag.name(), prefix))).collect();
    // the order of answers; the sort is stable, so names stay in the catalog's order
    listed.sort_by_key(|(_, prefix)| std::cmp::Reverse(prefix.length()));
    let mut random = Random(0x5eed);
    for _ in 0..rounds {
        let (_, near) = listed[random.below(listed.len())];
        for address in [random.v4(), random.v6(), near.first(), near.last(), random.beside(near)] {
            let found: Vec<_> = catalog.lookup(address).collect();
            let scanned: Vec<_> =
                listed.iter().filter(|(_, prefix)| prefix.contains(address)).copied().collect();
            assert_eq!(found, scanned, "{address}");
        }
    }
}

/// A small generator with a fixed seed: xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn half(&mut self) -> u32 {
        let [a, b, c, d, ..] = self.next().to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }

    fn below(&mut self, bound: usize) -> usize {
        self.half() as usize % bound
    }

    fn v4(&mut self) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(self.half()))
    }

    /// In the space Microsoft announces most of its IPv6 prefixes from.
    fn v6(&mut self) -> IpAddr {
        let low = u128::from(self.next()) << 32 | u128::from(self.half());
        IpAddr::V6(Ipv6Addr::from_bits(0x2603_1000 << 96 | low))
    }

    /// The address just before or just after a prefix.
    fn beside(&mut self, prefix: Prefix) -> IpAddr {
        let after = self.next() & 1 == 0;
        match if after { prefix.last() } else { prefix.first() } {
            IpAddr::V4(edge) if after => IpAddr::V4(Ipv4Addr::from_bits(edge.to_bits().wrapping_add(1))),
            IpAddr::V4(edge) => IpAddr::V4(Ipv4Addr::from_bits(edge.to_bits().wrapping_sub(1))),
            IpAddr::V6(edge) if after => IpAddr::V6(Ipv6Addr::from_bits(edge.to_bits().wrapping_add(1))),
            IpAddr::V6(edge) => IpAddr::V6(Ipv6Addr::from_bits(edge.to_bits().wrapping_sub(1))),
        }
    }
}
