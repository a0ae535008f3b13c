//! The VM agent reports an extension that is not ready.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::{Handler, HandlerStatus, Read};
use crate::script::azure_cli::Command;
use crate::vm::{OsFamily, VirtualMachine};

pub(super) const CHECK: Check = Check {
    id: "guest-extension-failed",
    title: "the VM agent reports an extension that is not ready",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

What the VM agent on the machine says of the handler of every extension: `config/HandlerStatus` below `/var/lib/waagent`, \
or `aggregatestatus.json` on Windows.

## Why it matters for backup

Backup works through an extension, and Microsoft asks that every extension of the VM has succeeded: one that has failed \
holds up the others and puts the VM into a failed state.

## How it decides

Of each extension the version counts that is installed, or else the newest. `Ready` passes. Anything else but `Installing` \
blocks where it is the snapshot extension of backup, and warns where it is another one. One that is not installed, with an \
error, is one that could not be downloaded or installed; it warns where an older version is in effect. `Installing`, or a \
status that cannot be read, is inconclusive. Not applicable where no extension has left anything.

## How to fix

Read the message and the log of the extension below `/var/log/azure` or `C:\\WindowsAzure\\Logs\\Plugins`. Remove the \
snapshot extension: the next backup installs it again. Repair or remove another one. Where it could not be installed, put \
right what the message says.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://github.com/Azure/WALinuxAgent/tree/a976115fd
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let extension = &case.guest()?.extension;
    let handlers = extension.current();
    if handlers.is_empty() {
        return Err(none(case));
    }
    let mut findings: Vec<Finding> = handlers.iter().filter_map(|handler| fault(case, handler)).collect();
    let newer = extension.failed_upgrades();
    findings.extend(
        newer.into_iter().filter_map(|failed| Some(fault(case, failed)?.weighing(Severity::Warning))),
    );
    let open = handlers.iter().find(|handler| is_ready(handler).is_none());
    if let (true, Some(open)) = (findings.is_empty(), open) {
        let said =
            if open.status.is_some() { "is being installed" } else { "has no status that could be read" };
        return Err(Withheld::inconclusive(format!("extension `{}` {said}", open.name.escape_debug())));
    }
    Ok(Conclusion::of(findings, handlers.iter().map(|handler| evidence(handler)).collect()))
}

/// Why nothing is known of any extension.
fn none(case: &Case<'_>) -> Withheld {
    let folder = match case.guest_system() {
        Some(OsFamily::Windows) => "C:\\WindowsAzure\\Logs\\AggregateStatus\\aggregatestatus.json",
        _ => "/var/lib/waagent",
    };
    match case.survey() {
        Ok(survey) if survey.folders.contains_key(folder) => Withheld::out_of_sight(
            "no extension is installed: the first backup installs the one that it needs",
        ),
        _ => case.unread(folder),
    }
}

/// `None` where that is not told yet.
fn is_ready(handler: &Handler) -> Option<bool> {
    let status = handler.status.as_ref()?.value.status.as_deref()?;
    (!status.eq_ignore_ascii_case("Installing")).then(|| status.eq_ignore_ascii_case("Ready"))
}

fn fault(case: &Case<'_>, handler: &Handler) -> Option<Finding> {
    let Read { value: HandlerStatus { status, code, message }, place } = handler.status.as_ref()?;
    if is_ready(handler)? {
        return None;
    }
    let (severity, whose) = if handler.is_snapshot() {
        (Severity::Blocker, "the snapshot extension of backup")
    } else {
        (Severity::Warning, "backup wants every extension to have succeeded")
    };
    let vm = case.vm().ok()?;
    let state = if handler.could_not_be_installed() {
        "could not be installed".to_owned()
    } else {
        format!("is `{}`", status.as_deref().unwrap_or_default().escape_debug())
    };
    let name = handler.name.escape_debug();
    let mut found = Finding::new(format!("extension `{name}` {state}: {whose}"), vm.id.as_str())
        .weighing(severity)
        .at(place)
        .with(evidence(handler));
    if let Some(code) = code.filter(|code| *code != 0) {
        found = found.with(Evidence::text("code", code.to_string()));
    }
    if let Some(message) = message {
        found = found.with(Evidence::text("message", message));
    }
    Some(found.citing(documented(&["TSAGENT", "WALA"])).remedied_by(remedy(handler, vm)))
}

fn remedy(handler: &Handler, vm: &VirtualMachine) -> Remediation {
    if handler.could_not_be_installed() {
        return Remediation::new(
            "put right what the message says: the VM agent then installs the extension by itself",
        )
        .step("read the message, and look for the reason in the log of the VM agent");
    }
    if !handler.is_snapshot() {
        return Remediation::new("repair the extension, or remove it if nobody needs it")
            .step("look for the reason in the log of the extension");
    }
    let remedy = Remediation::new("remove backup's extension: the next job installs it again");
    if !vm.id.is_path() {
        return remedy.step("look for the reason in the log of the extension");
    }
    let delete = Command::new(&["vm", "extension", "delete"]).within(&vm.id).value("--vm-name", vm.id.name());
    let short = handler.name.rsplit('.').next().unwrap_or_default();
    remedy.command(delete.value("--name", short).to_string())
}

fn evidence(handler: &Handler) -> Evidence {
    let status = handler.status.as_ref().and_then(|read| read.value.status.as_deref()).unwrap_or("unknown");
    Evidence::text(format!("{} {}", handler.name, handler.version), status)
}
