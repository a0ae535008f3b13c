//! The far end of a connection: a name or an address, and a port.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use thiserror::Error;

/// The longest name DNS knows, in characters.
const LONGEST_NAME: usize = 253;

/// A name to resolve, or an address.
///
/// ```
/// use azpreflight::probe::Host;
/// let host: Host = "Login.MicrosoftOnline.com.".parse().unwrap();
/// assert_eq!(host.to_string(), "login.microsoftonline.com");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A name: ASCII letters (lower-case), digits, `-`, `_` and dots; no dot at the end.
    Name(String),
    /// An address.
    Address(IpAddr),
}

impl Host {
    /// Its address, where it is one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(*address),
            Self::Name(_) => None,
        }
    }

    /// Its name, where it is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Address(_) => None,
        }
    }
}

/// A text that is neither a host name nor an address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` is {expected}", text.escape_debug())]
pub struct UnknownHost {
    text: String,
    expected: &'static str,
}

impl UnknownHost {
    pub(super) fn new(text: &str, expected: &'static str) -> Self {
        Self { text: without_secrets(text), expected }
    }
}

/// A text that should have been a host, a port and perhaps a scheme, without what else was written there: paths and
/// queries hold signatures, and what stands before an `@` passwords. `…` stands where something is left out.
pub(crate) fn without_secrets(text: &str) -> String {
    let (scheme, rest) = text.find("://").map_or(("", text), |at| text.split_at(at + 3));
    let (authority, beyond) = rest.split_at(rest.find(['/', '?', '#', '\\', ';', '&']).unwrap_or(rest.len()));
    let (before, host) = authority.rsplit_once('@').map_or(("", authority), |(_, host)| ("…@", host));
    let is_scheme =
        scheme.trim_end_matches("://").bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    // An `@` further on may end a password that has a slash in it, so that nothing is sure to be the host.
    if beyond.contains('@') || !is_scheme {
        return "…".to_owned();
    }
    let cut = if matches!(beyond, "" | "/") { beyond } else { "…" };
    format!("{scheme}{before}{host}{cut}")
}

impl FromStr for Host {
    type Err = UnknownHost;

    /// Takes `name`, `192.0.2.1`, `2001:db8::1` and `[2001:db8::1]`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unbracketed = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if let Some(inner) = unbracketed {
            let address = inner.parse::<Ipv6Addr>();
            return address
                .map(|address| Self::Address(address.into()))
                .map_err(|_| UnknownHost::new(text, "no IPv6 address"));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Address(address));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        // A name of digits alone would be an address written wrongly.
        let numeric =
            name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        if name.len() > LONGEST_NAME || numeric || !name.split('.').all(is_label) {
            return Err(UnknownHost::new(text, "neither a host name nor an address"));
        }
        Ok(Self::Name(name))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.pad(name),
            Self::Address(address) => f.pad(&address.to_string()),
        }
    }
}

/// A host and a port, as they stand in a CONNECT request. IPv6 addresses in brackets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Authority {
    /// The host.
    pub host: Host,
    /// The port, never 0.
    pub port: u16,
}

impl FromStr for Authority {
    type Err = UnknownHost;

    /// Takes `host:port` and `[address]:port`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "no host and port, as in `example.blob.core.windows.net:443` or `[2001:db8::1]:443`";
        let refused = || UnknownHost::new(text, expected);
        let (host, port) = text.rsplit_once(':').ok_or_else(refused)?;
        if host.contains(':') && !host.starts_with('[') {
            return Err(refused());
        }
        let port = port.parse::<u16>().ok().filter(|port| *port != 0).ok_or_else(refused)?;
        Ok(Self { host: host.parse()?, port })
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]:{}", self.port),
            host => write!(f, "{host}:{}", self.port),
        }
    }
}

fn is_label(label: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !label.is_empty() && label.len() <= 63 && label.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_is_not_repeated() {
        for (text, shown) in [
            ("a.example", "a.example"),
            ("https://a.example/", "https://a.example/"),
            ("https://a.example/c?sv=1&sig=secret", "https://a.example…"),
            ("a.example?sig=secret", "a.example…"),
            ("a.example#secret", "a.example…"),
            ("https://kim:secret@a.example:1/x", "https://…@a.example:1…"),
            ("https://kim:sec/ret@a.example:1", "…"),
            ("a.example/c?sig=secret://x", "…"),
            ("kim:secret@x", "…@x"),
        ] {
            assert_eq!(without_secrets(text), shown, "{text}");
            let refused = text.parse::<Authority>().unwrap_err().to_string();
            assert!(!refused.contains("secret") && !refused.contains("kim"), "{refused}");
        }
    }

    #[test]
    fn names_and_addresses_are_told_apart() {
        assert_eq!("10.0.0.4:443".parse::<Authority>().unwrap().host.address(), Some([10, 0, 0, 4].into()));
        assert_eq!("[::1]:80".parse::<Authority>().unwrap().to_string(), "[::1]:80");
        assert_eq!("A.Example:8443".parse::<Authority>().unwrap().to_string(), "a.example:8443");
        for wrong in [
            "a",
            "a:0",
            "a:65536",
            "::1:80",
            "1.2.3:80",
            "a b:80",
            "-\n:80",
            ":80",
            "[a]:80",
            "a..b:1",
            "300.1.1.1:1",
        ] {
            assert!(wrong.parse::<Authority>().is_err(), "{wrong}");
        }
    }
}
