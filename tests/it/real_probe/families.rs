//! A name with addresses of both families, of which one leads nowhere.

use serde_json::Value;

use super::Scene;
use super::scene::verdict;

#[test]
#[ignore = "needs real servers: tests/run.sh --real"]
fn one_family_carries_the_other() {
    let Some(mut scene) = Scene::new() else { return };
    scene.lab.world.own(&["2001:db8::1", "2001:db8::3", "2001:db8::4"]);
    scene.names(&[
        "host-record=silent6.store.example,20.60.0.1,2001:db8::3",
        "host-record=refused6.store.example,20.60.0.1,2001:db8::4",
        "host-record=silent4.store.example,20.60.0.3,2001:db8::1",
        "host-record=only6.store.example,2001:db8::1",
        "host-record=nothing.store.example,20.60.0.3,2001:db8::4",
    ]);
    scene.servers();
    let forward = ["TCP6-LISTEN:443,bind=[2001:db8::1],fork,reuseaddr", "TCP4:20.60.0.1:443"];
    scene.start("socat", &forward, &[crate::lab::Listens::tcp("[2001:db8::1]:443")]);
    scene.lab.world.on_arrival(&["ip daddr 20.60.0.3 drop", "ip6 daddr 2001:db8::3 drop"]);
    let names = ["silent6", "refused6", "silent4", "only6", "nothing"];
    let targets: Vec<String> = names.iter().map(|name| format!("{name}.store.example:443")).collect();
    let arguments: Vec<&str> = targets.iter().flat_map(|target| ["--target", target]).collect();
    let answer = scene.probe(&arguments);
    let of = |name: &str| answer.of(&format!("{name}.store.example:443"), "direct");
    for (name, address) in [
        ("silent6", "20.60.0.1"),
        ("refused6", "20.60.0.1"),
        ("silent4", "2001:db8::1"),
        ("only6", "2001:db8::1"),
    ] {
        assert_eq!(verdict(of(name)), "reached", "{}", of(name));
        assert_eq!(of(name)["address"], address, "{}", of(name));
    }
    assert_eq!(judged(of("silent6"), "2001:db8::3"), "timed-out");
    assert_eq!(judged(of("silent6"), "20.60.0.1"), "");
    assert_eq!(judged(of("refused6"), "2001:db8::4"), "refused");
    assert_eq!(judged(of("silent4"), "20.60.0.3"), "timed-out");
    let nothing = of("nothing");
    assert_eq!(nothing["outcome"], "failed", "{nothing}");
    assert_eq!(judged(nothing, "2001:db8::4"), "refused");
    assert_eq!(judged(nothing, "20.60.0.3"), "timed-out");
}

/// The kind of failure of one address of a name; nothing where it accepts.
fn judged<'r>(result: &'r Value, address: &str) -> &'r str {
    let addresses = result["addresses"].as_array().unwrap_or_else(|| panic!("{result}"));
    let of = addresses.iter().find(|judged| judged["address"] == address);
    of.unwrap_or_else(|| panic!("{address}: {result}"))["failure"]["kind"].as_str().unwrap_or_default()
}
