//! What is known of a VM for requirements: told by the documents, vouched for, or not known.

use azpreflight::azure::Cloud;
use azpreflight::backup::{AgentBand, DiskKind, Profile, Situation, Workload};
use azpreflight::check::{Assumptions, Case, Question, Source, Subject};
use azpreflight::facts::Facts;
use azpreflight::input::{Bundle, Document};
use azpreflight::tags::TagCatalog;
use azpreflight::vm::OsFamily;
use azpreflight::wire;
use serde_json::{Value, json};

const GROUP: &str = "/subscriptions/s/resourceGroups/rg/providers";

fn vm(properties: &Value) -> Value {
    let id = format!("{GROUP}/Microsoft.Compute/virtualMachines/vm1");
    json!({"id": id, "name": "vm1", "type": "Microsoft.Compute/virtualMachines", "location": "koreacentral",
           "properties": properties})
}

fn facts(documents: &[Value]) -> Facts {
    let document = |(index, value): (usize, &Value)| Document {
        name: format!("{index}.json").into(),
        bytes: value.to_string().into_bytes(),
        named_by_user: true,
    };
    let documents = documents.iter().enumerate().map(document).collect();
    wire::parse(&Bundle { documents }).expect("readable")
}

fn situation(documents: &[Value], assumed: Situation) -> Situation {
    let facts = facts(documents);
    let question = Question {
        workload: Workload::Vm,
        profile: Profile::Current,
        prefer: None,
        as_of: jiff::civil::date(2026, 11, 21),
        vault: None,
        assumed: Assumptions { situation: assumed, ..Assumptions::default() },
        ignored: Vec::new(),
        sources: vec![Source::Export],
        alone: true,
    };
    let vm = facts.vms.iter().next().expect("a VM");
    Case::new(&facts, TagCatalog::embedded(), Subject::Vm(vm), &question).situation()
}

fn disks(os: &Value, data: &Value) -> Value {
    json!({"storageProfile": {"osDisk": os, "dataDisks": data}})
}

fn managed(name: &str) -> Value {
    json!({"name": name, "osType": "Windows", "managedDisk": {"id": format!("{GROUP}/Microsoft.Compute/disks/{name}")}})
}

#[test]
fn nothing_told_is_nothing_known() {
    let told = situation(&[vm(&json!({}))], Situation::default());
    let nothing =
        Situation { cloud: Some(Cloud::Public), region: told.region.clone(), ..Situation::default() };
    assert_eq!(told, nothing);
    assert!(told.region.is_some());
}

#[test]
fn the_word_of_the_user_stands_in_and_never_against() {
    let assumed = Situation {
        os: Some(OsFamily::Linux),
        agent: Some(AgentBand::Supported),
        disks: Some(DiskKind::Unmanaged { encrypted: Some(true) }),
        write_accelerator: Some(true),
        ..Situation::default()
    };
    let silent = situation(&[vm(&json!({}))], assumed.clone());
    assert_eq!((silent.agent, silent.disks), (assumed.agent, assumed.disks));
    let mut told = disks(&managed("os"), &json!([]));
    told["instanceView"] = json!({"vmAgent": {"vmAgentVersion": "2.6.0.0", "statuses": []}});
    let told = situation(&[vm(&told)], assumed);
    assert_eq!(told.os, Some(OsFamily::Windows));
    assert_eq!(told.agent, Some(AgentBand::Unsupported));
    assert_eq!((told.disks, told.write_accelerator), (Some(DiskKind::Managed), Some(false)));
}

#[test]
fn one_blob_among_managed_disks_makes_them_unmanaged() {
    let blob = json!([{"lun": 0, "name": "d", "vhd": {"uri": "https://a.blob.core.windows.net/v/d.vhd?sig=secret"}}]);
    let told = situation(&[vm(&disks(&managed("os"), &blob))], Situation::default());
    assert_eq!(told.disks, Some(DiskKind::Unmanaged { encrypted: None }));
    let untold =
        situation(&[vm(&disks(&managed("os"), &json!([{"lun": 0, "name": "d"}])))], Situation::default());
    assert_eq!(untold.disks, None);
}

#[test]
fn a_linux_agent_that_may_update_itself_is_not_known_to_be_too_old() {
    let told = |version: &str| {
        let mut properties = disks(&json!({"name": "os", "osType": "Linux"}), &json!([]));
        properties["instanceView"] = json!({"vmAgent": {"vmAgentVersion": version, "statuses": []}});
        situation(&[vm(&properties)], Situation::default()).agent
    };
    assert_eq!(told("2.2.45"), None);
    assert_eq!(told("2.1.7"), Some(AgentBand::Unsupported));
    assert_eq!(told("2.2.53.1"), Some(AgentBand::Supported));
    assert_eq!(told("Unknown"), None);
}

#[test]
fn dns_servers_of_the_interface_come_before_those_of_the_network() {
    let nic = |servers: &Value| {
        let subnet = format!("{GROUP}/Microsoft.Network/virtualNetworks/v/subnets/s");
        let id = format!("{GROUP}/Microsoft.Network/networkInterfaces/n");
        json!({"id": id, "type": "Microsoft.Network/networkInterfaces", "properties": {"dnsSettings": {"dnsServers": servers},
               "ipConfigurations": [{"name": "c", "properties": {"subnet": {"id": subnet}}}]}})
    };
    let network = |servers: &Value| {
        let id = format!("{GROUP}/Microsoft.Network/virtualNetworks/v");
        json!({"id": id, "type": "Microsoft.Network/virtualNetworks", "properties": {
               "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "dhcpOptions": {"dnsServers": servers},
               "subnets": [{"name": "s", "properties": {"addressPrefix": "10.0.0.0/24"}}]}})
    };
    let on = |interface: &Value, of_network: &Value| {
        let references = json!({"networkProfile": {"networkInterfaces": [{"id": format!("{GROUP}/Microsoft.Network/networkInterfaces/n")}]}});
        let documents = [vm(&references), nic(interface), network(of_network)];
        situation(&documents, Situation::default()).custom_dns
    };
    assert_eq!(on(&json!([]), &json!([])), Some(false));
    assert_eq!(on(&json!([]), &json!(["10.0.0.10"])), Some(true));
    assert_eq!(on(&json!([]), &json!(["168.63.129.16"])), Some(false));
    assert_eq!(on(&json!(["168.63.129.16"]), &json!(["10.0.0.10"])), Some(false));
}

#[test]
fn an_agentless_policy_is_known_only_where_it_says_so() {
    let policy = |more: &Value| {
        let id = format!("{GROUP}/Microsoft.RecoveryServices/vaults/v/backupPolicies/p");
        let mut policy = json!({"id": id, "name": "p", "type": "Microsoft.RecoveryServices/vaults/backupPolicies",
                                "properties": {"backupManagementType": "AzureIaasVM", "policyType": "V2"}});
        for (key, value) in more.as_object().unwrap() {
            policy["properties"][key] = value.clone();
        }
        situation(&[vm(&json!({})), policy], Situation::default()).agentless
    };
    assert_eq!(policy(&json!({"snapshotConsistencyType": "OnlyCrashConsistent"})), Some(true));
    assert_eq!(policy(&json!({"snapshotConsistencyType": null})), Some(false));
    assert_eq!(policy(&json!({})), None);
    assert_eq!(policy(&json!({"policyType": "V1"})), Some(false));
}
