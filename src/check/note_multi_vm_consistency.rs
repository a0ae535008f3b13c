//! Several VMs are never consistent with one another.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};

pub(super) const CHECK: Check = Check {
    id: "note-multi-vm-consistency",
    title: "recovery points of several VMs are not consistent with one another",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the input holds more than one VM.

## Why it matters for backup

Each VM is backed up on its own. Applications that spread over several VMs come back from moments that differ.

## How it decides

A note where the input holds more than one VM. Otherwise, and for workloads other than whole VMs, it is not \
applicable.

## How to fix

Back up such applications from inside (databases with the workload for them), or plan for repair after a \
restore.

## References

- https://github.com/MicrosoftDocs/azure-docs.ko-kr
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let feature = feature(FeatureId::MultiVmConsistency, case.question.profile);
    let (Some(feature), vm) = (feature.filter(|_| case.facts.vms.len() > 1), case.vm()?) else {
        return Err(Withheld::not_applicable("the input holds a single VM"));
    };
    let message = format!("`{}` is one of several VMs here: {}", vm.id.name(), feature.reason);
    let found = Finding::new(message, vm.id.as_str())
        .at(&vm.place)
        .with(Evidence::text("VMs in the input", case.facts.vms.len().to_string()))
        .citing(feature.sources)
        .remedied_by(Remediation::new(
            "back up what spreads over several VMs from inside, or plan for repair",
        ));
    Ok(Conclusion::Fail(vec![found]))
}
