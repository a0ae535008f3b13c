//! `check --probe`: what is probed becomes a document like the others, so that a saved one replays the run.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::super::output::replace;
use super::super::probe::asked::{accounts_of_disks, without_repeats};
use super::super::probe::name_server;
use super::super::probe::named::{proxies, storage_account};
use super::super::probe::progress::Progress;
use super::{Failure, Session, input};
use crate::backup::{Inquiry, plan, tempered};
use crate::check::{Case, place};
use crate::collect::host::Told;
use crate::collect::probe::{ProbeError, run};
use crate::facts::Facts;
use crate::guest::Settings;
use crate::input::Document;
use crate::probe::{Limits, Observation, Target};
use crate::report::probe::{ProbeReport, Probed, write_json};
use crate::vm::VirtualMachine;

/// What the document is called where it is not saved.
const NAME: &str = "probe";

// No documentation: clap would put it in the place of what the subcommand is about.
#[derive(Debug, Args)]
pub(super) struct Probing {
    /// Probe from here what the VM must reach: run it on the VM itself, as root or administrator
    #[arg(long)]
    pub(super) probe: bool,
    /// Probe through this HTTP proxy; its credentials come from `AZPREFLIGHT_PROXY_USER` and `AZPREFLIGHT_PROXY_PASSWORD`
    #[arg(long, value_name = "URL", requires = "probe")]
    proxy: Vec<String>,
    /// A storage account to probe, instead of those of the VM's disks
    #[arg(long, value_name = "NAME", requires = "probe")]
    storage_account: Vec<String>,
    /// With --probe: how long one target may take, in milliseconds [default: 3000]
    #[arg(long, value_name = "MS", requires = "probe", value_parser = clap::value_parser!(u64).range(1..=600_000))]
    timeout: Option<u64>,
    /// With --probe: the name server to ask instead of those of this machine
    #[arg(long, value_name = "IP[:PORT]", requires = "probe", value_parser = name_server)]
    dns: Option<SocketAddr>,
    /// Keep what was probed in FILE, which as INPUT gives the same answer again
    #[arg(long, value_name = "FILE", requires = "probe")]
    save_probe: Option<PathBuf>,
}

impl Probing {
    fn limits(&self) -> Limits {
        let timeout = self.timeout.map_or(Limits::TIMEOUT, Duration::from_millis);
        Limits { timeout, dns: self.dns, ..Limits::default() }
    }
}

/// The VM to probe from: the one asked for, or the only one.
pub(super) fn only<'f>(facts: &'f Facts, wanted: Option<&str>) -> Result<&'f VirtualMachine, Failure> {
    if let Some(wanted) = wanted {
        return input::named(&facts.vms, wanted);
    }
    let mut vms = facts.vms.iter();
    match (vms.next(), facts.vms.len()) {
        (Some(only), 1) => Ok(only),
        (None, _) => {
            let message = "`--probe` is about the VM that it runs on, and none is in the input";
            Err(Failure::Usage(message.to_owned()))
        }
        (Some(_), _) => Err(Failure::Usage(format!(
            "`--probe` is about the VM that it runs on: say which that is with --vm, {}",
            input::listed(facts.vms.iter().map(|vm| vm.id.name()))
        ))),
    }
}

/// Probes what the subject must reach, and makes a document of it.
///
/// With what this machine tells, each consumer's way is the one that it is told to go here.
pub(super) fn document(
    case: &Case<'_>,
    probing: &Probing,
    (session, told): (&Session, &Told),
) -> Result<Document, Failure> {
    let settings = case.facts.proxy_settings.clone().with_credentials(&told.withheld);
    let settings = if told.registry_unread { settings.without_accounts() } else { settings };
    let mut plan = without_repeats(plan(&inquiry(case, probing, settings)?));
    plan.notes.extend(told.unread.iter().cloned());
    let mut progress = Progress::new(&plan.targets, session.layout(), session.options.quiet);
    let observed = run(&plan.targets, &probing.limits(), &mut |seen| progress.tell(seen));
    let observed = observed.map_err(|ProbeError::Runtime(error)| Failure::Output {
        name: "a question to the network".to_owned(),
        error,
    })?;
    let pairs = plan.targets.into_iter().zip(observed);
    let results = pairs.map(|(target, seen)| placed(case, target, seen)).collect();
    kept(&ProbeReport { results, skipped: plan.skipped, notes: plan.notes }, probing)
}

fn placed(case: &Case<'_>, target: Target, seen: Observation) -> Probed {
    let observation = tempered(&target, seen);
    let placement = place(case, &target, &observation);
    Probed { target, observation, placement }
}

/// The document, saved where the user wants it: under its name there the same report comes of it again.
fn kept(report: &ProbeReport, probing: &Probing) -> Result<Document, Failure> {
    let unwritten = |name: &str| {
        let name = name.to_owned();
        move |error| Failure::Output { name, error }
    };
    let mut bytes = Vec::new();
    write_json(report, false, &mut bytes).map_err(unwritten(NAME))?;
    let path = probing.save_probe.as_ref();
    let name = path.map_or_else(|| NAME.to_owned(), |path| path.display().to_string());
    if let Some(path) = path {
        replace(path, |out| out.write_all(&bytes)).map_err(unwritten(&format!("`{name}`")))?;
    }
    Ok(Document { name: name.into(), bytes, named_by_user: true })
}

fn inquiry(case: &Case<'_>, probing: &Probing, settings: Settings) -> Result<Inquiry, Failure> {
    let named = probing.storage_account.iter().map(|name| storage_account(name));
    let mut storage_accounts = named.collect::<Result<Vec<String>, Failure>>()?;
    if let (true, Ok(vm)) = (storage_accounts.is_empty(), case.vm()) {
        storage_accounts = accounts_of_disks(vm);
    }
    Ok(Inquiry {
        workload: case.question.workload,
        profile: case.question.profile,
        situation: case.situation(),
        storage_accounts,
        vault_region: case.vault_region(),
        proxies: proxies(&probing.proxy)?,
        settings,
        named: Vec::new(),
    })
}
