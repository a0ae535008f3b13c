//! What the targets say, and what follows from all of it.

use super::afflicted::{Afflicted, named, sight};
use super::weight::{Weight, weight};
use super::{Symptom, Word};
use crate::backup::Severity;
use crate::check::{Case, Conclusion, Evidence, Finding, Withheld};
use crate::facts::{Missing, Observed};

pub(super) struct Ledger<'c, 'f, 's> {
    case: &'c Case<'f>,
    symptom: &'c Symptom<'s>,
    /// Certainly wrong, alike ones together.
    wrong: Vec<Afflicted<'c, 'f>>,
    /// Perhaps wrong: how much it would weigh, why, and what would tell.
    open: Vec<(Severity, String, Option<Missing>)>,
    free: Vec<&'f Observed>,
    silent: Vec<&'f Observed>,
}

impl<'c, 'f, 's> Ledger<'c, 'f, 's> {
    pub(super) const fn new(case: &'c Case<'f>, symptom: &'c Symptom<'s>) -> Self {
        Self { case, symptom, wrong: Vec::new(), open: Vec::new(), free: Vec::new(), silent: Vec::new() }
    }

    pub(super) fn enter(&mut self, seen: &'f Observed, word: Word) {
        let weight = weight(self.case, &seen.target, self.symptom.weight);
        match (word, weight) {
            (_, Weight::None) => {}
            (Word::Free, _) => self.free.push(seen),
            (Word::Silent, _) => self.silent.push(seen),
            (Word::Open(reason), Weight::Counts(severity) | Weight::Depends(_, severity)) => {
                self.open.push((severity, reason, None));
            }
            (Word::Shows, Weight::Depends(gap, severity)) => {
                let finding = (self.symptom.finding)(&Afflicted::new(self.case, seen, severity));
                let reason = format!("{}; whether that matters depends on {gap}", finding.message);
                self.open.push((severity, reason, Some(Missing::new(gap))));
            }
            (Word::Shows, Weight::Counts(severity)) => self.accuse(Afflicted::new(self.case, seen, severity)),
        }
    }

    fn accuse(&mut self, new: Afflicted<'c, 'f>) {
        if !self.wrong.iter_mut().any(|known| known.take(&new)) {
            self.wrong.push(new);
        }
    }

    pub(super) fn close(self) -> Result<Conclusion, Withheld> {
        let findings: Vec<Finding> = self.wrong.iter().map(|wrong| (self.symptom.finding)(wrong)).collect();
        // Blocker is declared first, so the smallest is the worst.
        let certain = findings.iter().filter_map(|finding| finding.severity).min();
        let possible = self.open.iter().map(|(severity, ..)| *severity).min();
        let possible = possible.filter(|severity| *severity <= self.symptom.weight);
        if possible.is_some_and(|possible| certain.is_none_or(|certain| possible < certain)) {
            return Err(self.hanging());
        }
        if !findings.is_empty() {
            return Ok(Conclusion::Fail(findings));
        }
        if self.free.is_empty() {
            return Err(Withheld::out_of_sight(format!("no {}", self.symptom.about)));
        }
        Ok(Conclusion::Pass(self.evidence()))
    }

    fn hanging(self) -> Withheld {
        let (mut reasons, mut missing) = (Vec::new(), Vec::new());
        for (_, reason, gap) in self.open {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
            missing.extend(gap.filter(|gap| !missing.contains(gap)));
        }
        Withheld::Inconclusive { reason: reasons.join("; "), missing }
    }

    fn evidence(&self) -> Vec<Evidence> {
        let fine =
            |seen: &&Observed| Evidence::text(seen.target.authority.to_string(), sight(&seen.observation));
        let mut evidence: Vec<Evidence> = self.free.iter().map(fine).collect();
        if !self.silent.is_empty() {
            let names = named(self.silent.iter().map(|seen| seen.target.authority.to_string()));
            evidence.push(Evidence::text("not tried so far", names));
        }
        evidence
    }
}
