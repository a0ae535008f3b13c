//! Whole processes: `tags lookup` and `nsg verify` of a thousand rules beside `/bin/true`, and `check` of a VM with two
//! groups of a thousand rules.
//!
//! `process PROGRAM…` with one or more builds of azpreflight; `run.sh` makes the two that are documented.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use azpreflight_benches::{Random, median, ratio, rest};
use serde_json::{Value, json};

const STARTS: usize = 400;
const CHECKS: usize = 21;
const RULES: usize = 1000;

fn main() {
    let programs: Vec<OsString> = std::env::args_os().skip(1).collect();
    let lookup = |program: &OsString| {
        let mut command = Command::new(program);
        command.args(["tags", "lookup", "20.60.16.7"]);
        command
    };
    let mut starts = vec![("/bin/true".to_owned(), Command::new("/bin/true"))];
    starts.extend(programs.iter().map(|p| (p.to_string_lossy().into_owned(), lookup(p))));
    table("tags lookup 20.60.16.7", "ms", &mut starts, STARTS);

    let environment = std::env::temp_dir().join(format!("azpreflight-bench-{}", std::process::id()));
    verify(&programs, &environment);
    write_environment(&environment);
    let check = |program: &OsString| {
        let mut command = Command::new(program);
        command.arg("check").arg(&environment).args(["--workload", "sql", "--as-of", "2026-11-21"]);
        command
    };
    let mut checks: Vec<_> = programs.iter().map(|p| (p.to_string_lossy().into_owned(), check(p))).collect();
    table("check, two groups of 1000 rules", "ms", &mut checks, CHECKS);
    fs::remove_dir_all(&environment).expect("the environment can be removed");
}

/// A group of a thousand rules as the REST API writes it, and twelve questions to it.
fn verify(programs: &[OsString], folder: &Path) {
    fs::create_dir_all(folder).expect("a folder for the group");
    let (group, queries) = (folder.join("group.json"), folder.join("queries.json"));
    let text = rest::group(RULES).to_string();
    fs::write(&group, &text).expect("a group");
    fs::write(&queries, rest::queries().to_string()).expect("queries");
    let verify = |program: &OsString| {
        let mut command = Command::new(program);
        command.args(["nsg", "verify"]).arg(&group).arg("--queries").arg(&queries);
        command
    };
    let mut runs = vec![("/bin/true".to_owned(), Command::new("/bin/true"))];
    runs.extend(programs.iter().map(|p| (p.to_string_lossy().into_owned(), verify(p))));
    table(&format!("nsg verify, 1000 rules in {} bytes, 12 queries", text.len()), "ms", &mut runs, STARTS);
    fs::remove_dir_all(folder).expect("the folder can be removed");
}

/// Runs all in turn, so that whatever slows the machine slows all alike.
fn table(title: &str, unit: &str, commands: &mut [(String, Command)], rounds: usize) {
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); commands.len()];
    for round in 0..=rounds {
        for ((_, command), times) in commands.iter_mut().zip(&mut times) {
            let start = Instant::now();
            let status = command.stdout(Stdio::null()).status().expect("the program starts");
            let time = start.elapsed();
            assert!(status.code().is_some_and(|code| code != 2 && code < 70), "{command:?}: {status}");
            if round > 0 {
                times.push(time);
            }
        }
    }
    println!("| {title} | {unit} | times as long as the first |\n|---|---|---|");
    for ((name, _), own) in commands.iter().zip(&times) {
        println!("| {name} | {:.2} | {:.2} |", median(own).as_secs_f64() * 1e3, ratio(&times[0], own));
    }
    println!();
}

/// An example with its group filled up, and a second such group on the interface.
fn write_environment(folder: &Path) {
    let example = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/sql-ready");
    fs::create_dir_all(folder).expect("a folder for the environment");
    for entry in fs::read_dir(&example).expect("the example") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, folder.join(path.file_name().expect("a name"))).expect("a copy");
    }
    let read = |name: &str| -> Value {
        serde_json::from_slice(&fs::read(folder.join(name)).expect("a document")).expect("JSON")
    };
    let write =
        |name: &str, value: &Value| fs::write(folder.join(name), value.to_string()).expect("a document");
    let mut group = read("nsg.json");
    group["securityRules"] = rules(0xa5);
    write("nsg.json", &group);
    let id = group["id"]
        .as_str()
        .expect("an id")
        .replace("/networkSecurityGroups/", "/networkSecurityGroups/second-");
    let mut interface = read("nic.json");
    interface["networkSecurityGroup"] = json!({ "id": id });
    write("nic.json", &interface);
    group["id"] = json!(id);
    group["subnets"] = Value::Null;
    group["networkInterfaces"] = json!([{ "id": interface["id"] }]);
    group["securityRules"] = rules(0x5a);
    write("second.json", &group);
}

/// Outbound Allow rules with a Deny now and then, by prefixes and by tags.
fn rules(seed: u64) -> Value {
    let mut random = Random(seed);
    let regions = ["KoreaCentral", "WestEurope", "EastUS", "NorthEurope", "JapanEast"];
    let services = ["Storage", "Sql", "AzureKeyVault", "EventHub", "AzureMonitor"];
    let mut rule = |index: usize| {
        let destination = if random.below(3) == 0 {
            format!("{}.{}", services[random.below(5)], regions[random.below(5)])
        } else {
            let first = [13, 20, 40, 51, 52][random.below(5)];
            format!("{first}.{}.{}.0/{}", random.below(256), random.below(256), 20 + random.below(9))
        };
        let source = ["*", "VirtualNetwork", "10.0.0.0/24"][random.below(3)];
        let ports = ["*", "443", "8000-9000", "22", "1433"][random.below(5)];
        json!({
            "name": format!("rule{index}"),
            "priority": 100 + index,
            "direction": "Outbound",
            "access": if random.below(8) == 0 { "Deny" } else { "Allow" },
            "protocol": if random.below(3) == 0 { "*" } else { "Tcp" },
            "sourceAddressPrefix": source,
            "sourcePortRange": "*",
            "destinationAddressPrefix": destination,
            "destinationPortRange": ports,
        })
    };
    (0..RULES).map(&mut rule).collect()
}
