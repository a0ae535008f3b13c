//! The vault is in another subscription than the VM.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::azure::ResourceId;
use crate::backup::{FeatureId, Severity, Workload, feature};
use crate::facts::Missing;

pub(super) const CHECK: Check = Check {
    id: "vault-in-other-subscription",
    title: "the vault is in another subscription than the VM",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The subscription in the id of the vault that is meant against that of the VM.

## Why it matters for backup

A vault protects VMs of its own subscription only.

## How it decides

The same subscription passes, another fails. An id without a subscription, as templates and plans have it, is \
inconclusive. With no vault in the input, or several and none of them meant, it is not examined. The founding documents \
and those of the MARS agent do not speak of it.

## How to fix

Take a vault of the VM's subscription, or create one there.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://learn.microsoft.com/azure/backup/backup-support-matrix
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let feature = feature(FeatureId::CrossSubscription, case.question.profile);
    let Some(feature) = feature.filter(|_| case.question.workload != Workload::Mars) else {
        return Err(Withheld::not_applicable(
            "the documents of this profile and workload do not speak of it",
        ));
    };
    let (vm, vault) = (case.vm()?, case.vault_id()?);
    let stated = |id: &ResourceId| {
        let missing = || Missing::new(format!("the subscription of `{}`", id.name()));
        id.subscription().map(str::to_owned).ok_or_else(missing)
    };
    let (own, other) = (stated(&vm.id)?, stated(&vault)?);
    let evidence = vec![
        Evidence::text("subscription of the VM", &own),
        Evidence::text("subscription of the vault", &other),
    ];
    if own.eq_ignore_ascii_case(&other) {
        return Ok(Conclusion::Pass(evidence));
    }
    let message = format!(
        "vault `{}` is in another subscription than `{}`: {}",
        vault.name(),
        vm.id.name(),
        feature.reason
    );
    let mut found = Finding::new(message, vault.as_str()).weighing(feature.severity).citing(feature.sources);
    found.place = case.facts.vaults.find(&vault).ok().map(|vault| vault.place.clone());
    found.evidence = evidence;
    let remedy = Remediation::new("take a vault of the VM's subscription, or create one there");
    Ok(Conclusion::Fail(vec![found.remedied_by(remedy)]))
}
