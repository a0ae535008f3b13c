//! `agent`.

use super::{Run, run};

/// The disk of a case.
fn disk(case: &str) -> String {
    format!("tests/cases/{case}/root")
}

fn agent(case: &str, more: &[&str]) -> Run {
    let mut arguments = vec!["agent", "--as-of", "2026-11-21", "--color", "never", "--root"];
    let disk = disk(case);
    arguments.push(&disk);
    arguments.extend(more);
    run(&arguments)
}

#[test]
fn the_band_is_the_exit_code() {
    for (case, exit, band, version) in [
        ("guest-agent-missing/passing", 0, "supported", Some("2.9.1.1")),
        ("agent-outdated/guest-old-and-updating", 0, "supported", Some("2.2.45")),
        ("agent-outdated/guest-old-and-still", 1, "unsupported", Some("2.2.45")),
        ("guest-agent-missing/failing", 1, "missing", None),
        ("guest-agent-stopped/old-system-v", 3, "unknown", None),
        ("guest-agent-missing/only-a-log", 3, "unknown", Some("2.11.1.12")),
    ] {
        let answer = agent(case, &["--format", "json"]);
        let json = answer.json();
        assert_eq!((answer.exit, json["band"].as_str()), (exit, Some(band)), "{case}: {answer:?}");
        assert_eq!(json["schema"], "azpreflight/agent/v1");
        assert_eq!((json["os"].as_str(), json["minimum"].as_str()), (Some("linux"), Some("2.2.53.1")));
        assert_eq!(json["goalState"].as_str(), version, "{case}: {answer:?}");
    }
    let windows = run(&["agent", "tests/cases/agent-outdated/guest-windows", "--format", "json"]);
    let json = windows.json();
    assert_eq!((windows.exit, &json["band"], &json["os"]), (0, &"warning".into(), &"windows".into()));
    assert_eq!(json["findings"][0]["check"], "agent-outdated");
}

#[test]
fn the_json_says_what_takes_effect_and_what_is_wrong() {
    let json = agent("guest-extensions-disabled/failing", &["--format", "json"]).json();
    assert_eq!(json["settings"]["Extensions.Enabled"], false);
    assert_eq!(json["settings"]["Extensions.GoalStatePeriod"], 6);
    assert_eq!(json["settings"]["HttpProxy.Host"], serde_json::Value::Null);
    assert_eq!(json["autoUpdate"], true);
    // What starts with the machine are links, which a checkout on Windows has not.
    if !cfg!(windows) {
        assert_eq!(json["service"]["start"], "enabled");
    }
    let found = json["findings"].as_array().unwrap();
    let finding = found.iter().find(|finding| finding["check"] == "guest-extensions-disabled").unwrap();
    assert_eq!(finding["severity"], "blocker");
    for key in ["message", "subject", "place", "evidence", "sources", "remediation"] {
        assert!(!finding[key].is_null(), "{key}: {finding:#}");
    }
}

#[test]
fn of_a_disk_no_command_is_for_the_machine_where_it_is_mounted() {
    let steps = |case: &str| {
        let json = agent(case, &["--format", "json"]).json();
        json["findings"][0]["remediation"]["steps"].as_array().unwrap().clone()
    };
    let stopped = steps("guest-agent-stopped/failing");
    assert!(stopped[0].as_str().unwrap().contains("`systemctl --root=DIR enable "), "{stopped:?}");
    let asleep = steps("guest-agent-stopped/asleep");
    assert!(asleep[0].as_str().unwrap().contains("on the VM itself, once it runs"), "{asleep:?}");
}

#[test]
fn whether_there_still_is_an_agent_is_said_not_to_be_known() {
    let quiet = agent("guest-agent-missing/only-a-log", &["-q"]);
    assert_eq!(quiet.stdout, "guest: VM agent 2.11.1.12: NOT KNOWN whether there is one\n");
}

#[test]
fn the_text_is_good_to_read() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(std::path::Path::new("../../snapshots/agent"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for case in [
            "guest-agent-missing/passing",
            "guest-agent-stopped/failing",
            "agent-outdated/guest-old-and-still",
        ] {
            insta::assert_snapshot!(case.replace('/', "-"), agent(case, &[]).stdout);
        }
    });
    let quiet = agent("guest-agent-missing/passing", &["-q"]);
    assert_eq!(quiet.stdout, "guest: VM agent 2.9.1.1: SUPPORTED\n");
    let all = agent("guest-agent-missing/passing", &["-v"]).stdout;
    assert!(all.contains("Lib.Dir=/var/lib/waagent") && all.contains("✓ agent-outdated"), "{all}");
}

#[test]
fn without_a_machine_it_looks_at_this_one_and_strange_input_is_refused() {
    // Whatever this machine is: an answer, or that nothing is known.
    let here = run(&["agent", "--format", "json"]);
    assert!(matches!(here.exit, 0 | 1 | 3), "{here:?}");
    assert_eq!(here.json()["schema"], "azpreflight/agent/v1");
    assert_eq!(run(&["agent", "--root", "tests/cases/no-such-folder"]).exit, 2);
    assert_eq!(run(&["agent", "--here", "--root", "tests"]).exit, 2);
}
