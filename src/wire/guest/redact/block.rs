//! Values that go on below the line of their name, by how far they are indented: of YAML, of ini files.

use std::ops::Range;

use super::{escape, record, work};

/// How far before a word its line may begin.
const NEAR: usize = 200;
/// How much belongs to one value.
const MOST: usize = 1 << 16;
/// How many lines without anything are passed over.
const BLANK_LINES: usize = 20;

/// How the value begins on the line of its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    /// `|` or `>`: every line that is deeper is of it.
    Text,
    /// Not at all: lines that are deeper are of it, and those of a list.
    Below,
    /// With its first words, that others may follow.
    Words,
}

/// The value from the end of the sign on, where lines below belong to it.
pub(super) fn value(text: &str, word: usize, sign_end: usize) -> Option<Range<usize>> {
    let depth = depth_of(text, word)?;
    let rest = text.get(sign_end..)?;
    let end = rest.find('\n')?;
    work::add(end);
    let head = head(rest.get(..end)?.trim(), text.get(..sign_end)?.ends_with(':'))?;
    let mut last = None;
    let mut blank = 0;
    let mut at = sign_end + end + 1;
    for line in text.get(at..)?.split_inclusive('\n') {
        work::add(line.len());
        let own = line.trim();
        if own.is_empty() {
            blank += 1;
        } else if belongs(head, depth, line, last.is_none()) {
            blank = 0;
            last = Some(at + line.trim_end().len());
        } else {
            break;
        }
        at += line.len();
        if blank > BLANK_LINES || at - sign_end > MOST {
            break;
        }
    }
    let end = last?;
    let blanks = rest.bytes().take_while(|byte| b" \t".contains(byte)).count();
    let begin = if head == Head::Below { sign_end } else { sign_end + blanks };
    Some(begin..end)
}

/// How far the name of a value is indented; `None` where more than a list's mark stands before it on its line.
fn depth_of(text: &str, word: usize) -> Option<usize> {
    let before = text.as_bytes().get(word.saturating_sub(NEAR)..word)?;
    let line = before.iter().rev().take_while(|byte| **byte != b'\n').count();
    let own = before.get(before.len() - line..)?;
    let plain = own.iter().all(|byte| b" \t-\"'".contains(byte)) && (line < NEAR || word == line);
    plain.then(|| own.iter().filter(|byte| !b"\"'".contains(byte)).count())
}

fn head(first: &str, colon: bool) -> Option<Head> {
    // What a document of YAML says of the kind of a value, and what it calls it.
    let mut words = first.split_whitespace().skip_while(|word| word.starts_with(['!', '&']));
    let Some(word) = words.next().filter(|word| !word.starts_with('#')) else { return Some(Head::Below) };
    let marks = word.strip_prefix(['|', '>']);
    if marks.is_some_and(|rest| rest.bytes().all(|byte| b"+-".contains(&byte) || byte.is_ascii_digit())) {
        return words.next().is_none_or(|word| word.starts_with('#')).then_some(Head::Text);
    }
    (colon && !word.starts_with(['"', '\'', '{', '[', '\\'])).then_some(Head::Words)
}

fn belongs(head: Head, depth: usize, line: &str, is_first: bool) -> bool {
    let own = line.trim();
    let indent = line.bytes().take_while(|byte| b" \t".contains(byte)).count();
    if record::begins(own) {
        return false;
    }
    let deeper = indent > depth;
    match head {
        Head::Text => deeper,
        // What JSON has there is looked at as such; a name in quotation marks is of YAML.
        Head::Below if is_first && own.starts_with(['{', '[', '"', '\'']) => deeper && is_key(own),
        Head::Below => deeper || (indent == depth && (own == "-" || own.starts_with("- "))),
        Head::Words => deeper && !own.contains(": ") && !own.ends_with(':') && !own.contains('='),
    }
}

/// Whether a text in quotation marks is a name.
fn is_key(own: &str) -> bool {
    let quote = escape::quote(own, 0);
    let rest = own.get(quote.len()..).filter(|_| !quote.is_empty());
    rest.and_then(|rest| rest.split_once(quote)).is_some_and(|(_, rest)| rest.trim_start().starts_with(':'))
}
