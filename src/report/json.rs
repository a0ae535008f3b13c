//! `azpreflight/report/v1`: the published form, apart from the types inside.

mod finding;
mod run;

use std::io::{self, Write};

use serde::Serialize;

use super::escape::is_dangerous;
use super::{Judged, Report};
use crate::check::{CheckOutcome, NotExamined, Outcome, Wanted};
use finding::EvidenceAnswer;
pub(super) use finding::FindingAnswer;
use run::{Counts, Run};

/// Writes one JSON answer, indented, with a newline at its end.
///
/// Characters that could harm a terminal are written as `\uXXXX`, which means the same to a program.
pub fn write_json(answer: &(impl Serialize + ?Sized), out: &mut dyn Write) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(answer)?;
    text.push('\n');
    out.write_all(harmless(&text).as_bytes())
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write_json(&Answer::of(report), out)
}

/// Dangerous characters stand in strings only, so they can be written as escapes afterwards.
pub(super) fn harmless(text: &str) -> std::borrow::Cow<'_, str> {
    let dangerous = |letter: char| letter != '\n' && is_dangerous(letter);
    if !text.chars().any(dangerous) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if dangerous(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let escaped = format!("\\u{unit:04x}");
                shown.push_str(&escaped);
            }
        } else {
            shown.push(letter);
        }
    }
    shown.into()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'r> {
    schema: &'static str,
    run: Run<'r>,
    verdict: &'static str,
    summary: Counts,
    vms: Vec<SubjectAnswer<'r>>,
    groups: Vec<SubjectAnswer<'r>>,
}

impl<'r> Answer<'r> {
    fn of(report: &'r Report) -> Self {
        Self {
            schema: "azpreflight/report/v1",
            run: Run::of(&report.run),
            verdict: report.verdict.name(),
            summary: Counts::of(report.summary),
            vms: report.vms.iter().map(SubjectAnswer::of).collect(),
            groups: report.groups.iter().map(SubjectAnswer::of).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SubjectAnswer<'r> {
    id: &'r str,
    name: &'r str,
    verdict: &'static str,
    checks: Vec<CheckAnswer<'r>>,
    not_examined: Vec<NotExaminedAnswer<'r>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    complete_with: &'r [String],
}

impl<'r> SubjectAnswer<'r> {
    fn of(judged: &'r Judged) -> Self {
        let outcomes = &judged.outcomes;
        Self {
            id: &outcomes.id,
            name: &outcomes.name,
            verdict: judged.verdict.name(),
            checks: outcomes.checks.iter().map(CheckAnswer::of).collect(),
            not_examined: outcomes.not_examined.iter().map(NotExaminedAnswer::of).collect(),
            complete_with: &outcomes.complete_with,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckAnswer<'r> {
    id: &'static str,
    title: &'static str,
    outcome: &'static str,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'r str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<WantedAnswer<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<EvidenceAnswer<'r>>,
    findings: Vec<FindingAnswer<'r>>,
}

impl<'r> CheckAnswer<'r> {
    fn of(checked: &'r CheckOutcome) -> Self {
        let severity = checked.severity().unwrap_or(checked.check.severity);
        let mut answer = Self {
            id: checked.check.id,
            title: checked.check.title,
            outcome: "pass",
            severity: severity.word(),
            reason: None,
            missing: Vec::new(),
            evidence: Vec::new(),
            findings: Vec::new(),
        };
        match &checked.outcome {
            Outcome::Pass(evidence) => answer.evidence = evidence.iter().map(EvidenceAnswer::of).collect(),
            Outcome::Fail(findings) => {
                answer.outcome = "fail";
                let own = checked.check.severity;
                answer.findings = findings.iter().map(|finding| FindingAnswer::of(finding, own)).collect();
            }
            Outcome::NotApplicable(reason) | Outcome::OutOfSight(reason) => {
                answer.outcome = "not-applicable";
                answer.reason = Some(reason);
            }
            Outcome::Inconclusive { reason, missing } => {
                answer.outcome = "inconclusive";
                answer.reason = Some(reason);
                answer.missing = missing.iter().map(WantedAnswer::of).collect();
            }
        }
        answer
    }
}

#[derive(Serialize)]
struct WantedAnswer<'r> {
    what: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    how: Option<&'r str>,
}

impl<'r> WantedAnswer<'r> {
    fn of(wanted: &'r Wanted) -> Self {
        Self { what: &wanted.what, how: wanted.how.as_deref() }
    }
}

#[derive(Serialize)]
struct NotExaminedAnswer<'r> {
    id: &'static str,
    needs: &'static str,
    what: &'r str,
    how: String,
}

impl<'r> NotExaminedAnswer<'r> {
    fn of(not: &'r NotExamined) -> Self {
        let wanted = &not.wanted;
        let how = wanted.how.clone().unwrap_or_else(|| format!("supply {}", wanted.what));
        Self { id: not.check.id, needs: not.needs.name(), what: &wanted.what, how }
    }
}
