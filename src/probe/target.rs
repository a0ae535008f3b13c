//! What is probed.

use super::host::{Authority, Host};
use super::proxy::Via;
use super::vocabulary::{Consumer, Expectation};

/// One thing to probe: where, through what, and which answer proves it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// Where to knock.
    pub authority: Authority,
    /// Directly, or through a proxy.
    pub via: Via,
    /// Which answer proves that the right service was reached.
    pub expectation: Expectation,
    /// The id of the requirement it is probed for; `None` for what the user named.
    pub requirement: Option<String>,
    /// Whether backup depends on it.
    pub need: Need,
    /// Who uses it: the first of them.
    pub consumer: Consumer,
    /// Who else uses it, and goes there by the same way for the same reason.
    pub also: Vec<Consumer>,
    /// What makes it `via` what it is, such as `http_proxy in /etc/environment`; `None` where nothing was configured.
    pub configured_by: Option<String>,
    /// Why it is not known that they go this way, where it is not: one clause without full stop. What is seen on it then
    /// proves nothing about theirs.
    pub uncertain: Option<String>,
}

impl Target {
    /// What the user names: required, and what proves it follows from the port.
    #[must_use]
    pub fn named(authority: Authority, expectation: Expectation) -> Self {
        Self {
            authority,
            via: Via::Direct,
            expectation,
            requirement: None,
            need: Need::Required,
            consumer: Consumer::User,
            also: Vec::new(),
            configured_by: None,
            uncertain: None,
        }
    }

    /// Everybody who uses it.
    pub fn consumers(&self) -> impl Iterator<Item = Consumer> {
        std::iter::once(self.consumer).chain(self.also.iter().copied())
    }

    /// Where the first TCP connection goes: the proxy, or the target itself.
    #[must_use]
    pub fn first_hop(&self) -> &Authority {
        self.via.proxy().map_or(&self.authority, |proxy| &proxy.authority)
    }

    /// Whether the conversation is over TLS.
    #[must_use]
    pub fn speaks_tls(&self) -> bool {
        match self.expectation {
            Expectation::Tls | Expectation::Https => true,
            Expectation::Storage => self.authority.port != 80,
            Expectation::Tcp
            | Expectation::Http
            | Expectation::WireServer
            | Expectation::Metadata
            | Expectation::Dns => false,
        }
    }

    /// Whether a request is sent once the way is open.
    #[must_use]
    pub fn asks(&self) -> bool {
        !matches!(self.expectation, Expectation::Tcp | Expectation::Tls | Expectation::Dns)
    }

    /// Whether it goes through the proxy by CONNECT. Plain HTTP does not: the proxy is asked for the whole URL.
    #[must_use]
    pub fn tunnels(&self) -> bool {
        self.via != Via::Direct && (self.speaks_tls() || !self.asks())
    }

    /// Whether the host is the platform itself, which no proxy may stand before: `168.63.129.16`, `169.254.169.254`.
    #[must_use]
    pub fn is_platform(&self) -> bool {
        is_platform(&self.authority.host)
    }
}

/// Whether no proxy may stand before this host.
fn is_platform(host: &Host) -> bool {
    use crate::azure::platform::{METADATA_SERVICE, WIRE_SERVER};
    host.address().is_some_and(|address| address == WIRE_SERVER || address == METADATA_SERVICE)
}

/// Whether backup depends on a target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// It does.
    Required,
    /// It does not: what a warning or a note is about, or a fault that is disputed.
    Optional,
    /// That depends on something not known, which this names: `whether the disks are managed`.
    Depends(String),
}
