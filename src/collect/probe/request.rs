//! The request phase.

use super::stream::Stream;
use crate::probe::{Failure, FailureKind, HttpAnswer, Phase, Target};

/// Asks.
#[expect(clippy::unused_async, reason = "to come")]
pub(super) async fn ask(_: Stream, _: &Target) -> Result<HttpAnswer, Failure> {
    Err(Failure::new(Phase::Request, FailureKind::LocalError, "not asked"))
}
