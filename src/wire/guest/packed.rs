//! Settings packed into one value: `DefaultConnectionSettings` of an account, `WinHttpSettings` of the machine.
//!
//! Neither is documented. Both hold little-endian numbers and texts after their length: two numbers that do not matter here,
//! flags, proxies, hosts without one; the first kind then the address of a script.

use crate::guest::{Connection, Named};
use crate::probe::NoProxy;

/// A proxy is on.
const PROXY: u32 = 2;
/// A script decides.
const SCRIPT: u32 = 4;
/// A proxy is looked for in the network.
const DETECTS: u32 = 8;

/// What the bytes hold; `None` where they are cut off or make no sense.
pub(super) fn read(bytes: &[u8]) -> Option<Connection> {
    let (_version, rest) = number(bytes)?;
    let (_changes, rest) = number(rest)?;
    let (flags, rest) = number(rest)?;
    let (servers, rest) = text(rest)?;
    let (bypass, rest) = text(rest)?;
    let script = text(rest).map(|(script, _)| script).unwrap_or_default();
    let mut connection = Connection {
        enabled: Some(flags & PROXY != 0),
        bypass: Some(bypass).filter(|list| !list.is_empty()).map(|list| NoProxy::parse(&list)),
        script: flags & SCRIPT != 0 && !script.is_empty(),
        detects: flags & DETECTS != 0,
        ..Connection::default()
    };
    connection.set_servers(&servers);
    Some(connection)
}

/// The same without credentials of proxies; of bytes that make no sense, which could hold anything, nothing is kept.
pub(super) fn withheld(bytes: &[u8]) -> Vec<u8> {
    let Some((head, (servers, rest))) =
        bytes.split_at_checked(12).and_then(|(head, rest)| Some((head, text(rest)?)))
    else {
        return Vec::new();
    };
    let mut kept = head.to_vec();
    let mut keep = |text: &str| {
        kept.extend(u32::try_from(text.len()).unwrap_or_default().to_le_bytes());
        kept.extend(text.as_bytes());
    };
    keep(&super::registry::servers(&servers));
    let Some((bypass, rest)) = text(rest) else { return kept };
    keep(&bypass);
    let Some((script, _)) = text(rest) else { return kept };
    keep(&Named::withhold(&script, 0).0);
    kept
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*number), rest))
}

fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = number(bytes)?;
    let (text, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((String::from_utf8_lossy(text).trim_end_matches('\0').to_owned(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(flags: u32, texts: &[&str]) -> Vec<u8> {
        let mut bytes = [70_u32, 9, flags].map(u32::to_le_bytes).concat();
        for text in texts {
            bytes.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes
    }

    #[test]
    fn flags_and_texts_are_read() {
        let connection = read(&packed(3, &["10.0.0.5:3128", "<local>", ""])).unwrap();
        assert_eq!(connection.server(true).unwrap().proxy().unwrap().to_string(), "http://10.0.0.5:3128");
        assert_eq!(connection.bypass.unwrap().as_str(), "<local>");
        let off = read(&packed(13, &["10.0.0.5:3128", "", "http://x/p.pac"])).unwrap();
        assert!(off.server(true).is_none() && off.script && off.detects);
        assert!(read(&packed(3, &["a:1", "b"])).is_some());
    }

    #[test]
    fn what_is_cut_off_is_nothing() {
        let whole = packed(3, &["10.0.0.5:3128", "<local>"]);
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length]), None, "{length}");
        }
        let mut endless = packed(3, &[]);
        endless.extend(u32::MAX.to_le_bytes());
        assert_eq!(read(&endless), None);
    }
}
