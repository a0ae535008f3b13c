//! `nsg diff`.

use std::path::Path;

use serde_json::{Value, json};

use super::{Run, document, folder, id, run};

/// An outbound rule of an export.
fn rule(name: &str, priority: u32, access: &str, (to, ports): (&str, &str)) -> Value {
    json!({"name": name, "properties": {"priority": priority, "direction": "Outbound", "access": access,
        "protocol": "Tcp", "sourceAddressPrefix": "*", "sourcePortRange": "*",
        "destinationAddressPrefix": to, "destinationPortRange": ports}})
}

fn group(name: &str, rules: &[Value]) -> Value {
    json!({"id": id("Microsoft.Network/networkSecurityGroups", name), "name": name,
        "type": "Microsoft.Network/networkSecurityGroups", "properties": {"securityRules": rules}})
}

fn diff(old: &str, new: &str, more: &[&str]) -> Run {
    run(&[&["nsg", "diff", old, new, "--format", "json"][..], more].concat())
}

/// Two documents, compared.
fn compared(test: &str, old: &Value, new: &Value, more: &[&str]) -> Run {
    let here = folder(test);
    diff(&document(&here, "old.json", old), &document(&here, "new.json", new), more)
}

fn locked() -> Value {
    rule("DenyOut", 1000, "Deny", ("*", "*"))
}

#[test]
fn what_became_allowed_is_told_with_a_witness_and_both_rules() {
    let old = group("n", &[locked()]);
    let new = group("n", &[rule("AllowStorage", 990, "Allow", ("Storage.KoreaCentral", "443")), locked()]);
    let answer = compared("cli-diff-allowed", &old, &new, &[]);
    let json = answer.json();
    assert_eq!((answer.exit, &json["equivalent"]), (1, &json!(false)), "{answer:?}");
    assert_eq!(json["schema"], "azpreflight/diff/v1");
    let [only] = json["directions"].as_array().expect("a list").as_slice() else { panic!("{json}") };
    assert_eq!((&only["direction"], &only["nowDenied"]["regions"]), (&json!("Outbound"), &json!([])));
    let [region] = only["nowAllowed"]["regions"].as_array().expect("a list").as_slice() else {
        panic!("{json}")
    };
    for (key, value) in
        [("source", "*"), ("destination", "Storage.KoreaCentral"), ("ports", "443"), ("protocol", "Tcp")]
    {
        assert_eq!(region[key], value, "{region}");
    }
    let witness = &only["nowAllowed"]["witness"];
    assert_eq!(*witness, region["witness"]);
    assert_eq!((&witness["oldRule"], &witness["newRule"]), (&json!("DenyOut"), &json!("AllowStorage")));
    assert_eq!((&witness["rule"], &witness["destinationPort"]), (&json!("AllowStorage"), &json!(443)));
    let back = compared("cli-diff-denied", &new, &old, &[]).json();
    assert_eq!(back["directions"][0]["nowDenied"]["regions"][0]["destination"], "Storage.KoreaCentral");
    assert_eq!(back["directions"][0]["nowAllowed"], json!({"regions": []}));
}

#[test]
fn spelling_numbers_and_order_are_no_difference() {
    let old = group(
        "n",
        &[
            rule("A", 100, "Allow", ("Storage.KoreaCentral", "80-443")),
            rule("B", 200, "Allow", ("10.1.0.0/16", "*")),
            locked(),
        ],
    );
    let prefixes = run(&["tags", "export", "Storage.KoreaCentral", "--format", "json"]).json();
    let mut spelled = rule("a", 301, "allow", ("", "80-100"));
    spelled["properties"]["destinationAddressPrefix"] = Value::Null;
    spelled["properties"]["destinationAddressPrefixes"] = prefixes["prefixes"].clone();
    let mut rest = spelled.clone();
    (rest["name"], rest["properties"]["priority"]) = (json!("rest"), json!(302));
    rest["properties"]["destinationPortRange"] = json!("101-443");
    let mut halves = rule("b", 300, "Allow", ("", "*"));
    halves["properties"]["destinationAddressPrefix"] = Value::Null;
    halves["properties"]["destinationAddressPrefixes"] = json!(["10.1.128.0/17", "10.1.0.0/17"]);
    let new = group("other", &[locked(), rest, spelled, halves]);
    let answer = compared("cli-diff-spelling", &old, &new, &[]);
    assert_eq!((answer.exit, &answer.json()["equivalent"]), (0, &json!(true)), "{answer:?}");
    assert_eq!(answer.json()["directions"], json!([]));
}

#[test]
fn what_hangs_on_a_name_nobody_knows_is_not_called_equivalent() {
    let old = group("n", &[rule("A", 100, "Allow", ("TagOfTomorrow", "443")), locked()]);
    let same = compared("cli-diff-open-same", &old, &old, &[]);
    assert_eq!(same.exit, 0, "the same name means the same: {same:?}");
    let new = group("n", &[locked()]);
    let answer = compared("cli-diff-open", &old, &new, &[]);
    let json = answer.json();
    assert_eq!((answer.exit, &json["equivalent"]), (3, &Value::Null), "{answer:?}");
    assert!(json["because"][0].as_str().expect("text").contains("TagOfTomorrow"), "{json}");
    assert_eq!(json["directions"][0]["undecided"]["regions"][0]["ports"], "443");
    // A certain change counts before a doubt.
    let more = group("n", &[rule("B", 90, "Allow", ("8.8.8.8", "53")), locked()]);
    let both = compared("cli-diff-open-and-certain", &old, &more, &[]);
    assert_eq!((both.exit, &both.json()["equivalent"]), (1, &json!(false)), "{both:?}");
}

#[test]
fn groups_are_paired_by_name_and_what_is_alone_is_said() {
    let here = folder("cli-diff-many");
    let (one, two) = (group("one", &[locked()]), group("two", &[]));
    let old = document(&here, "old.json", &json!([one, two]));
    let new = document(&here, "new.json", &json!([group("ONE", &[locked()]), group("three", &[])]));
    let answer = diff(&old, &new, &[]);
    let json = answer.json();
    assert_eq!((answer.exit, &json["equivalent"]), (1, &json!(false)), "{answer:?}");
    assert_eq!(
        (&json["onlyInOld"][0]["name"], &json["onlyInNew"][0]["name"]),
        (&json!("two"), &json!("three"))
    );
    assert_eq!((json["subjects"].as_array().map(Vec::len), &json["directions"]), (Some(1), &json!([])));
    let named = diff(&old, &new, &["--nsg", "one"]);
    assert_eq!(named.exit, 0, "{named:?}");
    let missing = diff(&old, &new, &["--nsg", "two"]);
    assert!(
        missing.exit == 2 && missing.stderr.contains("NEW: no network security group `two`"),
        "{missing:?}"
    );
}

/// An interface at 10.0.0.4 in a subnet that has a group.
fn environment(rules: &[Value]) -> Value {
    let subnet = id("Microsoft.Network/virtualNetworks", "v/subnets/s");
    let group = group("n", rules);
    json!([
        group,
        {"id": id("Microsoft.Network/networkInterfaces", "nic"), "name": "nic",
         "type": "Microsoft.Network/networkInterfaces", "properties": {"ipConfigurations": [{"name": "c",
          "properties": {"privateIPAddress": "10.0.0.4", "subnet": {"id": subnet}}}]}},
        {"id": id("Microsoft.Network/virtualNetworks", "v"), "name": "v",
         "type": "Microsoft.Network/virtualNetworks", "properties": {
          "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "virtualNetworkPeerings": [],
          "subnets": [{"id": subnet, "name": "s", "properties": {"addressPrefix": "10.0.0.0/24",
            "networkSecurityGroup": {"id": group["id"]}}}]}}
    ])
}

#[test]
fn environments_are_compared_interface_by_interface() {
    let from = |source: &str| {
        let mut allow = rule("AllowOne", 100, "Allow", ("8.8.8.8", "443"));
        allow["properties"]["sourceAddressPrefix"] = json!(source);
        allow
    };
    let old = environment(&[locked()]);
    let new = environment(&[from("10.0.0.4"), locked()]);
    let answer = compared("cli-diff-environments", &old, &new, &[]);
    let json = answer.json();
    assert_eq!((answer.exit, &json["directions"][0]["subject"]["name"]), (1, &json!("nic")), "{answer:?}");
    let region = &json["directions"][0]["nowAllowed"]["regions"][0];
    assert_eq!((&region["source"], &region["destination"]), (&json!("10.0.0.4/32"), &json!("8.8.8.8/32")));
    // What changes for another sender changes nothing for this one.
    let other = compared("cli-diff-other-sender", &old, &environment(&[from("10.0.0.5"), locked()]), &[]);
    assert_eq!((other.exit, &other.json()["equivalent"]), (0, &json!(true)), "{other:?}");
}

#[test]
fn sources_that_disagree_leave_open_what_hangs_on_them() {
    let example = "examples/effective-disagrees";
    let same = diff(example, example, &[]);
    assert_eq!(same.exit, 0, "whichever holds, it is the same: {same:?}");
    // Without the effective rules on one side it counts which of the two hold on the other.
    let here = folder("cli-diff-disputed");
    for entry in std::fs::read_dir(example).expect("an example") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("text");
        if !text.contains("effectiveSecurityRules") {
            std::fs::write(here.join(path.file_name().expect("a name")), text).expect("written");
        }
    }
    let here = here.to_str().expect("text");
    let open = diff(example, here, &[]);
    assert_eq!((open.exit, &open.json()["equivalent"]), (3, &Value::Null), "{open:?}");
    assert!(open.json()["because"].to_string().contains("--prefer"), "{open:?}");
    assert_eq!(diff(example, here, &["--prefer", "configured"]).exit, 0);
    assert_eq!(diff(example, here, &["--prefer", "effective"]).exit, 1);
}

#[test]
fn text_says_what_changed_and_is_quiet_on_demand() {
    let here: &Path = &folder("cli-diff-text");
    let old = document(here, "old.json", &group("n", &[locked()]));
    let new = document(
        here,
        "new.json",
        &group("n", &[rule("A\u{1b}[2J", 990, "Allow", ("8.8.8.8", "443")), locked()]),
    );
    let told = run(&["nsg", "diff", &old, &new]);
    assert!(told.stdout.contains("+ now allowed: Tcp * → 8.8.8.8/32 port 443"), "{told:?}");
    assert!(
        !told.stdout.contains('\u{1b}') && told.stdout.contains("before by `DenyOut` (1000)"),
        "{told:?}"
    );
    let quiet = run(&["nsg", "diff", &old, &new, "-q"]);
    assert_eq!((quiet.exit, quiet.stdout.as_str()), (1, "DIFFERENT  group `n`\n"));
    let twice = run(&["nsg", "diff", "-", "-"]);
    assert_eq!(twice.exit, 2, "{twice:?}");
}
