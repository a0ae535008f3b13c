//! Where a value ends, by what it begins with.

use super::{escape, record, work};

/// How far a value goes over line breaks.
const MOST: usize = 1 << 16;
/// How many words a line has that continues a header.
const MOST_WORDS: usize = 4;
/// How long a name is that what separates settings stands before: `;Initial Catalog=`.
const NAME: usize = 40;

/// Up to the quotation mark that ends it, over line breaks if it is there in the same entry, or else to the end of the line.
pub(super) fn quoted(rest: &str, quote: &str) -> usize {
    let [.., mark @ (b'"' | b'\'')] = quote.as_bytes() else { return spelt(rest, quote) };
    if quote.len() > 1 && quote.ends_with(char::is_alphanumeric) {
        return spelt(rest, quote);
    }
    let slashes = quote.len() - 1;
    match closing(rest, (*mark, slashes), false) {
        Ok(end) => end,
        Err(line) if slashes > 0 => line,
        Err(line) => {
            let near = rest.get(..rest.floor_char_boundary(MOST)).unwrap_or(rest);
            closing(near, (*mark, slashes), true).unwrap_or(line)
        }
    }
}

/// Where the mark is that closes: the one with as many backslashes before it as the one that opened, or fewer, which closes
/// what is around. Where there is none: the end of the line, or of the text.
fn closing(text: &str, (mark, slashes): (u8, usize), over_lines: bool) -> Result<usize, usize> {
    let bytes = text.as_bytes();
    let (mut at, mut run) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        work::add(1);
        let is_break = b"\r\n".contains(byte);
        if is_break && (!over_lines || begins_entry(text, at + 1)) {
            return Err(at);
        }
        let is_mark = *byte == mark || (*byte == b'"' && run < slashes);
        let closes = is_mark && (run < slashes || (run - slashes).is_multiple_of(2 * (slashes + 1)));
        let inner = if closes && slashes == 0 { doubled(bytes, at) } else { 0 };
        if closes && inner == 0 {
            return Ok(at - run.min(slashes));
        }
        run = if *byte == b'\\' { run + 1 } else { 0 };
        at += inner.max(1);
    }
    Err(bytes.len())
}

/// How many letters stand for one quotation mark: `''` of ini files and SQL, `'\''` and `'"'"'` of shells; 0 where it closes.
fn doubled(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest {
        [b'"', b'"', ..] | [b'\'', b'\'', ..] => 2,
        [b'\'', b'"', b'\'', b'"', b'\'', ..] => 5,
        [b'\'', b'\\', ..] => {
            let slashes = escape::slashes(rest.get(1..).unwrap_or_default());
            if rest.get(1 + slashes..).is_some_and(|rest| rest.starts_with(b"''")) { slashes + 3 } else { 0 }
        }
        _ => 0,
    }
}

/// The same for marks that are written as something else: `&quot;`, `%22`, `\u0022`.
fn spelt(rest: &str, quote: &str) -> usize {
    let mut places = rest.match_indices(quote).map(|(at, _)| at);
    let end = places.find(|at| !is_escaped(rest.get(..*at).unwrap_or_default(), quote)).unwrap_or(rest.len());
    work::add(end);
    let value = rest.get(..end).unwrap_or(rest);
    let blank = |c: char| quote.starts_with('%') && c.is_whitespace();
    let end = value.find(|c: char| "\r\n\"<".contains(c) || blank(c)).unwrap_or(value.len());
    value.get(..end).unwrap_or(value).trim_end_matches('\\').len()
}

/// Whether a mark belongs to the text that it stands in, by the backslashes before it, each written as the mark is.
fn is_escaped(before: &str, quote: &str) -> bool {
    let slash = match quote.strip_prefix('%') {
        Some(code) => format!("%{}5c", code.get(..code.len() - 2).unwrap_or_default()),
        None => "\\".repeat(quote.bytes().take_while(|byte| *byte == b'\\').count() + 1),
    };
    let mut bytes = before.as_bytes();
    let mut count = 0;
    while let Some((rest, last)) = bytes.split_at_checked(bytes.len().wrapping_sub(slash.len()))
        && last.eq_ignore_ascii_case(slash.as_bytes())
    {
        bytes = rest;
        count += 1;
    }
    count % 2 == 1
}

/// Up to the bracket that closes the first one; to the end of the entry where none does.
pub(super) fn nested(rest: &str) -> usize {
    let (mut depth, mut inside, mut escaped) = (0_usize, None, false);
    for (at, byte) in rest.bytes().enumerate() {
        work::add(1);
        match byte {
            b'\n' if begins_entry(rest, at + 1) => {
                return rest.get(..at).unwrap_or(rest).trim_end().len();
            }
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' | b'\'' if inside.is_none_or(|mark| mark == byte) => {
                inside = if inside.is_none() { Some(byte) } else { None };
            }
            _ if inside.is_some() => {}
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    rest.trim_end().len()
}

/// Whether the line that begins here is another entry of a log.
pub(super) fn begins_entry(text: &str, at: usize) -> bool {
    const ENOUGH: usize = 64;
    let line = text.get(at..).unwrap_or_default();
    let line = line.get(..line.floor_char_boundary(ENOUGH)).unwrap_or(line);
    line.split('\n').next().is_some_and(record::begins)
}

/// The value of a header: the rest of the line and of those that continue it, or of the text in quotation marks that it stands
/// in, which `around` ends. What is quoted inside of it, `response="…"`, belongs to it.
pub(super) fn header(rest: &str, around: &dyn Fn(&str) -> bool) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        work::add(1);
        let here = bytes.get(at..).unwrap_or_default();
        let inner = at.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'=');
        let quote = escape::quote(rest, at);
        match byte {
            _ if !quote.is_empty() && inner => {
                let begin = at + quote.len();
                at = begin + quoted(rest.get(begin..).unwrap_or_default(), quote) + quote.len();
                continue;
            }
            _ if !quote.is_empty() && around(quote) => return at,
            b'\n' if is_folded(rest.get(at + 1..)) => {}
            b'\r' if is_folded(rest.get(at + 1..).and_then(|rest| rest.strip_prefix('\n'))) => {}
            b'\r' | b'\n' | b'<' | b'`' => return at,
            b'\\' if is_line_break(here) => return at,
            _ => {}
        }
        at += 1;
    }
    rest.trim_end_matches('\\').len()
}

/// Whether a line continues a header: it begins with a blank, and is neither another setting nor words.
fn is_folded(line: Option<&str>) -> bool {
    let line = line.unwrap_or_default().split('\n').next().unwrap_or_default();
    let own = line.trim();
    line.starts_with([' ', '\t'])
        && !own.is_empty()
        && !own.contains(": ")
        && own.split(' ').count() <= MOST_WORDS
}

/// The rest of the line, and of those that it goes on in behind a backslash.
pub(super) fn line(rest: &str) -> usize {
    let mut length = 0;
    for line in rest.split_inclusive('\n') {
        work::add(line.len());
        let own = line.trim_end();
        if let Some(end) = own.find("</") {
            return length + end;
        }
        if !own.ends_with('\\') || length > MOST {
            return length + own.len();
        }
        length += line.len();
    }
    rest.trim_end().len()
}

/// A list of bytes in an export of the registry, over all its lines.
pub(super) fn hex(rest: &str) -> usize {
    let mut length = 0;
    for line in rest.split_inclusive('\n') {
        work::add(line.len());
        length += line.len();
        if !line.trim_end().ends_with('\\') {
            return length - (line.len() - line.trim_end().len());
        }
    }
    length
}

/// Up to what ends a value without quotation marks. What also stands in passwords (`|`, `&`, `;`, `,`, a bracket, a quotation
/// mark) ends it only where what follows says so. `encoded`: how long the sign before it is, where that was written with `%`: what
/// was encoded more often is of the value.
pub(super) fn plain(rest: &str, encoded: usize) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 0;
    let mut apostrophe = false;
    while let Some(byte) = bytes.get(at) {
        work::add(1);
        let here = bytes.get(at..).unwrap_or_default();
        let next = here.get(1);
        let quote = escape::quote(rest, at);
        if !quote.is_empty() && !quote.starts_with('%') {
            let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
            let inside = letter(at.checked_sub(1).and_then(|before| bytes.get(before)))
                && letter(bytes.get(at + quote.len()))
                && !quote.starts_with('&');
            if !inside {
                break;
            }
            apostrophe |= quote == "'";
            at += quote.len();
            continue;
        }
        let ends = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b'<' | b'>' | b'`' => true,
            b')' | b']' | b'}' => !next.is_some_and(u8::is_ascii_alphanumeric),
            b'&' => {
                escape::entity(here, &["lt;", "gt;", "amp;", "#38;", "#60;", "#62;"]) > 0
                    || begins_other(here)
            }
            b'|' | b';' | b',' => begins_other(here),
            b'\\' => {
                is_line_break(here)
                    || escape::is_written(here, &["u0026", "u0022", "u0027", "u003c", "u003e"])
            }
            b'%' => (1..=encoded).contains(&escape::percent(here, &["26", "3b", "22", "27", "0a", "0d"])),
            _ => !byte.is_ascii() && rest.get(at..).is_some_and(|rest| rest.starts_with(char::is_whitespace)),
        };
        if ends {
            break;
        }
        at += 1;
    }
    if apostrophe {
        // It may as well have opened a quotation.
        let tail = rest.get(at..).unwrap_or_default();
        at += tail.find(['\r', '\n', '"', '<']).unwrap_or(tail.len());
    }
    rest.get(..at).unwrap_or(rest).trim_end_matches('\\').len() + continued(rest, at)
}

/// How much of a value follows a backslash at the end of its line.
fn continued(rest: &str, at: usize) -> usize {
    let value = rest.get(..at).unwrap_or_default();
    let own = value.trim_end_matches('\\');
    let Some(next) =
        rest.get(at..).and_then(|rest| rest.strip_prefix('\n').or_else(|| rest.strip_prefix("\r\n")))
    else {
        return 0;
    };
    if (value.len() - own.len()).is_multiple_of(2) {
        return 0;
    }
    let end = next.find(char::is_whitespace).unwrap_or(next.len());
    rest.len() - next.len() + end - own.len()
}

/// Whether a separator is one: blanks, a quotation mark, a bracket, the end, or another name with a sign follow.
fn begins_other(here: &[u8]) -> bool {
    let rest = here.get(1..).unwrap_or_default();
    let Some(first) = rest.first() else { return true };
    if first.is_ascii_whitespace() || b"\"'\\<>()[]{}&;,|".contains(first) {
        return true;
    }
    let semicolon = here.first() == Some(&b';');
    let is_name =
        |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.-$".contains(byte) || (semicolon && **byte == b' ');
    let length = rest.iter().take(NAME).take_while(is_name).count();
    let rest = rest.get(length..).unwrap_or_default();
    let signs: &[u8] = if semicolon { b"=" } else { b"=:" };
    let signed = rest.first().is_some_and(|sign| signs.contains(sign))
        || escape::percent(rest, &["3d"]) > 0
        || escape::is_written(rest, &["u003d"]);
    length > 0 && signed
}

/// Whether a line break stands here that is written with a backslash.
fn is_line_break(here: &[u8]) -> bool {
    let slashes = escape::slashes(here);
    slashes > 0 && here.get(slashes).is_some_and(|letter| b"rn".contains(letter))
}
