//! Volumes that lie over several disks.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Missing;
use crate::guest::{Storage, Survey};

pub(super) const CHECK: Check = Check {
    id: "guest-raid-or-lvm",
    title: "volumes lie over several disks",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Arrays (`md`) and logical volumes of LVM in a Linux VM that lie over more than one disk.

## Why it matters for backup

Such a volume is whole only with all of its disks. A policy that leaves one of them out, or a restore of some, gives disks \
that nobody can read. This follows from what such volumes are; no page of the backup service says more about them.

## How it decides

By what `lsblk` says lies on what, or for a disk by `mdadm.conf` and LVM's own backups in `/etc/lvm/backup`, which an \
ordinary user may not read. Any such volume is a note.

## How to fix

Keep all the disks of such a volume in the backup, and restore them together.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-vms-enhanced-policy
- https://learn.microsoft.com/azure/backup/backup-azure-vms-agentless-multi-disk-crash-consistent-overview
";

/// What of a disk tells of arrays and groups.
const PLANS: [&str; 3] = ["/etc/lvm/backup", "/etc/mdadm.conf", "/etc/mdadm/mdadm.conf"];

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    case.needs_linux()?;
    let storage = &case.guest()?.storage;
    let volumes = match case.survey() {
        Ok(survey) if survey.live => seen(storage).ok_or_else(|| case.unread("commands/lsblk.txt"))?,
        Ok(survey) => planned(storage, Some(survey)).ok_or_else(|| case.unread("/etc/lvm/backup"))?,
        Err(_) => seen(storage).or_else(|| planned(storage, None)).ok_or_else(|| {
            let what = "what lies on which disks (`lsblk --json`)";
            Withheld::NotExamined { missing: Missing::new(what) }
        })?,
    };
    if volumes.is_empty() {
        if case.survey().is_ok_and(|survey| !survey.live) {
            case.looked_through(&PLANS)?;
        }
        return Ok(Conclusion::Pass(vec![Evidence::text("volumes over several disks", "none")]));
    }
    let names: Vec<String> = volumes.iter().map(|(name, _)| format!("`{}`", name.escape_debug())).collect();
    let (lie, them) = if names.len() == 1 { ("lies", "it") } else { ("lie", "them") };
    let message =
        format!("{} {lie} over several disks: without any of these nobody can read {them}", names.join(", "));
    let mut found = Finding::new(message, case.vm()?.id.as_str()).citing(documented(&["ENH", "AGENTLESS"]));
    found.evidence = volumes.into_iter().map(|(name, disks)| Evidence::text(name, disks)).collect();
    Ok(Conclusion::Fail(vec![
        found.remedied_by(Remediation::new(
            "keep all of these disks in the backup, and restore them together",
        )),
    ]))
}

/// Arrays and volumes over several disks, as the running system sees them.
fn seen(storage: &Storage) -> Option<Vec<(String, String)>> {
    let devices = &storage.devices.as_ref()?.value;
    let is_volume =
        |kind: &str| kind == "lvm" || kind.starts_with("raid") || kind == "linear" || kind == "md";
    let volumes = devices.iter().filter(|device| is_volume(&device.kind));
    let over = volumes.map(|device| (device.name.clone(), devices.disks_under(device)));
    let several = over.filter(|(_, disks)| disks.len() > 1);
    Some(several.map(|(name, disks)| (name, disks.into_iter().collect::<Vec<_>>().join(", "))).collect())
}

/// The same as files of a disk tell it; `None` where they do not tell all.
fn planned(storage: &Storage, survey: Option<&Survey>) -> Option<Vec<(String, String)>> {
    let members = |members: &[String]| match members {
        [] => "disks that are not named".to_owned(),
        members => members.join(", "),
    };
    let arrays = storage.arrays.iter().map(|read| &read.value).filter(|array| array.members.len() != 1);
    let groups = storage.groups.iter().map(|read| &read.value).filter(|group| group.devices.len() > 1);
    let found: Vec<(String, String)> = arrays
        .map(|array| (array.name.clone(), members(&array.members)))
        .chain(groups.map(|group| (group.name.clone(), members(&group.devices))))
        .collect();
    let listed = |survey: &Survey| {
        survey.folders.contains_key("/etc/lvm/backup") || survey.is_absent("/etc/lvm/backup")
    };
    (!found.is_empty() || survey.is_some_and(listed)).then_some(found)
}
