//! `collect --here|--root DIR -o BUNDLE`: what the machine tells, as a folder to take elsewhere.

use std::io;

use clap::{ArgMatches, Args};
use serde::Serialize;

use super::machine::Machine;
use super::output::Session;
use super::{Exit, Failure, Subcommand, arguments_of, input};
use crate::collect::bundle;
use crate::guest::{Looked, Survey};
use crate::input::{Bundle, Document};
use crate::report::{Ink, Page, Styled, write_json};
use crate::wire;

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "collect",
    about: "Gather what the machine itself tells, without secrets, to be checked elsewhere",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
struct Arguments {
    #[command(flatten)]
    machine: Machine,
    /// Put other ids in the place of those of subscriptions, the same for the same
    #[arg(long)]
    redact_subscriptions: bool,
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    let usage = |text: &str| Failure::Usage(text.to_owned());
    let folder = session.options.output.as_ref();
    let folder = folder.ok_or_else(|| usage("say where to: `-o DIR`, a folder that is new or empty"))?;
    if !arguments.machine.is_named() {
        return Err(usage("say of what: `--here` or `--root DIR`"));
    }
    let name = folder.display().to_string();
    let refused = |error| Failure::Output { name: format!("`{}`", name.escape_debug()), error };
    // Whoever is told that there is no room should not have waited for it.
    bundle::can_write(folder).map_err(refused)?;
    let mut collected = arguments.machine.told()?.unwrap_or_default().documents;
    if arguments.redact_subscriptions {
        wire::redact_subscriptions(&mut collected);
    }
    bundle::write(folder, &collected).map_err(refused)?;
    let facts = input::facts(wire::parse, &collected)?;
    let survey = facts.guest.survey.map(|read| read.value).unwrap_or_default();
    let answer = Answer::of(&name, &collected, &survey);
    session.say(|out| {
        if session.is_json() {
            return write_json(&answer, out);
        }
        text(&answer, &mut Page::new(out, session.layout()))
    })?;
    Ok(Exit::Ready)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    schema: &'static str,
    folder: &'a str,
    documents: Vec<Written<'a>>,
    unread: Vec<Unread<'a>>,
}

#[derive(Serialize)]
struct Written<'a> {
    name: &'a str,
    bytes: usize,
}

#[derive(Serialize)]
struct Unread<'a> {
    path: &'a str,
    reason: &'a str,
    root: bool,
}

impl<'a> Answer<'a> {
    fn of(folder: &'a str, collected: &'a Bundle, survey: &'a Survey) -> Self {
        let written = |each: &'a Document| Written { name: &each.name, bytes: each.bytes.len() };
        let unread = survey.looked.iter().filter_map(|(path, looked)| match looked {
            Looked::Unread { reason, root } => Some(Unread { path, reason, root: *root }),
            Looked::Read | Looked::Absent => None,
        });
        Self {
            schema: "azpreflight/collect/v1",
            folder,
            documents: collected.documents.iter().map(written).collect(),
            unread: unread.collect(),
        }
    }
}

fn text(answer: &Answer<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let count = answer.documents.len();
    page.line(0, &[Styled(Ink::Bold, answer.folder), Styled(Ink::Plain, &format!(": {count} documents"))])?;
    for document in &answer.documents {
        let bytes = format!(" ({} bytes)", document.bytes);
        page.line(2, &[Styled(Ink::Plain, document.name), Styled(Ink::Dim, &bytes)])?;
    }
    for (root, heading) in
        [(false, "Could not be read"), (true, "Could not be read; root or an administrator may")]
    {
        let unread: Vec<&Unread<'_>> = answer.unread.iter().filter(|each| each.root == root).collect();
        if unread.is_empty() {
            continue;
        }
        page.blank()?;
        page.line(0, &[Styled(Ink::Bold, heading)])?;
        for each in unread {
            page.entry(2, Styled(Ink::Dim, "· "), &format!("{}: {}", each.path, each.reason))?;
        }
    }
    page.blank()?;
    let next = format!("secrets were taken out; `azpreflight check {}` judges it anywhere", answer.folder);
    page.entry(0, Styled(Ink::Plain, ""), &next)
}
