//! What became of every check of one case.

use super::case::{Case, Subject};
use super::finding::{Evidence, Finding};
use super::{About, Check, Conclusion, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Missing;

/// What became of one check.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Nothing is wrong.
    Pass(Vec<Evidence>),
    /// Something is.
    Fail(Vec<Finding>),
    /// The question does not arise, for this reason.
    NotApplicable(String),
    /// Something that decides is not known.
    Inconclusive {
        /// What stands in the way.
        reason: String,
        /// What is missing.
        missing: Vec<Missing>,
    },
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
            Outcome::Pass(_) | Outcome::NotApplicable(_) => None,
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
    pub missing: Missing,
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
    /// Checks that were asked, in order.
    pub checks: Vec<CheckOutcome>,
    /// Checks that were not, in order.
    pub not_examined: Vec<NotExamined>,
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
            checks: Vec::new(),
            not_examined: Vec::new(),
        }
    }

    /// Asks one check and keeps what becomes of it.
    pub fn add(&mut self, check: &'static Check, case: &Case<'_>) {
        if !case.question.sources.contains(&check.needs) {
            let missing = Missing::new(format!("what {} tells", source_phrase(check.needs)));
            self.not_examined.push(NotExamined { check, needs: check.needs, missing });
            return;
        }
        if check.about == About::Vm && !self.is_vm {
            let missing = Missing::new("the virtual machine");
            self.not_examined.push(NotExamined { check, needs: check.needs, missing });
            return;
        }
        let outcome = match (check.run)(case) {
            Ok(Conclusion::Pass(evidence)) => Outcome::Pass(evidence),
            Ok(Conclusion::Fail(findings)) => Outcome::Fail(findings),
            Err(Withheld::NotApplicable(reason)) => Outcome::NotApplicable(reason),
            Err(Withheld::Inconclusive { reason, missing }) => Outcome::Inconclusive { reason, missing },
            Err(Withheld::NotExamined { missing }) => {
                self.not_examined.push(NotExamined { check, needs: check.needs, missing });
                return;
            }
        };
        self.checks.push(CheckOutcome { check, outcome });
    }
}

const fn source_phrase(source: Source) -> &'static str {
    match source {
        Source::Export => "an export",
        Source::Guest => "the machine itself",
        Source::Probe => "a probe",
    }
}
