//! Exit codes, the shape of the answer, suppressions, and input that is out to harm.

use std::fs;

use serde_json::{Value, json};

use crate::cli::{Run, document, folder, id, run};

fn rule(name: &str, priority: u32, access: &str, to: &str) -> Value {
    json!({"name": name, "properties": {"priority": priority, "direction": "Outbound", "access": access,
        "protocol": "*", "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": to,
        "destinationPortRange": "443"}})
}

fn group(name: &str, rules: &[Value]) -> Value {
    json!({"id": id("Microsoft.Network/networkSecurityGroups", name), "name": name,
        "type": "Microsoft.Network/networkSecurityGroups", "properties": {"securityRules": rules}})
}

/// A Deny before an Allow of the same, and an Allow in excess.
fn shadowed() -> Value {
    let deny = rule("Deny", 100, "Deny", "203.0.113.0/24");
    group(
        "n",
        &[deny, rule("Allow", 200, "Allow", "203.0.113.7/32"), rule("More", 300, "Deny", "203.0.113.8/32")],
    )
}

fn lint(path: &str, more: &[&str]) -> Run {
    run(&[&["nsg", "lint", path, "--format", "json", "--as-of", "2026-11-21"], more].concat())
}

#[test]
fn the_exit_code_follows_the_severity_asked_for() {
    let folder = folder("lint-exit");
    let path = document(&folder, "n.json", &shadowed());
    for (more, exit) in [
        (&[][..], 1),
        (&["--fail-on", "blocker"], 0),
        (&["--fail-on", "note"], 1),
        (&["--ignore", "rule-shadowed"], 0),
        (&["--ignore", "rule-shadwed"], 2),
        (&["--nsg", "n"], 1),
        (&["--nsg", "m"], 2),
    ] {
        assert_eq!(lint(&path, more).exit, exit, "{more:?}");
    }
    let clean = document(&folder, "m.json", &group("m", &[rule("Deny", 100, "Deny", "203.0.113.0/24")]));
    let answer = lint(&clean, &["--fail-on", "note"]);
    assert_eq!((answer.exit, &answer.json()["anomalies"]), (0, &json!([])), "{answer:?}");
    let none = document(
        &folder,
        "v.json",
        &json!({"id": id("Microsoft.Network/virtualNetworks", "v"),
        "type": "Microsoft.Network/virtualNetworks", "name": "v", "properties": {}}),
    );
    assert_eq!(lint(&none, &[]).exit, 2);
}

#[test]
fn an_anomaly_names_all_that_a_person_needs() {
    let path = document(&folder("lint-shape"), "n.json", &shadowed());
    let answer = lint(&path, &[]).json();
    assert_eq!(answer["schema"], "azpreflight/lint/v1");
    assert_eq!(answer["summary"], json!({"blockers": 0, "warnings": 1, "notes": 1, "suppressed": 0}));
    let first = &answer["anomalies"][0];
    assert_eq!(
        (&first["id"], &first["severity"], &first["kind"], &first["rule"], &first["by"], &first["priority"]),
        (
            &json!("rule-shadowed"),
            &json!("warning"),
            &json!("shadowed"),
            &json!("Allow"),
            &json!(["Deny"]),
            &json!(200)
        )
    );
    assert_eq!(first["networkSecurityGroup"], "n");
    assert_eq!(first["place"]["pointer"], "/properties/securityRules/1");
    for word in ["`Allow`", "(200)", "`n`", "`Deny`"] {
        assert!(first["message"].as_str().unwrap().contains(word), "{first}");
    }
    for list in ["suppressed", "unusedSuppressions", "assumed", "because"] {
        assert!(answer[list].is_array(), "{list}");
    }
}

#[test]
fn the_order_is_that_of_groups_and_priorities() {
    let folder = folder("lint-order");
    let late = [rule("b!", 300, "Allow", "203.0.113.0/24"), rule("a!", 200, "Allow", "203.0.113.0/24")];
    let second = document(&folder, "2.json", &group("second", &late));
    let first = document(&folder, "1.json", &group("First", &late));
    let one = lint(&second, &[&first]).stdout;
    assert_eq!(one, lint(&first, &[&second]).stdout);
    let answer: Value = serde_json::from_str(&one).unwrap();
    let place = |a: &Value| (a["networkSecurityGroup"].to_string(), a["priority"].as_u64());
    let names: Vec<_> = answer["anomalies"].as_array().unwrap().iter().map(place).collect();
    assert!(names.is_sorted(), "{names:?}");
}

#[test]
fn what_is_suppressed_is_told_apart_and_does_not_count() {
    let folder = folder("lint-suppressed");
    let path = document(&folder, "n.json", &shadowed());
    let file = folder.join("s.toml");
    fs::write(
        &file,
        "[[suppress]]\nid = \"rule-shadowed\"\ngroup = \"N\"\nrule = \"allow\"\nreason = \"kept for the audit\"\nexpires = 2026-11-21\n\n[[suppress]]\nid = \"probe-denied\"\nreason = \"no load balancer\"\n",
    )
    .unwrap();
    let with = ["--suppressions", file.to_str().unwrap()];
    let answer = lint(&path, &with);
    let json = answer.json();
    assert_eq!((answer.exit, json["anomalies"].as_array().unwrap().len()), (0, 1), "{answer:?}");
    let held = &json["suppressed"][0];
    assert_eq!(
        (&held["rule"], &held["suppression"]["reason"]),
        (&json!("Allow"), &json!("kept for the audit"))
    );
    assert_eq!(json["unusedSuppressions"][0]["id"], "probe-denied");
    // The next day it no longer holds, and says so.
    let later =
        run(&[&["nsg", "lint", &path, "--format", "json", "--as-of", "2026-11-22"], &with[..]].concat());
    let json = later.json();
    assert_eq!((later.exit, json["suppressed"].as_array().unwrap().len()), (1, 0), "{later:?}");
    let expired = &json["anomalies"][0]["expiredSuppression"];
    assert_eq!(
        (&expired["expires"], &expired["reason"]),
        (&json!("2026-11-21"), &json!("kept for the audit"))
    );
    assert_eq!(json["unusedSuppressions"].as_array().unwrap().len(), 1, "an expired one is not unused");
    let text = run(&[&["nsg", "lint", &path, "--as-of", "2026-11-22"], &with[..]].concat()).stdout;
    assert!(text.contains("no longer: kept for the audit, until 2026-11-21"), "{text}");
}

#[test]
fn a_suppression_of_nothing_known_ends_the_run_with_its_place() {
    let folder = folder("lint-unknown");
    let path = document(&folder, "n.json", &shadowed());
    let file = folder.join("s.toml");
    fs::write(&file, "[[suppress]]\nid = \"rule-shadwed\"\nreason = \"x\"\n").unwrap();
    let answer = lint(&path, &["--suppressions", file.to_str().unwrap()]);
    assert_eq!(answer.exit, 2);
    assert!(answer.stderr.contains("s.toml:2:6") && answer.stderr.contains("`rule-shadowed`"), "{answer:?}");
    assert_eq!(lint(&path, &["--suppressions", "/nowhere.toml"]).exit, 2);
}

#[test]
fn names_that_are_out_to_harm_arrive_as_text() {
    let hostile = "r\u{1b}[2J\u{202e}`$(id)`\n' \"";
    let deny = rule(hostile, 100, "Deny", "203.0.113.0/24");
    let group = group(hostile, &[deny, rule(hostile, 200, "Allow", "203.0.113.0/24")]);
    let path = document(&folder("lint-hostile"), "n.json", &group);
    for arguments in [
        &["nsg", "lint", &path][..],
        &["nsg", "lint", &path, "-v"],
        &["nsg", "lint", &path, "--format", "json"],
    ] {
        let answer = run(arguments);
        assert_eq!(answer.exit, 1, "{answer:?}");
        assert!(!answer.stdout.contains(['\u{1b}', '\u{202e}']), "{answer:?}");
    }
    let json = lint(&path, &[]).json();
    assert_eq!(json["anomalies"][0]["rule"], hostile);
}

#[test]
fn what_cannot_be_read_is_told_and_check_still_refuses_it() {
    let mut broken = rule("Ports", 100, "Deny", "203.0.113.0/24");
    broken["properties"]["destinationPortRange"] = json!("443-80");
    let rules =
        [broken, rule("Allow", 200, "Allow", "203.0.113.7/32"), rule("Never", 300, "Deny", "203.0.113.7/32")];
    let path = document(&folder("lint-broken"), "n.json", &group("n", &rules));
    let json = lint(&path, &[]).json();
    let ids: Vec<&str> =
        json["anomalies"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["rule-value-invalid", "rule-shadowed"], "{json:#}");
    assert_eq!(json["anomalies"][1]["by"], json!(["Allow"]));
    assert_eq!(run(&["check", &path]).exit, 2);
}

#[test]
fn explain_prints_what_a_lint_is() {
    let text = run(&["explain", "Rule-Shadowed"]);
    assert!(text.exit == 0 && text.stdout.contains("How it decides"), "{text:?}");
    let json = run(&["explain", "rule-shadowed", "--format", "json"]).json();
    assert_eq!((&json["kind"], &json["anomaly"]), (&json!("lint"), &json!("shadowed")));
    assert!(run(&["explain", "rule-shadwed"]).stderr.contains("`rule-shadowed`"));
}
