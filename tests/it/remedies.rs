//! What a report tells people to run, once run, does away with what it reports.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// `check`'s answer to the documents of a directory.
fn check(documents: &Path, arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_azpreflight"));
    command.env("AZPREFLIGHT_CACHE", "");
    command.args(["check", "--format", "json", "--as-of", "2026-11-21"]).args(arguments).arg(documents);
    let output = command.output().expect("the program runs");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The outcome of one check.
fn outcome(answer: &Value, id: &str) -> String {
    let checks = answer["vms"][0]["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no {id}"));
    found["outcome"].as_str().unwrap().to_owned()
}

/// Every `az network nsg rule create` of the findings of failing checks, as the words a shell makes of it.
fn rules_to_create(answer: &Value) -> Vec<Vec<String>> {
    let checks = answer["vms"][0]["checks"].as_array().unwrap();
    let findings = checks.iter().flat_map(|check| check["findings"].as_array().into_iter().flatten());
    let commands = findings.filter_map(|finding| finding["remediation"]["commands"]["azureCli"].as_str());
    let creating = commands.filter(|command| command.contains("nsg rule create"));
    creating.flat_map(words).collect()
}

/// The words of each command of a line, with `az` standing for a program that prints them.
fn words(line: &str) -> Vec<Vec<String>> {
    let script = format!("az() {{ printf '%s\\0' \"$@\"; printf '\\1\\0'; }}\n{line}");
    let output = Command::new("bash").arg("-c").arg(script).env_clear().output().expect("a shell");
    assert!(output.status.success(), "{line}");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut commands = vec![Vec::new()];
    for word in text.split_terminator('\0') {
        match word {
            "\u{1}" => commands.push(Vec::new()),
            word => commands.last_mut().unwrap().push(word.to_owned()),
        }
    }
    commands.pop();
    commands
}

fn value<'w>(words: &'w [String], flag: &str) -> &'w str {
    let at = words.iter().position(|word| word == flag).unwrap_or_else(|| panic!("{flag} in {words:?}"));
    &words[at + 1]
}

/// The rule that a command creates, as Azure would show it.
fn rule(words: &[String]) -> Value {
    json!({"name": value(words, "--name"), "properties": {
        "priority": value(words, "--priority").parse::<u32>().unwrap(),
        "direction": value(words, "--direction"),
        "access": value(words, "--access"),
        "protocol": value(words, "--protocol"),
        "sourceAddressPrefix": value(words, "--source-address-prefixes"),
        "sourcePortRange": value(words, "--source-port-ranges"),
        "destinationAddressPrefix": value(words, "--destination-address-prefixes"),
        "destinationPortRange": value(words, "--destination-port-ranges"),
    }})
}

/// Copies a case, with the rules of these commands added to the groups they name.
fn with_rules(case: &Path, commands: &[Vec<String>]) -> PathBuf {
    let folder = tempfile_in(case);
    for entry in fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_string_lossy().into_owned();
        if name == "expected.json" {
            continue;
        }
        let mut document: Value = serde_json::from_slice(&fs::read(&entry).unwrap()).unwrap();
        let own = document["name"].as_str().unwrap_or_default().to_owned();
        if let Some(rules) = document["properties"]["securityRules"].as_array_mut() {
            let ours = commands.iter().filter(|words| value(words, "--nsg-name") == own);
            rules.extend(ours.map(|words| rule(words)));
        }
        fs::write(folder.join(name), document.to_string()).unwrap();
    }
    folder
}

fn tempfile_in(case: &Path) -> PathBuf {
    let name =
        case.components().rev().take(2).map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name.join("-"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn case(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(path)
}

/// The checks that a rule can satisfy.
const BY_RULES: [&str; 4] = [
    "nsg-denies-backup-storage",
    "nsg-denies-backup-service",
    "nsg-denies-identity",
    "nsg-allows-part-of-tag",
];

#[test]
#[cfg_attr(windows, ignore = "needs a POSIX shell")]
fn the_rules_of_a_report_fit_together_and_let_everything_through() {
    let cases = [
        ("nsg-denies-backup-storage/failing", &["--workload", "vm"][..]),
        ("nsg-denies-backup-storage/both-groups", &["--workload", "vm"]),
        ("nsg-denies-backup-service/failing", &["--workload", "sql"]),
        ("nsg-denies-identity/failing", &["--workload", "hana"]),
        ("nsg-allows-part-of-tag/failing", &["--workload", "sql"]),
        ("nsg-denies-backup-storage/2018-managed-disks", &["--profile", "2018"]),
    ];
    for (path, arguments) in cases {
        let folder = case(path);
        let commands = rules_to_create(&check(&folder, arguments));
        assert!(!commands.is_empty(), "{path}: nothing to run");
        let mut places: Vec<_> =
            commands.iter().map(|words| (value(words, "--nsg-name"), value(words, "--priority"))).collect();
        places.sort_unstable();
        let count = places.len();
        places.dedup();
        assert_eq!(places.len(), count, "{path}: two rules at one priority");
        let after = check(&with_rules(&folder, &commands), arguments);
        for id in BY_RULES {
            assert_ne!(outcome(&after, id), "fail", "{path}: {id} after running {commands:?}");
        }
    }
}

#[test]
#[cfg_attr(windows, ignore = "needs a POSIX shell")]
fn each_rule_alone_does_its_own_part() {
    let folder = case("nsg-denies-backup-service/failing");
    let arguments = ["--workload", "sql"];
    let commands = rules_to_create(&check(&folder, &arguments));
    assert_eq!(commands.len(), 3);
    for command in commands {
        let after = check(&with_rules(&folder, std::slice::from_ref(&command)), &arguments);
        let failing = BY_RULES.iter().filter(|id| outcome(&after, id) == "fail").count();
        assert_eq!(failing, 2, "{command:?}");
    }
}
