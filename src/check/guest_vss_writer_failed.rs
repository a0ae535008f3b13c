//! A VSS writer is not ready for a snapshot.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{Severity, Workload};
use crate::guest::Read;
use crate::guest::windows::{Writer, Writers};

pub(super) const CHECK: Check = Check {
    id: "guest-vss-writer-failed",
    title: "a VSS writer is not ready for a snapshot",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The state and the last error of every writer that `vssadmin list writers` prints.

## Why it matters for backup

The snapshot extension asks Windows for a snapshot in which applications hold still. A writer in a bad state ends it with \
`ExtensionFailedVssWriterInBadState`.

## How it decides

By the number of the state, which is the same in every language. 1, stable, passes. From 6 on the writer failed at a step: \
a blocker. 2 to 5 are steps under way: a warning, for no backup may be running. A stable writer whose last error is one is \
a note, known for English words alone. Inconclusive where no writer is listed: what the command says is told; it needs an administrator. Not \
applicable to a disk, to other workloads than the VM, and to an agentless policy.

## How to fix

Restart the service of the writer, or the machine. If that does not help, let the extension work without threads of its \
own: `SnapshotWithoutThreads`.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    if case.question.workload != Workload::Vm {
        return Err(Withheld::not_applicable("VSS writers take part in snapshots of the VM alone"));
    }
    let Some(listed) = &case.windows()?.writers else {
        case.live("VSS writers")?;
        return Err(case.unread("commands/vssadmin-writers.txt"));
    };
    let writers = &listed.value.writers;
    if writers.is_empty() {
        return Err(Withheld::inconclusive(no_writer(case, &listed.value)));
    }
    let subject = case.vm()?.id.as_str();
    let findings = writers.iter().filter_map(|writer| finding(writer, listed, subject)).collect();
    let stable = writers.iter().filter(|writer| writer.is_stable()).count();
    let evidence = Evidence::text("VSS writers", format!("{stable} of {} stable", writers.len()));
    Ok(Conclusion::of(findings, vec![evidence]))
}

/// Why no writer is listed: what `vssadmin` says, and that it takes an administrator where none is known to have run it.
fn no_writer(case: &Case<'_>, listed: &Writers) -> String {
    let privileged = case.survey().ok().and_then(|survey| survey.privileged) == Some(true);
    let who = if privileged { "" } else { ": it wants to be run as administrator" };
    let said = listed.refusal.as_deref().map(|said| format!("; it says `{}`", said.escape_debug()));
    format!("`vssadmin` lists no writer{who}{}", said.unwrap_or_default())
}

fn finding(writer: &Writer, listed: &Read<Writers>, subject: &str) -> Option<Finding> {
    let (severity, says) = match writer {
        writer if writer.has_failed() => (Severity::Blocker, "failed"),
        writer if !writer.is_stable() => (Severity::Warning, "is in the middle of a snapshot"),
        writer if writer.ended_badly() => (Severity::Note, "is ready again after an error"),
        _ => return None,
    };
    let said = |text: &str| text.escape_debug().to_string();
    let message = format!("the VSS writer `{}` {says}", said(&writer.name));
    let mut found = Finding::new(message, subject)
        .weighing(severity)
        .at(&listed.place)
        .citing(documented(&["TSVM", "CRC"]))
        .with(Evidence::text("state", format!("[{}] {}", writer.state, said(&writer.said))));
    if let Some(error) = &writer.last_error {
        found = found.with(Evidence::text("last error", said(error)));
    }
    Some(found.remedied_by(remedy()))
}

fn remedy() -> Remediation {
    Remediation::new("restart the service of the writer, and look whether it is stable then")
        .step("run as administrator: `vssadmin list writers`")
        .step("restart the writer's service, `net stop NAME` and `net start NAME`, or the machine; that may interrupt applications")
        .step(
            "if it stays as it is: `REG ADD \"HKLM\\SOFTWARE\\Microsoft\\BcdrAgentPersistentKeys\" /v SnapshotWithoutThreads \
             /t REG_SZ /d True /f`",
        )
        .link("https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot")
}
