//! The tunnel phase.

use super::stream::Stream;
use crate::probe::{Authority, Failure, FailureKind, Phase, Proxy, TunnelAnswer};

/// What came of CONNECT.
pub(super) struct Tunnelled {
    /// What the proxy said.
    pub(super) answer: Option<TunnelAnswer>,
    /// The way to the target.
    pub(super) stream: Result<Stream, Failure>,
}

/// Asks the proxy for a way.
#[expect(clippy::unused_async, reason = "to come")]
pub(super) async fn open(_: Stream, _: &Proxy, _: &Authority) -> Tunnelled {
    let failure = Failure::new(Phase::Tunnel, FailureKind::LocalError, "not asked");
    Tunnelled { answer: None, stream: Err(failure) }
}
