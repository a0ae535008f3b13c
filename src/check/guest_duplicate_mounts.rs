//! One mount point, or one device, mounted twice.

use std::collections::BTreeMap;

use super::case::MountView;
use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::{Mounts, Plans};
use crate::input::Place;

pub(super) const CHECK: Check = Check {
    id: "guest-duplicate-mounts",
    title: "something is mounted twice, which can keep file systems from being frozen",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Mount points of a Linux VM that two file systems are mounted at, and devices that are mounted whole at two places; of the \
kinds that the snapshot extension freezes: ext3, ext4, xfs, btrfs.

## Why it matters for backup

The extension freezes each file system by its mount point before the snapshot. Duplicate mounts are among the documented \
causes of `UserErrorFsFreezeFailed` (121 in the extension's log).

## How it decides

Two mounts at one point are a warning: that is what the troubleshooting page describes. One device at two places is a note, \
as no page says that it fails. Folders mounted at a second place (bind mounts, subvolumes) do not count. On a disk two lines \
of `/etc/fstab` for one point are a warning.

## How to fix

Unmount the older one, or rename a mount point. What cannot be unmounted is left out by `MountsToSkip` in \
`/etc/azure/vmbackup.conf`.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
- https://github.com/Azure/azure-linux-extensions/tree/b7eecd4b/VMBackup
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    case.needs_agent()?;
    case.needs_linux()?;
    let (doubles, place): (Vec<Double<'_>>, Option<&Place>) = match case.mounts()? {
        MountView::Mounted(mounts) => (mounted(&mounts.value), Some(&mounts.place)),
        MountView::Planned(plans) => (planned(plans), plans.iter().next().map(|planned| &planned.place)),
    };
    let subject = case.vm()?.id.as_str();
    let findings: Vec<Finding> = doubles
        .into_iter()
        .map(|double| {
            let found = finding(&double, subject);
            place.map_or_else(|| found.clone(), |place| found.clone().at(place))
        })
        .collect();
    Ok(Conclusion::of(findings, vec![Evidence::text("mounted twice", "nothing")]))
}

/// Something that is mounted more than once.
enum Double<'f> {
    /// At one point, what stands there.
    Point(&'f str, Vec<&'f str>),
    /// One device, where.
    Device(&'f str, Vec<&'f str>),
}

fn mounted(mounts: &Mounts) -> Vec<Double<'_>> {
    let mut points: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut devices: BTreeMap<(u32, u32), (&str, Vec<&str>)> = BTreeMap::new();
    for mount in mounts.iter().filter(|mount| mount.is_frozen()) {
        points.entry(&mount.point).or_default().push(&mount.source);
        if mount.root == "/" && mounts.is_seen(mount) {
            devices.entry(mount.device).or_insert((&mount.source, Vec::new())).1.push(&mount.point);
        }
    }
    let points = points.into_iter().map(|(point, sources)| Double::Point(point, sources));
    let devices = devices.into_values().map(|(source, points)| Double::Device(source, points));
    points.chain(devices).filter(Double::is_one).collect()
}

fn planned(plans: &Plans) -> Vec<Double<'_>> {
    let mut points: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for planned in plans.iter().map(|planned| &planned.value).filter(|planned| !planned.waits()) {
        if let Some(point) = &planned.point {
            points.entry(point).or_default().push(&planned.what);
        }
    }
    points.into_iter().map(|(point, whats)| Double::Point(point, whats)).filter(Double::is_one).collect()
}

impl Double<'_> {
    fn is_one(&self) -> bool {
        let (Self::Point(_, several) | Self::Device(_, several)) = self;
        several.len() > 1
    }
}

fn finding(double: &Double<'_>, subject: &str) -> Finding {
    let (message, severity, several) = match double {
        Double::Point(point, whats) => (
            format!("`{}` is mounted {} times over", point.escape_debug(), whats.len()),
            Severity::Warning,
            whats,
        ),
        Double::Device(source, points) => (
            format!("`{}` is mounted at {} places", source.escape_debug(), points.len()),
            Severity::Note,
            points,
        ),
    };
    let label = if matches!(double, Double::Point(..)) { "what is mounted there" } else { "where" };
    Finding::new(message, subject)
        .weighing(severity)
        .with(Evidence::text(label, several.join(", ")))
        .citing(documented(&["TSVM", "VMB"]))
        .remedied_by(
            Remediation::new("leave one of them mounted")
                .step("look with `findmnt`, and unmount the older one, or give it another mount point")
                .step("what has to stay: name it in `MountsToSkip` under `[SnapshotThread]` in `/etc/azure/vmbackup.conf`"),
        )
}
