//! A lock on what backup has to clean up.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::azure::ResourceId;
use crate::backup::{FeatureId, Severity, feature};
use crate::facts::Missing;
use crate::vault::Lock;

pub(super) const CHECK: Check = Check {
    id: "lock-blocks-restore-points",
    title: "a lock keeps old restore points from being removed",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Management locks on the resource group of the restore points (`AzureBackupRG_<region>_<n>`), and on the VM, its group or \
its subscription.

## Why it matters for backup

Backup removes old restore points. A lock stops that, until the limit of points is reached and jobs end with \
`UserErrorRpCollectionLimitReached` or `UserErrorResourceIsInLockedState`.

## How it decides

A lock on one of these is a warning, of any level. No such lock in a list of locks passes; without a list it is not \
examined. A lock that does not tell what it is on is inconclusive. The founding documents do not speak of it; about \
backup of whole VMs.

## How to fix

Remove the lock, or move it to the resources that it is meant for.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let Some(feature) = feature(FeatureId::RestorePointLock, case.question.profile) else {
        return Err(Withheld::not_applicable("the documents of this profile do not speak of it"));
    };
    let vm = case.vm()?;
    let locks: Vec<_> = case.facts.locks.iter().map(|lock| (lock, scope(lock))).collect();
    let findings: Vec<Finding> = locks
        .iter()
        .filter_map(|(lock, scope)| {
            Some((lock, scope.as_ref().filter(|scope| is_in_the_way(scope, &vm.id))?))
        })
        .map(|(lock, scope)| {
            let message = format!("lock `{}` is on `{}`: {}", lock.id.name(), scope.name(), feature.reason);
            let remedy =
                Remediation::new("remove the lock, or move it to the resources that it is meant for")
                    .command_on(&["lock", "delete"], &lock.id);
            Finding::new(message, lock.id.as_str())
                .weighing(feature.severity)
                .at(&lock.place)
                .with(Evidence::text("level", lock.level.as_deref().unwrap_or("not stated")))
                .with(Evidence::text("scope", scope.as_str()))
                .citing(feature.sources)
                .remedied_by(remedy)
        })
        .collect();
    if findings.is_empty() {
        if let Some((lock, _)) = locks.iter().find(|(_, scope)| scope.is_none()) {
            return Err(Missing::new(format!("what lock `{}` is on", lock.id.name())).into());
        }
        if !case.facts.locks_listed {
            let missing = Missing::new("the list of management locks (`az lock list`)");
            return Err(Withheld::NotExamined { missing });
        }
    }
    Ok(Conclusion::of(findings, vec![Evidence::text("locks in the way", "none")]))
}

/// What a lock is on: as it says, or from its id. An id that is made up tells nothing.
fn scope(lock: &Lock) -> Option<ResourceId> {
    lock.scope.clone().or_else(|| lock.id.parent()).filter(ResourceId::is_path)
}

fn is_in_the_way(scope: &ResourceId, vm: &ResourceId) -> bool {
    const RESTORE_POINTS: &str = "AzureBackupRG_";
    let same_subscription = || match (scope.subscription(), vm.subscription()) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => true,
    };
    let own = std::iter::successors(Some(vm.clone()), ResourceId::parent).any(|above| above == *scope);
    let group = scope.provider_type().is_none().then(|| scope.resource_group()).flatten();
    let prefix = group.and_then(|group| group.get(..RESTORE_POINTS.len()));
    own || (prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(RESTORE_POINTS)) && same_subscription())
}
