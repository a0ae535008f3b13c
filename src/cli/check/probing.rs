//! `check --probe`: what is probed becomes a document like the others, so that a saved one replays the run.

use std::path::PathBuf;

use clap::Args;

use super::super::output;
use super::input::listed;
use super::{Failure, input};
use crate::backup::{Inquiry, Plan, plan};
use crate::check::{Case, place};
use crate::collect;
use crate::facts::Facts;
use crate::input::Document;
use crate::probe::{Credentials, Limits, Observation, Proxy, Target};
use crate::report::probe::{ProbeReport, Probed, write_json};
use crate::vm::VirtualMachine;

/// What the document is called where it is not saved.
const NAME: &str = "probe";
/// Where the credentials of proxies are taken from.
const USER: &str = "AZPREFLIGHT_PROXY_USER";
const PASSWORD: &str = "AZPREFLIGHT_PROXY_PASSWORD";

// No documentation: clap would put it in the place of what the subcommand is about.
#[derive(Debug, Args)]
pub(super) struct Probing {
    /// Probe from here what the VM must reach: run it on the VM itself, as root or administrator
    #[arg(long)]
    pub(super) probe: bool,
    /// Probe through this HTTP proxy; its credentials come from `AZPREFLIGHT_PROXY_USER` and `AZPREFLIGHT_PROXY_PASSWORD`
    #[arg(long, value_name = "URL", requires = "probe")]
    proxy: Vec<String>,
    /// A storage account to probe, beside those of the input
    #[arg(long, value_name = "NAME", requires = "probe")]
    storage_account: Vec<String>,
    /// Keep what was probed in FILE, which as INPUT gives the same answer again
    #[arg(long, value_name = "FILE", requires = "probe")]
    save_probe: Option<PathBuf>,
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
            listed(facts.vms.iter().map(|vm| vm.id.name()))
        ))),
    }
}

/// Probes what the subject must reach, and makes a document of it.
pub(super) fn document(case: &Case<'_>, probing: &Probing) -> Result<Document, Failure> {
    let Plan { targets, skipped } = plan(&inquiry(case, probing)?);
    let observed = collect::probe::run(&targets, &Limits::default(), &mut |_| {})
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let results =
        targets.into_iter().zip(observed).map(|(target, seen)| placed(case, target, seen)).collect();
    let report = ProbeReport { results, skipped, notes: Vec::new() };
    let mut bytes = Vec::new();
    let unwritten = |name: String| move |error| Failure::Output { name, error };
    write_json(&report, false, &mut bytes).map_err(unwritten(NAME.to_owned()))?;
    let mut name = NAME.to_owned();
    if let Some(path) = &probing.save_probe {
        name = path.display().to_string();
        output::replace(path, |out| out.write_all(&bytes)).map_err(unwritten(format!("`{name}`")))?;
    }
    Ok(Document { name: name.into(), bytes, named_by_user: true })
}

fn placed(case: &Case<'_>, target: Target, observation: Observation) -> Probed {
    let placement = place(case, &target, &observation);
    let placement = placement.and_then(|placement| Some((placement.fault?, placement.sentence)));
    Probed { target, observation, placement }
}

fn inquiry(case: &Case<'_>, probing: &Probing) -> Result<Inquiry, Failure> {
    let accounts = case.facts.storage_accounts.iter().map(|account| account.id.name().to_owned());
    let mut storage_accounts: Vec<String> = accounts.chain(probing.storage_account.iter().cloned()).collect();
    storage_accounts.sort();
    storage_accounts.dedup();
    Ok(Inquiry {
        workload: case.question.workload,
        profile: case.question.profile,
        situation: case.situation(),
        storage_accounts,
        vault_region: case.vault_region(),
        proxies: probing.proxy.iter().map(|url| proxy(url)).collect::<Result<_, _>>()?,
        named: Vec::new(),
    })
}

/// A proxy by its URL. One with credentials is refused, and nothing of it is repeated: command lines are seen by others.
fn proxy(url: &str) -> Result<Proxy, Failure> {
    let proxy: Proxy = url.parse().map_err(|error| Failure::Usage(format!("`--proxy`: {error}")))?;
    if proxy.credentials.is_some() {
        return Err(Failure::Usage(format!(
            "`--proxy` takes no credentials in its URL, which others can see: set {USER} and {PASSWORD}"
        )));
    }
    let user = std::env::var(USER).ok();
    let password = std::env::var(PASSWORD).unwrap_or_default();
    Ok(proxy.with_credentials(user.map(|user| Credentials::new(user, password))))
}
