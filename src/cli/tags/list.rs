//! `tags list`: every tag.

use clap::{ArgMatches, Args};
use serde::Serialize;

use super::{Catalog, Rests};
use crate::cli::{Exit, Failure, Session, Subcommand, arguments_of};
use crate::report::escape;
use crate::tags::ServiceTag;

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "list",
    about: "The names of all tags",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
struct Arguments {
    /// Only names that hold this text, in any case
    #[arg(value_name = "TEXT")]
    holding: Option<String>,
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    let catalog = Catalog::for_lookup(session)?;
    let wanted = arguments.holding.unwrap_or_default().to_ascii_lowercase();
    let listed = || catalog.tags().filter(|tag| tag.name().to_ascii_lowercase().contains(&wanted));
    if session.is_json() {
        session.write_json(&Answer {
            schema: "azpreflight/tags-list/v1",
            tags: catalog.used().into(),
            service_tags: listed().map(Row::of).collect(),
        })?;
    } else {
        session.write(|out| listed().try_for_each(|tag| writeln!(out, "{}", escape(tag.name()))))?;
    }
    Ok(Exit::Ready)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'c> {
    schema: &'static str,
    tags: Rests,
    service_tags: Vec<Row<'c>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'c> {
    name: &'c str,
    region: Option<String>,
    system_service: Option<&'c str>,
    prefixes: usize,
}

impl<'c> Row<'c> {
    fn of(tag: ServiceTag<'c>) -> Self {
        Self {
            name: tag.name(),
            region: tag.region().map(|region| region.name().to_owned()),
            system_service: tag.system_service(),
            prefixes: tag.prefixes().count(),
        }
    }
}
