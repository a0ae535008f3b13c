//! azpreflight's library.

use std::num::NonZeroUsize;
use std::time::Duration;

use azpreflight::collect::probe::run as probe;
use azpreflight::probe::{
    Authority, Expectation, FailureKind, Host, Limits, Observation, Outcome, Target, Via,
};
use serde_json::json;

use crate::lists::{Fate, Job, PROXY};
use crate::measure::Begun;

/// Probes the list and tells what it took, how much was wrong, and when the last target had its first verdict.
pub fn run(job: &Job) {
    let begun = Begun::now();
    let targets: Vec<Target> = job.list().map(|(address, _)| target(job, address.into())).collect();
    let limits = Limits {
        timeout: job.timeout,
        concurrency: NonZeroUsize::new(job.concurrency),
        adaptive: job.adaptive,
        ..Limits::default()
    };
    let mut first: Vec<Option<Duration>> = vec![None; targets.len()];
    let start = begun.elapsed();
    let seen = probe(&targets, &limits, &mut |observation| {
        first[observation.target].get_or_insert_with(|| begun.elapsed() - start);
    });
    let seen = seen.expect("a runtime");
    let wrong: Vec<String> = job
        .list()
        .zip(&seen)
        .filter(|((_, fate), observation)| !is_right(*fate, observation))
        .map(|((address, _), observation)| format!("{address}: {:?}", observation.failure))
        .collect();
    let last = first.iter().map(|at| at.expect("a verdict")).max().unwrap_or_default();
    begun.end(&[
        ("wrong", json!(wrong.len())),
        ("first", json!(wrong.first())),
        ("lastFirstWordMs", json!(last.as_secs_f64() * 1e3)),
    ]);
}

fn target(job: &Job, address: std::net::SocketAddr) -> Target {
    let authority = Authority { host: Host::Address(address.ip()), port: address.port() };
    let expectation = match job.what.as_str() {
        "tcp" => Expectation::Tcp,
        "tls" => Expectation::Tls,
        _ => Expectation::Https,
    };
    let via = if job.proxied { Via::Proxy(PROXY.parse().expect("a proxy")) } else { Via::Direct };
    Target { via, ..Target::named(authority, expectation) }
}

fn is_right(fate: Fate, observation: &Observation) -> bool {
    let kind = observation.failure.as_ref().map(|failure| failure.kind);
    match fate {
        Fate::Open => observation.outcome == Outcome::Reached,
        Fate::Silent => kind == Some(FailureKind::TimedOut),
        Fate::Refused => kind == Some(FailureKind::Refused),
        Fate::Prohibited => kind == Some(FailureKind::Unreachable),
    }
}
