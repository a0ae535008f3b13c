//! Options that every subcommand takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::Date;

use crate::azure::Cloud;

/// Options that every subcommand takes, before or after its name.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// What the answer looks like
    #[arg(long, global = true, value_enum, default_value_t = FormatWord::Text, value_name = "text|json", hide_default_value = true, hide_possible_values = true)]
    pub(super) format: FormatWord,
    /// Write the answer to FILE instead of standard output, whole or not at all
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// A service-tag file of Microsoft's instead of the copy inside the program
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) tags: Option<PathBuf>,
    /// The cloud: public, us-government, china [default: taken from the input, else public]
    #[arg(long, global = true, value_name = "CLOUD")]
    pub(super) cloud: Option<Cloud>,
    /// The day that ages, expiries and retirements are reckoned from [default: today]
    #[arg(long, global = true, value_name = "DATE")]
    pub(super) as_of: Option<Date>,
    /// When to colour text; auto: on a terminal, unless `NO_COLOR` is set
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "auto|always|never", hide_default_value = true, hide_possible_values = true)]
    pub(super) color: When,
    /// Only the verdict
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// What passed and what does not apply, too
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
}

/// What the answer looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatWord {
    /// For people
    Text,
    /// For programs
    Json,
    /// For a monitoring system: `probe` alone
    Prometheus,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
