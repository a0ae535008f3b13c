//! What all subcommands have in common: errors, files, colours, help.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use serde_json::json;

use super::{document, folder, program, run, run_with};

#[test]
fn wrong_usage_is_one_line_and_exit_2() {
    for arguments in [
        &["tags", "lookup", "1.2.3"][..],
        &["tags", "lookup"],
        &["no-such-thing"],
        &["check"],
        &["check", "--workload", "moon", "examples/ready"],
        &["check", "--ignore", "agent-outdate", "examples/ready"],
        &["check", "--assume", "moon=1", "examples/ready"],
        &["explain", "nothing-of-the-kind"],
        &["--as-of", "yesterday", "tags", "list"],
        &["tags", "list", "--cloud", "germany"],
    ] {
        let answer = run(arguments);
        assert_eq!((answer.exit, answer.stderr.lines().count()), (2, 1), "{arguments:?} {answer:?}");
        assert!(answer.stdout.is_empty(), "{answer:?}");
        let json = run(&[arguments, &["--format", "json"]].concat());
        assert_eq!(json.exit, 2);
        assert!(json.error()["message"].as_str().is_some_and(|text| !text.is_empty()));
    }
}

#[test]
fn unreadable_input_names_document_pointer_text_and_what_was_expected() {
    let here = folder("cli-unreadable");
    let broken = document(
        &here,
        "nsg.json",
        &json!({"id": super::id("Microsoft.Network/networkSecurityGroups", "n"),
            "type": "Microsoft.Network/networkSecurityGroups", "name": "n", "properties": {"securityRules": [
            {"name": "r", "properties": {"priority": "soon", "direction": "Inbound", "access": "Allow",
             "protocol": "*"}}]}}),
    );
    let answer = run(&["check", &broken, "--format=json"]);
    assert_eq!(answer.exit, 2, "{answer:?}");
    let first = answer.stderr.lines().next().expect("a line");
    for part in [&broken, "/properties/securityRules/0/properties/priority", "`soon`", "expected"] {
        assert!(first.contains(part), "{part}: {first}");
    }
    let error = answer.error();
    assert_eq!(error["document"], broken);
    assert_eq!(error["pointer"], "/properties/securityRules/0/properties/priority");
    assert!(error["expected"].as_str().is_some_and(|text| text.contains("number")), "{error}");
}

#[test]
fn what_is_not_recognised_is_skipped_in_a_folder_and_an_error_when_named() {
    let here = folder("cli-strange");
    let strange = document(&here, "notes.json", &json!({"hello": 1}));
    let place = here.to_str().expect("text");
    assert_eq!(run(&["check", &strange]).exit, 2);
    let nothing = run(&["check", place]);
    assert_eq!(nothing.exit, 2, "{nothing:?}");
    assert!(nothing.stderr.contains("notes.json"), "{nothing:?}");
    fs::copy("examples/ready/vm.json", here.join("vm.json")).expect("copied");
    let judged = run(&["check", place, "--format", "json"]);
    assert!(judged.exit != 2, "{judged:?}");
    let passed_over = judged.json()["run"]["passedOver"].clone();
    assert!(
        passed_over[0]["document"].as_str().is_some_and(|name| name.contains("notes.json")),
        "{passed_over}"
    );
}

#[test]
fn absent_files_and_truncated_json_are_exit_2() {
    let absent = run(&["check", "no/such/file.json", "--format", "json"]);
    assert_eq!((absent.exit, absent.error()["document"].as_str()), (2, Some("no/such/file.json")));
    let truncated = run_with(&["check", "-", "--format", "json"], "{\"id\": \"/subscr");
    assert_eq!((truncated.exit, truncated.error()["document"].as_str()), (2, Some("-")), "{truncated:?}");
}

#[test]
fn an_output_file_appears_whole_or_not_at_all() {
    let here = folder("cli-output");
    let path = here.join("answer.json");
    let name = path.to_str().expect("text");
    let asked = ["tags", "lookup", "20.60.16.7", "--format", "json"];
    let answer = run(&[&asked[..], &["-o", name]].concat());
    assert_eq!((answer.exit, answer.stdout.as_str()), (0, ""), "{answer:?}");
    assert_eq!(fs::read_to_string(&path).expect("written"), run(&asked).stdout);
    let refused = run(&["tags", "lookup", "nonsense", "-o", name]);
    assert_eq!(refused.exit, 2);
    assert_eq!(fs::read_dir(&here).expect("a folder").count(), 1, "nothing is left beside it");
    let nowhere = run(&["tags", "list", "-o", here.join("no/such/folder/x").to_str().expect("text")]);
    assert_eq!((nowhere.exit, nowhere.stderr.lines().count()), (2, 1), "{nowhere:?}");
}

#[test]
fn colour_is_for_terminals_or_on_request() {
    let plain = run(&["check", "examples/ready"]);
    assert!(!plain.stdout.contains('\u{1b}'));
    let coloured = run(&["check", "examples/ready", "--color", "always"]);
    assert!(coloured.stdout.contains("\u{1b}[32mREADY\u{1b}[0m"), "{coloured:?}");
    let without: String = strip(&coloured.stdout);
    assert_eq!(without, plain.stdout);
}

/// The text without colour.
fn strip(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').expect("a colour").1);
    }
    plain
}

#[test]
fn the_width_is_that_of_the_terminal_and_commands_are_never_cut() {
    let at = |columns: &str| {
        let output = program(&["check", "examples/agent-too-old"]).env("COLUMNS", columns).output();
        super::Run::from(output.expect("runs")).stdout
    };
    let (narrow, wide) = (at("80"), at("200"));
    assert!(narrow.lines().count() > wide.lines().count());
    for line in narrow.lines().filter(|line| line.chars().count() > 80) {
        let whole = line.trim_start().split(' ').count() == 1 || line.trim_start().starts_with("$ ");
        let long_word = line.split(' ').any(|word| word.chars().count() > 60);
        assert!(whole || long_word, "{line}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let mut child = program(&["tags", "list", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs");
    let mut first = [0; 10];
    child.stdout.take().expect("a pipe").read_exact(&mut first).expect("read");
    let output = child.wait_with_output().expect("ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn options_stand_before_or_after_the_subcommand() {
    let after = run(&["tags", "lookup", "20.60.16.7", "--format", "json"]);
    for before in [
        &["--format", "json", "tags", "lookup", "20.60.16.7"][..],
        &["tags", "--format", "json", "lookup", "20.60.16.7"],
        &["tags", "lookup", "--format=json", "20.60.16.7"],
    ] {
        assert_eq!(run(before).stdout, after.stdout);
    }
}

#[test]
fn help_names_every_subcommand_and_the_exit_codes() {
    let help = run(&["--help"]);
    assert_eq!(help.exit, 0);
    for name in ["check", "flow", "nsg", "tags", "explain", "completions", "Exit codes:"] {
        assert!(help.stdout.contains(name), "{name}");
    }
    assert_eq!(run(&["--version"]).stdout, format!("azpreflight {}\n", env!("CARGO_PKG_VERSION")));
    for arguments in [&["check", "--help"][..], &["nsg", "verify", "--help"], &["tags", "export", "-h"]] {
        assert_eq!(run(arguments).exit, 0, "{arguments:?}");
    }
}

#[test]
fn completions_know_the_subcommands_of_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&["completions", shell]);
        assert_eq!(script.exit, 0);
        for word in ["check", "verify", "lookup", "fail-on"] {
            assert!(script.stdout.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn every_check_and_every_error_code_explains_itself() {
    for check in azpreflight::check::CHECKS {
        let text = run(&["explain", &check.id.to_uppercase()]);
        assert_eq!(text.exit, 0, "{text:?}");
        for heading in azpreflight::check::EXPLANATION_HEADINGS {
            assert!(text.stdout.contains(heading), "{}: {heading}", check.id);
        }
    }
    let code = run(&["explain", "extensionsnapshotfailednonetwork", "--format", "json"]).json();
    assert_eq!(code["schema"], "azpreflight/explain/v1");
    assert!(code["causes"].to_string().contains("\"nsg-denies-backup-storage\""), "{code}");
    let near = run(&["explain", "ExtensionSnapshotFailedNoNetwrok"]);
    assert!(near.exit == 2 && near.stderr.contains("`ExtensionSnapshotFailedNoNetwork`"), "{near:?}");
}
