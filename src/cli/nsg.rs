//! `nsg …`: questions to rule lists.

pub(super) mod diff;
mod lint;
mod suggest;
mod verify;

use clap::Command;

use super::Subcommand;

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "nsg",
    about: "Network security groups: exact answers for whole sets of addresses, and what is wrong with rule lists",
    arguments,
    run: super::needs_a_part,
    parts: SUBCOMMANDS,
};

const SUBCOMMANDS: &[Subcommand] =
    &[verify::SUBCOMMAND, lint::SUBCOMMAND, diff::SUBCOMMAND, suggest::SUBCOMMAND];

fn arguments(command: Command) -> Command {
    super::with_subcommands(command, SUBCOMMANDS)
}
