//! `tags diff`.

use std::path::Path;

use serde_json::{Value, json};

use super::{Run, document, folder, id, run};

/// A tag file of Microsoft's shape.
fn tags(number: u32, tags: &[(&str, u32, &[&str])]) -> Value {
    let value = |(name, number, prefixes): &(&str, u32, &[&str])| {
        json!({"name": name, "id": name, "properties": {"changeNumber": number, "region": "", "regionId": 0,
            "platform": "Azure", "systemService": "", "addressPrefixes": prefixes, "networkFeatures": []}})
    };
    json!({"changeNumber": number, "cloud": "Public", "values": tags.iter().map(value).collect::<Vec<_>>()})
}

const OLD: &[(&str, u32, &[&str])] = &[
    ("Cut", 1, &["20.0.0.0/24"]),
    ("Gone", 2, &["20.1.0.0/24"]),
    ("lower", 3, &["20.2.0.0/24"]),
    ("Same", 4, &["20.3.0.0/24"]),
    ("Storage", 5, &["20.4.0.0/24", "20.5.0.0/25"]),
];
const NEW: &[(&str, u32, &[&str])] = &[
    ("Cut", 2, &["20.0.0.128/25", "20.0.0.0/25"]),
    ("Fresh", 1, &["20.6.0.0/28"]),
    ("Lower", 3, &["20.2.0.0/24"]),
    ("Same", 4, &["20.3.0.0/24"]),
    ("Storage", 6, &["20.4.0.0/24", "20.5.0.0/24"]),
];

fn files(here: &Path) -> [String; 2] {
    [document(here, "old.json", &tags(7, OLD)), document(here, "new.json", &tags(8, NEW))]
}

fn diff(old: &str, new: &str, inputs: &[&str]) -> Run {
    run(&[&["tags", "diff", old, new, "--format", "json"][..], inputs].concat())
}

/// A group that allows these destinations on 443 and denies the rest.
fn group(here: &Path, name: &str, to: &Value) -> String {
    let rule = |name: &str, priority: u32, access: &str, to: &Value| {
        json!({"name": name, "properties": {"priority": priority, "direction": "Outbound", "access": access,
            "protocol": "Tcp", "sourceAddressPrefix": "*", "sourcePortRange": "*",
            "destinationAddressPrefixes": to, "destinationPortRange": "443"}})
    };
    let mut deny = rule("Deny", 200, "Deny", &json!(["*"]));
    (deny["properties"]["protocol"], deny["properties"]["destinationPortRange"]) = (json!("*"), json!("*"));
    let group = json!({"id": id("Microsoft.Network/networkSecurityGroups", name), "name": name,
        "type": "Microsoft.Network/networkSecurityGroups",
        "properties": {"securityRules": [rule("Allow", 100, "Allow", to), deny]}});
    document(here, &format!("{name}.json"), &group)
}

#[test]
fn tags_are_compared_by_addresses() {
    let [old, new] = files(&folder("cli-tags-diff"));
    let answer = diff(&old, &new, &[]);
    let json = answer.json();
    assert_eq!((answer.exit, &json["equivalent"]), (1, &json!(false)), "{answer:?}");
    assert_eq!(json["schema"], "azpreflight/tags-diff/v1");
    assert_eq!((&json["old"]["changeNumber"], &json["new"]["changeNumber"]), (&json!(7), &json!(8)));
    assert_eq!(
        json["summary"],
        json!({"added": 1, "removed": 1, "changed": 1, "respelled": 1, "renamed": 1})
    );
    assert_eq!(
        (&json["respelled"], &json["renamed"]),
        (&json!(["Cut"]), &json!([{"old": "lower", "new": "Lower"}]))
    );
    let [fresh, gone, storage] = json["tags"].as_array().expect("a list").as_slice() else {
        panic!("{json}")
    };
    assert_eq!((&fresh["change"], &fresh["gained"]["addresses"]), (&json!("added"), &json!("16")));
    assert_eq!((&gone["change"], &gone["lost"]["prefixes"]), (&json!("removed"), &json!(["20.1.0.0/24"])));
    assert_eq!(
        *storage,
        json!({"name": "Storage", "change": "changed", "changeNumber": {"old": 5, "new": 6},
            "gained": {"addresses": "128", "prefixes": ["20.5.0.128/25"]},
            "lost": {"addresses": "0", "prefixes": []}})
    );
    let same = diff(&old, &old, &[]);
    assert_eq!((same.exit, same.json()["equivalent"].clone()), (0, json!(true)));
}

#[test]
fn prefixes_cut_otherwise_are_no_change() {
    let here = folder("cli-tags-diff-cut");
    let old = document(&here, "old.json", &tags(1, &OLD[..1]));
    let new = document(&here, "new.json", &tags(2, &NEW[..1]));
    let answer = diff(&old, &new, &[]);
    assert_eq!((answer.exit, &answer.json()["respelled"]), (0, &json!(["Cut"])), "{answer:?}");
    let text = run(&["tags", "diff", &old, &new]);
    assert!(text.stdout.starts_with("EQUIVALENT  service tags 1 → 2"), "{text:?}");
    assert!(text.stdout.contains("same addresses in other prefixes"), "{text:?}");
}

#[test]
fn rules_that_name_a_tag_follow_it_and_are_told_what_changes() {
    let here = folder("cli-tags-diff-rules");
    let [old, new] = files(&here);
    let answer =
        diff(&old, &new, &[&group(&here, "named", &json!("Storage")), "--assume", "vnet=10.0.0.0/16"]);
    let json = answer.json();
    assert_eq!((answer.exit, &json["rules"]["equivalent"]), (1, &json!(false)), "{answer:?}");
    let direction = &json["rules"]["directions"][0];
    assert_eq!(direction["nowAllowed"]["regions"][0]["destination"], "20.5.0.128/25");
    assert_eq!(direction["nowAllowed"]["witness"]["oldRule"], "Deny");
    assert_eq!((&direction["nowDenied"], &json["pins"]), (&json!({"regions": []}), &json!([])));
    // Tags changed, but none that the rules name.
    let other = diff(&old, &new, &[&group(&here, "other", &json!("Same")), "--assume", "vnet=10.0.0.0/16"]);
    assert_eq!((other.exit, &other.json()["rules"]["directions"]), (0, &json!([])), "{other:?}");
    assert_eq!(other.json()["equivalent"], false);
}

#[test]
fn rules_that_list_prefixes_of_a_tag_lose_coverage() {
    let here = folder("cli-tags-diff-pins");
    let [old, new] = files(&here);
    let answer = diff(&old, &new, &[&group(&here, "pinned", &json!(["20.4.0.0/24", "20.5.0.0/25"]))]);
    let json = answer.json();
    assert_eq!((answer.exit, &json["rules"]["equivalent"]), (1, &json!(true)), "{answer:?}");
    let [pin] = json["pins"].as_array().expect("a list").as_slice() else { panic!("{json}") };
    assert_eq!((&pin["networkSecurityGroup"], &pin["rules"]), (&json!("pinned"), &json!(["Allow"])));
    assert_eq!((&pin["tag"], &pin["coverage"]["old"]), (&json!("Storage"), &json!(1.0)));
    assert_eq!(pin["coverage"]["new"], json!(0.75));
    assert_eq!(pin["missing"]["prefixes"], json!(["20.5.0.128/25"]));
    let text =
        run(&["tags", "diff", &old, &new, &group(&here, "pinned", &json!(["20.4.0.0/24", "20.5.0.0/25"]))]);
    let told = text.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("covered 100.0 % of it and cover 75.0 % now; missing 20.5.0.128/25"), "{text:?}");
}

#[test]
fn a_tag_that_went_is_open_under_the_newer_file() {
    let here = folder("cli-tags-diff-gone");
    let [old, new] = files(&here);
    let answer = diff(&old, &new, &[&group(&here, "gone", &json!("Gone")), "--assume", "vnet=10.0.0.0/16"]);
    assert_eq!((answer.exit, &answer.json()["rules"]["equivalent"]), (3, &Value::Null), "{answer:?}");
    assert!(answer.json()["rules"]["because"].to_string().contains("`Gone`"), "{answer:?}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let here = folder("cli-tags-diff-refused");
    let [old, new] = files(&here);
    assert_eq!(diff(&old, "embedded", &["-q"]).exit, 1);
    assert_eq!(diff("embedded", "embedded", &[]).exit, 0);
    let mut china = tags(1, OLD);
    china["cloud"] = json!("China");
    let other = diff(&old, &document(&here, "china.json", &china), &[]);
    assert!(other.exit == 2 && other.stderr.contains("`china`"), "{other:?}");
    let extra = diff(&old, &new, &["--tags", &old]);
    assert!(extra.exit == 2 && extra.stderr.contains("no --tags"), "{extra:?}");
    let missing = diff(&old, &here.join("missing.json").display().to_string(), &[]);
    assert_eq!(missing.exit, 2, "{missing:?}");
}
