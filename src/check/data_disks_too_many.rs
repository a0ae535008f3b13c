//! The VM has more data disks than backup takes.

use std::collections::BTreeSet;

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{LimitId, Severity, Standing, limit};
use crate::facts::Missing;

pub(super) const CHECK: Check = Check {
    id: "data-disks-too-many",
    title: "the VM has more data disks than backup takes",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export, Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// Where units are listed: by the rules of the VM agent, and by those of `azure-vm-utils`.
const UNITS: [&str; 2] = ["/dev/disk/azure/scsi1", "/dev/disk/azure/data/by-lun"];

const EXPLANATION: &str = "\
## What it checks

How many data disks the VM has.

## Why it matters for backup

A VM with too many disks is refused (`UserErrorBCMUnsupportedDiskCount`).

## How it decides

By the figure of the profile: 32 today. The founding documents say both \"more than 16\" and \"16 or more cannot\", so \
under the profile 2018 more than 16 fails and exactly 16 is a warning. A running Linux VM tells as well, by the units that \
udev lists in `/dev/disk/azure`; of two counts the larger holds. A VM whose disks are not listed is inconclusive. \
About backup of whole VMs only.

## How to fix

Detach disks, join several into a larger one, or leave disks out of the backup by an Enhanced policy's selection.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let vm = case.vm()?;
    let missing = || {
        let what = format!("the list of data disks of `{}`", vm.id.name());
        Missing::new(what).with_lookup("vm show", &vm.id)
    };
    let seen = attached(case);
    let listed = vm.data_disks.as_ref().map(Vec::len);
    let count = match listed.max(seen) {
        Some(count) => count,
        None if case.question.sources.contains(&Source::Export) => return Err(missing().into()),
        None => return Err(Withheld::NotExamined { missing: missing() }),
    };
    let Some(limit) = limit(LimitId::DataDisks, case.question.profile) else {
        return Err(Withheld::not_applicable("the documents of this profile name no figure"));
    };
    let maximum = limit.maximum.map_or_else(|| "none".to_owned(), |maximum| maximum.to_string());
    let mut evidence =
        vec![Evidence::text("data disks", count.to_string()), Evidence::text("most allowed", maximum)];
    evidence.extend(seen.map(|seen| Evidence::text("attached, as the guest sees", seen.to_string())));
    let (severity, claim) = match limit.standing(u64::try_from(count).unwrap_or(u64::MAX)) {
        Standing::Within | Standing::TooLow | Standing::NotAllowed => return Ok(Conclusion::Pass(evidence)),
        Standing::TooHigh => (limit.severity, "more than backup takes"),
        Standing::Disputed => (Severity::Warning, "which one document allows and another refuses"),
    };
    let message = format!("`{}` has {count} data disks, {claim}", vm.id.name());
    let mut found =
        Finding::new(message, vm.id.as_str()).weighing(severity).at(&vm.place).citing(limit.sources);
    found = found.citing(limit.disputed.map_or(&[][..], |dispute| dispute.sources));
    found.evidence = evidence;
    let remedy = Remediation::new("detach disks, or join several into a larger one")
        .step("or leave disks out of the backup, if losing them is acceptable");
    Ok(Conclusion::Fail(vec![found.remedied_by(remedy)]))
}

/// The data disks that the running guest sees: the units that the rules of udev for Azure list. The OS disk and the temporary
/// one are not among them. `None` where nothing tells; without those rules nothing is listed at all.
fn attached(case: &Case<'_>) -> Option<usize> {
    let folders = &case.live("disks").ok()?.folders;
    folders.get("/dev/disk/azure")?;
    let names = UNITS.iter().filter_map(|folder| folders.get(*folder)).flatten();
    let units: BTreeSet<u32> =
        names.filter_map(|name| name.strip_prefix("lun").unwrap_or(name).parse().ok()).collect();
    Some(units.len())
}
