//! `tags show NAME`: what is in one tag.

use std::io;

use clap::{ArgMatches, Args};
use serde::Serialize;

use super::{Catalog, Rests, resolve};
use crate::azure::Region;
use crate::cli::{Exit, Failure, Session, Subcommand, arguments_of};
use crate::net::AddressSet;
use crate::report::{Ink, Page, Styled};

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "show",
    about: "One tag: its region, its service, its prefixes",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
struct Arguments {
    /// The tag, in any case and with any spelling of its region
    name: String,
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    let catalog = Catalog::for_lookup(session)?;
    let tag = resolve(&catalog, &arguments.name)?;
    let (addresses, region) = (tag.addresses(), tag.region());
    let count = |family: &AddressSet| addresses.intersection(family).count().to_string();
    let answer = Answer {
        schema: "azpreflight/tags-show/v1",
        asked: arguments.name.trim(),
        name: tag.name(),
        region: region.as_ref().map(Region::name),
        system_service: tag.system_service(),
        change_number: tag.change_number(),
        addresses: Families { ipv4: count(&AddressSet::all_ipv4()), ipv6: count(&AddressSet::all_ipv6()) },
        prefixes: tag.prefixes().map(|prefix| prefix.to_string()).collect(),
        tags: catalog.used().into(),
    };
    if session.is_json() {
        session.write_json(&answer)?;
    } else {
        session.write(|out| answer.write_text(&mut Page::new(out, session.layout())))?;
    }
    Ok(Exit::Ready)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    schema: &'static str,
    asked: &'a str,
    name: &'a str,
    region: Option<&'a str>,
    system_service: Option<&'a str>,
    change_number: Option<u32>,
    addresses: Families,
    prefixes: Vec<String>,
    tags: Rests,
}

#[derive(Serialize)]
struct Families {
    ipv4: String,
    ipv6: String,
}

impl Answer<'_> {
    fn write_text(&self, page: &mut Page<'_>) -> io::Result<()> {
        page.line(0, &[Styled(Ink::Bold, self.name)])?;
        let Families { ipv4, ipv6 } = &self.addresses;
        let rows = [
            ("asked for", (self.asked != self.name).then(|| self.asked.to_owned())),
            ("region", self.region.map(str::to_owned)),
            ("service", self.system_service.map(str::to_owned)),
            ("change", self.change_number.map(|number| number.to_string())),
            ("release", self.tags.date.clone()),
            ("addresses", Some(format!("{ipv4} IPv4, {ipv6} IPv6"))),
            ("prefixes", Some(self.prefixes.len().to_string())),
        ];
        for (label, value) in rows {
            if let Some(value) = value {
                page.entry(2, Styled(Ink::Dim, &format!("{label:11}")), &value)?;
            }
        }
        self.prefixes.iter().try_for_each(|prefix| page.line(4, &[Styled(Ink::Plain, prefix)]))
    }
}
