//! `AppLocker` does not let the snapshot extension run.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::Handler;
use crate::guest::windows::{AppLocker, AppRule, AppVerdict, Start};

pub(super) const CHECK: Check = Check {
    id: "guest-applocker-blocks",
    title: "the rules of AppLocker do not let the snapshot extension run",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The rules of AppLocker about programs, as the registry of a Windows machine holds them, and whether one of them lets the account \
SYSTEM run `IaaSBcdrExtension.exe` of the snapshot extension below `C:\\Packages\\Plugins`.

## Why it matters for backup

Rules by publisher or by path may keep the program of the extension from running: no snapshot is taken, and the agent has no \
status to report (`GuestAgentSnapshotTaskStatusError`).

## How it decides

A rule that denies comes before all that allow, and what no rule allows is stopped once there are rules. Only rules for SYSTEM, \
Everyone, Authenticated Users and Administrators count. A program that a rule denies by its path, or that no rule allows, \
warns and does not block: AppLocker applies to programs of SYSTEM only where its policy says so, and the registry is not read for \
that. Passes where a path rule allows it, where rules are only audited, where there are none, and where the service \
`AppIDSvc`, which enforces them, is disabled. Inconclusive where a rule by publisher or by hash decides. Other products that \
control programs are not looked at, nor is App Control for Business.

## How to fix

Let `IaaSBcdrExtension.exe` run: a rule for the path below `%OSDRIVE%\\Packages\\Plugins`, for SYSTEM or for Everyone.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://learn.microsoft.com/windows/security/application-security/application-control/app-control-for-business/applocker/understanding-applocker-allow-and-deny-actions-on-rules
- https://learn.microsoft.com/windows/security/application-security/application-control/app-control-for-business/applocker/rule-collection-extensions
- https://learn.microsoft.com/windows/security/application-security/application-control/app-control-for-business/applocker/configure-the-application-identity-service
";

/// Where the rules about programs stand.
const RULES: &str = r"SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe";
const SOURCES: &[&str] = &["TSAGENT", "APPRULES", "APPUSER"];

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let windows = case.windows()?;
    let Some(read) = &windows.applocker else {
        if case.lacks_key(RULES) {
            return Ok(Conclusion::Pass(vec![Evidence::text("AppLocker", "no rules about programs")]));
        }
        return Err(case.unregistered(RULES));
    };
    let evidence = vec![Evidence::text("AppLocker", told(&read.value))];
    let start = windows.services.named("AppIDSvc").and_then(|service| service.start.as_ref());
    if start.is_some_and(|start| start.value == Start::Disabled) {
        let off = Evidence::text("AppIDSvc", "disabled: no rule is enforced");
        return Ok(Conclusion::Pass(evidence.into_iter().chain([off]).collect()));
    }
    let path = program(case.guest()?.extension.current().as_slice());
    let message = match read.value.verdict(&path) {
        AppVerdict::Unwatched | AppVerdict::Allowed(_) => return Ok(Conclusion::Pass(evidence)),
        AppVerdict::Open(rule) => {
            return Err(Withheld::inconclusive(format!(
                "whether AppLocker lets `IaaSBcdrExtension.exe` run depends on more than its path, by the rule {}",
                quoted(rule)
            )));
        }
        AppVerdict::Denied(rule) => {
            format!("AppLocker denies `IaaSBcdrExtension.exe` to run, by the rule {}", quoted(rule))
        }
        AppVerdict::Unlisted => {
            "no rule of AppLocker lets `IaaSBcdrExtension.exe` run for SYSTEM: it may be blocked".to_owned()
        }
    };
    let mut found = Finding::new(message, case.vm()?.id.as_str()).at(&read.place);
    found.evidence = evidence;
    let found = found.with(Evidence::text("program", format!("C:{path}")));
    Ok(Conclusion::Fail(vec![found.citing(documented(SOURCES)).remedied_by(remedy())]))
}

/// Where the program of the snapshot extension stands, below the drive of the system; in some version, where none is known.
fn program(current: &[&Handler]) -> String {
    let version =
        current.iter().find(|handler| handler.is_snapshot()).map(|handler| handler.version.as_str());
    let version = version.unwrap_or("1.0.0.0");
    format!(r"\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot\{version}\IaaSBcdrExtension.exe")
}

fn told(locker: &AppLocker) -> String {
    let mode = if locker.audits == Some(true) { "only audited" } else { "enforced" };
    format!("{} rules about programs, {mode}", locker.rules.len())
}

fn quoted(rule: &AppRule) -> String {
    format!("`{}`", rule.name.escape_debug())
}

fn remedy() -> Remediation {
    Remediation::new("let `IaaSBcdrExtension.exe` of the snapshot extension run")
        .step(r"add an executable rule of AppLocker: allow SYSTEM the path `%OSDRIVE%\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot\*`")
        .step("look in the event log of AppLocker whether it stopped the program, and run a backup on demand")
}
