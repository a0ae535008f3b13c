//! A VM is protected in one vault, under one policy.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};

pub(super) const CHECK: Check = Check {
    id: "note-one-vault-one-policy",
    title: "a VM is protected in one vault, under one policy",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the input holds several vaults or several policies of the workload.

## Why it matters for backup

A VM is protected in one vault and by one policy. A second vault does not discover it, and a second policy \
replaces the first.

## How it decides

More than one vault, or more than one policy, gives the note for a VM that nothing protects yet. Otherwise it is \
not applicable.

## How to fix

Choose one of each for the VM.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix
- https://github.com/MicrosoftDocs/azure-docs.ko-kr
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let vm = case.vm()?;
    let (vaults, policies) = (case.facts.vaults.len(), case.policies().count());
    let several = (vaults > 1 || policies > 1) && case.protecting_vaults()?.is_empty();
    let feature = feature(FeatureId::SecondVault, case.question.profile);
    let Some(feature) = feature.filter(|_| several) else {
        return Err(Withheld::not_applicable(
            "the VM is protected, or the input holds no choice of vaults and policies",
        ));
    };
    let found = Finding::new(
        format!("for `{}` there is a choice here: {}", vm.id.name(), feature.reason),
        vm.id.as_str(),
    )
    .at(&vm.place)
    .with(Evidence::text("vaults in the input", vaults.to_string()))
    .with(Evidence::text("policies in the input", policies.to_string()))
    .citing(feature.sources)
    .remedied_by(Remediation::new("choose one vault and one policy for the VM"));
    Ok(Conclusion::Fail(vec![found]))
}
