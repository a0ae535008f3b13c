//! Probes as a library: many targets in one call, on loopback alone.

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use azpreflight::collect::probe::run;
use azpreflight::probe::{
    Authority, Expectation, FailureKind, Host, Limits, Observation, Outcome, Phase, Target,
};

fn tcp(to: SocketAddr) -> Target {
    Target::named(Authority { host: Host::Address(to.ip()), port: to.port() }, Expectation::Tcp)
}

/// A port whose connections are accepted, and closed when the far end closes them.
fn open() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().for_each(drop));
    address
}

/// A port that nobody listens on: bound once, and let go.
fn closed() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn many_targets_are_told_apart_and_keep_their_order() {
    let (open_at, closed_at) = (open(), closed());
    let targets: Vec<Target> = (0..200).map(|n| tcp(if n % 3 == 0 { closed_at } else { open_at })).collect();
    let mut heard = 0;
    let observations = run(&targets, &Limits::default(), &mut |_| heard += 1).unwrap();
    assert_eq!((observations.len(), heard), (200, 200));
    for (place, observation) in observations.iter().enumerate() {
        assert_eq!(observation.target, place);
        if place % 3 == 0 {
            let failure = observation.failure.as_ref().unwrap();
            assert_eq!((failure.phase, failure.kind), (Phase::Connect, FailureKind::Refused));
            assert!(failure.detail.contains("TCP reset"), "{}", failure.detail);
        } else {
            assert_eq!(observation.outcome, Outcome::Reached);
            assert!(observation.phases.connect.is_some() && observation.local.is_some());
        }
    }
}

#[test]
fn fewer_at_once_come_to_the_same() {
    let open = open();
    let targets: Vec<Target> = (0..50).map(|_| tcp(open)).collect();
    let limits = Limits { concurrency: std::num::NonZeroUsize::new(3), ..Limits::default() };
    let observations = run(&targets, &limits, &mut |_| {}).unwrap();
    assert!(observations.iter().all(|observation| observation.outcome == Outcome::Reached));
}

/// A listener whose queue of connections is full answers nobody, as a black hole does.
fn full() -> (TcpListener, Vec<std::net::TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(150)) {
        waiting.push(stream);
    }
    (listener, waiting)
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "a full queue of connections is silent on Linux alone")]
fn silence_is_told_at_the_deadline_and_provisionally_before() {
    let (listener, _waiting) = full();
    let targets = [tcp(listener.local_addr().unwrap()), tcp(open())];
    let limits = Limits { timeout: Duration::from_millis(1500), adaptive: true, ..Limits::default() };
    let begun = Instant::now();
    let mut early: Vec<Observation> = Vec::new();
    let observations = run(&targets, &limits, &mut |seen| {
        if seen.provisional {
            early.push(seen.clone());
        }
    })
    .unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(1500), "{:?}", begun.elapsed());
    let failure = observations[0].failure.as_ref().unwrap();
    assert_eq!((failure.phase, failure.kind), (Phase::Connect, FailureKind::TimedOut));
    assert_eq!(observations[1].outcome, Outcome::Reached);
    assert_eq!(
        early.iter().map(|seen| (seen.target, seen.outcome)).collect::<Vec<_>>(),
        [(0, Outcome::Failed)]
    );
}
