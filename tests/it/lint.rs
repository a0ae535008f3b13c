//! `nsg lint`: `tests/lints/<lint-id>/<case>/` holds small documents and what one lint must find in them.
//!
//! `expected.json` holds `args` (`{case}` stands for the folder) and `findings` of that lint, each with `rule`, `severity`,
//! `messageContains` and perhaps `by`. A case whose name begins with `passes` has none.

mod program;
mod real;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use azpreflight::lint::{EXPLANATION_HEADINGS, LINTS};
use serde_json::Value;

use super::cli::run;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lints")
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|p| p.is_dir()).collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// What is wrong with the answer to one case.
fn faults_of(id: &str, case: &Path) -> Vec<String> {
    let expected: Value = serde_json::from_slice(&fs::read(case.join("expected.json")).unwrap()).unwrap();
    let folder = case.to_str().unwrap();
    let mut arguments: Vec<String> =
        ["nsg", "lint", "--format", "json", "--as-of", "2026-11-21"].map(str::to_owned).to_vec();
    let stated = expected["args"].as_array().into_iter().flatten();
    arguments.extend(stated.map(|argument| argument.as_str().unwrap().replace("{case}", folder)));
    let mut documents: Vec<PathBuf> =
        fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path()).collect();
    documents.retain(|path| path.extension().is_some_and(|e| e == "json") && name(path) != "expected.json");
    documents.sort();
    arguments.extend(documents.iter().map(|path| path.to_str().unwrap().to_owned()));
    let answer = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    if !matches!(answer.exit, 0 | 1) {
        return vec![format!("{id}/{}: {answer:?}", name(case))];
    }
    let json = answer.json();
    let found: Vec<&Value> = json["anomalies"].as_array().unwrap().iter().filter(|a| a["id"] == id).collect();
    let wanted = expected["findings"].as_array().unwrap();
    let mut faults = Vec::new();
    if found.len() != wanted.len() {
        faults.push(format!("{} findings, not {}: {found:?}", found.len(), wanted.len()));
    }
    for one in wanted {
        let fits = |anomaly: &&&Value| {
            let message = anomaly["message"].as_str().unwrap();
            anomaly["rule"] == one["rule"]
                && anomaly["severity"] == one["severity"]
                && message.contains(one["messageContains"].as_str().unwrap())
                && (one["by"].is_null() || one["by"] == anomaly["by"])
        };
        if found.iter().filter(fits).count() != 1 {
            faults.push(format!("not {one} in {found:?}; {}", json["because"]));
        }
    }
    faults.into_iter().map(|fault| format!("{id}/{}: {fault}", name(case))).collect()
}

#[test]
fn every_case_comes_out_as_expected() {
    let mut faults = Vec::new();
    for lint in folders(&root()) {
        for case in folders(&lint) {
            faults.extend(faults_of(&name(&lint), &case));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_lint_has_a_case_that_it_finds_and_one_near_it_that_passes() {
    let there: BTreeSet<String> = folders(&root()).iter().map(|path| name(path)).collect();
    let known: BTreeSet<String> = LINTS.iter().map(|lint| lint.id.to_owned()).collect();
    assert_eq!(there, known);
    for lint in folders(&root()) {
        let cases: Vec<String> = folders(&lint).iter().map(|path| name(path)).collect();
        for wanted in ["finds", "passes"] {
            assert!(cases.iter().any(|case| case.starts_with(wanted)), "{}: no {wanted}", name(&lint));
        }
        for case in folders(&lint) {
            let expected: Value =
                serde_json::from_slice(&fs::read(case.join("expected.json")).unwrap()).unwrap();
            let empty = expected["findings"].as_array().unwrap().is_empty();
            assert_eq!(empty, name(&case).starts_with("passes"), "{}", case.display());
        }
    }
}

#[test]
fn every_lint_is_documented_under_the_fixed_headings() {
    for lint in LINTS {
        let headings: Vec<&str> =
            lint.explanation.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(headings, EXPLANATION_HEADINGS, "{}", lint.id);
        for part in lint.explanation.split("## ").skip(1) {
            let text = part.split_once('\n').map_or("", |(_, text)| text);
            assert!(text.trim().len() > 15, "{}: nothing under `{part}`", lint.id);
        }
        let (_, references) = lint.explanation.split_once("## References").unwrap();
        assert!(references.contains("- https://"), "{}: no reference", lint.id);
        let named = lint.explanation.match_indices("`rule-").map(|(at, _)| &lint.explanation[at + 1..]);
        for id in named.filter_map(|rest| rest.split('`').next()) {
            assert!(azpreflight::lint::lint(id).is_some(), "{}: `{id}` is no lint", lint.id);
        }
    }
}

#[test]
fn ids_are_given_once_and_to_no_check() {
    let mut ids: BTreeSet<&str> = azpreflight::check::CHECKS.iter().map(|check| check.id).collect();
    for lint in LINTS {
        assert!(ids.insert(lint.id), "{}", lint.id);
        assert!(lint.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", lint.id);
        assert!(!lint.title.is_empty() && !lint.title.ends_with('.'), "{}: {}", lint.id, lint.title);
    }
}
