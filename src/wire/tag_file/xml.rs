//! `PublicIPs_*.xml`: the ranges of each region, before there were service tags.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::{Content, Fault};
use crate::azure::Region;
use crate::input::Pointer;
use crate::tags::TagEntry;

const ROOT: &str = "AzurePublicIpAddresses";

/// Every region becomes the tag `AzureCloud.<region>` under the region's canonical name.
pub(super) fn parse(text: &str) -> Result<Content, Fault> {
    let mut reader = Reader::from_str(text);
    let mut tags: Vec<TagEntry> = Vec::new();
    let mut depth = 0_usize;
    let mut closed = false;
    loop {
        let event = reader.read_event().map_err(|error| {
            let found = format!("{error} at byte {}", reader.error_position());
            Fault::new(here(&tags), found, "whole and valid XML")
        })?;
        match event {
            Event::Start(element) => {
                read(&element, &mut tags, depth)?;
                depth += 1;
            }
            Event::Empty(element) => read(&element, &mut tags, depth)?,
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                closed = depth == 0;
            }
            Event::Eof if closed => return Ok(Content { cloud: None, change_number: None, tags }),
            Event::Eof => return Err(Fault::new(here(&tags), "the end of the file", "whole and valid XML")),
            _ => {}
        }
    }
}

fn read(element: &BytesStart, tags: &mut Vec<TagEntry>, depth: usize) -> Result<(), Fault> {
    match (depth, element.local_name().as_ref()) {
        (0, name) if name == ROOT => Ok(()),
        (0, name) => {
            let found = format!("element `{name}`");
            Err(Fault::new(Pointer::root(), found, format!("`{ROOT}`")))
        }
        (1, "Region") => {
            let region = Region::parse(&attribute(element, "Name", &region(tags.len()))?);
            tags.push(TagEntry {
                name: format!("AzureCloud.{region}"),
                region: region.name().to_owned(),
                system_service: String::new(),
                change_number: None,
                prefixes: Vec::new(),
            });
            Ok(())
        }
        (2, "IpRange") => add_range(element, tags),
        _ => Ok(()),
    }
}

fn add_range(element: &BytesStart, tags: &mut [TagEntry]) -> Result<(), Fault> {
    let place = here(tags);
    let Some(tag) = tags.last_mut() else { return Ok(()) };
    let place = place.key("IpRange").index(tag.prefixes.len());
    let text = attribute(element, "Subnet", &place)?;
    let prefix = text.trim().parse();
    tag.prefixes.push(prefix.map_err(|_| Fault::new(place, format!("`{text}`"), "an address prefix"))?);
    Ok(())
}

fn attribute(element: &BytesStart, name: &str, place: &Pointer) -> Result<String, Fault> {
    let found =
        element.try_get_attribute(name).map_err(|e| Fault::new(place.clone(), e.to_string(), "valid XML"))?;
    let Some(found) = found else {
        return Err(Fault::new(place.clone(), format!("no attribute `{name}`"), "one"));
    };
    let value = found
        .normalized_value(XmlVersion::Implicit1_0)
        .map_err(|e| Fault::new(place.clone(), e.to_string(), "valid XML"))?;
    Ok(value.into_owned())
}

fn here(tags: &[TagEntry]) -> Pointer {
    tags.len().checked_sub(1).map_or_else(|| Pointer::root().key(ROOT), region)
}

fn region(index: usize) -> Pointer {
    Pointer::root().key(ROOT).key("Region").index(index)
}
