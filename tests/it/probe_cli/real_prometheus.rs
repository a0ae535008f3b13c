//! Metrics read by the parser of Prometheus' own client library.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use azpreflight::report::probe::{Exposition, ProbeReport};
use serde_json::Value;

use super::samples::report;

/// The samples of a page, as the parser sees them.
fn parsed(page: &[u8]) -> Vec<Value> {
    let python = std::env::var("AZPREFLIGHT_PARSERS").expect("what tests/real/install.sh installs");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/read_metrics.py");
    let mut child =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(page).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn page(report: &ProbeReport) -> Vec<u8> {
    let mut bytes = Vec::new();
    Exposition { report, made_at: Some(1_795_255_200.5) }.write(&mut bytes).unwrap();
    bytes
}

#[test]
#[ignore = "needs prometheus_client: tests/run.sh --real"]
fn prometheus_reads_the_metrics() {
    let mut report = report();
    report.results[0].target.requirement = Some("a \"quoted\" \\ back\nslash \u{1b}[2J".into());
    let samples = parsed(&page(&report));
    assert!(samples.iter().all(|sample| sample["type"] == "gauge" && sample["help"] != ""), "{samples:#?}");
    let of = |name: &str| samples.iter().filter(|sample| sample["name"] == name).collect::<Vec<_>>();
    // Two of them differ in nothing that a label tells.
    assert_eq!(of("probe_success").len(), report.results.len() - 1);
    let login = of("probe_success")[0];
    assert_eq!(login["labels"]["host"], "login.microsoftonline.com");
    assert_eq!(login["value"].as_f64(), Some(1.0));
    assert_eq!(login["labels"]["requirement"], "a \"quoted\" \\ back slash \\u{1b}[2J");
    assert_eq!(of("probe_last_run_timestamp_seconds")[0]["value"], 1_795_255_200.5);
    let phases: Vec<&Value> =
        of("probe_http_duration_seconds").iter().map(|sample| &sample["labels"]["phase"]).collect();
    assert_eq!(phases[..5], ["resolve", "connect", "tunnel", "tls", "processing"]);
}
