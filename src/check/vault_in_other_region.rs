//! The vault is in another region than the VM.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, Workload, feature};
use crate::facts::Missing;
use crate::script::azure_cli::Command;

pub(super) const CHECK: Check = Check {
    id: "vault-in-other-region",
    title: "the vault is in another region than the VM",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The region of the vault that is meant (`--vault`, or the one that protects the VM, or the only one in the input) against \
the region of the VM.

## Why it matters for backup

A vault protects VMs of its own region only (`UserErrorVmVaultLocationMismatch`).

## How it decides

The same region, in any spelling, passes; another fails. A region that the input does not tell is inconclusive. With no \
vault in the input, or several and none of them meant, it is not examined. The documents tie the MARS agent to no region.

## How to fix

Take a vault of the VM's region, or create one there.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://learn.microsoft.com/azure/backup/backup-support-matrix
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    if case.question.workload == Workload::Mars {
        return Err(Withheld::not_applicable("the documents tie the MARS agent to no region"));
    }
    let (vm, vault) = (case.vm()?, case.vault()?);
    let own = case.region().ok_or_else(|| {
        Missing::new(format!("the region of `{}`", vm.id.name())).with_lookup("vm show", &vm.id)
    })?;
    let other = vault.region.as_ref().ok_or_else(|| {
        Missing::new(format!("the region of vault `{}`", vault.id.name()))
            .with_lookup("backup vault show", &vault.id)
    })?;
    let evidence = vec![
        Evidence::text("region of the VM", own.to_string()),
        Evidence::text("region of the vault", other.to_string()),
    ];
    let feature = feature(FeatureId::CrossRegion, case.question.profile);
    let Some(feature) = feature.filter(|_| own != *other) else {
        return Ok(Conclusion::Pass(evidence));
    };
    let message = format!(
        "vault `{}` is in {other}, and `{}` in {own}: {}",
        vault.id.name(),
        vm.id.name(),
        feature.reason
    );
    let mut found = Finding::new(message, vault.id.as_str()).weighing(feature.severity).at(&vault.place);
    found.evidence = evidence;
    let create = Command::new(&["backup", "vault", "create", "--name", "NAME"])
        .within(&vm.id)
        .value("--location", own.name());
    let remedy = Remediation::new(format!("take a vault in {own}, or create one there"))
        .step("set NAME to 2 to 50 characters: a letter first, then letters, digits or hyphens")
        .command(create.to_string());
    Ok(Conclusion::Fail(vec![found.citing(feature.sources).remedied_by(remedy)]))
}
