//! A classic VM with a reserved address.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};

pub(super) const CHECK: Check = Check {
    id: "note-reserved-ip",
    title: "a reserved address without an endpoint is not supported",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the VM is a classic one, under the profile 2018.

## Why it matters for backup

The founding documents say that a classic VM with a reserved address and without an endpoint is not supported.

## How it decides

Reserved addresses and endpoints of a classic VM are not in an export, so every classic VM gets the note under \
the profile 2018. Otherwise it is not applicable.

## How to fix

Give such a VM an endpoint, or move it to Azure Resource Manager.

## References

- https://github.com/MicrosoftDocs/azure-docs.ko-kr
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let vm = case.vm()?;
    let feature = feature(FeatureId::ReservedIp, case.question.profile);
    let Some(feature) = feature.filter(|_| vm.classic) else {
        return Err(Withheld::not_applicable("this is about classic VMs and the founding documents"));
    };
    let message = format!("if classic VM `{}` has a reserved address: {}", vm.id.name(), feature.reason);
    let found = Finding::new(message, vm.id.as_str())
        .at(&vm.place)
        .with(Evidence::text("model", "classic"))
        .citing(feature.sources)
        .remedied_by(Remediation::new("give the VM an endpoint, or move it to Azure Resource Manager"));
    Ok(Conclusion::Fail(vec![found]))
}
