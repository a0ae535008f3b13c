//! Files of service tags: Microsoft's JSON download of any cloud, what `az network list-service-tags` and
//! `Get-AzNetworkServiceTag | ConvertTo-Json` print, and the legacy `PublicIPs_*.xml`.

mod json;
mod xml;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::azure::{Cloud, Region};
use crate::input::{Place, Pointer};
use crate::tags::{TagEntry, TagFile};

/// A tag file that cannot be read: where, what stands there, and what should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagFileError {
    /// The document, and the place inside it. In XML the place is written in the same way, elements being keys.
    pub place: Place,
    /// What was found, in the reader's words; input quoted in backticks.
    pub found: String,
    /// What was expected, to follow "expected".
    pub expected: String,
}

impl fmt::Display for TagFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}, expected {}", self.place, self.found, self.expected)
    }
}

impl std::error::Error for TagFileError {}

/// Reads a tag file of any of the formats, told apart by content. UTF-8 and UTF-16, with or without byte-order mark.
///
/// The day of the release is taken from the document's name (`ServiceTags_Public_20250728.json`); nothing else is. A tag
/// without a list of prefixes is an error: what is not stated is not empty.
pub fn parse(document: &str, bytes: &[u8]) -> Result<TagFile, TagFileError> {
    let read = decode(bytes).and_then(|text| {
        if text.trim_start().starts_with('<') { xml::parse(&text) } else { json::parse(&text) }
    });
    let content = read.and_then(not_empty).map_err(|fault| TagFileError {
        place: Place { document: Arc::from(document), pointer: fault.pointer },
        found: fault.found,
        expected: fault.expected,
    })?;
    Ok(TagFile {
        cloud: content.cloud.or_else(|| cloud_of_regions(&content.tags)),
        change_number: content.change_number,
        date: date_in_name(document),
        sha256: format!("{:x}", Sha256::digest(bytes)),
        tags: content.tags,
    })
}

/// How many letters of the input an error quotes.
const LONGEST: usize = 200;

/// What a format's reader finds in the text.
struct Content {
    cloud: Option<Cloud>,
    change_number: Option<u32>,
    tags: Vec<TagEntry>,
}

/// An error before the document's name is known.
struct Fault {
    pointer: Pointer,
    found: String,
    expected: String,
}

impl Fault {
    /// `found` is cut short where it is long: a whole file can stand in one string.
    fn new(pointer: Pointer, found: impl Into<String>, expected: impl Into<String>) -> Self {
        let found = found.into();
        let found = match found.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", found.get(..end).unwrap_or_default()),
            None => found,
        };
        Self { pointer, found, expected: expected.into() }
    }
}

fn not_empty(content: Content) -> Result<Content, Fault> {
    if content.tags.is_empty() {
        return Err(Fault::new(Pointer::root(), "no tag at all", "a file of service tags"));
    }
    Ok(content)
}

fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [b'<' | b'{', 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, b'<' | b'{', ..] => utf16(bytes, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
        let found = format!("bytes that are no text at {}", error.valid_up_to());
        Fault::new(Pointer::root(), found, "UTF-8, or UTF-16 with a byte-order mark")
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'static, str>, Fault> {
    let (units, rest) = bytes.as_chunks::<2>();
    let text: Result<String, _> = char::decode_utf16(units.iter().map(|pair| unit(*pair))).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(Cow::Owned(text)),
        _ => Err(Fault::new(Pointer::root(), "broken UTF-16", "whole characters")),
    }
}

/// The cloud most of the known regions belong to: only the oldest files need it.
fn cloud_of_regions(tags: &[TagEntry]) -> Option<Cloud> {
    let mut votes: BTreeMap<Cloud, usize> = BTreeMap::new();
    for cloud in tags.iter().filter_map(|tag| Region::parse(&tag.region).cloud()) {
        *votes.entry(cloud).or_default() += 1;
    }
    votes.into_iter().max_by_key(|(_, count)| *count).map(|(cloud, _)| cloud)
}

/// The first run of eight digits in the file's own name that is a date.
fn date_in_name(document: &str) -> Option<Date> {
    let name = document.rsplit(['/', '\\']).next()?;
    name.split(|c: char| !c.is_ascii_digit())
        .filter(|run| run.len() == 8)
        .find_map(|run| Date::strptime("%Y%m%d", run).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"{"changeNumber": 7, "cloud": "Public", "values": [
        {"name": "AzureBackup.KoreaCentral", "id": "AzureBackup.KoreaCentral",
         "properties": {"changeNumber": 3, "region": "koreacentral", "regionId": 26, "platform": "Azure",
                        "systemService": "AzureBackup", "addressPrefixes": ["192.0.2.0/24", "2001:db8::/32"],
                        "networkFeatures": ["NSG"]}}]}"#;

    fn error(text: &str) -> String {
        parse("tags.json", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn reads_the_download() {
        let file = parse("/tmp/20200101/ServiceTags_Public_20250728.json", SMALL.as_bytes()).unwrap();
        assert_eq!((file.cloud, file.change_number), (Some(Cloud::Public), Some(7)));
        assert_eq!(file.date, Some(jiff::civil::date(2025, 7, 28)));
        assert_eq!(file.sha256.len(), 64);
        let tag = &file.tags[0];
        assert_eq!((tag.name.as_str(), tag.region.as_str()), ("AzureBackup.KoreaCentral", "koreacentral"));
        assert_eq!((tag.system_service.as_str(), tag.change_number), ("AzureBackup", Some(3)));
        let prefixes: Vec<_> = tag.prefixes.iter().map(ToString::to_string).collect();
        assert_eq!(prefixes, ["192.0.2.0/24", "2001:db8::/32"]);
    }

    #[test]
    fn numbers_may_be_strings_and_keys_pascal_case() {
        let cli = SMALL.replace(": 7", ": \"7\"").replace(": 3", ": \"3\"").replace(
            "\"changeNumber\": \"7\"",
            "\"id\": \"/x\", \"nextLink\": null, \"type\": \"t\", \"changeNumber\": \"7\"",
        );
        let power_shell = ["changeNumber", "cloud", "values", "name", "id", "properties", "region"]
            .iter()
            .chain(&["systemService", "addressPrefixes"])
            .fold(SMALL.to_owned(), |text, key| {
                let pascal = key[..1].to_uppercase() + &key[1..];
                text.replace(&format!("\"{key}\""), &format!("\"{pascal}\""))
            });
        let expected = parse("t", SMALL.as_bytes()).unwrap();
        for text in [cli, power_shell] {
            let file = parse("t", text.as_bytes()).unwrap();
            assert_eq!((&file.tags, file.change_number), (&expected.tags, expected.change_number));
        }
    }

    #[test]
    fn absent_and_null_fields_stay_unknown() {
        let text = r#"{"changeNumber": null, "cloud": "AzureGermany", "values":
            [{"name": "X", "properties": {"region": null, "systemService": null, "addressPrefixes": []}}]}"#;
        let file = parse("t", text.as_bytes()).unwrap();
        assert_eq!((file.cloud, file.change_number), (Some(Cloud::Germany), None));
        assert_eq!((file.tags[0].change_number, file.tags[0].region.as_str()), (None, ""));
    }

    #[test]
    fn every_encoding_reads_alike() {
        let expected = parse("t", SMALL.as_bytes()).unwrap().tags;
        let units = || "\u{feff}".encode_utf16().chain(SMALL.encode_utf16());
        let encodings = [
            [&[0xef, 0xbb, 0xbf], SMALL.as_bytes()].concat(),
            units().flat_map(u16::to_le_bytes).collect(),
            units().flat_map(u16::to_be_bytes).collect(),
            units().skip(1).flat_map(u16::to_le_bytes).collect(),
        ];
        for bytes in encodings {
            assert_eq!(parse("t", &bytes).unwrap().tags, expected);
        }
    }

    #[test]
    fn reads_the_legacy_file() {
        let text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<AzurePublicIpAddresses><Region Name=\"europewest\">\
            <IpRange Subnet=\"192.0.2.0/24\" /><IpRange Subnet=\"198.51.100.0/24\"></IpRange></Region>\
            <Region Name=\"moonbase\"/></AzurePublicIpAddresses>";
        let file = parse("PublicIPs_20200518.xml", text.as_bytes()).unwrap();
        assert_eq!((file.cloud, file.date), (Some(Cloud::Public), Some(jiff::civil::date(2020, 5, 18))));
        let names: Vec<_> = file.tags.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(names, ["AzureCloud.westeurope", "AzureCloud.moonbase"]);
        assert_eq!(file.tags[0].prefixes.len(), 2);
    }

    #[test]
    fn errors_say_where_and_what() {
        assert_eq!(
            error(&SMALL.replace("192.0.2.0/24", "192.0.2.0/33")),
            "tags.json#/values/0/properties/addressPrefixes/0: string `192.0.2.0/33`, expected an address prefix"
        );
        assert_eq!(
            error(&SMALL.replace("\"koreacentral\"", "5")),
            "tags.json#/values/0/properties/region: integer `5`, expected a string"
        );
        assert_eq!(
            error(&SMALL.replace("\"addressPrefixes\"", "\"addresses\"")),
            "tags.json#/values/0/properties: missing field `addressPrefixes`, expected a service tag"
        );
        assert_eq!(
            error(&SMALL.replace("\"Public\"", "\"Moon\"")),
            "tags.json#/cloud: unknown cloud `Moon`, expected public, us-government, china or germany"
        );
        assert_eq!(
            error(&SMALL.replace(": 7", ": \"seven\"")),
            "tags.json#/changeNumber: string `seven`, expected a number"
        );
        assert_eq!(error("{\"values\": []}"), "tags.json#: no tag at all, expected a file of service tags");
        let xml = "<AzurePublicIpAddresses><Region Name='useast'><IpRange Subnet='10.0.0.0/8'/><IpRange Subnet='x'/>";
        assert_eq!(
            error(xml),
            "tags.json#/AzurePublicIpAddresses/Region/0/IpRange/1: `x`, expected an address prefix"
        );
    }

    #[test]
    fn nothing_makes_it_fall_over() {
        let xml = "<AzurePublicIpAddresses><Region Name=\"useast\"><IpRange Subnet=\"10.0.0.0/8\"/></Region></AzurePublicIpAddresses>";
        for whole in [SMALL, xml] {
            for end in 0..whole.len() {
                assert!(parse("t", &whole.as_bytes()[..end]).is_err(), "{}", &whole[..end]);
            }
        }
        let deep = "[".repeat(1_000_000);
        for text in ["", "null", "[]", "\"\"", "<", "<a/>", "{}x", deep.as_str(), &"<a>".repeat(100_000)] {
            assert!(parse("t", text.as_bytes()).is_err(), "{text:.20}");
        }
        for bytes in [&[0xff][..], &[0xff, 0xfe, 0x00], &[0xff, 0xfe, 0x00, 0xd8], &[0xfe, 0xff]] {
            assert!(parse("t", bytes).is_err());
        }
    }
}
