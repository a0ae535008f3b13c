//! `flow`: against documents small enough to judge by hand.

use std::path::Path;

use serde_json::{Value, json};

use super::{Run, document, folder, id, run};

fn rule(name: &str, priority: u32, side: (&str, &str), ports: &str) -> Value {
    let (access, direction) = side;
    json!({"name": name, "properties": {"priority": priority, "direction": direction, "access": access,
        "protocol": "Tcp", "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*",
        "destinationPortRange": ports}})
}

fn group(name: &str, rules: &[Value]) -> Value {
    json!({"id": id("Microsoft.Network/networkSecurityGroups", name), "name": name,
        "type": "Microsoft.Network/networkSecurityGroups", "properties": {"securityRules": rules}})
}

/// A NIC at 10.0.0.4 with or without a group of its own, in a network whose subnet has or has not one.
fn environment(here: &Path, on_nic: Option<&str>, on_subnet: Option<&str>) {
    let reference = |name: &str| json!({"id": id("Microsoft.Network/networkSecurityGroups", name)});
    let mut nic = json!({"id": id("Microsoft.Network/networkInterfaces", "nic1"), "name": "nic1",
        "type": "Microsoft.Network/networkInterfaces", "properties": {"provisioningState": "Succeeded",
        "virtualMachine": {"id": id("Microsoft.Compute/virtualMachines", "vm1")},
        "ipConfigurations": [{"name": "c", "properties": {"privateIPAddress": "10.0.0.4", "primary": true,
        "subnet": {"id": id("Microsoft.Network/virtualNetworks", "vnet1/subnets/a")}}}]}});
    if let Some(name) = on_nic {
        nic["properties"]["networkSecurityGroup"] = reference(name);
    }
    let mut subnet = json!({"id": id("Microsoft.Network/virtualNetworks", "vnet1/subnets/a"), "name": "a",
        "properties": {"provisioningState": "Succeeded", "addressPrefix": "10.0.0.0/24"}});
    if let Some(name) = on_subnet {
        subnet["properties"]["networkSecurityGroup"] = reference(name);
    }
    let vnet = json!({"id": id("Microsoft.Network/virtualNetworks", "vnet1"), "name": "vnet1",
        "type": "Microsoft.Network/virtualNetworks", "properties": {"provisioningState": "Succeeded",
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "virtualNetworkPeerings": [], "subnets": [subnet]}});
    document(here, "nic.json", &nic);
    document(here, "vnet.json", &vnet);
}

fn ask(here: &Path, direction: &str, local: &str, remote: &str) -> Run {
    let here = here.to_str().expect("text");
    run(&[
        "flow",
        here,
        "--direction",
        direction,
        "--protocol",
        "tcp",
        "--local",
        local,
        "--remote",
        remote,
        "--format",
        "json",
    ])
}

#[test]
fn both_groups_must_allow_and_the_first_denial_decides() {
    let here = folder("cli-flow-both");
    environment(&here, Some("nic-nsg"), Some("subnet-nsg"));
    document(&here, "a.json", &group("nic-nsg", &[]));
    document(&here, "b.json", &group("subnet-nsg", &[rule("NoWeb", 200, ("Deny", "Outbound"), "80")]));
    let allowed = ask(&here, "outbound", "10.0.0.4:50000", "20.60.16.7:443");
    assert_eq!((allowed.exit, &allowed.json()["access"]), (0, &json!("Allow")));
    assert_eq!(
        allowed.json()["decidedBy"],
        json!({"kind": "networkSecurityGroup", "networkSecurityGroup": "subnet-nsg", "appliedTo": "subnet",
               "rule": "AllowInternetOutBound", "priority": 65001, "default": true})
    );
    assert_eq!(
        allowed.json()["route"],
        json!({"prefix": "0.0.0.0/0", "nextHop": "Internet", "source": "default"})
    );
    let denied = ask(&here, "outbound", "10.0.0.4:50000", "20.60.16.7:80");
    let json = denied.json();
    assert_eq!((denied.exit, &json["decidedBy"]["rule"]), (1, &json!("NoWeb")));
    let hops = json["hops"].as_array().expect("hops");
    assert_eq!(hops.len(), 2);
    assert_eq!((&hops[0]["appliedTo"], &hops[0]["access"]), (&json!("networkInterface"), &json!("Allow")));
    assert_eq!(
        hops[1]["evaluated"],
        json!([{"rule": "NoWeb", "priority": 200, "protocolMatched": true, "sourceMatched": true,
                "sourcePortMatched": true, "destinationMatched": true, "destinationPortMatched": true}])
    );
    let inbound = ask(&here, "inbound", "10.0.0.4:22", "203.0.113.9:*").json();
    assert_eq!(inbound["decidedBy"]["appliedTo"], "subnet");
    assert_eq!(inbound["decidedBy"]["rule"], "DenyAllInBound");
    assert_eq!(inbound["hops"][0]["evaluated"].as_array().map(Vec::len), Some(3));
    assert_eq!(inbound["route"], Value::Null);
}

#[test]
fn without_a_group_outbound_passes() {
    let here = folder("cli-flow-none");
    environment(&here, None, None);
    let answer = ask(&here, "outbound", "10.0.0.4:*", "20.60.16.7:443");
    assert_eq!((answer.exit, answer.json()["decidedBy"].clone()), (0, json!({"kind": "none"})), "{answer:?}");
    assert_eq!(answer.json()["hops"], json!([]));
}

#[test]
fn where_ports_disagree_each_side_has_a_witness() {
    let here = folder("cli-flow-ports");
    environment(&here, Some("n"), None);
    document(&here, "n.json", &group("n", &[rule("NoWeb", 200, ("Deny", "Outbound"), "80")]));
    let answer = ask(&here, "outbound", "10.0.0.4", "20.60.16.7:*");
    let json = answer.json();
    assert_eq!((answer.exit, &json["access"], &json["decidedBy"]), (3, &json!("Undetermined"), &Value::Null));
    let because: Vec<&str> =
        json["because"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert!(because[0].starts_with("allowed by `AllowInternetOutBound`: Tcp 10.0.0.4"), "{because:?}");
    assert!(
        because[1].starts_with("denied by `NoWeb`: Tcp 10.0.0.4") && because[1].ends_with(":80"),
        "{because:?}"
    );
    let both = ask(&here, "outbound", "10.0.0.4:*", "20.60.16.7:443");
    assert_eq!(both.json()["access"], "Allow");
}

#[test]
fn a_group_that_is_not_in_the_input_leaves_the_answer_open() {
    let here = folder("cli-flow-open");
    environment(&here, Some("absent"), None);
    let answer = ask(&here, "outbound", "10.0.0.4:1", "20.60.16.7:443");
    let json = answer.json();
    assert_eq!((answer.exit, &json["access"]), (3, &json!("Undetermined")), "{answer:?}");
    assert_eq!(
        (&json["hops"][0]["access"], &json["hops"][0]["rule"]),
        (&json!("Undetermined"), &Value::Null)
    );
    assert!(json["because"].to_string().contains("`absent`"), "{json}");
    assert!(!answer.stdout.contains("(unknown)"), "{answer:?}");
}

#[test]
fn the_platform_is_not_filtered_by_ordinary_rules() {
    let here = folder("cli-flow-platform");
    environment(&here, Some("n"), None);
    document(&here, "n.json", &group("n", &[rule("DenyAll", 100, ("Deny", "Outbound"), "*")]));
    let answer = ask(&here, "outbound", "10.0.0.4:*", "168.63.129.16:80");
    assert_eq!(
        (answer.exit, answer.json()["decidedBy"].clone()),
        (0, json!({"kind": "platform"})),
        "{answer:?}"
    );
    assert_eq!(ask(&here, "outbound", "10.0.0.4:*", "168.63.129.16:443").exit, 1);
}

#[test]
fn the_interface_is_that_of_the_address_or_of_the_name() {
    let here = folder("cli-flow-choice");
    environment(&here, Some("n"), None);
    document(&here, "n.json", &group("n", &[rule("NoWeb", 200, ("Deny", "Outbound"), "80")]));
    let other = json!({"id": id("Microsoft.Network/networkInterfaces", "nic2"), "name": "nic2",
        "type": "Microsoft.Network/networkInterfaces", "properties": {"provisioningState": "Succeeded",
        "ipConfigurations": [{"name": "c", "properties": {"privateIPAddress": "10.0.0.5", "primary": true,
        "subnet": {"id": id("Microsoft.Network/virtualNetworks", "vnet1/subnets/a")}}}]}});
    document(&here, "nic2.json", &other);
    assert_eq!(ask(&here, "outbound", "10.0.0.4:1", "20.60.16.7:80").exit, 1);
    assert_eq!(ask(&here, "outbound", "10.0.0.5:1", "20.60.16.7:80").exit, 0);
    let neither = ask(&here, "outbound", "10.0.0.6:1", "20.60.16.7:80");
    assert!(
        neither.exit == 2 && neither.stderr.contains("nic1") && neither.stderr.contains("nic2"),
        "{neither:?}"
    );
    let place = here.to_str().expect("text");
    let named = |flag: &str, name: &str| {
        run(&[
            "flow",
            place,
            "--direction",
            "outbound",
            "--protocol",
            "tcp",
            "--local",
            "10.0.0.6:1",
            "--remote",
            "20.60.16.7:80",
            flag,
            name,
        ])
    };
    assert_eq!(named("--nic", "NIC2").exit, 0);
    assert_eq!(named("--vm", "vm1").exit, 1);
    assert_eq!(named("--nsg", "n").exit, 1);
    assert_eq!(named("--nic", "nic3").exit, 2);
}

#[test]
fn a_lone_group_is_judged_and_of_several_one_must_be_named() {
    let here = folder("cli-flow-lone");
    document(&here, "n.json", &group("n", &[rule("NoWeb", 200, ("Deny", "Outbound"), "80")]));
    assert_eq!(ask(&here, "outbound", "10.0.0.4:1", "20.60.16.7:80").exit, 1);
    let public = ask(&here, "outbound", "10.0.0.4:1", "20.60.16.7:443");
    assert_eq!(public.exit, 0, "{public:?}");
    document(&here, "m.json", &group("m", &[]));
    let several = ask(&here, "outbound", "10.0.0.4:1", "20.60.16.7:80");
    assert!(several.exit == 2 && several.stderr.contains("--nsg"), "{several:?}");
}

#[test]
fn ends_of_two_families_are_refused() {
    let here = folder("cli-flow-families");
    document(&here, "n.json", &group("n", &[]));
    assert_eq!(ask(&here, "outbound", "10.0.0.4:1", "[2603:1000::1]:443").exit, 2);
    assert_eq!(ask(&here, "outbound", "[fd00::4]:1", "[2603:1000::1]:443").exit, 0);
}

#[test]
fn text_draws_the_way() {
    let here = folder("cli-flow-text");
    environment(&here, Some("n"), None);
    document(&here, "n.json", &group("n", &[rule("NoWeb", 200, ("Deny", "Outbound"), "80")]));
    let place = here.to_str().expect("text");
    let text = run(&[
        "flow",
        place,
        "--direction",
        "outbound",
        "--protocol",
        "tcp",
        "--local",
        "10.0.0.4:50000",
        "--remote",
        "20.60.16.7:80",
        "-v",
    ]);
    let expected = "\
DENY  Tcp 10.0.0.4:50000 → 20.60.16.7:80, outbound
  decided by `NoWeb` (200) of `n` on the network interface

  The way it takes
  └─ ✗ `n` on the network interface  Deny by `NoWeb` (200)

  n
      200 `NoWeb`: matches
";
    assert_eq!(text.stdout, expected);
}

#[test]
fn a_standard_public_address_is_closed_until_a_group_opens_it() {
    let here = folder("cli-flow-closed");
    environment(&here, None, None);
    let path = here.join("nic.json");
    let mut nic: Value = serde_json::from_slice(&std::fs::read(&path).expect("read")).expect("JSON");
    let public = id("Microsoft.Network/publicIPAddresses", "pip1");
    nic["properties"]["ipConfigurations"][0]["properties"]["publicIPAddress"] = json!({"id": public});
    document(&here, "nic.json", &nic);
    let unknown = ask(&here, "inbound", "10.0.0.4:443", "203.0.113.9:*");
    assert_eq!((unknown.exit, unknown.json()["access"].clone()), (3, json!("Undetermined")), "{unknown:?}");
    document(
        &here,
        "pip.json",
        &json!({"id": public, "name": "pip1", "type": "Microsoft.Network/publicIPAddresses",
            "sku": {"name": "Standard"}, "properties": {"provisioningState": "Succeeded", "ipAddress": "203.0.114.1"}}),
    );
    let closed = ask(&here, "inbound", "10.0.0.4:443", "203.0.113.9:*");
    assert_eq!((closed.exit, closed.json()["decidedBy"].clone()), (1, json!({"kind": "none"})), "{closed:?}");
    assert_eq!(ask(&here, "inbound", "10.0.0.4:443", "10.0.0.7:*").exit, 0, "from inside it is open");
    assert_eq!(ask(&here, "outbound", "10.0.0.4:1", "20.60.16.7:443").exit, 0);
}

#[test]
fn security_admin_rules_come_first() {
    let here = folder("cli-flow-admin");
    environment(&here, Some("n"), None);
    document(&here, "n.json", &group("n", &[rule("NoWeb", 200, ("Deny", "Outbound"), "80")]));
    let admin = |name: &str, priority: u32, access: &str, ports: &str| {
        let id = id(
            "Microsoft.Network/networkManagers",
            "m/securityAdminConfigurations/c/ruleCollections/r/rules/",
        );
        json!({"id": format!("{id}{name}"), "kind": "Custom", "properties": {"access": access, "direction": "Outbound",
            "priority": priority, "protocol": "Tcp", "sources": [{"addressPrefix": "*", "addressPrefixType": "IPPrefix"}],
            "destinations": [{"addressPrefix": "*", "addressPrefixType": "IPPrefix"}], "sourcePortRanges": ["0-65535"],
            "destinationPortRanges": [ports]}})
    };
    document(
        &here,
        "admin.json",
        &json!({"value": [admin("NoSsh", 10, "Deny", "22"), admin("Web", 20, "AlwaysAllow", "80"),
            admin("Tls", 30, "Allow", "443")]}),
    );
    let denied = ask(&here, "outbound", "10.0.0.4:1", "20.60.16.7:22").json();
    assert_eq!(
        denied["decidedBy"],
        json!({"kind": "securityAdminRule", "networkSecurityGroup": "security admin rules",
               "appliedTo": "virtualNetwork", "rule": "NoSsh", "priority": 10, "default": false}),
        "{denied}"
    );
    let always = ask(&here, "outbound", "10.0.0.4:1", "20.60.16.7:80").json();
    assert_eq!((&always["access"], &always["hops"][0]["access"]), (&json!("Allow"), &json!("AlwaysAllow")));
    assert_eq!(always["hops"].as_array().map(Vec::len), Some(1));
    let goes_on = ask(&here, "outbound", "10.0.0.4:1", "20.60.16.7:443").json();
    assert_eq!(goes_on["decidedBy"]["rule"], "AllowInternetOutBound");
    assert_eq!(goes_on["hops"][0]["rule"], "Tls");
    let unmatched = ask(&here, "outbound", "10.0.0.4:1", "20.60.16.7:8443").json();
    assert_eq!(unmatched["hops"].as_array().map(Vec::len), Some(1), "no admin rule matches: {unmatched}");
}

#[test]
fn effective_routes_alone_tell_the_route_and_nothing_of_the_rules() {
    let here = folder("cli-flow-routes");
    document(
        &here,
        "routes.json",
        &json!({"value": [
            {"source": "Default", "state": "Active", "addressPrefix": ["10.0.0.0/16"], "nextHopType": "VnetLocal",
             "nextHopIpAddress": []},
            {"source": "User", "state": "Active", "addressPrefix": ["0.0.0.0/0"], "nextHopType": "VirtualAppliance",
             "nextHopIpAddress": ["10.0.9.4"]}]}),
    );
    let answer = ask(&here, "outbound", "10.0.0.4:1", "20.60.16.7:443");
    assert_eq!((answer.exit, answer.json()["access"].clone()), (3, json!("Undetermined")), "{answer:?}");
    assert_eq!(
        answer.json()["route"],
        json!({"prefix": "0.0.0.0/0", "nextHop": "VirtualAppliance", "nextHopAddresses": ["10.0.9.4"],
               "source": "user"})
    );
    assert_eq!(ask(&here, "outbound", "10.0.0.4:1", "10.0.3.3:443").json()["route"]["nextHop"], "VnetLocal");
}
