//! An ultra or premium v2 disk under a Standard policy.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{Feature, FeatureId, Severity, feature};
use crate::facts::Missing;

pub(super) const CHECK: Check = Check {
    id: "disk-needs-enhanced-policy",
    title: "a disk of this kind needs an Enhanced policy",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether a disk is an Ultra disk or a Premium SSD v2, and whether the backup policy is an Enhanced one.

## Why it matters for backup

Disks of these kinds are backed up under an Enhanced policy only. Single files cannot be restored from them.

## How it decides

No such disk passes, and so does an Enhanced policy. A Standard policy fails. With such a disk and a policy that is not \
in the input the check is inconclusive. The founding documents know no such disks.

## How to fix

Put the VM under an Enhanced policy. A VM that is protected by a Standard one is moved by changing its policy; the way \
back does not exist.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-vms-enhanced-policy
- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let profile = case.question.profile;
    let kinds: Vec<&'static Feature> = KINDS.iter().filter_map(|(_, id)| feature(*id, profile)).collect();
    if kinds.is_empty() {
        return Err(Withheld::not_applicable("the documents of this profile know no such disks"));
    }
    let disks = case.disks()?;
    let special: Vec<_> = disks.iter().filter_map(|disk| Some((disk, kind_of(disk.sku()?)?))).collect();
    if special.is_empty() {
        return match disks.iter().find(|disk| disk.is_managed() != Some(false) && disk.sku().is_none()) {
            Some(unknown) => Err(Case::untold(&disks, unknown, "the storage type")),
            None => Ok(Conclusion::Pass(vec![Evidence::text("ultra and premium v2 disks", "none")])),
        };
    }
    let policy = case.policy().map_err(Withheld::deciding)?;
    let enhanced = policy.enhanced.ok_or_else(|| {
        let what = format!("whether policy `{}` is an Enhanced one", policy.id.name());
        Missing::new(what).with_lookup("resource show", &policy.id)
    })?;
    let evidence = Evidence::text("policy", policy.id.name());
    let findings = special.into_iter().filter(|_| !enhanced).filter_map(|(disk, id)| {
        let feature = feature(id, profile)?;
        let message = format!(
            "disk `{}` ({}) needs an Enhanced policy, and `{}` is a Standard one",
            disk.name(),
            disk.sku().unwrap_or_default(),
            policy.id.name()
        );
        let found = Finding::new(message, disk.subject()).weighing(feature.severity).at(disk.place());
        let remedy = Remediation::new("protect the VM by an Enhanced policy")
            .link("https://learn.microsoft.com/azure/backup/backup-azure-vms-enhanced-policy");
        Some(found.with(evidence.clone()).citing(feature.sources).remedied_by(remedy))
    });
    Ok(Conclusion::of(findings.collect(), vec![evidence.clone()]))
}

const KINDS: [(&str, FeatureId); 2] =
    [("UltraSSD_LRS", FeatureId::UltraDisk), ("PremiumV2_LRS", FeatureId::PremiumSsdV2)];

fn kind_of(sku: &str) -> Option<FeatureId> {
    KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(sku)).map(|(_, id)| *id)
}
