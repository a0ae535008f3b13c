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
fn real_groups_are_read_or_refused_for_a_reason() {
    let groups = lines("nsg/real-nsgs.jsonl");
    assert_eq!(groups.len(), 476);
    let mut refused = Vec::new();
    for (index, line) in groups.iter().enumerate() {
        let group = &line["nsg"];
        match facts_of(&group.to_string()) {
            Ok(facts) => {
                let read = facts.security_groups.iter().next().unwrap_or_else(|| panic!("{index}: {group}"));
                let stated = group["properties"]["securityRules"].as_array().map_or(0, Vec::len);
                assert_eq!(read.rules.len(), stated, "{index}");
            }
            Err(error) => refused.push((index, error)),
        }
    }
    for (index, error) in &refused {
        println!("{index}: {error}");
    }
}

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn every_shape_is_recognised() {
    for path in files("shapes") {
        match facts_at(&path) {
            Ok(facts) => println!("{}: {:?}", path.display(), facts.unrecognised),
            Err(error) => println!("{}: {error}", path.display()),
        }
    }
}

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn every_recorded_answer_and_resource_is_read() {
    let mut count = 0;
    for path in files("azure-answers") {
        let recording: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let mut bodies: Vec<&Value> = vec![&recording["azure_answer"]["body"]];
        bodies.extend(
            recording["environment"]["resources"].as_array().into_iter().flatten().map(|r| &r["body"]),
        );
        for body in bodies {
            let document =
                Document { name: "body".into(), bytes: body.to_string().into(), named_by_user: false };
            match wire::parse(&Bundle { documents: vec![document] }) {
                Ok(facts) => {
                    count += 1;
                    for one in facts.unrecognised {
                        println!("{}: {}", path.file_name().unwrap().display(), one.reason);
                    }
                }
                Err(error) => println!("ERROR {}: {error}", path.file_name().unwrap().display()),
            }
        }
    }
    assert!(count > 500, "{count}");
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
