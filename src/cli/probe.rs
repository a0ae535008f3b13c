//! `probe [INPUT…]`: is what backup must reach within reach of this machine?

pub(super) mod asked;
pub(super) mod named;
pub(super) mod progress;
mod rounds;

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgMatches, Args};

use super::check::{profile, workload};
use super::{Exit, Failure, Session, Subcommand, arguments_of};
use crate::azure::Region;
use crate::azure::platform::DNS_PORT;
use crate::backup::{Profile, Workload};
use crate::probe::Limits;
use crate::report::probe::Reached;

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "probe",
    about: "Reach what backup needs from this machine, and tell what exactly fails",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Files and directories of exported JSON that tell what this VM needs; `-` is standard input
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// The VM that this is, by name or id, where the input holds several
    #[arg(long, value_name = "NAME|ID")]
    vm: Option<String>,
    /// What is to be backed up: vm, sql, hana, mars
    #[arg(long, default_value = "vm", value_parser = workload, hide_default_value = true)]
    workload: Workload,
    /// Whose ports count: current, or 2018 for the founding documents, which add 8443
    #[arg(long, default_value = "current", value_parser = profile, hide_default_value = true)]
    profile: Profile,
    /// The region of the vault and the VM
    #[arg(long, value_name = "REGION", value_parser = region)]
    region: Option<Region>,
    /// A storage account to reach, by name; may be repeated
    #[arg(long, value_name = "NAME")]
    storage_account: Vec<String>,
    /// Something else to reach: [tcp|http|https|tls|storage://]HOST:PORT; may be repeated
    #[arg(long, value_name = "HOST:PORT")]
    target: Vec<String>,
    /// An HTTP proxy to go through; may be repeated. Credentials come from `AZPREFLIGHT_PROXY_USER` and `AZPREFLIGHT_PROXY_PASSWORD`
    #[arg(long, value_name = "URL")]
    proxy: Vec<String>,
    /// How long one target may take, in milliseconds [default: 3000]
    #[arg(long, value_name = "MS", default_value_t = 3000, hide_default_value = true, value_parser = clap::value_parser!(u64).range(1..=600_000))]
    timeout: u64,
    /// How many targets at once [default: all of them]
    #[arg(long, value_name = "N")]
    concurrency: Option<NonZeroUsize>,
    /// The name server to ask instead of those of this machine
    #[arg(long, value_name = "IP[:PORT]", value_parser = name_server)]
    dns: Option<SocketAddr>,
    /// Give a provisional verdict on silent targets early
    #[arg(long)]
    adaptive: bool,
    /// Repeat every so many seconds and tell what changes
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    watch: Option<u64>,
    /// Serve the latest results at `/metrics` of this address, refreshed every minute or as --watch says
    #[arg(long, value_name = "IP:PORT", value_parser = listener)]
    listen: Option<SocketAddr>,
    /// Go the way that each consumer is told to go on this machine, which is the VM
    #[arg(long)]
    here: bool,
    /// Something you vouch for where the input says nothing, such as agent=supported
    #[arg(long, value_name = "KEY=VALUE")]
    assume: Vec<String>,
}

impl Arguments {
    fn limits(&self) -> Limits {
        Limits {
            timeout: Duration::from_millis(self.timeout),
            concurrency: self.concurrency,
            dns: self.dns,
            adaptive: self.adaptive,
        }
    }
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    let asked = asked::Asked::of(&arguments, session)?;
    let reached = rounds::Rounds::new(&asked, &arguments, session).go()?;
    Ok(match reached {
        Reached::All => Exit::Ready,
        Reached::Open => Exit::Undetermined,
        Reached::Not => Exit::NotReady,
    })
}

/// A region; one that is not known may well exist.
#[expect(clippy::unnecessary_wraps, reason = "what clap asks of a reader")]
fn region(text: &str) -> Result<Region, String> {
    Ok(Region::parse(text))
}

/// The address of a name server, with or without its port.
pub(super) fn name_server(text: &str) -> Result<SocketAddr, String> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let alone = bare.parse::<IpAddr>().map(|address| SocketAddr::new(address, DNS_PORT));
    let server = text.parse().ok().or(alone.ok()).filter(|server: &SocketAddr| server.port() != 0);
    server.ok_or_else(|| "expected an address: 168.63.129.16, 10.0.0.2:5353, [2001:db8::1]:53".to_owned())
}

fn listener(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an address and a port: 127.0.0.1:9115, [::]:9115".to_owned())
}
