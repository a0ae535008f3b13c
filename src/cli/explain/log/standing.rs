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
    /// Every check that settles it passed, or does not apply.
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
    /// What became of it: `fail`, `pass`, `not-applicable`, `inconclusive`, `not-examined`.
    pub(super) outcome: &'static str,
    /// What it found, or why it could not say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) says: Vec<String>,
    /// What would tell, where it was not examined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) how: Option<String>,
}

impl CauseStanding {
    /// How a cause stands by what became of the checks, of all VMs.
    pub(super) fn of(cause: &Cause, outcomes: &[CaseOutcomes]) -> Self {
        let checks: Vec<CheckStanding> =
            cause.checks.iter().map(|id| CheckStanding::of(id, outcomes)).collect();
        let any = |outcome| checks.iter().any(|check| check.outcome == outcome);
        let standing = if any("fail") {
            Standing::Found
        } else if any("inconclusive") {
            Standing::Undecided
        } else if checks.is_empty() || any("not-examined") {
            Standing::NotExamined
        } else {
            Standing::RuledOut
        };
        Self { text: cause.text, standing, checks }
    }
}

impl CheckStanding {
    /// Of several VMs the one that says most decides: what failed, then what could not be said, then what passed.
    fn of(id: &'static str, outcomes: &[CaseOutcomes]) -> Self {
        let named = |case: &CaseOutcomes, text: &str| {
            if outcomes.len() > 1 { format!("{}: {text}", case.name) } else { text.to_owned() }
        };
        let mut best = Self { id, outcome: "not-examined", says: Vec::new(), how: None };
        for case in outcomes {
            if let Some(found) = case.checks.iter().find(|outcome| outcome.check.id == id) {
                let (outcome, says): (_, Vec<String>) = match &found.outcome {
                    Outcome::Fail(findings) => {
                        ("fail", findings.iter().take(TOLD).map(|finding| finding.message.clone()).collect())
                    }
                    Outcome::Inconclusive { reason, .. } => ("inconclusive", vec![reason.clone()]),
                    Outcome::Pass(_) => ("pass", Vec::new()),
                    Outcome::NotApplicable(reason) => ("not-applicable", vec![reason.clone()]),
                };
                let says = says.iter().map(|text| named(case, text)).collect();
                let new = Self { id, outcome, says, how: None };
                best = if new.weight() < best.weight() { new } else { best };
            } else if let Some(left) = case.not_examined.iter().find(|left| left.check.id == id) {
                best.how =
                    best.how.or_else(|| left.wanted.how.clone()).or_else(|| Some(left.wanted.what.clone()));
            }
        }
        if best.outcome == "not-examined" && best.how.is_none() {
            best.how = check(id).map(|check| how(check.usual_source()).to_owned());
        }
        best
    }

    fn weight(&self) -> usize {
        let order = ["fail", "inconclusive", "not-examined", "pass", "not-applicable"];
        order.iter().position(|word| *word == self.outcome).unwrap_or(order.len())
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
