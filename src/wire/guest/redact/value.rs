//! What a name of a secret stands before: where the secret begins, and where it ends.

use std::ops::Range;

use super::element::{self, Closings};
use super::escape::{quote, sign};
use super::name::Kind;
use super::scan::Cut;
use super::{WITHHELD, block, ends, is_benign, name};

/// How many blanks and line breaks are passed over.
const MOST_BLANKS: usize = 200;
/// How far before a word on its line is looked for what the line is.
const NEAR: usize = 200;
/// How far behind a name the value is that stands in another attribute.
const ATTRIBUTES: usize = 120;

/// Where a value begins.
#[derive(Clone, Copy)]
struct Start<'t> {
    at: usize,
    /// The quotation mark around its name.
    quote: &'t str,
    /// Where the sign between them stands.
    sign: Option<(usize, usize)>,
}

/// The secret of a name, if there is one behind it.
pub(super) fn after(text: &str, kind: Kind, word: &Range<usize>, closings: &Closings<'_>) -> Option<Cut> {
    if kind == Kind::Account {
        return is_option(text, word.start).then(|| account(text, start(text, word)?.at))?;
    }
    let behind = text.get(word.end..)?.bytes().next()?;
    let is_tag = b">&\\ \t\r\n".contains(&behind);
    if let Some(at) = is_tag.then(|| element::of_name(text, word, closings)).flatten() {
        return cut(text, at, "");
    }
    if let Some(start) = start(text, word) {
        return value(text, kind, word, start);
    }
    let at = match behind {
        b'"' => element::of_attribute(text, word, closings),
        b'<' => element::of_next(text, word, closings),
        _ => None,
    };
    cut(text, at?, "")
}

/// The secret before its name.
pub(super) fn before(text: &str, word: &Range<usize>) -> Option<Cut> {
    cut(text, element::before_name(text, word)?, "")
}

fn value(text: &str, kind: Kind, word: &Range<usize>, start: Start<'_>) -> Option<Cut> {
    if let Some((_, end)) = start.sign
        && let Some(at) = block::value(text, word.start, end)
    {
        let blank = if at.start == end { " " } else { "" };
        let value = text.get(at.clone())?;
        return (!is_benign(value)).then(|| Cut { at, by: format!("{blank}{WITHHELD}") });
    }
    let begin = start.at + prefix(text, start.at);
    let rest = text.get(begin..)?;
    let own = quote(text, begin);
    if !own.is_empty() {
        let begin = begin + own.len();
        return cut(text, begin..begin + ends::quoted(text.get(begin..)?, own), "");
    }
    let named = !start.quote.is_empty();
    let sign = start.sign.filter(|(at, _)| text.as_bytes().get(*at) == Some(&b'%'));
    let encoded = sign.map_or(0, |(at, end)| end - at);
    let length = match rest.chars().next()? {
        '{' | '[' | '(' if named => ends::nested(rest),
        // A number, or true, or null of JSON: the rest of the line belongs to others.
        '0'..='9' | '-' | 't' | 'f' | 'n' if named => ends::plain(rest, encoded),
        _ if !named && begins_line(text, word.start) => longest(text, kind, begin),
        _ if kind == Kind::Header => header(text, word.start, begin),
        '{' | '[' => ends::nested(ends_of_line(rest)),
        _ if rest.starts_with("hex") && start.quote == "\"" => ends::hex(rest),
        _ => ends::plain(rest, encoded),
    };
    // What stood there without quotation marks is put into some, so that a document stays one.
    cut(text, begin..begin + length, start.quote)
}

/// The rest of the line; of a header, those that continue it too.
fn longest(text: &str, kind: Kind, begin: usize) -> usize {
    let rest = text.get(begin..).unwrap_or_default();
    if kind == Kind::Header { ends::header(rest, &|_| false) } else { ends::line(rest) }
}

/// The value of a header that stands somewhere on a line.
fn header(text: &str, word: usize, begin: usize) -> usize {
    let from = word.saturating_sub(NEAR);
    let before = text.as_bytes().get(from..word).unwrap_or_default();
    let line = before.iter().rev().take_while(|byte| **byte != b'\n').count();
    let own = before.get(before.len() - line..).unwrap_or_default();
    let cut_off = line == before.len() && from > 0;
    // A quotation mark ends it only if one was open before, as far as can be seen.
    let is_open = |quote: &str| match quote.as_bytes() {
        [.., mark @ (b'"' | b'\'')] => cut_off || own.split(|byte| byte == mark).count().is_multiple_of(2),
        _ => true,
    };
    ends::header(text.get(begin..).unwrap_or_default(), &is_open)
}

fn ends_of_line(rest: &str) -> &str {
    rest.split(['\r', '\n']).next().unwrap_or(rest)
}

fn cut(text: &str, at: Range<usize>, quote: &str) -> Option<Cut> {
    let value = text.get(at.clone())?;
    (!is_benign(value)).then(|| Cut { at, by: format!("{quote}{WITHHELD}{quote}") })
}

/// `kim:secret` as the value of an option; `kim%secret` of one that is `-U`.
fn account(text: &str, begin: usize) -> Option<Cut> {
    let own = quote(text, begin);
    let begin = begin + own.len();
    let rest = text.get(begin..)?;
    let length = if own.is_empty() { ends::plain(rest, 0) } else { ends::quoted(rest, own) };
    let value = rest.get(..length)?;
    let samba =
        text.get(..begin).is_some_and(|before| before.trim_end_matches([' ', '"', '\'']).ends_with("-U"));
    let signs_in = (value.contains(':') || (samba && value.contains('%'))) && !value.contains("://");
    signs_in.then(|| Cut { at: begin..begin + length, by: WITHHELD.to_owned() })
}

/// How many letters say of what kind a text in quotation marks is: `u'…'`, `rb"…"`, `@"…"`, `N'…'`.
fn prefix(text: &str, at: usize) -> usize {
    let letters = text.as_bytes().get(at..).unwrap_or_default();
    let count = letters.iter().take(3).take_while(|byte| b"ubrfnlUBRFNL@$".contains(byte)).count();
    if count <= 2 && !quote(text, at + count).is_empty() { count } else { 0 }
}

/// Where the value begins: behind a sign, behind `","value":`, behind a type of the registry, behind the blank after an
/// option.
fn start<'t>(text: &'t str, word: &Range<usize>) -> Option<Start<'t>> {
    let quote = quote(text, word.end);
    let at = word.end + quote.len();
    let next = blanks(text, at);
    if let Some(length) = sign(text, next) {
        let end = next + length;
        return Some(Start { at: blanks(text, end), quote, sign: Some((next, end)) });
    }
    let plainly = |at: usize| Some(Start { at, quote, sign: None });
    let rest = text.get(next..)?;
    if !quote.is_empty() {
        return plainly(beside(text, word, (quote, next))?);
    }
    let spaced = next > at && !rest.starts_with(['\r', '\n']);
    if spaced && rest.starts_with("REG_") {
        let kind = rest.find(char::is_whitespace)?;
        return plainly(blanks(text, next + kind));
    }
    (spaced && (is_option(text, word.start) || is_sign_in(text, word))).then_some(next).and_then(plainly)
}

/// The value that stands beside a name in quotation marks, both being values themselves; or arguments in a list.
fn beside(text: &str, word: &Range<usize>, (mark, next): (&str, usize)) -> Option<usize> {
    if let Some(at) = under_value(text, next) {
        return Some(at);
    }
    let comma = text.get(next..)?.strip_prefix(',').map(|_| blanks(text, next + 1))?;
    let name = word.start.saturating_sub(mark.len());
    (is_option(text, word.start) || is_pair(text, name, comma)).then_some(comma)
}

/// What the next member or attribute called `value` has.
fn under_value(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let near = rest.get(..rest.floor_char_boundary(ATTRIBUTES))?;
    let near = near.split(['<', '>', '{', '}', '[', ']', '\n']).next()?;
    let at = near.find("value").or_else(|| near.find("Value"))?;
    let begins = at == 0 || near.get(..at)?.ends_with(['"', '\'', ' ', '\t', ';']);
    let end = from + at + "value".len();
    let sign_at = blanks(text, end + quote(text, end).len());
    sign(text, sign_at).filter(|_| begins).map(|length| blanks(text, sign_at + length))
}

/// Whether two texts in quotation marks are all that a list has: `('password', 'secret')`.
fn is_pair(text: &str, name: usize, second: usize) -> bool {
    let before = text.get(..name).unwrap_or_default();
    let before = before.strip_suffix(['u', 'b', 'r']).unwrap_or(before);
    let begin = second + prefix(text, second);
    let mark = quote(text, begin);
    let begin = begin + mark.len();
    let rest = text.get(begin..).unwrap_or_default();
    let opens = before.trim_end_matches([' ', '\t']).ends_with(['(', '[']);
    if !opens || mark.is_empty() {
        return false;
    }
    let end = begin + ends::quoted(rest, mark);
    // A list of names, each of which may be that of a secret: `["admin-password", "user-password"]`.
    let second = text.get(begin..end).unwrap_or_default();
    let is_name = second.contains(['-', '_'])
        && second.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_".contains(&byte));
    if is_name && name::kind(second).is_some() {
        return false;
    }
    let end = blanks(text, end + mark.len());
    text.get(end..).is_some_and(|rest| rest.starts_with([')', ']']))
}

/// The place after blanks; after line breaks too, where the rest of a document of JSON goes on.
fn blanks(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let count = rest.iter().take(MOST_BLANKS).take_while(|byte| b" \t".contains(byte)).count();
    let lines = rest.iter().take(MOST_BLANKS).take_while(|byte| b" \t\r\n".contains(byte)).count();
    let continued = rest.get(lines).is_some_and(|byte| b"\"{[".contains(byte));
    at + if continued { lines } else { count }
}

/// Whether a word is an option: `--password`, `-Password`.
fn is_option(text: &str, start: usize) -> bool {
    let before = text.as_bytes().get(start.saturating_sub(3)..start).unwrap_or_default();
    let bare = before.iter().rev().find(|byte| **byte != b'-');
    before.ends_with(b"-") && bare.is_none_or(|byte| b" \t\"'`=[,(\n\r".contains(byte))
}

/// Whether a line tells how to sign in: `machine x login kim password secret`, `wpa-psk secret`, `setx TOKEN secret`.
fn is_sign_in(text: &str, word: &Range<usize>) -> bool {
    if text.get(word.clone()).is_some_and(|word| word.starts_with("wpa-")) && begins_line(text, word.start) {
        return true;
    }
    let start = word.start;
    let before = text.as_bytes().get(start.saturating_sub(NEAR)..start).unwrap_or_default();
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let last = line.split_whitespace().next_back().unwrap_or_default();
    last == "ENV"
        || last.eq_ignore_ascii_case("setx")
        || line.split_whitespace().any(|word| word == "login" || word == "machine")
}

/// Whether nothing but blanks stands before a word on its line, or what marks an assignment, or a comment.
fn begins_line(text: &str, start: usize) -> bool {
    const WORDS: [&str; 7] = ["export", "set", "SET", "setx", "declare", "local", "-x"];
    let from = start.saturating_sub(NEAR);
    let near = text.as_bytes().get(from..start).unwrap_or_default();
    let line = near.iter().rev().take_while(|byte| **byte != b'\n').count();
    if line == near.len() && from > 0 {
        return false;
    }
    let own = text.get(start - line..start).unwrap_or("x");
    let own = own.trim_matches([' ', '\t', '#', ';', '-', '$', '{']);
    let own = own.strip_suffix(':').map_or(own, |scope| scope.trim_start_matches(char::is_alphanumeric));
    own.split_whitespace().all(|word| WORDS.contains(&word))
}
