//! The VM agent is told not to run extensions.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::{Configuration, Read};

pub(super) const CHECK: Check = Check {
    id: "guest-extensions-disabled",
    title: "the VM agent is told not to run extensions",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// The key that the agent knows.
const KEY: &str = "Extensions.Enabled";
/// What people write instead of it; a page of Azure Backup spells it like the first.
const MISSPELT: [&str; 4] =
    ["extensions.enable", "extension.enabled", "extension.enable", "extensions.enabled"];

const EXPLANATION: &str = "\
## What it checks

`Extensions.Enabled` in `waagent.conf`, read as the agent reads it.

## Why it matters for backup

With `Extensions.Enabled=n` the agent runs no extension at all, so that the snapshot extension is neither installed nor \
started. A reported case ended with `GuestAgentSnapshotTaskStatusError`.

## How it decides

`n`, in either case, blocks; `y`, any other text and no such line mean on. Of two lines the later holds. A key that is \
nearly this one warns, because the agent does not know it: a page of Azure Backup itself spells it `Extensions.Enable`. \
Not applicable on Windows. A configuration that could not be read is inconclusive.

## How to fix

Set `Extensions.Enabled=y` in `/etc/waagent.conf`, and restart the agent.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://github.com/Azure/WALinuxAgent/tree/a976115fd
- https://github.com/MicrosoftDocs/azure-docs/issues/42262
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let read = case.configuration()?;
    let subject = case.vm()?.id.as_str();
    let mut findings = Vec::new();
    if !read.value.extensions_enabled() {
        let remedy = Remediation::new("let the agent run extensions")
            .step("set `Extensions.Enabled=y` in that file")
            .step("restart the service of the VM agent");
        let message =
            format!("`{KEY}=n` in `{}`: the VM agent runs no extension", read.place.document.escape_debug());
        findings.push(finding(message, subject, read).remedied_by(remedy));
    }
    findings.extend(misspelt(&read.value).map(|(key, value)| {
        let remedy =
            Remediation::new(format!("write `{KEY}`, or take the line away")).step("restart the VM agent");
        let message = format!(
            "`{}={}` has no effect: the VM agent knows `{KEY}`",
            key.escape_debug(),
            value.unwrap_or("None").escape_debug()
        );
        finding(message, subject, read).weighing(Severity::Warning).remedied_by(remedy)
    }));
    let stated = read.value.text(KEY).unwrap_or("not stated, which means y");
    let evidence = vec![Evidence::text(KEY, stated)];
    for found in &mut findings {
        found.evidence.extend(evidence.iter().cloned());
    }
    Ok(Conclusion::of(findings, evidence))
}

/// Keys that are nearly the one that is meant.
fn misspelt(configuration: &Configuration) -> impl Iterator<Item = (&str, Option<&str>)> {
    configuration
        .iter()
        .filter(|(key, _)| *key != KEY && MISSPELT.iter().any(|known| key.eq_ignore_ascii_case(known)))
}

fn finding(message: String, subject: &str, read: &Read<Configuration>) -> Finding {
    Finding::new(message, subject).at(&read.place).citing(documented(&["WALA", "TSAGENT", "I42262"]))
}
