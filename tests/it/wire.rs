//! Documents of every shape, read into facts.

mod answers;
mod corpus;
mod examples;
mod hostile;
mod shapes;
mod template;
mod terraform;

use std::path::Path;

use azpreflight::collect::{self, Sources};
use azpreflight::facts::Facts;
use azpreflight::input::{Bundle, Document};
use azpreflight::wire::{self, ParseError};

/// The facts of a file or directory.
fn facts_at(path: &Path) -> Result<Facts, ParseError> {
    let bundle = collect::configuration(&Sources { inputs: vec![path.to_owned()] }).unwrap();
    wire::parse(&bundle)
}

/// The facts of one document that the user named.
fn facts_of(json: &str) -> Result<Facts, ParseError> {
    let document = Document { name: "d.json".into(), bytes: json.into(), named_by_user: true };
    wire::parse(&Bundle { documents: vec![document] })
}

/// The text of a fixture.
fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// Fails with the first line in which the facts differ, places aside.
fn assert_same(left: &Facts, right: &Facts, what: &str) {
    let (left, right) = (without_places(left), without_places(right));
    for (line, (left, right)) in left.iter().zip(&right).enumerate() {
        assert_eq!(left, right, "{what}, line {line}");
    }
    assert_eq!(left.len(), right.len(), "{what}");
}

/// Everything the facts hold but where it was read and what was passed over.
fn without_places(facts: &Facts) -> Vec<String> {
    let facts = Facts { unrecognised: Vec::new(), ..facts.clone() };
    let text = format!("{facts:#?}");
    let mut lines = Vec::new();
    let mut skip_to = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        match skip_to {
            Some(depth) if indent > depth || line.trim() == "}," => {
                if indent == depth {
                    skip_to = None;
                }
            }
            _ if line.trim() == "place: Place {" => skip_to = Some(indent),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}
