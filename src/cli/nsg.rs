//! `nsg …`: questions to rule lists.

mod verify;

use clap::{ArgMatches, Command};

use super::{Exit, Failure, Session, Subcommand};

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "nsg",
    about: "Network security groups: exact answers for whole sets of addresses",
    arguments,
    run,
};

const SUBCOMMANDS: &[Subcommand] = &[verify::SUBCOMMAND];

fn arguments(command: Command) -> Command {
    super::with_subcommands(command, SUBCOMMANDS)
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    super::dispatch(matches, SUBCOMMANDS, session)
}
