//! Secrets that are known by what they look like.

use std::ops::Range;

use super::scan::is_word;

/// A token of the web, `eyJ….….…`: three parts in base64, of which the first is JSON. Perhaps with a name before it.
pub(super) fn web_token(text: &str, word: Range<usize>) -> Option<Range<usize>> {
    const SHORTEST: usize = 20;
    let own = text.get(word.clone()).filter(|own| own.len() >= SHORTEST)?;
    let (before, _) = own.split_once("eyJ")?;
    let token = own.get(before.len()..)?;
    let named = !before.ends_with(|c: char| c.is_ascii_alphanumeric());
    let is_token = token.len() >= SHORTEST && token.contains('.') && (named || token.contains(".eyJ"));
    is_token.then(|| word.start + before.len()..word.end)
}

/// A token that says by how it begins whose it is.
pub(super) fn marked_token(word: &str) -> bool {
    const MARKS: [&str; 12] = [
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "xoxp-",
        "npm_",
        "sk_live_",
        "AGE-SECRET-KEY-",
    ];
    const SHORTEST: usize = 20;
    word.len() >= SHORTEST + 4 && MARKS.iter().any(|mark| word.starts_with(mark))
}

/// Letters of base64 from here on, the `=` at the end included.
pub(super) fn base64(bytes: &[u8], begin: usize) -> Range<usize> {
    let count =
        |from: usize, fits: fn(&u8) -> bool| bytes.iter().skip(from).take_while(|byte| fits(byte)).count();
    let letters = begin + count(begin, |byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte));
    begin..letters + count(letters, |byte| *byte == b'=').min(2)
}

/// Whether a run of base64 is 64 bytes, as the keys of storage accounts are. Hashes of 64 bytes say which they are.
pub(super) fn is_storage_key(text: &str, run: &Range<usize>) -> bool {
    const LETTERS: usize = 88;
    let Some(key) = text.get(run.clone()) else { return false };
    let begin = run.start.saturating_sub(8);
    let before = text.as_bytes().get(begin..run.start).unwrap_or_default().to_ascii_lowercase();
    let before = String::from_utf8_lossy(&before).replace(['-', ':', ' ', '='], "");
    key.len() == LETTERS && key.ends_with("==") && !before.ends_with("sha512")
}

/// What follows the name of a way to sign in: `Bearer …`, `Basic …`, `SharedKey account:…`.
pub(super) fn after_scheme(text: &str, word: &str, end: usize) -> Option<Range<usize>> {
    const LONGEST: usize = 1 << 14;
    let is = |names: &[&str]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
    if !is(&["Bearer", "Basic", "NTLM", "Negotiate", "SharedKey", "SharedKeyLite"]) {
        return None;
    }
    let blanks = ["%20", " ", "\t", "+"]
        .iter()
        .find(|blank| text.get(end..).is_some_and(|rest| rest.starts_with(**blank)))?;
    let begin = end + blanks.len();
    let letter = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-._~+/=:%".contains(byte);
    let length = text.as_bytes().get(begin..)?.iter().take(LONGEST).take_while(letter).count();
    let token = text.get(begin..begin + length)?;
    let long = length >= 16 && token.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    let shared = token.contains(':') && is(&["SharedKey", "SharedKeyLite"]);
    let basic = is(&["Basic"])
        && length >= 8
        && (token.ends_with('=') || token.bytes().any(|byte| byte.is_ascii_uppercase()));
    (long || shared || basic).then_some(begin..begin + length)
}

/// The hash of a password as `crypt` writes it: `$6$salt$hash`.
pub(super) fn hash_of_password(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    const SHORTEST: usize = 20;
    let rest = bytes.get(at + 1..)?;
    let close = rest.iter().take(5).position(|byte| *byte == b'$')?;
    if ![&b"1"[..], b"2a", b"2b", b"2y", b"5", b"6", b"7", b"y", b"gy", b"apr1"].contains(&rest.get(..close)?)
    {
        return None;
    }
    let begin = at + close + 2;
    let letter = |byte: &&u8| byte.is_ascii_alphanumeric() || b"./$=,".contains(byte);
    let length = bytes.get(begin..)?.iter().take_while(letter).count();
    (length >= SHORTEST).then_some(begin..begin + length)
}

/// A secret of an application in Entra, at the `~` that all have: `abc8Q~…`.
pub(super) fn application_secret(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    const BEFORE: usize = 5;
    const AFTER: usize = 30;
    let begin = at.checked_sub(BEFORE)?;
    let before = bytes.get(begin..at)?;
    let letter = |byte: u8| is_word(byte) || byte == b'~';
    let fits = before.ends_with(b"Q")
        && before.get(3).is_some_and(u8::is_ascii_digit)
        && before.iter().all(|byte| letter(*byte));
    let length = bytes.get(at + 1..)?.iter().take(65).take_while(|byte| letter(**byte)).count();
    (fits && (AFTER..=64).contains(&length)).then_some(begin..at + 1 + length)
}
