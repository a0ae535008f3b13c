//! From bytes to JSON values: encodings, byte-order marks, several values in one document.

use std::borrow::Cow;

use serde_json::{Deserializer, Value};

use super::fault::{Fault, quoted};
use crate::input::{Document, Place, Pointer};

/// What a document holds.
#[derive(Debug)]
pub(super) enum Content {
    /// JSON: one value, or several one after another (JSON lines).
    Json(Vec<Value>),
    /// Something else, in words to follow "is".
    Other(&'static str),
}

/// Reads a document's bytes: UTF-8 or UTF-16 (which `PowerShell` writes on redirection), with or without mark.
///
/// A document that begins like JSON and is not is an error: half an export must not pass for none.
pub(super) fn decode(document: &Document) -> Result<Content, Fault> {
    let Some(text) = text_of(&document.bytes) else {
        return Ok(Content::Other("not a text"));
    };
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.is_empty() {
        return Ok(Content::Other("empty"));
    }
    if !text.starts_with(['{', '[']) {
        return Ok(Content::Other("not JSON"));
    }
    let values: Result<Vec<Value>, serde_json::Error> = Deserializer::from_str(text).into_iter().collect();
    values.map(Content::Json).map_err(|error| syntax_fault(document, text, &error))
}

/// Tells the encoding by the mark, or else by where the zero byte of the first, surely ASCII, character stands.
fn text_of(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [first, 0, ..] if *first != 0 => utf16(bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => utf16(bytes, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(Cow::Borrowed),
        _ => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Cow<'_, str>> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return None;
    }
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .collect::<Result<String, _>>()
        .ok()
        .map(Cow::Owned)
}

fn syntax_fault(document: &Document, text: &str, error: &serde_json::Error) -> Fault {
    let place = Place { document: document.name.clone(), pointer: Pointer::root() };
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let from = error.column().saturating_sub(20);
    let around: String = line.chars().skip(from).take(40).collect();
    // serde_json's own words end with the position, which is said here already.
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    let (line, column) = (error.line(), error.column());
    let message = format!("the JSON breaks off or is wrong at line {line}, column {column} ({said})");
    Fault::because(place, quoted(&around), message, "a whole JSON document, nested less than 128 levels deep")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(bytes: Vec<u8>) -> Result<Content, Fault> {
        decode(&Document { name: "d".into(), bytes, named_by_user: true })
    }

    fn count(bytes: Vec<u8>) -> Option<usize> {
        match json(bytes) {
            Ok(Content::Json(values)) => Some(values.len()),
            _ => None,
        }
    }

    #[test]
    fn every_encoding_of_windows_is_read() {
        let text = "{\"a\":\"é\"}";
        let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let marked = |mark: &[u8], rest: Vec<u8>| [mark, &rest].concat();
        assert_eq!(count(text.into()), Some(1));
        assert_eq!(count(marked(&[0xef, 0xbb, 0xbf], text.into())), Some(1));
        assert_eq!(count(utf16(u16::to_le_bytes)), Some(1));
        assert_eq!(count(utf16(u16::to_be_bytes)), Some(1));
        assert_eq!(count(marked(&[0xff, 0xfe], utf16(u16::to_le_bytes))), Some(1));
        assert_eq!(count(marked(&[0xfe, 0xff], utf16(u16::to_be_bytes))), Some(1));
    }

    #[test]
    fn several_values_follow_one_another() {
        assert_eq!(count(b"{}\n{}\r\n[]".to_vec()), Some(3));
    }

    #[test]
    fn what_is_not_json_is_told_from_what_is_broken() {
        for other in [&b""[..], b" \n", b"Name  Location", b"\x00\x00\x00\x00", b"\xff\xfea", b"{\xff"] {
            assert!(matches!(json(other.to_vec()), Ok(Content::Other(_))), "{other:?}");
        }
        for broken in ["{", "[1,", "{\"a\":1}}", "{'a':1}", "[{\"a\":\"b]"] {
            assert!(matches!(json(broken.into()), Err(Fault::Wrong(_))), "{broken}");
        }
        assert!(matches!(json("[".repeat(100_000).into()), Err(Fault::Wrong(_))));
    }
}
