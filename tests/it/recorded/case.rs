//! Reading recorded cases and putting their questions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// One recorded answer.
pub(super) struct Recorded {
    pub(super) name: String,
    body: Value,
}

/// One question and Azure's answer.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) direction: String,
    pub(super) protocol: String,
    pub(super) local: String,
    pub(super) remote: String,
    pub(super) target: Option<String>,
    pub(super) access: String,
    pub(super) rule: String,
    /// For a diagnosis: per group, each rule looked at with its five flags.
    pub(super) evaluated: Vec<Vec<(String, [bool; 5])>>,
}

impl Recorded {
    pub(super) fn all(kinds: &[&str]) -> Vec<Self> {
        let folder = crate::corpus::folder("azure-answers");
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let recorded = |path: &PathBuf| {
            let body: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            kinds.contains(&text(&body["kind"]).as_str()).then_some(Self { name, body })
        };
        paths
            .iter()
            .filter(|path| path.extension().is_some_and(|e| e == "json"))
            .filter_map(recorded)
            .collect()
    }

    /// The recorded resources and templates, each as a document.
    pub(super) fn documents(&self) -> Vec<Value> {
        let environment = &self.body["environment"];
        let bodies = |list: &str, key: &str| -> Vec<Value> {
            let entries = environment[list].as_array().cloned().unwrap_or_default();
            entries.iter().filter(|entry| entry["when"] != "after").map(|entry| entry[key].clone()).collect()
        };
        let mut documents = bodies("resources", "body");
        documents.extend(bodies("deployments", "request_body"));
        documents.extend(bodies("effective_views_same_recording", "body"));
        documents.extend(by_hand(&self.name));
        documents.retain(|document| !document.is_null());
        documents
    }

    pub(super) fn answer(&self) -> &Value {
        &self.body["azure_answer"]["body"]
    }

    pub(super) fn expected(&self) -> Vec<Expected> {
        let query = &self.body["query"]["body"];
        let target = query["targetResourceId"].as_str().map(str::to_owned);
        if self.body["kind"] == "ip-flow-verify" {
            let end = |side: &str| {
                format!(
                    "{}:{}",
                    text(&query[format!("{side}IPAddress")]),
                    text(&query[format!("{side}Port")])
                )
            };
            return vec![Expected {
                direction: text(&query["direction"]),
                protocol: text(&query["protocol"]),
                local: end("local"),
                remote: end("remote"),
                target,
                access: text(&self.answer()["access"]),
                rule: bare(&text(&self.answer()["ruleName"])),
                evaluated: Vec::new(),
            }];
        }
        let results = self.answer()["results"].as_array().cloned().unwrap_or_default();
        results.iter().map(|result| diagnosis(result, target.clone())).collect()
    }

    /// Puts the question; `Err` holds what was told instead of the recorded answer.
    pub(super) fn ask(&self, expected: &Expected) -> Result<(), String> {
        ask(&self.name, &self.documents(), expected)
    }

    /// The tuples of a flow log, as questions.
    pub(super) fn logged(&self) -> Vec<Expected> {
        let mut questions = Vec::new();
        for record in self.answer()["records"].as_array().into_iter().flatten() {
            for flows in record["properties"]["flows"].as_array().into_iter().flatten() {
                let rule = bare(&text(&flows["rule"]));
                for tuple in flows["flows"].as_array().into_iter().flatten().flat_map(tuples) {
                    questions.extend(logged(&tuple, &rule));
                }
            }
        }
        questions
    }

    /// Puts a question to an interface with the logged group: its own rules as far as the log names them.
    pub(super) fn ask_in_default_network(&self, expected: &Expected) -> Result<(), String> {
        let local = expected.local.split(':').next().unwrap_or_default();
        let rdp = json!([{"name": "default-allow-rdp", "properties": rule_properties(1000, "3389")}]);
        let rules = if expected.rule == "default-allow-rdp" { rdp } else { json!([]) };
        ask(&self.name, &network(local, "10.0.0.0/8", &rules), expected)
    }
}

/// Queries whose VM was not recorded, where two interfaces have the address: the one whose rules the same
/// recording goes on to view. The other, which has the same group on its subnet, gets the same answer.
const UNNAMED: &[(&str, &str)] = &[("ipflow-r36", "ni40217d"), ("ipflow-r37", "ni590204")];

fn ask(name: &str, documents: &[Value], expected: &Expected) -> Result<(), String> {
    let folder = folder(name);
    for (index, document) in documents.iter().enumerate() {
        fs::write(folder.join(format!("{index:02}.json")), document.to_string()).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_azpreflight"));
    command.env("AZPREFLIGHT_CACHE", "");
    command.arg("flow").arg(&folder).args([
        "--format",
        "json",
        "--direction",
        &expected.direction.to_lowercase(),
    ]);
    command.args(["--protocol", &expected.protocol.to_lowercase()]);
    command.args(["--local", &expected.local, "--remote", &expected.remote]);
    if let Some(target) = &expected.target {
        // By name: the recordings are scrubbed, and not every id of one was scrubbed alike.
        command.args(["--vm", target.rsplit('/').next().unwrap_or_default()]);
    }
    for (recording, interface) in UNNAMED.iter().filter(|(recording, _)| name.starts_with(recording)) {
        println!("{recording}: asked for `{interface}`");
        command.args(["--nic", interface]);
    }
    if name.starts_with("ipflow-r11") {
        // The recorded template is older than the group that a policy attached: the platform's answer holds.
        command.args(["--prefer", "effective"]);
    }
    let output = command.output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())?;
    compare(&answer, expected)
}

fn compare(answer: &Value, expected: &Expected) -> Result<(), String> {
    let told = (text(&answer["access"]), text(&answer["decidedBy"]["rule"]));
    if told.0 != expected.access || !expected.same_rule(&told.1) {
        let because = &answer["because"];
        return Err(format!("{told:?}, recorded {:?}; {because}", (&expected.access, &expected.rule)));
    }
    let hops = answer["hops"].as_array().cloned().unwrap_or_default();
    if !expected.evaluated.is_empty() && hops.len() != expected.evaluated.len() {
        return Err(format!("{} hops, recorded {}", hops.len(), expected.evaluated.len()));
    }
    for (hop, recorded) in hops.iter().zip(&expected.evaluated) {
        let ours: Vec<(String, [bool; 5])> =
            hop["evaluated"].as_array().into_iter().flatten().map(flags_of).collect();
        if &ours != recorded {
            return Err(format!("evaluated {ours:?}, recorded {recorded:?}"));
        }
    }
    Ok(())
}

fn flags_of(rule: &Value) -> (String, [bool; 5]) {
    let name = rule.get("rule").unwrap_or(&rule["name"]);
    let keys = ["protocol", "source", "sourcePort", "destination", "destinationPort"];
    (bare(&text(name)), keys.map(|key| rule[format!("{key}Matched")] == true))
}

fn diagnosis(result: &Value, target: Option<String>) -> Expected {
    let query = result.get("profile").unwrap_or(&result["trafficQuery"]);
    let groups = &result["networkSecurityGroupResult"];
    let evaluated = groups["evaluatedNetworkSecurityGroups"].as_array().cloned().unwrap_or_default();
    let inbound = query["direction"].as_str().is_some_and(|d| d.eq_ignore_ascii_case("inbound"));
    let (source, destination) = (text(&query["source"]), text(&query["destination"]));
    let destination = format!("{destination}:{}", text(&query["destinationPort"]));
    // A prefix asks about each of its addresses; one of them is put.
    let source = format!("{}:*", source.split('/').next().unwrap_or_default());
    let last = evaluated.iter().map(|group| bare(&text(&group["matchedRule"]["ruleName"]))).next_back();
    let rules = |group: &Value| {
        group["rulesEvaluationResult"].as_array().into_iter().flatten().map(flags_of).collect()
    };
    Expected {
        direction: text(&query["direction"]),
        protocol: text(&query["protocol"]),
        local: if inbound { destination.clone() } else { source.clone() },
        remote: if inbound { source } else { destination },
        target,
        access: text(&groups["securityRuleAccessResult"]),
        rule: last.unwrap_or_default(),
        evaluated: evaluated.iter().map(rules).collect(),
    }
}

fn tuples(flow: &Value) -> Vec<String> {
    flow["flowTuples"].as_array().into_iter().flatten().map(text).collect()
}

/// `time,source,destination,source port,destination port,T|U,I|O,A|D,…`
fn logged(tuple: &str, rule: &str) -> Option<Expected> {
    let [_, source, destination, source_port, destination_port, protocol, direction, access, ..] =
        *tuple.split(',').collect::<Vec<_>>()
    else {
        return None;
    };
    let (source, destination) =
        (format!("{source}:{source_port}"), format!("{destination}:{destination_port}"));
    let inbound = direction == "I";
    Some(Expected {
        direction: if inbound { "inbound" } else { "outbound" }.into(),
        protocol: if protocol == "T" { "tcp" } else { "udp" }.into(),
        local: if inbound { destination.clone() } else { source.clone() },
        remote: if inbound { source } else { destination },
        target: None,
        access: if access == "A" { "Allow" } else { "Deny" }.into(),
        rule: rule.to_owned(),
        evaluated: Vec::new(),
    })
}

/// Environments that the recordings describe in words or commands only.
fn by_hand(name: &str) -> Vec<Value> {
    if name.starts_with("ipflow-c01") {
        let mut rule = rule_properties(100, "80");
        rule["destinationPortRange"] = Value::Null;
        rule["destinationPortRanges"] = json!(["80", "8080"]);
        rule["sourceAddressPrefix"] = json!("10.0.1.4");
        rule["destinationAddressPrefix"] = json!("10.0.2.4");
        rule["access"] = json!("Deny");
        return network("10.0.2.4", "10.0.0.0/16", &json!([{"name": "Deny_8080", "properties": rule}]));
    }
    if name.starts_with("ipflow-d01") {
        let rules = json!([{"name": "default-allow-ssh", "properties": rule_properties(1000, "22")}]);
        return network("10.0.0.4", "10.0.0.0/16", &rules);
    }
    if name.starts_with("ipflow-r29") {
        return network("10.0.0.4", "10.0.0.0/8", &json!([]));
    }
    if name.starts_with("nsgdiag-d01") {
        return diagnosed_network();
    }
    Vec::new()
}

/// The documented example of a diagnosis: an admin rule allows, the subnet's group allows, the interface's denies.
fn diagnosed_network() -> Vec<Value> {
    let mut deny = rule_properties(1000, "*");
    deny["access"] = json!("Deny");
    deny["protocol"] = json!("*");
    deny["sourceAddressPrefix"] = json!("virtualNetwork");
    let rules = json!([{"name": "DenyVnetInBound", "properties": deny}]);
    let mut documents = network("10.0.0.4", "10.0.0.0/16", &rules);
    documents[1]["properties"]["subnets"][0]["properties"]["networkSecurityGroup"] =
        json!({"id": id("networkSecurityGroups/subnet-nsg")});
    documents.push(json!({"id": id("networkSecurityGroups/subnet-nsg"), "name": "subnet-nsg", "type": "Microsoft.Network/networkSecurityGroups", "location": "eastus", "properties": {"securityRules": []}}));
    documents.push(json!({"value": [{"id": "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/admin/providers/Microsoft.Network/networkManagers/GlobalRules/securityAdminConfigurations/c/ruleCollections/r/rules/VirtualNetwork", "kind": "Custom", "properties": {"access": "Allow", "direction": "Inbound", "priority": 100, "protocol": "Any", "sources": [{"addressPrefix": "VirtualNetwork", "addressPrefixType": "ServiceTag"}], "destinations": [{"addressPrefix": "*", "addressPrefixType": "IPPrefix"}], "sourcePortRanges": ["0-65535"], "destinationPortRanges": ["0-65535"]}}]}));
    documents
}

fn id(path: &str) -> String {
    format!(
        "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Network/{path}"
    )
}

fn rule_properties(priority: u32, port: &str) -> Value {
    json!({"access": "Allow", "direction": "Inbound", "priority": priority, "protocol": "Tcp", "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": port})
}

/// An interface with a group of these rules, in a network of this space.
fn network(address: &str, space: &str, rules: &Value) -> Vec<Value> {
    let mut octets: Vec<&str> = address.split('.').collect();
    octets[3] = "0/24";
    let subnet = octets.join(".");
    vec![
        json!({"id": id("networkInterfaces/nic"), "name": "nic", "type": "Microsoft.Network/networkInterfaces", "location": "eastus", "properties": {"ipConfigurations": [{"name": "c", "properties": {"privateIPAddress": address, "primary": true, "subnet": {"id": id("virtualNetworks/v/subnets/s")}}}], "networkSecurityGroup": {"id": id("networkSecurityGroups/nsg")}}}),
        json!({"id": id("virtualNetworks/v"), "name": "v", "type": "Microsoft.Network/virtualNetworks", "location": "eastus", "properties": {"addressSpace": {"addressPrefixes": [space]}, "virtualNetworkPeerings": [], "subnets": [{"name": "s", "id": id("virtualNetworks/v/subnets/s"), "properties": {"addressPrefix": subnet}}]}}),
        json!({"id": id("networkSecurityGroups/nsg"), "name": "nsg", "type": "Microsoft.Network/networkSecurityGroups", "location": "eastus", "properties": {"securityRules": rules}}),
    ]
}

/// A directory of its own for one case, emptied of what an earlier run left.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recorded").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// `securityRules/x`, `defaultSecurityRules/x`, `UserRule_x` and `DefaultRule_x` are all rule `x`.
pub(super) fn bare(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.strip_prefix("UserRule_").or_else(|| name.strip_prefix("DefaultRule_")).unwrap_or(name);
    name.to_owned()
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
