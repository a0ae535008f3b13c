//! A Trusted Launch VM under a Standard policy.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};
use crate::facts::Missing;
use crate::vm::SecurityType;

pub(super) const CHECK: Check = Check {
    id: "vm-trusted-launch-standard-policy",
    title: "a Trusted Launch VM under a Standard policy",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether a VM with Trusted Launch is, or is to be, under a Standard backup policy.

## Why it matters for backup

Trusted Launch VMs were long taken under Enhanced policies only. Since about May 2025 a Standard policy is possible, but \
only if protection is switched on with recent tools: Azure CLI 2.73, Az PowerShell 14 or REST 2025-01-01 and later. \
Older ones, and scripts that pin them, are refused.

## How it decides

An Enhanced policy passes; a Standard one is a note. Without Trusted Launch it is not applicable. With a policy that \
does not say which kind it is, or that is referred to and not in the input, it is inconclusive.

## How to fix

Use an Enhanced policy, or recent tools.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-vms-enhanced-policy
- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let vm = case.vm()?;
    let feature = feature(FeatureId::TrustedLaunch, case.question.profile);
    let (Some(feature), Some(SecurityType::TrustedLaunch)) = (feature, &vm.security_type) else {
        return Err(Withheld::not_applicable("the VM does not use Trusted Launch"));
    };
    let policy = case.policy()?;
    let name = policy.id.name();
    let enhanced = policy.enhanced.ok_or_else(|| {
        Missing::new(format!("whether policy `{name}` is an Enhanced one"))
            .with_lookup("resource show", &policy.id)
    })?;
    let evidence = vec![Evidence::text("security type", "TrustedLaunch"), Evidence::text("policy", name)];
    if enhanced {
        return Ok(Conclusion::Pass(evidence));
    }
    let message = format!(
        "`{}` uses Trusted Launch and `{name}` is a Standard policy: taken {}",
        vm.id.name(),
        feature.reason
    );
    let mut found = Finding::new(message, vm.id.as_str()).at(&policy.place).citing(feature.sources);
    found.evidence = evidence;
    let remedy = Remediation::new("use an Enhanced policy, or tools of these versions or later");
    Ok(Conclusion::Fail(vec![found.remedied_by(remedy)]))
}
