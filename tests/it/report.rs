//! Reports: every form of one whole report, and the published form against its schema.

use std::collections::BTreeMap;
use std::fs;

use azpreflight::backup::{self, Profile, Severity, Workload};
use azpreflight::check::{
    About, CaseOutcomes, Check, CheckOutcome, Commands, Conclusion, Evidence, Finding, NotExamined, Outcome,
    PathStep, Remediation, Source, StepState, Wanted, Withheld,
};
use azpreflight::input::{Place, Pointer};
use azpreflight::report::{Detail, Format, Layout, Manifest, Report, TagsUsed, Thresholds, Verdict, render};
use serde_json::Value;

const fn check(id: &'static str, severity: Severity) -> Check {
    fn never(_: &azpreflight::check::Case<'_>) -> Result<Conclusion, Withheld> {
        Err(Withheld::not_applicable("made for this test"))
    }
    Check {
        id,
        title: "the title of the check",
        severity,
        about: About::Vm,
        needs: &[Source::Export],
        explanation: "",
        run: never,
    }
}

static DENIED: Check = check("nsg-denies-backup-storage", Severity::Blocker);
static FRAGILE: Check = check("disk-write-accelerator", Severity::Warning);
static NOTE: Check = check("note-daylight-saving", Severity::Note);
static OPEN: Check = check("egress-no-outbound-method", Severity::Blocker);
static AGENT: Check = check("agent-not-ready", Severity::Blocker);
static GUEST: Check = check("proxy-captures-platform", Severity::Blocker);

fn denial() -> Finding {
    let step =
        |place: &str, detail: &str, state| PathStep { place: place.into(), detail: detail.into(), state };
    let place =
        Place { document: "exports/nsg.json".into(), pointer: Pointer::root().key("securityRules").index(3) };
    let remediation = Remediation {
        commands: Commands::AzureCli("az network nsg rule create --nsg-name 'nsg app' --name AllowBackupStorage --priority 998 --direction Outbound --access Allow --protocol Tcp --destination-address-prefixes Storage.KoreaCentral --destination-port-ranges 443".into()),
        rollback: Commands::AzureCli("az network nsg rule delete --nsg-name 'nsg app' --name AllowBackupStorage".into()),
        ..Remediation::new("allow Tcp 443 to Storage.KoreaCentral before rule `DenyInternet` (1000)")
    };
    let message = "NSG `nsg app` denies what the snapshot extension sends to Azure Storage of Korea Central: all \
                   4352 addresses on Tcp 443, by rule `DenyInternet`";
    Finding::new(message, "/subscriptions/s/…/nsg app")
        .at(&place)
        .with(Evidence::Path {
            label: "app01 → Storage.KoreaCentral, Tcp 443".into(),
            steps: vec![
                step("network interface `nic1`", "no group", StepState::Passes),
                step("NSG `nsg app` on the subnet `apps`", "Deny by `DenyInternet` (1000)", StepState::Stops),
                step("route 0.0.0.0/0", "never reached", StepState::Unreached),
            ],
        })
        .with(Evidence::text("witness", "Tcp 10.0.0.4 → 20.60.16.7:443"))
        .with(Evidence::text("addresses denied", "4352 of 4352"))
        .citing(backup::sources().iter().take(1))
        .remedied_by(remediation.step("run the command").step("run azpreflight again"))
}

/// A VM with a bit of everything, one of its names hostile.
fn vm() -> CaseOutcomes {
    let hostile = Finding::new(
        "disk `data\u{1b}[31m\u{202e}1` has Write Accelerator on, and the sources disagree on what that means for backup",
        "data1",
    );
    let missing = vec![Wanted {
        what: "subnet `apps`".into(),
        how: Some("az network vnet subnet show --ids /subscriptions/s/a --output json".into()),
    }];
    let outcome = |check: &'static Check, outcome| CheckOutcome { check, outcome };
    CaseOutcomes {
        id: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/app01".into(),
        name: "app01".into(),
        is_vm: true,
        checks: vec![
            outcome(&AGENT, Outcome::Pass(vec![Evidence::text("agent version", "2.15.1.3")])),
            outcome(&NOTE, Outcome::Fail(vec![Finding::new("policies do not follow daylight saving", "p1")])),
            outcome(&DENIED, Outcome::Fail(vec![denial()])),
            outcome(&FRAGILE, Outcome::Fail(vec![hostile])),
            outcome(
                &OPEN,
                Outcome::Inconclusive { reason: "subnet `apps` is not in the input".into(), missing },
            ),
        ],
        not_examined: vec![NotExamined {
            check: &GUEST,
            needs: Source::Guest,
            wanted: Wanted { what: "what the machine itself tells".into(), how: None },
        }],
        is_part: false,
        complete_with: Vec::new(),
    }
}

fn group() -> CaseOutcomes {
    let command = "az vm list --show-details --resource-group rg --output json".to_owned();
    CaseOutcomes {
        id: "nsg2".into(),
        name: "nsg2".into(),
        is_vm: false,
        checks: vec![CheckOutcome {
            check: &FRAGILE,
            outcome: Outcome::NotApplicable("no disk is known".into()),
        }],
        not_examined: vec![NotExamined {
            check: &AGENT,
            needs: Source::Export,
            wanted: Wanted { what: "the virtual machine".into(), how: Some(command.clone()) },
        }],
        is_part: false,
        complete_with: vec![command, "az network nic show --ids /subscriptions/s/n --output json".into()],
    }
}

fn report(outcomes: Vec<CaseOutcomes>, fail_on: Severity) -> Report {
    let run = Manifest {
        as_of: jiff::civil::date(2026, 11, 21),
        tags: TagsUsed {
            cloud: Some(azpreflight::azure::Cloud::Public),
            source: "embedded",
            change_number: None,
            date: Some(jiff::civil::date(2026, 10, 26)),
            sha256: Some("0".repeat(64)),
        },
        profile: Profile::Current,
        workload: Workload::Vm,
        assumed: BTreeMap::from([("region".to_owned(), "koreacentral".to_owned())]),
        sources: vec![Source::Export],
        passed_over: vec![("exports/notes.json".into(), "an object without a type".into())],
        unread: Vec::new(),
        probe_notes: vec!["`/etc/waagent.conf` cannot be read".into()],
    };
    Report::new(run, outcomes, Thresholds { fail_on })
}

fn text(report: &Report, width: usize, colour: bool, detail: Detail) -> String {
    let mut out = Vec::new();
    render(report, Format::Text(Layout { width, colour, detail }), &mut out).expect("written");
    String::from_utf8(out).expect("text")
}

fn json(report: &Report) -> String {
    let mut out = Vec::new();
    render(report, Format::Json, &mut out).expect("written");
    String::from_utf8(out).expect("text")
}

/// Holds a text against `tests/snapshots/`; `INSTA_UPDATE=always` writes it anew.
fn snapshot(name: &str, content: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, content));
}

#[test]
fn a_whole_report_in_every_form() {
    let report = report(vec![vm(), group()], Severity::Blocker);
    snapshot("report-80", &text(&report, 80, false, Detail::Findings));
    snapshot("report-200", &text(&report, 200, false, Detail::Findings));
    snapshot("report-80-verbose", &text(&report, 80, false, Detail::Everything));
    // Escapes are spelled out, so that a diff of the snapshot can be read.
    snapshot("report-80-colour", &text(&report, 80, true, Detail::Findings).replace('\u{1b}', "␛"));
    snapshot("report-quiet", &text(&report, 80, false, Detail::Verdict));
    snapshot("report-json", &json(&report));
}

#[test]
fn colour_changes_nothing_but_colour() {
    let report = report(vec![vm(), group()], Severity::Blocker);
    let coloured = text(&report, 80, true, Detail::Everything);
    let mut parts = coloured.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').expect("a colour").1);
    }
    assert_eq!(plain, text(&report, 80, false, Detail::Everything));
}

#[test]
fn nothing_from_the_input_reaches_a_terminal_as_it_is() {
    let report = report(vec![vm()], Severity::Blocker);
    for shown in [text(&report, 80, false, Detail::Everything), json(&report)] {
        assert!(!shown.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{shown}");
    }
    let back: Value = serde_json::from_str(&json(&report)).expect("JSON");
    let message = back["vms"][0]["checks"][3]["findings"][0]["message"].as_str().expect("a message");
    assert!(message.starts_with("disk `data\u{1b}[31m\u{202e}1`"), "{message}");
}

#[test]
fn the_verdict_follows_findings_then_doubts() {
    let verdict = |change: fn(&mut CaseOutcomes), fail_on| {
        let mut vm = vm();
        change(&mut vm);
        report(vec![vm], fail_on).verdict
    };
    assert_eq!(verdict(|_| {}, Severity::Blocker), Verdict::NotReady);
    assert_eq!(verdict(|vm| drop(vm.checks.remove(2)), Severity::Blocker), Verdict::Undetermined);
    assert_eq!(verdict(|vm| drop(vm.checks.remove(2)), Severity::Warning), Verdict::NotReady);
    let settled = |vm: &mut CaseOutcomes| {
        vm.checks
            .retain(|c| !["nsg-denies-backup-storage", "egress-no-outbound-method"].contains(&c.check.id))
    };
    assert_eq!(verdict(settled, Severity::Blocker), Verdict::Ready);
    assert_eq!(verdict(settled, Severity::Note), Verdict::NotReady);
    assert_eq!(
        report(vec![group()], Severity::Blocker).verdict,
        Verdict::Undetermined,
        "a group is never ready"
    );
}

#[test]
fn the_summary_counts_checks_and_findings() {
    let summary = report(vec![vm(), group()], Severity::Blocker).summary;
    let checks = (summary.pass, summary.fail, summary.not_applicable, summary.inconclusive);
    assert_eq!((checks, (summary.blockers, summary.warnings, summary.notes)), ((1, 3, 1, 1), (1, 1, 1)));
}

#[test]
fn the_published_form_is_as_its_schema_says() {
    conforms(&serde_json::from_str(&json(&report(vec![vm(), group()], Severity::Blocker))).expect("JSON"));
}

#[test]
fn the_schema_refuses_what_it_should() {
    let good: Value = serde_json::from_str(&json(&report(vec![vm()], Severity::Blocker))).expect("JSON");
    for (pointer, wrong) in [
        ("/verdict", Value::from("fine")),
        ("/summary/pass", Value::from("1")),
        ("/vms/0/checks/0/outcome", Value::from("passed")),
        ("/vms/0/checks/2/findings/0/place", Value::from("nsg.json")),
        ("/run/tags", Value::Null),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).expect("there") = wrong;
        assert!(!faults(&bad).is_empty(), "{pointer}");
    }
}

/// Holds a report against `docs/report.schema.json`.
pub(crate) fn conforms(answer: &Value) {
    assert_eq!(faults(answer), Vec::<String>::new());
}

fn faults(answer: &Value) -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(path).expect("readable")).expect("JSON");
    let mut validator = Validator { root: &schema, faults: Vec::new() };
    validator.hold(answer, &schema, "");
    validator.faults
}

/// Knows the keywords that our schema uses, and panics at any other.
struct Validator<'s> {
    root: &'s Value,
    faults: Vec<String>,
}

impl Validator<'_> {
    fn hold(&mut self, value: &Value, schema: &Value, at: &str) {
        for (keyword, rule) in schema.as_object().expect("a schema") {
            match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" => {}
                "$ref" => {
                    let pointer =
                        rule.as_str().and_then(|text| text.strip_prefix('#')).expect("a local reference");
                    self.hold(value, self.root.pointer(pointer).expect("defined"), at);
                }
                "type" => {
                    let known = rule.as_array().is_some_and(|kinds| kinds.iter().any(|k| k == kind(value)));
                    self.check(known || rule == kind(value), at, rule);
                }
                "const" => self.check(value == rule, at, rule),
                "enum" => self.check(rule.as_array().is_some_and(|all| all.contains(value)), at, rule),
                "required" => {
                    let names = rule.as_array().expect("a list").iter().filter_map(Value::as_str);
                    names.for_each(|name| self.check(value.get(name).is_some(), at, rule));
                }
                "properties" => {
                    let stated = rule.as_object().expect("an object").iter();
                    for (name, member, inner) in stated.filter_map(|(n, m)| Some((n, m, value.get(n)?))) {
                        self.hold(inner, member, &format!("{at}/{name}"));
                    }
                }
                "items" | "additionalProperties" => self.members(value, rule, at),
                other => panic!("the schema uses `{other}`, which this test does not know"),
            }
        }
    }

    fn members(&mut self, value: &Value, rule: &Value, at: &str) {
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            self.hold(item, rule, &format!("{at}/{index}"));
        }
        for (name, member) in value.as_object().into_iter().flatten() {
            self.hold(member, rule, &format!("{at}/{name}"));
        }
    }

    fn check(&mut self, holds: bool, at: &str, rule: &Value) {
        if !holds {
            self.faults.push(format!("{at}: not {rule}"));
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() || number.is_i64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
