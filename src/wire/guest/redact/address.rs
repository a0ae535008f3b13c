//! Credentials in addresses: `https://kim:secret@host/`, also where a `/` or an `@` in them was never encoded.

use std::ops::Range;

/// How far on the same line an `@` is looked for behind what can only be the beginning of a password.
const FAR: usize = 128;

/// What stands between `://` and the path.
pub(super) enum Authority {
    /// Credentials.
    Secret(Range<usize>),
    /// What stands in the place of a port and is none: the beginning of a password, the address having been cut off.
    Port(Range<usize>),
    /// No secret up to here.
    Plain(usize),
}

/// What stands from here on, behind `://`.
pub(super) fn authority(text: &str, begin: usize) -> Authority {
    let bytes = text.as_bytes();
    let run = run(bytes, begin);
    super::work::add(run.end - begin);
    let of = |range: Range<usize>| text.get(range).unwrap_or_default();
    let own = run.path.unwrap_or(run.end);
    let authority = of(begin..own);
    let has_port = authority.contains(':') && !authority.starts_with('[');
    match run.at {
        Some(at) if at < own || has_port => {
            if super::is_withheld(of(begin..at)) {
                Authority::Plain(at)
            } else {
                Authority::Secret(begin..at)
            }
        }
        None if has_port && !states_port(authority) => {
            // A password with a blank in it, or an address that was cut off within one.
            let here = bytes.iter().enumerate().skip(begin).take(FAR);
            let mut line = here.take_while(|(_, byte)| !b"\r\n\"'<>`".contains(byte));
            if let Some((at, _)) = line.find(|(_, byte)| **byte == b'@') {
                return Authority::Secret(begin..at);
            }
            let colon = begin + authority.find(':').map_or(0, |colon| colon + 1);
            if super::is_benign(of(colon..own)) { Authority::Plain(own) } else { Authority::Port(colon..own) }
        }
        _ => Authority::Plain(own),
    }
}

/// The same in an address of which everything is written with `%`.
pub(super) fn encoded(text: &str, begin: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = None;
    for (at, byte) in bytes.iter().enumerate().skip(begin) {
        super::work::add(1);
        let next =
            |text: &[u8]| bytes.get(at..at + text.len()).is_some_and(|here| here.eq_ignore_ascii_case(text));
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'<' | b'>' | b'&' => break,
            b'%' if next(b"%2f") => break,
            b'@' => found = Some(at),
            b'%' if next(b"%40") => found = Some(at),
            _ => {}
        }
    }
    let secret = begin..found?;
    (!super::is_withheld(text.get(secret.clone())?)).then_some(secret)
}

/// What stands without a blank or a quotation mark between, up to the next address.
struct Run {
    end: usize,
    /// Where the path begins.
    path: Option<usize>,
    /// The last `@`.
    at: Option<usize>,
}

fn run(bytes: &[u8], begin: usize) -> Run {
    let mut run = Run { end: bytes.len(), path: None, at: None };
    for (at, byte) in bytes.iter().enumerate().skip(begin) {
        let next = |text: &[u8]| bytes.get(at..at + text.len()) == Some(text);
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'<' | b'>' | b'`' => {
                return Run { end: at, ..run };
            }
            b'\\' if next(br#"\""#) || next(br"\u002") => return Run { end: at, ..run },
            b'&' if next(b"&quot;") || next(b"&lt;") || next(b"&gt;") => return Run { end: at, ..run },
            b':' if next(b"://") || next(br":\/\/") => return Run { end: at, ..run },
            b'/' | b'?' | b'#' | b'\\' => run.path = run.path.or(Some(at)),
            b'@' => run.at = Some(at),
            _ => {}
        }
    }
    run
}

/// Whether what stands behind the colon is a port, perhaps with what ends a part of a sentence or a list behind it.
fn states_port(authority: &str) -> bool {
    let Some(port) = authority.rsplit(':').next() else { return false };
    let port = port.trim_end_matches([',', ';', '.', ')', ']', '}', '|']);
    port.bytes().all(|byte| byte.is_ascii_digit())
}
