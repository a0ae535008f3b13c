//! All service tags of an address, each with the prefix that puts it there, against maps of prefixes.
//!
//! Every contestant holds the same tags and gives names and prefixes. The maps that find every covering prefix keep the
//! tags of a prefix at it; the one that finds only the longest keeps there the tags of all prefixes around it too.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use azpreflight::net::Prefix;
use azpreflight::tags::TagCatalog;
use azpreflight_benches::{Contestant, Random, median, race, ratio};
use ip_network::IpNetwork;
use ip_network_table::IpNetworkTable;
use ipnet::{Ipv4Net, Ipv6Net};
use iptrie::map::{LCTrieMap, RTrieMap};
use iptrie::{Ipv4Prefix, Ipv6Prefix};
use prefix_trie::PrefixMap;

/// Addresses asked about in a round.
const ADDRESSES: usize = 100_000;
const ROUNDS: usize = 31;
/// How many times as fast as the best of the others lookups shall be.
const GOAL: f64 = 1.6;

type Tags<'a> = Vec<(&'a str, Prefix)>;

fn main() {
    let catalog = TagCatalog::embedded();
    let listed = listed(catalog);
    let asked = addresses(&listed);
    let (cover4, cover6) = prefix_trie(&listed);
    let (longest4, longest6) = iptrie(&listed);
    let table = ip_network_table(&listed);
    let sum =
        |answers: &dyn Fn(IpAddr) -> u64| asked.iter().fold(0u64, |sum, a| sum.wrapping_add(answers(*a)));
    let contestants = [
        Contestant {
            name: "azpreflight",
            work: Box::new(|| {
                asked.iter().fold(0u64, |sum, a| sum.wrapping_add(catalog.lookup(*a).map(weigh).sum()))
            }),
        },
        Contestant {
            name: "prefix-trie",
            work: Box::new(|| {
                sum(&|address| match address {
                    IpAddr::V4(a) => {
                        cover4.cover_values(&Ipv4Net::from(a)).flatten().copied().map(weigh).sum()
                    }
                    IpAddr::V6(a) => {
                        cover6.cover_values(&Ipv6Net::from(a)).flatten().copied().map(weigh).sum()
                    }
                })
            }),
        },
        Contestant {
            name: "iptrie (longest match, all tags copied to it)",
            work: Box::new(|| {
                sum(&|address| match address {
                    IpAddr::V4(a) => longest4.lookup(&a).1.iter().copied().map(weigh).sum(),
                    IpAddr::V6(a) => longest6.lookup(&a).1.iter().copied().map(weigh).sum(),
                })
            }),
        },
        Contestant {
            name: "ip_network_table",
            work: Box::new(|| {
                sum(&|address| table.matches(address).flat_map(|(_, tags)| tags).copied().map(weigh).sum())
            }),
        },
    ];
    let times = race(&contestants, ROUNDS);
    report(&contestants, &times);
}

fn report(contestants: &[Contestant<'_>], times: &[Vec<std::time::Duration>]) {
    println!("| all tags of an address | ns an address | times as long |\n|---|---|---|");
    let mut best = f64::INFINITY;
    for (contestant, own) in contestants.iter().zip(times) {
        let nanoseconds = median(own).as_secs_f64() * 1e9 / ADDRESSES as f64;
        let longer = ratio(&times[0], own);
        println!("| {} | {nanoseconds:.1} | {longer:.2} |", contestant.name);
        if contestant.name != contestants[0].name {
            best = best.min(longer);
        }
    }
    let met = if best >= GOAL { "met" } else { "missed" };
    println!("\n{best:.2} times as fast as the best of the others; goal {GOAL}: {met}");
}

/// Something that depends on the name and on the prefix, whatever the order.
fn weigh((name, prefix): (&str, Prefix)) -> u64 {
    name.len() as u64 * 131 + u64::from(name.as_bytes()[0]) + u64::from(prefix.length()) * 7
}

fn listed(catalog: &TagCatalog) -> BTreeMap<Prefix, Tags<'_>> {
    let mut listed: BTreeMap<Prefix, Tags<'_>> = BTreeMap::new();
    for tag in catalog.tags() {
        for prefix in tag.prefixes() {
            listed.entry(prefix).or_default().push((tag.name(), prefix));
        }
    }
    listed
}

/// Six of ten in a tag, two of three IPv4; the rest anywhere, as the far ends of real flows are.
fn addresses(listed: &BTreeMap<Prefix, Tags<'_>>) -> Vec<IpAddr> {
    let of = |v4: bool| listed.keys().copied().filter(|p| p.is_ipv4() == v4).collect::<Vec<Prefix>>();
    let (v4, v6) = (of(true), of(false));
    let mut random = Random(0xbe7c);
    let within = |random: &mut Random, prefixes: &[Prefix]| {
        let prefix = prefixes[random.below(prefixes.len())];
        let bits = u128::from(random.bits()) << 64 | u128::from(random.bits());
        match prefix.first() {
            IpAddr::V4(first) => {
                let host = u32::MAX.checked_shr(prefix.length().into()).unwrap_or(0);
                IpAddr::from(Ipv4Addr::from_bits(first.to_bits() | bits as u32 & host))
            }
            IpAddr::V6(first) => {
                let host = u128::MAX.checked_shr(prefix.length().into()).unwrap_or(0);
                IpAddr::from(Ipv6Addr::from_bits(first.to_bits() | bits & host))
            }
        }
    };
    (0..ADDRESSES)
        .map(|_| match random.below(30) {
            0..12 => within(&mut random, &v4),
            12..18 => within(&mut random, &v6),
            18..26 => Ipv4Addr::from_bits(random.bits() as u32).into(),
            _ => Ipv6Addr::from_bits(u128::from(random.bits()) << 61 | 1 << 125 | u128::from(random.bits()))
                .into(),
        })
        .collect()
}

fn prefix_trie<'a>(
    listed: &BTreeMap<Prefix, Tags<'a>>,
) -> (PrefixMap<Ipv4Net, Tags<'a>>, PrefixMap<Ipv6Net, Tags<'a>>) {
    let (mut v4, mut v6) = (PrefixMap::new(), PrefixMap::new());
    for (prefix, tags) in listed {
        match prefix.first() {
            IpAddr::V4(first) => {
                v4.insert(Ipv4Net::new_assert(first, prefix.length()), tags.clone());
            }
            IpAddr::V6(first) => {
                v6.insert(Ipv6Net::new_assert(first, prefix.length()), tags.clone());
            }
        }
    }
    (v4, v6)
}

fn iptrie<'a>(
    listed: &BTreeMap<Prefix, Tags<'a>>,
) -> (LCTrieMap<Ipv4Prefix, Tags<'a>>, LCTrieMap<Ipv6Prefix, Tags<'a>>) {
    let (mut v4, mut v6) = (RTrieMap::with_root(Tags::new()), RTrieMap::with_root(Tags::new()));
    for prefix in listed.keys() {
        let wider = (0..=prefix.length()).filter_map(|length| Prefix::new(prefix.first(), length).ok());
        let all: Tags<'a> = wider.filter_map(|wider| listed.get(&wider)).flatten().copied().collect();
        match prefix.first() {
            IpAddr::V4(first) => {
                v4.insert(Ipv4Prefix::new(first, prefix.length()).expect("a prefix"), all);
            }
            IpAddr::V6(first) => {
                v6.insert(Ipv6Prefix::new(first, prefix.length()).expect("a prefix"), all);
            }
        }
    }
    (v4.compress(), v6.compress())
}

fn ip_network_table<'a>(listed: &BTreeMap<Prefix, Tags<'a>>) -> IpNetworkTable<Tags<'a>> {
    let mut table = IpNetworkTable::new();
    for (prefix, tags) in listed {
        table.insert(IpNetwork::new(prefix.first(), prefix.length()).expect("a network"), tags.clone());
    }
    table
}
