//! What a machine tells alone, without an export: a whole bundle, and single files of it; and what it adds to the rest.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::{Run, document, folder, id, run};

/// A healthy VM of Ubuntu that runs, as a collector with the rights of root brings it back, with its own name for itself.
fn bundle(folder: &Path, log: &str) -> String {
    let heartbeat = format!("2026-11-21T11:31:07.250113Z INFO ExtHandler ExtHandler {log}\n");
    let identity = json!({"ds": {"meta_data": {"imds": {"compute": {"location": "koreacentral", "name": "web1",
        "vmSize": "Standard_D2s_v5", "resourceId": id("Microsoft.Compute/virtualMachines", "web1")}}}}});
    let files: Vec<Value> = [
        ("/etc/os-release", "NAME=\"Ubuntu\"\nID=ubuntu\nVERSION_ID=\"22.04\"\n"),
        ("/etc/waagent.conf", "Provisioning.Agent=auto\nExtensions.Enabled=y\nAutoUpdate.Enabled=y\n"),
        ("/etc/hosts", "127.0.0.1 localhost\n"),
        ("/etc/resolv.conf", "nameserver 168.63.129.16\n"),
        ("/etc/netplan/50-cloud-init.yaml", "network:\n  ethernets:\n    eth0:\n      dhcp4: true\n"),
        ("/proc/1/cgroup", "0::/init.scope\n"),
        ("/proc/self/mountinfo", "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"),
        ("/run/cloud-init/instance-data.json", &identity.to_string()),
        ("/usr/sbin/waagent", "#!/usr/bin/python3\n"),
        ("/var/log/waagent.log", &heartbeat),
        (
            "commands/systemctl-agent.txt",
            "Id=walinuxagent.service\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\n",
        ),
        ("commands/waagent-version.txt", "WALinuxAgent-2.9.1.1 running on ubuntu 22.04\nPython: 3.10.12\nGoal state agent: 2.11.1.12\n"),
        ("commands/nft-ruleset.json", "{\"nftables\": []}"),
        ("commands/timedatectl.txt", "NTPSynchronized=yes\nNTP=yes\n"),
    ]
    .into_iter()
    .map(|(path, text)| json!({"path": path, "text": text}))
    .collect();
    let survey = json!({"schema": "azpreflight/guest/v1", "system": "linux", "live": true, "privileged": true,
        "collectedAt": "2026-11-21T12:00:00Z", "hostName": "web1", "architecture": "x86_64",
        "processors": 2, "memoryBytes": 8_000_000_000_u64,
        "folders": [{"path": "/var/lib/waagent", "entries": []}, {"path": "/usr/bin", "entries": ["python3"]}], "absent": ["/etc/azure/vmbackup.conf", "/var/log/azure"],
        "volumes": [{"path": "/", "sizeBytes": 30_000_000_000_u64, "freeBytes": 20_000_000_000_u64}],
        "processes": ["/usr/bin/python3 -u /usr/sbin/waagent -daemon",
            "/usr/bin/python3 -u bin/WALinuxAgent-2.11.1.12-py3.8.egg -run-exthandlers"],
        "files": files});
    document(folder, "guest.json", &survey)
}

const BEATS: &str = "[HEARTBEAT] Agent WALinuxAgent-2.11.1.12 is running as the goal state agent [DEBUG HeartbeatCounter: 1;\
                     HeartbeatId: 6E7E2F5C-0000-4000-8000-000000000001;DroppedPackets: 0;UpdateGSErrors: 0;AutoUpdate: 1]";

fn check(arguments: &[&str]) -> Run {
    run(&[&["check", "--as-of", "2026-11-21"], arguments].concat())
}

#[test]
fn a_whole_machine_that_is_well_is_ready_as_far_as_it_tells() {
    let bundle = bundle(&folder("alone-whole"), BEATS);
    let answer = check(&[&bundle, "--format", "json"]).json();
    assert_eq!(answer["verdict"], "ready", "{answer:#}");
    assert_eq!(answer["run"]["sources"], json!(["guest"]));
    let vm = &answer["vms"][0];
    assert_eq!(vm["id"], id("Microsoft.Compute/virtualMachines", "web1"));
    assert!(vm["completeWith"].is_null());
    // What only an export tells was not asked, though the machine knows which VM of Azure it is.
    let asked: Vec<&str> =
        vm["checks"].as_array().unwrap().iter().map(|check| check["id"].as_str().unwrap()).collect();
    let of_export = ["nsg-", "route-", "vault-", "disk-", "private-", "firewall-", "agent-not-", "egress-"];
    for id in &asked {
        assert!(!of_export.iter().any(|begin| id.starts_with(begin)), "{id}: {answer:#}");
    }
    let left = vm["notExamined"].as_array().unwrap();
    assert!(
        left.iter().any(|check| check["id"] == "nsg-denies-backup-storage" && check["needs"] == "export")
    );
    // What was not looked for is open, and no command of az would tell it.
    let open = vm["checks"].as_array().unwrap().iter().filter(|check| check["outcome"] == "inconclusive");
    for check in open {
        assert!(check["missing"].is_null(), "{check}");
    }
    let text = check(&[&bundle]);
    assert_eq!(text.exit, 0);
    let first = "web1: READY for Azure Backup of the VM, as far as the machine itself tells\n";
    assert!(text.stdout.starts_with(first), "{text:?}");
}

#[test]
fn a_single_file_is_never_ready() {
    let folder = folder("alone-single");
    let log = folder.join("waagent.log");
    let line = |text: &str| format!("2026-11-21T11:31:07.250113Z INFO ExtHandler ExtHandler {text}\n");
    fs::write(&log, line(BEATS)).unwrap();
    let log = log.to_str().unwrap();
    let answer = check(&[log, "--format", "json"]);
    assert_eq!(answer.exit, 3, "{answer:?}");
    let answer = answer.json();
    assert_eq!(
        (&answer["verdict"], &answer["vms"][0]["verdict"]),
        (&json!("undetermined"), &json!("undetermined"))
    );
    let complete = answer["vms"][0]["completeWith"].to_string();
    for command in ["azpreflight check --here", "azpreflight check --root DIR", "az vm list --show-details"] {
        assert!(complete.contains(command), "{command}: {complete}");
    }
    let text = check(&[log]);
    assert_eq!(text.exit, 3);
    for told in [
        "UNDETERMINED",
        "nothing in its way was found",
        "What would complete the picture:",
        "$ azpreflight check --here",
    ] {
        assert!(text.stdout.contains(told), "{told}: {text:?}");
    }
    assert!(check(&[log, "-q"]).stdout.contains("a part of the machine alone"));
    // It is judged all the same where something is found, and where an export is beside it.
    let conf = folder.join("waagent.conf");
    fs::write(&conf, "Extensions.Enabled=n\n").unwrap();
    assert_eq!(check(&[conf.to_str().unwrap()]).exit, 1);
    let beside = check(&[log, "examples/ready", "--format", "json"]).json();
    assert_eq!(beside["verdict"], "ready", "{beside:#}");
}

#[test]
fn what_an_export_and_a_machine_say_otherwise_is_pointed_out() {
    let folder = folder("alone-together");
    let machine = bundle(&folder, BEATS);
    let vm = json!({"id": id("Microsoft.Compute/virtualMachines", "web1"), "name": "web1",
        "type": "Microsoft.Compute/virtualMachines", "location": "koreacentral",
        "properties": {"hardwareProfile": {"vmSize": "Standard_D8s_v5"},
            "storageProfile": {"osDisk": {"osType": "Linux"}, "imageReference": {"publisher": "RedHat", "offer": "RHEL", "sku": "8"}},
            "instanceView": {"statuses": [{"code": "PowerState/running"}],
                "vmAgent": {"vmAgentVersion": "2.9.1.1", "statuses": [{"displayStatus": "Not Ready"}]}}}});
    let vm = document(&folder, "vm.json", &vm);
    let answer = check(&[&machine, &vm, "--format", "json"]).json();
    assert_eq!(answer["vms"].as_array().unwrap().len(), 1, "one machine, one verdict");
    let checks = answer["vms"][0]["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["id"] == "guest-contradicts-export").unwrap();
    let messages: Vec<&str> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["message"].as_str().unwrap())
        .collect();
    for told in
        ["was made from `RHEL`", "of size `Standard_D8s_v5`", "Azure says `Not Ready`", "VM agent 2.9.1.1"]
    {
        assert!(messages.iter().any(|message| message.contains(told)), "{told}: {messages:?}");
    }
}

#[test]
fn an_export_a_machine_and_a_probe_give_one_verdict() {
    let case = "tests/cases/guest-contradicts-export/dead-beside-a-probe";
    let documents = ["environment.json", "guest.json", "probe.json"].map(|name| format!("{case}/{name}"));
    let all: Vec<&str> = documents.iter().map(String::as_str).chain(["--format", "json"]).collect();
    let answer = check(&all).json();
    assert_eq!(answer["run"]["sources"], json!(["export", "guest", "probe"]));
    assert_eq!(answer["vms"].as_array().unwrap().len(), 1);
    let outcome = |id: &str| {
        let checks = answer["vms"][0]["checks"].as_array().unwrap();
        checks.iter().find(|check| check["id"] == id).map(|check| check["outcome"].clone())
    };
    // Azure still says that the agent is well and the host is reached: the machine knows better.
    assert_eq!(outcome("agent-not-ready"), Some(json!("pass")));
    assert_eq!(outcome("platform-unreachable"), Some(json!("pass")));
    assert_eq!(outcome("guest-agent-stopped"), Some(json!("fail")));
    assert_eq!(outcome("guest-contradicts-export"), Some(json!("fail")));
    assert_eq!(answer["verdict"], "not-ready");
}

#[test]
fn a_document_inside_that_tells_nothing_leaves_the_rest_what_it_is() {
    let folder = folder("machine-alone-inside");
    let bundle = bundle(&folder, BEATS);
    let mut survey: Value = serde_json::from_slice(&fs::read(&bundle).unwrap()).unwrap();
    let inside = survey["files"].as_array_mut().unwrap();
    inside.push(
        json!({"path": "/etc/sysconfig/network-scripts/ifcfg-lo", "text": "DEVICE=lo\nIPADDR=127.0.0.1\n"}),
    );
    let bundle = document(&folder, "guest.json", &survey);
    let answer: Run = run(&["check", "--format", "json", "--as-of", "2026-11-21", &bundle]);
    assert_eq!((answer.exit, &answer.json()["verdict"]), (0, &"ready".into()), "{answer:?}");
    // Where documents as a whole tell nothing, what others hold inside does not count for them.
    let strange = document(&folder, "strange.json", &json!({"a": 1}));
    assert_eq!(run(&["check", &strange]).exit, 2);
}
