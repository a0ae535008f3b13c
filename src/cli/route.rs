//! The short way to a subcommand.
//!
//! Building the definition of every subcommand costs more than most answers. Where the arguments plainly name one, it
//! alone is built; anything else (help, a mistake, an option nobody knows) goes through the whole command line, which
//! gives the same answer and better words.

use std::ffi::{OsStr, OsString};

use clap::{ArgMatches, Args, Command};

use super::options::Options;
use super::{SUBCOMMANDS, Subcommand};

/// Options of every subcommand that take the next argument as their value.
const VALUED: [&str; 7] = ["--format", "-o", "--output", "--tags", "--cloud", "--as-of", "--color"];
/// Options of every subcommand that take none.
const FLAGS: [&str; 4] = ["-q", "--quiet", "-v", "--verbose"];

/// The subcommand that the arguments plainly name, with its arguments and the options of every subcommand read.
pub(super) fn direct(arguments: &[OsString]) -> Option<(&'static Subcommand, ArgMatches)> {
    let (row, rest) = named(arguments)?;
    let command = Command::new(row.name).no_binary_name(true);
    let command = Options::augment_args((row.arguments)(command));
    let matches = command.try_get_matches_from(rest).ok()?;
    Some((row, matches))
}

/// Follows the names down to a subcommand that has no further ones; the other arguments come back in their order.
fn named(arguments: &[OsString]) -> Option<(&'static Subcommand, Vec<&OsString>)> {
    let mut rest = Vec::with_capacity(arguments.len());
    let mut level = SUBCOMMANDS;
    let mut left = arguments.iter().skip(1);
    while let Some(argument) = left.next() {
        let text = argument.to_str()?;
        if VALUED.contains(&text) {
            rest.extend([argument, left.next()?]);
        } else if FLAGS.contains(&text) || is_joined(text) {
            rest.push(argument);
        } else {
            let row = level.iter().find(|row| row.name == text)?;
            if row.parts.is_empty() {
                rest.extend(left);
                return Some((row, rest));
            }
            level = row.parts;
        }
    }
    None
}

/// Whether an option brings its value along, as in `--format=json`.
fn is_joined(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| name.starts_with("--") && VALUED.contains(&name))
}

/// Whether the arguments ask for JSON, for errors before or while they are read.
pub(super) fn asks_for_json(arguments: &[OsString]) -> bool {
    let is = |argument: &OsString, text: &str| argument.as_os_str() == OsStr::new(text);
    let mut pairs = arguments.iter().zip(arguments.iter().skip(1));
    pairs.any(|(name, value)| is(name, "--format") && is(value, "json"))
        || arguments.iter().any(|argument| is(argument, "--format=json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    /// The whole command line's own reading: the path of names, and the matches at its end.
    fn whole(line: &str) -> Option<(String, ArgMatches)> {
        let matches = super::super::command().try_get_matches_from(arguments(line)).ok()?;
        let (mut name, mut matches) = matches.subcommand().map(|(n, m)| (n.to_owned(), m.clone()))?;
        while let Some((next, inner)) = matches.subcommand() {
            (name, matches) = (next.to_owned(), inner.clone());
        }
        Some((name, matches))
    }

    #[test]
    fn the_short_way_leads_where_the_long_one_does() {
        for line in [
            "azpreflight tags lookup 20.60.16.7",
            "azpreflight --format json tags lookup -",
            "azpreflight tags --format=json lookup 10.0.0.1 10.0.0.2 -q",
            "azpreflight -o x check a b --vm vm1 --as-of 2026-01-02",
            "azpreflight -v nsg verify a --direction outbound --protocol tcp --from * --to Storage --port 443",
            "azpreflight explain tags --color never",
        ] {
            let (row, short) = direct(&arguments(line)).expect(line);
            let (name, long) = whole(line).expect(line);
            assert_eq!(row.name, name, "{line}");
            let command = Options::augment_args((row.arguments)(Command::new("x")));
            for argument in command.get_arguments() {
                let raw = |matches: &ArgMatches| -> Vec<OsString> {
                    matches
                        .get_raw(argument.get_id().as_str())
                        .into_iter()
                        .flatten()
                        .map(OsStr::to_owned)
                        .collect()
                };
                assert_eq!(raw(&short), raw(&long), "{line}: {argument}");
            }
        }
    }

    #[test]
    fn whatever_is_not_plain_goes_the_long_way() {
        for line in [
            "azpreflight",
            "azpreflight tags",
            "azpreflight --help",
            "azpreflight tags lookup --help",
            "azpreflight tags lookup",
            "azpreflight lookup 10.0.0.1",
            "azpreflight --moon tags list",
            "azpreflight help tags",
            "azpreflight --format",
        ] {
            assert!(direct(&arguments(line)).is_none(), "{line}");
        }
    }

    #[test]
    fn every_option_is_known_here() {
        let command = Options::augment_args(Command::new("x"));
        for argument in command.get_arguments() {
            let known = if argument.get_action().takes_values() { &VALUED[..] } else { &FLAGS[..] };
            let long = argument.get_long().map(|long| format!("--{long}"));
            let short = argument.get_short().map(|short| format!("-{short}"));
            for name in long.into_iter().chain(short) {
                assert!(known.contains(&name.as_str()), "{name}");
            }
        }
    }
}
