//! Private keys: what stands between the lines that begin and end one, or before or after one of them where the other is
//! missing.

use std::ops::Range;

use super::work;

/// How long the title of a key is.
const TITLE: usize = 64;
/// How far the end of a key is from its beginning.
const MOST: usize = 1 << 16;
/// How long the lines of a key are.
const LINES: [usize; 4] = [64, 65, 76, 70];

/// What is to go where a line of hyphens begins, and where to look on.
pub(super) fn at(text: &str, at: usize, done: usize) -> Option<(Vec<Range<usize>>, usize)> {
    let rest = text.get(at..)?;
    let begins = rest.starts_with("-----BEGIN ");
    if !begins && !rest.starts_with("-----END ") {
        return None;
    }
    let head = rest.get(..rest.floor_char_boundary(TITLE))?;
    let close = 5 + head.get(5..)?.find("-----")?;
    let title = head.get(..close)?;
    if !(title.ends_with("PRIVATE KEY") || title.ends_with("PRIVATE KEY BLOCK")) {
        return None;
    }
    let end = at + close + 5;
    if begins {
        return Some((after(text, end), end));
    }
    Some((before(text, at, done), end))
}

/// What follows the line that begins a key.
fn after(text: &str, begin: usize) -> Vec<Range<usize>> {
    let rest = text.get(begin..).unwrap_or_default();
    let near = rest.get(..rest.floor_char_boundary(MOST)).unwrap_or_default();
    let hyphens = near.find("-----");
    work::add(hyphens.unwrap_or(near.len()));
    let next = hyphens.filter(|end| near.get(*end..).is_some_and(|near| near.starts_with("-----END")));
    match next {
        // In a document of JSON nothing but a text may go.
        Some(end) if !near.get(..end).unwrap_or_default().contains('"') => {
            let benign = super::is_benign(near.get(..end).unwrap_or_default());
            (!benign).then_some(begin..begin + end).into_iter().collect()
        }
        Some(end) => letters(text, begin..begin + end),
        None => letters(text, begin..begin + near.len()),
    }
}

/// The runs of letters of base64, up to what cannot be of a key.
fn letters(text: &str, within: Range<usize>) -> Vec<Range<usize>> {
    let bytes = text.as_bytes().get(..within.end).unwrap_or_default();
    let mut found = Vec::new();
    let mut at = within.start;
    while let Some(byte) = bytes.get(at) {
        work::add(1);
        let here = bytes.get(at..).unwrap_or_default();
        let escaped = super::escape::slashes(here);
        let next = here.get(escaped);
        if escaped > 0 && next.is_some_and(|next| b"nrt".contains(next)) {
            at += escaped + 1;
            continue;
        }
        if byte.is_ascii_whitespace() || b"\\\"',()&#;<>".contains(byte) {
            at += 1;
            continue;
        }
        // The year of the next entry of a log would be one, too.
        let is_line = at > 0 && bytes.get(at - 1) == Some(&b'\n');
        if is_line && super::ends::begins_entry(text, at) {
            break;
        }
        let length = here.iter().take_while(|byte| is_base64(**byte)).count();
        let run = here.get(..length).unwrap_or_default();
        let behind = here.get(length..).unwrap_or_default();
        let behind = behind.iter().take(20).find(|byte| !b" \\\"'".contains(byte));
        // A header of the key itself, `Proc-Type: 4,ENCRYPTED`, or what is no key any more.
        if length == 0 || behind == Some(&b':') {
            let header = [&b"Proc-Type:"[..], b"DEK-Info:", b"Version:", b"Comment:"]
                .iter()
                .any(|name| here.starts_with(name));
            if !header {
                break;
            }
            at += here.iter().take_while(|byte| !b"\r\n\\".contains(byte)).count();
            continue;
        }
        // A letter alone joins lines: `"…" + "…"`. What was withheld before stays.
        if length > 1 && run != super::WITHHELD.as_bytes() {
            found.push(at..at + length);
        }
        at += length;
    }
    found
}

/// What stands before the line that ends a key of which the beginning was cut off: lines that only keys have.
fn before(text: &str, end: usize, done: usize) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = end;
    while end - at < MOST {
        let stop = between(bytes, at, done);
        let own = bytes.get(done..stop).unwrap_or_default();
        let begin = stop - own.iter().rev().take_while(|byte| is_base64(**byte)).count();
        // The letter of an escape, `\n`, is none of the line.
        let begin = begin + super::escape::before(bytes, begin).min(stop - begin);
        // The last line may be short, and the first, of which the beginning was cut off.
        let is_line = found.is_empty() || begin == 0 || LINES.contains(&(stop - begin));
        work::add(at - begin);
        if begin == stop || !is_line {
            break;
        }
        found.push(begin..stop);
        at = begin;
    }
    found.retain(|run| text.get(run.clone()) != Some(super::WITHHELD));
    found.reverse();
    found
}

/// Where the line before ends: before line breaks, written as such or as `\n`, and what a list has between its texts.
fn between(bytes: &[u8], from: usize, done: usize) -> usize {
    let mut at = from;
    while at > done {
        match bytes.get(at.saturating_sub(2)..at) {
            Some([b'\\', b'n' | b'r']) if at - 2 >= done => at -= 2,
            Some([.., last]) if b"\r\n\\\"', \t".contains(last) => at -= 1,
            _ => break,
        }
    }
    at
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}
