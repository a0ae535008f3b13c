//! What became of every check of one case.

use super::case::{Case, Subject};
use super::finding::{Evidence, Finding, Remediation};
use super::{About, Check, Conclusion, Source, Withheld};
use crate::azure::ResourceId;
use crate::backup::Severity;
use crate::facts::Missing;
use crate::nsg::NetworkSecurityGroup;
use crate::script::azure_cli::Command;

/// What became of one check.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Nothing is wrong.
    Pass(Vec<Evidence>),
    /// Something is.
    Fail(Vec<Finding>),
    /// The question does not arise, for this reason.
    NotApplicable(String),
    /// Nothing that was given could show it, for this reason. Reports call it not applicable.
    OutOfSight(String),
    /// Something that decides is not known.
    Inconclusive {
        /// What stands in the way.
        reason: String,
        /// What is missing.
        missing: Vec<Wanted>,
    },
}

/// Something that is not known, and what would tell, in the words of a report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// What is not known, as a noun phrase.
    pub what: String,
    /// A ready `az` command that prints it, every value quoted for a POSIX shell.
    pub how: Option<String>,
}

impl From<Missing> for Wanted {
    fn from(missing: Missing) -> Self {
        let how = missing.lookup.map(|lookup| Command::lookup(lookup.command, &lookup.id).to_string());
        Self { what: missing.what, how }
    }
}

/// A check and what became of it.
#[derive(Debug, Clone)]
pub struct CheckOutcome {
    /// The check.
    pub check: &'static Check,
    /// What became of it.
    pub outcome: Outcome,
}

impl CheckOutcome {
    /// The weight of the worst finding; of the check itself where it is inconclusive; `None` otherwise.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        match &self.outcome {
            // Blocker is declared first, so the smallest is the worst.
            Outcome::Fail(findings) => {
                findings.iter().map(|finding| finding.severity.unwrap_or(self.check.severity)).min()
            }
            Outcome::Inconclusive { .. } => Some(self.check.severity),
            Outcome::Pass(_) | Outcome::NotApplicable(_) | Outcome::OutOfSight(_) => None,
        }
    }
}

/// A check that was not asked, and what it would take.
#[derive(Debug, Clone)]
pub struct NotExamined {
    /// The check.
    pub check: &'static Check,
    /// Which source would supply what it needs.
    pub needs: Source,
    /// What is missing.
    pub wanted: Wanted,
}

/// What became of every check of one case.
#[derive(Debug, Clone)]
pub struct CaseOutcomes {
    /// The subject's id.
    pub id: String,
    /// The subject's name.
    pub name: String,
    /// Whether the subject is a VM; otherwise a group judged on its own.
    pub is_vm: bool,
    /// Whether nothing was given but single files of the machine: what they do not tell was never looked for.
    pub is_part: bool,
    /// Checks that were asked, in order.
    pub checks: Vec<CheckOutcome>,
    /// Checks that were not, in order.
    pub not_examined: Vec<NotExamined>,
    /// For a group on its own: ready commands that print the VM it stands before, and what is around it. For single files of
    /// a machine: what looks at the whole of it.
    pub complete_with: Vec<String>,
}

impl CaseOutcomes {
    /// Nothing asked yet of this case.
    #[must_use]
    pub fn of(case: &Case<'_>) -> Self {
        let id = case.subject.id();
        Self {
            id: id.as_str().to_owned(),
            name: id.name().to_owned(),
            is_vm: matches!(case.subject, Subject::Vm(_)),
            is_part: is_part(case),
            checks: Vec::new(),
            not_examined: Vec::new(),
            complete_with: completing(case),
        }
    }

    /// Asks one check and keeps what becomes of it.
    pub fn add(&mut self, check: &'static Check, case: &Case<'_>) {
        if !check.needs.iter().any(|source| case.question.sources.contains(source)) {
            let source = check.usual_source();
            let what = format!("what {} tells", source_phrase(source));
            let how = supplying(source).map(str::to_owned);
            return self.leave_out(check, Wanted { what, how });
        }
        if check.about == About::Vm && !self.is_vm {
            let how = self.complete_with.first().cloned();
            return self.leave_out(check, Wanted { what: "the virtual machine".into(), how });
        }
        let outcome = match (check.run)(case) {
            Ok(Conclusion::Pass(evidence)) => Outcome::Pass(evidence),
            Ok(Conclusion::Fail(findings)) => Outcome::Fail(placed(findings, check, case)),
            Err(Withheld::NotApplicable(reason)) => Outcome::NotApplicable(reason),
            Err(Withheld::OutOfSight(reason)) => Outcome::OutOfSight(reason),
            Err(Withheld::Inconclusive { reason, missing }) => {
                Outcome::Inconclusive { reason, missing: missing.into_iter().map(Wanted::from).collect() }
            }
            Err(Withheld::NotExamined { missing }) => return self.leave_out(check, missing.into()),
        };
        self.checks.push(CheckOutcome { check, outcome });
    }

    fn leave_out(&mut self, check: &'static Check, wanted: Wanted) {
        self.not_examined.push(NotExamined { check, needs: check.usual_source(), wanted });
    }
}

/// The findings, of a disk with where to do what they say: whoever looks at one sits at another machine.
fn placed(mut findings: Vec<Finding>, check: &Check, case: &Case<'_>) -> Vec<Finding> {
    let survey = case.facts.guest.survey.as_ref();
    if survey.is_some_and(|survey| !survey.value.live) && check.needs.contains(&Source::Guest) {
        for finding in &mut findings {
            finding.remediation = finding.remediation.take().map(Remediation::elsewhere);
        }
    }
    findings
}

fn is_part(case: &Case<'_>) -> bool {
    case.question.sources == [Source::Guest] && case.facts.guest.survey.is_none()
}

/// What would complete the picture.
fn completing(case: &Case<'_>) -> Vec<String> {
    match case.subject {
        Subject::Group(group) => around(group),
        Subject::Vm(vm) if is_part(case) => whole(&vm.id),
        Subject::Vm(_) => Vec::new(),
    }
}

/// What looks at the whole machine, and what prints what Azure knows of it.
fn whole(id: &ResourceId) -> Vec<String> {
    let here = ["azpreflight check --here", "azpreflight check --root DIR"].map(str::to_owned);
    let export = if id.is_path() {
        ["vm show --show-details", "vm get-instance-view"].map(|words| Command::lookup(words, id)).to_vec()
    } else {
        vec![Command::new(&["vm", "list", "--show-details"]).value("--output", "json")]
    };
    here.into_iter().chain(export.iter().map(ToString::to_string)).collect()
}

/// What prints the VM behind a group, and what else is in the way of its packets.
fn around(group: &NetworkSecurityGroup) -> Vec<String> {
    let mut commands =
        vec![Command::new(&["vm", "list", "--show-details"]).within(&group.id).value("--output", "json")];
    for interface in group.interfaces.iter().flatten().filter(|id| id.is_path()) {
        for show in
            ["network nic show", "network nic list-effective-nsg", "network nic show-effective-route-table"]
        {
            commands.push(Command::lookup(show, interface));
        }
    }
    let networks = group.subnets.iter().flatten().filter_map(ResourceId::parent);
    commands.extend(networks.filter(ResourceId::is_path).map(|id| Command::lookup("network vnet show", &id)));
    let mut lines: Vec<String> = commands.iter().map(ToString::to_string).collect();
    let mut seen = std::collections::BTreeSet::new();
    lines.retain(|line| seen.insert(line.clone()));
    lines
}

/// The command that supplies a source, where one does for every input.
const fn supplying(source: Source) -> Option<&'static str> {
    match source {
        Source::Export => None,
        Source::Guest => Some("azpreflight check INPUT… --here"),
        Source::Probe => Some("azpreflight check INPUT… --probe"),
    }
}

const fn source_phrase(source: Source) -> &'static str {
    match source {
        Source::Export => "an export",
        Source::Guest => "the machine itself",
        Source::Probe => "a probe on the VM itself",
    }
}
