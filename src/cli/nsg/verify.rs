//! `nsg verify INPUT…`: the exact answer for a whole set of flows.

mod answer;
mod query;
mod spec;

use std::mem::ManuallyDrop;
use std::net::IpAddr;
use std::path::PathBuf;

use clap::{ArgMatches, Args};

use crate::azure::platform;
use crate::cli::assume::Assumed;
use crate::cli::catalog::Catalog;
use crate::cli::flow::At;
use crate::cli::standing::{Standing, Terms, lend_interfaces};
use crate::cli::{Exit, Failure, Session, Subcommand, arguments_of, input};
use crate::facts::Facts;
use crate::net::{AddressSet, FlowBox, PortSet, Prefix};
use crate::nsg::{self, Direction};
use crate::reach::{Judged, Reach};
use crate::report::Page;
use answer::Answer;
use query::Query;
use spec::{Names, Spec};

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "verify",
    about: "What becomes of every flow between two sets of addresses",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
struct Arguments {
    /// Files and directories of exported JSON; `-` is standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// inbound or outbound, seen from the network interface
    #[arg(long, required_unless_present = "queries")]
    direction: Option<String>,
    /// tcp, udp, icmp, esp, ah, any
    #[arg(long, required_unless_present = "queries")]
    protocol: Option<String>,
    /// Senders: an address, a prefix, a service tag or *
    #[arg(long, value_name = "SPEC", required_unless_present = "queries")]
    from: Option<String>,
    /// Receivers
    #[arg(long, value_name = "SPEC", required_unless_present = "queries")]
    to: Option<String>,
    /// Receivers' ports: 443, 80-443, * or several with commas
    #[arg(long, value_name = "RANGE", required_unless_present = "queries")]
    port: Option<String>,
    /// A JSON array of {"direction","protocol","from","to","port"} instead: many questions in one run
    #[arg(long, value_name = "FILE", conflicts_with_all = ["direction", "protocol", "from", "to", "port"])]
    queries: Option<PathBuf>,
    #[command(flatten)]
    at: At,
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    let queries = queries(&arguments)?;
    let assumed = Assumed::read(&arguments.at.assume)?;
    // The answer ends the process, and with it goes all that it rests on: taking that apart first would cost time.
    let mut facts = ManuallyDrop::new(input::read(&arguments.inputs)?);
    lend_interfaces(&mut facts);
    let catalog = Catalog::choose(session, assumed.facts.cloud.or(facts.cloud))?;
    let terms = arguments.at.terms(&catalog, &assumed);
    let answers = answers(&facts, &arguments.at, terms, &queries)?;
    let exit = Exit::worst(answers.iter().map(Answer::exit));
    match (session.is_json(), answers.as_slice()) {
        (true, [only]) if arguments.queries.is_none() => session.write_json(only)?,
        (true, all) => session.write_json(&all)?,
        (false, all) => session.write(|out| {
            let page = &mut Page::new(out, session.layout());
            all.iter().zip(&queries).try_for_each(|(answer, query)| answer.write_text(query, page))
        })?,
    }
    Ok(exit)
}

fn queries(arguments: &Arguments) -> Result<Vec<Query>, Failure> {
    if let Some(path) = &arguments.queries {
        return query::read(path);
    }
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let stated = query::Stated {
        direction: text(&arguments.direction),
        protocol: text(&arguments.protocol),
        from: text(&arguments.from),
        to: text(&arguments.to),
        port: text(&arguments.port),
    };
    stated.read().map(|query| vec![query]).map_err(|(field, why)| Failure::Usage(format!("--{field}: {why}")))
}

fn answers(facts: &Facts, at: &At, terms: Terms<'_>, queries: &[Query]) -> Result<Vec<Answer>, Failure> {
    let standing = Standing::choose(facts, at.wanted())?;
    let reach = ManuallyDrop::new(standing.reach(facts, terms)?);
    let names = Names { scope: standing.scope(facts, terms), tags: terms.tags };
    let read = |(index, query): (usize, &Query)| {
        let resolve =
            |field: &str, text: &str| names.resolve(text).map_err(|why| query.refuse(index, field, &why));
        let (from, to) = (resolve("from", &query.from)?, resolve("to", &query.to)?);
        Ok((asked(query, &from, &to), from, to))
    };
    let read: Vec<(FlowBox, Spec, Spec)> =
        queries.iter().enumerate().map(read).collect::<Result<_, Failure>>()?;
    // The rules are made ready once a direction, for all that is asked in it.
    let judge = |direction| {
        let of_direction = queries.iter().zip(&read).filter(|(query, _)| query.direction == direction);
        let hull = of_direction.map(|(_, (asked, ..))| asked.clone()).reduce(|hull, asked| hull.hull(&asked));
        hull.map(|hull| reach.judge(direction, &hull))
    };
    let (inbound, outbound) = (judge(Direction::Inbound), judge(Direction::Outbound));
    let answer = |(query, (asked, from, to)): (&Query, &(FlowBox, Spec, Spec))| {
        let judge = if query.direction == Direction::Inbound { &inbound } else { &outbound };
        let judged = match platform_tables(&reach, query, to, asked) {
            Some(tables) => Judged { tables, verification: nsg::verify(tables, asked) },
            None => judge.as_ref()?.verify(asked),
        };
        Some(Answer::of(&judged, &near_end(&reach, [from, to]), [from, to]))
    };
    Ok(queries.iter().zip(&read).filter_map(answer).collect())
}

fn asked(query: &Query, from: &Spec, to: &Spec) -> FlowBox {
    // A flow has one family: what the other side lacks is not asked about.
    FlowBox {
        protocols: query.protocols,
        source: from.set.intersection(&families(&to.set)),
        source_ports: PortSet::all(),
        destination: to.set.intersection(&families(&from.set)),
        destination_ports: query.ports.clone(),
    }
}

/// Addresses that an example should have: those of the interface, or such as virtual networks have.
fn near_end(reach: &Reach, sets: [&Spec; 2]) -> AddressSet {
    let vague = sets.iter().any(|spec| spec.open.is_some());
    if !reach.addresses.is_empty() || !vague {
        return reach.addresses.clone();
    }
    AddressSet::from_prefixes(Prefix::new(IpAddr::from([10, 0, 0, 0]), 8))
}

/// Every address of the families that occur in a set.
fn families(set: &AddressSet) -> AddressSet {
    let ipv4 = if set.ipv4().is_empty() { AddressSet::empty() } else { AddressSet::all_ipv4() };
    if set.ipv6().is_empty() { ipv4 } else { ipv4.union(&AddressSet::all_ipv6()) }
}

/// The rules that judge traffic with the platform, where the question is about one such address and port.
fn platform_tables<'r>(
    reach: &'r Reach,
    query: &Query,
    to: &Spec,
    asked: &FlowBox,
) -> Option<&'r [nsg::RuleTable]> {
    let address = to.set.first().filter(|first| to.set == (*first).into())?;
    let port = query.ports.first().filter(|first| query.ports == PortSet::one(*first))?;
    let known = platform::services().iter().any(|service| service.address.is_some_and(|a| address == a));
    if !known || query.direction != Direction::Outbound {
        return None;
    }
    let filter = reach.platform_filter(query.direction, (address, Some(port)), asked)?;
    Some(&filter.tables)
}
