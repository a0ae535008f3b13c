//! A policy with a retention that backup refuses.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{Limit, LimitId, Severity, Standing, limit};
use crate::facts::Missing;
use crate::input::Place;
use crate::vault::{BackupPolicy, RetentionSchedule};

pub(super) const CHECK: Check = Check {
    id: "policy-retention-out-of-range",
    title: "the policy keeps recovery points too long or too briefly",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The retention of the backup policy that is meant: daily, weekly, monthly, yearly, and of the snapshots kept for instant \
restore.

## Why it matters for backup

A policy outside the limits is refused, and so is protecting a VM by it.

## How it decides

Daily recovery points are kept 7 to 9999 days, weekly ones 5163 weeks, monthly ones 1188 months, yearly ones 99 years at \
most; snapshots 1 to 5 days under a Standard policy and 1 to 30 under an Enhanced one. A policy of which the input holds \
no retention is inconclusive. About backup of whole VMs; with no policy in the input, or several and none of them meant, \
it is not examined. The founding documents name no limits.

## How to fix

Change the retention of the policy.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://learn.microsoft.com/azure/backup/backup-azure-vm-backup-faq
- https://learn.microsoft.com/azure/backup/backup-azure-vms-enhanced-policy
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let profile = case.question.profile;
    if limit(LimitId::RetentionDays, profile).is_none() {
        return Err(Withheld::not_applicable("the documents of this profile name no limits"));
    }
    let policy = case.policy()?;
    let figures = figures(policy);
    if figures.is_empty() {
        let what = format!("the retention of policy `{}`", policy.id.name());
        return Err(Missing::new(what).with_lookup("resource show", &policy.id).into());
    }
    let mut findings = Vec::new();
    let mut evidence = vec![Evidence::text("policy", policy.id.name())];
    for (id, count, place) in figures {
        let Some(limit) = limit(id, profile) else { continue };
        evidence.push(Evidence::text(limit.title, format!("{count} {}", limit.unit)));
        if limit.standing(count) != Standing::Within {
            findings.push(finding(policy, limit, (count, place)));
        }
    }
    Ok(Conclusion::of(findings, evidence))
}

/// Every figure of the policy that has a limit, and where it was read.
fn figures(policy: &BackupPolicy) -> Vec<(LimitId, u64, &Place)> {
    let kind = |schedule| match schedule {
        RetentionSchedule::Daily => LimitId::RetentionDays,
        RetentionSchedule::Weekly => LimitId::RetentionWeeks,
        RetentionSchedule::Monthly => LimitId::RetentionMonths,
        RetentionSchedule::Yearly => LimitId::RetentionYears,
    };
    let kept = policy.retention.iter().map(|kept| (kind(kept.schedule), kept.count, &kept.place));
    // Which limit holds for snapshots hangs on the kind of the policy.
    let instant = policy.enhanced.zip(policy.instant_restore_days).map(|(enhanced, days)| {
        let id =
            if enhanced { LimitId::InstantRestoreDaysEnhanced } else { LimitId::InstantRestoreDaysStandard };
        (id, days, &policy.place)
    });
    kept.chain(instant).collect()
}

fn finding(policy: &BackupPolicy, limit: &Limit, (count, place): (u64, &Place)) -> Finding {
    let bounds = match (limit.minimum, limit.maximum) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("{least} at least"),
        (None, Some(most)) => format!("{most} at most"),
        (None, None) => "no figure".to_owned(),
    };
    let (name, unit) = (policy.id.name(), limit.unit);
    Finding::new(
        format!("policy `{name}`: {} is {count} {unit}, and backup takes {bounds}", limit.title),
        policy.id.as_str(),
    )
    .weighing(limit.severity)
    .at(place)
    .with(Evidence::text(limit.title, format!("{count} {unit}")))
    .citing(limit.sources)
    .remedied_by(Remediation::new(format!("set it within bounds: {bounds} {unit}")))
}
