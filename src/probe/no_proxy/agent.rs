//! How the VM agent for Linux reads `no_proxy`, quirk by quirk.

use super::{has_port, idle};
use crate::probe::Host;

/// Whether the agent goes past the proxy: an address by equal text or by prefix of IPv4, anything else by how it ends.
pub(super) fn bypasses(list: &str, host: &Host) -> bool {
    let host = host.to_string();
    match inet_aton(&host) {
        Some(address) => entries(list).any(|entry| match prefix(&entry) {
            Some((base, mask)) => (base ^ address) & mask == 0,
            None => entry == host,
        }),
        None => entries(list).any(|entry| host.to_lowercase().ends_with(&entry.to_lowercase())),
    }
}

pub(super) fn remarks(list: &str) -> Vec<String> {
    let mut remarks = Vec::new();
    if list.split(',').any(|part| part.trim_matches(' ').contains(' ')) {
        remarks.push(
            "its entries are separated by blanks, which the agent leaves out: two entries become one"
                .to_owned(),
        );
    }
    let why = |entry: &str| {
        if entry.contains('*') {
            Some("the agent knows no wildcard")
        } else if has_port(entry) {
            Some("the agent knows no ports in it")
        } else {
            None
        }
    };
    remarks.extend(idle(entries(list), why));
    remarks
}

fn entries(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(|entry| entry.replace(' ', "")).filter(|entry| !entry.is_empty())
}

/// Base and mask of an entry that the agent takes for a prefix: one `/`, a length from 1 to 32.
fn prefix(entry: &str) -> Option<(u32, u32)> {
    let (base, length) = entry.split_once('/')?;
    if length.contains('/') {
        return None;
    }
    let length = whole_number(length).filter(|length| (1..=32).contains(length))?;
    Some((inet_aton(base)?, u32::MAX << (32 - length)))
}

/// A number as Python's `int` takes it: white space around, a sign, single underscores between digits. At most a few
/// digits count here.
fn whole_number(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits = text.strip_prefix('+').unwrap_or(text);
    let edges = digits.starts_with('_') || digits.ends_with('_') || digits.contains("__");
    if edges || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return None;
    }
    digits.replace('_', "").parse().ok()
}

/// An IPv4 address as the C library of Linux takes it: one to four numbers, decimal, octal or hexadecimal, the last of which
/// fills what is left; anything may follow after white space.
fn inet_aton(text: &str) -> Option<u32> {
    let end = text.find(|c: char| c.is_ascii_whitespace() || c == '\u{b}').unwrap_or(text.len());
    let parts: Vec<&str> = text.get(..end)?.splitn(5, '.').collect();
    let (last, leading) = parts.split_last()?;
    if leading.len() > 3 {
        return None;
    }
    let mut address = 0_u32;
    for (part, shift) in leading.iter().zip([24, 16, 8]) {
        address |= u32::from(u8::try_from(c_number(part)?).ok()?) << shift;
    }
    let last = c_number(last)?;
    let room = 32 - 8 * u32::try_from(leading.len()).ok()?;
    (room == 32 || last >> room == 0).then_some(address | last)
}

fn c_number(text: &str) -> Option<u32> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = match (hexadecimal, text.strip_prefix('0')) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) if !digits.is_empty() => (digits, 8),
        (None, _) => (text, 10),
    };
    // A sign is no digit, though `from_str_radix` takes one.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u32::from_str_radix(digits, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(list: &str, host: &str) -> bool {
        bypasses(list, &host.parse().unwrap())
    }

    #[test]
    fn what_the_agent_takes() {
        for (list, host) in [
            ("ample.COM", "example.com"),
            ("m", "example.com"),
            (" 10.0.0.0 / +8 ,x", "10.1.2.3"),
            ("0xA.0/0_8", "10.1.2.3"),
            ("10.0.0.4/31", "10.0.0.5"),
            (":1", "2001:db8::1"),
            ("exam ple.com", "example.com"),
        ] {
            assert!(past(list, host), "{list} {host}");
        }
    }

    #[test]
    fn what_the_agent_does_not_take() {
        for (list, host) in [
            ("*", "example.com"),
            ("*.example.com", "www.example.com"),
            ("a.example b.example", "a.example"),
            ("10.0.0.0/0", "10.0.0.0"),
            ("10.0.0.0/33", "10.0.0.0"),
            ("10.0.0.0/8/8", "10.0.0.0"),
            ("010.0.0.4", "8.0.0.4"),
            ("0.4", "10.0.0.4"),
            ("2001:db8::/32", "2001:db8::1"),
            ("", "example.com"),
        ] {
            assert!(!past(list, host), "{list} {host}");
        }
    }

    #[test]
    fn addresses_are_read_as_c_does() {
        for (text, address) in [
            ("10.1.2.3", Some(0x0a01_0203)),
            ("10.1", Some(0x0a00_0001)),
            ("0x7f.1", Some(0x7f00_0001)),
            ("010.0.0.1", Some(0x0800_0001)),
            ("4294967295", Some(u32::MAX)),
            ("1.2.3.4\tx", Some(0x0102_0304)),
            ("4294967296", None),
            ("1.2.3.256", None),
            ("256.1", None),
            ("1.2.3.4.5", None),
            ("1..2", None),
            ("08.0.0.1", None),
            ("0x", None),
            ("1.-2", None),
            ("", None),
            ("a.1", None),
        ] {
            assert_eq!(inet_aton(text), address, "{text}");
        }
    }
}
