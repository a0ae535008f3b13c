//! Something that backup needs was not among the targets that were probed.

use super::path::gauge;
use super::{About, Case, Check, Conclusion, Evidence, Source, Withheld};
use crate::backup::{self, Applies, Requirement, Severity};
use crate::facts::{Missing, Observed};
use crate::probe::Outcome;

pub(super) const CHECK: Check = Check {
    id: "probe-incomplete",
    title: "something that backup needs was not probed",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

That every requirement without which backup fails, and which is known to apply to this VM, was probed at one host at \
least.

## Why it matters for backup

What was not tried is not known to work. A probe that leaves out storage and reaches all the rest must not read as a \
path that is in order.

## How it decides

It never fails. It is inconclusive where such a requirement has no target that was tried, and names those. Some have no \
host that is publicly known: an account of storage is one's own, and needs `--storage-account`. It is inconclusive, too, \
where all addresses of the VM are known and everything that was probed left from others: then it tells of another machine, \
or left through address translation. The platform's targets, and addresses of one link or of loopback, do not tell.

## How to fix

Probe again with `--storage-account NAME`, or with `--target HOST:PORT` for a host that the requirement is about; on the VM \
itself, and not in a container that has a network of its own.

## References

- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
- https://learn.microsoft.com/azure/backup/backup-azure-arm-vms-prepare
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let elsewhere = |withheld| case.probed_elsewhere().map_or(withheld, Withheld::inconclusive);
    let observed = case.observed().map_err(elsewhere)?;
    let situation = case.situation();
    let all = backup::requirements(case.question.workload, case.question.profile).iter();
    let needed = all.filter(|requirement| {
        requirement.severity == Severity::Blocker && gauge(case, requirement, &situation) == Applies::Yes
    });
    let (tried, left): (Vec<_>, Vec<_>) = needed.partition(|requirement| was_tried(requirement, &observed));
    if left.is_empty() && tried.is_empty() {
        return Err(Withheld::not_applicable("backup needs nothing here that a probe could try"));
    }
    if left.is_empty() {
        return Ok(Conclusion::Pass(tried.iter().map(|each| Evidence::text("probed", each.title)).collect()));
    }
    let names: Vec<String> = left.iter().map(|each| format!("{} (`{}`)", each.title, each.id)).collect();
    let reason = format!("not probed, though backup needs it: {}", names.join("; "));
    let missing = left.iter().map(|each| Missing::new(format!("a probe of `{}`", each.id))).collect();
    Err(Withheld::Inconclusive { reason, missing })
}

fn was_tried(requirement: &Requirement, observed: &[&Observed]) -> bool {
    observed.iter().any(|seen| {
        seen.target.requirement.as_deref() == Some(requirement.id)
            && seen.observation.outcome != Outcome::Skipped
    })
}
