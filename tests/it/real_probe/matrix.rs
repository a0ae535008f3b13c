//! Directly, through squid and through tinyproxy; ports 80, 443 and 8443; open, refused, silent and cut.

use super::Scene;
use super::scene::verdict;

const SQUID: &str = "http://10.9.0.1:3128";
const TINYPROXY: &str = "http://10.9.0.1:8888";
const DIRECT: &str = "direct";
const STATES: [&str; 4] = ["open", "refused", "silent", "reset"];
const PORTS: [u16; 3] = [80, 443, 8443];

/// What each of the thirty-six is.
fn expected(via: &str, port: u16, state: &str) -> &'static str {
    match (via, port, state) {
        (_, _, "open") => "reached",
        (DIRECT, _, "refused") => "connect: refused",
        (DIRECT, _, "silent") => "connect: timed-out",
        (DIRECT, 80, _) => "request: reset",
        // The way to the server is open, and what is sent through it is cut off.
        (_, 443 | 8443, "reset") => "tls: reset",
        // tinyproxy has no patience of its own: it waits as long as the kernel does, and the client gives up first.
        (TINYPROXY, 80, "silent") => "request: timed-out",
        (TINYPROXY, _, "silent") => "tunnel: timed-out",
        (_, 80, _) => "request: proxy-bad-gateway",
        _ => "tunnel: proxy-bad-gateway",
    }
}

#[test]
#[ignore = "needs real proxies and servers: tests/run.sh --real"]
fn every_way_to_every_port_in_every_state() {
    let Some(mut scene) = Scene::new() else { return };
    let records: Vec<String> = STATES
        .iter()
        .zip(1..)
        .map(|(state, host)| format!("host-record={state}.store.example,20.60.0.{host}"))
        .collect();
    scene.names(&records.iter().map(String::as_str).chain(["local=/example/"]).collect::<Vec<_>>());
    scene.servers();
    scene.squid();
    scene.tinyproxy();
    scene.lab.world.on_arrival(&[
        "ip daddr 20.60.0.3 drop",
        "ip daddr 20.60.0.4 tcp flags & psh == psh reject with tcp reset",
    ]);
    let targets: Vec<String> = STATES
        .iter()
        .flat_map(|state| PORTS.map(|port| format!("{state}.store.example:{port}")))
        .flat_map(|authority| ["--target".to_owned(), format!("storage://{authority}")])
        .collect();
    let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
    let mut faults = Vec::new();
    let directly = scene.probe(&targets);
    let proxied = scene.probe(&[&["--proxy", SQUID, "--proxy", TINYPROXY][..], &targets].concat());
    for (via, answer) in [(DIRECT, &directly), (SQUID, &proxied), (TINYPROXY, &proxied)] {
        for (state, port) in STATES.iter().flat_map(|state| PORTS.map(|port| (*state, port))) {
            let result = answer.of(&format!("{state}.store.example:{port}"), via);
            let (seen, expected) = (verdict(result), expected(via, port, state));
            if seen != expected {
                faults.push(format!("{via} {port} {state}: {seen}, not {expected}: {result}"));
            }
            // Storage that is asked for a list without a key does not know of any.
            if state == "open" && result["httpStatus"] != 404 {
                faults.push(format!("{via} {port}: not storage's answer: {result}"));
            }
        }
        assert_eq!(answer.run.exit, 1);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
#[ignore = "needs a real server: tests/run.sh --real"]
fn one_version_of_tls_is_enough() {
    let Some(mut scene) = Scene::new() else { return };
    scene.servers();
    let answer = scene.probe(&["--target", "20.60.1.11:443", "--target", "20.60.1.12:443"]);
    for (host, version) in [("20.60.1.11", "1.2"), ("20.60.1.12", "1.3")] {
        let result = answer.of(&format!("{host}:443"), "direct");
        assert_eq!(verdict(result), "reached", "{result}");
        assert_eq!(result["tls"]["version"], version, "{result}");
    }
}

/// Storage itself, by its own name: on port 80 it is known by its headers; over TLS its certificate, which no public root
/// stands behind here, tells that something is in between.
#[test]
#[ignore = "needs real servers: tests/run.sh --real"]
fn storage_is_known_by_its_headers_and_its_certificate() {
    let Some(mut scene) = Scene::new() else { return };
    scene.names(&[
        "host-record=acct.blob.core.windows.net,20.60.0.1",
        "host-record=late.store.example,20.60.1.9",
    ]);
    scene.servers();
    let account = "acct.blob.core.windows.net";
    let [plain, tls] = [80, 443].map(|port| format!("{account}:{port}"));
    let answer = scene.probe(&["--target", &plain, "--target", &tls, "--target", "late.store.example:443"]);
    assert_eq!(verdict(answer.of(&plain, "direct")), "reached", "{answer:?}");
    let intercepted = answer.of(&tls, "direct");
    assert_eq!(verdict(intercepted), "tls: tls-intercepted", "{intercepted}");
    assert!(intercepted.to_string().contains("Lab Root"), "{intercepted}");
    // haproxy holds TLS back for 300 ms.
    let late = answer.of("late.store.example:443", "direct");
    assert_eq!(verdict(late), "reached", "{late}");
    assert!(late["phases"]["tlsMs"].as_f64().is_some_and(|took| took >= 290.0), "{late}");
}
