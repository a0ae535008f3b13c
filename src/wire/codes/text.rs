//! Codes in a text: names as words, numbers where the form says that they are codes.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::backup::{ErrorCode, Reporter, error_code, error_codes};

/// What every text of the snapshot extension has in it.
pub(super) const SIGN: &str = "VMSnapshot";
/// Longer words are no names of codes.
const LONGEST: usize = 96;
/// How much before a number is looked at, in bytes.
const BEFORE: usize = 64;
/// Numbers below this are so common that they count only in words of the extension.
const COMMON: u32 = 70;

/// Rows by their names in lower case.
static NAMES: LazyLock<HashMap<String, &'static ErrorCode>> = LazyLock::new(|| {
    let rows = error_codes().iter();
    let names = rows.flat_map(|row| row.codes.iter().map(move |code| (code.to_ascii_lowercase(), row)));
    names.filter(|(name, _)| !name.starts_with(|c: char| c.is_ascii_digit())).collect()
});

/// Which lengths the names have: most words need no further look.
static LENGTHS: LazyLock<[bool; LONGEST + 1]> =
    LazyLock::new(|| std::array::from_fn(|length| NAMES.keys().any(|name| name.len() == length)));

/// Tells `each` the codes that a text names, in order. `of_extension`: it is one of the snapshot extension.
pub(super) fn scan(text: &str, of_extension: bool, each: &mut dyn FnMut(&'static ErrorCode, &str)) {
    let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut from = 0;
    while let Some(rest) = text.as_bytes().get(from..).filter(|rest| !rest.is_empty()) {
        let start = from + rest.iter().take_while(|byte| !byte.is_ascii_alphanumeric()).count();
        let length = text.as_bytes().iter().skip(start).take_while(|byte| is_inside(byte)).count();
        let end = start + length;
        // A word is of ASCII, so that it begins and ends with a character.
        let (Some(before), Some(word), Some(after)) =
            (text.get(..start), text.get(start..end), text.get(end..))
        else {
            return;
        };
        from = end.max(start + 1);
        let own = past_colour(before, word).unwrap_or(word);
        if own.starts_with(|c: char| c.is_ascii_digit()) {
            if let Some(row) = number(before, own, after, of_extension) {
                each(row, own);
            }
        } else if LENGTHS.get(own.len()).is_some_and(|known| *known)
            && let Some(row) = NAMES.get(&own.to_ascii_lowercase())
        {
            each(row, own);
        }
    }
}

/// What follows a sequence that colours, where one ends in a word: `31mName` behind an escape.
fn past_colour<'t>(before: &str, word: &'t str) -> Option<&'t str> {
    if !before.ends_with(['[', ';']) {
        return None;
    }
    let is_parameter = |c: char| c.is_ascii_digit() || c == ';';
    if !before.trim_end_matches(is_parameter).ends_with("\u{1b}[") {
        return None;
    }
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.strip_prefix(|c: char| c.is_ascii_alphabetic())
}

/// The row of a number, if what stands around it says that it is a code.
pub(super) fn number(
    before: &str,
    word: &str,
    after: &str,
    of_extension: bool,
) -> Option<&'static ErrorCode> {
    let number: u32 = word.parse().ok().filter(|_| word.len() <= 6)?;
    if after.starts_with('.') && after.chars().nth(1).is_some_and(|c| c.is_ascii_digit()) {
        return None;
    }
    if number == 407 && after.trim_start().to_ascii_lowercase().starts_with("proxy auth") {
        return error_code(word);
    }
    let form = Form::of(tail(before))?;
    let fits = match form {
        Form::Own | Form::Code => true,
        Form::Host => (555..=558).contains(&number),
        Form::Status => !is_http(number),
    };
    let row = error_code(word).filter(|_| fits)?;
    let common = number < COMMON && row.reporter == Reporter::ExtensionLog && form != Form::Own;
    (!common || of_extension).then_some(row)
}

/// The end of what stands before a number, as much of it as says anything.
fn tail(before: &str) -> &str {
    let from = before.len().saturating_sub(BEFORE);
    (from..=before.len()).find_map(|from| before.get(from..)).unwrap_or_default()
}

/// Codes of HTTP, which some numbers of the extension are, too.
const fn is_http(number: u32) -> bool {
    matches!(number, 100..=103 | 200..=208 | 300..=308 | 400..=451 | 500..=511)
}

/// What the text before a number says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A code of the extension: `ExtErrorCode=`, `Enable,error,`.
    Own,
    /// What came of asking the host.
    Host,
    /// A status, of HTTP perhaps.
    Status,
    /// A code of something.
    Code,
}

impl Form {
    fn of(before: &str) -> Option<Self> {
        const AROUND: [char; 5] = [' ', '\t', '"', '\'', '\\'];
        let before = before.trim_end_matches(AROUND);
        if let Some(list) = before.strip_suffix(',') {
            let (operation, status) = list.rsplit_once(',')?;
            let reported = ["success", "error", "warning", "transitioning"].contains(&status);
            return (reported && operation.ends_with("Enable")).then_some(Self::Own);
        }
        let Some(before) = before.strip_suffix([':', '=']) else { return Self::in_prose(before) };
        let key = before.trim_end_matches(AROUND);
        let is_quoted = key.len() < before.len() && before.ends_with(['"', '\'']);
        let start = key.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at + 1);
        let (above, key) = key.split_at_checked(start)?;
        let word_above =
            above.trim_end().rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        match key.to_ascii_lowercase().as_str() {
            "exterrorcode" | "vmhealthstatuscode" => Some(Self::Own),
            "hoststatuscodepresnapshot" | "hoststatuscodedosnapshot" => Some(Self::Host),
            "errorcode" => Some(Self::Code),
            "statuscode" => Some(Self::Status),
            "code" if is_quoted || word_above.eq_ignore_ascii_case("error") => Some(Self::Code),
            "code" if word_above.eq_ignore_ascii_case("status") => Some(Self::Status),
            _ => None,
        }
    }

    /// What words without a sign say, as people write them: `failed with error code 76`, `ExtErrorCode 555`. HTTP's codes are
    /// written so, too.
    fn in_prose(before: &str) -> Option<Self> {
        let word = |text: &str| {
            let at = text.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
            text.split_at_checked(at)
                .map(|(above, word)| (above.trim_end().to_owned(), word.to_ascii_lowercase()))
        };
        let (above, last) = word(before)?;
        match last.as_str() {
            "exterrorcode" => Some(Self::Own),
            "errorcode" => Some(Self::Status),
            "code" => word(&above).filter(|(_, word)| word == "error").map(|_| Self::Status),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        let mut named = Vec::new();
        scan(text, text.contains(SIGN), &mut |_, name| named.push(name.to_owned()));
        named
    }

    #[test]
    fn numbers_count_where_the_form_says_that_they_are_codes() {
        for text in [
            "\"code\": 76",
            "\"code\":\"76\"",
            "\\\"code\\\": \\\"76\\\"",
            "Status Code : 76",
            "ExtErrorCode=76",
            "Error code: 76,",
            "Enable,error,76,x,False",
            "'errorCode' = '76'",
            "the job failed with error code 76",
            "Error Code '76'.",
            "errorCode 76",
        ] {
            assert_eq!(named(text), ["76"], "{text}");
        }
        assert_eq!(named("hostStatusCodeDoSnapshot=556, "), ["556"]);
        assert_eq!(named("ExtErrorCode 555"), ["555"]);
        assert_eq!(named("failed with error code 558"), ["558"]);
        assert_eq!(named("HTTP/1.1 407 Proxy Authentication Required"), ["407"]);
        assert_eq!(named("VMSnapshotLinux \"code\": 15"), ["15"]);
        assert_eq!(named("\"errorCode\": 320001"), ["320001"]);
    }

    #[test]
    fn other_numbers_do_not() {
        for text in [
            "76",
            "took 76 s",
            "port: 76",
            "Status Code: 500",
            "StatusCode:502",
            "hostStatusCodePreSnapshot=500",
            "exit code: 76",
            "exit code 76",
            "code 76",
            "HTTP error code 502",
            "error codes 76",
            "code: 76.5",
            "\"code\": 76.5",
            "\"code\": 15",
            "\"code\": 7600",
            "\"code\": 99999999999999999999",
            "Enable,success,4,x",
            "76%",
            "a,error,76,",
            "ü: 76",
        ] {
            assert_eq!(named(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn names_count_as_whole_words_in_any_case() {
        assert_eq!(
            named("StatusCode.FailedRetryableSnapshotFailedNoNetwork, usererrorfsfreezefailed."),
            ["FailedRetryableSnapshotFailedNoNetwork", "usererrorfsfreezefailed"]
        );
        assert!(
            named("XUserErrorFsFreezeFailed UserErrorFsFreezeFailed2 UserErrorFsFreezeFailed_x").is_empty()
        );
    }
}
