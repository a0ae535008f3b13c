//! A rule names a service tag that is not known.

use super::finding::documented;
use super::path::groups;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Missing;
use crate::lint::{listed_tags, meant};
use crate::nsg::{Direction, NetworkSecurityGroup, SecurityRule};
use crate::tags::UnknownTag;

pub(super) const CHECK: Check = Check {
    id: "nsg-tag-unresolved",
    title: "a security rule names a service tag that is not known",
    severity: Severity::Warning,
    about: About::Rules,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Every name in the rules of the VM's groups that is no prefix: whether the service tags at hand have it.

## Why it matters for backup

What such a rule allows or denies cannot be known from here, so that a verdict may stay open. And a misspelt tag in a rule \
meant to let backup through lets nothing through; Azure refuses it when the rule is made.

## How it decides

Names are compared without regard to case, regions in any spelling. `VirtualNetwork`, `Internet`, `AzureLoadBalancer` \
and the tags of the platform are always known. Outbound rules warn, inbound rules are noted. Inconclusive where no \
service tags of this cloud are at hand.

## How to fix

Correct the name, or give a newer tag file with `--tags FILE`: the tag may be younger than the copy at hand.

## References

- https://learn.microsoft.com/azure/virtual-network/service-tags-overview
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let groups = groups(case)?;
    let mut names = 0usize;
    let mut findings = Vec::new();
    let rules = groups.iter().flat_map(|group| group.rules.iter().map(move |rule| (*group, rule)));
    for (group, rule, tag) in
        rules.flat_map(|(group, rule)| listed_tags(rule).map(move |tag| (group, rule, tag)))
    {
        names += 1;
        if let Err(unknown) = case.tags.resolve(tag) {
            findings.push(finding(case, (group, rule), &unknown));
        }
    }
    if !findings.is_empty() && case.tags.tags().next().is_none() {
        let missing = Missing::new("a service tag file of this cloud (`--tags FILE`)");
        return Err(missing.into());
    }
    let shown = Evidence::text("service tags named", names.to_string());
    Ok(Conclusion::of(findings, vec![shown]))
}

fn finding(
    case: &Case<'_>,
    (group, rule): (&NetworkSecurityGroup, &SecurityRule),
    unknown: &UnknownTag,
) -> Finding {
    let near: Vec<String> = meant(case.tags, unknown).iter().map(|name| format!("`{name}`")).collect();
    let meant =
        if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) };
    let message = format!(
        "rule `{}` ({}) of `{}` names `{}`, which is no service tag known here{meant}",
        rule.name,
        rule.priority,
        group.id.name(),
        unknown.name
    );
    let date = case.tags.release().date.map_or_else(|| "not stated".to_owned(), |date| date.to_string());
    let severity = if rule.direction == Direction::Outbound { Severity::Warning } else { Severity::Note };
    Finding::new(message, group.id.as_str())
        .weighing(severity)
        .at(&rule.place)
        .with(Evidence::text("service tags of", date))
        .citing(documented(&["TAGS"]))
        .remedied_by(
            Remediation::new("correct the name, or give a newer tag file with `--tags FILE`")
                .link("https://learn.microsoft.com/azure/virtual-network/service-tags-overview"),
        )
}
