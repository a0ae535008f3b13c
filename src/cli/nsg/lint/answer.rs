//! `azpreflight/lint/v1`.

use jiff::civil::Date;
use serde::Serialize;

use crate::backup::Severity;
use crate::lint::{Answer, Reported, Suppressed, Suppression};
use crate::report::TagsUsed;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LintAnswer<'a> {
    schema: &'static str,
    as_of: String,
    tags: Tags,
    summary: Summary,
    anomalies: Vec<Anomaly<'a>>,
    suppressed: Vec<Anomaly<'a>>,
    unused_suppressions: Vec<Stated<'a>>,
    assumed: &'a [String],
    because: &'a [String],
}

impl<'a> LintAnswer<'a> {
    pub(super) fn of(answer: &'a Answer, as_of: Date, tags: &TagsUsed) -> Self {
        let count = |wanted| answer.reported.iter().filter(|one| one.severity() == wanted).count();
        let held =
            |one: &'a Suppressed| Anomaly { suppression: Some((&one.by).into()), ..(&one.reported).into() };
        Self {
            schema: "azpreflight/lint/v1",
            as_of: as_of.to_string(),
            tags: tags.into(),
            summary: Summary {
                blockers: count(Severity::Blocker),
                warnings: count(Severity::Warning),
                notes: count(Severity::Note),
                suppressed: answer.suppressed.len(),
            },
            anomalies: answer.reported.iter().map(Anomaly::from).collect(),
            suppressed: answer.suppressed.iter().map(held).collect(),
            unused_suppressions: answer.unused.iter().map(Stated::from).collect(),
            assumed: &answer.assumed,
            because: &answer.open,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tags {
    cloud: Option<String>,
    source: &'static str,
    change_number: Option<u32>,
    date: Option<String>,
    sha256: Option<String>,
}

impl From<&TagsUsed> for Tags {
    fn from(used: &TagsUsed) -> Self {
        Self {
            cloud: used.cloud.map(|cloud| cloud.to_string()),
            source: used.source,
            change_number: used.change_number,
            date: used.date.map(|date| date.to_string()),
            sha256: used.sha256.clone(),
        }
    }
}

#[derive(Serialize)]
struct Summary {
    blockers: usize,
    warnings: usize,
    notes: usize,
    suppressed: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Anomaly<'a> {
    id: &'static str,
    severity: &'static str,
    network_security_group: &'a str,
    network_security_group_id: &'a str,
    rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u32>,
    kind: &'static str,
    by: &'a [String],
    message: &'a str,
    remedy: &'a str,
    place: Place<'a>,
    assumed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    expired_suppression: Option<Stated<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppression: Option<Stated<'a>>,
}

impl<'a> From<&'a Reported> for Anomaly<'a> {
    fn from(reported: &'a Reported) -> Self {
        let finding = &reported.finding;
        let rule = finding.rule.as_ref();
        Self {
            id: reported.lint.id,
            severity: reported.severity().word(),
            network_security_group: &reported.group,
            network_security_group_id: &reported.group_id,
            rule: rule.map(|rule| rule.name.as_str()),
            direction: rule.and_then(|rule| rule.direction).map(|direction| direction.to_string()),
            priority: rule.and_then(|rule| rule.priority).map(|priority| priority.0),
            kind: reported.lint.kind.word(),
            by: &finding.by,
            message: &finding.message,
            remedy: &finding.remedy,
            place: Place { document: &finding.place.document, pointer: finding.place.pointer.as_str() },
            assumed: finding.assumed,
            expired_suppression: reported.expired.as_ref().map(Stated::from),
            suppression: None,
        }
    }
}

#[derive(Serialize)]
struct Place<'a> {
    document: &'a str,
    pointer: &'a str,
}

/// A suppression as its file has it.
#[derive(Serialize)]
struct Stated<'a> {
    id: &'static str,
    group: Option<&'a str>,
    rule: Option<&'a str>,
    reason: &'a str,
    expires: Option<String>,
    place: &'a str,
}

impl<'a> From<&'a Suppression> for Stated<'a> {
    fn from(suppression: &'a Suppression) -> Self {
        Self {
            id: suppression.scope.id,
            group: suppression.scope.group.as_deref(),
            rule: suppression.scope.rule.as_deref(),
            reason: &suppression.reason,
            expires: suppression.expires.map(|date| date.to_string()),
            place: &suppression.stated,
        }
    }
}
