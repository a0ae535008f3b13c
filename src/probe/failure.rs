//! How a probe failed.

use std::fmt;
use std::net::IpAddr;

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

    /// Who told of it, where a message of the network did: the address at the end of the detail, as in
    /// `ICMP host unreachable (type 3, code 1) from 10.0.0.1`.
    #[must_use]
    pub fn told_by(&self) -> Option<IpAddr> {
        let (message, from) = self.detail.rsplit_once(" from ")?;
        from.parse().ok().filter(|_| message.contains("ICMP"))
    }
}

/// Phase and kind, as in `connect: timed-out`.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.phase, self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_told_stands_at_the_end() {
        let told = |detail: &str| Failure::new(Phase::Connect, FailureKind::Refused, detail).told_by();
        assert_eq!(told("ICMP port unreachable (type 3, code 3) from 10.0.0.4"), Some([10, 0, 0, 4].into()));
        assert_eq!(told("a banner from 10.0.0.4"), None);
        assert_eq!(told("ICMP from nobody"), None);
    }
}
