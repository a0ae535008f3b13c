//! What was seen in each phase, as it was seen. Text of the far end is kept short and is *not* escaped here: it reaches a
//! terminal, a page or a label only through the escaping of the report.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::failure::Failure;

/// How a name became addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolution {
    /// Who told the addresses that were used.
    pub by: ResolvedBy,
    /// The chain of canonical names, from the name asked for (left out) to the last.
    pub chain: Vec<String>,
    /// Every name server asked, in order, with what it said; last the platform's own, where its answer was compared.
    pub servers: Vec<NameServerAnswer>,
    /// What else was noticed, one lower-case clause each: a private answer for a public name, a hosts file that
    /// overrides, a server that disagrees with the platform's.
    pub notes: Vec<String>,
}

impl Resolution {
    /// Whether the name is an alias into a zone of private endpoints (`privatelink.`).
    #[must_use]
    pub fn is_private_link(&self) -> bool {
        self.chain.iter().any(|name| name.split('.').any(|label| label.eq_ignore_ascii_case("privatelink")))
    }
}

words! {
    /// Who told the addresses.
    ResolvedBy {
        /// A name server.
        NameServer = "name-server",
        /// The hosts file.
        HostsFile = "hosts-file",
        /// The operating system, where no name server told (another name service, a search domain).
        OperatingSystem = "operating-system",
    }
}

#[expect(clippy::derivable_impls, reason = "the words derive what all of them do")]
impl Default for ResolvedBy {
    fn default() -> Self {
        Self::NameServer
    }
}

/// What one name server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameServerAnswer {
    /// The server.
    pub server: SocketAddr,
    /// Whether it answered over TCP.
    pub over_tcp: bool,
    /// The addresses it gave, or how it failed.
    pub answer: Result<Vec<IpAddr>, Failure>,
    /// How long it took.
    pub took: Duration,
}

/// What came of connecting to one address of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressVerdict {
    /// The address.
    pub address: IpAddr,
    /// How long the connection took, or how it failed; `None` where nothing is known yet.
    pub connected: Option<Result<Duration, Failure>>,
}

/// What a proxy said to CONNECT, or in place of a server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TunnelAnswer {
    /// The status.
    pub status: u16,
    /// The schemes it offers with 407: `Basic`, `NTLM`, `Negotiate`.
    pub schemes: Vec<String>,
    /// What the proxy calls itself: `Via`, else `Server`.
    pub software: Option<String>,
    /// Its own word for the error: `X-Squid-Error`.
    pub error: Option<String>,
}

/// What was seen of a TLS handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsAnswer {
    /// The version agreed on, as in `1.3`.
    pub version: &'static str,
    /// The server's certificate.
    pub certificate: Certificate,
    /// The names up the chain that the server sent: the issuer of each certificate, the last being nearest the root.
    pub issuers: Vec<String>,
    /// The root it leads to among the public trust anchors, where it does.
    pub public_root: Option<String>,
    /// What the chain is worth.
    pub trust: Trust,
    /// Whether the certificate names the host.
    pub name_matches: bool,
    /// Whether it is valid by the clock of this machine.
    pub validity: Validity,
}

/// The part of a certificate that people ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Certificate {
    /// Whose it is.
    pub subject: String,
    /// Who vouches for it.
    pub issuer: String,
    /// The names and addresses it is for: the first few.
    pub names: Vec<String>,
    /// From when on it is valid, in seconds since 1970.
    pub not_before: i64,
    /// Until when it is valid, in seconds since 1970.
    pub not_after: i64,
}

words! {
    /// What a chain of certificates is worth, dates and name left aside.
    Trust {
        /// It leads to a public root.
        Public = "public",
        /// It leads to a root that this machine trusts and the public does not.
        HostOnly = "host-only",
        /// It leads nowhere.
        Nobody = "nobody",
        /// It leads to no public root, and what this machine trusts cannot be told: it has no list of trusted roots.
        Unknown = "unknown",
    }
}

words! {
    /// Whether a certificate is valid by the clock of this machine.
    Validity {
        /// It is.
        Valid = "valid",
        /// No longer.
        Expired = "expired",
        /// Not yet.
        NotYet = "not-yet",
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The headers that tell services apart, names in lower case: see [`HttpAnswer::KEPT`].
    pub headers: Vec<(&'static str, String)>,
    /// The beginning of the body, as far as it was read: at most [`HttpAnswer::EXCERPT`] bytes of text.
    pub excerpt: String,
    /// The server's clock, in seconds since 1970, by its `Date`.
    pub date: Option<i64>,
}

impl HttpAnswer {
    /// The headers that are kept. Of `location` only scheme, host and port are.
    pub const KEPT: &'static [&'static str] = &[
        "content-type",
        "location",
        "proxy-authenticate",
        "retry-after",
        "server",
        "via",
        "www-authenticate",
        "x-cache",
        "x-ms-error-code",
        "x-ms-request-id",
        "x-ms-version",
        "x-squid-error",
    ];

    /// How much of a body is kept, in bytes.
    pub const EXCERPT: usize = 512;

    /// The first header of this name, in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}
