//! What follows from probes that show one symptom: shared by the checks whose source is a probe.
//!
//! A check names a symptom, the targets that can show it, and the phase that it shows in. How much a target matters to this
//! subject is weighed here, once, by the requirement it was probed for; targets that show the same are one finding.

mod afflicted;
mod ledger;
mod weight;
mod whose;

pub(super) use afflicted::Afflicted;

use super::{Case, Conclusion, Finding, Withheld};
use crate::backup::{self, Severity};
use crate::facts::Observed;
use crate::probe::{Failure, FailureKind, Outcome, Phase, Target};
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
        (outcome, Some(failure)) if shows && (outcome == Outcome::Undecided || is_own_lack(failure)) => {
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

/// Whether this machine lacked what it takes to try: that says nothing of the way.
fn is_own_lack(failure: &Failure) -> bool {
    failure.kind == FailureKind::LocalError
}

/// Whether a name does not exist that was only put together after others: nothing follows from that.
fn is_guess(seen: &Observed) -> bool {
    failed_as(seen, &[FailureKind::NxDomain, FailureKind::NoData]) && backup::is_inferred(&seen.target)
}
