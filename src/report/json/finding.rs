//! Findings and what supports them.

use serde::Serialize;

use super::super::path;
use crate::backup::Severity;
use crate::check::{Commands, Evidence, Finding, Remediation};
use crate::script::Script;

#[derive(Serialize)]
pub(super) struct EvidenceAnswer<'r> {
    label: &'r str,
    value: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    path: Vec<HopAnswer<'r>>,
}

impl<'r> EvidenceAnswer<'r> {
    pub(super) fn of(evidence: &'r Evidence) -> Self {
        match evidence {
            Evidence::Text { label, value } => Self { label, value: value.clone(), path: Vec::new() },
            Evidence::Path { label, steps } => Self {
                label,
                value: path::words(steps),
                path: steps
                    .iter()
                    .map(|step| HopAnswer {
                        place: &step.place,
                        detail: &step.detail,
                        state: path::word(step.state),
                    })
                    .collect(),
            },
        }
    }
}

#[derive(Serialize)]
struct HopAnswer<'r> {
    place: &'r str,
    detail: &'r str,
    state: &'static str,
}

#[derive(Serialize)]
pub(in crate::report) struct FindingAnswer<'r> {
    message: &'r str,
    severity: &'static str,
    subject: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceAnswer<'r>>,
    evidence: Vec<EvidenceAnswer<'r>>,
    sources: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<RemediationAnswer<'r>>,
}

impl<'r> FindingAnswer<'r> {
    pub(in crate::report) fn of(finding: &'r Finding, own: Severity) -> Self {
        let place = finding.place.as_ref();
        Self {
            message: &finding.message,
            severity: finding.severity.unwrap_or(own).word(),
            subject: &finding.subject,
            place: place.map(|p| PlaceAnswer { document: &p.document, pointer: p.pointer.as_str() }),
            evidence: finding.evidence.iter().map(EvidenceAnswer::of).collect(),
            sources: finding.sources.iter().map(ToString::to_string).collect(),
            remediation: finding.remediation.as_ref().map(RemediationAnswer::of),
        }
    }
}

#[derive(Serialize)]
struct PlaceAnswer<'r> {
    document: &'r str,
    pointer: &'r str,
}

#[derive(Serialize)]
struct RemediationAnswer<'r> {
    summary: &'r str,
    steps: &'r [String],
    commands: CommandsAnswer<'r>,
    rollback: CommandsAnswer<'r>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'r str>,
}

impl<'r> RemediationAnswer<'r> {
    pub(super) fn of(remediation: &'r Remediation) -> Self {
        Self {
            summary: &remediation.summary,
            steps: &remediation.steps,
            commands: CommandsAnswer::of(&remediation.commands),
            rollback: CommandsAnswer::of(&remediation.rollback),
            link: remediation.link.as_deref(),
        }
    }
}

/// Commands by language: those there are.
#[derive(Serialize)]
#[serde(untagged)]
enum CommandsAnswer<'r> {
    None {},
    #[serde(rename_all = "camelCase")]
    One {
        azure_cli: &'r str,
    },
    Every(&'r Script),
}

impl<'r> CommandsAnswer<'r> {
    fn of(commands: &'r Commands) -> Self {
        match commands {
            Commands::None => Self::None {},
            Commands::AzureCli(azure_cli) => Self::One { azure_cli },
            Commands::Every(script) => Self::Every(script),
        }
    }
}
