//! How a cause of an error stands: what the checks that settle it found out.

use serde::Serialize;

use crate::backup::Cause;
use crate::check::{CaseOutcomes, Outcome, Source, check};

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
    /// Every check that settles it passed, or its question does not arise.
    RuledOut,
    /// A check was asked and could not say.
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
            Some(Became::Inconclusive) => Standing::Undecided,
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
            let wanted = left.wanted.how.clone().unwrap_or_else(|| left.wanted.what.clone());
            return Some(Self::left_out(id, Some(wanted)));
        };
        let (outcome, says): (_, Vec<&str>) = match &found.outcome {
            Outcome::Fail(findings) => {
                let told = findings.iter().take(TOLD).map(|finding| finding.message.as_str());
                (Became::Fail, told.collect())
            }
            Outcome::Inconclusive { reason, .. } => (Became::Inconclusive, vec![reason]),
            Outcome::Pass(_) => (Became::Pass, Vec::new()),
            Outcome::NotApplicable(reason) => (Became::NotApplicable, vec![reason]),
            Outcome::OutOfSight(reason) => (Became::OutOfSight, vec![reason]),
        };
        let named = |text: &str| if several { format!("{}: {text}", case.name) } else { text.to_owned() };
        Some(Self { id, outcome, says: says.into_iter().map(named).collect(), how: None })
    }

    const fn left_out(id: &'static str, how: Option<String>) -> Self {
        Self { id, outcome: Became::NotExamined, says: Vec::new(), how }
    }
}

/// What supplies a source where no VM is known of.
const fn how(source: Source) -> &'static str {
    match source {
        Source::Export => "give what Azure exports of the VM as INPUT",
        Source::Guest => "run it on the VM with --here, or with --root on its disk",
        Source::Probe => "azpreflight check INPUT… --probe, and give what it saves as INPUT",
    }
}
