//! A policy keeps its hour when the clocks change.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};

pub(super) const CHECK: Check = Check {
    id: "note-daylight-saving",
    title: "policies do not follow daylight saving",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether a backup policy is in the input.

## Why it matters for backup

A policy keeps its hour when daylight saving begins or ends, so jobs move by an hour against the clocks of \
people and of other jobs.

## How it decides

A note wherever the policy that is meant is in the input. Otherwise it is not applicable. Whether the time zone \
of the policy has daylight saving is not looked at.

## How to fix

Change the schedule of the policy by hand when the clocks change, if the hour matters.

## References

- https://github.com/MicrosoftDocs/azure-docs.ko-kr
- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let feature = feature(FeatureId::DaylightSaving, case.question.profile);
    let (Some(feature), Ok(policy)) = (feature, case.policy()) else {
        return Err(Withheld::not_applicable("no policy of the VM is in the input"));
    };
    let message =
        format!("policy `{}` does not follow daylight saving: {}", policy.id.name(), feature.reason);
    let found = Finding::new(message, policy.id.as_str())
        .at(&policy.place)
        .with(Evidence::text("time zone", policy.time_zone.as_deref().unwrap_or("not stated")))
        .citing(feature.sources)
        .remedied_by(Remediation::new(
            "change the schedule by hand when the clocks change, if the hour matters",
        ));
    Ok(Conclusion::Fail(vec![found]))
}
