//! The tunnel and the request phase against servers of this process, well-behaved and hostile.

mod hostile;
mod request;
mod server;
mod tunnel;

use std::time::Duration;

use azpreflight::collect::probe::run;
use azpreflight::probe::{
    Authority, Expectation, Failure, FailureKind, Limits, Observation, Outcome, Phase, Proxy, Target, Via,
};

/// How long a probe of these tests may take: long enough for a busy machine, short where a server is silent on purpose.
const PATIENCE: Duration = Duration::from_secs(10);

/// Probes one target directly.
fn probed(authority: &str, expectation: Expectation) -> Observation {
    within(PATIENCE, &target(authority, expectation))
}

/// Probes one target through a proxy.
fn probed_through(proxy: &str, authority: &str, expectation: Expectation) -> Observation {
    let via = Via::Proxy(proxy.parse::<Proxy>().unwrap());
    within(PATIENCE, &Target { via, ..target(authority, expectation) })
}

fn within(timeout: Duration, target: &Target) -> Observation {
    let limits = Limits { timeout, ..Limits::default() };
    let mut seen = run(std::slice::from_ref(target), &limits, &mut |_| ()).unwrap();
    assert_eq!(seen.len(), 1);
    seen.remove(0)
}

fn target(authority: &str, expectation: Expectation) -> Target {
    Target::named(authority.parse::<Authority>().unwrap(), expectation)
}

/// The failure of an observation that has one, and the phase that it must be in.
fn failure(seen: &Observation, phase: Phase) -> (FailureKind, &str) {
    let failure: &Failure = seen.failure.as_ref().unwrap_or_else(|| panic!("reached: {seen:?}"));
    assert_eq!(failure.phase, phase, "{failure:?}");
    // Who is kept out has not shown that others are.
    let kept_out = failure.kind == FailureKind::GuestProxyAgent;
    assert_eq!(seen.outcome, if kept_out { Outcome::Undecided } else { Outcome::Failed });
    assert!(!failure.detail.chars().any(char::is_control), "{failure:?}");
    (failure.kind, &failure.detail)
}
