//! For programs: `azpreflight/agent/v1`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::super::json::{FindingAnswer, write_json};
use super::{AgentReport, SettingValue};
use crate::check::{CheckOutcome, Outcome};

pub(super) fn write(report: &AgentReport, out: &mut dyn Write) -> io::Result<()> {
    write_json(&Answer::of(report), out)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'r> {
    schema: &'static str,
    name: &'r str,
    os: Option<&'static str>,
    installed: Option<&'r str>,
    goal_state: Option<&'r str>,
    minimum: Option<&'r str>,
    band: &'static str,
    auto_update: Option<bool>,
    service: ServiceAnswer<'r>,
    heartbeat: Option<&'r str>,
    settings: BTreeMap<&'static str, serde_json::Value>,
    findings: Vec<AgentFinding<'r>>,
    undecided: Vec<Undecided<'r>>,
    unread: Vec<UnreadAnswer<'r>>,
}

#[derive(Serialize)]
struct ServiceAnswer<'r> {
    name: Option<&'r str>,
    start: Option<&'static str>,
    runs: Option<bool>,
}

/// A finding as `check` tells it, with the check that it is of.
#[derive(Serialize)]
struct AgentFinding<'r> {
    check: &'static str,
    #[serde(flatten)]
    finding: FindingAnswer<'r>,
}

#[derive(Serialize)]
struct Undecided<'r> {
    check: &'static str,
    severity: &'static str,
    reason: &'r str,
}

#[derive(Serialize)]
struct UnreadAnswer<'r> {
    path: &'r str,
    root: bool,
}

impl<'r> Answer<'r> {
    fn of(report: &'r AgentReport) -> Self {
        let service = &report.service;
        Self {
            schema: "azpreflight/agent/v1",
            name: &report.outcomes.name,
            os: report.os,
            installed: report.installed.as_ref().map(|told| told.value.as_str()),
            goal_state: report.goal_state.as_ref().map(|told| told.value.as_str()),
            minimum: report.minimum.as_deref(),
            band: report.band_word(),
            auto_update: report.auto_update,
            service: ServiceAnswer {
                name: service.name.as_deref(),
                start: service.start,
                runs: service.runs,
            },
            heartbeat: report.heartbeat.as_deref(),
            settings: report.settings.iter().map(|setting| (setting.key, value(&setting.value))).collect(),
            findings: report.outcomes.checks.iter().flat_map(findings).collect(),
            undecided: report.outcomes.checks.iter().filter_map(undecided).collect(),
            unread: report.unread.iter().map(|(path, root)| UnreadAnswer { path, root: *root }).collect(),
        }
    }
}

fn value(value: &SettingValue) -> serde_json::Value {
    match value {
        SettingValue::Switch(on) => (*on).into(),
        SettingValue::Number(number) => (*number).into(),
        SettingValue::Text(text) => text.as_deref().into(),
    }
}

fn findings(checked: &CheckOutcome) -> Vec<AgentFinding<'_>> {
    let Outcome::Fail(findings) = &checked.outcome else { return Vec::new() };
    let (check, severity) = (checked.check.id, checked.check.severity);
    let answer = |finding| AgentFinding { check, finding: FindingAnswer::of(finding, severity) };
    findings.iter().map(answer).collect()
}

fn undecided(checked: &CheckOutcome) -> Option<Undecided<'_>> {
    let Outcome::Inconclusive { reason, .. } = &checked.outcome else { return None };
    Some(Undecided { check: checked.check.id, severity: checked.check.severity.word(), reason })
}
