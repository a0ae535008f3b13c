//! A file system that the VM agent writes to is full.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::Volume;

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

Less than 100 MiB free warns. Microsoft names no figure; this one is ours. Inconclusive where the file systems were not \
measured: a copied tree says nothing about the disk that it was copied from.

## How to fix

Free space on the file system, or make it larger; then restart the VM agent.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let volumes = &case.survey()?.volumes;
    if volumes.is_empty() {
        return Err(Withheld::inconclusive("how full the file systems are was not measured"));
    }
    let subject = case.vm()?.id.as_str();
    let full = volumes.iter().filter(|volume| volume.free < LITTLE);
    let findings = full.map(|volume| finding(volume, subject)).collect();
    Ok(Conclusion::of(findings, volumes.iter().map(evidence).collect()))
}

fn finding(volume: &Volume, subject: &str) -> Finding {
    let message = format!(
        "the file system of `{}` has only {} left",
        volume.path.escape_debug(),
        mebibytes(volume.free)
    );
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
