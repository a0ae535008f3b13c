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

/// The input alone tells of a script that decides for SYSTEM and of a list without the platform's addresses.
#[test]
#[ignore = "needs root, for network namespaces"]
fn what_the_input_says_of_proxies_is_told_with_the_results() {
    let Some(lab) = Lab::new() else { return };
    let key = r"HKEY_USERS\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings";
    let values = "\"AutoConfigURL\"=\"http://wpad/proxy.pac\"\r\n\"ProxyEnable\"=dword:00000001\r\n\
                  \"ProxyServer\"=\"10.0.0.5:3128\"\r\n";
    let text = format!("Windows Registry Editor Version 5.00\r\n\r\n[{key}]\r\n{values}");
    lab.write("system.reg", &text);
    let exported = lab.folder().join("system.reg").display().to_string();
    let environment = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sql-ready");
    let arguments =
        ["probe", environment, &exported, "--workload", "sql", "--timeout", "300", "--format", "json"];
    let run = lab.run(&arguments);
    let answer: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    let notes = answer["notes"].as_array().expect("notes").iter().filter_map(Value::as_str);
    assert!(notes.clone().any(|note| note.contains("ProxyOverride lacks it")), "{answer}");
    let results = answer["results"].as_array().expect("results").iter();
    let doubtful: Vec<&Value> = results.filter(|result| result.get("uncertain").is_some()).collect();
    assert!(!doubtful.is_empty() && doubtful.iter().all(|one| one["outcome"] == "undecided"), "{answer}");
}
