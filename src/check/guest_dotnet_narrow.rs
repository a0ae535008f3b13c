//! Programs of .NET for 64 bits are run as ones for 32.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::windows::{Listed, Trouble};

pub(super) const CHECK: Check = Check {
    id: "guest-dotnet-narrow",
    title: "programs of .NET for 64 bits are run as ones for 32",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The value `Enable64Bit` of .NET Framework in the registry.

## Why it matters for backup

Where it is 0, programs of .NET are run as ones for 32 bits. The VM agent is one for 64: it crashes with \
`System.BadImageFormatException`, and no extension is installed. Other software sets the value now and then.

## How it decides

0 blocks. Anything else passes, and no value at all does. Inconclusive where the registry was not read. Not applicable to \
Linux, to an agentless policy, and to the MARS agent.

## How to fix

Set the value to 1, and restart the machine.

## References

- https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/windows-azure-guest-agent
";

const KEY: &str = r"SOFTWARE\Microsoft\.NETFramework";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let windows = case.windows()?;
    let wide = match &windows.dotnet.wide {
        Listed::Unknown if !case.lacks_key(KEY) => return Err(case.unregistered(KEY)),
        Listed::Known(wide) if !wide.value => wide,
        Listed::Known(_) | Listed::Absent | Listed::Unknown => {
            return Ok(Conclusion::Pass(vec![Evidence::text("Enable64Bit", "not 0")]));
        }
    };
    let message =
        "programs of .NET for 64 bits are run as ones for 32: the VM agent cannot install extensions";
    let mut finding = Finding::new(message, case.vm()?.id.as_str())
        .at(&wide.place)
        .citing(documented(&["WINTS"]))
        .with(Evidence::text("Enable64Bit", "0"));
    let log = windows.agent.log.iter().flat_map(|log| &log.value.troubles);
    if let Some((_, line)) = log.into_iter().find(|(trouble, _)| *trouble == Trouble::NarrowPrograms) {
        finding = finding.with(Evidence::text("WaAppAgent.log", line.text.escape_debug().to_string()));
    }
    let remedy = Remediation::new("let programs of .NET run as ones for 64 bits")
        .step(format!("run as administrator: `reg add \"HKLM\\{KEY}\" /v Enable64Bit /t REG_DWORD /d 1 /f`"))
        .step("restart the machine, and find out which software sets it to 0");
    Ok(Conclusion::Fail(vec![finding.remedied_by(remedy)]))
}
