//! `nsg lint INPUT…`: what is wrong with rule lists as they are written.

mod answer;
mod suppressions;
mod text;

use std::path::PathBuf;

use clap::{ArgMatches, Args};

use crate::backup::Severity;
use crate::cli::assume::Assumed;
use crate::cli::catalog::Catalog;
use crate::cli::check::severity;
use crate::cli::{Exit, Failure, Session, Subcommand, arguments_of, input};
use crate::facts::Facts;
use crate::lint::{self, Answer, LINTS, Scope, Setting, Subject, Suppression, Vouched};
use crate::nsg::NetworkSecurityGroup;
use crate::report::Page;
use answer::LintAnswer;

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "lint",
    about: "Rules that never decide, that Azure refuses, that nearly do what is meant",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
struct Arguments {
    /// Files and directories of exported JSON; `-` is standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// The group, by name or id [default: all]
    #[arg(long, value_name = "NAME|ID")]
    nsg: Option<String>,
    /// From where on a finding counts: blocker, warning, note
    #[arg(long, value_name = "SEVERITY", default_value = "warning", value_parser = severity, hide_default_value = true)]
    fail_on: Severity,
    /// A lint whose findings do not count
    #[arg(long, value_name = "ID")]
    ignore: Vec<String>,
    /// A TOML file of findings that are known and do not count, each with a reason
    #[arg(long, value_name = "FILE")]
    suppressions: Option<PathBuf>,
    /// Something you vouch for where the input says nothing: vnet=10.0.0.0/16, region=koreacentral, cloud=china
    #[arg(long, value_name = "KEY=VALUE")]
    assume: Vec<String>,
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    let suppressions = suppressions(&arguments)?;
    let assumed = Assumed::read(&arguments.assume)?;
    let facts = input::read_as_written(&arguments.inputs)?;
    let groups = groups(&facts, arguments.nsg.as_deref())?;
    let catalog = Catalog::choose(session, assumed.facts.cloud.or(facts.cloud))?;
    let vouched = Vouched { space: &assumed.facts.network, region: assumed.facts.region.as_ref() };
    let setting = Setting::new(&facts, &catalog, vouched);
    let mut answer = Answer::default();
    for group in &groups {
        answer.join(lint::run(LINTS, &Subject::new(&setting, group)));
    }
    answer.sort();
    answer.suppress(&suppressions, session.as_of());
    let exit = match answer.worst() {
        Some(worst) if worst <= arguments.fail_on => Exit::NotReady,
        _ => Exit::Ready,
    };
    if session.is_json() {
        session.write_json(&LintAnswer::of(&answer, session.as_of(), &catalog.used()))?;
    } else {
        let said = text::Said {
            answer: &answer,
            groups: groups.len(),
            as_of: session.as_of(),
            tags: &catalog.used(),
            passed_over: &facts.unrecognised,
        };
        session.write(|out| text::write(&said, &mut Page::new(out, session.layout())))?;
    }
    Ok(exit)
}

/// What the user named, all groups otherwise.
fn groups<'f>(facts: &'f Facts, wanted: Option<&str>) -> Result<Vec<&'f NetworkSecurityGroup>, Failure> {
    if let Some(wanted) = wanted {
        return Ok(vec![input::named(&facts.security_groups, wanted)?]);
    }
    if facts.security_groups.is_empty() {
        return Err(input::nothing("the input holds no network security group"));
    }
    Ok(facts.security_groups.iter().collect())
}

/// Those of the file, then those of the command line.
fn suppressions(arguments: &Arguments) -> Result<Vec<Suppression>, Failure> {
    let mut all = match &arguments.suppressions {
        Some(path) => suppressions::read(path)?,
        None => Vec::new(),
    };
    for id in &arguments.ignore {
        let lint = lint::lint(id).ok_or_else(|| {
            let near = input::listed(suppressions::nearest(id).into_iter());
            Failure::Usage(format!("`--ignore {id}` is no lint: nearest are {near}"))
        })?;
        let (reason, stated) = ("ignored on the command line".to_owned(), format!("--ignore {}", lint.id));
        all.push(Suppression { scope: Scope::of(lint.id), reason, expires: None, stated });
    }
    Ok(all)
}
