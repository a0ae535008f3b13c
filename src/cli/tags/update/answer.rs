//! What came of an update.

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::tags::Rests;
use crate::report::escape;
use crate::tags::Release;

/// What came of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// The offered file is used from now on.
    Updated,
    /// It is the release that is used already.
    Unchanged,
    /// It is older than that, and left alone.
    Older,
}

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    schema: &'static str,
    pub(super) outcome: Outcome,
    from: String,
    offered: Offered,
    previous: Option<Rests>,
    /// Where the offered file was put.
    pub(super) file: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Offered {
    cloud: Option<&'static str>,
    change_number: Option<u32>,
    date: Option<String>,
    sha256: String,
}

impl Answer {
    pub(super) fn new(outcome: Outcome, from: String, release: &Release, previous: Option<Rests>) -> Self {
        let offered = Offered {
            cloud: release.cloud.map(crate::azure::Cloud::name),
            change_number: release.change_number,
            date: release.date.map(|date| date.to_string()),
            sha256: release.sha256.to_string(),
        };
        Self { schema: "azpreflight/tags-update/v1", outcome, from, offered, previous, file: None }
    }

    pub(super) fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let Offered { cloud, date, change_number, .. } = &self.offered;
        let offered = named(date.as_deref(), *change_number);
        let cloud = cloud.unwrap_or_default();
        let previous = self.previous.as_ref().map_or_else(
            || "none before".to_owned(),
            |rests| format!("{} ({})", named(rests.date.as_deref(), rests.change_number), rests.source),
        );
        match self.outcome {
            Outcome::Updated => {
                writeln!(
                    out,
                    "Service tags of the cloud `{cloud}` updated: {offered}, before it {previous}."
                )?;
                let file = self.file.as_deref().unwrap_or_default();
                writeln!(out, "The file is kept as {}.", escape(file))
            }
            Outcome::Unchanged => {
                writeln!(out, "Service tags of the cloud `{cloud}` are up to date: {previous}.")
            }
            Outcome::Older => writeln!(
                out,
                "Not taken: the service tags of the cloud `{cloud}` in use are newer, {previous}, than those offered, {offered}."
            ),
        }
    }
}

fn named(date: Option<&str>, change_number: Option<u32>) -> String {
    let date = date.unwrap_or("no known day");
    match change_number {
        Some(number) => format!("{date}, change {number}"),
        None => date.to_owned(),
    }
}
