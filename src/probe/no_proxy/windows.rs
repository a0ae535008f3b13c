//! How Windows reads `ProxyOverride` and the list of `WinHTTP`.

use super::idle;
use crate::probe::{Authority, Host};

/// Whether Windows goes past the proxy: entries are whole hosts with `*` for anything, perhaps with a scheme and a port;
/// `<local>` is every name without a dot.
pub(super) fn bypasses(list: &str, to: &Authority) -> bool {
    entries(list).any(|entry| fits(entry, to))
}

pub(super) fn remarks(list: &str) -> Vec<String> {
    let mut remarks = Vec::new();
    if list.contains(',') {
        remarks.push("it holds commas, which do not separate entries on Windows: `;` does".to_owned());
    }
    let why = |entry: &str| {
        if entry.contains('/') && !entry.contains("://") {
            Some("Windows knows no prefixes of addresses in it, only `*`")
        } else if entry.starts_with('.') {
            Some("Windows wants `*` before the dot")
        } else {
            None
        }
    };
    remarks.extend(idle(entries(list), why));
    remarks
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(|c: char| c == ';' || c.is_ascii_whitespace()).filter(|entry| !entry.is_empty())
}

fn fits(entry: &str, to: &Authority) -> bool {
    if entry.eq_ignore_ascii_case("<local>") {
        return to.host.name().is_some_and(|name| !name.contains('.'));
    }
    let pattern = match entry.split_once("://") {
        Some((scheme, rest)) if speaks(scheme, to.port) => rest,
        Some(_) => return false,
        None => entry,
    };
    if matches(pattern, &host_text(&to.host)) {
        return true;
    }
    let Some((host, port)) = pattern.rsplit_once(':') else { return false };
    let unbracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    port.parse() == Ok(to.port) && matches(unbracketed, &host_text(&to.host))
}

fn speaks(scheme: &str, port: u16) -> bool {
    match port {
        80 => scheme.eq_ignore_ascii_case("http"),
        443 => scheme.eq_ignore_ascii_case("https"),
        _ => false,
    }
}

fn host_text(host: &Host) -> String {
    host.to_string().to_ascii_lowercase()
}

/// Whether a pattern is the whole text, `*` standing for anything. In time proportional to both lengths' product.
fn matches(pattern: &str, text: &str) -> bool {
    let pattern = pattern.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(pattern);
    let pattern = pattern.to_ascii_lowercase();
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(list: &str, to: &str) -> bool {
        bypasses(list, &to.parse().unwrap())
    }

    #[test]
    fn what_windows_takes() {
        for (list, to) in [
            ("x;*.Example.com", "www.example.com:443"),
            ("x *.example.com", "www.example.com:443"),
            ("10.*", "10.0.0.4:80"),
            ("10.*.4", "10.0.0.4:80"),
            ("*blob*windows*", "a.blob.core.windows.net:443"),
            ("http://a.example", "a.example:80"),
            ("https://a.example:443", "a.example:443"),
            ("a.example:8443", "a.example:8443"),
            ("[2001:db8::1]", "[2001:db8::1]:80"),
            ("[2001:db8::1]:80", "[2001:db8::1]:80"),
            ("<LOCAL>", "server:80"),
        ] {
            assert!(past(list, to), "{list} {to}");
        }
    }

    #[test]
    fn what_windows_does_not_take() {
        for (list, to) in [
            ("a.example,b.example", "a.example:80"),
            ("http://a.example", "a.example:443"),
            ("a.example:80", "a.example:443"),
            ("*.example", "example:80"),
            ("a*ba", "aba.c:80"),
            ("ab*ba", "aba:80"),
            ("<local>", "10.0.0.4:80"),
            ("", "a.example:80"),
        ] {
            assert!(!past(list, to), "{list} {to}");
        }
    }
}
