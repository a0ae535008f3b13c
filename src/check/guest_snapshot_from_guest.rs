//! Snapshots are taken from inside the guest, so that storage must be reached from there.

use super::finding::documented;
use super::{
    About, Case, Check, Conclusion, Evidence, Finding, Remediation, SNAPSHOT_SETTINGS, Source, Withheld,
};
use crate::backup::{Severity, SnapshotMethod};
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "guest-snapshot-from-guest",
    title: "snapshots are asked for from inside the guest",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

How the snapshot extension takes snapshots: `SnapshotMethod` in `/etc/azure/vmbackup.conf`, or in the registry of Windows, or \
what the last run was told.

## Why it matters for backup

Through the host, which is the default, a snapshot needs nothing but 168.63.129.16 on port 80, which no group filters. From inside \
the guest, the extension asks the storage of each disk itself: HTTPS to the host of its blob on port 443, given up after 10 \
seconds. Then rules, routes and proxies for storage decide whether backup works.

## How it decides

`onlyGuest` and `firstGuestThenHost` warn; `firstHostThenGuest` and `onlyHost` pass. A word that the Linux extension does not know, \
which it takes in this very case alone, means `firstHostThenGuest`. Write Accelerator, guest state (Trusted Launch, confidential) and \
Ultra or Premium v2 disks force the host on Linux, whatever is set. What the service asks of a coming run is not known.

## How to fix

Remove the line with `SnapshotMethod`, or set it to `firstHostThenGuest`. Where the guest must ask, open the service tag of \
storage on port 443. Do not count on `HttpProxy.*` of `waagent.conf`: it is the agent's, and nothing promises that this path uses it.

## References

- https://github.com/Azure/azure-linux-extensions/tree/b7eecd4b/VMBackup
- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let told = case.snapshot_method()?;
    let evidence = vec![
        Evidence::text("snapshot method", told.taken.word()),
        Evidence::text("because of", &told.because),
        Evidence::text("path", path(told.taken)),
    ];
    if !told.taken.starts_in_guest() {
        return Ok(Conclusion::Pass(evidence));
    }
    let falls_back = if told.taken == SnapshotMethod::OnlyGuest {
        "there is no other way"
    } else {
        "the host is asked only when that has failed"
    };
    let message = format!(
        "snapshots are taken from inside the guest ({}): it must reach the storage of its disks on port 443, {falls_back}",
        told.because
    );
    let mut found = Finding::new(message, case.vm()?.id.as_str()).citing(documented(&["VMB", "TSVM"]));
    found.place = told.place.cloned();
    found.evidence = evidence;
    if !case.facts.proxy_settings.is_empty() {
        let note = "a proxy is set on this machine: whether this path goes through it is not documented, so it may go directly";
        found = found.with(Evidence::text("proxy", note));
    }
    let place = match case.guest_system() {
        Some(OsFamily::Windows) => "the registry, under BcdrAgentPersistentKeys",
        _ => SNAPSHOT_SETTINGS,
    };
    let remedy = Remediation::new("let the host take the snapshot")
        .step(format!("remove `SnapshotMethod` from {place}, or set it to `firstHostThenGuest`"))
        .step("or open the service tag of storage, outbound on port 443");
    Ok(Conclusion::Fail(vec![found.remedied_by(remedy)]))
}

/// What must be reached, in order.
const fn path(method: SnapshotMethod) -> &'static str {
    match method {
        SnapshotMethod::FirstHostThenGuest => {
            "168.63.129.16 port 80; only where that fails, storage port 443"
        }
        SnapshotMethod::FirstGuestThenHost => "storage port 443; where that fails, 168.63.129.16 port 80",
        SnapshotMethod::OnlyHost => "168.63.129.16 port 80",
        SnapshotMethod::OnlyGuest => "storage port 443",
    }
}
