//! How a cause of an error stands: what the checks that settle it found out.

use serde::Serialize;

use crate::azure::ResourceId;
use crate::backup::{Cause, Severity};
use crate::check::{CaseOutcomes, CheckOutcome, Finding, NotExamined, Outcome, Source, check};
use crate::script::azure_cli::Command;

/// How many findings of a check are told.
const TOLD: usize = 3;

/// A cause and how it stands.
#[derive(Debug, Serialize)]
pub(super) struct CauseStanding {
    /// The cause.
    pub(super) text: &'static str,
    /// How it stands.
    pub(super) standing: Standing,
    /// The checks that settle it.
    pub(super) checks: Vec<CheckStanding>,
}

/// How a cause stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Standing {
    /// A check found it.
    Found,
    /// Every check that settles it passed, or its question does not arise: as things stood when the machine was looked at.
    RuledOut,
    /// A check was asked and could not say, or found nothing but what is worth a note.
    Undecided,
    /// Nothing that was given tells.
    NotExamined,
}

/// A check that settles a cause, and what became of it.
#[derive(Debug, Serialize)]
pub(super) struct CheckStanding {
    /// Its id.
    pub(super) id: &'static str,
    /// What became of it.
    pub(super) outcome: Became,
    /// What it found, why it could not say, or why its question does not arise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) says: Vec<String>,
    /// What would tell, where it was not examined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) how: Option<String>,
}

/// What became of a check. Of several VMs the first of these words that holds for one decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Became {
    /// It found something.
    Fail,
    /// It could not say.
    Inconclusive,
    /// It found something that weighs no more than a note, which no cause of an error is settled by.
    Note,
    /// It was not asked.
    NotExamined,
    /// Nothing that was given could show it.
    #[serde(rename = "not-applicable")]
    OutOfSight,
    /// It found nothing.
    Pass,
    /// Its question does not arise.
    NotApplicable,
}

impl CauseStanding {
    /// How a cause stands by what became of the checks, of all VMs.
    pub(super) fn of(cause: &Cause, outcomes: &[CaseOutcomes]) -> Self {
        let checks: Vec<CheckStanding> =
            cause.checks.iter().map(|id| CheckStanding::of(id, outcomes)).collect();
        // The worst of all checks is the first of the words.
        let standing = match checks.iter().map(|check| check.outcome).min() {
            Some(Became::Fail) => Standing::Found,
            Some(Became::Inconclusive | Became::Note) => Standing::Undecided,
            Some(Became::Pass | Became::NotApplicable) => Standing::RuledOut,
            Some(Became::NotExamined | Became::OutOfSight) | None => Standing::NotExamined,
        };
        Self { text: cause.text, standing, checks }
    }
}

impl CheckStanding {
    fn of(id: &'static str, outcomes: &[CaseOutcomes]) -> Self {
        let several = outcomes.len() > 1;
        let of_cases = outcomes.iter().filter_map(|case| Self::of_case(id, case, several));
        let mut worst = of_cases.min_by_key(|own| own.outcome).unwrap_or_else(|| Self::left_out(id, None));
        if worst.outcome == Became::NotExamined && worst.how.is_none() {
            worst.how = check(id).map(|check| how(check.usual_source()).to_owned());
        }
        worst
    }

    /// What became of a check of one VM; `None` where it was not among those that were run.
    fn of_case(id: &'static str, case: &CaseOutcomes, several: bool) -> Option<Self> {
        let Some(found) = case.checks.iter().find(|outcome| outcome.check.id == id) else {
            let left = case.not_examined.iter().find(|left| left.check.id == id)?;
            return Some(Self::left_out(id, Some(would_tell(case, left))));
        };
        let (outcome, says) = became(found);
        let named = |text: &str| if several { format!("{}: {text}", case.name) } else { text.to_owned() };
        Some(Self { id, outcome, says: says.into_iter().map(named).collect(), how: None })
    }

    const fn left_out(id: &'static str, how: Option<String>) -> Self {
        Self { id, outcome: Became::NotExamined, says: Vec::new(), how }
    }
}

/// What became of a check, and what it says.
fn became(found: &CheckOutcome) -> (Became, Vec<&str>) {
    match &found.outcome {
        Outcome::Fail(findings) => {
            let severity = |finding: &Finding| finding.severity.unwrap_or(found.check.severity);
            let mut findings: Vec<&Finding> = findings.iter().collect();
            findings.sort_by_key(|finding| severity(finding));
            let told = findings.iter().take(TOLD).map(|finding| finding.message.as_str()).collect();
            let is_note = found.severity() == Some(Severity::Note);
            (if is_note { Became::Note } else { Became::Fail }, told)
        }
        Outcome::Inconclusive { reason, .. } => (Became::Inconclusive, vec![reason]),
        Outcome::Pass(_) => (Became::Pass, Vec::new()),
        Outcome::NotApplicable(reason) => (Became::NotApplicable, vec![reason]),
        Outcome::OutOfSight(reason) => (Became::OutOfSight, vec![reason]),
    }
}

/// What would tell of a VM: a command where there is one.
fn would_tell(case: &CaseOutcomes, left: &NotExamined) -> String {
    let id = ResourceId::new(&*case.id);
    match &left.wanted.how {
        Some(how) => how.clone(),
        None if left.needs == Source::Export && id.is_path() => {
            Command::lookup("vm get-instance-view", &id).to_string()
        }
        None => how(left.needs).to_owned(),
    }
}

/// What supplies a source where no VM is known of.
const fn how(source: Source) -> &'static str {
    match source {
        Source::Export => "az vm get-instance-view --resource-group GROUP --name NAME --output json",
        Source::Guest => "run it on the VM with --here, or with --root on its disk",
        Source::Probe => "azpreflight check INPUT… --probe, and give what it saves as INPUT",
    }
}
