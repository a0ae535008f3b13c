//! A rule lists the prefixes of a service, and the service has moved on.

mod pin;

use super::path::{asked, demands, groups, is_platform};
use super::{About, Case, Check, Conclusion, Evidence, Finding, Source, Withheld};
use crate::backup::Severity;
use crate::lint::{Pinned, pins_of};
use pin::{finding, pinned};

pub(super) const CHECK: Check = Check {
    id: "nsg-pins-stale-prefixes",
    title: "a security rule lists prefixes of a service and misses some",
    severity: Severity::Warning,
    about: About::Rules,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Outbound Allow rules that list prefixes instead of naming a service tag: whether the prefixes are those of a service that \
backup uses, and whether they still cover it.

## Why it matters for backup

Microsoft changes the prefixes of its services every week. A list copied into a rule covers less of the service each \
month, and backup begins to fail now and then.

## How it decides

A rule counts as part of a list of a service when at least half of its addresses are in the service's tag (IPv4); the \
rules of a group count together. It fails where they miss a part of the tag, with the share missing: a warning where the \
service is asked of this VM, else a note. What the list lets through is judged by `nsg-allows-part-of-tag`. The tag is that \
of the copy at hand.

## How to fix

Name the service tag in the rule instead of the prefixes.

## References

- https://learn.microsoft.com/azure/virtual-network/service-tags-overview
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let groups = groups(case)?;
    let needed: Vec<&str> = asked(case, &|requirement| !is_platform(requirement))
        .iter()
        .flatten()
        .map(|demand| demand.requirement.id)
        .collect();
    let services: Vec<Pinned> =
        demands(case).iter().filter(|demand| !is_platform(demand.requirement)).filter_map(pinned).collect();
    let mut findings: Vec<Finding> = Vec::new();
    let mut pins = Vec::new();
    for pin in groups.iter().flat_map(|group| pins_of(group, &services)) {
        if pin.missing().is_empty() {
            pins.push(Evidence::text("covers its tag", format!("{}: `{}`", pin.names(), pin.service.tag)));
            continue;
        }
        let severity = if needed.contains(&pin.service.key) { Severity::Warning } else { Severity::Note };
        findings.push(finding(case, &pin).weighing(severity));
    }
    if pins.is_empty() {
        pins.push(Evidence::text("rules that list a service's prefixes", "none"));
    }
    Ok(Conclusion::of(findings, pins))
}
