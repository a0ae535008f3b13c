//! The hosts file of the VM pins hosts of Azure.

use super::finding::documented;
use super::path::{gauge, is_platform, situations};
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::azure::platform;
use crate::backup::{self, Applies, Requirement, Severity};
use crate::facts::Missing;
use crate::guest::{Pinned, Read};
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "guest-hosts-override",
    title: "the hosts file of the VM pins hosts of Azure",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the hosts file of the VM has lines for hosts of Azure's services.

## Why it matters for backup

The addresses of Azure's services change. A name that is pinned leads to the old address for ever, past the name servers and \
past private endpoints; one that is pinned to this machine itself leads nowhere.

## How it decides

A line for a host that backup of this VM may ask for warns. It blocks where the host is certainly needed and the line leads \
to the machine itself or to no address. Other hosts of Azure are a note.

## How to fix

Take the line out, and let name servers answer. For a private endpoint use its private DNS zone.

## References

- https://learn.microsoft.com/azure/private-link/private-endpoint-dns
- https://learn.microsoft.com/azure/backup/backup-azure-arm-vms-prepare
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let machine = case.guest()?;
    if machine.names.hosts.is_empty() {
        return Err(unread(case));
    }
    let subject = case.vm()?.id.as_str();
    let lines =
        || machine.names.hosts.iter().flat_map(|read| read.value.iter().map(move |line| (read, line)));
    let findings = lines().filter_map(|(read, line)| finding(case, read, line, subject)).collect();
    let says = format!("{} lines, none of them for a host of Azure", lines().count());
    Ok(Conclusion::of(findings, vec![Evidence::text("hosts file", says)]))
}

fn unread(case: &Case<'_>) -> Withheld {
    let system = case.survey().ok().and_then(|survey| survey.system);
    match system {
        Some(OsFamily::Linux) => case.unread("/etc/hosts"),
        Some(OsFamily::Windows) => case.unread(r"C:\Windows\System32\drivers\etc\hosts"),
        None => Withheld::NotExamined { missing: Missing::new("the hosts file of the machine") },
    }
}

fn finding(case: &Case<'_>, read: &Read<Vec<Pinned>>, line: &Pinned, subject: &str) -> Option<Finding> {
    let ours: Vec<&str> =
        line.names.iter().map(String::as_str).filter(|name| platform::is_service_host(name)).collect();
    let (first, needed) = (ours.first()?, needed(case, &ours));
    let severity = match (&needed, line.is_nowhere()) {
        (Some((requirement, true)), true) => requirement.severity.min(Severity::Warning),
        (Some(_), _) => Severity::Warning,
        (None, _) => Severity::Note,
    };
    let file = read.place.document.escape_debug();
    let whither = if line.is_nowhere() { ", where nothing of Azure is" } else { "" };
    let message =
        format!("line {} of `{file}` pins `{}` to {}{whither}", line.line, ours.join("`, `"), line.address);
    let reason =
        needed.map_or("backup of this VM does not ask for it", |(requirement, _)| requirement.reason);
    let sources = needed.map_or(&[][..], |(requirement, _)| requirement.sources);
    let found = Finding::new(message, subject)
        .weighing(severity)
        .at(&read.place)
        .with(Evidence::text("what the host is for", reason))
        .citing(sources)
        .citing(documented(&["PEDNS"]));
    Some(found.remedied_by(
        Remediation::new("let name servers answer for hosts of Azure")
            .step(format!("take the name out of line {} of `{file}`", line.line))
            .step(format!("then look where `{first}` leads: a private endpoint has its address in its private DNS zone"))
            .link("https://learn.microsoft.com/azure/private-link/private-endpoint-dns"),
    ))
}

/// What backup may ask of one of these hosts, the weightiest first, and whether it certainly does.
fn needed(case: &Case<'_>, names: &[&str]) -> Option<(&'static Requirement, bool)> {
    let situations = situations(case);
    let rows = backup::requirements(case.question.workload, case.question.profile).iter();
    let asking =
        rows.filter(|row| !is_platform(row) && names.iter().any(|name| row.has_host(name, case.cloud())));
    let weighed = asking.filter_map(|row| {
        let applies: Vec<Applies> = situations.iter().map(|situation| gauge(case, row, situation)).collect();
        let may_be = applies.iter().any(|applies| *applies != Applies::No);
        may_be.then(|| (row, applies.iter().all(|applies| *applies == Applies::Yes)))
    });
    weighed.min_by_key(|(row, certain)| (!*certain, row.severity))
}
