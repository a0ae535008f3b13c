//! What proxies let through, and to whom.

use super::Scene;
use super::scene::verdict;

#[test]
#[ignore = "needs real proxies: tests/run.sh --real"]
fn a_proxy_may_refuse_8443_and_not_443() {
    let Some(mut scene) = Scene::new() else { return };
    scene.names(&["host-record=open.store.example,20.60.0.1"]);
    scene.servers();
    scene.squid();
    scene.tinyproxy();
    let [usual, legacy] = ["open.store.example:443", "open.store.example:8443"];
    let proxies = ["http://10.9.0.1:3129", "http://10.9.0.1:8889"];
    let answer = scene.probe(&[
        "--proxy",
        proxies[0],
        "--proxy",
        proxies[1],
        "--target",
        "storage://open.store.example:443",
        "--target",
        "storage://open.store.example:8443",
    ]);
    for via in proxies {
        assert_eq!(verdict(answer.of(usual, via)), "reached", "{}", answer.of(usual, via));
        let refused = answer.of(legacy, via);
        assert_eq!(verdict(refused), "tunnel: proxy-refused", "{refused}");
        assert_eq!(refused["tunnel"]["status"], 403, "{refused}");
        assert!(refused["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{refused}");
    }
    assert_eq!(answer.run.exit, 1);
}

#[test]
#[ignore = "needs a real proxy: tests/run.sh --real"]
fn credentials_open_a_proxy_and_are_not_told() {
    let Some(mut scene) = Scene::new() else { return };
    scene.servers();
    scene.squid();
    let asking = "http://10.9.0.1:3130";
    let arguments = ["--proxy", asking, "--target", "20.60.0.1:443", "--target", "20.60.0.1:80"];
    let closed = scene.probe(&arguments);
    assert_eq!(verdict(closed.of("20.60.0.1:443", asking)), "tunnel: proxy-auth-required");
    assert_eq!(verdict(closed.of("20.60.0.1:80", asking)), "request: proxy-auth-required");
    let known = [("AZPREFLIGHT_PROXY_USER", "kim"), ("AZPREFLIGHT_PROXY_PASSWORD", "open sesame")];
    let open = scene.probe_in(&known, &arguments);
    for port in [443, 80] {
        let result = open.of(&format!("20.60.0.1:{port}"), asking);
        assert_eq!(verdict(result), "reached", "{result}");
    }
    // `kim:open sesame` in base64.
    for secret in ["sesame", "a2ltOm9wZW4gc2VzYW1l"] {
        assert!(!open.run.stdout.contains(secret) && !open.run.stderr.contains(secret), "{:?}", open.run);
    }
}
