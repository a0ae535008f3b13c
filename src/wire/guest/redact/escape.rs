//! Marks as they are written in texts inside texts: behind backslashes, as entities, with `%`, each as deep as it likes.

/// How many backslashes, or `amp;`, or `25` are passed over.
const DEEPEST: usize = 63;

/// The quotation mark that stands at a place, as it is written there; empty where there is none.
///
/// In a text inside a text it is `\"`, in one of those `\\\"`: other numbers of backslashes belong to what stands before.
pub(super) fn quote(text: &str, at: usize) -> &str {
    let bytes = text.as_bytes().get(at..).unwrap_or_default();
    let slashes = slashes(bytes);
    let rest = bytes.get(slashes..).unwrap_or_default();
    let length = match rest.first() {
        Some(b'"' | b'\'') if (slashes + 1).is_power_of_two() => 1,
        Some(b'u' | b'x') if slashes > 0 => first(rest, &["u0022", "u0027", "x22", "x27"]),
        Some(b'&') if slashes == 0 => entity(rest, &["quot;", "#34;", "#x22;", "apos;", "#39;", "#x27;"]),
        Some(b'%') if slashes == 0 => percent(rest, &["22", "27"]),
        _ => 0,
    };
    if length == 0 { "" } else { text.get(at..at + slashes + length).unwrap_or("") }
}

/// How many letters the sign between a name and its value has; `None` where there is none.
pub(super) fn sign(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes().get(at..)?;
    let slashes = slashes(bytes);
    let rest = bytes.get(slashes..)?;
    let length = match rest.first()? {
        // `secret://` is the scheme of an address.
        b':' | b'=' if slashes == 0 && !bytes.starts_with(b"://") => {
            first(bytes, &[":=", "=>", "==", "=", ":"])
        }
        b'u' | b'x' if slashes > 0 => first(rest, &["u003d", "u003a", "x3d", "x3a"]),
        b'&' if slashes == 0 => entity(rest, &["#61;", "#x3d;", "equals;", "#58;", "#x3a;", "colon;"]),
        b'%' if slashes == 0 => percent(rest, &["3d", "3a"]),
        _ => 0,
    };
    (length > 0).then_some(slashes + length)
}

/// How many letters at the beginning of a word belong to a letter that is written before it: `%26sig`, `\nsig`, `\u0026sig`.
pub(super) fn before(bytes: &[u8], at: usize) -> usize {
    let hex = |from: usize, count: usize| {
        bytes.get(from..from + count).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    match (at.checked_sub(1).and_then(|before| bytes.get(before)), bytes.get(at)) {
        (Some(b'%'), _) => {
            // Encoded twice, `%2526`: the digits of both go.
            let rest = bytes.get(at..).unwrap_or_default().chunks_exact(2).take(DEEPEST);
            let again = 2 * rest.take_while(|pair| pair == b"25").count();
            if hex(at + again, 2) { again + 2 } else { again }
        }
        (Some(b'\\'), Some(b'u')) if hex(at + 1, 4) => 5,
        (Some(b'\\'), Some(b'x')) if hex(at + 1, 2) => 3,
        (Some(b'\\'), Some(b'n' | b'r' | b't' | b'b' | b'f')) => 1,
        _ => 0,
    }
}

/// Whether one of these letters stands here, written with backslashes: `\u0026`, `\\u003c`.
pub(super) fn is_written(bytes: &[u8], codes: &[&str]) -> bool {
    let slashes = slashes(bytes);
    slashes > 0 && first(bytes.get(slashes..).unwrap_or_default(), codes) > 0
}

/// How many backslashes stand here.
pub(super) fn slashes(bytes: &[u8]) -> usize {
    bytes.iter().take(DEEPEST).take_while(|byte| **byte == b'\\').count()
}

fn first(bytes: &[u8], marks: &[&str]) -> usize {
    let is =
        |mark: &&&str| bytes.get(..mark.len()).is_some_and(|own| own.eq_ignore_ascii_case(mark.as_bytes()));
    marks.iter().find(is).map_or(0, |mark| mark.len())
}

/// `&quot;`, `&amp;quot;`, and so on.
pub(super) fn entity(bytes: &[u8], names: &[&str]) -> usize {
    repeated(bytes, b"&", b"amp;", names)
}

/// `%22`, `%2522`, and so on.
pub(super) fn percent(bytes: &[u8], codes: &[&str]) -> usize {
    repeated(bytes, b"%", b"25", codes)
}

fn repeated(bytes: &[u8], head: &[u8], again: &[u8], names: &[&str]) -> usize {
    let Some(mut rest) = bytes.strip_prefix(head) else { return 0 };
    for _ in 0..DEEPEST {
        let length = first(rest, names);
        if length > 0 {
            return bytes.len() - rest.len() + length;
        }
        let Some(next) = rest.strip_prefix(again) else { return 0 };
        rest = next;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotation_marks_are_known_however_deep() {
        for mark in [
            "\"",
            "'",
            r#"\""#,
            r#"\\\""#,
            r#"\\\\\\\""#,
            r"\'",
            r"\u0022",
            r"\\u0022",
            "&quot;",
            "&amp;quot;",
            "%22",
            "%2522",
        ] {
            assert_eq!(quote(&format!("x{mark}y"), 1), mark);
        }
        for none in ["", "x", r#"\\""#, r"\\", r"\u0021", "&x;", "%2", "é"] {
            assert_eq!(quote(none, 0), "", "{none}");
        }
    }

    #[test]
    fn signs_are_known_however_deep() {
        for mark in
            ["=", ":", ":=", "=>", "%3D", "%3d", "%25253D", r"\u003d", r"\\\\u003D", "&#61;", "&amp;#x3D;"]
        {
            assert_eq!(sign(&format!("x{mark}y"), 1), Some(mark.len()), "{mark}");
        }
        for none in ["", "x", "://", r"\=", "%3", "é"] {
            assert_eq!(sign(none, 0), None, "{none}");
        }
    }
}
