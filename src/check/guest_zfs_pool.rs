//! ZFS in the guest.

use super::case::MountView;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};

pub(super) const CHECK: Check = Check {
    id: "guest-zfs-pool",
    title: "backup does not take ZFS pools",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// How many of them are shown.
const SHOWN: usize = 10;

const EXPLANATION: &str = "\
## What it checks

Whether a Linux VM has ZFS: file systems mounted, devices that belong to a pool, or a list of pools in `/etc/zfs`.

## Why it matters for backup

The support matrix lists ZFS pools as not supported.

## How it decides

Any sign of a pool is a warning. On a disk the signs are `/etc/zfs/zpool.cache`, which ZFS keeps while pools are in use, and \
`/etc/fstab`. The founding documents do not speak of ZFS.

## How to fix

Move what matters to a file system that is taken (ext4, xfs, btrfs), or back up the pool by its own means.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    case.needs_linux()?;
    let Some(feature) = feature(FeatureId::Zfs, case.question.profile) else {
        return Err(Withheld::not_applicable("the documents of this profile do not speak of ZFS"));
    };
    let view = case.mounts();
    let mut signs = signs(case, view.as_ref().ok().copied())?;
    if signs.is_empty() {
        view?;
        case.looked_through(&["/etc/zfs"])?;
        return Ok(Conclusion::Pass(vec![Evidence::text("ZFS", "no sign of it")]));
    }
    signs.truncate(SHOWN);
    let name = case.vm()?.id.name();
    let mut found = Finding::new(format!("`{name}` has ZFS: {}", feature.reason), case.vm()?.id.as_str())
        .weighing(feature.severity)
        .citing(feature.sources);
    found.evidence = signs;
    Ok(Conclusion::Fail(vec![found.remedied_by(Remediation::new(
        "keep what is to be backed up on another file system, or back the pool up by its own means",
    ))]))
}

fn signs(case: &Case<'_>, view: Option<MountView<'_>>) -> Result<Vec<Evidence>, Withheld> {
    let guest = case.guest()?;
    let mut signs = Vec::new();
    match view {
        Some(MountView::Mounted(mounts)) => {
            let zfs = mounts.value.iter().filter(|mount| mount.kind == "zfs");
            signs.extend(zfs.map(|mount| Evidence::text("mounted", mount.point.as_str())));
        }
        Some(MountView::Planned(plans)) => {
            let zfs = plans.iter().filter(|planned| planned.value.kind == "zfs");
            signs.extend(zfs.filter_map(|planned| {
                Some(Evidence::text("to be mounted", planned.value.point.as_deref()?))
            }));
        }
        None => {}
    }
    let devices = guest.storage.devices.iter().flat_map(|devices| devices.value.iter());
    let members = devices.filter(|device| device.file_system.as_deref() == Some("zfs_member"));
    signs.extend(members.map(|device| Evidence::text("in a pool", device.name.as_str())));
    let folder = guest.survey.as_ref().and_then(|survey| survey.value.folders.get("/etc/zfs"));
    if folder.is_some_and(|names| names.iter().any(|name| name == "zpool.cache")) {
        signs.push(Evidence::text("list of pools", "/etc/zfs/zpool.cache"));
    }
    Ok(signs)
}
