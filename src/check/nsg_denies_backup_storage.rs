//! Security groups deny the storage that backup needs.

use super::path::{Look, conclude, look_at_rules};
use super::{About, Case, Check, Conclusion, Source, Withheld};
use crate::backup::{Purpose, Severity};

pub(super) const CHECK: Check = Check {
    id: "nsg-denies-backup-storage",
    title: "security rules deny the storage that backup needs",
    severity: Severity::Blocker,
    about: About::Rules,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Every outbound flow from the VM's addresses to the service tag `Storage` of its region, on the ports that the workload \
and profile ask for, through the group on the interface and then the group on the subnet.

## Why it matters for backup

SQL, SAP HANA and the MARS agent send backup data to storage. A plain VM with a supported agent needs no path to \
storage: the host relays it. With an agent below the support minimum the VM itself must reach storage. The founding \
documents (profile 2018) ask for storage always, on a port that depends on the kind of disks.

## How it decides

For all addresses of the tag at once, not for a sample. Fails where no address passes and a rule of a group denies; \
where only a part passes, `nsg-allows-part-of-tag` says so. Not applicable where storage is not asked of this VM. \
Inconclusive where a name in the rules has no known addresses and that decides, or where it is denied and whether it is \
needed is not known.

## How to fix

Add one Allow rule to the tag before the rule that denies. The command printed has been verified on a copy of the rules. \
For a VM whose agent is out of support, updating the agent does away with the need.

## References

- https://learn.microsoft.com/azure/virtual-machines/extensions/features-windows
- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
- https://learn.microsoft.com/azure/virtual-network/service-tags-overview
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Look {
            about: "storage",
            weight: CHECK.severity,
            of: &|requirement| requirement.purpose == Purpose::Data,
            at: &|demand, around| look_at_rules(case, demand, around),
        },
    )
}
