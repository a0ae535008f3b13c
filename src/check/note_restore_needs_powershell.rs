//! A VM whose network the portal could not restore in 2018.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, Support, feature};
use crate::network::NetworkInterface;

pub(super) const CHECK: Check = Check {
    id: "note-restore-needs-powershell",
    title: "restoring this VM needs PowerShell",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Under the profile 2018: whether the VM has several network interfaces or stands behind a load balancer.

## Why it matters for backup

In 2018 such VMs, those with several reserved addresses and domain controllers of a forest were restored with \
PowerShell only. Today they are restored as any other.

## How it decides

Several interfaces, or an interface in a pool of a load balancer, give the note under the profile 2018. \
Otherwise it is not applicable.

## How to fix

Restore the disks, then make the VM and its network with PowerShell. Try it once before it is needed.

## References

- https://github.com/MicrosoftDocs/azure-docs.ko-kr
- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let vm = case.vm()?;
    let limited = feature(FeatureId::RestoreSpecialNetwork, case.question.profile)
        .filter(|feature| feature.support == Support::Limited);
    let Some(feature) = limited else {
        return Err(Withheld::not_applicable("such VMs are restored as any other today"));
    };
    let interfaces = case.facts.interfaces_of(vm).unwrap_or_default();
    let balanced =
        |known: &&NetworkInterface| known.ip_configurations.iter().any(|c| !c.load_balancer_pools.is_empty());
    let reason = if interfaces.len() > 1 {
        format!("{} network interfaces", interfaces.len())
    } else if interfaces.iter().flatten().any(balanced) {
        "a load balancer in front".to_owned()
    } else {
        return Err(Withheld::not_applicable("the VM has one network interface and no load balancer"));
    };
    let found = Finding::new(format!("`{}` has {reason}: {}", vm.id.name(), feature.reason), vm.id.as_str())
        .at(&vm.place)
        .with(Evidence::text("network", reason))
        .citing(feature.sources)
        .remedied_by(Remediation::new("restore the disks, then make the VM and its network with PowerShell"));
    Ok(Conclusion::Fail(vec![found]))
}
