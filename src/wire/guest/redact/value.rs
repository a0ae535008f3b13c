//! What a name of a secret stands before: where the secret begins, and where it ends.

use std::ops::Range;

use super::name::Kind;
use super::scan::Cut;
use super::{WITHHELD, is_benign};

/// Quotation marks as they are written in texts inside texts; the longest first.
const QUOTES: [&str; 11] =
    [r#"\\\\\\\""#, r#"\\\""#, r#"\""#, r"\'", "\"", "'", "&quot;", "&#34;", "&apos;", "%22", r"\u0022"];
/// What stands between a name and its value.
const SIGNS: [&str; 11] = [":=", "=>", "=", ":", "%3D", "%3d", "%253D", "%3A", "&#61;", r"\u003d", r"\u003D"];
/// How many blanks and line breaks are passed over.
const MOST_BLANKS: usize = 200;
/// How far before a word on its line is looked for what the line is.
const NEAR: usize = 200;

/// The secret after a name, if there is one.
pub(super) fn after(text: &str, kind: Kind, word: Range<usize>) -> Option<Cut> {
    if kind != Kind::Account
        && let Some(at) = element(text, &word)
    {
        return cut(text, at, "");
    }
    let quote = quote_at(text, word.end);
    let option = is_option(text, word.start);
    let begin = begin(text, &word, quote, option)?;
    if kind == Kind::Account {
        return account(text, begin, option);
    }
    value(text, kind, &word, (begin, quote))
}

fn value(text: &str, kind: Kind, word: &Range<usize>, (begin, quote): (usize, &str)) -> Option<Cut> {
    let rest = text.get(begin..)?;
    let own = quote_at(text, begin);
    if !own.is_empty() {
        let begin = begin + own.len();
        return cut(text, begin..begin + quoted_length(text.get(begin..)?, own), "");
    }
    let length = match rest.chars().next()? {
        '{' | '[' if !quote.is_empty() => nested_length(rest),
        // A number, or true, or null of JSON: the rest of the line belongs to others.
        '0'..='9' | '-' | 't' | 'f' | 'n' if !quote.is_empty() => plain_length(rest),
        _ if kind == Kind::Header => header_length(rest),
        _ if quote.is_empty() && begins_line(text, word.start) => line_length(rest),
        _ if rest.starts_with("hex") && quote == "\"" => hex_length(rest),
        _ => plain_length(rest),
    };
    // What stood there without quotation marks is put into some, so that a document stays one.
    cut(text, begin..begin + length, quote)
}

fn cut(text: &str, at: Range<usize>, quote: &str) -> Option<Cut> {
    let value = text.get(at.clone())?;
    (!is_benign(value)).then(|| Cut { at, by: format!("{quote}{WITHHELD}{quote}") })
}

/// `kim:secret` as the value of an option.
fn account(text: &str, begin: usize, option: bool) -> Option<Cut> {
    let own = quote_at(text, begin);
    let begin = begin + own.len();
    let rest = text.get(begin..)?;
    let length = if own.is_empty() { plain_length(rest) } else { quoted_length(rest, own) };
    let value = rest.get(..length)?;
    let signs_in = value.contains(':') && !value.contains("://");
    (option && signs_in).then(|| Cut { at: begin..begin + length, by: WITHHELD.to_owned() })
}

/// The quotation mark at a place; empty where there is none.
fn quote_at(text: &str, at: usize) -> &'static str {
    let rest = text.get(at..).unwrap_or_default();
    QUOTES.into_iter().find(|quote| rest.starts_with(quote)).unwrap_or("")
}

/// Where the value begins: behind a sign, behind `","value":`, behind a type of the registry, behind the blank after an
/// option.
fn begin(text: &str, word: &Range<usize>, quote: &str, option: bool) -> Option<usize> {
    let at = word.end + quote.len();
    let next = blanks(text, at);
    if let Some(sign) = sign(text, next) {
        return Some(blanks(text, next + sign));
    }
    let rest = text.get(next..)?;
    if !quote.is_empty() {
        // A name and a value side by side, or arguments in a list.
        let comma = rest.strip_prefix(',').map_or(next, |_| blanks(text, next + 1));
        let mark = quote_at(text, comma);
        let key = text.get(comma + mark.len()..)?;
        if key.get(..5).is_some_and(|key| key.eq_ignore_ascii_case("value")) {
            let key_end = comma + mark.len() + 5;
            let sign_at = blanks(text, key_end + quote_at(text, key_end).len());
            return sign(text, sign_at).map(|sign| blanks(text, sign_at + sign));
        }
        return (option && comma > next).then_some(comma);
    }
    let spaced = next > at && !rest.starts_with(['\r', '\n']);
    if spaced && rest.starts_with("REG_") {
        let kind = rest.find(char::is_whitespace)?;
        return Some(blanks(text, next + kind));
    }
    (spaced && (option || is_sign_in(text, word))).then_some(next)
}

fn sign(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign))?;
    // `secret://` is the scheme of an address.
    (!rest.starts_with("://")).then_some(sign.len())
}

/// The place after blanks; after line breaks too, where the rest of a document of JSON goes on.
fn blanks(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let count = rest.iter().take(MOST_BLANKS).take_while(|byte| b" \t".contains(byte)).count();
    let lines = rest.iter().take(MOST_BLANKS).take_while(|byte| b" \t\r\n".contains(byte)).count();
    let continued = rest.get(lines).is_some_and(|byte| b"\"{[".contains(byte));
    at + if continued { lines } else { count }
}

/// Whether a word is an option: `--password`, `/password`.
fn is_option(text: &str, start: usize) -> bool {
    let before = text.as_bytes().get(start.saturating_sub(3)..start).unwrap_or_default();
    let bare = before.iter().rev().find(|byte| **byte != b'-');
    before.ends_with(b"-") && bare.is_none_or(|byte| b" \t\"'`=[,\n\r".contains(byte))
}

/// Whether a line tells how to sign in: `machine x login kim password secret`, `wpa-psk secret`.
fn is_sign_in(text: &str, word: &Range<usize>) -> bool {
    if text.get(word.clone()).is_some_and(|word| word.starts_with("wpa-")) {
        return begins_line(text, word.start);
    }
    let start = word.start;
    let before = text.as_bytes().get(start.saturating_sub(NEAR)..start).unwrap_or_default();
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_whitespace();
    words.any(|word| word == "login" || word == "machine")
}

/// Whether nothing but blanks stands before a word on its line.
fn begins_line(text: &str, start: usize) -> bool {
    let before = text.as_bytes().get(..start).unwrap_or_default();
    let blanks = before.iter().rev().take(NEAR).take_while(|byte| b" \t".contains(byte)).count();
    start == blanks || before.len().checked_sub(blanks + 1).and_then(|at| before.get(at)) == Some(&b'\n')
}

/// The value between the tags of an element of XML, also one that is written inside a text.
fn element(text: &str, word: &Range<usize>) -> Option<Range<usize>> {
    let before = text.get(..word.start)?;
    let near = before.get(before.len().saturating_sub(32)..).unwrap_or(before);
    let own = near.rfind(['<', ';']).map(|at| near.split_at(at + 1))?;
    let space = own.1.is_empty()
        || own.1.ends_with(':') && own.1.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b':');
    let (open, close, next) = match own.0 {
        head if head.ends_with('<') => ("<", ">", "<"),
        head if head.ends_with("&lt;") => ("&lt;", "&gt;", "&lt;"),
        _ => return None,
    };
    let rest = text.get(word.end..)?;
    let rest = rest.get(..rest.floor_char_boundary(NEAR))?;
    let end = rest.find(close).filter(|_| space)?;
    let tag = rest.get(..end)?;
    if tag.ends_with('/')
        || tag.contains(open)
        || !(tag.is_empty() || tag.starts_with([' ', '\t', '\r', '\n']))
    {
        return None;
    }
    let begin = word.end + end + close.len();
    let value = text.get(begin..)?;
    if let Some(data) = value.strip_prefix("<![CDATA[") {
        let begin = begin + "<![CDATA[".len();
        return Some(begin..begin + data.find("]]>").unwrap_or(data.len()));
    }
    Some(begin..begin + value.find(next).unwrap_or(value.len()))
}

/// Up to the quotation mark that ends it, or the end of the line.
fn quoted_length(rest: &str, quote: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut escaped = false;
    for (at, byte) in bytes.iter().enumerate() {
        let closes = bytes.get(at..at + quote.len()) == Some(quote.as_bytes());
        match byte {
            b'\r' | b'\n' => return at,
            _ if quote.len() > 1 && (closes || *byte == b'"') => return at,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            _ if closes => return at,
            _ => {}
        }
    }
    rest.len()
}

/// Up to the bracket that closes the first one.
fn nested_length(rest: &str) -> usize {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    rest.len()
}

/// The rest of the line, or of the text in quotation marks that it stands in.
fn header_length(rest: &str) -> usize {
    let end = rest.find(['\r', '\n', '"', '\'', '<', '`']).unwrap_or(rest.len());
    let head = rest.get(..end).unwrap_or(rest);
    [r"\r", r"\n", r#"\""#, r"\u0022", "&quot;"]
        .iter()
        .filter_map(|mark| head.find(mark))
        .min()
        .unwrap_or_else(|| head.trim_end_matches('\\').len())
}

fn line_length(rest: &str) -> usize {
    let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
    let line = rest.get(..end).unwrap_or(rest);
    line.find("</").unwrap_or(line.trim_end().len())
}

/// A list of bytes in an export of the registry, over all its lines.
fn hex_length(rest: &str) -> usize {
    let mut length = 0;
    for line in rest.split_inclusive('\n') {
        length += line.len();
        if !line.trim_end().ends_with('\\') {
            return length - (line.len() - line.trim_end().len());
        }
    }
    length
}

/// Up to what ends a value without quotation marks.
fn plain_length(rest: &str) -> usize {
    let end = |c: char| c.is_whitespace() || "&;,\"'<>)}]|`".contains(c);
    let end = rest.find(end).unwrap_or(rest.len());
    let value = rest.get(..end).unwrap_or(rest);
    let marks = [r"\u0026", r"\u0022", r"\r", r"\n", "%26", "%3B"];
    marks
        .iter()
        .filter_map(|mark| value.find(mark))
        .min()
        .unwrap_or_else(|| value.trim_end_matches('\\').len())
}
