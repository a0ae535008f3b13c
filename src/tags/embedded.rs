//! The tables built from `data/service-tags/`, read where they lie in the program: nothing is parsed at start.

use std::borrow::Cow;

use jiff::civil::Date;

use super::TagCatalog;
use super::compile::{Family, Tables};
use super::release::{Origin, Release};
use crate::azure::Cloud;

include!(concat!(env!("OUT_DIR"), "/tags/release.rs"));

macro_rules! column {
    ($name:expr) => {
        Cow::Borrowed(include_bytes!(concat!(env!("OUT_DIR"), "/tags/", $name)).as_slice().as_chunks().0)
    };
}

macro_rules! family {
    ($name:expr) => {
        Family {
            starts: column!(concat!($name, "-starts")),
            nodes: column!(concat!($name, "-nodes")),
            blocks: column!(concat!($name, "-blocks")),
            holders: column!(concat!($name, "-holders")),
            tag_ends: column!(concat!($name, "-tag-ends")),
            tag_prefixes: column!(concat!($name, "-tag-prefixes")),
        }
    };
}

pub(super) static CATALOG: TagCatalog = TagCatalog {
    release: Release {
        cloud: Some(Cloud::Public),
        origin: Origin::Embedded,
        change_number: None,
        date: Some(DATE),
        sha256: Cow::Borrowed(SHA256),
    },
    tables: Tables {
        text: Cow::Borrowed(include_str!(concat!(env!("OUT_DIR"), "/tags/text"))),
        text_ends: column!("text-ends"),
        change_numbers: column!("change-numbers"),
        v4: family!("v4"),
        v6: family!("v6"),
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    fn family<const N: usize>(family: &Family<N>) -> usize {
        let Family { starts, nodes, blocks, holders, tag_ends, tag_prefixes } = family;
        let small = [blocks, holders, tag_ends, tag_prefixes];
        starts.len() * N + nodes.len() * 9 + small.iter().map(|column| column.len() * 4).sum::<usize>()
    }

    #[test]
    fn both_directions_fit_into_3500_kilobytes() {
        let Tables { text, text_ends, change_numbers, v4, v6 } = &CATALOG.tables;
        let size = text.len() + text_ends.len() * 4 + change_numbers.len() * 4 + family(v4) + family(v6);
        assert!((1_000_000..3_500_000).contains(&size), "{size}");
    }
}
