//! The VM agent is told that something else provisions the VM.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;

pub(super) const CHECK: Check = Check {
    id: "guest-provisioning-agent-changed",
    title: "the VM agent is told that something else provisions the VM",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// The key.
const KEY: &str = "Provisioning.Agent";
/// What older agents read instead.
const OLD: [&str; 2] = ["Provisioning.Enabled", "Provisioning.UseCloudInit"];
/// Values that the agent knows, and that distributions ship.
const SHIPPED: [&str; 2] = ["cloud-init", "waagent"];

const EXPLANATION: &str = "\
## What it checks

`Provisioning.Agent` in `waagent.conf`, read as the agent reads it.

## Why it matters for backup

The troubleshooting page of Azure Backup asks for `auto`, among the settings to look at when the status of the VM agent \
is not to be had.

## How it decides

`auto`, and no such line, pass. `cloud-init` and `waagent` are notes: distributions ship them, and the page asks for \
`auto` all the same. `disabled` and anything else warn. Not applicable on Windows. A configuration that could not be read \
is inconclusive.

## How to fix

Set `Provisioning.Agent=auto` in `/etc/waagent.conf`, and restart the agent.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://github.com/Azure/WALinuxAgent/tree/a976115fd
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let read = case.configuration()?;
    let value = read.value.provisioning_agent();
    let stated = OLD.iter().filter_map(|key| Some((*key, read.value.text(key)?)));
    let mut evidence = vec![Evidence::text(KEY, value)];
    evidence.extend(stated.map(|(key, value)| Evidence::text(format!("{key} (of older agents)"), value)));
    if value == "auto" {
        return Ok(Conclusion::Pass(evidence));
    }
    let severity = if SHIPPED.contains(&value) { Severity::Note } else { Severity::Warning };
    let message = format!("`{KEY}={}`, where Azure Backup's page asks for `auto`", value.escape_debug());
    let mut found = Finding::new(message, case.vm()?.id.as_str())
        .weighing(severity)
        .at(&read.place)
        .citing(documented(&["TSAGENT", "WALA"]));
    found.evidence = evidence;
    let remedy = Remediation::new("if the agent's status cannot be had, try what the page asks for")
        .step(format!("set `{KEY}=auto` in that file"))
        .step("restart the service of the VM agent");
    Ok(Conclusion::Fail(vec![found.remedied_by(remedy)]))
}
