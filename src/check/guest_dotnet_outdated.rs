//! .NET Framework is older than the backup asks for.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{Severity, Workload};
use crate::guest::windows::{DotNetVersion, Listed};

pub(super) const CHECK: Check = Check {
    id: "guest-dotnet-outdated",
    title: "the .NET Framework is missing or too old",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The version of .NET Framework that the registry names.

## Why it matters for backup

The extension of the backup is a program of .NET: without it, it cannot start.

## How it decides

Below 4.5 blocks for the VM, below 4.6.2 for SQL Server, below 4.8 for the MARS agent. A list of versions without one of 4.5 \
or later is too old as well. Inconclusive where the registry was not read. Not applicable to Linux, and to an agentless \
policy.

## How to fix

Install a later .NET Framework, and restart the machine.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
- https://learn.microsoft.com/azure/backup/install-mars-agent
- https://learn.microsoft.com/dotnet/framework/install/how-to-determine-which-versions-are-installed
";

/// Where the versions stand.
const VERSIONS: &str = r"SOFTWARE\Microsoft\NET Framework Setup\NDP";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let (minimum, name, page) = match case.question.workload {
        Workload::Vm => (DotNetVersion::V4_5, "4.5", "TSAGENT"),
        Workload::Sql => (DotNetVersion::V4_6_2, "4.6.2", "SQL"),
        Workload::Mars => (DotNetVersion::V4_8, "4.8", "MARS"),
        Workload::Hana => return Err(Withheld::not_applicable("SAP HANA runs on Linux")),
    };
    if case.question.workload != Workload::Mars {
        case.needs_agent()?;
    }
    let (found, place) = match &case.windows()?.dotnet.version {
        Listed::Unknown if !case.lacks_key(VERSIONS) => return Err(case.unregistered(VERSIONS)),
        Listed::Unknown | Listed::Absent => ("no version from 4.5 on".to_owned(), None),
        Listed::Known(read) if read.value >= minimum => {
            return Ok(Conclusion::Pass(vec![Evidence::text(".NET Framework", read.value.to_string())]));
        }
        Listed::Known(read) => (read.value.to_string(), Some(&read.place)),
    };
    let message = format!("there is .NET Framework {found}; the backup asks for {name} or later");
    let mut finding = Finding::new(message, case.vm()?.id.as_str())
        .citing(documented(&[page, "CRC", "NETREL"]))
        .with(Evidence::text(".NET Framework", found))
        .remedied_by(
            Remediation::new("install a later .NET Framework")
                .step(format!("install .NET Framework {name} or later, and restart the machine")),
        );
    finding.place = place.cloned();
    Ok(Conclusion::Fail(vec![finding]))
}
