//! What an answer rests on, and how many of what it holds.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::{Manifest, Summary};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run<'r> {
    tool: &'static str,
    as_of: String,
    tags: Tags<'r>,
    profile: &'static str,
    workload: &'static str,
    assumed: &'r BTreeMap<String, String>,
    sources: Vec<&'static str>,
    passed_over: Vec<PassedOver<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<Unread<'r>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    probe_notes: &'r [String],
}

impl<'r> Run<'r> {
    pub(super) fn of(run: &'r Manifest) -> Self {
        Self {
            tool: env!("CARGO_PKG_VERSION"),
            as_of: run.as_of.to_string(),
            tags: Tags {
                cloud: run.tags.cloud.map(crate::azure::Cloud::name),
                source: run.tags.source,
                change_number: run.tags.change_number,
                date: run.tags.date.map(|date| date.to_string()),
                sha256: run.tags.sha256.as_deref(),
            },
            profile: run.profile.word(),
            workload: run.workload.word(),
            assumed: &run.assumed,
            sources: run.sources.iter().map(|source| source.name()).collect(),
            passed_over: run
                .passed_over
                .iter()
                .map(|(document, reason)| PassedOver { document, reason })
                .collect(),
            unread: run
                .unread
                .iter()
                .map(|each| Unread { path: &each.path, reason: &each.reason, root: each.root })
                .collect(),
            probe_notes: &run.probe_notes,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tags<'r> {
    cloud: Option<&'static str>,
    source: &'static str,
    change_number: Option<u32>,
    date: Option<String>,
    sha256: Option<&'r str>,
}

#[derive(Serialize)]
struct Unread<'r> {
    path: &'r str,
    reason: &'r str,
    root: bool,
}

#[derive(Serialize)]
struct PassedOver<'r> {
    document: &'r str,
    reason: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counts {
    pass: usize,
    fail: usize,
    not_applicable: usize,
    inconclusive: usize,
    blockers: usize,
    warnings: usize,
    notes: usize,
}

impl Counts {
    pub(super) const fn of(summary: Summary) -> Self {
        Self {
            pass: summary.pass,
            fail: summary.fail,
            not_applicable: summary.not_applicable,
            inconclusive: summary.inconclusive,
            blockers: summary.blockers,
            warnings: summary.warnings,
            notes: summary.notes,
        }
    }
}
