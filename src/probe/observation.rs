//! What came of probing one target.

use std::net::IpAddr;
use std::time::Duration;

use super::answer::{AddressVerdict, HttpAnswer, Resolution, TlsAnswer, TunnelAnswer};
use super::failure::Failure;
use super::vocabulary::{Outcome, Phase};

/// What came of probing one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Which target, by its place in the list that was given.
    pub target: usize,
    /// What came of it.
    pub outcome: Outcome,
    /// Whether this is but a first word on it, to be confirmed or taken back.
    pub provisional: bool,
    /// How it failed; for an undecided one, what was seen.
    pub failure: Option<Failure>,
    /// Why it was skipped or cannot be decided, or what to know of one that was reached: clauses without full stop.
    pub notes: Vec<String>,
    /// How long each phase took.
    pub phases: Phases,
    /// From the beginning of its turn to this word on it; `None` where it had none.
    pub took: Option<Duration>,
    /// Whether the user interrupted before it was decided: what is known so far is here.
    pub interrupted: bool,
    /// The address that was spoken to: the target's, or the proxy's where one stands before it.
    pub address: Option<IpAddr>,
    /// The address it was spoken to from.
    pub local: Option<IpAddr>,
    /// How the name became addresses; `None` for an address.
    pub resolution: Option<Box<Resolution>>,
    /// Every address of the name, in the order of preference.
    pub addresses: Vec<AddressVerdict>,
    /// What the proxy said.
    pub tunnel: Option<Box<TunnelAnswer>>,
    /// What was seen of TLS.
    pub tls: Option<Box<TlsAnswer>>,
    /// What was answered.
    pub answer: Option<Box<HttpAnswer>>,
    /// How far the clock of this machine is ahead of the server's, in seconds; negative where it is behind.
    pub clock_ahead: Option<i64>,
}

impl Observation {
    /// Nothing known yet of this target.
    #[must_use]
    pub fn begun(target: usize) -> Self {
        Self {
            target,
            outcome: Outcome::Undecided,
            provisional: false,
            failure: None,
            notes: Vec::new(),
            phases: Phases::default(),
            took: None,
            interrupted: false,
            address: None,
            local: None,
            resolution: None,
            addresses: Vec::new(),
            tunnel: None,
            tls: None,
            answer: None,
            clock_ahead: None,
        }
    }

    /// The same, interrupted: what is known so far is kept.
    #[must_use]
    pub fn interrupted(mut self) -> Self {
        self.notes.push("interrupted before it was decided".to_owned());
        Self { outcome: Outcome::Undecided, interrupted: true, ..self }
    }

    /// The same, failed.
    #[must_use]
    pub fn failed(self, failure: Failure) -> Self {
        Self { outcome: Outcome::Failed, failure: Some(failure), ..self }
    }

    /// The same, reached.
    #[must_use]
    pub fn reached(self) -> Self {
        Self { outcome: Outcome::Reached, failure: None, ..self }
    }
}

/// How long each phase took; `None` for one that was not entered, or not left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Phases {
    /// The name to addresses.
    pub resolve: Option<Duration>,
    /// The TCP connection.
    pub connect: Option<Duration>,
    /// CONNECT through the proxy.
    pub tunnel: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// From the request to the head of its answer.
    pub request: Option<Duration>,
}

impl Phases {
    /// How long this phase took.
    #[must_use]
    pub fn of(&self, phase: Phase) -> Option<Duration> {
        match phase {
            Phase::Resolve => self.resolve,
            Phase::Connect => self.connect,
            Phase::Tunnel => self.tunnel,
            Phase::Tls => self.tls,
            Phase::Request => self.request,
        }
    }

    /// All phases together.
    #[must_use]
    pub fn total(&self) -> Duration {
        Phase::ALL.iter().filter_map(|phase| self.of(*phase)).sum()
    }
}
