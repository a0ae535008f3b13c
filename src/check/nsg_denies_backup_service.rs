//! Security rules deny the backup service.

use super::path::{Look, conclude, look_at_rules};
use super::{About, Case, Check, Conclusion, Source, Withheld};
use crate::backup::{Purpose, Severity};

pub(super) const CHECK: Check = Check {
    id: "nsg-denies-backup-service",
    title: "security rules deny the backup service",
    severity: Severity::Blocker,
    about: About::Rules,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Every outbound flow from the VM's addresses to the service tag `AzureBackup` on port 443, through the group on the \
interface and then the group on the subnet.

## Why it matters for backup

SQL, SAP HANA and the MARS agent take their orders from the backup service and report to it. Backup of a plain VM does \
not talk to it from inside the VM.

## How it decides

For all addresses of the tag at once. Fails where no address passes and a rule of a group denies; where only a part \
passes, `nsg-allows-part-of-tag` says so. Not applicable to a workload that does not ask for it. Inconclusive where a \
name in the rules has no known addresses and that decides.

## How to fix

Add one Allow rule to `AzureBackup`, without region: the tag is documented as not regional, although the published file \
holds `AzureBackup.<region>` too. The command printed has been verified on a copy of the rules. Or give the vault a private \
endpoint.

## References

- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
- https://learn.microsoft.com/azure/backup/backup-azure-sap-hana-database
- https://learn.microsoft.com/azure/backup/install-mars-agent
- https://learn.microsoft.com/azure/virtual-network/service-tags-overview
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Look {
            about: "the backup service",
            weight: CHECK.severity,
            of: &|requirement| requirement.purpose == Purpose::Control,
            at: &|demand, around| look_at_rules(case, demand, around),
        },
    )
}
