//! `agent`: the VM agent of this machine, or of a disk that is mounted or was copied.

use std::path::PathBuf;

use clap::{ArgMatches, Args};

use super::check::{profile, sources, subjects};
use super::input;
use super::machine::Machine;
use super::{Exit, Failure, Session, Subcommand, arguments_of};
use crate::backup::{AgentBand, Profile, Workload};
use crate::check::{self, AGENT_CHECKS, Assumptions, Case, Question, Subject};
use crate::collect::host;
use crate::facts::Facts;
use crate::guest::{AgentPresence, Effective, EffectiveSetting, Looked, Read, ServiceStart};
use crate::report::agent::{AgentReport, Service, Setting, SettingValue, Told, render};
use crate::tags::TagCatalog;
use crate::version::AgentVersion;
use crate::vm::{OsFamily, VirtualMachine};
use crate::wire;

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "agent",
    about: "Will the VM agent of this machine, or of a disk, do for Azure Backup?",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
struct Arguments {
    /// What was collected on the machine, or files of it, and what Azure says of the VM [default: look at this machine]
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    machine: Machine,
    /// The VM, by name or id, where the input holds several
    #[arg(long, value_name = "NAME|ID")]
    vm: Option<String>,
    /// Whose limits count: current, or 2018 for the founding documents
    #[arg(long, default_value = "current", value_parser = profile, hide_default_value = true)]
    profile: Profile,
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    let here = arguments.machine.here || (arguments.inputs.is_empty() && arguments.machine.root.is_none());
    let mut bundle = input::documents(&arguments.inputs)?;
    let machine = Machine { here, ..arguments.machine };
    bundle.documents.extend(machine.told()?.unwrap_or_default().documents.documents);
    let mut facts = input::facts(wire::parse, &bundle)?;
    let sources = sources(&facts);
    facts.adopt_guest();
    let vm = only(&facts, arguments.vm.as_deref())?;
    let question = Question {
        workload: Workload::Vm,
        profile: arguments.profile,
        prefer: None,
        as_of: session.as_of(),
        vault: None,
        assumed: Assumptions::default(),
        ignored: Vec::new(),
        sources,
        alone: true,
    };
    let case = Case::new(&facts, TagCatalog::embedded(), Subject::Vm(vm), &question);
    let report = report(&case, vm);
    session.write(|out| render(&report, session.format(), out))?;
    Ok(match report.band {
        Some(AgentBand::Supported | AgentBand::Warning) => Exit::Ready,
        Some(AgentBand::Unsupported | AgentBand::Missing) => Exit::NotReady,
        None => Exit::Undetermined,
    })
}

/// The one VM that is meant.
fn only<'f>(facts: &'f Facts, wanted: Option<&str>) -> Result<&'f VirtualMachine, Failure> {
    match subjects(facts, wanted)?.as_slice() {
        [Subject::Vm(vm)] => Ok(vm),
        [] | [Subject::Group(_), ..] => Err(input::nothing("nothing in the input is of a virtual machine")),
        several => Err(Failure::Usage(format!(
            "the input holds several virtual machines: say which with --vm, {}",
            input::listed(several.iter().map(|subject| subject.id().name()))
        ))),
    }
}

fn report(case: &Case<'_>, vm: &VirtualMachine) -> AgentReport {
    let machine = &case.facts.guest;
    let service = machine.agent_service();
    let os = machine.family().or(vm.os);
    let heard = || {
        let version: AgentVersion = vm.agent.as_ref()?.version.as_deref()?.parse().ok()?;
        Some(Told { value: version.to_string(), by: vm.place.document.to_string() })
    };
    let configuration = machine.agent.configuration.as_ref().filter(|read| read.value.fault.is_none());
    let settings = configuration.map(|read| read.value.effective()).unwrap_or_default();
    let heard = heard();
    // Somebody looked, and could not tell: a log or a folder that it left shows a version, not that it is there.
    let doubted = machine.survey.is_some()
        && heard.is_none()
        && matches!(machine.agent_presence(), AgentPresence::Unknown(_));
    AgentReport {
        os: os.map(|os| if os == OsFamily::Windows { "windows" } else { "linux" }),
        installed: machine.installed_agent().as_ref().map(told),
        goal_state: machine.agent_in_effect().as_ref().map(told).or(heard),
        minimum: case.agent_minimum(vm).ok().flatten().map(|minimum| minimum.support.to_string()),
        band: case.agent_band(vm).filter(|_| !doubted),
        doubted,
        auto_update: machine.auto_update(),
        service: Service {
            name: service.name,
            start: service.start.map(ServiceStart::word),
            runs: service.runs,
        },
        heartbeat: machine.agent_heartbeat().map(|beat| beat.value.at.to_string()),
        settings: settings.into_iter().map(setting).collect(),
        unread: unread(case.facts),
        outcomes: check::run(AGENT_CHECKS, case),
    }
}

fn told(read: &Read<AgentVersion>) -> Told {
    Told { value: read.value.to_string(), by: read.place.document.to_string() }
}

fn setting(setting: EffectiveSetting) -> Setting {
    let value = match setting.value {
        Effective::Switch(on) => SettingValue::Switch(on),
        Effective::Number(number) => SettingValue::Number(number),
        Effective::Text(text) => SettingValue::Text(text),
    };
    Setting { key: setting.key, value, changed: setting.changed }
}

/// What of the agent could not be read.
fn unread(facts: &Facts) -> Vec<(String, bool)> {
    let Some(survey) = &facts.guest.survey else { return Vec::new() };
    let looked = survey.value.looked.iter();
    looked
        .filter_map(|(path, looked)| match looked {
            Looked::Unread { root, .. } if host::is_of_agent(path) => Some((path.clone(), *root)),
            _ => None,
        })
        .collect()
}
