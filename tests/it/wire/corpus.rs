//! Recorded answers of Azure and groups found in the wild: all of them are read, or refused for the right reason.

use std::fs;
use std::path::{Path, PathBuf};

use azpreflight::input::{Bundle, Document};
use azpreflight::wire;
use serde_json::Value;

use super::{facts_at, facts_of};

fn corpus(path: &str) -> PathBuf {
    let root = std::env::var("AZPREFLIGHT_CORPUS").expect("AZPREFLIGHT_CORPUS names the corpus");
    let path = Path::new(&root).join(path);
    assert!(path.exists(), "{} is missing", path.display());
    path
}

fn lines(path: &str) -> Vec<Value> {
    let text = fs::read_to_string(corpus(path)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn files(path: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(corpus(path)).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn every_real_group_is_read_rule_by_rule() {
    let groups = lines("nsg/real-nsgs.jsonl");
    assert_eq!(groups.len(), 476);
    for (index, line) in groups.iter().enumerate() {
        let group = &line["nsg"];
        let facts = facts_of(&group.to_string()).unwrap_or_else(|error| panic!("{index}: {error}"));
        let read = facts.security_groups.iter().next().unwrap_or_else(|| panic!("{index}: {group}"));
        let stated = group["properties"]["securityRules"].as_array().map_or(0, Vec::len);
        assert_eq!(read.rules.len(), stated, "{index}");
    }
}

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn every_shape_is_recognised() {
    for path in files("shapes") {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let refused = REFUSED_SHAPES.iter().find(|(refused, _)| *refused == name);
        match (facts_at(&path), refused) {
            (Ok(_), None) => {}
            (Err(error), Some((_, reason))) => assert!(error.to_string().contains(reason), "{error}"),
            (read, _) => panic!("{name}: {:?}", read.map(|facts| facts.unrecognised)),
        }
    }
}

/// Shapes that are shown with resources of no interest here, or cut short, with what the refusal says.
const REFUSED_SHAPES: [(&str, &str); 3] = [
    ("arg_objectarray_real.json", "`Microsoft.DataBox/jobs`"),
    ("powershell_rule_fragment_real.json", "`priority` is not stated"),
    ("rest_effective_nsg.json", "truncated by corpus"),
];

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn every_recorded_answer_and_resource_is_read() {
    let mut known = 0;
    for path in files("azure-answers") {
        let recording: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let kind = recording["kind"].as_str().unwrap();
        let answer = &recording["azure_answer"]["body"];
        let resources = recording["environment"]["resources"].as_array();
        for body in resources.into_iter().flatten().map(|resource| &resource["body"]) {
            known += usize::from(reads(body, &path));
        }
        if answer.is_object() {
            let read = reads(answer, &path);
            // An instance of a scale set is no VM that could be backed up.
            let scaled = answer["type"].as_str().is_some_and(|kind| kind.contains("virtualMachineScaleSets"));
            let passed_over = scaled || NOT_FOR_US.iter().any(|other| kind.starts_with(other));
            assert!(read || passed_over, "{}", path.display());
        }
    }
    assert!(known > 350, "{known}");
}

/// Answers that say nothing about how a VM stands: jobs, lists of what could be protected, verdicts on single flows.
const NOT_FOR_US: [&str; 8] = [
    "backup-job",
    "backup-error",
    "backup-protectable",
    "backup-container",
    "connectivity-check",
    "ip-flow-verify",
    "nsg-diagnostic",
    "nsg-flow-log",
];

/// Whether anything in a body is recognised; a body that cannot be read at all fails the test.
fn reads(body: &Value, path: &Path) -> bool {
    let document = Document { name: "body".into(), bytes: body.to_string().into(), named_by_user: false };
    let facts = wire::parse(&Bundle { documents: vec![document] });
    let facts = facts.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    facts.unrecognised.iter().all(|one| {
        one.reason.starts_with("it is a part of")
            || one.reason.contains("error")
            || one.reason.contains("empty")
    })
}

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn every_recorded_route_table_is_read() {
    for line in lines("effective-routes/effectiveroutetable.jsonl") {
        let facts = facts_of(&line["response"].to_string()).unwrap();
        let stated = line["response"]["value"].as_array().unwrap().len();
        assert_eq!(facts.effective_routes[0].routes.len(), stated);
    }
}
