//! Name resolution as a library shows it, with a name server on loopback that goes wrong in every way.

mod name_server;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use azpreflight::collect::probe::run;
use azpreflight::probe::{Expectation, FailureKind, Limits, Observation, Outcome, Phase, Target};

use name_server::NameServer;

const TIMEOUT: Duration = Duration::from_millis(1200);

/// Probes one port of every name at once, by this server.
fn probe(server: &NameServer, names: &[&str], port: u16) -> Vec<Observation> {
    let target =
        |name: &&str| Target::named(format!("{name}.zone.example:{port}").parse().unwrap(), Expectation::Tcp);
    let targets: Vec<Target> = names.iter().map(target).collect();
    let limits = Limits { dns: Some(server.address), timeout: TIMEOUT, ..Limits::default() };
    run(&targets, &limits, &mut |_| {}).unwrap()
}

/// A port of this machine that accepts connections.
fn open() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().for_each(drop));
    port
}

#[test]
fn every_fault_has_its_name() {
    let server = NameServer::start();
    let expected = [
        ("nxdomain", FailureKind::NxDomain, "does not exist"),
        ("nodata", FailureKind::NoData, "has no address"),
        ("servfail", FailureKind::ServFail, "SERVFAIL"),
        ("formerr", FailureKind::ServFail, "Form Error"),
        ("refused", FailureKind::DnsRefused, "refuses"),
        ("refers", FailureKind::DnsRefused, "does not look names up for others"),
        ("silent", FailureKind::ResolveTimeout, "did not answer"),
        ("tcpcut", FailureKind::ResolveTimeout, "over TCP: the connection was closed without an answer"),
        ("tcpdrip", FailureKind::ResolveTimeout, "did not answer"),
        ("garbage", FailureKind::DnsMalformed, "no message of DNS"),
        ("otherid", FailureKind::DnsMalformed, "id of another question"),
        ("otherquestion", FailureKind::DnsMalformed, "another question"),
        ("echo", FailureKind::DnsMalformed, "no answer"),
        ("circle", FailureKind::DnsMalformed, "lead to no end"),
        ("endless", FailureKind::DnsMalformed, "lead to no end"),
        ("hostile", FailureKind::NoData, "which exists and has no address"),
        ("truncatedcut", FailureKind::DnsUnreachable, "over TCP it cannot be had"),
        ("truncatedgarbage", FailureKind::DnsMalformed, "no message of DNS"),
    ];
    let names: Vec<&str> = expected.iter().map(|(name, ..)| *name).collect();
    let begun = Instant::now();
    let observations = probe(&server, &names, 9);
    assert!(begun.elapsed() < TIMEOUT * 2, "{:?}", begun.elapsed());
    for ((name, kind, words), observation) in expected.iter().zip(observations) {
        let failure = observation.failure.unwrap_or_else(|| panic!("{name} resolved"));
        assert_eq!((failure.phase, failure.kind), (Phase::Resolve, *kind), "{name}: {}", failure.detail);
        assert!(failure.detail.contains(words), "{name}: {}", failure.detail);
        assert!(failure.detail.chars().all(|c| !c.is_control()), "{name}: {}", failure.detail);
        let resolution = observation.resolution.unwrap();
        assert_eq!(resolution.servers.len(), 1);
        assert_eq!(resolution.servers[0].answer.as_ref().unwrap_err().kind, *kind);
    }
}

#[test]
fn what_goes_wrong_on_the_way_does_not_keep_the_answer_away() {
    let server = NameServer::start();
    // The name, and whether the answer comes over TCP in the end.
    let expected = [
        ("plain", false),
        ("lost3", false),
        ("truncated", true),
        ("tcponly", true),
        ("garbagefirst", false),
        ("otheridfirst", false),
        ("flood", true),
        ("noipv6", false),
        ("nxipv6", false),
        ("aliased", false),
        ("both", false),
    ];
    let names: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    let observations = probe(&server, &names, open());
    for ((name, over_tcp), observation) in expected.iter().zip(&observations) {
        assert_eq!(observation.outcome, Outcome::Reached, "{name}: {observation:?}");
        let resolution = observation.resolution.as_ref().unwrap();
        assert_eq!(resolution.servers[0].over_tcp, *over_tcp, "{name}: {resolution:?}");
        let address = if *name == "both" { "::1" } else { "127.0.0.1" };
        assert_eq!(resolution.servers[0].answer.as_ref().unwrap()[0].to_string(), address, "{name}");
    }
    let notes = |name| {
        let place = names.iter().position(|known| *known == name).unwrap();
        observations[place].resolution.as_ref().unwrap().notes.join("; ")
    };
    assert_eq!(notes("plain"), "");
    assert!(notes("tcponly").contains("over TCP alone"));
    assert!(notes("noipv6").contains("when asked for IPv6 addresses"));
    let aliased = observations[9].resolution.as_ref().unwrap();
    assert_eq!(aliased.chain, ["middle.example", "end.example"]);
    // Once for each family of addresses; again where this machine took its time.
    assert!(server.heard("udp", "plain.zone.example") >= 2);
    assert_eq!(server.heard("tcp", "plain.zone.example"), 0);
}

#[test]
#[cfg_attr(windows, ignore = "Wine is too slow for so many sockets")]
fn many_names_at_once_are_told_apart() {
    let (server, port) = (NameServer::start(), open());
    let kinds = ["plain", "aliased", "both", "nxdomain"];
    let label = |n: usize| if n % 20 == 7 { "silent" } else { kinds[n % kinds.len()] };
    let name = |n: usize| format!("{}.n{n}.example:{port}", label(n));
    let targets: Vec<Target> =
        (0..400).map(|n| Target::named(name(n).parse().unwrap(), Expectation::Tcp)).collect();
    let timeout = Duration::from_secs(4);
    let begun = Instant::now();
    let limits = Limits { dns: Some(server.address), timeout, ..Limits::default() };
    let observations = run(&targets, &limits, &mut |_| {}).unwrap();
    assert!(begun.elapsed() < timeout * 2, "{:?}", begun.elapsed());
    for (n, observation) in observations.iter().enumerate() {
        let kind = observation.failure.as_ref().map(|failure| failure.kind);
        let expected = match label(n) {
            "silent" => Some(FailureKind::ResolveTimeout),
            "nxdomain" => Some(FailureKind::NxDomain),
            _ => None,
        };
        assert_eq!(kind, expected, "{}: {observation:?}", name(n));
    }
}

#[test]
fn silence_is_asked_again_and_again_and_over_tcp() {
    let server = NameServer::start();
    probe(&server, &["silent"], 9);
    assert_eq!(server.heard("udp", "silent.zone.example"), 8, "four times a family");
    assert_eq!(server.heard("tcp", "silent.zone.example"), 2, "once a family");
}

#[test]
fn a_server_alone_is_asked_alone() {
    let server = NameServer::start();
    let observation = &probe(&server, &["nxdomain"], 9)[0];
    let resolution = observation.resolution.as_ref().unwrap();
    assert_eq!(resolution.servers.iter().map(|said| said.server).collect::<Vec<_>>(), [server.address]);
    assert_eq!(server.heard("udp", "nxdomain.zone.example"), 2, "no search domain, no second opinion");
    let localhost = Target::named("localhost:9".parse().unwrap(), Expectation::Tcp);
    let limits = Limits { dns: Some(server.address), ..Limits::default() };
    run(&[localhost], &limits, &mut |_| {}).unwrap();
    assert_eq!(server.heard("udp", "localhost"), 2, "not even the hosts file is");
}

#[test]
#[cfg_attr(windows, ignore = "Wine wakes such a socket without end and never says why")]
fn a_port_where_no_server_is_ends_at_once() {
    let closed = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let target = Target::named("acct.example:443".parse().unwrap(), Expectation::Tcp);
    let limits = Limits { dns: Some(closed), ..Limits::default() };
    let begun = Instant::now();
    let observation = run(&[target], &limits, &mut |_| {}).unwrap().remove(0);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    let failure = observation.failure.unwrap();
    assert_eq!(failure.kind, FailureKind::DnsUnreachable);
    assert!(failure.detail.contains("nothing listens"), "{}", failure.detail);
}

#[test]
fn a_name_server_is_a_target_too() {
    let server = NameServer::start();
    let knock = |at| Target::named(format!("127.0.0.1:{at}").parse().unwrap(), Expectation::Dns);
    let closed = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let limits = Limits { timeout: TIMEOUT, ..Limits::default() };
    let observations = run(&[knock(server.address.port()), knock(closed)], &limits, &mut |_| {}).unwrap();
    assert_eq!(observations[0].outcome, Outcome::Reached, "{:?}", observations[0]);
    assert_eq!(observations[1].failure.as_ref().unwrap().kind, FailureKind::Refused);
}
