//! A VM of the classic (service management) model.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};

pub(super) const CHECK: Check = Check {
    id: "vm-classic",
    title: "the VM is a classic VM",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the VM is a classic one (`Microsoft.ClassicCompute`).

## Why it matters for backup

Backup of classic VMs ended on 2025-09-30.

## How it decides

On or after that day (`--as-of`) a classic VM fails, before it is a warning. Under the profile 2018 it passes.

## How to fix

Migrate the VM to Azure Resource Manager, then protect it anew. Recovery points taken before stay as they are.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let vm = case.vm()?;
    let retired = feature(FeatureId::ClassicVm, case.question.profile);
    let evidence = Evidence::text("model", if vm.classic { "classic" } else { "Azure Resource Manager" });
    let (true, Some(feature)) = (vm.classic, retired) else {
        return Ok(Conclusion::Pass(vec![evidence]));
    };
    let ended = feature.since.is_none_or(|since| case.question.as_of >= since);
    let since = feature.since.map_or_else(|| "not stated".to_owned(), |since| since.to_string());
    let found =
        Finding::new(format!("`{}` is a classic VM: {}", vm.id.name(), feature.reason), vm.id.as_str())
            .weighing(if ended { feature.severity } else { Severity::Warning })
            .at(&vm.place)
            .with(evidence)
            .with(Evidence::text("ended on", since))
            .citing(feature.sources)
            .remedied_by(Remediation::new("migrate the VM to Azure Resource Manager, then protect it anew"));
    Ok(Conclusion::Fail(vec![found]))
}
