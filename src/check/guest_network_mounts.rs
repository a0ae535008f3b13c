//! File systems that a server elsewhere holds.

use super::case::MountView;
use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};
use crate::input::Place;

pub(super) const CHECK: Check = Check {
    id: "guest-network-mounts",
    title: "what is mounted over the network is not in the backup",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// How many of them are shown.
const SHOWN: usize = 20;

const EXPLANATION: &str = "\
## What it checks

Whether a Linux VM mounts file systems over the network: NFS, SMB, `blobfuse`, `sshfs` and the like.

## Why it matters for backup

A backup takes the disks of the VM; what a server elsewhere holds is not on them. A server that does not answer also stops \
the snapshot extension for a while, which asks how full all file systems are.

## How it decides

By the kind of the file system, as the kernel says of what is mounted, or `/etc/fstab` of what a disk will mount. Any is a \
note.

## How to fix

Back up the server. Where servers are slow, set `onlyLocalFilesystems = True` under `[SnapshotThread]` in \
`/etc/azure/vmbackup.conf`, so that the extension asks for local file systems alone.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://github.com/Azure/azure-linux-extensions/tree/b7eecd4b/VMBackup
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    case.needs_linux()?;
    let remote = match case.mounts()? {
        MountView::Mounted(mounts) => {
            let remote = mounts.value.iter().filter(|mount| mount.is_remote());
            remote.map(|mount| (mount.point.as_str(), mount.kind.as_str(), &mounts.place)).collect()
        }
        MountView::Planned(plans) => {
            let remote = plans.iter().filter(|planned| planned.value.is_remote());
            remote
                .filter_map(|planned| {
                    Some((planned.value.point.as_deref()?, planned.value.kind.as_str(), &planned.place))
                })
                .collect::<Vec<(&str, &str, &Place)>>()
        }
    };
    let Some((point, kind, place)) = remote.first() else {
        return Ok(Conclusion::Pass(vec![Evidence::text("mounted over the network", "nothing")]));
    };
    let more = match remote.len() {
        1 => String::new(),
        count => format!(" and {} more are", count - 1),
    };
    let is = if more.is_empty() { " is" } else { "" };
    let message = format!(
        "`{}` ({kind}){more}{is} not in the backup: a server elsewhere holds it",
        point.escape_debug()
    );
    let mut found = Finding::new(message, case.vm()?.id.as_str()).at(place).citing(documented(&["VMB"]));
    if let Some(feature) = feature(FeatureId::NetworkDrives, case.question.profile) {
        found = found.weighing(feature.severity).citing(feature.sources);
    }
    found.evidence =
        remote.iter().take(SHOWN).map(|(point, kind, _)| Evidence::text(*point, *kind)).collect();
    let remedy = Remediation::new("back up what the server holds there, if it is needed")
        .step("where servers are slow: `onlyLocalFilesystems = True` under `[SnapshotThread]` in `/etc/azure/vmbackup.conf`");
    Ok(Conclusion::Fail(vec![found.remedied_by(remedy)]))
}
