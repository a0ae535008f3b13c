//! How a probe failed.

use std::fmt;

use super::vocabulary::{FailureKind, Phase};

/// How a probe failed: where, as what, and with which evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The phase that failed.
    pub phase: Phase,
    /// As what.
    pub kind: FailureKind,
    /// What was seen: one lower-case clause without full stop. Text of the far end in it is escaped already.
    pub detail: String,
}

impl Failure {
    /// This failure.
    #[must_use]
    pub fn new(phase: Phase, kind: FailureKind, detail: impl Into<String>) -> Self {
        Self { phase, kind, detail: detail.into() }
    }
}

/// Phase and kind, as in `connect: timed-out`.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.phase, self.kind)
    }
}
