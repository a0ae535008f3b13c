//! From bytes to a text that may be JSON: encodings, byte-order marks.

use std::borrow::Cow;

use super::fault::{Fault, quoted};
use crate::input::{Document, Place, Pointer};

/// What a document holds.
#[derive(Debug)]
pub(super) enum Content<'d> {
    /// What begins like JSON: one value, or several one after another (JSON lines).
    Json(Cow<'d, str>),
    /// Something else, in words to follow "is".
    Other(&'static str),
}

/// Reads a document's bytes: UTF-8 or UTF-16 (which `PowerShell` writes on redirection), with or without mark.
pub(super) fn decode(document: &Document) -> Content<'_> {
    let Some(text) = text_of(&document.bytes) else {
        return Content::Other("not a text");
    };
    let is_before = |c: char| c.is_whitespace() || c == '\u{feff}';
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_start_matches(is_before)),
        Cow::Owned(text) => Cow::Owned(text.trim_start_matches(is_before).to_owned()),
    };
    match text.chars().next() {
        None => Content::Other("empty"),
        Some('[') if begins_section(&text) => Content::Other("not JSON"),
        Some('{' | '[') => Content::Json(text),
        Some(_) => Content::Other("not JSON"),
    }
}

/// `[Service]`, `[main]`: the name of a section, which no value of JSON begins like.
fn begins_section(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    let name = line.strip_prefix('[').and_then(|line| line.split_once(']'));
    let is_name = |name: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "_-.:@ ".contains(c);
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(fits)
            && !["true", "false", "null"].contains(&name)
    };
    text.chars().nth(1).is_some_and(|second| second.is_ascii_uppercase())
        || name.is_some_and(|(name, rest)| is_name(name) && rest.trim().is_empty())
}

/// Tells the encoding by the mark, or else by where the zero byte of the first, surely ASCII, character stands.
pub(super) fn text_of(bytes: &[u8]) -> Option<Cow<'_, str>> {
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

/// The error of a document that begins like JSON and is not: half an export must not pass for none.
pub(super) fn syntax_fault(document: &Document, text: &str, error: &serde_json::Error) -> Fault {
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

    fn text(bytes: &[u8]) -> Option<String> {
        let document = Document { name: "d".into(), bytes: bytes.to_vec(), named_by_user: true };
        match decode(&document) {
            Content::Json(text) => Some(text.into_owned()),
            Content::Other(_) => None,
        }
    }

    #[test]
    fn every_encoding_of_windows_is_read() {
        let whole = "{\"a\":\"é\"}";
        let utf16 = |bytes: fn(u16) -> [u8; 2]| whole.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let marked = |mark: &[u8], rest: Vec<u8>| [mark, &rest].concat();
        for bytes in [
            whole.into(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
            marked(&[0xef, 0xbb, 0xbf], whole.into()),
            marked(&[0xff, 0xfe], utf16(u16::to_le_bytes)),
            marked(&[0xfe, 0xff], utf16(u16::to_be_bytes)),
        ] {
            assert_eq!(text(&bytes).as_deref(), Some(whole));
        }
    }

    #[test]
    fn what_is_not_json_is_told_from_what_may_be() {
        for other in
            [&b""[..], b" \n", b"Name  Location", b"\x00\x00\x00\x00", b"\xff\xfea", b"{\xff", b"[Service]\n"]
        {
            assert_eq!(text(other), None, "{other:?}");
        }
        assert_eq!(text(b"[main]\nproxy = http://p:1\n"), None);
        assert_eq!(text(b" \n{").as_deref(), Some("{"));
        for list in ["[true]", "[null]\n", "[false, 1]", "[\"main\"]\n", "[main"] {
            assert_eq!(text(list.as_bytes()).as_deref(), Some(list));
        }
    }
}
