//! A large group as the REST API gives it, in one line, and questions to it.

use serde_json::{Value, json};

use crate::Random;

const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000042/resourceGroups/rg-bench/providers/\
                     Microsoft.Network/networkSecurityGroups/nsg-bench";
const ETAG: &str = "W/\"5f1c8c3e-0f3c-4b57-9d2e-0b6d6f0f7a10\"";

/// One group with so many rules of its own, outbound but for one in eight: prefixes, lists of them, tags and ports mixed.
#[must_use]
pub fn group(rules: usize) -> Value {
    let mut random = Random(0x9e37);
    let rules: Vec<Value> = (0..rules).map(|index| rule(index, &mut random)).collect();
    json!({
        "name": "nsg-bench",
        "id": GROUP,
        "etag": ETAG,
        "type": "Microsoft.Network/networkSecurityGroups",
        "location": "koreacentral",
        "properties": {
            "provisioningState": "Succeeded",
            "resourceGuid": "b7a3a1de-4f0e-4f43-9f68-3f6f4f9a2c11",
            "securityRules": rules,
            "defaultSecurityRules": [],
        },
    })
}

fn rule(index: usize, random: &mut Random) -> Value {
    let name = format!("rule{index}");
    let (source, sources) = one_or_many(random, sender);
    let (destination, destinations) = one_or_many(random, receiver);
    let (port, ports) = one_or_many(random, port);
    let mut rule = json!({
        "name": name,
        "id": format!("{GROUP}/securityRules/{name}"),
        "etag": ETAG,
        "type": "Microsoft.Network/networkSecurityGroups/securityRules",
        "properties": {
            "provisioningState": "Succeeded",
            "protocol": if random.below(3) == 0 { "*" } else { "Tcp" },
            "sourcePortRange": "*",
            "destinationPortRange": port,
            "sourceAddressPrefix": source,
            "destinationAddressPrefix": destination,
            "access": if random.below(8) == 0 { "Deny" } else { "Allow" },
            "priority": 100 + index,
            "direction": if random.below(8) == 0 { "Inbound" } else { "Outbound" },
            "sourcePortRanges": [],
            "destinationPortRanges": ports,
            "sourceAddressPrefixes": sources,
            "destinationAddressPrefixes": destinations,
        },
    });
    if let Some(properties) = rule["properties"].as_object_mut() {
        properties.retain(|_, value| !value.is_null());
    }
    rule
}

/// The API writes a single entry under one key and several under the other; tags are single.
fn one_or_many(random: &mut Random, entry: fn(&mut Random) -> String) -> (Value, Vec<String>) {
    let mut list: Vec<String> = (0..2 + random.below(6)).map(|_| entry(random)).collect();
    list.retain(|entry| entry.contains(|c: char| c.is_ascii_digit()));
    if random.below(5) > 0 || list.len() < 2 {
        (json!(entry(random)), Vec::new())
    } else {
        (Value::Null, list)
    }
}

fn sender(random: &mut Random) -> String {
    match random.below(4) {
        0 => "*".to_owned(),
        1 => "VirtualNetwork".to_owned(),
        _ => format!("10.{}.{}.0/24", random.below(4), random.below(256)),
    }
}

fn receiver(random: &mut Random) -> String {
    let services = ["Storage", "Sql", "AzureKeyVault", "EventHub", "AzureMonitor"];
    let regions = ["KoreaCentral", "WestEurope", "EastUS", "NorthEurope", "JapanEast"];
    if random.below(3) == 0 {
        return format!("{}.{}", services[random.below(5)], regions[random.below(5)]);
    }
    let first = [13, 20, 40, 51, 52][random.below(5)];
    format!("{first}.{}.{}.0/{}", random.below(256), random.below(256), 20 + random.below(9))
}

fn port(random: &mut Random) -> String {
    ["443", "1433", "8000-9000", "5671-5672", "22", "12000"][random.below(6)].to_owned()
}

/// What somebody asks who wants to know whether backup gets through, and a few things besides.
#[must_use]
pub fn queries() -> Value {
    let ask = |direction: &str, (protocol, port): (&str, &str), from: &str, to: &str| json!({ "direction": direction, "protocol": protocol, "from": from, "to": to, "port": port });
    let out = |to: &str, port: &str| ask("outbound", ("tcp", port), "10.0.0.4", to);
    json!([
        out("AzureBackup", "443"),
        out("Storage.KoreaCentral", "443"),
        out("AzureActiveDirectory", "443"),
        out("Sql.KoreaCentral", "1433"),
        out("AzureKeyVault.KoreaCentral", "443"),
        out("20.60.16.7", "443"),
        out("13.64.0.0/11", "443"),
        out("AzureMonitor", "443"),
        out("10.1.0.0/16", "22"),
        ask("outbound", ("any", "*"), "10.0.0.0/24", "52.0.0.0/8"),
        ask("inbound", ("tcp", "22"), "Internet", "10.0.0.4"),
        ask("inbound", ("tcp", "443"), "10.2.0.0/16", "10.0.0.0/24"),
    ])
}
