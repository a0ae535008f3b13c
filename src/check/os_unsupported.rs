//! Backup does not take the operating system of the VM.

use super::case::NamedSystem;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{
    FeatureId, OperatingSystem, OsStanding, Severity, Support, feature, operating_system, operating_systems,
};
use crate::vm::{OsFamily, VirtualMachine};

pub(super) const CHECK: Check = Check {
    id: "os-unsupported",
    title: "backup does not take this operating system",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export, Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// Architectures of 32 bits, as `uname -m` says them.
const NARROW: [&str; 6] = ["i386", "i486", "i586", "i686", "armv6l", "armv7l"];

const EXPLANATION: &str = "\
## What it checks

The operating system as the machine itself says, or as its agent reported it, or else the marketplace image that the VM was \
made from, against the systems that the support matrix lists. On the machine also whether it is one of 64 bits.

## Why it matters for backup

On a system that is not listed the agent or the extension may not run, and Microsoft gives no support.

## How it decides

A listed system passes. One that is listed as refused fails; one that is taken in a limited way only (Windows Server \
2012 R2 and older), or that no list names, is a warning; so is a release below or \
above those that are listed, and above them nothing on the machine is at fault. A system without a name or without a release that decides is \
inconclusive. A system of 32 bits blocks; of a disk the format of its programs tells. Agentless policies take any system; the lists are about backup of whole VMs. The founding documents take \
every Linux endorsed by Azure but CoreOS.

## How to fix

Upgrade a system that is too old, or use an agentless crash-consistent policy, which does not look at it. Of a release newer than \
the lists look first whether the support matrix names it by now.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://learn.microsoft.com/azure/virtual-machines/extensions/agent-linux
- https://learn.microsoft.com/azure/virtual-machines/extensions/agent-windows
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    case.needs_agent()?;
    let vm = case.vm()?;
    let narrow = narrow(case)?;
    let system = match (case.system(), &narrow) {
        (Err(_), Some(_)) => None,
        (system, _) => Some(system?),
    };
    let mut evidence = Vec::new();
    let mut findings: Vec<Finding> = narrow.into_iter().collect();
    if let Some(system) = system {
        let NamedSystem { family, name, version, place } = &system;
        let shown = format!("{name} {}", version.as_deref().unwrap_or(""));
        evidence.push(Evidence::text("operating system", shown.trim()));
        let found = match operating_system(case.question.profile, *family, name, version.as_deref()) {
            OsStanding::Listed(row) if row.support == Support::Full => {
                evidence.push(Evidence::text("listed as", row.reason));
                None
            }
            OsStanding::Listed(row) => Some(refused(vm, name, row)),
            OsStanding::NotListed if !has_list(case, *family) => {
                let listed = "no system by name: the documents of this profile name only what is refused";
                evidence.push(Evidence::text("listed", listed));
                None
            }
            OsStanding::NotListed => Some(not_listed(case, vm, (*family, name))),
            OsStanding::Older(row) => Some(other_release(vm, &shown, row).remedied_by(upgrade())),
            OsStanding::Newer(row) => Some(other_release(vm, &shown, row).remedied_by(wait())),
            OsStanding::ReleaseUnknown => return Err(case.untold_system("the release")),
        };
        findings.extend(found.map(|found| found.at(place)));
    }
    let complete = |mut found: Finding| {
        found.evidence.extend(evidence.iter().cloned());
        found
    };
    let findings = findings.into_iter().map(complete).collect();
    Ok(Conclusion::of(findings, evidence.clone()))
}

fn upgrade() -> Remediation {
    Remediation::new("upgrade the operating system, or use an agentless crash-consistent policy")
}

/// What is done about a release that is newer than the lists: nothing on the machine is at fault.
fn wait() -> Remediation {
    Remediation::new(
        "look whether the support matrix names the release by now, or use an agentless crash-consistent policy",
    )
}

/// The finding of a system of 32 bits: the machine alone tells.
fn narrow(case: &Case<'_>) -> Result<Option<Finding>, Withheld> {
    let Ok(survey) = case.survey() else { return Ok(None) };
    let architecture = survey.architecture.as_deref().filter(|name| NARROW.contains(name));
    let feature = feature(FeatureId::SystemOf32Bits, case.question.profile);
    let (Some(architecture), Some(feature)) = (architecture, feature) else { return Ok(None) };
    let message = format!("the system is one of 32 bits: {}", feature.reason);
    let found = Finding::new(message, case.vm()?.id.as_str())
        .weighing(feature.severity)
        .with(Evidence::text("architecture", architecture))
        .citing(feature.sources)
        .remedied_by(upgrade());
    Ok(Some(found))
}

fn refused(vm: &VirtualMachine, name: &str, row: &'static OperatingSystem) -> Finding {
    let message = format!("`{name}` is not fully taken by backup: {}", row.reason);
    Finding::new(message, vm.id.as_str()).weighing(row.severity).citing(row.sources).remedied_by(upgrade())
}

/// The finding of a system that is listed in other releases.
fn other_release(vm: &VirtualMachine, shown: &str, row: &'static OperatingSystem) -> Finding {
    let message = format!(
        "`{}` is not among the releases that the documents list for backup: {}",
        shown.trim().escape_debug(),
        row.reason
    );
    Finding::new(message, vm.id.as_str()).weighing(Severity::Warning).citing(row.sources)
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
    Finding::new(message, vm.id.as_str()).weighing(Severity::Warning).citing(sources).remedied_by(upgrade())
}
