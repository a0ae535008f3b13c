//! `check`: the arguments, the subjects, and the promises of the answer.

use serde_json::{Value, json};

use super::{document, folder, id, run};
use crate::report::conforms;

#[test]
fn every_example_gives_an_answer_of_the_published_form_twice_the_same() {
    for name in ["ready", "agent-too-old", "denied-by-nsg", "rest-export"] {
        let asked = ["check", &format!("examples/{name}"), "--format", "json", "--as-of", "2026-11-21"];
        let answer = run(&asked);
        assert!([0, 1, 3].contains(&answer.exit), "{answer:?}");
        assert_eq!(run(&asked).stdout, answer.stdout);
        let json = answer.json();
        conforms(&json);
        let verdict = json["verdict"].as_str().expect("a verdict");
        let exit = [("ready", 0), ("not-ready", 1), ("undetermined", 3)];
        assert!(exit.contains(&(verdict, answer.exit)), "{verdict} {}", answer.exit);
        assert_eq!(json["run"]["asOf"], "2026-11-21");
    }
}

#[test]
fn the_question_is_echoed() {
    let json = run(&[
        "check",
        "examples/ready",
        "--format",
        "json",
        "--profile",
        "2018",
        "--workload",
        "mars",
        "--assume",
        "region=Korea Central",
        "--assume",
        "vnet=10.9.0.0/16",
    ])
    .json();
    assert_eq!((&json["run"]["profile"], &json["run"]["workload"]), (&json!("2018"), &json!("mars")));
    assert_eq!(json["run"]["assumed"], json!({"region": "Korea Central", "vnet": "10.9.0.0/16"}));
    assert_eq!(json["run"]["sources"], json!(["export"]));
    assert_eq!(json["run"]["tags"]["source"], "embedded");
}

#[test]
fn a_check_left_out_is_not_there_and_fail_on_moves_the_line() {
    let ids = |more: &[&str]| -> Vec<Value> {
        let json = run(&[&["check", "examples/agent-too-old", "--format", "json"][..], more].concat()).json();
        let checks = json["vms"][0]["checks"].as_array().expect("checks").iter();
        checks.map(|check| check["id"].clone()).collect()
    };
    assert!(ids(&[]).contains(&json!("agent-outdated")));
    assert!(!ids(&["--ignore", "AGENT-outdated"]).contains(&json!("agent-outdated")));
    let strict = run(&["check", "examples/ready", "--fail-on", "note", "--format", "json"]).json();
    let found = strict["summary"]["fail"].as_u64().expect("a count");
    assert_eq!(strict["verdict"] == "not-ready", found > 0);
}

#[test]
fn a_vm_is_chosen_by_name_or_id_and_a_name_that_fits_two_is_refused() {
    let here = folder("cli-check-two");
    let vm = |group: &str| {
        json!({"id": format!("/subscriptions/s/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/vm1"),
            "name": "vm1", "type": "Microsoft.Compute/virtualMachines", "location": "koreacentral",
            "properties": {"provisioningState": "Succeeded"}})
    };
    document(&here, "a.json", &vm("rg-a"));
    document(&here, "b.json", &vm("rg-b"));
    let place = here.to_str().expect("text");
    let both = run(&["check", place, "--format", "json"]).json();
    assert_eq!(both["vms"].as_array().map(Vec::len), Some(2));
    let refused = run(&["check", place, "--vm", "VM1"]);
    assert!(
        refused.exit == 2 && refused.stderr.contains("rg-a") && refused.stderr.contains("rg-b"),
        "{refused:?}"
    );
    let wanted = vm("rg-b")["id"].as_str().expect("an id").to_uppercase();
    let one = run(&["check", place, "--vm", &wanted, "--format", "json"]).json();
    assert_eq!(one["vms"][0]["id"], vm("rg-b")["id"]);
    assert_eq!(run(&["check", place, "--vm", "vm9"]).exit, 2);
}

#[test]
fn groups_without_their_vm_are_judged_alone_and_what_is_missing_is_told() {
    let here = folder("cli-check-groups");
    let group = |name: &str| {
        json!({"id": id("Microsoft.Network/networkSecurityGroups", name), "name": name, "location": "koreacentral",
            "type": "Microsoft.Network/networkSecurityGroups", "properties": {"securityRules": [],
            "networkInterfaces": [{"id": id("Microsoft.Network/networkInterfaces", "nic1")}]}})
    };
    document(&here, "a.json", &group("a"));
    document(&here, "b.json", &group("b"));
    let answer = run(&["check", here.to_str().expect("text"), "--format", "json"]);
    let json = answer.json();
    conforms(&json);
    assert_eq!((json["vms"].clone(), json["groups"].as_array().map(Vec::len)), (json!([]), Some(2)));
    assert!([1, 3].contains(&answer.exit), "{answer:?}");
    let commands = json["groups"][0]["completeWith"].to_string();
    for part in ["az vm list --show-details", "az network nic show --ids", "list-effective-nsg"] {
        assert!(commands.contains(part), "{part}: {commands}");
    }
}

#[test]
fn names_from_the_input_cannot_move_a_cursor() {
    let here = folder("cli-check-hostile");
    let name = "vm\u{1b}[2J\u{202e}\n$(reboot)`x`";
    document(
        &here,
        "vm.json",
        &json!({"id": id("Microsoft.Compute/virtualMachines", name), "name": name, "location": "koreacentral",
            "type": "Microsoft.Compute/virtualMachines", "properties": {"provisioningState": "Failed"}}),
    );
    let place = here.to_str().expect("text");
    for format in ["text", "json"] {
        let answer = run(&["check", place, "--format", format, "-v"]);
        let dangerous = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!answer.stdout.contains(dangerous) && !answer.stderr.contains(dangerous), "{answer:?}");
    }
    let json = run(&["check", place, "--format", "json"]).json();
    assert_eq!(json["vms"][0]["name"], name, "programs get the name as it is");
}

#[test]
fn a_cloud_without_a_tag_file_leaves_its_tags_open() {
    let json = run(&["check", "examples/ready", "--cloud", "china", "--format", "json"]).json();
    assert_eq!(
        json["run"]["tags"],
        json!({"cloud": "china", "source": "none", "changeNumber": null, "date": null,
        "sha256": null})
    );
}
