//! A security admin rule denies what backup needs.

use super::path::{Demand, Found, Look, conclude, is_platform, refusal};
use super::{About, Around, Case, Check, Conclusion, Evidence, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Missing;
use crate::nsg::{ResolvedRule, RuleTable};

pub(super) const CHECK: Check = Check {
    id: "admin-rule-denies",
    title: "a security admin rule denies what backup needs",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The security admin rules of Azure Virtual Network Manager that are in force on the VM's network, for each service that \
this VM must reach.

## Why it matters for backup

Admin rules come before every group: what they deny, no rule of a group can allow.

## How it decides

Deny stops, `AlwaysAllow` delivers without asking a group, Allow goes on to the groups. Fails where an admin rule denies \
any address of a needed service. Not examined where no admin rules are in the input: a group's own documents do not \
tell of them.

## How to fix

Only who manages the network manager can: an admin rule of theirs with an earlier priority and the access `Allow`, or a \
network group without this network.

## References

- https://learn.microsoft.com/azure/virtual-network-manager/concept-security-admins
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    if case.facts.admin_rules.is_empty() {
        let what =
            "the security admin rules in force (`az network manager list-effective-security-admin-rule`)";
        return Err(Withheld::NotExamined { missing: Missing::new(what) });
    }
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
    let refusal = match refusal(demand, around) {
        Ok(refusal) => refusal,
        Err(open) => return open,
    };
    let message = |_: &RuleTable, rule: &ResolvedRule| {
        format!(
            "security admin rule `{}` ({}) denies {} to `{}` before any group is asked",
            rule.name,
            rule.priority,
            demand.service(),
            refusal.far_end.name
        )
    };
    let fine = || Evidence::text(demand.requirement.title, "no security admin rule denies it");
    let finding = refusal.finding(message, (case, demand, around), &refusal.by_admin);
    finding.map_or_else(|| Found::Fine(vec![fine()]), |finding| Found::Bad(Box::new(finding)))
}
