//! The tls phase.

use super::stream::Stream;
use crate::probe::{Failure, FailureKind, Host, Phase, TlsAnswer};

/// TLS.
pub(super) struct Handshaker;

/// What came of the handshake.
pub(super) struct Shaken {
    /// What was seen.
    pub(super) answer: Option<TlsAnswer>,
    /// The way on.
    pub(super) stream: Result<Stream, Failure>,
}

impl Handshaker {
    /// Makes it.
    pub(super) fn new() -> Self {
        Self
    }

    /// Shakes hands.
    #[expect(clippy::unused_async, reason = "to come")]
    pub(super) async fn shake(&self, _: Stream, _: &Host) -> Shaken {
        Shaken { answer: None, stream: Err(Failure::new(Phase::Tls, FailureKind::LocalError, "not asked")) }
    }
}
