//! What the protected item itself says of its backups.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{Severity, error_code};
use crate::facts::Missing;
use crate::vault::{HealthDetail, ProtectedItem};

pub(super) const CHECK: Check = Check {
    id: "protected-item-unhealthy",
    title: "the protected item says that backup does not work",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The protected item of the VM: its protection state, its last backup, its health details.

## Why it matters for backup

It is what Azure itself reports: protection that was stopped or paused, a job that failed, an error code with its cause.

## How it decides

A stopped, paused or failed protection, a failed last backup and every health detail that is not green is a warning: \
what causes it is for the other checks to say. An item that tells none of this is inconclusive. Without a protected item \
of the VM in the input it is not examined.

## How to fix

Look up the error code (`azpreflight explain CODE`), remove its cause, then run a backup on demand. Resume protection \
that was stopped.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let items = case.protected_items()?;
    if items.is_empty() {
        let missing =
            Missing::new(format!("a protected item of `{}` (`az backup item list`)", case.vm()?.id.name()));
        return Err(Withheld::NotExamined { missing });
    }
    let findings: Vec<Finding> = items.iter().flat_map(|item| faults(item)).collect();
    let silent =
        |item: &&&ProtectedItem| item.protection_state.is_none() && item.last_backup_status.is_none();
    if let (true, Some(silent)) = (findings.is_empty(), items.iter().find(silent)) {
        let what = format!("the state of protected item `{}`", silent.id.name());
        return Err(Missing::new(what).with_lookup("resource show", &silent.id).into());
    }
    Ok(Conclusion::of(findings, items.iter().flat_map(|item| evidence(item)).collect()))
}

fn faults(item: &ProtectedItem) -> Vec<Finding> {
    let (name, mut messages) = (item.id.name(), Vec::new());
    let state = item.protection_state.as_deref().unwrap_or_default();
    if ["ProtectionStopped", "ProtectionPaused", "ProtectionError"]
        .iter()
        .any(|bad| bad.eq_ignore_ascii_case(state))
    {
        messages.push((format!("`{name}` is in protection state `{state}`"), None));
    }
    let last = item.last_backup_status.as_deref().unwrap_or_default();
    if last.eq_ignore_ascii_case("Failed") {
        messages.push((format!("the last backup of `{name}` failed"), None));
    }
    for detail in item.health.iter().filter(|detail| !is_green(detail)) {
        let title = detail.title.clone().or_else(|| detail.code.map(|code| code.to_string()));
        let title = title.unwrap_or_else(|| "without a code".to_owned());
        messages.push((format!("`{name}` reports `{title}`"), Some((title, detail.message.clone()))));
    }
    messages.into_iter().map(|(message, detail)| finding(item, message, detail)).collect()
}

fn finding(item: &ProtectedItem, message: String, detail: Option<(String, Option<String>)>) -> Finding {
    let mut found = Finding::new(message, item.id.as_str()).at(&item.place);
    found.evidence = evidence(item);
    let row = detail.as_ref().and_then(|(title, _)| error_code(title));
    if let Some(text) = detail.and_then(|(_, text)| text) {
        found = found.with(Evidence::text("message", text));
    }
    let Some(row) = row else {
        let remedy = Remediation::new(
            "find the error code of the failed job and its cause, then run a backup on demand",
        );
        return found.citing(documented(&["TSAGENT", "TSVM"])).remedied_by(remedy);
    };
    for cause in row.causes {
        found = found.with(Evidence::text("possible cause", cause.text));
    }
    found.citing(row.sources).remedied_by(Remediation::new(row.fix))
}

/// A healthy item lists a detail that says so: `IaasVmHealthGreenDefault`.
fn is_green(detail: &HealthDetail) -> bool {
    detail.title.as_deref().is_some_and(|title| title.contains("HealthGreen"))
}

fn evidence(item: &ProtectedItem) -> Vec<Evidence> {
    let said = [("protection state", &item.protection_state), ("last backup", &item.last_backup_status)];
    said.into_iter()
        .filter_map(|(label, value)| value.as_ref().map(|value| Evidence::text(label, value)))
        .collect()
}
