//! Files of the snapshot extension are missing.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::{BackupExtension, Handler, Survey, snapshot_system};
use crate::version::AgentVersion;
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "guest-extension-incomplete",
    title: "files of the snapshot extension are missing",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the folder of the snapshot extension still has what it needs: `HandlerManifest.json`, which tells the agent how to \
run it, and on Linux the program `safefreeze`.

## Why it matters for backup

Without its manifest the agent cannot run the extension: backup fails with `ExtensionOperationFailed`. Antivirus software \
has often deleted it. Without `safefreeze` the extension gives up with code 124.

## How it decides

Of the versions on the disk the one counts that is installed, or else the newest that the agent has not removed. A missing manifest blocks, and so does a \
missing `safefreeze` where the extension has a folder for it. Inconclusive where the folder could not be listed: on Linux only \
root may. Not applicable where the extension is not installed.

## How to fix

Exclude the folder from what antivirus software watches, then remove the extension: the next backup installs it again.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
- https://github.com/Azure/azure-linux-extensions/tree/b7eecd4b/VMBackup
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let extension = &case.guest()?.extension;
    let survey = case.survey()?;
    let windows = case.guest_system() == Some(OsFamily::Windows);
    let above = if windows { "C:\\Packages\\Plugins" } else { "/var/lib/waagent" };
    let Some(folder) = in_effect(extension, survey, windows) else {
        if survey.folders.contains_key(above) || (windows && survey.is_absent(above)) {
            let reason = "the snapshot extension is not installed: the first backup installs it";
            return Err(Withheld::out_of_sight(reason));
        }
        return Err(case.unread(above));
    };
    let entries = survey.folders.get(&folder).ok_or_else(|| case.unread(&folder))?;
    let mut missing = Vec::new();
    if !entries.iter().any(|entry| entry.eq_ignore_ascii_case("HandlerManifest.json")) {
        missing.push(("HandlerManifest.json", "the VM agent cannot run it", &["CRC"][..]));
    }
    let listed = |name: &str| survey.folders.get(&format!("{folder}/main/{name}/bin"));
    let own =
        if survey.architecture.as_deref() == Some("aarch64") { "safefreezeArm64" } else { "safefreeze" };
    if listed(own).is_some_and(|entries| !entries.iter().any(|entry| entry == "safefreeze")) {
        missing.push(("safefreeze", "it gives up with code 124", &["VMB"][..]));
    }
    let subject = case.vm()?.id.as_str();
    let finding = |(file, so, sources): (&str, &str, &[&str])| {
        let message = format!("`{file}` is missing from `{}`: {so}", folder.escape_debug());
        let found = Finding::new(message, subject).citing(documented(sources)).citing(documented(&["TSVM"]));
        found.with(Evidence::text("folder", &folder)).remedied_by(remedy(&folder))
    };
    let findings = missing.into_iter().map(finding).collect();
    Ok(Conclusion::of(findings, vec![Evidence::text("folder", &folder)]))
}

/// The folder of the version in effect: the one that is installed, or else the newest that is not given up.
fn in_effect(extension: &BackupExtension, survey: &Survey, windows: bool) -> Option<String> {
    let (above, slash) = if windows {
        ("C:\\Packages\\Plugins\\Microsoft.Azure.RecoveryServices.VMSnapshot", '\\')
    } else {
        ("/var/lib/waagent", '/')
    };
    let version = |name: &str| {
        let text = if windows { name } else { name.rsplit_once('-')?.1 };
        text.parse().ok().filter(|_| windows || snapshot_system(name) == Some(OsFamily::Linux))
    };
    let of = |handler: &Handler| handler.version.parse::<AgentVersion>().ok();
    let handlers = extension.handlers.iter().filter(|handler| handler.is_snapshot());
    let given_up: Vec<_> = handlers.filter(|handler| handler.is_not_installed()).filter_map(of).collect();
    let current = extension.current().into_iter().find(|handler| handler.is_snapshot()).and_then(of);
    let named = survey.folders.get(above)?.iter().filter_map(|name| Some((version(name)?, name)));
    let kept = named.filter(|(version, _)| !given_up.contains(version));
    let (_, name) = kept.max_by_key(|(version, _)| (Some(*version) == current, *version))?;
    Some(format!("{above}{slash}{name}"))
}

fn remedy(folder: &str) -> Remediation {
    Remediation::new("have the extension installed again")
        .step(format!("exclude `{}` from what antivirus software watches", folder.escape_debug()))
        .step("remove the extension from the VM: the next backup installs it again")
}
