//! A vault whose redundancy is about to become fixed.

use super::case::vault_of;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};
use crate::facts::Missing;
use crate::script::azure_cli::Command;

pub(super) const CHECK: Check = Check {
    id: "vault-redundancy-changeable",
    title: "the redundancy of the vault can still be changed",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the redundancy of the vault that is meant can still be changed.

## Why it matters for backup

Redundancy (geo-redundant unless changed) is fixed as soon as the vault protects its first item. It decides the price, \
and whether a restore in the paired region is possible.

## How it decides

A vault that protects something, or that says that its redundancy is locked, passes. One that can still be changed is a \
note. Where the input tells neither, and with no vault in it, or several and none of them meant, it is not examined. A \
vault that is meant and not in the input is inconclusive.

## How to fix

Nothing, if the redundancy is the one that you want. Otherwise change it before the first item is protected.

## References

- https://learn.microsoft.com/azure/backup/backup-create-recovery-services-vault
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let Some(feature) = feature(FeatureId::VaultRedundancy, case.question.profile) else {
        return Err(Withheld::not_applicable("the documents of this profile do not speak of it"));
    };
    let vault = case.vault()?;
    let redundancy = vault.redundancy.as_deref().unwrap_or("not stated");
    let evidence = vec![Evidence::text("vault", vault.id.name()), Evidence::text("redundancy", redundancy)];
    let holds_items =
        || case.facts.protected_items.iter().any(|item| vault_of(item).as_ref() == Some(&vault.id));
    let locked = match vault.redundancy_locked {
        Some(locked) => locked,
        None if holds_items() => true,
        None => {
            let what = format!("whether vault `{}` protects anything yet", vault.id.name());
            let missing = Missing::new(what).with_lookup("backup vault backup-properties show", &vault.id);
            return Err(Withheld::NotExamined { missing });
        }
    };
    if locked {
        return Ok(Conclusion::Pass(evidence));
    }
    let message = format!(
        "the redundancy of vault `{}` ({redundancy}) can still be changed: {}",
        vault.id.name(),
        feature.reason
    );
    let mut found = Finding::new(message, vault.id.as_str()).at(&vault.place).citing(feature.sources);
    found.evidence = evidence;
    let command = Command::new(&["backup", "vault", "backup-properties", "set"])
        .within(&vault.id)
        .value("--name", vault.id.name())
        .value("--backup-storage-redundancy", "LocallyRedundant");
    let remedy =
        Remediation::new("decide before the first item is protected; to pay for one region only, set it so")
            .command(command.to_string());
    Ok(Conclusion::Fail(vec![found.remedied_by(remedy)]))
}
