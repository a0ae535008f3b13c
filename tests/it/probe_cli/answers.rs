//! What the answers look like.

use azpreflight::backup::Skipped;
use azpreflight::probe::{Consumer, Expectation, FailureKind, Need, Observation, Phase, Target};
use azpreflight::report::Detail;
use azpreflight::report::Layout;
use azpreflight::report::probe::{
    Exposition, ProbeReport, Reached, Rounds, write_changes, write_json, write_text,
};

use super::samples::{failed, probed, report, rich, target};

fn text(report: &ProbeReport, width: usize, detail: Detail) -> String {
    let mut bytes = Vec::new();
    write_text(report, Layout { width, colour: false, detail }, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn the_text_is_as_it_was() {
    for width in [80, 120, 200] {
        insta::with_settings!({ snapshot_path => "../../snapshots", omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("probe-{width}"), text(&report(), width, Detail::Findings));
        });
    }
    assert_eq!(text(&report(), 80, Detail::Verdict), "NOT REACHED: 1 of 5 required targets failed\n");
}

#[test]
fn the_json_holds_the_keys_of_the_contract() {
    let mut bytes = Vec::new();
    write_json(&report(), false, &mut bytes).unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(answer["schema"], "azpreflight/probe/v1");
    let reached = &answer["results"][0];
    assert_eq!(reached["target"]["host"], "login.microsoftonline.com");
    assert_eq!((&reached["target"]["port"], &reached["target"]["via"]), (&443.into(), &"direct".into()));
    assert_eq!(reached["phases"]["resolveMs"], 1.234);
    assert_eq!(reached["phases"]["firstByteMs"], 2000.0);
    assert_eq!((&reached["httpStatus"], &reached["required"]), (&400.into(), &true.into()));
    assert_eq!(reached["certificate"]["notAfter"], "2027-01-15T08:00:00Z");
    assert_eq!(reached["certificate"]["issuer"], "CN=Microsoft Azure RSA TLS Issuing CA 04");
    let failed = &answer["results"][1];
    assert_eq!((&failed["outcome"], &failed["consumer"]), (&"failed".into(), &"workload".into()));
    assert_eq!(failed["failure"]["kind"], "proxy-refused");
    assert_eq!((&failed["failure"]["phase"], &failed["fault"]), (&"tunnel".into(), &"proxy".into()));
    assert_eq!(failed["target"]["via"], "http://10.0.0.5:3128");
    assert!(failed["reason"].as_str().unwrap().contains("its own rules refuse"));
    assert!(failed["advice"].as_str().unwrap().contains("example.blob.core.windows.net:443"));
    let shared = &answer["results"][5];
    assert_eq!((&shared["consumer"], &shared["consumers"][1]), (&"agent".into(), &"extension".into()));
    assert!(shared["reason"].as_str().unwrap().contains("a script decides"), "{shared}");
    let skipped = &answer["results"][6];
    assert_eq!(
        (&skipped["outcome"], &skipped["target"]["host"]),
        (&"skipped".into(), &"*.blob.storage.azure.net".into())
    );
    // What could move a cursor is spelled out in all of it.
    assert!(!bytes.contains(&0x1b) && !String::from_utf8(bytes).unwrap().contains('\u{202e}'));
}

#[test]
fn the_worst_decides() {
    let one = |need: Need, seen: Observation| {
        let target = Target { need, ..target("a.example:443", Expectation::Tcp) };
        ProbeReport { results: vec![probed(target, seen)], ..ProbeReport::default() }.reached()
    };
    let silent = || failed(0, Phase::Connect, FailureKind::TimedOut, "no answer");
    let depends = || Need::Depends("whether the disks are managed".into());
    assert_eq!(one(Need::Required, silent()), Reached::Not);
    assert_eq!(one(depends(), silent()), Reached::Open);
    assert_eq!(one(Need::Optional, silent()), Reached::All);
    assert_eq!(one(Need::Required, Observation::begun(0)), Reached::Open);
    assert_eq!(one(Need::Required, rich(0)), Reached::All);
    assert_eq!(ProbeReport::default().reached(), Reached::All);
}

#[test]
fn a_need_without_any_host_leaves_the_answer_open() {
    let skipped = |need: Need| Skipped {
        requirement: "storage".into(),
        host_pattern: "{account}.blob.core.windows.net".into(),
        port: 443,
        reason: "which storage account is not known: name one with --storage-account".into(),
        need,
        consumer: Consumer::Workload,
        also: Vec::new(),
    };
    let open = ProbeReport { skipped: vec![skipped(Need::Required)], ..ProbeReport::default() };
    assert_eq!(open.reached(), Reached::Open);
    let optional = ProbeReport { skipped: vec![skipped(Need::Optional)], ..ProbeReport::default() };
    assert_eq!(optional.reached(), Reached::All);
    let stood_for = ProbeReport {
        results: vec![probed(target("example.blob.core.windows.net:443", Expectation::Storage), rich(0))],
        ..open
    };
    assert_eq!(stood_for.reached(), Reached::All);
}

#[test]
fn the_metrics_are_well_formed() {
    let mut twice = report();
    twice.results.extend(report().results);
    let mut bytes = Vec::new();
    Exposition { report: &twice, made_at: Some(1_795_255_200.5) }.write(&mut bytes).unwrap();
    let page = String::from_utf8(bytes).unwrap();
    let mut series = std::collections::BTreeSet::new();
    let mut family = String::new();
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            family = rest.strip_suffix(" gauge").unwrap().to_owned();
        } else if !line.starts_with("# HELP ") {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with(&family) && value.parse::<f64>().is_ok(), "{line}");
            assert!(series.insert(name.to_owned()), "{line} twice");
        }
    }
    let of = |labels: &str| {
        let found = page.lines().find(|line| line.contains(labels));
        found.unwrap_or_else(|| panic!("{labels} in\n{page}")).to_owned()
    };
    let login = "host=\"login.microsoftonline.com\",port=\"443\",via=\"direct\",requirement=\"identity\",\
                 consumer=\"workload\",expectation=\"https\"";
    assert!(of(&format!("probe_success{{{login}}}")).ends_with(" 1"));
    assert!(of(&format!("probe_http_duration_seconds{{{login},phase=\"processing\"}}")).ends_with(" 2"));
    assert!(of(&format!("probe_ssl_earliest_cert_expiry{{{login}}}")).ends_with(" 1800000000"));
    assert!(of("kind=\"proxy-refused\",fault=\"proxy\"}").starts_with("probe_failure_info{"));
    let extension = page.lines().filter(|line| line.contains("consumer=\"extension\""));
    assert!(extension.clone().any(|line| line.starts_with("probe_success{")), "{page}");
    assert!(of("outcome=\"skipped\"}").contains("*.blob.storage.azure.net"));
    assert!(page.ends_with("\nprobe_last_run_timestamp_seconds 1795255200.5\n"));
}

#[test]
fn a_later_round_tells_what_changed_and_nothing_else() {
    let changes = |before: &ProbeReport, now: &ProbeReport| {
        let mut bytes = Vec::new();
        let layout = Layout { width: 80, colour: false, detail: Detail::Findings };
        write_changes(Rounds { before, now, stamp: "10:31:02" }, layout, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!(changes(&report(), &report()), "");
    let mut worse = report();
    worse.results[0].observation = failed(0, Phase::Tls, FailureKind::TlsIntercepted, "issued by \u{1b}Corp");
    assert_eq!(
        changes(&report(), &worse),
        "10:31:02 ✗ login.microsoftonline.com:443 via direct: tls: tls-intercepted, was reached\n           \
         seen issued by \\u{1b}Corp\n"
    );
}

/// Twenty thousand targets, each with something of its own to say, are no more than so many lines: work that grows with
/// their square would take minutes here.
#[test]
fn many_targets_are_told_in_no_time() {
    let silent = |place: usize| {
        let seen = failed(place, Phase::Connect, FailureKind::TimedOut, &format!("silent {place}"));
        let mut each = probed(target(&format!("host-{place}.example:443"), Expectation::Https), seen);
        each.observation.notes = vec![format!("of its own: {place}")];
        each.target.consumer = if place.is_multiple_of(2) { Consumer::Agent } else { Consumer::Extension };
        each
    };
    let report = ProbeReport { results: (0..20_000).map(silent).collect(), ..ProbeReport::default() };
    let begun = std::time::Instant::now();
    let shown = text(&report, 200, Detail::Findings);
    assert!(shown.lines().count() > 100_000, "{}", shown.lines().count());
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}
