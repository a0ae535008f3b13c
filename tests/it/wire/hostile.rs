//! Input that is broken, wrong or odd: an error that says where, and never a panic.

use azpreflight::input::{Bundle, Document};
use azpreflight::wire;
use serde_json::{Value, json};

use super::{facts_of, fixture};

/// A small group of every part that is read.
const GROUP: &str = r#"{"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/n",
  "name":"n","location":"koreacentral","properties":{"provisioningState":"Succeeded",
  "subnets":[{"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/a"}],
  "securityRules":[{"name":"r","properties":{"protocol":"Tcp","access":"Deny","direction":"Outbound","priority":"100",
   "sourceAddressPrefix":"*","sourcePortRange":"*","destinationAddressPrefixes":["10.0.0.0/8","AzureBackup"],
   "destinationPortRanges":["443",8443]}}]}}"#;

#[test]
fn half_a_document_is_an_error_at_every_byte() {
    assert_eq!(facts_of(GROUP).unwrap().security_groups.len(), 1);
    for cut in 0..GROUP.len() {
        let text = GROUP.get(..cut).unwrap();
        assert!(facts_of(text).is_err(), "{cut}");
    }
}

#[test]
fn every_wrong_type_names_its_place() {
    for (wrong, pointer, text) in [
        (r#""priority":"100""#, "priority", r#""priority":"high""#),
        (r#""priority":"100""#, "priority", r#""priority":-1"#),
        (r#""priority":"100""#, "priority", r#""priority":1e30"#),
        (r#""access":"Deny""#, "access", r#""access":"Refuse""#),
        (r#""direction":"Outbound""#, "direction", r#""direction":{}"#),
        (r#""protocol":"Tcp""#, "protocol", r#""protocol":"Sctp""#),
        (r#""443""#, "destinationPortRanges/0", r#""https""#),
        ("8443", "destinationPortRanges/1", "70000"),
        (r#""AzureBackup""#, "destinationAddressPrefixes/1", "[]"),
    ] {
        assert!(GROUP.contains(wrong), "{wrong}");
        let error = facts_of(&GROUP.replace(wrong, text)).unwrap_err();
        let expected = format!("/properties/securityRules/0/properties/{pointer}");
        assert_eq!(error.pointer.as_str(), expected, "{error}");
        assert!(!error.expected.is_empty() && error.to_string().starts_with("d.json#/properties"), "{error}");
    }
}

#[test]
fn what_a_rule_must_have_is_asked_for() {
    for key in [r#""priority":"100","#, r#""access":"Deny","#, r#""direction":"Outbound","#] {
        let error = facts_of(&GROUP.replace(key, "")).unwrap_err();
        assert_eq!(error.pointer.as_str(), "/properties/securityRules/0", "{error}");
        assert!(error.message.contains("is not stated"), "{error}");
    }
}

#[test]
fn cut_off_exports_of_powershell_are_told() {
    let cut = r#"{"Name":"n","Id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/n",
      "ProvisioningState":"Succeeded","SecurityRules":["Microsoft.Azure.Commands.Network.Models.PSSecurityRule"]}"#;
    let error = facts_of(cut).unwrap_err();
    assert!(error.expected.contains("-Depth"), "{error}");
    assert_eq!(error.pointer.as_str(), "/SecurityRules/0");
}

#[test]
fn what_is_not_known_is_refused_when_named_and_listed_when_found() {
    for text in [
        "",
        "hello",
        "{}",
        "[1]",
        "{\"name\":\"x\"}",
        "[[[]]]",
        "{\"type\":\"Microsoft.Web/sites\",\"id\":\"/x\"}",
    ] {
        let document = |named_by_user| Document { name: "d".into(), bytes: text.into(), named_by_user };
        let error = wire::parse(&Bundle { documents: vec![document(true)] });
        let found = wire::parse(&Bundle { documents: vec![document(false)] }).unwrap();
        assert_eq!(found.unrecognised.len(), 1, "{text}");
        assert!(error.is_err() || text == "[[[]]]", "{text}");
    }
}

#[test]
fn an_error_answer_of_azure_is_listed() {
    let facts = facts_of(r#"{"error":{"code":"NicMustBeAttachedToRunningVm","message":"…"}}"#).unwrap();
    assert!(facts.unrecognised.iter().any(|one| one.reason.contains("NicMustBeAttachedToRunningVm")));
}

#[test]
fn a_wrong_value_in_any_place_is_read_or_refused() {
    for name in ["plan-modules.json", "template.json", "answers.json"] {
        for (index, pointer) in places_in(name).iter().enumerate() {
            replace_and_read(name, pointer, &wrong_values()[index % wrong_values().len()]);
        }
    }
}

#[test]
#[ignore = "takes a minute"]
fn every_wrong_value_in_every_place_is_read_or_refused() {
    for name in ["plan-modules.json", "template.json", "answers.json"] {
        for pointer in places_in(name) {
            for wrong in &wrong_values() {
                replace_and_read(name, &pointer, wrong);
            }
        }
    }
}

fn wrong_values() -> [Value; 9] {
    let text = json!("\u{1}");
    [
        json!(null),
        json!({}),
        json!([]),
        json!([[{}]]),
        text,
        json!(-1),
        json!(true),
        json!({ "id": 1 }),
        json!("[x("),
    ]
}

/// Whatever comes of it, it is an answer: facts, or an error that says what was expected.
fn replace_and_read(name: &str, pointer: &str, wrong: &Value) {
    let mut document: Value = serde_json::from_str(&fixture(name)).unwrap();
    *document.pointer_mut(pointer).unwrap() = wrong.clone();
    if let Err(error) = facts_of(&document.to_string()) {
        assert!(!error.expected.is_empty(), "{name}{pointer}");
    }
}

fn places_in(name: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(&fixture(name)).unwrap();
    facts_of(&document.to_string()).unwrap();
    places(&document, String::new())
}

fn places(value: &Value, at: String) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (format!("{at}/{index}"), item)).collect()
        }
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| (format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), member))
            .collect(),
        _ => Vec::new(),
    };
    let mut all = vec![at];
    all.extend(below.into_iter().flat_map(|(at, value)| places(value, at)));
    all
}

#[test]
#[ignore = "takes half a minute and gigabytes"]
fn a_hundred_megabytes_are_read() {
    let rule = r#"{"name":"r","properties":{"protocol":"Tcp","access":"Deny","direction":"Outbound","priority":100,
      "sourceAddressPrefix":"*","sourcePortRange":"*","destinationAddressPrefix":"10.0.0.0/8","destinationPortRange":"443"}}"#;
    let group = |name: usize| {
        let rules = vec![rule; 1000].join(",");
        format!(
            r#"{{"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/n{name}",
          "properties":{{"securityRules":[{rules}]}}}}"#
        )
    };
    let groups: Vec<String> = (0..450).map(group).collect();
    let text = format!("[{}]", groups.join(","));
    assert!(text.len() > 100_000_000, "{}", text.len());
    let start = std::time::Instant::now();
    let facts = facts_of(&text).unwrap();
    println!("{} bytes in {:?}", text.len(), start.elapsed());
    assert_eq!(facts.security_groups.len(), 450);
}
