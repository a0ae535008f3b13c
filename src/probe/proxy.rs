//! Proxies, and the secrets that go with them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::host::{Authority, Host};

/// What a proxy listens on where its URL names no port, as curl and the VM agent take it.
const USUAL_PORT: u16 = 1080;

/// How a target is reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Via {
    /// Without anything in between.
    #[default]
    Direct,
    /// Through an HTTP proxy.
    Proxy(Proxy),
}

impl Via {
    /// The proxy, where there is one.
    #[must_use]
    pub fn proxy(&self) -> Option<&Proxy> {
        match self {
            Self::Direct => None,
            Self::Proxy(proxy) => Some(proxy),
        }
    }
}

/// `direct`, or the URL of the proxy without its credentials.
impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct => f.pad("direct"),
            Self::Proxy(proxy) => f.pad(&proxy.to_string()),
        }
    }
}

/// An HTTP proxy. Shown as `http://host:port`: its credentials never leave but towards the proxy itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proxy {
    /// Where it listens.
    pub authority: Authority,
    /// What it is told when it asks who is calling.
    pub credentials: Option<Credentials>,
}

impl Proxy {
    /// The same proxy with other credentials.
    #[must_use]
    pub fn with_credentials(self, credentials: Option<Credentials>) -> Self {
        Self { credentials, ..self }
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.authority)
    }
}

/// A name and a password. Neither is ever shown, in `Debug` either.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Credentials {
    user: String,
    password: String,
}

impl Credentials {
    /// These credentials.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: user.into(), password: password.into() }
    }

    /// `user:password`, to be encoded for the proxy and for nobody else.
    #[must_use]
    pub fn secret(&self) -> String {
        format!("{}:{}", self.user, self.password)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// A text that is no URL of an HTTP proxy. It never repeats the text, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UnknownProxy {
    /// SOCKS, or HTTP over TLS.
    #[error("a `{}` proxy is not supported: backup knows HTTP proxies alone, as in `http://10.0.0.5:3128`", scheme.escape_debug())]
    Scheme {
        /// The scheme that was named.
        scheme: String,
    },
    /// No host and port in it.
    #[error("the proxy is no URL of host and port, as in `http://10.0.0.5:3128`")]
    Url,
}

impl FromStr for Proxy {
    type Err = UnknownProxy;

    /// Takes `http://host:port`, `host:port` and `host`, with credentials before an `@` (percent-encoded) and a path
    /// that does not matter.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let rest = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some((scheme, _)) => return Err(UnknownProxy::Scheme { scheme: scheme.to_ascii_lowercase() }),
            None => text,
        };
        let rest = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        let (credentials, rest) = match rest.rsplit_once('@') {
            Some((credentials, rest)) => (Some(read_credentials(credentials)), rest),
            None => (None, rest),
        };
        let authority = authority(rest).ok_or(UnknownProxy::Url)?;
        Ok(Self { authority, credentials })
    }
}

fn authority(text: &str) -> Option<Authority> {
    if let Ok(authority) = text.parse() {
        return Some(authority);
    }
    let host = text.parse::<Host>().ok()?;
    Some(Authority { host, port: USUAL_PORT })
}

fn read_credentials(text: &str) -> Credentials {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    Credentials::new(percent_decoded(user), percent_decoded(password))
}

fn percent_decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                hex(*high).zip(hex(*low)).map(|(high, low)| (high << 4 | low, after))
            }
            _ => None,
        };
        let (byte, after) = escaped.unwrap_or((*first, tail));
        decoded.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_shown_without_its_credentials() {
        let proxy: Proxy = "http://kim:s%40fe@proxy.example:3128/".parse().unwrap();
        assert_eq!(proxy.to_string(), "http://proxy.example:3128");
        assert_eq!(proxy.credentials.as_ref().unwrap().secret(), "kim:s@fe");
        assert!(!format!("{proxy:?}").contains("s@fe"));
        assert!(!format!("{:?}", Via::Proxy(proxy)).contains("kim"));
    }

    #[test]
    fn other_schemes_are_named_and_nothing_else_is_repeated() {
        let socks = "socks5://kim:secret@proxy:1080".parse::<Proxy>().unwrap_err();
        assert!(socks.to_string().contains("socks5") && !socks.to_string().contains("secret"));
        let wrong = "http://kim:secret@:x".parse::<Proxy>().unwrap_err();
        assert!(!wrong.to_string().contains("secret"));
        assert_eq!("proxy".parse::<Proxy>().unwrap().to_string(), "http://proxy:1080");
    }
}
