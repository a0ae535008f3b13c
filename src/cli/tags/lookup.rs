//! `tags lookup ADDRESS…|-`: which tags an address is in.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::IpAddr;

use clap::{ArgMatches, Args};
use serde::Serialize;

use super::Catalog;
use crate::cli::failure::Unreadable;
use crate::cli::{Exit, Failure, Session, Subcommand, arguments_of};
use crate::report::escape;

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "lookup",
    about: "The tags an address is in, the most specific prefix first",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
struct Arguments {
    /// Addresses; `-` reads one a line from standard input and answers each with one line
    #[arg(required = true, value_name = "ADDRESS")]
    addresses: Vec<String>,
}

const SCHEMA: &str = "azpreflight/tags-lookup/v1";
/// A line longer than this holds no address.
const LONGEST_LINE: u64 = 4096;

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    let catalog = Catalog::for_lookup(session)?;
    if arguments.addresses.iter().any(|address| address == "-") {
        if arguments.addresses.len() > 1 {
            return Err(Failure::Usage(
                "`-` stands alone: the addresses are read from standard input".into(),
            ));
        }
        return stream(&catalog, session);
    }
    let parsed: Result<Vec<IpAddr>, Failure> =
        arguments.addresses.iter().map(|text| address(text).map_err(Failure::Usage)).collect();
    let results: Vec<Tagged<'_>> = parsed?.into_iter().map(|address| Tagged::of(address, &catalog)).collect();
    if session.is_json() {
        session.write_json(&Answer { schema: SCHEMA, results })?;
    } else {
        session.write(|out| results.iter().try_for_each(|result| result.write_line(out)))?;
    }
    Ok(Exit::Ready)
}

/// One line in, one line out, until the input ends or cannot be read.
fn stream(catalog: &Catalog, session: &Session) -> Result<Exit, Failure> {
    let mut stopped = None;
    let mut input = BufReader::with_capacity(1 << 16, io::stdin().lock());
    session.write(|out| {
        let mut line = Vec::new();
        for number in 1_u64.. {
            // Whoever waits for an answer before asking again gets it.
            if input.buffer().is_empty() {
                out.flush()?;
            }
            line.clear();
            match input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    stopped = Some(Failure::reading("-", &error));
                    break;
                }
            }
            if let Err(message) = answer_line(&line, catalog, session.is_json(), out)? {
                stopped = Some(unreadable(number, &message));
                break;
            }
        }
        Ok(())
    })?;
    stopped.map_or(Ok(Exit::Ready), Err)
}

/// Answers one line; an empty one with an empty one. The inner error is a line without an address.
fn answer_line(
    line: &[u8],
    catalog: &Catalog,
    json: bool,
    out: &mut dyn Write,
) -> io::Result<Result<(), String>> {
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    let results = match address(text) {
        _ if text.is_empty() => Vec::new(),
        Ok(address) => vec![Tagged::of(address, catalog)],
        Err(message) => return Ok(Err(message)),
    };
    if json {
        serde_json::to_writer(&mut *out, &Answer { schema: SCHEMA, results })?;
        return out.write_all(b"\n").map(Ok);
    }
    match results.first() {
        Some(result) => result.write_line(out).map(Ok),
        None => out.write_all(b"\n").map(Ok),
    }
}

fn address(text: &str) -> Result<IpAddr, String> {
    let shown: String = text.chars().take(80).collect();
    text.trim().parse().map_err(|_| format!("`{shown}` is not an IP address"))
}

fn unreadable(line: u64, message: &str) -> Failure {
    Failure::Input(Unreadable {
        message: format!("standard input, line {line}: {message}"),
        document: "-".into(),
        pointer: String::new(),
        expected: "an IP address a line".into(),
    })
}

#[derive(Serialize)]
struct Answer<'c> {
    schema: &'static str,
    results: Vec<Tagged<'c>>,
}

#[derive(Serialize)]
struct Tagged<'c> {
    address: IpAddr,
    tags: Vec<Tag<'c>>,
}

#[derive(Serialize)]
struct Tag<'c> {
    name: &'c str,
    prefix: String,
}

impl<'c> Tagged<'c> {
    fn of(address: IpAddr, catalog: &'c Catalog) -> Self {
        let found = catalog.lookup(address);
        let tags = found.map(|(name, prefix)| Tag { name, prefix: prefix.to_string() }).collect();
        Self { address, tags }
    }

    /// `ADDRESS<TAB>TAG,TAG`, each tag once.
    fn write_line(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{}\t", self.address)?;
        let mut written: Vec<&str> = Vec::new();
        for tag in &self.tags {
            if !written.contains(&tag.name) {
                let comma = if written.is_empty() { "" } else { "," };
                write!(out, "{comma}{}", escape(tag.name))?;
                written.push(tag.name);
            }
        }
        out.write_all(b"\n")
    }
}
