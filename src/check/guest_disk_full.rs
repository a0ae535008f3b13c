//! A file system that the VM agent writes to is full.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::{Looked, Volume};

pub(super) const CHECK: Check = Check {
    id: "guest-disk-full",
    title: "a file system that the VM agent writes to is full",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// Less than this is called full. Microsoft names no figure.
const LITTLE: u64 = 100 << 20;

const EXPLANATION: &str = "\
## What it checks

How much the file systems still take that the VM agent and the snapshot extension write to: packages, state, logs.

## Why it matters for backup

An agent that cannot write neither unpacks the extension nor reports its status. Free space on the OS disk is among the \
first things that Microsoft's support has looked at for `UserErrorGuestAgentStatusUnavailable`.

## How it decides

Less than 100 MiB free warns. Microsoft names no figure; this one is ours. Not applicable to a tree that \
says nothing about the disk that it was copied from; inconclusive where a running machine was not measured, or a part of a \
disk is not mounted.

## How to fix

Free space on the file system, or make it larger; then restart the VM agent.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let survey = case.survey()?;
    let volumes = &survey.volumes;
    if volumes.is_empty() && !survey.live {
        return Err(Withheld::out_of_sight(
            "how full its file systems are was not measured: a copy of a disk does not tell",
        ));
    }
    if volumes.is_empty() {
        return Err(Withheld::inconclusive("how full the file systems are was not measured"));
    }
    let subject = case.vm()?.id.as_str();
    let full = systems(case, volumes).into_iter().filter(|(_, volume)| volume.free < LITTLE);
    let findings: Vec<Finding> = full.map(|(paths, volume)| finding(&paths, volume, subject)).collect();
    let unread = |path: &&String| {
        path.starts_with("file system of ") && matches!(survey.looked(path), Some(Looked::Unread { .. }))
    };
    if let (true, Some(path)) = (findings.is_empty(), survey.looked.keys().find(unread)) {
        return Err(case.unread(path));
    }
    Ok(Conclusion::of(findings, volumes.iter().map(evidence).collect()))
}

/// The file systems, each once, with the paths on it: by what is mounted, or else by being equally large and full.
fn systems<'v>(case: &Case<'_>, volumes: &'v [Volume]) -> Vec<(Vec<&'v str>, &'v Volume)> {
    let mounts = case.mounts().ok();
    let on = |volume: &Volume| {
        mounts
            .and_then(|mounts| mounts.holder(&case.linked(&volume.path)))
            .map(|holder| holder.point.to_owned())
    };
    let mut found: Vec<(Option<String>, Vec<&str>, &Volume)> = Vec::new();
    for volume in volumes {
        let point = on(volume);
        let is_same = |(known, _, other): &(Option<String>, Vec<&str>, &Volume)| match (known, &point) {
            (Some(known), Some(point)) => known == point,
            _ => (other.size, other.free) == (volume.size, volume.free),
        };
        match found.iter().position(is_same).and_then(|at| found.get_mut(at)) {
            Some((_, paths, known)) => {
                paths.push(&volume.path);
                // Two figures of one file system: the worse counts, lest a mount was not told.
                if volume.free < known.free {
                    *known = volume;
                }
            }
            None => found.push((point, vec![&volume.path], volume)),
        }
    }
    found.into_iter().map(|(_, paths, volume)| (paths, volume)).collect()
}

fn finding(paths: &[&str], volume: &Volume, subject: &str) -> Finding {
    let paths: Vec<String> = paths.iter().map(|path| format!("`{}`", path.escape_debug())).collect();
    let left = mebibytes(volume.free);
    let message = format!("the file system of {} has only {left} left", paths.join(", "));
    let mut found = Finding::new(message, subject).citing(documented(&["CRC"]));
    found.evidence = vec![evidence(volume)];
    found.remedied_by(
        Remediation::new("free space, then restart the VM agent")
            .step("look for what fills it; old logs and packages often do")
            .step("restart the VM agent, and run the check again"),
    )
}

fn evidence(volume: &Volume) -> Evidence {
    let value = format!("{} of {} free", mebibytes(volume.free), mebibytes(volume.size));
    Evidence::text(volume.path.as_str(), value)
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}
