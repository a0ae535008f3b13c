//! Backup does not take the operating system of the VM.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{OperatingSystem, OsStanding, Severity, Support, operating_system, operating_systems};
use crate::facts::Missing;
use crate::vm::{OsFamily, VirtualMachine};

pub(super) const CHECK: Check = Check {
    id: "os-unsupported",
    title: "backup does not take this operating system",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The operating system as the agent reports it, or else the marketplace image that the VM was made from, against the \
systems that the support matrix lists.

## Why it matters for backup

On a system that is not listed the agent or the extension may not run, and Microsoft gives no support.

## How it decides

A listed system passes. One that is listed as refused fails; one that is taken in a limited way only (Windows Server \
2012 R2 and older), or that no list names, is a warning. A system without a name or without a release that decides is \
inconclusive. Agentless policies take any system; the lists are about backup of whole VMs. The founding documents take \
every Linux endorsed by Azure but CoreOS.

## How to fix

Upgrade the operating system, or use an agentless crash-consistent policy, which does not look at it.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://learn.microsoft.com/azure/virtual-machines/extensions/agent-linux
- https://learn.microsoft.com/azure/virtual-machines/extensions/agent-windows
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    case.needs_agent()?;
    let vm = case.vm()?;
    let missing = |what: &str| {
        Missing::new(format!("{what} of `{}`", vm.id.name())).with_lookup("vm get-instance-view", &vm.id)
    };
    let family = vm.os.or(case.question.assumed.situation.os);
    let family = family.ok_or_else(|| missing("the operating system"))?;
    let (name, version) = system(vm, family).ok_or_else(|| missing("the name of the operating system"))?;
    let evidence =
        Evidence::text("operating system", format!("{name} {}", version.as_deref().unwrap_or("")).trim());
    let found = match operating_system(case.question.profile, family, &name, version.as_deref()) {
        OsStanding::Listed(row) if row.support == Support::Full => {
            return Ok(Conclusion::Pass(vec![evidence, Evidence::text("listed as", row.reason)]));
        }
        OsStanding::Listed(row) => refused(vm, &name, row),
        OsStanding::NotListed if !has_list(case, family) => {
            let listed = "no system by name: the documents of this profile name only what is refused";
            return Ok(Conclusion::Pass(vec![evidence, Evidence::text("listed", listed)]));
        }
        OsStanding::NotListed => not_listed(case, vm, (family, &name)),
        OsStanding::ReleaseUnknown => return Err(missing("the release of the operating system").into()),
    };
    let remedy =
        Remediation::new("upgrade the operating system, or use an agentless crash-consistent policy");
    Ok(Conclusion::Fail(vec![found.at(&vm.place).with(evidence).remedied_by(remedy)]))
}

/// Name and version: as the agent reports them, or else as the image is called.
fn system(vm: &VirtualMachine, family: OsFamily) -> Option<(String, Option<String>)> {
    if let Some((name, reported)) = vm.reported_os.as_ref().and_then(|os| Some((os.name.clone()?, os))) {
        return Some((name, reported.version.clone()));
    }
    let image = vm.image.as_ref()?;
    let (offer, sku) = (image.offer.clone()?, image.sku.clone());
    match (family, sku) {
        (OsFamily::Windows, Some(sku)) => Some((format!("{offer} {sku}"), None)),
        // The release stands in the offer or in the SKU, such as `ubuntu-24_04-lts` and `22_04-lts`.
        (OsFamily::Linux, Some(sku)) if sku.contains(|c: char| c.is_ascii_digit()) => {
            Some((offer, Some(sku.replace('_', "."))))
        }
        (_, _) => Some((offer.replace('_', "."), None)),
    }
}

fn refused(vm: &VirtualMachine, name: &str, row: &'static OperatingSystem) -> Finding {
    let message = format!("`{name}` is not fully taken by backup: {}", row.reason);
    Finding::new(message, vm.id.as_str()).weighing(row.severity).citing(row.sources)
}

/// Whether the documents of the profile list the systems that are taken; in 2018 those of Linux did not.
fn has_list(case: &Case<'_>, family: OsFamily) -> bool {
    rows(case, family).any(|row| row.support == Support::Full)
}

fn rows(case: &Case<'_>, family: OsFamily) -> impl Iterator<Item = &'static OperatingSystem> {
    let profile = case.question.profile;
    operating_systems().iter().filter(move |row| row.family == family && row.profiles.contains(&profile))
}

fn not_listed(case: &Case<'_>, vm: &VirtualMachine, (family, name): (OsFamily, &str)) -> Finding {
    let message = format!("`{name}` is not among the {family} systems that the documents list for backup");
    let mut sources: Vec<_> = rows(case, family).flat_map(|row| row.sources).collect();
    sources.sort();
    sources.dedup();
    Finding::new(message, vm.id.as_str()).weighing(Severity::Warning).citing(sources)
}
