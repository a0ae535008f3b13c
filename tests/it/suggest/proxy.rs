//! The proxy case of the founding documents: only the proxy may leave, and it must be reached.

use serde_json::{Value, json};

use super::{asked, group, reasons, shown};
use crate::cli::run;

const LOCKDOWN: &str = "examples/proxy-blocked";

fn lockdown(arguments: &[&str]) -> (i32, Value) {
    let mut all = vec!["nsg", "suggest", LOCKDOWN, "--format", "json", "--profile", "2018"];
    all.extend(arguments);
    let run = run(&all);
    (run.exit, run.json())
}

#[test]
fn the_proxy_is_let_out_and_let_in_and_nobody_else() {
    let (exit, answer) = lockdown(&["--vm", "app01", "--proxy", "10.0.0.5:8080"]);
    assert_eq!(exit, 1, "{answer}");
    assert_eq!(
        shown(&answer),
        [
            "NSG-lockdown/AllowBackupProxyInbound 3990 10.0.0.0/24>10.0.0.5/32:8080",
            "NSG-lockdown/AllowBackupProxyToStorage 990 10.0.0.5/32>Storage.KoreaCentral:8443",
            "NSG-lockdown/AllowBackupProxyToStorage-2 999 10.0.0.5/32>Storage.KoreaCentral:443",
        ]
    );
    let [inbound, outbound, _] = &answer["suggestions"].as_array().unwrap()[..] else { panic!("{answer}") };
    assert_eq!(inbound["requirement"], "proxy-admits-vm");
    assert_eq!(inbound["rule"]["properties"]["direction"], "Inbound");
    assert!(inbound["subject"].as_str().unwrap().ends_with("/proxy01"));
    assert_eq!(
        outbound["proof"]["newlyAllowed"],
        json!([{"source": "10.0.0.5/32", "destination": "Storage.KoreaCentral", "ports": "8443", "protocol": "Tcp"}])
    );
    // The way to the proxy needs no rule: the network's own traffic leaves.
    assert!(answer["satisfied"].as_array().unwrap().contains(&json!("vm-to-proxy")), "{answer}");
    assert_eq!((&answer["unfixable"], &answer["because"]), (&json!([]), &json!([])));
}

#[test]
fn without_the_proxy_the_machine_itself_would_have_to_leave() {
    let (_, answer) = lockdown(&["--vm", "app01"]);
    assert!(shown(&answer).iter().all(|line| line.contains("10.0.0.0/24>Storage")), "{answer}");
}

#[test]
fn a_proxy_that_is_not_in_the_input_is_judged_from_this_side_alone() {
    let (exit, answer) = lockdown(&["--vm", "app01", "--proxy", "10.0.0.77:8080"]);
    assert_eq!(exit, 3, "{answer}");
    assert!(reasons(&answer, "because")[0].contains("10.0.0.77"), "{answer}");
    assert!(answer["satisfied"].as_array().unwrap().contains(&json!("vm-to-proxy")), "{answer}");
}

#[test]
fn the_group_alone_is_judged_for_both_sides_once_the_network_is_known() {
    let rules = ["Rest 4000 inbound Deny * * *", "Stop 1000 outbound Deny * Internet *"];
    let documents = [group("NSG-lockdown", &rules)];
    let arguments = ["--profile", "2018", "--assume", "disks=managed", "--proxy", "10.0.0.5:3128"];
    let (_, answer) = asked("proxy-alone", &documents, &arguments);
    assert!(reasons(&answer, "because").iter().any(|one| one.starts_with("proxy-admits-vm: ")), "{answer}");
    let with: Vec<&str> = arguments.into_iter().chain(["--assume", "vnet=10.0.0.0/16"]).collect();
    let (exit, answer) = asked("proxy-alone", &documents, &with);
    assert_eq!(exit, 1);
    assert_eq!(
        shown(&answer),
        [
            "NSG-lockdown/AllowBackupProxyInbound 3990 VirtualNetwork>10.0.0.5/32:3128",
            "NSG-lockdown/AllowBackupProxyToStorage 990 10.0.0.5/32>Storage.KoreaCentral:8443",
            "NSG-lockdown/AllowBackupProxyToStorage-2 999 10.0.0.5/32>Storage.KoreaCentral:443",
        ]
    );
}

#[test]
fn a_denied_way_to_the_proxy_is_repaired_too() {
    let rules = ["Stop 1000 outbound Deny * * *"];
    let documents = [group("tight", &rules)];
    let arguments = [
        "--profile",
        "2018",
        "--assume",
        "disks=managed",
        "--assume",
        "vnet=10.0.0.0/16",
        "--proxy",
        "10.0.0.5:3128",
    ];
    let (_, answer) = asked("proxy-way", &documents, &arguments);
    assert_eq!(shown(&answer)[0], "tight/AllowBackupToProxy 990 VirtualNetwork>10.0.0.5/32:3128");
    assert_eq!(answer["suggestions"][0]["requirement"], "vm-to-proxy");
}

#[test]
fn where_nothing_may_go_through_a_proxy_everything_goes_straight() {
    let documents = [group("lock", &["Stop 1000 outbound Deny * Internet *"])];
    let arguments = ["--assume", "vnet=10.0.0.0/16", "--proxy", "10.0.0.5:3128"];
    let (_, answer) = asked("proxy-none", &documents, &arguments);
    assert_eq!(shown(&answer), ["lock/AllowBackupToStorage 990 VirtualNetwork>Storage.KoreaCentral:443"]);
    let not_needed = &answer["subjects"][0]["notNeeded"];
    assert!(not_needed.as_array().unwrap().iter().any(|one| one["requirement"] == "vm-to-proxy"), "{answer}");
}
