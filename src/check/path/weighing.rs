//! What follows from a look at every demand, when it is not known which of them are made.

use super::demand::{Demand, asked, gauge, situations, why_not};
use crate::backup::{Applies, Gap, Requirement, Severity};
use crate::check::{Around, Case, Conclusion, Evidence, Finding, Subject, Withheld};
use crate::facts::Missing;

/// What a look at one demand found.
#[derive(Debug)]
pub(in crate::check) enum Found {
    /// Nothing wrong.
    Fine(Vec<Evidence>),
    /// Something wrong.
    Bad(Box<Finding>),
    /// Something that decides is not known.
    Open {
        /// What stands in the way.
        reason: String,
        /// What would tell.
        missing: Vec<Missing>,
    },
}

impl Found {
    /// Something that decides is not known.
    pub(in crate::check) fn open(reason: impl Into<String>, missing: Vec<Missing>) -> Self {
        Self::Open { reason: reason.into(), missing }
    }
}

/// One question asked of every demand.
pub(in crate::check) struct Look<'l> {
    /// What the question is about, for when it does not arise: `storage`.
    pub(in crate::check) about: &'l str,
    /// How much its check weighs: what weighs less never leaves it inconclusive.
    pub(in crate::check) weight: Severity,
    /// Which demands it is asked of.
    pub(in crate::check) of: &'l dyn Fn(&Requirement) -> bool,
    /// The question.
    pub(in crate::check) at: &'l dyn Fn(&Demand, &Around<'_>) -> Found,
}

/// Asks one question of every demand that may be made of the subject, and weighs the answers.
///
/// It fails where something is wrong however the unknown turns out, and is inconclusive where that depends.
pub(in crate::check) fn conclude(case: &Case<'_>, look: &Look<'_>) -> Result<Conclusion, Withheld> {
    let relevant =
        asked(case, look.of).map_err(|made| Withheld::not_applicable(why_not(case, look.about, &made)))?;
    let situations = situations(case);
    let around = case.primary()?;
    let mut ledger = Ledger::default();
    for demand in relevant {
        let needs = situations.iter().map(|situation| gauge(case, demand.requirement, situation)).collect();
        ledger.enter(demand.requirement, needs, (look.at)(&demand, around));
    }
    ledger.close(case, look.weight)
}

/// The answers so far, each with whether its demand is made in every situation that could be.
#[derive(Default)]
struct Ledger {
    entries: Vec<Entry>,
}

struct Entry {
    requirement: &'static Requirement,
    needs: Vec<Applies>,
    found: Found,
}

impl Entry {
    /// Whether it depends on something not known that anything is wrong here.
    fn hangs(&self) -> bool {
        let needed = |need: &Applies| *need != Applies::No;
        match self.found {
            Found::Fine(_) => false,
            Found::Open { .. } => self.needs.iter().any(needed),
            Found::Bad(_) => self.gap().is_some(),
        }
    }

    /// How much it weighs: what the requirement does, but no more than the check.
    fn weight(&self, check: Severity) -> Severity {
        // Blocker is declared first, so what weighs more is smaller.
        self.requirement.severity.max(check)
    }

    /// What decides whether the demand is made.
    fn gap(&self) -> Option<Gap> {
        let gap = self.needs.iter().find_map(|need| match need {
            Applies::Unknown(gap) => Some(*gap),
            Applies::Yes | Applies::No => None,
        });
        gap.or_else(|| self.needs.contains(&Applies::No).then_some(Gap::Disks))
    }
}

impl Ledger {
    fn enter(&mut self, requirement: &'static Requirement, needs: Vec<Applies>, found: Found) {
        self.entries.push(Entry { requirement, needs, found });
    }

    fn close(self, case: &Case<'_>, check: Severity) -> Result<Conclusion, Withheld> {
        let (certain, possible) = (self.certain(check), self.possible(check));
        if possible.is_some_and(|possible| certain.is_none_or(|certain| possible < certain)) {
            return Err(self.hanging(case, check));
        }
        match certain {
            Some(_) => Ok(Conclusion::Fail(self.findings(check))),
            None => Ok(Conclusion::Pass(self.evidence())),
        }
    }

    /// How much is wrong at least, whichever of the situations is the true one.
    fn certain(&self, check: Severity) -> Option<Severity> {
        let situations = self.entries.first().map_or(0, |entry| entry.needs.len());
        let wrong = |at: usize| {
            let bad = self.entries.iter().filter(|entry| {
                entry.needs.get(at) == Some(&Applies::Yes) && matches!(entry.found, Found::Bad(_))
            });
            bad.map(|entry| entry.weight(check)).min()
        };
        let worst: Option<Vec<Severity>> = (0..situations).map(wrong).collect();
        worst.and_then(|worst| worst.into_iter().max())
    }

    /// How much may be wrong, where something that is not known decides. What weighs less than the check is left out.
    fn possible(&self, check: Severity) -> Option<Severity> {
        let weights = self.entries.iter().filter(|entry| entry.hangs()).map(|entry| entry.weight(check));
        weights.min().filter(|weight| *weight <= check)
    }

    fn findings(self, check: Severity) -> Vec<Finding> {
        let bad = |entry: Entry| {
            let weight = entry.weight(check);
            match entry.found {
                Found::Bad(finding) if entry.needs.contains(&Applies::Yes) => Some(finding.weighing(weight)),
                _ => None,
            }
        };
        self.entries.into_iter().filter_map(bad).collect()
    }

    fn hanging(self, case: &Case<'_>, check: Severity) -> Withheld {
        let (mut reasons, mut wanted) = (Vec::new(), Vec::new());
        let at_stake = |entry: &&Entry| entry.hangs() && entry.weight(check) <= check;
        for entry in self.entries.iter().filter(at_stake) {
            let reason = match &entry.found {
                Found::Open { reason, missing } => {
                    wanted.extend(missing.iter().cloned());
                    reason
                }
                Found::Bad(finding) => &finding.message,
                Found::Fine(_) => continue,
            };
            let depends = entry.gap().map(|gap| {
                wanted.push(missing_for(case, gap));
                format!("; whether that matters depends on {gap}")
            });
            reasons.push(format!("{reason}{}", depends.unwrap_or_default()));
        }
        reasons.dedup();
        let mut seen = std::collections::BTreeSet::new();
        wanted.retain(|missing| seen.insert(missing.clone()));
        Withheld::Inconclusive { reason: reasons.join("; "), missing: wanted }
    }

    fn evidence(self) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        for entry in self.entries {
            let title = entry.requirement.title;
            match entry.found {
                Found::Fine(more) => evidence.extend(more),
                Found::Bad(finding) => evidence.push(Evidence::text(title, finding.message)),
                Found::Open { reason, .. } => evidence.push(Evidence::text(title, reason)),
            }
        }
        evidence
    }
}

/// What would close a gap.
fn missing_for(case: &Case<'_>, gap: Gap) -> Missing {
    let missing = Missing::new(gap.to_string());
    let Subject::Vm(vm) = case.subject else { return missing };
    match gap {
        Gap::Agent => missing.with_lookup("vm get-instance-view", &vm.id),
        Gap::Disks | Gap::WriteAccelerator => missing.with_lookup("vm show", &vm.id),
        Gap::StorageEncryption | Gap::SnapshotMethod | Gap::Policy | Gap::DnsServers => missing,
    }
}
