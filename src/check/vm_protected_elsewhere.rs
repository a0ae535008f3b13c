//! Another vault protects the VM already.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::azure::ResourceId;
use crate::backup::{FeatureId, Severity, feature};
use crate::facts::Missing;

pub(super) const CHECK: Check = Check {
    id: "vm-protected-elsewhere",
    title: "another vault protects the VM already",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether a vault other than the one that is meant protects the VM.

## Why it matters for backup

A VM is protected in one vault, under one policy. A vault does not discover a VM that another protects, and two jobs at \
once stop each other.

## How it decides

The vaults that protect the VM are those of its protected items and of the answer of `backupStatus`. None other than the \
one meant passes; another fails. Without a protected item of the VM and without that answer it is not examined, as other \
vaults may hold one. A status that says protected without a vault is inconclusive.

## How to fix

Use the vault that protects it, or stop protection there, delete its data, and protect it anew.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let Some(feature) = feature(FeatureId::SecondVault, case.question.profile) else {
        return Err(Withheld::not_applicable("the documents of this profile do not speak of it"));
    };
    let vm = case.vm()?;
    let (statuses, vaults) = (case.backup_statuses()?, case.protecting_vaults()?);
    if vaults.is_empty() {
        if statuses.iter().any(|status| status.protected) {
            let what = format!("the vault that protects `{}`", vm.id.name());
            return Err(Missing::new(what).into());
        }
        if statuses.is_empty() {
            let what =
                format!("whether a vault protects `{}` (`az backup protection check-vm`)", vm.id.name());
            return Err(Withheld::NotExamined { missing: Missing::new(what) });
        }
        return Ok(Conclusion::Pass(vec![Evidence::text("protected by", "no vault")]));
    }
    let meant = meant(case, &vaults);
    let others: Vec<&ResourceId> = vaults.iter().filter(|vault| **vault != meant).collect();
    let findings = others.into_iter().map(|other| {
        let message = format!(
            "vault `{}` protects `{}` already, not `{}`: {}",
            other.name(),
            vm.id.name(),
            meant.name(),
            feature.reason
        );
        let remedy = Remediation::new(
            "use the vault that protects it, or stop protection there and delete its data first",
        );
        Finding::new(message, vm.id.as_str())
            .weighing(feature.severity)
            .at(&vm.place)
            .with(Evidence::text("protecting vault", other.as_str()))
            .with(Evidence::text("vault meant", meant.as_str()))
            .citing(feature.sources)
            .remedied_by(remedy)
    });
    Ok(Conclusion::of(findings.collect(), vec![Evidence::text("protected by", meant.name())]))
}

/// The vault that the user named, or the only one described, or else the first that protects the VM.
fn meant(case: &Case<'_>, protecting: &[ResourceId]) -> ResourceId {
    let named = case.question.vault.as_ref().map(|name| match case.vault() {
        Ok(vault) => vault.id.clone(),
        Err(_) => protecting
            .iter()
            .find(|id| id.name().eq_ignore_ascii_case(name))
            .cloned()
            .unwrap_or_else(|| ResourceId::new(name)),
    });
    let only = || {
        case.facts.vaults.iter().next().filter(|_| case.facts.vaults.len() == 1).map(|vault| vault.id.clone())
    };
    named.or_else(only).or_else(|| protecting.first().cloned()).unwrap_or_else(|| ResourceId::new(""))
}
