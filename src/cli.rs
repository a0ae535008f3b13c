//! The command line: what users type, what they get back, and with which exit code.
//!
//! One file a subcommand, each with its arguments and its row in the list of them. Only the subcommand that was asked
//! for is built, so that a question answered from tables costs little more than starting a process.

mod agent;
mod assume;
mod catalog;
mod check;
mod collect;
mod completions;
mod endpoint;
mod exit;
mod explain;
mod failure;
mod flow;
mod input;
mod machine;
mod nsg;
mod options;
mod output;
mod probe;
mod route;
mod standing;
mod tags;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command, FromArgMatches};

pub use exit::Exit;
use failure::Failure;
use options::{FormatWord, Options};
use output::Session;

/// Every subcommand, in the order of the help.
const SUBCOMMANDS: &[Subcommand] = &[
    check::SUBCOMMAND,
    flow::SUBCOMMAND,
    nsg::SUBCOMMAND,
    tags::SUBCOMMAND,
    probe::SUBCOMMAND,
    agent::SUBCOMMAND,
    collect::SUBCOMMAND,
    explain::SUBCOMMAND,
    completions::SUBCOMMAND,
];

/// One subcommand: its name, its arguments, and what it does; or its parts, where it is a group of others.
#[derive(Clone, Copy)]
struct Subcommand {
    name: &'static str,
    about: &'static str,
    arguments: fn(Command) -> Command,
    run: fn(&ArgMatches, &Session) -> Result<Exit, Failure>,
    parts: &'static [Subcommand],
}

/// Reads the arguments of this process, answers, and gives its exit code: see [`Exit`].
#[must_use]
pub fn run() -> ExitCode {
    std::panic::set_hook(Box::new(failure::report_panic));
    let arguments: Vec<OsString> = std::env::args_os().collect();
    caught(|| answer(&arguments)).into()
}

/// The whole command line, as help and completions see it.
#[must_use]
pub fn command() -> Command {
    let program = Options::augment_args(Command::new("azpreflight"))
        .version(env!("CARGO_PKG_VERSION"))
        .about("Is this VM ready for Azure Backup; if not, what exactly stops it?")
        .after_help(exit::TABLE)
        .arg_required_else_help(true);
    with_subcommands(program, SUBCOMMANDS)
}

fn with_subcommands(command: Command, subcommands: &[Subcommand]) -> Command {
    let command = command.subcommand_required(true);
    subcommands.iter().fold(command, |command, row| {
        command.subcommand(Command::new(row.name).about(row.about).defer(row.arguments))
    })
}

fn answer(arguments: &[OsString]) -> Exit {
    let json = route::asks_for_json(arguments);
    let answered = match route::direct(arguments) {
        Some((row, matches)) => session(&matches).and_then(|session| carry_out(row, &matches, &session)),
        None => match command().try_get_matches_from(arguments) {
            Ok(matches) => session(&matches).and_then(|session| dispatch(&matches, SUBCOMMANDS, &session)),
            Err(error) => return refused(&error, json),
        },
    };
    answered.unwrap_or_else(|failure| failure.report(json))
}

fn session(matches: &ArgMatches) -> Result<Session, Failure> {
    Session::new(arguments_of(matches)?)
}

/// The arguments of a subcommand, or the options of all, from what was read.
fn arguments_of<T: FromArgMatches>(matches: &ArgMatches) -> Result<T, Failure> {
    T::from_arg_matches(matches).map_err(|error| Failure::Usage(failure::usage_text(&error)))
}

/// A group of subcommands does nothing of its own.
fn needs_a_part(_: &ArgMatches, _: &Session) -> Result<Exit, Failure> {
    Err(Failure::Usage("a subcommand is missing: try `azpreflight --help`".into()))
}

/// Does what the innermost subcommand named does.
fn dispatch(matches: &ArgMatches, subcommands: &[Subcommand], session: &Session) -> Result<Exit, Failure> {
    let chosen = matches.subcommand();
    let row = chosen.and_then(|(name, matches)| {
        subcommands.iter().find(|row| row.name == name).map(|row| (row, matches))
    });
    match row {
        Some((row, matches)) if row.parts.is_empty() => carry_out(row, matches, session),
        Some((row, matches)) => dispatch(matches, row.parts, session),
        None => needs_a_part(matches, session),
    }
}

/// Does what a subcommand does, in a form that it has.
fn carry_out(row: &Subcommand, matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    if session.options.format == FormatWord::Prometheus && row.name != probe::SUBCOMMAND.name {
        let message = format!("`--format prometheus` is a form of `probe`: `{}` has text and json", row.name);
        return Err(Failure::Usage(message));
    }
    (row.run)(matches, session)
}

/// Help and version are answers; anything else clap says is one line and exit 2.
fn refused(error: &clap::Error, json: bool) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nobody is left to tell when standard output is gone.
            drop(error.print());
            Exit::Ready
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            drop(write!(std::io::stderr(), "{}", error.render()));
            Exit::Usage
        }
        _ => Failure::Usage(failure::usage_text(error)).report(json),
    }
}

/// A panic is a bug of ours: the hook has said so, and the exit code says it too.
fn caught(answer: impl FnOnce() -> Exit) -> Exit {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(answer)).unwrap_or(Exit::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_command_line_is_sound() {
        let mut whole = command();
        whole.build();
        whole.debug_assert();
    }

    #[test]
    fn every_subcommand_says_what_it_is_about() {
        fn abouts(rows: &[Subcommand], parent: &mut Command) {
            for row in rows {
                let built = parent.find_subcommand_mut(row.name).unwrap();
                assert_eq!(built.get_about().unwrap().to_string(), row.about);
                abouts(row.parts, built);
            }
        }
        let mut whole = command();
        whole.build();
        abouts(SUBCOMMANDS, &mut whole);
    }

    #[test]
    fn a_panic_is_exit_70() {
        assert_eq!(caught(|| panic!("on purpose")), Exit::Internal);
    }
}
