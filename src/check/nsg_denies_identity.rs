//! Security rules deny Microsoft Entra ID.

use super::path::{Look, conclude, look_at_rules};
use super::{About, Case, Check, Conclusion, Source, Withheld};
use crate::backup::{Purpose, Severity};

pub(super) const CHECK: Check = Check {
    id: "nsg-denies-identity",
    title: "security rules deny Microsoft Entra ID",
    severity: Severity::Blocker,
    about: About::Rules,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Every outbound flow from the VM's addresses to the service tag `AzureActiveDirectory` on port 443, through the group on the \
interface and then the group on the subnet.

## Why it matters for backup

SQL, SAP HANA and the MARS agent sign in to Microsoft Entra ID before they talk to the backup service. No private endpoint \
of a vault ever covers that.

## How it decides

For all addresses of the tag at once. Fails where no address passes and a rule of a group denies; where only a part \
passes, `nsg-allows-part-of-tag` says so. Not applicable to a workload that does not ask for it. Inconclusive where a \
name in the rules has no known addresses and that decides.

## How to fix

Add one Allow rule to `AzureActiveDirectory`. The command printed has been verified on a copy of the rules. Where the \
sign-in goes through an HTTP proxy, the proxy needs that path instead.

## References

- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
- https://learn.microsoft.com/azure/backup/backup-azure-sap-hana-database
- https://learn.microsoft.com/azure/backup/backup-azure-private-endpoints-concept
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Look {
            about: "Microsoft Entra ID",
            weight: CHECK.severity,
            of: &|requirement| requirement.purpose == Purpose::Identity,
            at: &|demand, around| look_at_rules(case, demand, around),
        },
    )
}
