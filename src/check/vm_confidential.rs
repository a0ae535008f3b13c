//! A confidential VM, on which the sources disagree.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};
use crate::facts::Missing;
use crate::vm::SecurityType;

pub(super) const CHECK: Check = Check {
    id: "vm-confidential",
    title: "the VM is a confidential VM",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the VM is a confidential VM.

## Why it matters for backup

Two current pages of Microsoft's disagree: one describes a preview in a few regions, for VMs whose OS disk alone is \
encrypted; the support matrix says that confidential VMs are not supported.

## How it decides

A confidential VM is a warning that cites both, and says whether its region is among those of the preview. A VM that is \
not described in full is inconclusive.

## How to fix

Where the preview applies, take part in it and try a restore. Elsewhere protect what is inside, with SQL backup or the \
MARS agent.

## References

- https://learn.microsoft.com/azure/backup/confidential-vm-backup
- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let Some(feature) = feature(FeatureId::ConfidentialVm, case.question.profile) else {
        return Err(Withheld::not_applicable("the documents of this profile know no confidential VMs"));
    };
    let vm = case.vm()?;
    match (&vm.security_type, &vm.os_disk) {
        (Some(SecurityType::Confidential), _) => {}
        (Some(SecurityType::Other(word)), _) => {
            return Err(Withheld::inconclusive(format!("security type `{word}` is not known here")));
        }
        (Some(SecurityType::Standard | SecurityType::TrustedLaunch), _) | (None, Some(_)) => {
            return Ok(Conclusion::Pass(vec![Evidence::text("confidential VM", "no")]));
        }
        (None, None) => {
            let what = format!("the security type of `{}`", vm.id.name());
            return Err(Missing::new(what).with_lookup("vm show", &vm.id).into());
        }
    }
    let name = vm.id.name();
    let message = match case.region() {
        Some(region) if feature.is_in(&region) => format!(
            "`{name}` is a confidential VM: a preview in {region} takes it, the support matrix says unsupported"
        ),
        Some(region) => {
            format!("`{name}` is a confidential VM, and {region} is not among the regions of the preview")
        }
        None => format!("`{name}` is a confidential VM, in a region that is not known: {}", feature.reason),
    };
    let found = Finding::new(message, vm.id.as_str())
        .weighing(feature.severity)
        .at(&vm.place)
        .with(Evidence::text("security type", "ConfidentialVM"))
        .with(Evidence::text("regions of the preview", feature.regions.join(", ")))
        .citing(feature.sources)
        .remedied_by(Remediation::new(
            "take part in the preview where there is one, or protect what is inside the VM",
        ));
    Ok(Conclusion::Fail(vec![found]))
}
