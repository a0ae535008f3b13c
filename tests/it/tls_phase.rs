//! The TLS phase as a library shows it: servers of this process on loopback, well-behaved, wrong and hostile.

pub(crate) mod chains;
mod hostile;
mod judged;
pub(crate) mod pki;
pub(crate) mod server;

use std::net::SocketAddr;
use std::time::Duration;

use azpreflight::collect::probe::run;
use azpreflight::probe::{
    Authority, Expectation, Failure, FailureKind, Host, Limits, Observation, Outcome, Phase, Target,
    TlsAnswer, Trust,
};

/// Long enough for a busy machine; nothing here waits for it unless it is wrong.
const PATIENCE: Duration = Duration::from_secs(20);

/// Probes what listens at this address, by its address.
pub(crate) fn probed(at: SocketAddr, expectation: Expectation) -> Observation {
    within(PATIENCE, at, expectation)
}

fn within(timeout: Duration, at: SocketAddr, expectation: Expectation) -> Observation {
    let authority = Authority { host: Host::Address(at.ip()), port: at.port() };
    one(&Target::named(authority, expectation), &Limits { timeout, ..Limits::default() })
}

/// Probes what listens at this address as if it were `name`: a name server of this process says so.
pub(crate) fn probed_as(name: &str, at: SocketAddr, expectation: Expectation) -> Observation {
    let authority = Authority { host: name.parse().unwrap(), port: at.port() };
    let limits = Limits { timeout: PATIENCE, dns: Some(server::loopback_names()), ..Limits::default() };
    one(&Target::named(authority, expectation), &limits)
}

fn one(target: &Target, limits: &Limits) -> Observation {
    let mut seen = run(std::slice::from_ref(target), limits, &mut |_| ()).unwrap();
    assert_eq!(seen.len(), 1);
    seen.remove(0)
}

/// How the TLS phase failed.
fn failure(observation: &Observation) -> &Failure {
    // What this machine trusts cannot be told, so nothing is decided by it.
    let untold = observation.tls.as_ref().is_some_and(|tls| tls.trust == Trust::Unknown);
    let expected = if untold { Outcome::Undecided } else { Outcome::Failed };
    assert_eq!(observation.outcome, expected, "{observation:?}");
    let failure = observation.failure.as_ref().unwrap();
    assert_eq!(failure.phase, Phase::Tls, "{}", failure.detail);
    assert!(failure.detail.chars().all(|c| !c.is_control()), "{:?}", failure.detail);
    failure
}

fn kind(observation: &Observation) -> FailureKind {
    failure(observation).kind
}

fn tls(observation: &Observation) -> &TlsAnswer {
    observation.tls.as_deref().unwrap_or_else(|| panic!("no handshake: {observation:?}"))
}
