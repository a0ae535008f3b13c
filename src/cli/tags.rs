//! `tags …`: questions to the service tags alone.

mod diff;
mod export;
mod list;
mod lookup;
mod show;
mod update;

use clap::Command;
use serde::Serialize;

use super::catalog::Catalog;
use super::{Failure, Subcommand};
use crate::report::TagsUsed;
use crate::tags::{ServiceTag, UnknownTag};

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "tags",
    about: "Service tags: which one an address is in, and what is in one",
    arguments,
    run: super::needs_a_part,
    parts: SUBCOMMANDS,
};

const SUBCOMMANDS: &[Subcommand] = &[
    lookup::SUBCOMMAND,
    show::SUBCOMMAND,
    list::SUBCOMMAND,
    export::SUBCOMMAND,
    diff::SUBCOMMAND,
    update::SUBCOMMAND,
];

fn arguments(command: Command) -> Command {
    super::with_subcommands(command, SUBCOMMANDS)
}

/// The tag of a name in any spelling; an unknown one is wrong usage, with the nearest names.
fn resolve<'c>(catalog: &'c Catalog, name: &str) -> Result<ServiceTag<'c>, Failure> {
    catalog.resolve(name).map_err(|unknown| Failure::Usage(unknown_text(&unknown)))
}

/// What to say of a name that is no tag.
pub(super) fn unknown_text(unknown: &UnknownTag) -> String {
    let nearest: Vec<String> = unknown.nearest.iter().map(|name| format!("`{name}`")).collect();
    match nearest.as_slice() {
        [] => format!("no service tag `{}`: try `azpreflight tags list`", unknown.name),
        nearest => format!("no service tag `{}`: nearest are {}", unknown.name, nearest.join(", ")),
    }
}

/// Which tags an answer rests on, as `run.tags` of a report says it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rests {
    cloud: Option<&'static str>,
    source: &'static str,
    change_number: Option<u32>,
    date: Option<String>,
    sha256: Option<String>,
}

impl From<TagsUsed> for Rests {
    fn from(used: TagsUsed) -> Self {
        Self {
            cloud: used.cloud.map(crate::azure::Cloud::name),
            source: used.source,
            change_number: used.change_number,
            date: used.date.map(|date| date.to_string()),
            sha256: used.sha256,
        }
    }
}
