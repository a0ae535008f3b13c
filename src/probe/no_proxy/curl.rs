//! How curl reads `NO_PROXY`.

use std::net::IpAddr;

use super::{has_port, idle};
use crate::probe::Host;

/// Whether curl goes past the proxy: `*` alone is everything, a name holds what is below it, an address may be a prefix.
pub(super) fn bypasses(list: &str, host: &Host) -> bool {
    list == "*" || entries(list).any(|entry| fits(entry, host))
}

pub(super) fn remarks(list: &str) -> Vec<String> {
    let mut remarks = Vec::new();
    if list == "*" {
        return remarks;
    }
    if list.split(',').any(|part| part.split(is_blank).filter(|word| !word.is_empty()).count() > 1) {
        remarks.push(
            "its entries are separated by blanks: curl since 2024 reads none after the first blank"
                .to_owned(),
        );
    }
    if entries(list).any(|entry| entry.split_once('/').is_some_and(|(base, _)| is_address(base))) {
        remarks.push(
            "it holds prefixes of addresses, which curl before 7.86 passes over; 7.88 those of IPv6"
                .to_owned(),
        );
    }
    let why = |entry: &str| {
        if entry.contains('*') {
            Some("the only wildcard of curl is a `*` that stands alone")
        } else if has_port(entry) {
            Some("curl knows no ports in it")
        } else if entry.starts_with('[') {
            Some("curl wants IPv6 addresses without brackets")
        } else {
            None
        }
    };
    remarks.extend(idle(entries(list), why));
    remarks
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(|c| c == ',' || is_blank(c)).filter(|entry| !entry.is_empty())
}

fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

fn fits(entry: &str, host: &Host) -> bool {
    match host {
        Host::Name(name) => holds_name(entry, name),
        Host::Address(address) => holds_address(entry, *address),
    }
}

/// One dot on either side of the entry does not count.
fn holds_name(entry: &str, name: &str) -> bool {
    let entry = entry.strip_suffix('.').unwrap_or(entry);
    let entry = entry.strip_prefix('.').unwrap_or(entry);
    let Some(start) = name.len().checked_sub(entry.len()).filter(|_| !entry.is_empty()) else {
        return false;
    };
    let bytes = name.as_bytes();
    let ends_so = bytes.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(entry.as_bytes()));
    ends_so && (start == 0 || bytes.get(start - 1) == Some(&b'.'))
}

/// A prefix of length 0 is taken for an address on its own, which is curl's way.
fn holds_address(entry: &str, address: IpAddr) -> bool {
    let (base, length) = match entry.split_once('/') {
        None => (entry, 0),
        Some((base, length)) => match length.parse::<u8>() {
            Ok(length) => (base, length),
            Err(_) => return false,
        },
    };
    match (base.parse(), address) {
        (Ok(IpAddr::V4(base)), IpAddr::V4(address)) => {
            alike(base.to_bits().into(), address.to_bits().into(), (length, 32))
        }
        (Ok(IpAddr::V6(base)), IpAddr::V6(address)) => {
            alike(base.to_bits(), address.to_bits(), (length, 128))
        }
        _ => false,
    }
}

fn alike(base: u128, address: u128, (length, width): (u8, u8)) -> bool {
    match width.checked_sub(length) {
        None => false,
        Some(rest) if rest == width => base == address,
        Some(rest) => (base ^ address) >> rest == 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(list: &str, host: &str) -> bool {
        bypasses(list, &host.parse().unwrap())
    }

    #[test]
    fn what_curl_takes() {
        for (list, host) in [
            ("a.example b.example\tc.example", "b.example"),
            (",, ,b.example.,", "a.B.example"),
            (".b.example.", "b.example"),
            ("10.0.0.0/8", "10.255.0.1"),
            ("10.1.2.3/32", "10.1.2.3"),
            ("2001:db8::/33", "2001:db8:7fff::1"),
            ("2001:DB8:0::1", "2001:db8::1"),
        ] {
            assert!(past(list, host), "{list} {host}");
        }
    }

    #[test]
    fn what_curl_does_not_take() {
        for (list, host) in [
            (" *", "a.example"),
            ("a,*", "b.example"),
            ("..b.example", "a.b.example"),
            ("b.example..", "b.example"),
            (".", "a.example"),
            ("10.0.0.0/0", "10.1.2.3"),
            ("10.0.0.0/33", "10.0.0.0"),
            ("10.0.0.0/", "10.0.0.0"),
            ("10.0.0.0/-1", "10.0.0.0"),
            ("010.0.0.4", "10.0.0.4"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::/129", "2001:db8::"),
            ("0.4", "10.0.0.4"),
            ("é.example", "a.example"),
        ] {
            assert!(!past(list, host), "{list} {host}");
        }
    }

    #[test]
    fn what_looks_otherwise_is_remarked_upon() {
        let remarks = remarks("*.b.example a:80,[::1],10.0.0.0/8");
        assert_eq!(remarks.len(), 5, "{remarks:#?}");
        assert!(remarks[2].starts_with("`*.b.example` matches nothing"));
    }
}
