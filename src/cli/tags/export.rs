//! `tags export NAME`: the prefixes of a tag, for something else to read.

use clap::{ArgMatches, Args, ValueEnum};
use serde::Serialize;

use super::{Catalog, Rests, resolve};
use crate::cli::{Exit, Failure, Session, Subcommand, arguments_of};
use crate::net::Prefix;

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "export",
    about: "The prefixes of a tag, one a line, as JSON or as the list of a rule",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
struct Arguments {
    /// The tag, in any case and with any spelling of its region
    name: String,
    /// `list`: one prefix a line; `rule`: behind one another, for `az … --destination-address-prefixes`
    #[arg(long = "as", value_enum, default_value_t = Form::List, hide_possible_values = true)]
    form: Form,
    /// Only this family: a rule cannot mix them
    #[arg(long, value_enum, hide_possible_values = true, value_name = "ipv4|ipv6")]
    family: Option<Family>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// One prefix a line
    List,
    /// Behind one another
    Rule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Family {
    /// IPv4
    Ipv4,
    /// IPv6
    Ipv6,
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    let catalog = Catalog::for_lookup(session)?;
    let tag = resolve(&catalog, &arguments.name)?;
    let wanted = |prefix: &Prefix| arguments.family.is_none_or(|f| prefix.is_ipv4() == (f == Family::Ipv4));
    let prefixes: Vec<String> = tag.prefixes().filter(wanted).map(|prefix| prefix.to_string()).collect();
    match (session.is_json(), arguments.form) {
        (true, Form::List) => session.write_json(&Answer {
            schema: SCHEMA,
            name: tag.name(),
            prefixes,
            tags: catalog.used().into(),
        }),
        (true, Form::Rule) => {
            session.write_json(&RuleSide { schema: SCHEMA, destination_address_prefixes: prefixes })
        }
        (false, Form::List) => {
            session.write(|out| prefixes.iter().try_for_each(|prefix| writeln!(out, "{prefix}")))
        }
        (false, Form::Rule) => session.write(|out| writeln!(out, "{}", prefixes.join(" "))),
    }?;
    Ok(Exit::Ready)
}

const SCHEMA: &str = "azpreflight/tags-export/v1";

#[derive(Serialize)]
struct Answer<'c> {
    schema: &'static str,
    name: &'c str,
    prefixes: Vec<String>,
    tags: Rests,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleSide {
    schema: &'static str,
    destination_address_prefixes: Vec<String>,
}
