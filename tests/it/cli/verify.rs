//! `nsg verify`.

use std::fs;

use serde_json::{Value, json};

use super::{Run, document, folder, id, run, run_with};

/// One group that stops a quarter of 192.0.2.0/24 on the way out.
fn group() -> Value {
    json!({"id": id("Microsoft.Network/networkSecurityGroups", "n"), "name": "n",
        "type": "Microsoft.Network/networkSecurityGroups", "properties": {"securityRules": [
        {"name": "NoQuarter", "properties": {"priority": 200, "direction": "Outbound", "access": "Deny",
         "protocol": "Tcp", "sourceAddressPrefix": "*", "sourcePortRange": "*",
         "destinationAddressPrefix": "203.0.114.0/26", "destinationPortRange": "443"}}]}})
}

fn ask(path: &str, from: &str, to: &str, more: &[&str]) -> Run {
    let question = [
        "nsg",
        "verify",
        path,
        "--direction",
        "outbound",
        "--protocol",
        "tcp",
        "--from",
        from,
        "--to",
        to,
        "--port",
        "443",
        "--format",
        "json",
    ];
    run(&[&question[..], more].concat())
}

#[test]
fn counts_are_exact_and_each_side_has_a_witness() {
    let path = document(&folder("cli-verify-counts"), "n.json", &group());
    let answer = ask(&path, "10.0.0.4", "203.0.114.0/24", &[]);
    let json = answer.json();
    assert_eq!((answer.exit, &json["access"]), (1, &json!("Mixed")), "{answer:?}");
    assert_eq!(json["addresses"], json!({"total": "256", "allowed": "192"}));
    assert_eq!(
        json["witness"]["deny"],
        json!({"source": "10.0.0.4", "destination": "203.0.114.4", "destinationPort": 443, "protocol": "Tcp",
               "rule": "NoQuarter"})
    );
    assert_eq!(json["witness"]["allow"]["rule"], "AllowInternetOutBound");
    assert_eq!(
        json["deciding"][0],
        json!({"networkSecurityGroup": "n", "rule": "NoQuarter", "access": "Deny", "addresses": "64"})
    );
    assert_eq!(ask(&path, "10.0.0.4", "203.0.114.64/26", &[]).exit, 0);
    assert_eq!(ask(&path, "10.0.0.4", "203.0.114.0/27", &[]).json()["access"], "Deny");
}

#[test]
fn tags_are_understood_and_families_do_not_mix() {
    let path = document(&folder("cli-verify-tags"), "n.json", &group());
    let v4 = ask(&path, "10.0.0.4", "storage.koreacentral", &[]).json();
    assert_eq!(v4["addresses"]["total"], "4352", "{v4}");
    assert_eq!(v4["deciding"][0]["addresses"], "4352");
    let unknown = ask(&path, "10.0.0.4", "Storag.KoreaCentral", &[]);
    assert!(unknown.exit == 2 && unknown.stderr.contains("`Storage.KoreaCentral`"), "{unknown:?}");
    let internet = ask(&path, "VirtualNetwork", "Internet", &[]);
    assert!(internet.exit != 2, "{internet:?}");
}

#[test]
fn a_set_that_is_not_wholly_known_is_never_mixed() {
    let path = document(&folder("cli-verify-open"), "n.json", &group());
    let open = ask(&path, "10.0.0.4", "VirtualNetwork", &[]);
    assert_eq!((open.exit, open.json()["access"].clone()), (3, json!("Undetermined")), "{open:?}");
    assert!(open.json()["because"].to_string().contains("VirtualNetwork"), "{open:?}");
    let vouched = ask(&path, "10.0.0.4", "VirtualNetwork", &["--assume", "vnet=10.0.0.0/16"]);
    assert_eq!((vouched.exit, vouched.json()["access"].clone()), (0, json!("Allow")), "{vouched:?}");
}

#[test]
fn many_questions_are_answered_in_order() {
    let here = folder("cli-verify-many");
    let path = document(&here, "n.json", &group());
    let query = |to: &str, port: Value| json!({"direction": "Outbound", "protocol": "Tcp", "from": "10.0.0.4", "to": to, "port": port});
    let queries = json!([query("203.0.114.64/26", json!("443")), query("203.0.114.0/27", json!(443))]);
    let file = here.join("queries");
    fs::write(&file, queries.to_string()).expect("written");
    let asked = ["nsg", "verify", &path, "--format", "json", "--queries"];
    let answer = run(&[&asked[..], &[file.to_str().expect("text")]].concat());
    assert_eq!((answer.exit, answer.json()[0]["access"].clone()), (1, json!("Allow")), "{answer:?}");
    assert_eq!(answer.json()[1]["access"], "Deny");
    assert_eq!(run_with(&[&asked[..], &["-"]].concat(), "[]").stdout.trim(), "[]");
    let wrong =
        run_with(&[&asked[..], &["-"]].concat(), &json!([query("nowhere", json!("443"))]).to_string());
    assert_eq!((wrong.exit, wrong.error()["pointer"].clone()), (2, json!("/0/to")), "{wrong:?}");
    let port = run_with(&[&asked[..], &["-"]].concat(), &json!([query("*", json!("http"))]).to_string());
    assert_eq!((port.exit, port.error()["pointer"].clone()), (2, json!("/0/port")), "{port:?}");
}
