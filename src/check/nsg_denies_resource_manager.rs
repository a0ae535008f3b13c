//! Security rules deny Azure Resource Manager.

use super::path::{Look, conclude, look_at_rules};
use super::{About, Case, Check, Conclusion, Source, Withheld};
use crate::backup::{Purpose, Severity};

pub(super) const CHECK: Check = Check {
    id: "nsg-denies-resource-manager",
    title: "security rules deny Azure Resource Manager",
    severity: Severity::Blocker,
    about: About::Rules,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Every outbound flow from the VM's addresses to the service tag `AzureResourceManager` on port 443, through the group on the \
interface and then the group on the subnet.

## Why it matters for backup

A SAP HANA instance snapshot is taken by calls to Azure Resource Manager from inside the VM. No other backup asks for it.

## How it decides

For all addresses of the tag at once. Fails where no address passes and a rule of a group denies; where only a part \
passes, `nsg-allows-part-of-tag` says so. Not applicable to a workload that does not ask for it. Inconclusive where a \
name in the rules has no known addresses and that decides.

## How to fix

Add one Allow rule to `AzureResourceManager`. The command printed has been verified on a copy of the rules.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-sap-hana-database
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Look {
            about: "Azure Resource Manager",
            weight: CHECK.severity,
            of: &|requirement| requirement.purpose == Purpose::Management,
            at: &|demand, around| look_at_rules(case, demand, around),
        },
    )
}
