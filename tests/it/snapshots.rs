//! Whole reports of the example environments, as a person sees them.
//!
//! `INSTA_UPDATE=always cargo test --test it snapshots` writes them anew; look at the difference before keeping it.

use std::path::Path;
use std::process::Command;

/// Environments with a shape of report of their own, and what is asked of each.
const REPORTS: &[(&str, &[&str])] = &[
    ("ready", &[]),
    ("denied-by-nsg", &[]),
    ("agent-too-old", &[]),
    ("route-to-nowhere", &[]),
    ("private-subnet", &[]),
    ("undetermined", &[]),
    ("effective-disagrees", &[]),
    ("hub-and-spoke", &["--workload", "sql"]),
];

#[test]
fn reports_of_the_examples() {
    for (name, arguments) in REPORTS {
        for columns in ["80", "200"] {
            snapshot(&format!("{name}-{columns}"), &report(name, arguments, columns));
        }
    }
}

#[test]
fn the_json_of_a_report() {
    snapshot("denied-by-nsg-json", &report("denied-by-nsg", &["--format", "json"], "80"));
}

/// What `check` prints of an example, run from the project's folder so that the documents' names are short.
fn report(name: &str, arguments: &[&str], columns: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_azpreflight"));
    command.env("AZPREFLIGHT_CACHE", "");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("COLUMNS", columns);
    command.args(["check", &format!("examples/{name}"), "--as-of", "2026-11-21", "--color", "never"]);
    let output = command.args(arguments).output().unwrap();
    assert!(output.stderr.is_empty(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn snapshot(name: &str, content: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new("../snapshots/examples"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, content));
}
