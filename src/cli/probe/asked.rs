//! From arguments and input to what is probed.

use std::collections::{BTreeSet, HashSet};

use super::super::assume::Assumed;
use super::super::catalog::Catalog;
use super::super::check::{cloud_of, subjects};
use super::super::{Failure, Session, input};
use super::{Arguments, named};
use crate::azure::{Region, ResourceId};
use crate::backup::{Inquiry, Plan, Situation, plan, plan_of_named};
use crate::check::{Case, Placement, Question, Source, Subject, place};
use crate::collect::host;
use crate::facts::Facts;
use crate::guest::Settings;
use crate::probe::{Observation, Target};
use crate::vm::VirtualMachine;
use crate::wire;

/// What is probed, and what the documents tell about it.
pub(super) struct Asked {
    /// The targets and what is not probed.
    pub(super) plan: Plan,
    model: Option<Model>,
}

/// What the documents tell, to set the observations against.
struct Model {
    facts: Facts,
    catalog: Catalog,
    question: Question,
    vm: String,
}

impl Asked {
    /// Reads the input, if there is any, and plans.
    ///
    /// Without `--target` there is a plan. With it, a plan is made only where the user also says where: by input or by a
    /// region.
    pub(super) fn of(arguments: &Arguments, session: &Session) -> Result<Self, Failure> {
        let mut assumed = Assumed::read(&arguments.assume)?;
        assumed.facts.region = arguments.region.clone().or(assumed.facts.region);
        assumed.facts.cloud = session.options.cloud.or(assumed.facts.cloud);
        let (model, situation) = Model::read(arguments, session, assumed)?;
        let told = Told::of(arguments, model.as_ref())?;
        let inquiry = Inquiry {
            workload: arguments.workload,
            profile: arguments.profile,
            situation,
            storage_accounts: accounts(arguments, model.as_ref())?,
            vault_region: model.as_ref().and_then(Model::vault_region),
            proxies: named::proxies(&arguments.proxy)?,
            settings: told.settings,
            named: arguments.target.iter().map(|text| named::target(text)).collect::<Result<_, _>>()?,
        };
        let somewhere = !arguments.inputs.is_empty() || arguments.region.is_some();
        let planned = inquiry.named.is_empty() || somewhere;
        let mut plan = if planned { plan(&inquiry) } else { plan_of_named(&inquiry) };
        plan.notes.extend(told.unread);
        Ok(Self { plan: without_repeats(plan), model })
    }

    /// Where the fault of each observation lies, as far as the documents tell.
    pub(super) fn placements(&self, observations: &[Observation]) -> Vec<Option<Placement>> {
        let Some(case) = self.model.as_ref().and_then(Model::case) else {
            return vec![None; observations.len()];
        };
        let pairs = self.plan.targets.iter().zip(observations);
        pairs.map(|(target, observation)| place(&case, target, observation)).collect()
    }
}

impl Model {
    /// What the input tells, where there is any, and the situation that follows from it and from what the user says.
    fn read(
        arguments: &Arguments,
        session: &Session,
        mut assumed: Assumed,
    ) -> Result<(Option<Self>, Situation), Failure> {
        if arguments.inputs.is_empty() {
            assumed.weigh_agent(&Facts::default(), arguments.profile)?;
            let said = assumed.facts;
            let cloud = said.cloud.or_else(|| said.region.as_ref().and_then(Region::cloud));
            return Ok((None, Situation { cloud, region: said.region, ..said.situation }));
        }
        let facts = input::read(&arguments.inputs)?;
        assumed.weigh_agent(&facts, arguments.profile)?;
        let found = subjects(&facts, arguments.vm.as_deref())?;
        let [Subject::Vm(vm)] = found.as_slice() else { return Err(several(&facts, &found)) };
        let stated = assumed.facts.cloud.or_else(|| cloud_of(&facts, &found));
        let vm = vm.id.as_str().to_owned();
        let question = Question {
            workload: arguments.workload,
            profile: arguments.profile,
            prefer: None,
            as_of: session.as_of(),
            vault: None,
            assumed: assumed.facts,
            ignored: Vec::new(),
            sources: vec![Source::Export, Source::Probe],
            alone: true,
        };
        let model = Self { catalog: Catalog::choose(session, stated)?, facts, question, vm };
        let situation = model.case().map(|case| case.situation()).unwrap_or_default();
        Ok((Some(model), situation))
    }

    /// The case of the VM.
    fn case(&self) -> Option<Case<'_>> {
        let vm = self.facts.vms.find(&ResourceId::new(&self.vm)).ok()?;
        Some(Case::new(&self.facts, &self.catalog, Subject::Vm(vm), &self.question))
    }

    /// The region of the vault that protects the VM, or would, where that is known.
    fn vault_region(&self) -> Option<Region> {
        self.case()?.vault_region()
    }

    /// The storage accounts that hold the disks of the VM.
    fn accounts(&self) -> Vec<String> {
        self.facts.vms.find(&ResourceId::new(&self.vm)).map(accounts_of_disks).unwrap_or_default()
    }
}

/// The storage accounts that hold the disks of a VM.
pub(in crate::cli) fn accounts_of_disks(vm: &VirtualMachine) -> Vec<String> {
    let disks = vm.os_disk.iter().chain(vm.data_disks.iter().flatten());
    let account = |blob: &str| {
        let host = blob.split_once("://").map_or(blob, |(_, rest)| rest);
        named::storage_account(host.split('.').next()?).ok()
    };
    let accounts = disks.filter_map(|disk| account(disk.blob.as_deref()?));
    accounts.collect::<BTreeSet<String>>().into_iter().collect()
}

/// One VM is asked about: the one that this runs on.
fn several(facts: &Facts, found: &[Subject<'_>]) -> Failure {
    if facts.vms.is_empty() {
        return input::nothing("the input holds no virtual machine that could be this one");
    }
    let ids = input::listed(found.iter().map(|subject| subject.id().as_str()));
    Failure::Usage(format!("the input holds several virtual machines: say with --vm which this is, {ids}"))
}

/// The storage accounts that the user names, else those of the VM's disks.
fn accounts(arguments: &Arguments, model: Option<&Model>) -> Result<Vec<String>, Failure> {
    if arguments.storage_account.is_empty() {
        return Ok(model.map(Model::accounts).unwrap_or_default());
    }
    arguments.storage_account.iter().map(|name| named::storage_account(name)).collect()
}

/// What is told about proxies.
#[derive(Default)]
struct Told {
    settings: Settings,
    unread: Vec<String>,
}

impl Told {
    /// By this machine, if the user says that it is the VM; else by the input.
    fn of(arguments: &Arguments, model: Option<&Model>) -> Result<Self, Failure> {
        if !arguments.here {
            let settings = model.map(|model| model.facts.proxy_settings.clone());
            return Ok(Self { settings: settings.unwrap_or_default(), unread: Vec::new() });
        }
        let (settings, unread) = settings_of_this_machine()?;
        Ok(Self { settings, unread })
    }
}

/// What this machine is told about proxies, and what could not be read of it.
pub(in crate::cli) fn settings_of_this_machine() -> Result<(Settings, Vec<String>), Failure> {
    let told = host::documents();
    let settings = wire::parse(&told.documents)?.proxy_settings.with_credentials(&told.withheld);
    let settings = if told.registry_unread { settings.without_accounts() } else { settings };
    Ok((settings, told.unread))
}

/// The plan with each target once.
pub(in crate::cli) fn without_repeats(plan: Plan) -> Plan {
    let mut known: HashSet<Target> = HashSet::new();
    let mut targets = plan.targets;
    targets.retain(|target| known.insert(target.clone()));
    Plan { targets, ..plan }
}
