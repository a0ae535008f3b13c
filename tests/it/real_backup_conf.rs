//! `/etc/azure/vmbackup.conf`, read by Python's own parser, which is what the snapshot extension of Linux reads it with:
//! both have to say what is said here. `tests/run.sh --real` runs this test.

use std::io::Write as _;
use std::process::{Command, Stdio};

use azpreflight::input::{Bundle, Document};
use azpreflight::wire;
use serde_json::Value;

use crate::reference::random::Random;

const FILES: usize = 3000;
const LINES: [&str; 22] = [
    "[SnapshotThread]",
    "[SnapshotThread]",
    "[Monitor]",
    "[DEFAULT]",
    "[]",
    "[open",
    "# a comment",
    "; another",
    "",
    "   ",
    "SnapshotMethod = onlyGuest",
    "snapshotmethod: firstHostThenGuest",
    "MountsToSkip = /mnt/a,/mnt/b",
    "MountsToSkip=",
    "timeout=60 # not a comment",
    "timeout = 5%",
    "fsfreeze = 100%%",
    "fsfreeze: True",
    "  goes on",
    "alone",
    "= no name",
    "\tSnapshotMethod = onlyHost",
];
const SCRIPT: &str = "
import configparser, json, sys
def value(config, name):
    try:
        return config.get('SnapshotThread', name) if config.has_option('SnapshotThread', name) else None
    except Exception:
        return None
answers = []
for text in json.load(sys.stdin):
    config = configparser.ConfigParser()
    try:
        config.read_string(text)
    except Exception:
        answers.append(None)
        continue
    answers.append([value(config, name) for name in ('SnapshotMethod', 'MountsToSkip', 'timeout', 'fsfreeze')])
json.dump(answers, sys.stdout)
";

fn by_python(texts: &[String]) -> Vec<Value> {
    let mut child = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3");
    child.stdin.take().unwrap().write_all(serde_json::to_string(texts).unwrap().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
#[ignore = "needs python3: tests/run.sh --real"]
fn settings_are_those_that_python_reads() {
    let mut random = Random(52);
    let texts: Vec<String> = (0..FILES)
        .map(|_| {
            let lines = 1 + random.below(7);
            // Most files begin as they should.
            let first = if random.below(4) > 0 { "[SnapshotThread]\n" } else { "" };
            let rest: Vec<&str> = (0..lines).map(|_| LINES[random.below(LINES.len())]).collect();
            format!("{first}{}\n", rest.join("\n"))
        })
        .collect();
    let answers = by_python(&texts);
    assert!(answers.iter().filter(|answer| !answer.is_null()).count() > FILES / 10);
    for (text, python) in texts.iter().zip(answers) {
        let name = "/etc/azure/vmbackup.conf".into();
        let document = Document { name, bytes: text.clone().into_bytes(), named_by_user: false };
        let facts = wire::parse(&Bundle { documents: vec![document] }).unwrap();
        let own = facts.guest.extension.settings.unwrap().value;
        assert_eq!(own.fault.is_some(), python.is_null(), "{text:?}: {:?}", own.fault);
        let said = |index: usize| python[index].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        assert_eq!(own.method, said(0), "{text:?}");
        let skipped = said(1).unwrap_or_default();
        let skipped: Vec<&str> = skipped.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        assert_eq!(own.mounts_to_skip, skipped, "{text:?}");
        assert_eq!((own.timeout, own.freeze), (said(2), said(3)), "{text:?}");
    }
}
