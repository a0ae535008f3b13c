//! One environment in every shape that tools give it: the facts are the same.

use std::fs;
use std::path::Path;

use azpreflight::facts::Facts;
use azpreflight::input::{Bundle, Document};
use azpreflight::wire;
use serde_json::{Map, Value, json};

use super::assert_same;

/// What the REST API answers about an environment with a route table.
fn answers() -> Vec<Value> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/arm/route-to-nowhere");
    let mut paths: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()).collect()
}

fn facts(documents: Vec<Vec<u8>>) -> Facts {
    let named = |(index, bytes)| Document { name: format!("{index}").into(), bytes, named_by_user: true };
    let documents = documents.into_iter().enumerate().map(named).collect();
    wire::parse(&Bundle { documents }).unwrap_or_else(|error| panic!("{error}"))
}

fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn plain() -> Facts {
    let facts = facts(answers().iter().map(text).collect());
    assert!(facts.unrecognised.is_empty() && !facts.vms.is_empty() && !facts.route_tables.is_empty());
    facts
}

/// Every value, children first, by a function of objects.
fn rewrite(value: &Value, object: &dyn Fn(Map<String, Value>) -> Map<String, Value>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| rewrite(item, object)).collect(),
        Value::Object(members) => {
            let inside = members.iter().map(|(key, value)| (key.clone(), rewrite(value, object))).collect();
            Value::Object(object(inside))
        }
        other => other.clone(),
    }
}

/// As `az` writes it: what is in `properties` stands beside the id.
fn flattened(value: &Value) -> Value {
    rewrite(value, &|mut members| {
        let Some(Value::Object(inside)) = members.remove("properties") else { return members };
        for (key, value) in inside {
            let key = if key == "type" { "typePropertiesType".to_owned() } else { key };
            members.entry(key).or_insert(value);
        }
        members
    })
}

/// As `PowerShell` writes it: capitals, and the singular names of a rule hold lists.
fn powershell(value: &Value) -> Value {
    rewrite(&flattened(value), &|mut members| {
        for (one, many) in [
            ("sourceAddressPrefix", "sourceAddressPrefixes"),
            ("destinationAddressPrefix", "destinationAddressPrefixes"),
            ("sourcePortRange", "sourcePortRanges"),
            ("destinationPortRange", "destinationPortRanges"),
        ] {
            let many = members.remove(many).and_then(|many| many.as_array().cloned()).unwrap_or_default();
            let one_of = members.remove(one);
            let all: Vec<Value> = one_of.into_iter().chain(many).collect();
            if !all.is_empty() {
                members.insert(one.to_owned(), Value::Array(all));
            }
        }
        members.into_iter().map(|(key, value)| (capital(&key), value)).collect()
    })
}

fn capital(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[test]
fn a_list_an_envelope_lines_and_an_array_are_the_same() {
    let (all, plain) = (answers(), plain());
    let lines = all.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    assert_same(&plain, &facts(vec![text(&json!({ "value": all }))]), "value");
    assert_same(&plain, &facts(vec![text(&json!(all))]), "array");
    assert_same(&plain, &facts(vec![lines.into_bytes()]), "lines");
    let wrapped = json!({ "NewThing": all[0] });
    let rest = json!(all[1..]);
    assert_same(&plain, &facts(vec![text(&wrapped), text(&rest)]), "wrapper");
}

#[test]
fn resource_graph_gives_rows_or_tables_and_lower_case() {
    let plain = plain();
    let rows: Vec<Value> = answers()
        .into_iter()
        .map(|mut row| {
            row["type"] = json!(row["type"].as_str().unwrap().to_lowercase());
            row
        })
        .collect();
    assert_same(&plain, &facts(vec![text(&json!({ "count": rows.len(), "data": rows }))]), "rows");
    let columns = ["id", "name", "type", "location", "sku", "managedBy", "properties", "resources"];
    let cells = |row: &Value| columns.iter().map(|column| row[*column].clone()).collect::<Vec<_>>();
    let table = json!({
        "columns": columns.map(|name| json!({ "name": name, "type": "string" })),
        "rows": rows.iter().map(cells).collect::<Vec<_>>(),
    });
    assert_same(&plain, &facts(vec![text(&json!({ "data": table }))]), "table");
}

#[test]
fn az_and_powershell_flatten_and_rename() {
    let plain = plain();
    let flat: Vec<Vec<u8>> = answers().iter().map(|value| text(&flattened(value))).collect();
    assert_same(&plain, &facts(flat), "flattened");
    let capitals: Vec<Vec<u8>> = answers().iter().map(|value| text(&powershell(value))).collect();
    assert_same(&plain, &facts(capitals), "capitals");
    let utf16 = |value: &Value| {
        let units = "\u{feff}".to_owned() + &powershell(value).to_string();
        units.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    assert_same(&plain, &facts(answers().iter().map(utf16).collect()), "UTF-16");
}

#[test]
fn a_place_in_a_table_is_that_of_the_cell() {
    let group = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/n";
    let rule =
        json!({ "name": "r", "properties": { "priority": "x", "access": "Deny", "direction": "Inbound" } });
    let table = json!({ "data": {
        "columns": [{ "name": "properties" }, { "name": "id" }],
        "rows": [[{ "securityRules": [rule] }, group]],
    } });
    let document = Document { name: "d".into(), bytes: text(&table), named_by_user: true };
    let error = wire::parse(&Bundle { documents: vec![document] }).unwrap_err();
    assert_eq!(error.pointer.as_str(), "/data/rows/0/0/securityRules/0/properties/priority");
}
