//! What is written is read back as the same value.

use azpreflight::input::{Bundle, Document};
use azpreflight::probe::{Expectation, FailureKind, Need, Observation, Outcome, Phase};
use azpreflight::report::probe::{ProbeReport, write_json};
use azpreflight::wire;

use super::samples::{failed, probed, report, rich, target, through};

fn written(report: &ProbeReport, on_one_line: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_json(report, on_one_line, &mut bytes).unwrap();
    bytes
}

fn parsed(bytes: Vec<u8>) -> azpreflight::facts::Facts {
    let document = Document { name: "probe.json".into(), bytes, named_by_user: true };
    wire::parse(&Bundle { documents: vec![document] }).unwrap()
}

fn same(report: &ProbeReport) {
    for on_one_line in [false, true] {
        let facts = parsed(written(report, on_one_line));
        assert_eq!(facts.observations.len(), report.results.len());
        for (read, probed) in facts.observations.iter().zip(&report.results) {
            assert_eq!(read.target, probed.target);
            assert_eq!(read.observation, probed.observation);
        }
        assert!(facts.unrecognised.is_empty(), "{:?}", facts.unrecognised);
    }
}

#[test]
fn an_answer_is_read_back_as_it_was() {
    same(&report());
    let facts = parsed(written(&report(), false));
    assert_eq!(facts.observations[1].place.to_string(), "probe.json#/results/1");
    let notes: Vec<_> =
        facts.probe_notes.iter().map(|note| (note.text.as_str(), note.place.to_string())).collect();
    assert_eq!(notes, [(report().notes[0].as_str(), "probe.json#/notes/0".to_owned())]);
}

#[test]
fn every_word_is_read_back() {
    let mut results = Vec::new();
    for expectation in Expectation::ALL {
        for kind in FailureKind::ALL {
            let phase = Phase::ALL[results.len() % Phase::ALL.len()];
            let seen = failed(results.len(), phase, *kind, "seen");
            results.push(probed(target("[2001:db8::1]:8443", *expectation), seen));
        }
    }
    for outcome in Outcome::ALL {
        let target = through(target("a.example:80", Expectation::Http), "http://[::1]:8080");
        let target = azpreflight::probe::Target { need: Need::Optional, requirement: None, ..target };
        results.push(probed(target, Observation { outcome: *outcome, ..rich(results.len()) }));
    }
    same(&ProbeReport { results, ..ProbeReport::default() });
}

#[test]
fn answers_that_follow_one_another_are_all_read() {
    let mut bytes = written(&report(), true);
    bytes.extend(written(&report(), true));
    assert_eq!(parsed(bytes).observations.len(), 2 * report().results.len());
}

#[test]
fn what_a_later_version_says_is_passed_over() {
    let text = String::from_utf8(written(&report(), false)).unwrap();
    let later = text.replacen("\"kind\": \"proxy-refused\"", "\"kind\": \"moon-refused\"", 1);
    let facts = parsed(later.into_bytes());
    assert_eq!(facts.observations.len(), report().results.len() - 1);
    assert!(facts.unrecognised[0].reason.contains("moon-refused"), "{:?}", facts.unrecognised);
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    let text = String::from_utf8(written(&report(), false)).unwrap();
    for (right, wrong, pointer) in [
        ("\"port\": 443", "\"port\": 0", "/results/0/target"),
        ("\"resolveMs\": 1.234", "\"resolveMs\": -1", "/results/0/phases/resolveMs"),
        ("\"httpStatus\": 400", "\"httpStatus\": 70000", "/results/0"),
        ("\"host\": \"login.microsoftonline.com\"", "\"host\": \"a b\"", "/results/0/target"),
        ("\"via\": \"direct\"", "\"via\": \"http://kim:secret@\"", "/results/0/target"),
        ("\"notAfter\": \"2027", "\"notAfter\": \"x2027", "/results/0/certificate/notAfter"),
    ] {
        assert!(text.contains(right), "{right}");
        let bytes = text.replacen(right, wrong, 1).into_bytes();
        let document = Document { name: "probe.json".into(), bytes, named_by_user: true };
        let error = wire::parse(&Bundle { documents: vec![document] }).unwrap_err();
        assert_eq!(error.pointer.to_string(), pointer, "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
