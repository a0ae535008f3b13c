//! `completions SHELL`: completions for a shell, made from the same definition as the help.

use clap::{ArgMatches, Args};
use clap_complete::Shell;

use super::{Exit, Failure, Session, Subcommand, arguments_of};

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "completions",
    about: "Print completions for a shell",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::command(), "azpreflight", &mut script);
    session.write(|out| out.write_all(&script))?;
    Ok(Exit::Ready)
}
