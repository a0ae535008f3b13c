//! `tests/cases/<check-id>/<case>/`: small documents, and what one check must make of them.
//!
//! `expected.json` holds `args` (of `check`), `outcome`, `severity` where it fails, and `messageContains`: text that must
//! be in a finding's message, or in the reason where there is no finding. A new case is a new folder. A folder in it that is
//! called `root` is the disk of a VM, Linux or Windows, and given as `--root`; one that is called `bundle` is given as a
//! whole, as every other folder is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use azpreflight::backup::Severity;
use azpreflight::check::{CHECKS, Check, EXPLANATION_HEADINGS};
use serde_json::Value;

/// Checks that never are inconclusive, and why.
const ALWAYS_DECIDED: [(&str, &str); 2] = [
    ("vm-classic", "the type of the resource tells"),
    ("vault-name-invalid", "whatever names the vault tells its name"),
];

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|p| p.is_dir()).collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn json(text: &[u8], what: &str) -> Value {
    serde_json::from_slice(text)
        .unwrap_or_else(|error| panic!("{what}: {error}: {}", String::from_utf8_lossy(text)))
}

/// The answer of `check` to the documents of a case, each named, so that one that is not recognised is an error.
fn answer(case: &Path, expected: &Value) -> Result<Value, String> {
    let mut documents: Vec<PathBuf> =
        fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path()).collect();
    documents.retain(|path| name(path) != "expected.json" && name(path) != "root");
    documents.sort();
    let stated: Vec<&str> =
        expected["args"].as_array().into_iter().flatten().map(|a| a.as_str().unwrap()).collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_azpreflight"));
    command.env("AZPREFLIGHT_CACHE", "");
    command.args(["check", "--format", "json"]).args(&stated);
    if !stated.contains(&"--as-of") {
        command.args(["--as-of", "2026-11-21"]);
    }
    let disk = case.join("root");
    if disk.is_dir() {
        command.arg("--root").arg(disk);
    }
    let output = command.args(&documents).output().expect("the program runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    if matches!(output.status.code(), Some(0 | 1 | 3)) {
        return Ok(json(&output.stdout, &stderr));
    }
    Err(format!("{}: {}", output.status, stderr.lines().next().unwrap_or("not a word")))
}

/// What became of one check: its outcome, severity, and every message or reason.
fn outcome(answer: &Value, id: &str) -> (String, Option<String>, Vec<String>, Value) {
    let subjects = ["vms", "groups"].iter().filter_map(|key| answer[key].as_array()).flatten();
    for subject in subjects {
        let is_it = |check: &&Value| check["id"] == id;
        if let Some(check) = subject["checks"].as_array().unwrap().iter().find(is_it) {
            let findings = check["findings"].as_array().into_iter().flatten();
            let messages = findings.map(|finding| &finding["message"]).chain([&check["reason"]]);
            let messages = messages.filter_map(|text| text.as_str().map(str::to_owned)).collect();
            let severity = check["severity"].as_str().map(str::to_owned);
            return (check["outcome"].as_str().unwrap().to_owned(), severity, messages, check.clone());
        }
        if subject["notExamined"].as_array().unwrap().iter().any(|check| check["id"] == id) {
            return ("not-examined".to_owned(), None, Vec::new(), Value::Null);
        }
    }
    panic!("no word of `{id}` in {answer:#}");
}

fn faults_of(check: &Path, case: &Path) -> Vec<String> {
    let expected = json(&fs::read(case.join("expected.json")).unwrap(), &case.display().to_string());
    let mut faults = Vec::new();
    let mut fault = |text: String| faults.push(format!("{}/{}: {text}", name(check), name(case)));
    let answer = match answer(case, &expected) {
        Ok(answer) => answer,
        Err(error) => {
            fault(error);
            return faults;
        }
    };
    let (found, severity, messages, whole) = outcome(&answer, &name(check));
    if expected["outcome"].as_str() != Some(found.as_str()) {
        fault(format!("{found}, not {}; {messages:?}", expected["outcome"]));
        return faults;
    }
    if found == "fail" && expected["severity"].as_str() != severity.as_deref() {
        fault(format!("severity {severity:?}, not {}", expected["severity"]));
    }
    let wanted = expected["messageContains"].as_str().unwrap_or_default();
    if !wanted.is_empty() && !messages.iter().any(|message| message.contains(wanted)) {
        fault(format!("`{wanted}` is not in {messages:?}"));
    }
    for finding in whole["findings"].as_array().into_iter().flatten() {
        for key in ["message", "subject", "place", "evidence", "sources", "remediation"] {
            let value = &finding[key];
            let empty =
                value.is_null() || value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty);
            // A resource that only another document names has no place of its own.
            if empty && key != "place" {
                fault(format!("a finding without {key}"));
            }
        }
    }
    faults
}

/// Cases that come out by links on their disks, which a checkout on Windows has not, and Wine does not show.
const BY_LINKS: [&str; 9] = [
    "guest-agent-stopped/azure-linux",
    "guest-agent-stopped/masked",
    "guest-python-missing/failing-alternatives",
    "guest-python-missing/inconclusive-linked-elsewhere",
    "guest-python-missing/passing-alternatives",
    "guest-resolver-custom/failing-set-on-disk",
    "guest-resolver-custom/not-applicable-made-at-start",
    "guest-resolver-custom/not-applicable-made-by-another",
    "guest-var-noexec/disk-with-link",
];

/// Of how many cases one is judged under Wine, whose parsers and checks are the same.
const SOME: usize = 6;

#[test]
fn every_case_comes_out_as_expected() {
    let mut faults = Vec::new();
    let mut count = 0;
    for check in folders(&root()) {
        for case in folders(&check) {
            count += 1;
            let by_links = || BY_LINKS.contains(&format!("{}/{}", name(&check), name(&case)).as_str());
            // Wine takes half a second to start a program.
            if cfg!(windows) && (count % SOME != 0 || by_links()) {
                continue;
            }
            faults.extend(faults_of(&check, &case));
        }
    }
    assert!(count >= CHECKS.len() * 2, "only {count} cases");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What was not tried is not known, and never wrong.
const NEVER_WRONG: &str = "probe-incomplete";

#[test]
fn every_check_has_its_cases() {
    let there: BTreeSet<String> = folders(&root()).iter().map(|path| name(path)).collect();
    let known: BTreeSet<String> = CHECKS.iter().map(|check| check.id.to_owned()).collect();
    assert_eq!(there, known);
    for check in CHECKS {
        let decided = ALWAYS_DECIDED.iter().any(|(id, _)| *id == check.id);
        let wanted: &[&str] = match check.severity {
            Severity::Note if check.id.starts_with("note-") => &["failing", "not-applicable"],
            _ if decided => &["failing", "passing"],
            _ if check.id == NEVER_WRONG => &["passing", "inconclusive"],
            _ => &["failing", "passing", "inconclusive"],
        };
        for case in wanted {
            assert!(root().join(check.id).join(case).is_dir(), "{}/{case}", check.id);
        }
    }
}

#[test]
fn every_case_named_for_an_outcome_has_it() {
    for check in folders(&root()) {
        for (case, outcome) in [("failing", "fail"), ("passing", "pass"), ("inconclusive", "inconclusive")] {
            if let Ok(text) = fs::read(check.join(case).join("expected.json")) {
                assert_eq!(json(&text, case)["outcome"], outcome, "{}/{case}", check.display());
            }
        }
    }
}

/// What git does not keep as it is would be another case elsewhere: empty folders, what is ignored, what is no file.
#[test]
fn every_file_of_a_case_is_one_that_git_keeps() {
    let git = |arguments: &[&str]| {
        let base = env!("CARGO_MANIFEST_DIR");
        Command::new("git").args(["-C", base]).args(arguments).args(["--", "tests/cases"]).output()
    };
    let ignored = git(&["ls-files", "--others", "--ignored", "--exclude-standard"]);
    // A copy of the sources without git has nothing to lose.
    if let Ok(ignored) = ignored
        && ignored.status.success()
    {
        assert_eq!(String::from_utf8_lossy(&ignored.stdout), "", "ignored by git");
    }
    let mut ahead = vec![root()];
    while let Some(folder) = ahead.pop() {
        let entries: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap()).collect();
        // A link is an empty folder to Wine.
        assert!(cfg!(windows) || !entries.is_empty(), "{} is empty", folder.display());
        for entry in entries {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let name = name(&path);
            assert!(kind.is_dir() || kind.is_file() || kind.is_symlink(), "{}", path.display());
            // Windows, where the sources are checked out too, has no such names.
            assert!(!name.contains(['\\', ':', '*', '?', '"', '<', '>', '|']), "{}", path.display());
            assert!(name != ".git" && name != ".gitignore", "{}", path.display());
            ahead.extend(kind.is_dir().then_some(path));
        }
    }
}

#[test]
fn every_check_is_documented_under_the_fixed_headings() {
    for check in CHECKS {
        let headings: Vec<&str> =
            check.explanation.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(headings, EXPLANATION_HEADINGS, "{}", check.id);
        for part in check.explanation.split("## ").skip(1) {
            let text = part.split_once('\n').map_or("", |(_, text)| text);
            assert!(text.trim().len() > 15, "{}: nothing under `{part}`", check.id);
        }
        let (_, references) = check.explanation.split_once("## References").unwrap();
        assert!(references.contains("- https://"), "{}: no reference", check.id);
    }
}

#[test]
fn ids_say_what_is_wrong_and_are_given_once() {
    let ids: BTreeSet<&str> = CHECKS.iter().map(|check| check.id).collect();
    assert_eq!(ids.len(), CHECKS.len());
    for Check { id, title, .. } in CHECKS {
        assert!(id.contains('-') && id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{id}");
        assert!(!title.is_empty() && !title.ends_with('.'), "{id}: {title}");
        assert!(title.starts_with(|c: char| c.is_lowercase() || c == 'A'), "{id}: {title}");
    }
}
