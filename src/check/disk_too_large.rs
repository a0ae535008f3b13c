//! A disk, or all of them together, is larger than backup takes.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{Limit, LimitId, Severity, Standing, limit};

pub(super) const CHECK: Check = Check {
    id: "disk-too-large",
    title: "a disk is larger than backup takes",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The size of each disk, and of all disks of the VM together.

## Why it matters for backup

A disk above the limit is refused (`UserErrorUnsupportedDiskSize`).

## How it decides

Today's support matrix allows 64 TB a disk and 512 TB a VM; the older error page still says 32 TB, and 4 TB for disks \
under Azure Disk Encryption. Above every figure fails; above the lower one alone is a warning that cites both. Under the \
profile 2018 the figures are 4095 GB and, earlier that year, 1023 GB. Where the input tells no size of a disk, the check \
is inconclusive, or not examined if it holds none of the disks.

## How to fix

Move the data to several smaller disks, or leave the disk out of the backup.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let vm = case.vm()?;
    let disks = case.disks()?;
    let figure = |id| limit(id, case.question.profile);
    let mut findings = Vec::new();
    let mut total: u64 = 0;
    for (disk, size) in disks.iter().filter_map(|disk| Some((disk, disk.size_gib()?))) {
        total = total.saturating_add(size);
        let encrypted = figure(LimitId::EncryptedDiskSize).filter(|_| disk.encrypted() == Some(true));
        let limits = [figure(LimitId::DiskSize), encrypted];
        let worst = limits.into_iter().flatten().find_map(|limit| fault(limit, size, disk.name()));
        findings.extend(worst.map(|found| Finding { subject: disk.subject(), ..found.at(disk.place()) }));
    }
    let all = format!("all disks of {} together", vm.id.name());
    let whole = figure(LimitId::VmDiskTotal).and_then(|limit| fault(limit, total, &all));
    findings.extend(whole.map(|found| Finding { subject: vm.id.to_string(), ..found.at(&vm.place) }));
    if let (true, Some(unknown)) = (findings.is_empty(), disks.iter().find(|disk| disk.size_gib().is_none()))
    {
        return Err(Case::untold(&disks, unknown, "the size"));
    }
    let evidence = disks.iter().map(|disk| {
        let size = disk.size_gib().map_or_else(|| "not stated".to_owned(), |size| format!("{size} GiB"));
        Evidence::text(format!("disk {}", disk.name()), size)
    });
    Ok(Conclusion::of(findings, evidence.collect()))
}

/// The finding without subject and place.
fn fault(limit: &'static Limit, size: u64, name: &str) -> Option<Finding> {
    let (severity, most) = match limit.standing(size) {
        Standing::Within | Standing::TooLow | Standing::NotAllowed => return None,
        Standing::TooHigh => (limit.severity, limit.maximum?),
        Standing::Disputed => (Severity::Warning, limit.disputed?.maximum),
    };
    let message = match severity {
        Severity::Warning => {
            format!("`{name}` has {size} GiB: one document allows {most} GiB at most, another more")
        }
        Severity::Blocker | Severity::Note => {
            format!("`{name}` has {size} GiB: backup takes {most} GiB at most")
        }
    };
    let found = Finding::new(message, name)
        .weighing(severity)
        .with(Evidence::text(limit.title, format!("at most {most} GiB")))
        .citing(limit.sources)
        .citing(limit.disputed.map_or(&[][..], |dispute| dispute.sources));
    Some(
        found.remedied_by(Remediation::new(
            "move the data to smaller disks, or leave the disk out of the backup",
        )),
    )
}
