//! `check INPUT…`: is this VM ready for Azure Backup?

mod probing;

use std::path::PathBuf;

use clap::{ArgMatches, Args, ValueEnum};

use super::assume::Assumed;
use super::catalog::Catalog;
use super::explain::nearest_checks;
use super::machine::Machine;
use super::{Exit, Failure, Session, Subcommand, arguments_of, input};
use crate::azure::Cloud;
use crate::backup::{Profile, Severity, Workload};
use crate::check::{self, Assumptions, CHECKS, Case, Question, Source, Subject};
use crate::facts::Facts;
use crate::guest::Looked;
use crate::reach::Prefer;
use crate::report::{Manifest, Report, Thresholds, Unread, Verdict, render};
use crate::wire;
use probing::Probing;

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "check",
    about: "Is this VM ready for Azure Backup?",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
struct Arguments {
    /// Files and directories of exported JSON; `-` is standard input
    #[arg(required_unless_present_any = ["here", "root"], value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    machine: Machine,
    /// The VM, by name or id [default: all]
    #[arg(long, value_name = "NAME|ID")]
    vm: Option<String>,
    /// What is to be backed up: vm, sql, hana, mars
    #[arg(long, default_value = "vm", value_parser = workload, hide_default_value = true)]
    workload: Workload,
    /// Whose limits count: current, or 2018 for the founding documents
    #[arg(long, default_value = "current", value_parser = profile, hide_default_value = true)]
    profile: Profile,
    /// The vault meant, by name or id
    #[arg(long, value_name = "NAME|ID")]
    vault: Option<String>,
    /// From where on a finding makes the VM not ready: blocker, warning, note
    #[arg(long, value_name = "SEVERITY", default_value = "blocker", value_parser = severity, hide_default_value = true)]
    fail_on: Severity,
    /// Which holds where effective rules or routes and the configuration disagree
    #[arg(long, value_enum)]
    prefer: Option<PreferWord>,
    /// Something you vouch for where the input says nothing, such as region=koreacentral
    #[arg(long, value_name = "KEY=VALUE")]
    assume: Vec<String>,
    /// A check to leave out
    #[arg(long, value_name = "ID")]
    ignore: Vec<String>,
    #[command(flatten)]
    probing: Probing,
}

/// Which source to believe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PreferWord {
    /// What Azure says is in force
    Effective,
    /// What the configuration says
    Configured,
}

impl From<PreferWord> for Prefer {
    fn from(word: PreferWord) -> Self {
        match word {
            PreferWord::Effective => Self::Effective,
            PreferWord::Configured => Self::Configured,
        }
    }
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    let mut assumed = Assumed::read(&arguments.assume)?;
    let ignored = ignored(&arguments.ignore)?;
    let mut bundle = input::documents(&arguments.inputs)?;
    let told = arguments.machine.told()?.unwrap_or_default();
    bundle.documents.extend(told.documents.documents.iter().cloned());
    let mut facts = input::facts(wire::parse, &bundle)?;
    let sources = sources(&facts);
    facts.adopt_guest();
    assumed.weigh_agent(&facts, arguments.profile)?;
    assumed.facts.cloud = session.options.cloud.or(assumed.facts.cloud);
    let wanted = arguments.vm.as_deref();
    let stated = assumed.facts.cloud.map_or_else(|| cloud_in(&facts, wanted), |cloud| Ok(Some(cloud)))?;
    let catalog = Catalog::choose(session, stated)?;
    let mut question = Question { ignored, sources, ..question(&arguments, session, assumed.facts) };
    if arguments.probing.probe {
        let vm = probing::only(&facts, wanted)?;
        let case = Case::new(&facts, &catalog, Subject::Vm(vm), &question);
        bundle.documents.push(probing::document(&case, &arguments.probing, (session, &told))?);
        facts = input::facts(wire::parse, &bundle)?;
        facts.adopt_guest();
    }
    if !facts.observations.is_empty() {
        question.sources.push(Source::Probe);
    }
    let subjects = subjects(&facts, wanted)?;
    question.alone = subjects.len() == 1;
    let judged = |subject: Subject<'_>| check::run(CHECKS, &Case::new(&facts, &catalog, subject, &question));
    let outcomes = subjects.into_iter().map(judged).collect();
    let manifest = Manifest {
        as_of: question.as_of,
        tags: catalog.used(),
        profile: question.profile,
        workload: question.workload,
        assumed: assumed.given,
        sources: question.sources.clone(),
        passed_over: passed_over(&facts),
        unread: unread(&facts),
        probe_notes: probe_notes(&facts),
    };
    let report = Report::new(manifest, outcomes, Thresholds { fail_on: arguments.fail_on });
    session.write(|out| render(&report, session.format(), out))?;
    Ok(match report.verdict {
        Verdict::Ready => Exit::Ready,
        Verdict::Undetermined => Exit::Undetermined,
        Verdict::NotReady => Exit::NotReady,
    })
}

/// What the user asked; of which sources is seen from the documents.
fn question(arguments: &Arguments, session: &Session, assumed: Assumptions) -> Question {
    Question {
        workload: arguments.workload,
        profile: arguments.profile,
        prefer: arguments.prefer.map(Prefer::from),
        as_of: session.as_of(),
        vault: arguments.vault.clone(),
        assumed,
        ignored: Vec::new(),
        sources: Vec::new(),
        alone: false,
    }
}

/// The sources that the documents are of; of documents that are of none, an export is what was meant.
pub(super) fn sources(facts: &Facts) -> Vec<Source> {
    let guest = !facts.guest.is_empty();
    let export = (facts.hold_export() || !guest).then_some(Source::Export);
    export.into_iter().chain(guest.then_some(Source::Guest)).collect()
}

fn cloud_in(facts: &Facts, wanted: Option<&str>) -> Result<Option<Cloud>, Failure> {
    Ok(cloud_of(facts, &subjects(facts, wanted)?))
}

/// The VM asked for, or all; where the input holds none, every group on its own.
pub(super) fn subjects<'f>(facts: &'f Facts, wanted: Option<&str>) -> Result<Vec<Subject<'f>>, Failure> {
    if let Some(wanted) = wanted {
        return Ok(vec![Subject::Vm(input::named(&facts.vms, wanted)?)]);
    }
    if !facts.vms.is_empty() {
        return Ok(facts.vms.iter().map(Subject::Vm).collect());
    }
    if facts.security_groups.is_empty() {
        let seen = seen(facts);
        return Err(input::nothing(&format!(
            "the input holds neither a virtual machine nor a network security group, only {seen}"
        )));
    }
    Ok(facts.security_groups.iter().map(Subject::Group).collect())
}

/// What there is instead of anything to judge.
fn seen(facts: &Facts) -> String {
    let counts = [
        (facts.interfaces.len(), "network interface"),
        (facts.networks.len(), "virtual network"),
        (facts.subnets.len(), "subnet"),
        (facts.route_tables.len(), "route table"),
        (facts.disks.len(), "disk"),
        (facts.vaults.len(), "vault"),
        (facts.policies.len(), "backup policy"),
        (facts.protected_items.len(), "protected item"),
        (facts.effective_rules.len(), "list of effective rules"),
        (facts.effective_routes.len(), "list of effective routes"),
        (facts.unrecognised.len(), "document that is not recognised"),
    ];
    let named: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} × {what}"))
        .collect();
    if named.is_empty() { "resources of other kinds".into() } else { named.join(", ") }
}

/// The cloud that the input tells: outright, or by the region of what is judged.
pub(super) fn cloud_of(facts: &Facts, subjects: &[Subject<'_>]) -> Option<Cloud> {
    let region = |subject: &Subject<'_>| match subject {
        Subject::Vm(vm) => vm.region.as_ref().and_then(crate::azure::Region::cloud),
        Subject::Group(group) => group.region.as_ref().and_then(crate::azure::Region::cloud),
    };
    facts.cloud.or_else(|| subjects.iter().find_map(region))
}

fn ignored(ids: &[String]) -> Result<Vec<String>, Failure> {
    let unknown = |id: &String| {
        let near = input::listed(nearest_checks(id).into_iter());
        Failure::Usage(format!("`--ignore {id}` is no check: nearest are {near}"))
    };
    let known = |id: &String| check::check(id).map(|check| check.id.to_owned()).ok_or_else(|| unknown(id));
    ids.iter().map(known).collect()
}

fn passed_over(facts: &Facts) -> Vec<(String, String)> {
    facts.unrecognised.iter().map(|document| (document.place.to_string(), document.reason.clone())).collect()
}

/// What a collector could not read on the machine.
fn unread(facts: &Facts) -> Vec<Unread> {
    let looked = facts.guest.survey.iter().flat_map(|survey| &survey.value.looked);
    let unread = looked.filter_map(|(path, looked)| match looked {
        Looked::Unread { reason, root } => {
            Some(Unread { path: path.clone(), reason: reason.clone(), root: *root })
        }
        Looked::Read | Looked::Absent => None,
    });
    unread.collect()
}

/// What answers about probes say beside their results, each once.
fn probe_notes(facts: &Facts) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for note in &facts.probe_notes {
        if !notes.contains(&note.text) {
            notes.push(note.text.clone());
        }
    }
    notes
}

pub(super) fn workload(text: &str) -> Result<Workload, String> {
    Workload::from_word(text).ok_or_else(|| "expected vm, sql, hana or mars".into())
}

pub(super) fn profile(text: &str) -> Result<Profile, String> {
    Profile::from_word(text).ok_or_else(|| "expected current or 2018".into())
}

/// How much a finding weighs, by its word.
pub(super) fn severity(text: &str) -> Result<Severity, String> {
    Severity::from_word(text).ok_or_else(|| "expected blocker, warning or note".into())
}
