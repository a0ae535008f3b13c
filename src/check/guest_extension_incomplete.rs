//! Files of the snapshot extension are missing.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::{Survey, snapshot_system};
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

Of the versions on the disk the one counts that is installed, or else the newest. A missing manifest blocks, and so does a \
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
    case.guest()?;
    let survey = case.survey()?;
    let windows = case.guest_system() == Some(OsFamily::Windows);
    let (folder, above) = if windows {
        (newest(survey, true), "C:\\Packages\\Plugins")
    } else {
        (newest(survey, false), "/var/lib/waagent")
    };
    let Some(folder) = folder else {
        if survey.folders.contains_key(above) || (windows && survey.is_absent(above)) {
            let reason = "the snapshot extension is not installed: the first backup installs it";
            return Err(Withheld::not_applicable(reason));
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

/// The folder of the newest version of the extension that was listed or could not be.
fn newest(survey: &Survey, windows: bool) -> Option<String> {
    let (above, slash) = if windows {
        ("C:\\Packages\\Plugins\\Microsoft.Azure.RecoveryServices.VMSnapshot", '\\')
    } else {
        ("/var/lib/waagent", '/')
    };
    let names = survey.folders.get(above)?.iter();
    let version = |name: &&String| {
        let text = if windows { name.as_str() } else { name.rsplit_once('-')?.1 };
        text.parse::<AgentVersion>()
            .ok()
            .filter(|_| windows || snapshot_system(name) == Some(OsFamily::Linux))
    };
    let newest = names.filter(|name| version(name).is_some()).max_by_key(version)?;
    Some(format!("{above}{slash}{newest}"))
}

fn remedy(folder: &str) -> Remediation {
    Remediation::new("have the extension installed again")
        .step(format!("exclude `{}` from what antivirus software watches", folder.escape_debug()))
        .step("remove the extension from the VM: the next backup installs it again")
}
