//! Service tags: the embedded tables, files of every cloud, lookups against a plain scan.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use std::collections::BTreeMap;
use std::path::Path;

use azpreflight::azure::{Cloud, Region};
use azpreflight::net::{AddressSet, Prefix};
use azpreflight::tags::{Origin, ServiceTag, TagCatalog, TagChange, TagEntry, TagFile, TagVersion};
use azpreflight::wire::tag_file;

#[test]
fn the_embedded_tables_are_the_file_under_data() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/service-tags");
    let file = tag_file::parse("public.json", &std::fs::read(folder.join("public.json")).unwrap()).unwrap();
    let manifest = std::fs::read_to_string(folder.join("public.toml")).unwrap();
    let embedded = TagCatalog::embedded();
    let release = embedded.release();
    assert_eq!((release.cloud, release.origin), (file.cloud, Origin::Embedded));
    assert_eq!(release.sha256, file.sha256, "public.toml is not of this public.json");
    assert!(manifest.contains(&format!("\ndate = {}\n", release.date.unwrap())));
    same_tags(embedded, &file);
    let compiled = TagCatalog::compile(&file, Origin::File).unwrap();
    same_tags(&compiled, &file);
    assert_eq!(embedded.diff(&compiled), []);
}

#[test]
fn any_nesting_is_found_again() {
    let mut random = Random(0xa5);
    for round in 0..30 {
        let tags = (0..20).map(|tag| random_tag(&mut random, tag)).collect();
        agrees_with_a_plain_scan(&catalog(tags), 20 + round);
    }
}

#[test]
fn the_ends_of_the_address_space_belong_to_it() {
    let all =
        catalog(vec![entry("All", &["0.0.0.0/0", "::/0"]), entry("Ends", &["255.255.255.255/32", "::/128"])]);
    let names =
        |address: &str| all.lookup(address.parse().unwrap()).map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names("0.0.0.0"), ["All"]);
    assert_eq!(names("255.255.255.255"), ["Ends", "All"]);
    assert_eq!(names("::"), ["Ends", "All"]);
    assert_eq!(names("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ["All"]);
}

#[test]
fn names_that_differ_in_case_are_one_tag() {
    let one = catalog(vec![
        entry("Storage", &["192.0.2.0/25"]),
        entry("STORAGE", &["192.0.2.128/25", "192.0.2.0/25"]),
    ]);
    assert_eq!(one.names().collect::<Vec<_>>(), ["Storage"]);
    assert_eq!(one.resolve("storage").unwrap().addresses(), set(&["192.0.2.0/24"]));
    assert_eq!(one.lookup("192.0.2.1".parse().unwrap()).count(), 1);
}

#[test]
fn a_diff_is_of_addresses_and_not_of_text() {
    let old = catalog(vec![
        entry("Cut", &["192.0.2.0/24"]),
        entry("Gone", &["198.51.100.0/24"]),
        entry("moved", &["10.0.0.0/24"]),
    ]);
    let new = catalog(vec![
        entry("Cut", &["192.0.2.0/25", "192.0.2.128/25"]),
        entry("Fresh", &[]),
        entry("Moved", &["10.0.0.128/25", "10.0.1.0/24"]),
    ]);
    let version = |name: &str| Some(TagVersion { name: name.to_owned(), change_number: None });
    let tag = |old: Option<&str>, new: Option<&str>, gained: &[&str], lost: &[&str]| TagChange {
        name: new.or(old).expect("a name").to_owned(),
        old: old.and_then(version),
        new: new.and_then(version),
        gained: set(gained),
        lost: set(lost),
    };
    let changes = old.diff(&new);
    assert_eq!(
        changes,
        [
            tag(Some("Cut"), Some("Cut"), &[], &[]),
            tag(None, Some("Fresh"), &[], &[]),
            tag(Some("Gone"), None, &[], &["198.51.100.0/24"]),
            tag(Some("moved"), Some("Moved"), &["10.0.1.0/24"], &["10.0.0.0/25"]),
        ]
    );
    let of_meaning: Vec<bool> = changes.iter().map(TagChange::is_of_meaning).collect();
    assert_eq!(of_meaning, [false, true, true, true]);
    let renamed: Vec<bool> = changes.iter().map(TagChange::is_renamed).collect();
    assert_eq!(renamed, [false, false, false, true]);
    assert_eq!(new.diff(&new), []);
}

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn published_files_of_every_cloud_are_read() {
    for (name, cloud, number, tags, prefixes) in [
        ("ServiceTags_Public_20250721.json", Cloud::Public, 363, 2967, 90493),
        ("ServiceTags_Public_20250728.json", Cloud::Public, 364, 2967, 90489),
        ("ServiceTags_AzureGovernment_20260720.json", Cloud::UsGovernment, 402, 299, 6591),
        ("ServiceTags_China_20250728.json", Cloud::China, 363, 324, 4130),
    ] {
        let file = published(name);
        assert_eq!((file.cloud, file.change_number), (Some(cloud), Some(number)), "{name}");
        assert_eq!(file.date.unwrap().strftime("%Y%m%d").to_string(), name.split(['_', '.']).nth(2).unwrap());
        assert_eq!(file.tags.len(), tags, "{name}");
        assert_eq!(file.tags.iter().map(|tag| tag.prefixes.len()).sum::<usize>(), prefixes, "{name}");
        let catalog = TagCatalog::compile(&file, Origin::File).unwrap();
        same_tags(&catalog, &file);
        agrees_with_a_plain_scan(&catalog, 20);
        let storage = catalog.resolve("storage").unwrap();
        assert_eq!(storage.system_service(), Some("AzureStorage"));
        assert!(storage.change_number().is_some());
        let unknown = catalog.tags().filter_map(ServiceTag::region).find(|region| !region.is_known());
        assert_eq!(unknown, None, "{name}: a region that regions.toml lacks");
    }
}

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn published_names_are_spelled_as_published() {
    let embedded = TagCatalog::embedded();
    for tag in published("ServiceTags_Public_20250728.json").tags {
        let ours = embedded.resolve(&tag.name).unwrap();
        assert_eq!(ours.name(), tag.name);
        assert_eq!(ours.region(), (!tag.region.is_empty()).then(|| Region::parse(&tag.region)));
    }
}

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn a_diff_leads_from_one_published_file_to_the_next() {
    let [old, new] = ["ServiceTags_Public_20250721.json", "ServiceTags_Public_20250728.json"]
        .map(|name| TagCatalog::compile(&published(name), Origin::File).unwrap());
    let changes: BTreeMap<_, _> =
        old.diff(&new).into_iter().map(|change| (change.name.clone(), change)).collect();
    assert!(!changes.is_empty());
    for tag in new.tags() {
        let before = old.resolve(tag.name()).map_or_else(|_| AddressSet::empty(), ServiceTag::addresses);
        let after = match changes.get(tag.name()) {
            Some(change) => before.difference(&change.lost).union(&change.gained),
            None => before,
        };
        assert_eq!(after, tag.addresses(), "{tag:?}");
    }
}

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

fn published(name: &str) -> TagFile {
    let corpus = std::env::var("AZPREFLIGHT_CORPUS").expect("AZPREFLIGHT_CORPUS names a folder");
    let bytes =
        std::fs::read(Path::new(&corpus).join("service-tags").join(name)).expect("a file of the corpus");
    tag_file::parse(name, &bytes).expect("a published file can be read")
}

/// Every tag and every prefix of the file, and nothing else.
fn same_tags(catalog: &TagCatalog, file: &TagFile) {
    let mut listed: BTreeMap<String, &TagEntry> = BTreeMap::new();
    for tag in &file.tags {
        assert!(listed.insert(tag.name.to_ascii_lowercase(), tag).is_none(), "{} twice", tag.name);
    }
    assert_eq!(catalog.tags().count(), listed.len());
    for (tag, (_, entry)) in catalog.tags().zip(listed) {
        assert_eq!((tag.name(), tag.change_number()), (entry.name.as_str(), entry.change_number));
        assert_eq!(tag.system_service().unwrap_or_default(), entry.system_service);
        assert_eq!(tag.region().is_none(), entry.region.is_empty());
        let mut prefixes = entry.prefixes.clone();
        prefixes.sort_by_key(|prefix| (!prefix.is_ipv4(), prefix.first(), prefix.length()));
        assert_eq!(tag.prefixes().collect::<Vec<_>>(), prefixes, "{tag:?}");
    }
}

fn catalog(tags: Vec<TagEntry>) -> TagCatalog {
    let file = TagFile { cloud: None, change_number: None, date: None, sha256: String::new(), tags };
    TagCatalog::compile(&file, Origin::File).expect("a small file fits")
}

fn entry(name: &str, prefixes: &[&str]) -> TagEntry {
    TagEntry {
        name: name.to_owned(),
        region: String::new(),
        system_service: String::new(),
        change_number: None,
        prefixes: prefixes.iter().map(|text| text.parse().expect("a prefix")).collect(),
    }
}

fn set(prefixes: &[&str]) -> AddressSet {
    AddressSet::from_prefixes(entry("", prefixes).prefixes)
}

/// Prefixes crowded into a small space, so that they nest deeply.
fn random_tag(random: &mut Random, tag: usize) -> TagEntry {
    let prefixes: Vec<String> = (0..10)
        .map(|_| {
            let (host, length) = (random.below(256), random.below(34));
            if length == 33 {
                format!("::{host:x}/{}", 112 + random.below(17))
            } else {
                format!("10.0.0.{host}/{length}")
            }
        })
        .collect();
    entry(&format!("tag{tag:02}"), &prefixes.iter().map(String::as_str).collect::<Vec<_>>())
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
