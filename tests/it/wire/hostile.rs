//! Input that is broken, wrong or odd: an error that says where, and never a panic.

use azpreflight::input::{Bundle, Document};
use azpreflight::wire;

use super::facts_of;

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
