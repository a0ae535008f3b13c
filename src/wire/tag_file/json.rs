//! The JSON formats: one shape, with fields in camel or Pascal case and numbers as numbers or strings.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use serde_path_to_error::Segment;

use super::{Content, Fault};
use crate::azure::Cloud;
use crate::input::Pointer;
use crate::net::Prefix;
use crate::tags::TagEntry;

pub(super) fn parse(text: &str) -> Result<Content, Fault> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let file: File = serde_path_to_error::deserialize(&mut reader).map_err(|error| fault(&error))?;
    reader.end().map_err(|error| Fault::new(Pointer::root(), error.to_string(), "nothing more"))?;
    let cloud = file.cloud.filter(|name| !name.is_empty()).map(|name| name.parse::<Cloud>()).transpose();
    let cloud = cloud.map_err(|error| {
        let found = format!("unknown cloud `{}`", error.0);
        Fault::new(Pointer::root().key("cloud"), found, "public, us-government, china or germany")
    })?;
    Ok(Content {
        cloud,
        change_number: file.change_number.0,
        tags: file.values.into_iter().map(entry).collect(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a file of service tags")]
struct File<'a> {
    #[serde(default, alias = "ChangeNumber")]
    change_number: Number,
    #[serde(borrow, default, alias = "Cloud")]
    cloud: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "Values")]
    values: Vec<Tag<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a service tag")]
struct Tag<'a> {
    #[serde(borrow, alias = "Name")]
    name: Cow<'a, str>,
    #[serde(borrow, alias = "Properties")]
    properties: Properties<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "the properties of a service tag")]
struct Properties<'a> {
    #[serde(default, alias = "ChangeNumber")]
    change_number: Number,
    #[serde(borrow, default, alias = "Region")]
    region: Option<Cow<'a, str>>,
    #[serde(borrow, default, alias = "SystemService")]
    system_service: Option<Cow<'a, str>>,
    #[serde(alias = "AddressPrefixes")]
    address_prefixes: Vec<Block>,
}

fn entry(tag: Tag) -> TagEntry {
    let Properties { change_number, region, system_service, address_prefixes } = tag.properties;
    TagEntry {
        name: tag.name.into_owned(),
        region: region.unwrap_or_default().into_owned(),
        system_service: system_service.unwrap_or_default().into_owned(),
        change_number: change_number.0,
        prefixes: address_prefixes.into_iter().map(|block| block.0).collect(),
    }
}

struct Block(Prefix);

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(BlockVisitor)
    }
}

struct BlockVisitor;

impl Visitor<'_> for BlockVisitor {
    type Value = Block;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an address prefix")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Block, E> {
        let prefix = text.trim().parse();
        prefix.map(Block).map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

/// A change number; none where it is null or empty.
#[derive(Default)]
struct Number(Option<u32>);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Number, E> {
        let small = u32::try_from(number);
        small.map(|n| Number(Some(n))).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
        if text.is_empty() {
            return Ok(Number(None));
        }
        let number = text.parse();
        number.map(|n| Number(Some(n))).map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Number, E> {
        Ok(Number(None))
    }
}

fn fault(error: &serde_path_to_error::Error<serde_json::Error>) -> Fault {
    let pointer = error.path().iter().fold(Pointer::root(), |place, segment| match segment {
        Segment::Seq { index } => place.index(*index),
        Segment::Map { key } => place.key(key),
        Segment::Enum { .. } | Segment::Unknown => place,
    });
    let text = error.inner().to_string();
    if !error.inner().is_data() {
        return Fault::new(pointer, text, "whole and valid JSON");
    }
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    match message.rsplit_once(", expected ") {
        Some((found, expected)) => Fault::new(pointer, found_text(found), expected),
        None => Fault::new(pointer, message, "a service tag"),
    }
}

/// Serde says `invalid type: string "x"`; the input goes in backticks.
fn found_text(found: &str) -> String {
    let bare = found.split_once(": ").map_or(found, |(_, rest)| rest);
    match bare.split_once('"').and_then(|(kind, rest)| Some((kind, rest.strip_suffix('"')?))) {
        Some((kind, input)) => format!("{kind}`{input}`"),
        None => bare.to_owned(),
    }
}
