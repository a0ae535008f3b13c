//! `check --probe` where nothing can leave: what it finds, and that the saved run gives the same report.

use serde_json::Value;

use crate::lab::Lab;

/// What the guest can be told to answer with nothing around it: only the world's black hole.
#[test]
#[ignore = "needs root, for network namespaces"]
fn a_saved_run_gives_the_same_report() {
    let Some(lab) = Lab::new() else { return };
    let name_server = lab.name_server(&["host-record=login.microsoftonline.com,20.190.148.7"]);
    let environment = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sql-ready");
    let saved = lab.folder().join("probe.json").display().to_string();
    for format in ["text", "json"] {
        let asked = ["check", environment, "--workload", "sql", "--as-of", "2026-11-21", "--format", format];
        let live = lab.run(&[&asked[..], &["--probe", "--save-probe", &saved]].concat());
        assert_eq!(live.exit, 1, "{live:?}");
        let again = crate::cli::run(&[&asked[..2], &[saved.as_str()], &asked[2..]].concat());
        assert_eq!((again.exit, &again.stdout), (live.exit, &live.stdout));
    }
    drop(name_server);
    let run = lab.run(&[
        "check",
        environment,
        "--workload",
        "sql",
        "--as-of",
        "2026-11-21",
        "--format",
        "json",
        "--probe",
    ]);
    let answer: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let outcome = |id: &str| {
        let checks = answer["vms"][0]["checks"].as_array().expect("checks").iter();
        checks
            .clone()
            .find(|check| check["id"] == id)
            .map(|check| check["outcome"].clone())
            .unwrap_or_default()
    };
    assert_eq!(answer["run"]["sources"], serde_json::json!(["export", "probe"]));
    for id in ["dns-name-unresolved", "platform-unreachable"] {
        assert_eq!(outcome(id), "fail", "{id}: {run:?}");
    }
}
