//! `SELinux`, `AppArmor` or fapolicyd denied something to the VM agent or the backup extension.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Missing;
use crate::guest::{Denial, Guard, Looked, Read, Security, SelinuxMode};
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "guest-access-denied",
    title: "access of the VM agent was denied by SELinux, AppArmor or fapolicyd",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

What SELinux, AppArmor and fapolicyd have written to the logs of the guest (`audit.log`, `kern.log`, `messages`, `syslog`) \
about the VM agent, its folders and the backup extension.

## Why it matters for backup

Where SELinux guards `/var/lib/waagent` against the agent, the VM does not get into a state that can be backed up \
(`UserErrorVmNotInDesirableState`). A program of the extension that may not run fails every backup.

## How it decides

A denial warns: whether it is the one that stops backup, the logs do not say. One that was only reported and let through is \
a note. Only the end of each log is read. Inconclusive where no log could be read: most of them are for root alone. Not \
applicable to Windows, nor where SELinux is switched off and no log has a denial.

## How to fix

SELinux: restore the labels (`restorecon -R /var/lib/waagent`), or exclude the folder from the policy. AppArmor and \
fapolicyd: allow the program in the profile or the trust database.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let machine = case.guest()?;
    let vm = case.vm()?;
    let system = machine.survey.as_ref().and_then(|read| read.value.system).or(vm.os);
    if system == Some(OsFamily::Windows) {
        return Err(Withheld::not_applicable("these are guards of Linux"));
    }
    let security = &machine.security;
    let findings: Vec<Finding> =
        security.denials.iter().map(|denial| finding(denial, vm.id.as_str())).collect();
    if findings.is_empty() {
        if is_off(security) {
            return Err(Withheld::not_applicable("SELinux is switched off, and no log has a denial"));
        }
        if security.logs.is_empty() {
            return Err(unread(case));
        }
    }
    let looked = security.logs.iter();
    let looked = looked.map(|log| Evidence::text("looked through", log.place.document.as_ref()));
    Ok(Conclusion::of(findings, looked.collect()))
}

fn is_off(security: &Security) -> bool {
    let off = |mode: &Option<Read<SelinuxMode>>| {
        mode.as_ref().is_some_and(|read| read.value == SelinuxMode::Disabled)
    };
    off(&security.configured) && security.enforced.is_none()
}

/// Why no log was read: not one of them was supplied, or they are for root alone.
fn unread(case: &Case<'_>) -> Withheld {
    let missing =
        || Withheld::NotExamined { missing: Missing::new("the logs of SELinux, AppArmor or fapolicyd") };
    let Ok(survey) = case.survey() else { return missing() };
    let logs = ["/var/log/audit/audit.log", "/var/log/kern.log", "/var/log/messages", "/var/log/syslog"];
    let unread = logs.iter().find(|path| matches!(survey.looked(path), Some(Looked::Unread { .. })));
    unread.map_or_else(missing, |path| case.unread(path))
}

fn finding(denial: &Read<Denial>, subject: &str) -> Finding {
    let Denial { guard, what, program, path, permissive, count } = &denial.value;
    let named = |what: &Option<String>, of: &str| {
        what.as_ref().map(|text| format!(" {of} `{}`", text.escape_debug())).unwrap_or_default()
    };
    let did = if *permissive { "reported, and let through," } else { "denied" };
    let message =
        format!("{guard} {did} `{}`{}{}", what.escape_debug(), named(program, "to"), named(path, "on"));
    let mut found = Finding::new(message, subject).at(&denial.place).citing(documented(&["TSVM"]));
    found.evidence = vec![
        Evidence::text("times in the end of the log", count.to_string()),
        Evidence::text("log", denial.place.document.as_ref()),
    ];
    let found = if *permissive { found.weighing(Severity::Note) } else { found };
    let summary = "allow it, and see whether backup works then";
    let step = match guard {
        Guard::Selinux => {
            "restore the labels: `restorecon -R /var/lib/waagent`; or exclude the folder from the policy"
        }
        Guard::Apparmor => "allow it in the profile that the log names, and load the profile anew",
        Guard::Fapolicyd => {
            "add the agent's folder to the trust database: `fapolicyd-cli --file add /var/lib/waagent/`"
        }
    };
    found.remedied_by(Remediation::new(summary).step(step).step("restart the VM agent, and run a backup"))
}
