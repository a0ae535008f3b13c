//! Secrets in XML: what an element holds whose name, or whose attribute, names a secret.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;

use super::{ends, escape, work};

/// How long the tags are that are looked through.
const TAG: usize = 400;
/// How tags begin and end, as they are and as they are written inside a text.
const MARKS: [(&str, &str); 4] =
    [("<", ">"), ("&lt;", "&gt;"), (r"\u003c", r"\u003e"), (r"\u003C", r"\u003E")];
/// How much an element may hold to be taken whole.
const MOST: usize = 1 << 16;

/// Where elements of XML end, by their names; looked for when that is first asked.
#[derive(Debug)]
pub(super) struct Closings<'t> {
    text: &'t str,
    places: OnceCell<HashMap<&'t str, Vec<usize>>>,
}

impl<'t> Closings<'t> {
    /// Those of a text; also where it is written inside another.
    pub(super) const fn of(text: &'t str) -> Self {
        Self { text, places: OnceCell::new() }
    }

    /// Where the next of this name begins.
    fn next(&self, name: &str, from: usize) -> Option<usize> {
        let places = self.places.get_or_init(|| places(self.text)).get(name)?;
        let next = places.partition_point(|place| *place < from);
        places.get(next).copied().filter(|place| place - from <= MOST)
    }
}

fn places(text: &str) -> HashMap<&str, Vec<usize>> {
    work::add(text.len());
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, _) in text.match_indices('/') {
        let before = text.get(..at).unwrap_or_default();
        // The `/` may be written as `\/`.
        let before = before.strip_suffix('\\').unwrap_or(before);
        let Some((open, _)) = MARKS.iter().find(|(open, _)| before.ends_with(open)) else { continue };
        let rest = text.get(at + 1..).unwrap_or_default();
        let length = rest.bytes().take(TAG).take_while(|byte| is_name(*byte)).count();
        places.entry(rest.get(..length).unwrap_or_default()).or_default().push(before.len() - open.len());
    }
    places
}

/// What the element of this name holds, if the word is the name of one.
pub(super) fn of_name(text: &str, word: &Range<usize>, closings: &Closings<'_>) -> Option<Range<usize>> {
    let own = text.get(..word.start)?;
    let prefix = own.bytes().rev().take(32).take_while(|byte| is_name(*byte)).count();
    let behind_prefix = own.get(..own.len() - prefix)?;
    let mut places = [own, behind_prefix].into_iter();
    let (before, open) =
        places.find_map(|before| Some((before, *MARKS.iter().find(|(open, _)| before.ends_with(open))?)))?;
    let begin = behind_tag(text, word.end, open)?;
    let rest = text.get(word.end..)?;
    if !rest.starts_with(open.1) && !rest.starts_with([' ', '\t', '\r', '\n', '\\']) {
        return None;
    }
    let name = text.get(before.len()..word.end)?;
    content(text, begin, (name, open.0), closings)
}

/// What the element holds in whose attribute a word stands: `<setting name="password"><value>secret</value></setting>`.
pub(super) fn of_attribute(text: &str, word: &Range<usize>, closings: &Closings<'_>) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    if !bytes.get(..word.start)?.ends_with(b"\"") || bytes.get(word.end) != Some(&b'"') {
        return None;
    }
    let begin = behind_tag(text, word.end, ("<", ">"))?;
    let from = word.start.saturating_sub(TAG);
    let back = bytes.get(from..word.start)?.iter().rposition(|byte| b"<>".contains(byte))?;
    let name_at = from + back + 1;
    let length = bytes.get(name_at..word.start)?.iter().take_while(|byte| is_name(**byte)).count();
    let name = text.get(name_at..name_at + length).filter(|name| !name.is_empty())?;
    (bytes.get(name_at - 1) == Some(&b'<')).then(|| content(text, begin, (name, "<"), closings))?
}

/// What the next element holds, where a word is all that one holds: `<key>password</key><string>secret</string>`.
pub(super) fn of_next(text: &str, word: &Range<usize>, closings: &Closings<'_>) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let rest = text.get(word.end..)?;
    if !rest.starts_with("</") || !bytes.get(..word.start)?.ends_with(b">") {
        return None;
    }
    let near = rest.get(..rest.floor_char_boundary(TAG))?;
    let close = near.find('>')?;
    let blanks = near.get(close + 1..)?.bytes().take_while(u8::is_ascii_whitespace).count();
    let name_at = word.end + close + 1 + blanks + 1;
    let next = text.get(name_at..)?;
    let length = next.bytes().take(TAG).take_while(|byte| is_name(*byte)).count();
    let begin = behind_tag(text, name_at + length, ("<", ">"))?;
    let name = text.get(name_at..name_at + length).filter(|name| !name.is_empty())?;
    (bytes.get(name_at - 1) == Some(&b'<')).then(|| content(text, begin, (name, "<"), closings))?
}

/// Where what an element holds begins, from the end of a word in its tag.
fn behind_tag(text: &str, from: usize, (open, close): (&str, &str)) -> Option<usize> {
    let rest = text.get(from..)?;
    let near = rest.get(..rest.floor_char_boundary(TAG))?;
    work::add(near.len());
    let end = near.find(close)?;
    let tag = near.get(..end)?;
    (!tag.ends_with('/') && !tag.contains(open)).then_some(from + end + close.len())
}

/// What stands between the tags: to the closing one of that name; without one, to the next tag on the same line.
fn content(
    text: &str,
    begin: usize,
    (name, open): (&str, &str),
    closings: &Closings<'_>,
) -> Option<Range<usize>> {
    let value = text.get(begin..)?;
    work::add(value.find(open).unwrap_or(value.len()));
    let data = value.strip_prefix("<![CDATA[").map(|data| data.find("]]>").unwrap_or(data.len()));
    let from = begin + data.map_or(0, |length| "<![CDATA[".len() + length);
    let end = closings.next(name, from).map(|end| end.max(begin));
    let next = || {
        let rest = text.get(from..).unwrap_or_default();
        let own = rest.get(..rest.find(open).unwrap_or(rest.len())).unwrap_or(rest);
        from + own.find(['\r', '\n']).unwrap_or(own.len())
    };
    match (end, data) {
        (Some(end), None) => Some(begin..entry(text, begin..end).unwrap_or(end)),
        (Some(end), Some(_)) => Some(begin..end),
        (None, Some(length)) => Some(begin + "<![CDATA[".len()..begin + "<![CDATA[".len() + length),
        (None, None) => Some(begin..next()),
    }
}

/// Where the line ends after which another entry of a log begins: an element that was cut off goes no further.
fn entry(text: &str, within: Range<usize>) -> Option<usize> {
    let begin = within.start;
    let own = text.get(within)?;
    let (at, _) = own.match_indices('\n').find(|(at, _)| ends::begins_entry(text, begin + at + 1))?;
    work::add(at);
    Some(begin + at)
}

/// The value that stands before its name, `value="secret" key="password"`, in the same tag or object.
pub(super) fn before_name(text: &str, word: &Range<usize>) -> Option<Range<usize>> {
    let before = text.get(..word.start)?;
    let quote = ["&quot;", "\"", "'"].into_iter().find(|quote| before.ends_with(quote))?;
    let from = text.floor_char_boundary(word.start.saturating_sub(TAG));
    let near = text.get(from..word.start)?;
    let named = near.trim_end_matches(|c: char| "\"'\\:= &;".contains(c));
    if !["name", "key", "Name", "Key"].iter().any(|name| named.ends_with(name)) {
        return None;
    }
    let near = near.get(near.rfind('\n').unwrap_or(0)..)?;
    let own = word.start - near.len();
    let begin = near.rmatch_indices("alue").find_map(|(at, key)| {
        let named = near.get(..at)?;
        let begins =
            ["\"v", "\"V", "'v", "'V", " v", " V", ";v", ";V"].iter().any(|own| named.ends_with(own));
        let after = own + at + key.len();
        let after = after + escape::quote(text, after).len();
        let after = after + escape::sign(text, after).filter(|_| begins)?;
        Some(after + text.get(after..)?.bytes().take_while(|byte| b" \t".contains(byte)).count())
    })?;
    let mark = Some(escape::quote(text, begin)).filter(|mark| mark.ends_with(quote))?;
    let begin = begin + mark.len();
    let length = super::ends::quoted(text.get(begin..word.start)?, mark);
    Some(begin..begin + length)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b":_.-".contains(&byte)
}
