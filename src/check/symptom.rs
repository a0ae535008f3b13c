//! What follows from probes that show one symptom: shared by the checks whose source is a probe.
//!
//! A check names a symptom, the targets that can show it, and the phase that it shows in. How much a target matters to this
//! subject is weighed here, once, by the requirement it was probed for; targets that show the same are one finding.

mod afflicted;
mod ledger;
mod weight;

pub(super) use afflicted::Afflicted;

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{Case, Conclusion, Finding, Withheld};
use crate::backup::{self, Severity};
use crate::facts::{Missing, Observed};
use crate::probe::{FailureKind, Outcome, Phase, Target};
use ledger::Ledger;

/// Something that a probe can show to be wrong.
pub(super) struct Symptom<'s> {
    /// What was not tried where no target can show it, to follow "no": `name was resolved`.
    pub(super) about: &'s str,
    /// How much its check weighs: nothing found by it weighs more.
    pub(super) weight: Severity,
    /// The phase that it shows in: a target that got past is free of it.
    pub(super) phase: Phase,
    /// Which targets can show it.
    pub(super) of: &'s dyn Fn(&Target) -> bool,
    /// Whether one does.
    pub(super) shows: &'s dyn Fn(&Observed) -> bool,
    /// What to report of those that do.
    pub(super) finding: &'s dyn Fn(&Afflicted<'_, '_>) -> Finding,
}

/// What one target has to say of a symptom.
enum Word {
    /// It is free of it.
    Free,
    /// It shows it.
    Shows,
    /// It may show it, and why that is not known.
    Open(String),
    /// It was not tried, or did not get so far.
    Silent,
}

/// Asks every target that matters to the subject.
///
/// It fails where a target shows the symptom, and is inconclusive where one may that would weigh more than those that do.
pub(super) fn conclude(case: &Case<'_>, symptom: &Symptom<'_>) -> Result<Conclusion, Withheld> {
    let mut ledger = Ledger::new(case, symptom);
    for seen in case.observed()?.into_iter().filter(|seen| (symptom.of)(&seen.target)) {
        ledger.enter(seen, word(symptom, seen));
    }
    ledger.close()
}

/// Whether the probe of a target failed as one of these.
pub(super) fn failed_as(seen: &Observed, kinds: &[FailureKind]) -> bool {
    seen.observation.failure.as_ref().is_some_and(|failure| kinds.contains(&failure.kind))
}

fn word(symptom: &Symptom<'_>, seen: &Observed) -> Word {
    let (outcome, failure) = (seen.observation.outcome, &seen.observation.failure);
    let shows = (symptom.shows)(seen);
    match (outcome, failure) {
        (Outcome::Skipped, _) => Word::Silent,
        _ if is_guess(seen) => Word::Silent,
        // Whoever is refused by the guest proxy agent has reached the host.
        (_, Some(failure)) if failure.kind == FailureKind::GuestProxyAgent => {
            if shows {
                Word::Shows
            } else {
                Word::Free
            }
        }
        (Outcome::Undecided, Some(failure)) if shows => {
            Word::Open(format!("`{}` cannot be told from here: {}", seen.target.authority, failure.detail))
        }
        (Outcome::Undecided, None) => {
            Word::Open(format!("what came of `{}` was not known when the probe ended", seen.target.authority))
        }
        _ if shows => Word::Shows,
        (Outcome::Reached, _) => Word::Free,
        (_, Some(failure)) if failure.phase > symptom.phase => Word::Free,
        _ => Word::Silent,
    }
}

/// Whether a name does not exist that was only put together after others: nothing follows from that.
fn is_guess(seen: &Observed) -> bool {
    failed_as(seen, &[FailureKind::NxDomain, FailureKind::NoData]) && backup::is_inferred(&seen.target)
}

impl<'f> Case<'f> {
    /// What was probed from this VM.
    ///
    /// Where the input holds several VMs, a run of probes is of the one that has an address it left from; where only one
    /// was asked about, and no other has such an address, it is of that one.
    pub(in crate::check) fn observed(&self) -> Result<Vec<&'f Observed>, Withheld> {
        let mut runs: BTreeMap<&str, bool> = BTreeMap::new();
        let mut own: Vec<&Observed> = Vec::new();
        for seen in &self.facts.observations {
            let run = &*seen.place.document;
            if *runs.entry(run).or_insert_with(|| self.is_of_this_vm(run)) {
                own.push(seen);
            }
        }
        if own.is_empty() {
            let missing = Missing::new("what a probe on this very VM tells");
            return Err(Withheld::NotExamined { missing });
        }
        Ok(own)
    }

    fn is_of_this_vm(&self, run: &str) -> bool {
        if self.facts.vms.len() <= 1 {
            return true;
        }
        let of_run = self.facts.observations.iter().filter(|seen| &*seen.place.document == run);
        let left_from: Vec<IpAddr> = of_run.filter_map(|seen| seen.observation.local).collect();
        let owner = self.facts.vms.iter().find(|vm| {
            let interfaces = self.facts.interfaces_of(vm).unwrap_or_default();
            let configurations = interfaces.into_iter().flatten().flat_map(|one| &one.ip_configurations);
            configurations.filter_map(|one| one.private_address).any(|address| left_from.contains(&address))
        });
        match owner {
            Some(owner) => owner.id == *self.subject.id(),
            None => self.question.alone,
        }
    }
}
