//! `nsg suggest`: what it proposes, what it says it cannot, and that what it proposes does what it says.

mod corpus;
mod proxy;

use azpreflight::net::{AddressSet, Prefix};
use azpreflight::tags::TagCatalog;
use serde_json::{Value, json};

use crate::cli::{Run, document, folder, id, run};

/// A rule from words: `NAME PRIORITY outbound|inbound Allow|Deny SOURCE DESTINATION PORT`.
fn rule(text: &str) -> Value {
    let words: Vec<&str> = text.split(' ').collect();
    let [name, priority, direction, access, source, destination, port] = words[..] else { panic!("{text}") };
    json!({"name": name, "properties": {
        "priority": priority.parse::<u32>().unwrap(), "direction": direction, "access": access, "protocol": "*",
        "sourceAddressPrefix": source, "sourcePortRange": "*",
        "destinationAddressPrefix": destination, "destinationPortRange": port,
    }})
}

fn group(name: &str, rules: &[&str]) -> Value {
    let rules: Vec<Value> = rules.iter().map(|text| rule(text)).collect();
    json!({"id": id("Microsoft.Network/networkSecurityGroups", name), "name": name, "location": "koreacentral",
        "type": "Microsoft.Network/networkSecurityGroups", "properties": {"securityRules": rules}})
}

/// A SQL VM at 10.0.0.4 behind a group on its interface and one on its subnet, with a way out.
struct Machine {
    on_interface: Option<Value>,
    on_subnet: Option<Value>,
    routes: Vec<Value>,
    others: Vec<Value>,
}

impl Machine {
    fn behind(on_interface: Option<Value>, on_subnet: Option<Value>) -> Self {
        Self { on_interface, on_subnet, routes: Vec::new(), others: Vec::new() }
    }

    fn documents(&self) -> Vec<Value> {
        let reference = |group: &Option<Value>| group.as_ref().map(|group| json!({"id": group["id"]}));
        let network = id("Microsoft.Network/virtualNetworks", "net");
        let table = id("Microsoft.Network/routeTables", "table");
        let subnet = format!("{network}/subnets/apps");
        let mut documents = vec![
            json!({"id": id("Microsoft.Compute/virtualMachines", "vm"), "name": "vm", "location": "koreacentral",
                "type": "Microsoft.Compute/virtualMachines", "properties": {
                    "storageProfile": {"osDisk": {"osType": "Linux", "name": "os", "managedDisk": {"id": id("Microsoft.Compute/disks", "os")}}, "dataDisks": []},
                    "networkProfile": {"networkInterfaces": [{"id": id("Microsoft.Network/networkInterfaces", "nic")}]}}}),
            json!({"id": id("Microsoft.Network/networkInterfaces", "nic"), "name": "nic", "location": "koreacentral",
                "type": "Microsoft.Network/networkInterfaces", "properties": {
                    "networkSecurityGroup": reference(&self.on_interface),
                    "virtualMachine": {"id": id("Microsoft.Compute/virtualMachines", "vm")},
                    "ipConfigurations": [{"name": "one", "properties": {"primary": true, "privateIPAddress": "10.0.0.4",
                        "subnet": {"id": subnet}}}]}}),
            json!({"id": network, "name": "net", "location": "koreacentral", "type": "Microsoft.Network/virtualNetworks",
                "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "virtualNetworkPeerings": [],
                    "subnets": [{"id": subnet, "name": "apps", "properties": {"addressPrefix": "10.0.0.0/24",
                        "defaultOutboundAccess": true, "networkSecurityGroup": reference(&self.on_subnet),
                        "routeTable": (!self.routes.is_empty()).then(|| json!({"id": table}))}}]}}),
        ];
        if !self.routes.is_empty() {
            documents.push(json!({"id": table, "name": "table", "location": "koreacentral",
                "type": "Microsoft.Network/routeTables", "properties": {"routes": self.routes}}));
        }
        documents.extend([&self.on_interface, &self.on_subnet].into_iter().flatten().cloned());
        documents.extend(self.others.iter().cloned());
        documents
    }
}

/// Runs the command on documents in a folder of their own.
fn ask(name: &str, documents: &[Value], arguments: &[&str]) -> Run {
    let place = folder(&format!("suggest-{name}"));
    for (index, content) in documents.iter().enumerate() {
        document(&place, &format!("{index}.json"), content);
    }
    let mut all = vec!["nsg", "suggest", place.to_str().unwrap()];
    all.extend(arguments);
    run(&all)
}

fn asked(name: &str, documents: &[Value], arguments: &[&str]) -> (i32, Value) {
    let mut all = vec!["--format", "json"];
    all.extend(arguments);
    let run = ask(name, documents, &all);
    (run.exit, run.json())
}

/// `GROUP/RULE PRIORITY SOURCE>DESTINATION:PORT`, one a suggestion.
fn shown(answer: &Value) -> Vec<String> {
    let one = |one: &Value| {
        let p = &one["rule"]["properties"];
        let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        format!(
            "{}/{} {} {}>{}:{}",
            text(&one["networkSecurityGroup"]),
            text(&one["rule"]["name"]),
            p["priority"],
            text(&p["sourceAddressPrefix"]),
            text(&p["destinationAddressPrefix"]),
            text(&p["destinationPortRange"])
        )
    };
    answer["suggestions"].as_array().unwrap().iter().map(one).collect()
}

fn reasons(answer: &Value, key: &str) -> Vec<String> {
    let one = |one: &Value| match one["reason"].as_str() {
        Some(reason) => format!("{}: {reason}", one["requirement"].as_str().unwrap()),
        None => one.as_str().unwrap().to_owned(),
    };
    answer[key].as_array().unwrap().iter().map(one).collect()
}

const SQL: [&str; 2] = ["--workload", "sql"];

#[test]
fn everything_a_workload_asks_for_gets_the_smallest_rule_and_the_proofs_build_on_one_another() {
    let deny = group("lock", &["Stop 1000 outbound Deny * Internet *"]);
    let (exit, answer) = asked("sql", &Machine::behind(None, Some(deny)).documents(), &SQL);
    assert_eq!(exit, 1);
    assert_eq!(
        shown(&answer),
        [
            "lock/AllowBackupToAzureBackup 990 10.0.0.0/24>AzureBackup:443",
            "lock/AllowBackupToStorage 999 10.0.0.0/24>Storage.KoreaCentral:443",
            "lock/AllowBackupToAzureActiveDirectory 998 10.0.0.0/24>AzureActiveDirectory:443",
        ]
    );
    let third = &answer["suggestions"][2];
    assert_eq!(third["requirement"], "identity");
    assert_eq!(third["before"], json!({"rule": "Stop", "priority": 1000}));
    assert_eq!(
        third["proof"],
        json!({"requirementHolds": true, "newlyDenied": [], "because": [],
            "newlyAllowed": [{"source": "10.0.0.0/24", "destination": "AzureActiveDirectory", "ports": "443", "protocol": "Tcp"}],
            "presumes": [{"networkSecurityGroup": "lock", "rule": "AllowBackupToAzureBackup"},
                         {"networkSecurityGroup": "lock", "rule": "AllowBackupToStorage"}]})
    );
    for key in ["azureCli", "powershell", "bicep", "terraform", "arm"] {
        assert!(
            third["commands"][key].as_str().unwrap().contains("AllowBackupToAzureActiveDirectory"),
            "{key}"
        );
        assert!(!third["rollback"][key].as_str().unwrap().is_empty(), "{key}");
    }
    assert_eq!(answer["satisfied"], json!(["wire-server", "wire-server-https", "imds", "dns"]));
    assert_eq!((&answer["unfixable"], &answer["because"]), (&json!([]), &json!([])));
}

#[test]
fn what_passed_in_part_before_is_not_announced() {
    let rules = ["Half 200 outbound Allow * 20.0.0.0/7 443", "Stop 1000 outbound Deny * Internet *"];
    let machine = Machine::behind(Some(group("lock", &rules)), None);
    let (_, answer) = asked("part", &machine.documents(), &SQL);
    let storage = &answer["suggestions"][1];
    assert_eq!(storage["requirement"], "storage");
    let flows = storage["proof"]["newlyAllowed"].as_array().unwrap();
    let prefix = |text: &str| AddressSet::from(text.parse::<Prefix>().unwrap());
    let tag = TagCatalog::embedded().find("Storage.KoreaCentral").unwrap().addresses();
    let left = tag.intersection(&AddressSet::all_ipv4()).difference(&prefix("20.0.0.0/7"));
    let listed = flows.iter().flat_map(|one| one["destination"].as_str().unwrap().split(", "));
    assert_eq!(listed.map(prefix).fold(AddressSet::empty(), |all, one| all.union(&one)), left);
    assert!(!left.is_empty());
}

#[test]
fn each_group_in_the_way_gets_its_rule_and_one_on_both_ends_only_one() {
    let both = Machine::behind(
        Some(group("card", &["All 4096 outbound Deny * * *"])),
        Some(group("net", &["No 100 outbound Deny * AzureCloud 80-500", "All 4000 outbound Deny * * *"])),
    );
    let (_, answer) = asked("both", &both.documents(), &SQL);
    // In the subnet's group no priority before `No` is free: it moves, once.
    let storage: Vec<String> = shown(&answer).into_iter().filter(|line| line.contains("Storage")).collect();
    assert_eq!(
        storage,
        [
            "card/AllowBackupToStorage 4089 10.0.0.0/24>Storage.KoreaCentral:443",
            "net/AllowBackupToStorage 101 10.0.0.0/24>Storage.KoreaCentral:443",
        ]
        .map(|line| line
            .replace("4089", &priority(&answer, "card"))
            .replace("101", &priority(&answer, "net")))
    );
    let of_net = answer["suggestions"].as_array().unwrap();
    let of_net: Vec<&Value> = of_net.iter().filter(|one| one["networkSecurityGroup"] == "net").collect();
    assert_eq!(of_net[0]["renumbered"], json!([{"rule": "No", "from": 100, "to": 110}]));
    let (create, undo) = (&of_net[0]["commands"]["azureCli"], &of_net[0]["rollback"]["azureCli"]);
    let (create, undo) = (create.as_str().unwrap(), undo.as_str().unwrap());
    let at = |text: &str, part: &str| text.find(part).unwrap_or_else(|| panic!("{part} in {text}"));
    assert!(at(create, "update") < at(create, "create"), "{create}");
    assert!(at(undo, "delete") < at(undo, "update"), "{undo}");
    assert!(undo.contains("--priority 100"), "{undo}");
    // Each of the two is proved with the other.
    let with = &of_net[0]["proof"]["presumes"];
    assert!(with.as_array().unwrap().iter().any(|one| one["networkSecurityGroup"] == "card"), "{with}");

    let same = group("same", &["Stop 1000 outbound Deny * Internet *"]);
    let (_, answer) = asked("same", &Machine::behind(Some(same.clone()), Some(same)).documents(), &SQL);
    assert_eq!(shown(&answer).len(), 3);
}

/// The priority that the storage rule got in a group.
fn priority(answer: &Value, group: &str) -> String {
    let all = answer["suggestions"].as_array().unwrap();
    let of = all.iter().find(|one| one["networkSecurityGroup"] == group && one["requirement"] == "storage");
    of.unwrap()["rule"]["properties"]["priority"].to_string()
}

#[test]
fn what_no_rule_can_repair_is_said_with_the_reason() {
    let mut machine = Machine::behind(Some(group("open", &[])), None);
    machine.routes =
        vec![json!({"name": "drop", "properties": {"addressPrefix": "AzureBackup", "nextHopType": "None"}})];
    machine.others = vec![
        json!([{"configurationDescription": "", "description": "", "displayName": "NoIdentity",
        "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkManagers/m/securityAdminConfigurations/c/ruleCollections/r/rules/NoIdentity",
        "kind": "Custom", "access": "Deny", "direction": "Outbound", "priority": 1, "protocol": "Tcp",
        "sources": [{"addressPrefix": "*", "addressPrefixType": "IPPrefix"}], "sourcePortRanges": ["0-65535"],
        "destinations": [{"addressPrefix": "AzureActiveDirectory", "addressPrefixType": "ServiceTag"}],
        "destinationPortRanges": ["443"], "provisioningState": "Succeeded"}]),
    ];
    let (exit, answer) = asked("unfixable", &machine.documents(), &SQL);
    assert_eq!(exit, 1, "{answer}");
    assert_eq!(shown(&answer), Vec::<String>::new());
    let unfixable = reasons(&answer, "unfixable");
    assert!(
        unfixable.iter().any(|one| one.starts_with("backup-service: ") && one.contains("None")),
        "{unfixable:?}"
    );
    assert!(
        unfixable.iter().any(|one| one.starts_with("identity: ") && one.contains("`NoIdentity`")),
        "{unfixable:?}"
    );
    assert!(answer["satisfied"].as_array().unwrap().contains(&json!("storage")), "{answer}");
}

#[test]
fn an_appliance_in_the_way_is_told_beside_the_rule() {
    let mut machine = Machine::behind(Some(group("lock", &["Stop 1000 outbound Deny * Internet *"])), None);
    machine.routes = vec![json!({"name": "via", "properties": {"addressPrefix": "0.0.0.0/0",
        "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.9.9"}})];
    let (exit, answer) = asked("appliance", &machine.documents(), &SQL);
    assert_eq!(exit, 1);
    let unfixable = reasons(&answer, "unfixable");
    assert_eq!(unfixable.len(), 3, "{unfixable:?}");
    assert!(unfixable.iter().all(|one| one.contains("10.0.9.9")), "{unfixable:?}");
}

#[test]
fn what_is_not_known_is_no_proof_and_no_denial() {
    let doubtful = group("doubt", &["Odd 500 outbound Deny * NoSuchTag *"]);
    let (exit, answer) = asked("doubt", &Machine::behind(Some(doubtful), None).documents(), &SQL);
    assert_eq!(exit, 3, "{answer}");
    assert_eq!(shown(&answer), Vec::<String>::new());
    let because = reasons(&answer, "because");
    assert!(because.len() == 3 && because.iter().all(|one| one.contains("NoSuchTag")), "{because:?}");

    // The agent decides whether storage is asked for, and no document tells of it.
    let deny = Machine::behind(Some(group("lock", &["Stop 1000 outbound Deny * Internet *"])), None);
    let (exit, answer) = asked("agent", &deny.documents(), &["--workload", "vm"]);
    assert_eq!(exit, 3, "{answer}");
    assert!(reasons(&answer, "because")[0].contains("--assume agent="), "{answer}");
    let (exit, answer) = asked("agent", &deny.documents(), &["--assume", "agent=unsupported"]);
    assert_eq!((exit, shown(&answer).len()), (1, 1), "{answer}");
    let (exit, answer) = asked("agent", &deny.documents(), &["--assume", "agent=supported"]);
    assert_eq!((exit, shown(&answer).len()), (0, 0), "{answer}");
    let not_needed = &answer["subjects"][0]["notNeeded"];
    assert!(not_needed.as_array().unwrap().iter().any(|one| one["requirement"] == "storage"), "{not_needed}");
}

#[test]
fn a_group_of_which_nothing_is_known_is_not_repaired() {
    let mut documents = Machine::behind(Some(group("gone", &[])), None).documents();
    documents.pop();
    let (exit, answer) = asked("gone", &documents, &SQL);
    assert_eq!(exit, 3, "{answer}");
    assert!(reasons(&answer, "because").iter().all(|one| one.contains("`gone`")), "{answer}");
}

#[test]
fn a_group_on_its_own_takes_the_requirements_as_stated() {
    let mut alone = group("alone", &["Stop 1000 outbound Deny * Internet *"]);
    alone.as_object_mut().unwrap().remove("location");
    let documents = [alone];
    let (exit, answer) = asked("alone", &documents, &["--profile", "2018"]);
    assert_eq!(exit, 1);
    assert_eq!(
        shown(&answer),
        [
            "alone/AllowBackupToStorage 990 VirtualNetwork>Storage:80",
            "alone/AllowBackupToStorage-2 999 VirtualNetwork>Storage:443",
            "alone/AllowBackupToStorage-3 998 VirtualNetwork>Storage:8443",
        ]
    );
    assert_eq!(answer["suggestions"][1]["alsoMeets"], json!(["storage-managed-disks-https"]));
    // Whether the network itself holds such addresses is not known, and is said.
    assert!(reasons(&answer, "because").iter().all(|one| one.contains("--assume vnet=")), "{answer}");
    assert_ne!(answer["suggestions"][0]["proof"]["because"], json!([]));
    let arguments = [
        "--profile",
        "2018",
        "--region",
        "Korea Central",
        "--assume",
        "vnet=10.0.0.0/16",
        "--assume",
        "disks=managed",
    ];
    let (exit, answer) = asked("alone", &documents, &arguments);
    assert_eq!(exit, 1);
    assert_eq!(
        shown(&answer),
        [
            "alone/AllowBackupToStorage 990 VirtualNetwork>Storage.KoreaCentral:8443",
            "alone/AllowBackupToStorage-2 999 VirtualNetwork>Storage.KoreaCentral:443",
        ]
    );
    assert_eq!((&answer["because"], &answer["suggestions"][0]["proof"]["because"]), (&json!([]), &json!([])));
    let wrong = ask("alone", &documents, &["--region", "koreacentra"]);
    assert_eq!(wrong.exit, 2, "{wrong:?}");
}

#[test]
fn names_arrive_as_data_and_stay_free() {
    let hostile = "It's $(reboot) `id` \"${x}\" %{y}";
    let mut group = group(
        "x",
        &["Stop 1000 outbound Deny * Internet *", "allowbackuptostorage 300 outbound Allow * 10.9.9.9 *"],
    );
    group["name"] = json!(hostile);
    group["id"] = json!(id("Microsoft.Network/networkSecurityGroups", hostile));
    let (exit, answer) = asked("hostile", &Machine::behind(Some(group.clone()), None).documents(), &SQL);
    assert_eq!(exit, 1);
    let storage = &answer["suggestions"][1];
    assert_eq!(storage["networkSecurityGroup"], hostile);
    // Azure takes a name once, in whatever case.
    assert_eq!(storage["rule"]["name"], "AllowBackupToStorage-2");
    let text = ask("hostile", &Machine::behind(Some(group), None).documents(), &SQL).stdout;
    assert!(text.contains("It'\\''s $(reboot)"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn text_is_written_in_the_language_asked_for() {
    let machine = Machine::behind(Some(group("lock", &["Stop 1000 outbound Deny * Internet *"])), None);
    for (language, part) in [
        ("azure-cli", "az network nsg rule create"),
        ("powershell", "Add-AzNetworkSecurityRuleConfig"),
        ("bicep", "Microsoft.Network/networkSecurityGroups"),
        ("terraform", "azurerm_network_security_rule"),
        ("arm", "deploymentTemplate.json"),
    ] {
        let text = ask("languages", &machine.documents(), &["--workload", "sql", "--as", language]).stdout;
        assert!(text.contains(part), "{language}: {text}");
        assert!(text.contains("newly allowed  Tcp 10.0.0.0/24 → AzureBackup port 443"), "{text}");
    }
    let quiet = ask("languages", &machine.documents(), &["--workload", "sql", "-q"]);
    assert_eq!(quiet.stdout, "3 RULES TO ADD  for vm\n");
}

#[test]
fn machines_behind_one_group_share_what_they_can() {
    let deny = group("lock", &["Stop 1000 outbound Deny * Internet *"]);
    let mut documents = Machine::behind(None, Some(deny)).documents();
    let text = json!([documents[0].clone(), documents[1].clone()]).to_string();
    // A second machine of the same subnet, and a third in a subnet of its own behind the same group.
    let other = |name: &str, address: &str, subnet: &str| -> Vec<Value> {
        let text = text.replace("virtualMachines/vm", &format!("virtualMachines/{name}"));
        let text = text.replace("\"name\":\"vm\"", &format!("\"name\":\"{name}\""));
        let text = text.replace("networkInterfaces/nic", &format!("networkInterfaces/{name}-nic"));
        let text = text.replace("10.0.0.4", address).replace("subnets/apps", &format!("subnets/{subnet}"));
        serde_json::from_str(&text).unwrap()
    };
    documents.extend(other("vm2", "10.0.0.5", "apps"));
    documents.extend(other("vm3", "10.0.1.4", "more"));
    let mut more = documents[2]["properties"]["subnets"][0].clone();
    more["id"] = json!(more["id"].as_str().unwrap().replace("/apps", "/more"));
    (more["name"], more["properties"]["addressPrefix"]) = (json!("more"), json!("10.0.1.0/24"));
    documents[2]["properties"]["subnets"].as_array_mut().unwrap().push(more);
    let (exit, answer) = asked("shared", &documents, &SQL);
    assert_eq!((exit, shown(&answer).len()), (1, 6), "{answer}");
    let storage: Vec<String> = shown(&answer).into_iter().filter(|line| line.contains("Storage")).collect();
    assert_eq!(
        storage,
        [
            "lock/AllowBackupToStorage 999 10.0.0.0/24>Storage.KoreaCentral:443",
            "lock/AllowBackupToStorage-2 996 10.0.1.0/24>Storage.KoreaCentral:443",
        ]
    );
    assert_eq!(answer["suggestions"][1]["alsoMeets"], json!(["storage of vm2"]));
}

#[test]
fn a_report_proposes_the_same_repair() {
    // No priority before the rule is free, so it moves in the remedy of the report, too.
    let tight = group("tight", &["Stop 100 outbound Deny * Internet *"]);
    let documents = Machine::behind(Some(tight), None).documents();
    let (_, answer) = asked("report", &documents, &SQL);
    let first = &answer["suggestions"][0];
    assert_eq!(first["requirement"], "backup-service");
    assert_eq!(first["renumbered"], json!([{"rule": "Stop", "from": 100, "to": 110}]));
    let place = folder("suggest-report");
    for (index, content) in documents.iter().enumerate() {
        document(&place, &format!("{index}.json"), content);
    }
    let report = run(&["check", "--format", "json", "--workload", "sql", place.to_str().unwrap()]).json();
    let checks = report["vms"][0]["checks"].as_array().unwrap();
    let remediation = |id: &str| {
        let check = checks.iter().find(|check| check["id"] == id).unwrap();
        check["findings"][0]["remediation"].clone()
    };
    let service = remediation("nsg-denies-backup-service");
    assert_eq!(service["commands"], first["commands"]);
    assert_eq!(service["rollback"], first["rollback"]);
    assert!(service["steps"][0].as_str().unwrap().contains("`Stop` from 100 to 110"), "{service}");
    // The next one finds the room that is left.
    let storage = remediation("nsg-denies-backup-storage");
    let command = storage["commands"]["azureCli"].as_str().unwrap();
    assert!(command.contains("--priority 109") && !command.contains("update"), "{command}");
}
