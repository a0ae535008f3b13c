//! The resolve phase.

use std::net::{IpAddr, SocketAddr};

use tokio::time::Instant;

use crate::probe::{Failure, FailureKind, Limits, Phase, Resolution};

/// Name resolution.
pub(super) struct Resolver;

/// What a name resolved to.
pub(super) struct Resolved {
    /// Its addresses.
    pub(super) addresses: Vec<IpAddr>,
    /// How.
    pub(super) resolution: Resolution,
    /// Why there are none.
    pub(super) failure: Option<Failure>,
}

impl Resolver {
    /// By these limits.
    pub(super) fn new(_: &Limits) -> Self {
        Self
    }

    /// The addresses of a name.
    pub(super) async fn resolve(&self, name: &str, deadline: Instant) -> Resolved {
        let found = tokio::time::timeout_at(deadline, tokio::net::lookup_host((name, 0))).await;
        let addresses: Vec<IpAddr> = match found {
            Ok(Ok(found)) => found.map(|socket| socket.ip()).collect(),
            _ => Vec::new(),
        };
        let failure = addresses
            .is_empty()
            .then(|| Failure::new(Phase::Resolve, FailureKind::NxDomain, "the name has no address"));
        Resolved { addresses, resolution: Resolution::default(), failure }
    }

    /// Whether a name server answers.
    #[expect(clippy::unused_async, reason = "to come")]
    pub(super) async fn knock(&self, _: SocketAddr, _: Instant) -> Result<(), Failure> {
        Err(Failure::new(Phase::Request, FailureKind::LocalError, "not asked"))
    }
}
