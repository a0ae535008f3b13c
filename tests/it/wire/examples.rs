//! The same environments as `az` prints them and as the REST API answers.

use std::fs;
use std::path::{Path, PathBuf};

use azpreflight::facts::Facts;

use super::{assert_same, facts_at};

/// Environments that stand both in `examples/`, as `az` prints them, and in `tests/real/arm/`, as the API answers.
fn environments() -> Vec<String> {
    let arm = root("tests/real/arm");
    let mut names: Vec<String> = fs::read_dir(arm)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| root("examples").join(name).is_dir())
        .collect();
    names.sort();
    names
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn az_and_the_api_tell_the_same() {
    let names = environments();
    assert!(names.len() >= 8, "{names:?}");
    for name in names {
        let printed = facts_at(&root("examples").join(&name)).unwrap();
        let mut answered = facts_at(&root("tests/real/arm").join(&name)).unwrap();
        forget_what_az_leaves_out(&mut answered);
        assert_same(&printed, &answered, &name);
    }
}

/// `az network nic show` (2.91.0) does not print `defaultOutboundConnectivityEnabled`.
fn forget_what_az_leaves_out(facts: &mut Facts) {
    let ids: Vec<_> = facts.interfaces.iter().map(|interface| interface.id.clone()).collect();
    for id in ids {
        facts.interfaces.find_mut(&id).unwrap().default_outbound = None;
    }
}
