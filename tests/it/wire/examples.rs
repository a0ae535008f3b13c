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
        let mut printed = facts_at(&root("examples").join(&name)).unwrap();
        forget_what_only_az_states(&mut printed);
        let mut answered = facts_at(&root("tests/real/arm").join(&name)).unwrap();
        forget_what_az_leaves_out(&mut answered);
        assert_same(&printed, &answered, &name);
    }
}

#[test]
fn every_document_of_every_example_is_recognised() {
    for example in fs::read_dir(root("examples")).unwrap() {
        let path = example.unwrap().path();
        if path.is_dir() {
            let facts = facts_at(&path).unwrap();
            assert!(facts.unrecognised.is_empty(), "{}: {:?}", path.display(), facts.unrecognised);
        }
    }
}

/// `az network nic show` (2.91.0) does not print `defaultOutboundConnectivityEnabled`.
fn forget_what_az_leaves_out(facts: &mut Facts) {
    let ids: Vec<_> = facts.interfaces.iter().map(|interface| interface.id.clone()).collect();
    for id in ids {
        facts.interfaces.find_mut(&id).unwrap().default_outbound = None;
    }
}

/// `az` prints null for what it knows of and the API left out; in an answer of the API alone, such a field may be one
/// that the version asked for does not have.
fn forget_what_only_az_states(facts: &mut Facts) {
    let ids: Vec<_> = facts.policies.iter().map(|policy| policy.id.clone()).collect();
    for id in ids {
        let policy = facts.policies.find_mut(&id).unwrap();
        policy.agentless = policy.agentless.filter(|_| policy.enhanced != Some(true));
    }
}
