//! A Windows service is disabled without which backup fails.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::windows::{Service, Services, Start};

pub(super) const CHECK: Check = Check {
    id: "guest-service-disabled",
    title: "a Windows service that backup needs is disabled",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Six services: whether they may be started, and the account of MSDTC.

## Why it matters for backup

- `VSS` (Volume Shadow Copy) takes the snapshot: `ExtensionFailedVssServiceInBadState`.
- `COMSysApp` (COM+ System Application): `ExtensionSnapshotFailedCOM`, `ExtensionInstallationFailedCOM`.
- `MSDTC`, which COM+ asks, as Network Service: `ExtensionInstallationFailedMDTC`.
- `KeyIso` (CNG Key Isolation) and `RpcSs`: without them the VM agent gets no certificate, and no extension runs.
- `msiserver` (Windows Installer) installs the extension's Visual C++ runtime: `ExtensionVCRedistInstallationFailure`.

## How it decides

By the registry or `sc qc`: a start of 4, disabled, blocks; of `msiserver` it warns, for the runtime may be there already. \
Services that start when asked may be stopped. MSDTC under another account than Network Service blocks. Inconclusive where \
not all six are told of. Not applicable to Linux, to an agentless policy, and to the MARS agent.

## How to fix

Let the service be started, with the start that Windows gave it.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
- https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/windows-azure-guest-agent
";

/// A service, what does not work without it, how it is started as Windows comes, and where that is documented.
struct Needed {
    name: &'static str,
    breaks: &'static str,
    start: &'static str,
    severity: Severity,
    source: &'static str,
}

const fn needed(name: &'static str, breaks: &'static str, start: &'static str) -> Needed {
    Needed { name, breaks, start, severity: Severity::Blocker, source: "TSVM" }
}

const NEEDED: [Needed; 6] = [
    needed("VSS", "no snapshot can be taken", "demand"),
    needed("COMSysApp", "the snapshot extension can neither be installed nor take a snapshot", "demand"),
    needed("MSDTC", "COM+ fails, and with it the snapshot extension", "delayed-auto"),
    Needed { source: "WINTS", ..needed("KeyIso", "the VM agent gets no certificate", "demand") },
    Needed { source: "WINTS", ..needed("RpcSs", "the VM agent gets no certificate", "auto") },
    Needed {
        severity: Severity::Warning,
        ..needed("msiserver", "the runtime of the snapshot extension cannot be installed", "demand")
    },
];

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let services = &case.windows()?.services;
    let subject = case.vm()?.id.as_str();
    let mut findings: Vec<Finding> =
        NEEDED.iter().filter_map(|needed| disabled(needed, services, subject)).collect();
    findings.extend(services.named("MSDTC").and_then(|service| account(service, subject)));
    if !findings.is_empty() {
        return Ok(Conclusion::Fail(findings));
    }
    let start = |needed: &Needed| services.named(needed.name)?.start.as_ref().map(|read| read.value);
    let untold: Vec<&str> =
        NEEDED.iter().filter(|needed| start(needed).is_none()).map(|needed| needed.name).collect();
    match untold.len() {
        0 => Ok(Conclusion::Pass(NEEDED.iter().filter_map(|needed| evidence(needed, services)).collect())),
        6 => Err(case.unregistered(r"SYSTEM\CurrentControlSet\Services")),
        _ => Err(Withheld::inconclusive(format!("how these are started is not told: {}", untold.join(", ")))),
    }
}

fn disabled(needed: &Needed, services: &Services, subject: &str) -> Option<Finding> {
    let start = services.named(needed.name)?.start.as_ref()?;
    if start.value != Start::Disabled {
        return None;
    }
    let message = format!("the service `{}` is disabled: {}", needed.name, needed.breaks);
    let remedy = Remediation::new(format!("let the service `{}` be started", needed.name))
        .step(format!("run as administrator: `sc config {} start= {}`", needed.name, needed.start))
        .step("look for a group policy that disables it: it would do so again");
    let found = Finding::new(message, subject).weighing(needed.severity).at(&start.place);
    let found = found.citing(documented(&[needed.source])).remedied_by(remedy);
    Some(found.with(Evidence::text("start", start.value.word())))
}

/// MSDTC under an account that it does not work with.
fn account(service: &Service, subject: &str) -> Option<Finding> {
    let account = service.account.as_ref()?;
    let (_, name) = account.value.rsplit_once('\\').unwrap_or(("", &account.value));
    if name.eq_ignore_ascii_case("NetworkService") || name.eq_ignore_ascii_case("Network Service") {
        return None;
    }
    let shown = account.value.escape_debug().to_string();
    let message = format!(
        "MSDTC runs as `{shown}` and not as Network Service: the snapshot extension cannot be installed"
    );
    let remedy = Remediation::new("let MSDTC run as Network Service").step(
        "run as administrator: `msdtc -uninstall`, restart the machine, `msdtc -install`, `net start MSDTC`",
    );
    let found = Finding::new(message, subject).at(&account.place).citing(documented(&["TSVM"]));
    Some(found.with(Evidence::text("account", shown)).remedied_by(remedy))
}

fn evidence(needed: &Needed, services: &Services) -> Option<Evidence> {
    let service = services.named(needed.name)?;
    let state = service.state.as_ref().map_or(String::new(), |state| format!(", {}", state.value));
    Some(Evidence::text(needed.name, format!("{}{state}", service.start.as_ref()?.value)))
}
