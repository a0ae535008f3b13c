//! Hosts that are reached without the proxy: `NO_PROXY`, `ProxyOverride`. Those who read such a list disagree on what it says.
//!
//! | entry | curl | the VM agent | Windows |
//! |---|---|---|---|
//! | `example.com` | that host and all below it | every host that ends so, `anexample.com` too | that host |
//! | `.example.com` | the same | all below it | nothing |
//! | `*.example.com` | nothing | nothing | all below it |
//! | `*` | everything, if it stands alone | nothing | everything |
//! | `example.com:443` | nothing | nothing | that host at that port |
//! | `10.0.0.0/8` | those addresses | those addresses | nothing |
//! | `10.0.0.4` | that address | that address | that address |
//! | `10.*` | nothing | nothing | those addresses |
//! | `2001:db8::4` | that address | every address written with that end | that address |
//! | `<local>` | nothing | nothing | every name without a dot |
//!
//! The columns of curl and of the agent are held against curl 7.88 and the agent's own function, by a test. How curl reads
//! a list has changed over the years: [`NoProxy::remarks`] says where it matters.

mod agent;
mod curl;
mod windows;

use std::net::Ipv4Addr;

use super::foreign;
use super::host::{Authority, Host};
use crate::azure::platform::{METADATA_SERVICE, WIRE_SERVER, WIRE_SERVER_PORT};

/// Who reads a list, and thus how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// curl, as its documentation has it: <https://curl.se/libcurl/c/CURLOPT_NOPROXY.html>.
    Curl,
    /// The VM agent for Linux: `bypass_proxy` of `WALinuxAgent`, the same from 2.7.3 to 2.16.0.
    Agent,
    /// Windows: `ProxyOverride` of an account's settings, or the list of `WinHTTP`, as documented for
    /// `WINHTTP_PROXY_INFO`. An entry with a scheme counts at the port that is that scheme's own.
    Windows,
}

/// A list of hosts that are reached without the proxy.
///
/// ```
/// use azpreflight::probe::{Dialect, NoProxy};
/// let list = NoProxy::parse(".blob.core.windows.net, 168.63.129.16");
/// let storage = "example.blob.core.windows.net:443".parse()?;
/// assert!(list.bypasses(Dialect::Curl, &storage) && list.bypasses(Dialect::Agent, &storage));
/// assert!(!NoProxy::parse("*.blob.core.windows.net").bypasses(Dialect::Curl, &storage));
/// # Ok::<(), azpreflight::probe::UnknownHost>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoProxy(String);

impl NoProxy {
    /// A list as it is written. Every text is one: what is no entry matches nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The list as it is written. Text of the far end of a document: whoever shows it escapes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// Whether this destination is reached without the proxy, by one who reads the list so.
    #[must_use]
    pub fn bypasses(&self, dialect: Dialect, to: &Authority) -> bool {
        match dialect {
            Dialect::Curl => curl::bypasses(&self.0, &to.host),
            Dialect::Agent => agent::bypasses(&self.0, &to.host),
            Dialect::Windows => windows::bypasses(&self.0, to),
        }
    }

    /// The addresses of the platform that this list would send to the proxy. They have to be reached without one: the wire
    /// server belongs to the host, and the metadata service refuses what has passed a proxy.
    #[must_use]
    pub fn missing_platform(&self, dialect: Dialect) -> Vec<Ipv4Addr> {
        let missing = |address: &Ipv4Addr| {
            let to = Authority { host: Host::Address((*address).into()), port: WIRE_SERVER_PORT };
            !self.bypasses(dialect, &to)
        };
        PLATFORM.into_iter().filter(missing).collect()
    }

    /// What is written in a way that this reader, or another version of it, takes otherwise than it looks: one clause each,
    /// without full stop. Entries are escaped.
    #[must_use]
    pub fn remarks(&self, dialect: Dialect) -> Vec<String> {
        match dialect {
            Dialect::Curl => curl::remarks(&self.0),
            Dialect::Agent => agent::remarks(&self.0),
            Dialect::Windows => windows::remarks(&self.0),
        }
    }
}

/// What every list has to hold: the wire server and the metadata service.
const PLATFORM: [Ipv4Addr; 2] = [WIRE_SERVER, METADATA_SERVICE];

/// How many entries of a list are remarked upon: a list of thousands must not drown the rest.
const REMARKED: usize = 4;

/// Remarks on the first entries that match nothing, and why; `why` is `None` for one that may match.
fn idle<'l, E: AsRef<str>>(
    entries: impl Iterator<Item = E> + 'l,
    why: impl Fn(&str) -> Option<&'static str> + 'l,
) -> impl Iterator<Item = String> + 'l {
    let remark = move |entry: E| {
        let why = why(entry.as_ref())?;
        Some(format!("`{}` matches nothing: {why}", foreign::shown(entry.as_ref())))
    };
    entries.filter_map(remark).take(REMARKED)
}

/// An entry with a port at its end, which is no IPv6 address.
fn has_port(entry: &str) -> bool {
    entry.rsplit_once(':').is_some_and(|(host, port)| {
        (!host.contains(':') || host.ends_with(']')) && port.parse::<u16>().is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(dialect: Dialect, list: &str, to: &str) -> bool {
        NoProxy::parse(list).bypasses(dialect, &to.parse().unwrap())
    }

    #[test]
    fn the_table_holds() {
        use Dialect::{Agent, Curl, Windows};
        for (list, to, [curl, agent, windows]) in [
            ("example.com", "example.com:443", [true, true, true]),
            ("example.com", "www.example.com:443", [true, true, false]),
            ("example.com", "anexample.com:443", [false, true, false]),
            (".example.com", "www.example.com:443", [true, true, false]),
            (".example.com", "example.com:443", [true, false, false]),
            ("*.example.com", "www.example.com:443", [false, false, true]),
            ("*", "www.example.com:443", [true, false, true]),
            ("example.com:443", "example.com:443", [false, false, true]),
            ("example.com:80", "example.com:443", [false, false, false]),
            ("10.0.0.0/8", "10.1.2.3:443", [true, true, false]),
            ("10.0.0.0/8", "11.1.2.3:443", [false, false, false]),
            ("10.0.0.4", "10.0.0.4:80", [true, true, true]),
            ("10.*", "10.0.0.4:80", [false, false, true]),
            ("2001:db8::4", "[2001:db8::4]:80", [true, true, true]),
            ("db8::4", "[2001:db8::4]:80", [false, true, false]),
            ("<local>", "server:80", [false, false, true]),
            ("<local>", "server.example:80", [false, false, false]),
            ("", "example.com:80", [false, false, false]),
        ] {
            let said = [Curl, Agent, Windows].map(|dialect| by(dialect, list, to));
            assert_eq!(said, [curl, agent, windows], "{list} {to}");
        }
    }

    #[test]
    fn the_platform_is_missed() {
        let missing = |list| NoProxy::parse(list).missing_platform(Dialect::Agent);
        assert_eq!(missing(""), PLATFORM);
        assert_eq!(missing("168.63.129.16"), [METADATA_SERVICE]);
        assert_eq!(missing("169.254.0.0/16,168.63.129.16"), [Ipv4Addr::UNSPECIFIED; 0]);
        assert_eq!(NoProxy::parse("*").missing_platform(Dialect::Curl), [Ipv4Addr::UNSPECIFIED; 0]);
    }

    #[test]
    fn remarks_are_few_and_escaped() {
        let hostile = format!("*.a\u{1b}[31m`,{}", "*.b,".repeat(10_000));
        for dialect in [Dialect::Curl, Dialect::Agent, Dialect::Windows] {
            let remarks = NoProxy::parse(&hostile).remarks(dialect);
            assert!(remarks.len() <= REMARKED + 2, "{dialect:?}: {}", remarks.len());
            assert!(!remarks.iter().any(|remark| remark.contains('\u{1b}')), "{remarks:?}");
        }
        assert!(NoProxy::parse(".example.com,10.0.0.4").remarks(Dialect::Curl).is_empty());
    }
}
