//! Secrets in values that an export of the registry writes as bytes: `hex:68,74,74,70,…`.

use std::ops::Range;

use super::scan::{Cut, secrets as secrets_of};

/// Where the bytes stand that `hex:` or `hex(2):` begins.
pub(super) fn list(text: &str, word: Range<usize>) -> Option<Range<usize>> {
    if text.get(word.clone())? != "hex" {
        return None;
    }
    let rest = text.get(word.end..)?;
    let head = rest.get(..rest.len().min(6)).map_or_else(
        || rest.chars().take(4).map(char::len_utf8).sum(),
        |head| head.find(':').map_or(0, |colon| colon + 1),
    );
    if head == 0 || !(head == 1 || rest.starts_with('(')) {
        return None;
    }
    let begin = word.end + head;
    let in_list = |byte: &&u8| byte.is_ascii_hexdigit() || b",\\\r\n \t".contains(byte);
    let length = text.as_bytes().get(begin..)?.iter().take_while(in_list).count();
    Some(begin..begin + length)
}

/// The bytes of secrets in it: each becomes an `x`, so that the lengths that stand before texts stay true.
pub(super) fn secrets(text: &str, list: Range<usize>) -> Vec<Cut> {
    let wide = text.get(..list.start).is_some_and(|before| before.ends_with("):"));
    let all = bytes(text, list);
    let step = if wide { 2 } else { 1 };
    let low: Vec<(usize, u8)> = all.into_iter().step_by(step).collect();
    // One byte a letter, so that what is found is where the bytes are; no byte is the end of a text.
    let letter = |byte: u8| if byte.is_ascii() && byte != 0 { char::from(byte) } else { '\n' };
    let spelt: String = low.iter().map(|(_, byte)| letter(*byte)).collect();
    let hidden = secrets_of(&spelt).into_iter().flat_map(|cut| cut.at);
    let place = |at: usize| low.get(at).map(|(place, _)| Cut { at: *place..*place + 2, by: "78".to_owned() });
    hidden.filter_map(place).collect()
}

/// Every byte, with the place of its two digits.
fn bytes(text: &str, list: Range<usize>) -> Vec<(usize, u8)> {
    let digits = text.as_bytes().get(list.clone()).unwrap_or_default();
    let mut found = Vec::new();
    let mut at = 0;
    while at < digits.len() {
        let byte = digits.get(at..at + 2).and_then(|pair| std::str::from_utf8(pair).ok());
        match byte.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                found.push((list.start + at, byte));
                at += 2;
            }
            None => at += 1,
        }
    }
    found
}
