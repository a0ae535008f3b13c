//! Words of the far end, made fit for a sentence of ours: short, on one line, without anything that moves a cursor or hides.

/// How many characters of a foreign text stand in a sentence.
const LONGEST: usize = 80;

/// A foreign text as it may stand between backticks in a sentence: at most 80 characters, everything that is not plainly
/// visible escaped.
///
/// ```
/// use azpreflight::probe::foreign::shown;
/// assert_eq!(shown("squid\u{1b}[2J`\u{202e}"), r"squid\u{1b}[2J'\u{202e}");
/// ```
#[must_use]
pub fn shown(text: &str) -> String {
    let text = text.trim();
    let mut short: String = text.chars().take(LONGEST).map(unquoted).collect();
    let cut = short.len() < text.len();
    short = short.escape_debug().to_string().replace("\\'", "'").replace("\\\"", "\"");
    if cut {
        short.push('…');
    }
    short
}

/// Foreign bytes as text on one line: white space and control characters become single spaces, what is no text or not
/// visible becomes `U+FFFD`; a byte order mark in front is dropped. At most `most` bytes, cut between characters.
#[must_use]
pub fn one_line(bytes: &[u8], most: usize) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut line = String::new();
    for letter in String::from_utf8_lossy(bytes).chars() {
        let letter = if letter.is_whitespace() || letter.is_control() { ' ' } else { visible(letter) };
        if letter == ' ' && (line.is_empty() || line.ends_with(' ')) {
            continue;
        }
        if line.len() + letter.len_utf8() > most {
            break;
        }
        line.push(letter);
    }
    line.truncate(line.trim_end().len());
    line
}

/// What the first bytes of an answer that is no HTTP look like, as in `an SSH banner`. To follow `answers with`.
#[must_use]
pub fn looks_like(first: &[u8]) -> String {
    let text = || format!("`{}`", shown(&String::from_utf8_lossy(first)));
    match first {
        [] => "nothing".into(),
        [0x15, 3, ..] => "a TLS alert, as a server that wants TLS".into(),
        [0x16, 3, ..] => "a TLS handshake".into(),
        [5, method] | [5, method, ..] if *method <= 9 || *method == 0xff => "SOCKS version 5".into(),
        [0, 0x5a..=0x5d, ..] => "SOCKS version 4".into(),
        [_, _, _, 4, 0, ..] => "an HTTP/2 frame".into(),
        [b'S', b'S', b'H', b'-', ..] => format!("an SSH banner, {}", text()),
        [b'2', b'2', b'0', b' ' | b'-', ..] => format!("a greeting of SMTP or FTP, {}", text()),
        [b'<', ..] => format!("a page without a head, {}", text()),
        _ => text(),
    }
}

fn unquoted(letter: char) -> char {
    if letter == '`' { '\'' } else { letter }
}

fn visible(letter: char) -> char {
    let mut escaped = letter.escape_debug();
    let hidden = escaped.next() == Some('\\') && escaped.next() == Some('u');
    if hidden { char::REPLACEMENT_CHARACTER } else { letter }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_short_and_visible() {
        assert_eq!(shown(&"x".repeat(80)), "x".repeat(80));
        assert_eq!(shown(&"ü".repeat(81)), format!("{}…", "ü".repeat(80)));
        assert_eq!(shown(" it's \"a\" \u{feff}\r\n"), "it's \"a\" \\u{feff}");
        for hidden in ['\u{200b}', '\u{2066}', '\u{e0041}', '\u{2028}', '\0', '\u{9b}', '\u{ad}'] {
            assert!(shown(&format!("a{hidden}b")).starts_with("a\\"), "{hidden:?}");
        }
    }

    #[test]
    fn a_page_becomes_one_line() {
        assert_eq!(one_line(b"\r\n a\t\t b\0\x1b[2Jc \n", 512), "a b [2Jc");
        assert_eq!(one_line("\u{feff}{\u{feff}}".as_bytes(), 512), "{\u{fffd}}");
        assert_eq!(one_line("é\u{202e}é".as_bytes(), 512), "é\u{fffd}é");
        assert_eq!(one_line("ééé".as_bytes(), 5), "éé");
        assert_eq!(one_line(&[0xff, 0xfe, b'a'], 512), "\u{fffd}\u{fffd}a");
        assert_eq!(one_line(b"<a title=\"it's\">", 512), "<a title=\"it's\">");
    }

    #[test]
    fn what_speaks_is_named() {
        for (first, words) in [
            (&b"SSH-2.0-OpenSSH_9.2\r\n"[..], "an SSH banner, `SSH-2.0-OpenSSH_9.2`"),
            (&[0x15, 3, 1, 0, 2, 2, 70], "a TLS alert, as a server that wants TLS"),
            (&[5, 0xff], "SOCKS version 5"),
            (&[0, 0x5b, 0, 0], "SOCKS version 4"),
            (b"220 mail ESMTP", "a greeting of SMTP or FTP, `220 mail ESMTP`"),
            (&[0, 0, 18, 4, 0, 0], "an HTTP/2 frame"),
            (b"\x07\x08", "`\\u{7}\\u{8}`"),
        ] {
            assert_eq!(looks_like(first), words);
        }
    }
}
