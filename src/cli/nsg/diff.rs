//! `nsg diff OLD NEW`: what two sets of rules do differently, by meaning and not by text.

mod answer;
mod difference;
mod subjects;
mod text;
mod told;

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args};

use crate::cli::assume::Assumed;
use crate::cli::catalog::Catalog;
use crate::cli::flow::At;
use crate::cli::standing::{Terms, lend_interfaces};
use crate::cli::{Exit, Failure, Session, Subcommand, arguments_of, input};
use crate::facts::Facts;
use crate::report::Page;

pub(in crate::cli) use answer::Answer;
pub(in crate::cli) use difference::{Side, compare};
pub(in crate::cli) use subjects::pair;
pub(in crate::cli) use text::write_changes;

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "diff",
    about: "Which flows became allowed or denied between two groups or environments",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
struct Arguments {
    /// The rules as they were: a file or a directory of exported JSON, or `-`
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The rules as they are or are to be
    #[arg(value_name = "NEW")]
    new: PathBuf,
    #[command(flatten)]
    at: At,
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    if arguments.old.as_os_str() == "-" && arguments.new.as_os_str() == "-" {
        return Err(Failure::Usage("OLD and NEW cannot both be standard input".into()));
    }
    let assumed = Assumed::read(&arguments.at.assume)?;
    let (old, new) = (read(&arguments.old)?, read(&arguments.new)?);
    let stated = assumed.facts.cloud.or(old.cloud).or(new.cloud);
    if session.options.cloud.or(assumed.facts.cloud).is_none()
        && let (Some(before), Some(after)) = (old.cloud, new.cloud)
        && before != after
    {
        let message =
            format!("OLD is of the cloud `{before}` and NEW of `{after}`: say which counts with --cloud");
        return Err(Failure::Usage(message));
    }
    let catalog = Catalog::choose(session, stated)?;
    let terms: Terms<'_> = arguments.at.terms(&catalog, &assumed);
    let sides = [Side { facts: &old, terms }, Side { facts: &new, terms }];
    let paired = pair(&old, &new, &arguments.at)?;
    let answer = Answer::of(compare(sides, &paired)?, paired);
    if session.is_json() {
        session.write_json(&answer)?;
    } else {
        session.write(|out| text::write(&answer, &mut Page::new(out, session.layout())))?;
    }
    Ok(answer.exit())
}

fn read(path: &Path) -> Result<Facts, Failure> {
    let mut facts = input::read(&[path.to_path_buf()])?;
    lend_interfaces(&mut facts);
    Ok(facts)
}
