//! Programs of a Windows guest cannot use TLS 1.2.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::Read;
use crate::guest::windows::{Listed, Release, Runtime, Windows};
use crate::input::Place;

pub(super) const CHECK: Check = Check {
    id: "guest-tls-disabled",
    title: "connections with TLS 1.2 are switched off in Windows",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

TLS 1.2 for connections that leave the machine, as `SCHANNEL` in the registry has it, and whether programs of .NET \
Framework 4 may use it.

## Why it matters for backup

Azure Backup takes TLS 1.2 alone. Where it is off, backups and restores fail: error 10054, or \
`ExtensionSnapshotFailedNoSecureNetwork`.

## How it decides

`Enabled` of 0 blocks. `DisabledByDefault` of 1 warns, and so does `SchUseStrongCrypto` of 0: only programs that ask for TLS \
1.2 by name get it. Values that are not there are as Windows comes: on from Windows Server 2012 R2, off before, which warns. \
Inconclusive where the keys were not read, or are not there on a Windows of unknown version. Not applicable to agentless backup, \
which runs nothing inside the VM.

## How to fix

Set the values that Microsoft documents, and restart the machine.

## References

- https://learn.microsoft.com/azure/backup/transport-layer-security
- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
";

const SCHANNEL: &str = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL";
const CLIENT: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.runs_inside()?;
    let windows = case.windows()?;
    let subject = case.vm()?.id.as_str();
    let mut findings: Vec<Finding> =
        [off(windows, subject), off_by_default(windows, subject)].into_iter().flatten().collect();
    findings.extend(windows.dotnet.runtimes.iter().filter_map(|runtime| weak(runtime, subject)));
    if !findings.is_empty() {
        return Ok(Conclusion::Fail(findings));
    }
    let stated = match (&windows.tls.enabled, &windows.tls.disabled_by_default) {
        (Listed::Unknown, _) | (_, Listed::Unknown) if !case.lacks_key(SCHANNEL) => {
            return Err(case.unregistered(SCHANNEL));
        }
        (Listed::Known(_), Listed::Known(_)) => "on, as the registry says",
        _ if is_modern(windows).is_none() => {
            let reason = "the registry says nothing of TLS 1.2, and which Windows it is is not known";
            return Err(Withheld::inconclusive(reason));
        }
        _ => "on, as Windows comes",
    };
    Ok(Conclusion::Pass(vec![Evidence::text("TLS 1.2", stated)]))
}

/// Whether TLS 1.2 is on without a word in the registry; `None` where the version is not known.
fn is_modern(windows: &Windows) -> Option<bool> {
    windows.release.as_ref()?.value.build.map(|build| build >= Release::SERVER_2012_R2)
}

fn off(windows: &Windows, subject: &str) -> Option<Finding> {
    let enabled = windows.tls.enabled.known().filter(|read| !read.value)?;
    let found = Finding::new("TLS 1.2 is switched off: connections to Azure Backup fail", subject);
    Some(complete(found.weighing(Severity::Blocker), &enabled.place, "Enabled", "1"))
}

/// Off for whoever does not ask for it by name: said so, or as an old Windows comes.
fn off_by_default(windows: &Windows, subject: &str) -> Option<Finding> {
    let says = "programs that do not ask for it by name connect without";
    let (place, message) = match &windows.tls.disabled_by_default {
        Listed::Known(read) if read.value => (&read.place, format!("TLS 1.2 is off by default: {says}")),
        Listed::Absent if is_modern(windows) == Some(false) => {
            let place = &windows.release.as_ref()?.place;
            (
                place,
                format!(
                    "TLS 1.2 is off by default in a Windows this old, and nothing switches it on: {says}"
                ),
            )
        }
        _ => return None,
    };
    let found = Finding::new(message, subject).weighing(Severity::Warning);
    Some(complete(found, place, "DisabledByDefault", "0"))
}

fn complete(found: Finding, place: &Place, value: &str, wanted: &str) -> Finding {
    let remedy = Remediation::new("switch TLS 1.2 on, then restart the machine")
        .step(format!("run as administrator: `reg add \"{CLIENT}\" /v {value} /t REG_DWORD /d {wanted} /f`"))
        .step("on Windows Server 2008, 2008 R2 and 2012 install the update that the page names first")
        .link("https://learn.microsoft.com/azure/backup/transport-layer-security");
    found
        .at(place)
        .citing(documented(&["TLS", "TSVM"]))
        .with(Evidence::text("value", value))
        .remedied_by(remedy)
}

/// A runtime of version 4 that is told to keep to old protocols.
fn weak(runtime: &Read<Runtime>, subject: &str) -> Option<Finding> {
    let Runtime { version, narrow, strong: Some(false), .. } = &runtime.value else { return None };
    let bits = if *narrow { "32 bits" } else { "the machine's width" };
    let version = version.escape_debug().to_string();
    let message =
        format!("programs of .NET {version} for {bits} are kept from TLS 1.2: `SchUseStrongCrypto` is 0");
    let remedy = Remediation::new("let programs of .NET use TLS 1.2")
        .step("set `SchUseStrongCrypto` and `SystemDefaultTlsVersions` to 1 under every version of .NET Framework, for both widths")
        .link("https://learn.microsoft.com/azure/backup/transport-layer-security");
    let found = Finding::new(message, subject).weighing(Severity::Warning).at(&runtime.place);
    Some(
        found
            .citing(documented(&["TLS", "TSVM"]))
            .with(Evidence::text("runtime", version))
            .remedied_by(remedy),
    )
}
