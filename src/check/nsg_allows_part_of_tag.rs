//! Security groups let through only a part of what backup needs.

use super::path::{Demand, Found, Look, conclude, is_platform, receivers, refusal, senders};
use super::{About, Around, Case, Check, Conclusion, Evidence, Source, Withheld};
use crate::backup::Severity;
use crate::nsg::{ResolvedRule, RuleTable, witness};

pub(super) const CHECK: Check = Check {
    id: "nsg-allows-part-of-tag",
    title: "security rules let through only a part of a service",
    severity: Severity::Blocker,
    about: About::Rules,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the rules let every address of each service pass that this VM must reach, or only some of them.

## Why it matters for backup

Which address of a service answers is the service's choice and changes. A rule that lets a part of a tag through makes a \
backup that works on some days and fails on others.

## How it decides

For all addresses of the tag at once. Fails where some are certainly allowed and some certainly denied by a group, with \
one flow for each side and the share that passes. Inconclusive where some are allowed and of the rest it is not known, or \
where the VM's region is not known and a part of the global tag passes, or where it hangs on the VM's own address and that \
is not known.

## How to fix

Allow the tag instead of a list of prefixes: one rule before the rule that denies. The command printed has been verified \
on a copy of the rules.

## References

- https://learn.microsoft.com/azure/virtual-network/service-tags-overview
- https://learn.microsoft.com/azure/backup/backup-azure-arm-vms-prepare
";

/// How many of the denied prefixes are listed.
const LISTED: usize = 5;

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Look {
            about: "a public service",
            weight: CHECK.severity,
            of: &|requirement| !is_platform(requirement),
            at: &|demand, around| look(case, demand, around),
        },
    )
}

fn look(case: &Case<'_>, demand: &Demand, around: &Around<'_>) -> Found {
    // A far end that is not known is told by the check of that service.
    let Ok(refusal) = refusal(demand, around) else { return Found::Fine(Vec::new()) };
    let fine = || {
        let share = format!("{} of `{}` pass", refusal.share(), refusal.far_end.name);
        Found::Fine(vec![Evidence::text(demand.requirement.title, share)])
    };
    let part = !refusal.allowed.is_empty() && (!refusal.by_group.is_empty() || !refusal.open.is_empty());
    if !part {
        return fine();
    }
    if refusal.by_group.is_empty() {
        return refusal.unknown(demand, around);
    }
    if around.reach.addresses.is_empty() && refusal.spares(&senders(around)) {
        let reason = format!(
            "some addresses of the network reach all of `{}` and others do not, and the address of the VM is not known",
            refusal.far_end.name
        );
        return Found::open(reason, Vec::new());
    }
    if !refusal.far_end.exact {
        let reason = format!(
            "a part of `{}` passes ({}), and which part is needed depends on the region of the VM, which is not known",
            refusal.far_end.name,
            refusal.share()
        );
        return Found::open(reason, Vec::new());
    }
    let message = |table: &RuleTable, rule: &ResolvedRule| {
        format!(
            "only {} addresses of `{}` pass on {}: rule `{}` ({}) of `{}` denies the rest",
            refusal.share(),
            refusal.far_end.name,
            demand.service(),
            rule.name,
            rule.priority,
            table.name
        )
    };
    let Some(finding) = refusal.finding(message, (case, demand, around), &refusal.by_group) else {
        return fine();
    };
    let passing =
        refusal.allowed.first().and_then(|piece| witness::near(&piece.flows, &around.reach.addresses));
    let denied = receivers(&refusal.by_group).prefixes();
    let listed: Vec<String> = denied.iter().take(LISTED).map(ToString::to_string).collect();
    let more = denied.len().saturating_sub(LISTED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let finding = finding
        .with(Evidence::text(
            "passes, for instance",
            passing.map_or_else(String::new, |flow| flow.to_string()),
        ))
        .with(Evidence::text("denied", format!("{}{rest}", listed.join(", "))));
    Found::Bad(Box::new(finding))
}
