//! The real `az`, reading the REST bodies of `tests/real/arm/` from a stand-in for Azure on 127.0.0.1.
//!
//! `tests/run.sh --real` installs it, names it in `AZPREFLIGHT_AZ` and runs these tests; there they fail without it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every file below `folder`, by its path there.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below the folder").to_owned();
                found.insert(name, fs::read(&path).expect("readable"));
            }
        }
    }
    found
}

/// Lets the real `az` print every environment into `folder`.
fn print_examples(folder: &Path) {
    assert!(std::env::var_os("AZPREFLIGHT_AZ").is_some(), "AZPREFLIGHT_AZ must name the real az");
    let script = project("tests/real/make-examples.sh");
    let made = Command::new(script).arg(folder).output().expect("the script starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[test]
#[ignore = "needs the real az: tests/run.sh --real"]
fn committed_examples_are_what_az_prints() {
    let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples-by-az");
    let _ = fs::remove_dir_all(&fresh);
    print_examples(&fresh);
    let printed = files(&fresh);
    assert!(printed.len() > 80, "az printed {} documents", printed.len());
    let mut committed = files(&project("examples"));
    let environments: Vec<PathBuf> = fs::read_dir(&fresh)
        .expect("a directory")
        .map(|entry| PathBuf::from(entry.expect("an entry").file_name()))
        .collect();
    committed.retain(|path, _| environments.iter().any(|environment| path.starts_with(environment)));
    for (path, text) in &printed {
        let kept = committed.remove(path);
        assert!(kept.is_some(), "{} is not committed: run tests/real/make-examples.sh", path.display());
        assert_eq!(kept.as_ref(), Some(text), "{} is not what az prints", path.display());
    }
    assert!(committed.is_empty(), "az no longer prints {:?}", committed.keys());
}
