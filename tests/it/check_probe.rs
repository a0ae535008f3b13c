//! `check` with probes: what is refused, whose a saved run is, and that it weighs as what it was probed for.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::{self, Run};

fn case(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name)
}

fn read(path: &PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).expect("there")).expect("JSON")
}

/// A folder of its own with these documents.
fn folder(name: &str, documents: &[(&str, Value)]) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("check-probe").join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder");
    for (file, value) in documents {
        fs::write(folder.join(file), value.to_string()).expect("written");
    }
    folder.display().to_string()
}

fn check(input: &str, arguments: &[&str]) -> Run {
    let fixed = ["check", input, "--workload", "sql", "--as-of", "2026-11-21"];
    cli::run(&[&fixed, arguments].concat())
}

/// Two VMs, and a run of probes that left from this address.
fn two_vms(name: &str, left_from: Option<&str>) -> String {
    let first = read(&case("connect-fails/failing/environment.json"));
    let text = first.to_string().replace("app01", "app02").replace("10.7.0.4", "10.7.0.5");
    let second: Value = serde_json::from_str(&text).expect("JSON");
    let mut probe = read(&case("connect-fails/failing/probe.json"));
    for result in probe["results"].as_array_mut().expect("results") {
        result["localAddress"] = left_from.map_or(Value::Null, |address| json!(address));
    }
    folder(name, &[("a.json", first), ("b.json", second), ("probe.json", probe)])
}

/// What became of a check, VM by VM.
fn outcomes(run: &Run, id: &str) -> Vec<(String, String)> {
    let answer: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    let vms = answer["vms"].as_array().expect("VMs").iter();
    vms.map(|vm| {
        let found = vm["checks"].as_array().unwrap().iter().find(|check| check["id"] == id);
        let outcome = found.map_or("not-examined", |check| check["outcome"].as_str().unwrap());
        (vm["name"].as_str().unwrap().to_owned(), outcome.to_owned())
    })
    .collect()
}

#[test]
fn a_run_is_of_the_vm_that_has_the_address_it_left_from() {
    let of = |input: &str, arguments: &[&str]| {
        let run = check(input, &[arguments, &["--format", "json"]].concat());
        outcomes(&run, "connect-fails").into_iter().map(|(_, outcome)| outcome).collect::<Vec<_>>()
    };
    let second = two_vms("second", Some("10.7.0.5"));
    assert_eq!(of(&second, &[]), ["not-examined", "fail"]);
    assert_eq!(of(&second, &["--vm", "app01"]), ["not-examined"]);
    let nowhere = two_vms("nowhere", None);
    assert_eq!(of(&nowhere, &[]), ["not-examined", "not-examined"]);
    assert_eq!(of(&nowhere, &["--vm", "app01"]), ["fail"]);
    let stranger = two_vms("stranger", Some("192.0.2.9"));
    assert_eq!(of(&stranger, &["--vm", "app01"]), ["not-examined"]);
    let run = check(&stranger, &["--vm", "app01"]);
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("left from 192.0.2.9, and this VM has 10.7.0.4: it was probed on another"),
        "{text}"
    );
    assert!(text.contains("address translation, as in a container"), "{text}");
}

#[test]
fn probing_is_about_one_vm() {
    let run = check(&two_vms("which", None), &["--probe"]);
    assert_eq!(run.exit, 2, "{run:?}");
    assert!(run.stderr.contains("--vm, `app01`, `app02`"), "{run:?}");
    let environment = read(&case("connect-fails/failing/environment.json"));
    let group = environment.as_array().unwrap().iter().find(|it| it["name"] == "nsg7").unwrap();
    let run = check(&folder("group", &[("nsg.json", group.clone())]), &["--probe"]);
    assert_eq!((run.exit, run.stderr.contains("none is in the input")), (2, true), "{run:?}");
}

#[test]
fn credentials_are_refused_and_not_repeated() {
    let input = case("connect-fails/failing/environment.json").display().to_string();
    let run = check(&input, &["--probe", "--proxy", "http://kim:secret@10.0.0.5:3128"]);
    assert_eq!(run.exit, 2, "{run:?}");
    assert!(!run.stderr.contains("secret") && run.stderr.contains("AZPREFLIGHT_PROXY_USER"), "{run:?}");
    let run = check(&input, &["--proxy", "http://10.0.0.5:3128"]);
    assert_eq!((run.exit, run.stderr.contains("--probe")), (2, true), "{run:?}");
}

#[test]
fn the_sources_say_whether_anything_was_probed() {
    let probed = case("connect-fails/failing").display().to_string();
    let sources = |input: &str| {
        let run = check(input, &["--format", "json"]);
        let answer: Value = serde_json::from_str(&run.stdout).expect("JSON");
        answer["run"]["sources"].clone()
    };
    assert_eq!(sources(&probed), json!(["export", "probe"]));
    assert_eq!(sources(&format!("{probed}/environment.json")), json!(["export"]));
}

#[test]
fn hostile_words_of_a_far_end_reach_no_terminal() {
    let mut probe = read(&case("connect-fails/failing/probe.json"));
    probe["results"][0]["failure"]["detail"] = json!("\u{1b}]0;owned\u{7} \u{202e}evil");
    probe["notes"] = json!(["\u{1b}[2J\u{202e}noted", "\u{1b}[2J\u{202e}noted"]);
    let environment = read(&case("connect-fails/failing/environment.json"));
    let input = folder("hostile", &[("environment.json", environment), ("probe.json", probe)]);
    for format in ["text", "json"] {
        let run = check(&input, &["--format", format]);
        assert!(run.stdout.contains("owned"), "{run:?}");
        assert_eq!(run.stdout.matches("noted").count(), 1, "{run:?}");
        assert!(!run.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{run:?}");
    }
}

#[test]
fn what_a_run_says_of_the_settings_is_shown_once() {
    let input = |name: &str, notes: Value| {
        let mut probe = read(&case("connect-fails/failing/probe.json"));
        probe["notes"] = notes;
        let environment = read(&case("connect-fails/failing/environment.json"));
        folder(name, &[("environment.json", environment), ("probe.json", probe)])
    };
    let telling = input("noted", json!(["`/etc/waagent.conf` cannot be read", "`no_proxy` is `*`"]));
    let text = check(&telling, &[]).stdout;
    let expected = "\nTo know of the settings\n  · `/etc/waagent.conf` cannot be read\n  · `no_proxy` is `*`\n\nJudged as of";
    assert!(text.contains(expected), "{text}");
    let answer = |input: &str| -> Value {
        serde_json::from_str(&check(input, &["--format", "json"]).stdout).expect("JSON")
    };
    let notes = json!(["`/etc/waagent.conf` cannot be read", "`no_proxy` is `*`"]);
    assert_eq!(answer(&telling)["run"]["probeNotes"], notes);
    let without = input("without", json!([]));
    assert_eq!(answer(&without)["run"].get("probeNotes"), None);
    assert!(!check(&without, &[]).stdout.contains("To know of"));
}

#[test]
fn limits_are_of_probing() {
    let input = case("connect-fails/failing/environment.json").display().to_string();
    for limit in [["--timeout", "500"], ["--dns", "127.0.0.1:53"]] {
        let run = check(&input, &limit);
        assert_eq!((run.exit, run.stderr.contains("--probe")), (2, true), "{run:?}");
    }
    for limit in [["--timeout", "0"], ["--dns", "name.example"]] {
        let run = check(&input, &[&["--probe"], &limit[..]].concat());
        assert_eq!((run.exit, run.stderr.contains(limit[1])), (2, true), "{run:?}");
    }
}
