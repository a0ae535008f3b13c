//! The last run of the snapshot extension on this machine failed.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{ErrorCode, Severity, error_code};
use crate::guest::{NamedCode, Read, SnapshotOutcome, SnapshotRun};
use crate::script::shell;
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "guest-snapshot-failed",
    title: "the last snapshot on this machine failed",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

What the snapshot extension wrote about its last run: its status files and, on Linux, the end of `extension.log`; on Windows \
the errors that its logs below `C:\\WindowsAzure\\Logs\\Plugins` name.

## Why it matters for backup

The extension names what went wrong more exactly than the job does: 76 is no network for any disk and 761 for some, 555 the \
host not reached, 556 to 558 a fault of the host, 121 to 123 a mount that cannot be frozen, 402 a command that came too late.

## How it decides

The newest run that ended counts, whichever file tells of it: a failure that a success followed passes. On Linux the reported \
number decides, because the word `success` is reported for any outcome; on Windows the word decides, because what the numbers \
mean is not public. Nor is the form of its logs: an error that they name is told beside a failure, and decides nothing alone, for it \
may be an old one. Inconclusive where a later run did not end, or where something that may tell of one could not be read. Not \
applicable where the extension has never run.

## How to fix

`azpreflight explain CODE` lists the causes of the code in order and the checks that settle them. Remove the cause, then run \
a backup on demand.

## References

- https://github.com/Azure/azure-linux-extensions/tree/b7eecd4b/VMBackup
- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
";

/// Where the log of Linux lies.
const LOG: &str = "/var/log/azure/Microsoft.Azure.RecoveryServices.VMSnapshotLinux/extension.log";
/// Where the status files of Windows lie.
const PLUGINS: &str = "C:\\Packages\\Plugins";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let own = &case.guest()?.extension;
    case.runs_are_told()?;
    let Some((last, open)) = own.last_run() else {
        return Err(match own.named().first() {
            _ if !own.runs.is_empty() => Withheld::inconclusive("the only run that is told of has not ended"),
            Some(code) => {
                Withheld::inconclusive(format!("no status tells what came of the last run; {}", said(code)))
            }
            None if !own.logs.is_empty() => Withheld::inconclusive(
                "the extension has left logs, but no status that tells what came of its runs",
            ),
            None => none(case),
        });
    };
    let evidence = vec![
        Evidence::text("last snapshot", when(&last.value)),
        Evidence::text("told by", last.place.document.as_ref()),
    ];
    match last.value.outcome() {
        SnapshotOutcome::Failed => {}
        SnapshotOutcome::Succeeded if !open => return Ok(Conclusion::Pass(evidence)),
        SnapshotOutcome::Succeeded | SnapshotOutcome::Unfinished => {
            return Err(Withheld::inconclusive(
                "the last snapshot succeeded, and a run that began later has not ended",
            ));
        }
        SnapshotOutcome::Unclear => {
            let number = last.value.number.unwrap_or_default();
            let mut reason =
                format!("the last run ended with the number {number}, and what that means is not public");
            reason.extend(own.named().first().map(|code| format!("; {}", said(code))));
            return Err(Withheld::inconclusive(reason));
        }
    }
    let mut found = finding(last, case.vm()?.id.as_str());
    found.evidence.splice(0..0, evidence);
    found.evidence.extend(own.named().into_iter().map(|code| Evidence::text("its log names", &code.code)));
    if open {
        found = found.with(Evidence::text("since then", "a run that has not ended"));
    }
    Ok(Conclusion::Fail(vec![found]))
}

fn said(named: &NamedCode) -> String {
    let gist = error_code(&named.code).map_or_else(String::new, |row| format!(": {}", row.gist));
    format!("its log names `{}`, at a time that is not known{gist}", named.code.escape_debug())
}

/// Why nothing is known of any run.
fn none(case: &Case<'_>) -> Withheld {
    let never = || {
        Withheld::out_of_sight("the snapshot extension has left neither a status nor a log: it has not run")
    };
    let Ok(survey) = case.survey() else { return case.unread(LOG) };
    match case.guest_system() {
        Some(OsFamily::Windows) if survey.folders.contains_key(PLUGINS) || survey.is_absent(PLUGINS) => {
            never()
        }
        Some(OsFamily::Windows) => case.unread(PLUGINS),
        _ if survey.is_absent(LOG) && !survey.looked.contains_key("/var/lib/waagent") => never(),
        _ => case.unread(if survey.is_absent(LOG) { "/var/lib/waagent" } else { LOG }),
    }
}

fn finding(last: &Read<SnapshotRun>, subject: &str) -> Finding {
    let mut rows: Vec<(String, &'static ErrorCode)> = Vec::new();
    for code in last.value.causes() {
        if let Some(row) = error_code(&code).filter(|row| !rows.iter().any(|(_, known)| known == row)) {
            rows.push((code, row));
        }
    }
    let message = match (rows.first(), last.value.causes().next()) {
        (Some((code, row)), _) => format!("the last snapshot failed with `{code}`: {}", row.gist),
        (None, Some(code)) => {
            format!("the last snapshot failed with `{}`, which no document explains", code.escape_debug())
        }
        (None, None) => "the last snapshot failed, and no code says why".to_owned(),
    };
    let mut found = Finding::new(message, subject).at(&last.place).citing(documented(&["VMB"]));
    if let Some(text) = &last.value.message {
        found = found.with(Evidence::text("message", text));
    }
    for (code, row) in rows.iter().skip(1) {
        found = found.with(Evidence::text(format!("also {code}"), row.gist));
    }
    let first = rows.first().map(|(_, row)| *row);
    for cause in first.iter().flat_map(|row| row.causes) {
        found = found.with(Evidence::text("possible cause", cause.text));
    }
    let fix = first.map_or("read the log of the extension, and run a backup on demand", |row| row.fix);
    let mut remedy = Remediation::new(fix);
    if let Some((code, _)) = rows.first() {
        let explain = shell::line(["azpreflight", "explain", code]);
        remedy = remedy.step(format!("`{explain}` lists its causes in order"));
    }
    found.remedied_by(remedy.step("then run a backup on demand"))
}

fn when(run: &SnapshotRun) -> String {
    run.at.map_or_else(|| "at a time that is not told".to_owned(), |at| at.to_string())
}
