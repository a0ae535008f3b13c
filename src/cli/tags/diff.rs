//! `tags diff OLD NEW [INPUT…]`: what a release of the service tags changes, and what that does to rules.

mod answer;
mod pins;
mod text;

use std::path::PathBuf;

use clap::{ArgMatches, Args};

use crate::cli::assume::Assumed;
use crate::cli::catalog::Catalog;
use crate::cli::flow::At;
use crate::cli::input::{self, nothing};
use crate::cli::nsg::diff::{self, Side};
use crate::cli::standing::lend_interfaces;
use crate::cli::{Exit, Failure, Session, Subcommand, arguments_of};
use crate::report::Page;
use crate::tags::TagChange;
use answer::{Answer, Rules};

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "diff",
    about: "What a release of the tags changes, by addresses, and what that does to your rules",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
struct Arguments {
    /// The tags as they were: a file, or `embedded` for those inside the program
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The tags as they are
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Files and directories of exported JSON whose rules are compared under both
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    at: At,
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    if session.options.tags.is_some() {
        return Err(Failure::Usage("`tags diff` takes its two files as OLD and NEW, and no --tags".into()));
    }
    let (old, new) = (Catalog::named(&arguments.old)?, Catalog::named(&arguments.new)?);
    if let (Some(before), Some(after)) = (old.release().cloud, new.release().cloud)
        && before != after
    {
        let message = format!("OLD holds the tags of the cloud `{before}`, NEW those of `{after}`");
        return Err(Failure::Usage(message));
    }
    let changes = old.diff(&new);
    let rules = match arguments.inputs.as_slice() {
        [] => None,
        _ => Some(rules(&arguments, [&old, &new], &changes)?),
    };
    let answer = Answer::of([&old, &new], &changes, rules);
    if session.is_json() {
        session.write_json(&answer)?;
    } else {
        session.write(|out| text::write(&answer, &mut Page::new(out, session.layout())))?;
    }
    Ok(answer.exit())
}

/// What the change of tags does to the rules of the input.
fn rules(arguments: &Arguments, [old, new]: [&Catalog; 2], changes: &[TagChange]) -> Result<Rules, Failure> {
    let at = &arguments.at;
    let assumed = Assumed::read(&at.assume)?;
    let mut facts = input::read(&arguments.inputs)?;
    lend_interfaces(&mut facts);
    if facts.security_groups.is_empty() && facts.interfaces.is_empty() {
        return Err(nothing("the input holds neither a network interface nor a network security group"));
    }
    if let (Some(stated), Some(own)) = (assumed.facts.cloud.or(facts.cloud), new.release().cloud)
        && stated != own
    {
        return Err(Failure::Usage(format!("the rules are of the cloud `{stated}`, the tags of `{own}`")));
    }
    let side = |catalog| Side { facts: &facts, terms: at.terms(catalog, &assumed) };
    let paired = diff::pair(&facts, &facts, at)?;
    let differences = diff::compare([side(old), side(new)], &paired)?;
    let diff = diff::Answer::of(differences, paired);
    let pins = pins::pins(facts.security_groups.iter(), [old, new], changes);
    Ok(Rules { diff, pins })
}
