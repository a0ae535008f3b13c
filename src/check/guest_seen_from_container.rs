//! The program ran inside a container, and saw that instead of the VM.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;

pub(super) const CHECK: Check = Check {
    id: "guest-seen-from-container",
    title: "what was looked at is a container, not the VM",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the program, or whoever collected for it, ran inside a container on the VM.

## Why it matters for backup

The VM agent runs on the VM itself, and the snapshot is of its disks. A container has files, mounts, and often addresses of \
its own: what is found there says nothing about the backup of the VM.

## How it decides

The first process of a container is in a control group that an engine made (Docker, Kubernetes, Podman, LXC), or processes \
are numbered anew there, in a space of their own. Where neither shows, the mark that Docker and Podman leave in the root \
counts together with a layered root (`overlay`): the mark alone may have come with the image that a VM was made from. A root \
without `/proc` (chroot) tells nothing of the machine either. Where a container was looked at, every other check of the \
machine is inconclusive.

## How to fix

Run the program on the VM itself.

## References

- https://github.com/Azure/WALinuxAgent/tree/a976115fd
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_linux()?;
    let system = &case.looked_at()?.system;
    let Some(sign) = case.container_sign() else {
        case.live("first process")?;
        if system.contained.is_none() {
            return Err(case.unread("/proc/1/cgroup"));
        }
        return Ok(Conclusion::Pass(vec![Evidence::text(
            "first process",
            "in no control group of a container",
        )]));
    };
    let message =
        "the program ran inside a container or a chroot: what it saw there is not the VM that is backed up";
    let found = Finding::new(message, case.vm()?.id.as_str())
        .with(Evidence::text("sign", sign))
        .citing(documented(&["WALA"]))
        .remedied_by(Remediation::new("run the program on the VM itself, not in a container or a chroot"));
    Ok(Conclusion::Fail(vec![found]))
}
