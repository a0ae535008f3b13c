//! How much a probed target matters to a subject.

use crate::backup::{self, Applies, Profile, Requirement, Severity};
use crate::check::Case;
use crate::check::path::gauge;
use crate::probe::{Need, Target};

/// The port of the founding documents' managed disks; no page of today asks for it.
const DISK_PORT: u16 = 8443;

/// How much a target matters.
pub(super) enum Weight {
    /// Nothing of it is asked of this subject.
    None,
    /// This much.
    Counts(Severity),
    /// This much, if something not known is so.
    Depends(String, Severity),
}

/// The weight of a target for this subject: of its requirement here and now, whatever it was probed for; no more than
/// `most`.
pub(super) fn weight(case: &Case<'_>, target: &Target, most: Severity) -> Weight {
    // Blocker is declared first, so what weighs more is smaller.
    let heaviest = if is_of_2018(case, target) { Severity::Warning } else { most };
    let capped = |severity: Severity| severity.max(heaviest).max(most);
    let Some(id) = target.requirement.as_deref() else {
        return match &target.need {
            Need::Required => Weight::Counts(capped(Severity::Blocker)),
            Need::Optional => Weight::Counts(capped(Severity::Warning)),
            Need::Depends(gap) => Weight::Depends(gap.clone(), capped(Severity::Blocker)),
        };
    };
    match requirement(case, id) {
        Some(requirement) => of_requirement(case, requirement, &capped),
        None => Weight::None,
    }
}

fn of_requirement(
    case: &Case<'_>,
    requirement: &Requirement,
    capped: &dyn Fn(Severity) -> Severity,
) -> Weight {
    let situation = case.situation();
    match gauge(case, requirement, &situation) {
        Applies::Yes => Weight::Counts(capped(requirement.severity)),
        Applies::Unknown(gap) if requirement.severity == Severity::Blocker => {
            Weight::Depends(gap.to_string(), capped(Severity::Blocker))
        }
        Applies::Unknown(_) => Weight::Counts(capped(Severity::Note)),
        Applies::No => match requirement.applies(&situation) {
            Applies::Unknown(gap) if gap.is_guest_only() => Weight::Counts(capped(Severity::Note)),
            _ => Weight::None,
        },
    }
}

/// The requirement of that id, in the question asked.
pub(super) fn requirement(case: &Case<'_>, id: &str) -> Option<&'static Requirement> {
    let all = backup::requirements(case.question.workload, case.question.profile);
    all.iter().find(|requirement| requirement.id == id)
}

fn is_of_2018(case: &Case<'_>, target: &Target) -> bool {
    target.authority.port == DISK_PORT && case.question.profile == Profile::Current
}
