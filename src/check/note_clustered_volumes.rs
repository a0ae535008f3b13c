//! Clustered shared volumes and scale-out file servers.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "note-clustered-volumes",
    title: "clustered shared volumes are not backed up",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether a Windows VM has two or more data disks or a shared one: what a cluster node needs.

## Why it matters for backup

Clustered shared volumes and scale-out file servers are not supported: their writer fails during the snapshot.

## How it decides

Whether a VM is a node of a cluster is known inside it alone. A Windows VM with two or more data disks, or with \
a disk that several VMs may attach, gets the note; any other is not applicable.

## How to fix

If the VM is a cluster node, protect what its volumes hold from inside, with SQL backup or the MARS agent.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://github.com/MicrosoftDocs/azure-docs.ko-kr
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let vm = case.vm()?;
    let disks = case.disks().unwrap_or_default();
    let shared = disks.iter().any(|disk| disk.known().and_then(|known| known.max_shares).unwrap_or(1) > 1);
    // The first is the OS disk.
    let could_be_node = vm.os == Some(OsFamily::Windows) && (shared || disks.len() > 2);
    let feature = feature(FeatureId::ClusteredVolumes, case.question.profile);
    let Some(feature) = feature.filter(|_| could_be_node) else {
        return Err(Withheld::not_applicable("nothing suggests that the VM is a node of a Windows cluster"));
    };
    let message = format!("if `{}` is a node of a Windows cluster: {}", vm.id.name(), feature.reason);
    let found = Finding::new(message, vm.id.as_str())
        .at(&vm.place)
        .with(Evidence::text("data disks", disks.len().saturating_sub(1).to_string()))
        .with(Evidence::text("shared disk", if shared { "yes" } else { "none known" }))
        .citing(feature.sources)
        .remedied_by(Remediation::new("protect what clustered volumes hold from inside the VM"));
    Ok(Conclusion::Fail(vec![found]))
}
