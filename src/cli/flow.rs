//! `flow INPUT…`: IP flow verify and NSG diagnostics, offline.

mod answer;
mod hops;
mod text;

use std::path::PathBuf;

use clap::{ArgMatches, Args};

use super::assume::Assumed;
use super::catalog::Catalog;
use super::check::PreferWord;
use super::endpoint::{self, Endpoint};
use super::standing::{Standing, Terms, Wanted, lend_interfaces};
use super::{Exit, Failure, Session, Subcommand, arguments_of, input};
use crate::azure::platform;
use crate::net::{FlowBox, ProtocolSet};
use crate::nsg::{self, Direction, Overall};
use crate::reach::{Judged, Prefer, Reach};
use crate::report::Page;
use answer::{Answer, Asked, RouteAnswer};

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "flow",
    about: "Is this flow allowed, and by which rule? IP flow verify, offline",
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
    #[arg(long, value_parser = endpoint::direction)]
    direction: Direction,
    /// tcp, udp, icmp, esp, ah, any
    #[arg(long, value_parser = endpoint::protocols)]
    protocol: ProtocolSet,
    /// The VM's end: IP, IP:PORT or IP:*; IPv6 in brackets
    #[arg(long, value_name = "IP[:PORT]")]
    local: Endpoint,
    /// The other end
    #[arg(long, value_name = "IP[:PORT]")]
    remote: Endpoint,
    #[command(flatten)]
    at: At,
}

// Where a question about rules stands, and how names are read there. No documentation: clap would put it in the place of
// what the subcommand is about.
#[derive(Debug, Args)]
pub(super) struct At {
    /// The VM, by name or id
    #[arg(long, value_name = "NAME|ID")]
    pub(super) vm: Option<String>,
    /// The network interface, by name or id
    #[arg(long, value_name = "NAME|ID")]
    pub(super) nic: Option<String>,
    /// This group on its own, by name or id
    #[arg(long, value_name = "NAME|ID", conflicts_with_all = ["vm", "nic"])]
    pub(super) nsg: Option<String>,
    /// Which holds where effective rules or routes and the configuration disagree
    #[arg(long, value_enum)]
    pub(super) prefer: Option<PreferWord>,
    /// Something you vouch for where the input says nothing: vnet=10.0.0.0/16, cloud=china
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) assume: Vec<String>,
}

impl At {
    /// The place meant.
    pub(super) fn wanted(&self) -> Wanted<'_> {
        Wanted { vm: self.vm.as_deref(), nic: self.nic.as_deref(), nsg: self.nsg.as_deref(), address: None }
    }

    /// How names are read there.
    pub(super) fn terms<'a>(&self, tags: &'a Catalog, assumed: &'a Assumed) -> Terms<'a> {
        Terms { tags, prefer: self.prefer.map(Prefer::from), assumed_space: &assumed.facts.network }
    }
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    if arguments.local.address.is_ipv4() != arguments.remote.address.is_ipv4() {
        return Err(Failure::Usage("--local and --remote are of different address families".into()));
    }
    let assumed = Assumed::read(&arguments.at.assume)?;
    let mut facts = input::read(&arguments.inputs)?;
    lend_interfaces(&mut facts);
    let catalog = Catalog::choose(session, assumed.facts.cloud.or(facts.cloud))?;
    let wanted = Wanted { address: Some(arguments.local.address), ..arguments.at.wanted() };
    let standing = Standing::choose(&facts, wanted)?;
    let reach = standing.reach(&facts, arguments.at.terms(&catalog, &assumed))?;
    let asked = asked(&arguments);
    let answer = judge(&reach, &asked);
    if session.is_json() {
        session.write_json(&answer)?;
    } else {
        session.write(|out| text::write(&answer, &asked, &mut Page::new(out, session.layout())))?;
    }
    Ok(answer.exit())
}

fn asked(arguments: &Arguments) -> Asked {
    let (local, remote) = (arguments.local, arguments.remote);
    let (from, to) = match arguments.direction {
        Direction::Inbound => (remote, local),
        Direction::Outbound => (local, remote),
    };
    // A protocol without ports is asked about on every port: which rules then match is not documented.
    let ported = arguments.protocol.iter().any(crate::net::Protocol::has_ports);
    let ports = |end: Endpoint| if ported { end.ports() } else { crate::net::PortSet::all() };
    let flows = FlowBox {
        protocols: arguments.protocol,
        source: from.address.into(),
        source_ports: ports(from),
        destination: to.address.into(),
        destination_ports: ports(to),
    };
    Asked { direction: arguments.direction, remote, from, to, flows }
}

/// Asks the rules that judge this flow, and the routes where it leaves.
fn judge(reach: &Reach, asked: &Asked) -> Answer {
    let remote = (asked.remote.address, asked.remote.port);
    let platform = reach.platform_filter(asked.direction, remote, &asked.flows);
    let judged = match platform {
        Some(filter) => {
            Judged { tables: &filter.tables, verification: nsg::verify(&filter.tables, &asked.flows) }
        }
        None => reach.verify(asked.direction, &asked.flows),
    };
    let overall = judged.verification.overall();
    let undecided = matches!(overall, Overall::Mixed | Overall::Undetermined);
    let leaves = asked.direction == Direction::Outbound && platform.is_none();
    Answer {
        schema: "azpreflight/flow/v1",
        access: match overall {
            Overall::Allow => "Allow",
            Overall::Deny => "Deny",
            Overall::Mixed | Overall::Undetermined => "Undetermined",
        },
        decided_by: (!undecided).then(|| hops::decided_by(&judged, platform)),
        hops: hops::hops(&judged, &reach.addresses),
        route: leaves.then(|| route(reach, asked)).flatten(),
        because: if undecided { hops::because(&judged, &reach.addresses) } else { Vec::new() },
    }
}

/// The route that the flow takes; none where routes are not known, and none to the platform's own address.
fn route(reach: &Reach, asked: &Asked) -> Option<RouteAnswer> {
    if asked.remote.address == platform::WIRE_SERVER {
        return None;
    }
    let branches = reach.routing.as_ref()?.split(&asked.remote.address.into());
    let (route, prefix) = branches.first()?.route?;
    Some(RouteAnswer {
        prefix: prefix.to_string(),
        next_hop: route.next_hop.kind.name().to_owned(),
        next_hop_addresses: route.next_hop.addresses.iter().map(ToString::to_string).collect(),
        source: route.source.name(),
    })
}
