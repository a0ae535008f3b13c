//! `collect`: a machine as a folder, which elsewhere gives the same answer as the machine did.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A folder of one test's own.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("azpreflight-collect-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What the program answers to these arguments, as if it were always the same day.
pub(crate) fn azpreflight(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_azpreflight"));
    command.env("AZPREFLIGHT_CACHE", "").env("COLUMNS", "100");
    command.args(["--as-of", "2026-11-21"]).args(arguments).output().expect("the program runs")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The disks of all cases.
fn roots() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut ahead = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")];
    while let Some(folder) = ahead.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("root") {
                found.push(path);
            } else if path.is_dir() {
                ahead.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_bundle_gives_the_same_bytes_as_the_disk_it_was_made_of() {
    let roots = roots();
    assert!(roots.len() > 1);
    // Wine takes half a second to start a program.
    for root in roots.into_iter().step_by(if cfg!(windows) { 10 } else { 1 }) {
        let folder = Folder::new("same");
        let bundle = folder.0.join("bundle");
        let made = azpreflight(&["collect", "--root", text(&root), "-o", text(&bundle)]);
        assert!(made.status.success(), "{}: {made:?}", root.display());
        for form in [&["--format", "json"][..], &["-v"], &[]] {
            let by_root = azpreflight(&[&["check", "--root", text(&root)], form].concat());
            let by_bundle = azpreflight(&[&["check", text(&bundle)], form].concat());
            assert!(matches!(by_root.status.code(), Some(0 | 1 | 3)), "{}: {by_root:?}", root.display());
            assert_eq!(by_root, by_bundle, "{}", root.display());
        }
    }
}

#[test]
fn this_machine_collected_is_judged_as_it_is_here() {
    let folder = Folder::new("here");
    let bundle = folder.0.join("bundle");
    let made = azpreflight(&["collect", "--here", "-o", text(&bundle), "--format", "json"]);
    assert!(made.status.success(), "{made:?}");
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!(made["schema"], "azpreflight/collect/v1");
    for document in made["documents"].as_array().unwrap() {
        let path = azpreflight::collect::bundle::path_of(document["name"].as_str().unwrap()).unwrap();
        let size = bundle.join(path).metadata().unwrap().len();
        assert_eq!(document["bytes"], size);
    }
    // What is measured changes meanwhile; what comes of it does not.
    let outcomes = |answer: &Output| -> Vec<(String, String)> {
        let answer: Value = serde_json::from_slice(&answer.stdout).unwrap_or_else(|_| panic!("{answer:?}"));
        let checks = answer["vms"][0]["checks"].as_array().unwrap().iter();
        checks.map(|check| (check["id"].to_string(), check["outcome"].to_string())).collect()
    };
    let here = azpreflight(&["check", "--here", "--format", "json"]);
    let there = azpreflight(&["check", text(&bundle), "--format", "json"]);
    assert_eq!(outcomes(&here), outcomes(&there));
}

#[test]
fn a_bundle_goes_where_nothing_is() {
    let folder = Folder::new("where");
    let root = folder.0.join("root");
    fs::create_dir_all(root.join("etc")).unwrap();
    fs::write(root.join("etc/os-release"), "ID=ubuntu\n").unwrap();
    let full = folder.0.join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("mine"), "precious").unwrap();
    for (arguments, said) in [
        (&["collect", "--root", text(&root), "-o", text(&full)][..], "not empty"),
        (&["collect", "--root", text(&root), "-o", text(&full.join("mine"))], "mine"),
        (&["collect", "--root", text(&root), "-o", text(&full.join("no/such"))], "no/such"),
        (&["collect", "--root", text(&root)], "-o DIR"),
        (&["collect", "-o", text(&folder.0.join("new"))], "--here"),
        (&["collect", "--root", text(&full.join("mine")), "-o", text(&folder.0.join("new"))], "mine"),
    ] {
        let refused = azpreflight(arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        let stderr = String::from_utf8(refused.stderr).unwrap();
        assert!(stderr.contains(said) && stderr.lines().count() == 1, "{stderr}");
    }
    let names = |path: &Path| fs::read_dir(path).unwrap().count();
    assert_eq!((names(&folder.0), names(&full)), (2, 1), "nothing was left behind");
}

#[test]
fn subscriptions_are_called_otherwise_where_wanted() {
    let folder = Folder::new("subscriptions");
    let root = folder.0.join("root");
    let id = "5a5a5a5a-1111-2222-3333-444444444444";
    fs::create_dir_all(root.join("var/log")).unwrap();
    fs::write(root.join("var/log/waagent.log"), format!("/subscriptions/{id}/x and {id}\n")).unwrap();
    let collected = |name: &str, option: &[&str]| {
        let bundle = folder.0.join(name);
        let made = azpreflight(&[&["collect", "--root", text(&root), "-o", text(&bundle)], option].concat());
        assert!(made.status.success(), "{made:?}");
        fs::read_to_string(bundle.join("var/log/waagent.log")).unwrap()
    };
    assert!(collected("kept", &[]).contains(id));
    let other = "00000000-0000-0000-0000-000000000001";
    assert_eq!(
        collected("replaced", &["--redact-subscriptions"]),
        format!("/subscriptions/{other}/x and {other}\n")
    );
}
