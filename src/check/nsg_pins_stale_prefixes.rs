//! A rule lists the prefixes of a service, and the service has moved on.

use super::finding::documented;
use super::path::{Demand, FarEnd, asked, demands, groups, is_platform};
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::net::{AddressSet, PortSet, Prefix};
use crate::nsg::{Access, AddressTerm, Direction, NetworkSecurityGroup, SecurityRule};
use crate::script::azure_cli::Command;

pub(super) const CHECK: Check = Check {
    id: "nsg-pins-stale-prefixes",
    title: "a security rule lists prefixes of a service and misses some",
    severity: Severity::Warning,
    about: About::Rules,
    needs: Source::Export,
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

A rule counts as a list of a service when at least half of its addresses are in the service's tag (IPv4). It fails where \
the list misses a part of the tag, with the share missing. A warning where the service is asked of this VM, else a note. \
What the list as it is lets through is judged by `nsg-allows-part-of-tag`. The tag is that of the copy at hand.

## How to fix

Name the service tag in the rule instead of the prefixes.

## References

- https://learn.microsoft.com/azure/virtual-network/service-tags-overview
";

/// From this share of its addresses on a list is one of the tag.
const SHARE: f64 = 0.5;
/// How many of the missing prefixes are listed.
const LISTED: usize = 5;
/// With more prefixes than this a command that puts them back is none that a person would run.
const FEW: usize = 64;

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let groups = groups(case)?;
    let needed: Vec<&str> = asked(case, &|requirement| !is_platform(requirement))
        .iter()
        .flatten()
        .map(|demand| demand.requirement.id)
        .collect();
    let services = demands(case);
    let mut findings: Vec<Finding> = Vec::new();
    let mut pins = Vec::new();
    for (group, rule) in groups.iter().flat_map(|group| group.rules.iter().map(move |rule| (group, rule))) {
        let listed = listed(rule);
        let mut of = services.iter().filter(|demand| !is_platform(demand.requirement));
        let Some((demand, end)) = of.find_map(|d| Some((d, pinned(d, rule, &listed)?))) else {
            continue;
        };
        let missing = ipv4(&end.addresses).difference(&listed);
        if missing.is_empty() {
            pins.push(Evidence::text("covers its tag", format!("`{}`: `{}`", rule.name, end.name)));
            continue;
        }
        let wanted = needed.contains(&demand.requirement.id);
        let severity = if wanted { Severity::Warning } else { Severity::Note };
        findings.push(finding(case, (group, rule), (end, &missing)).weighing(severity));
    }
    if pins.is_empty() {
        pins.push(Evidence::text("rules that list a service's prefixes", "none"));
    }
    Ok(Conclusion::of(findings, pins))
}

/// The plain IPv4 prefixes of an outbound Allow rule.
fn listed(rule: &SecurityRule) -> AddressSet {
    if rule.direction != Direction::Outbound || rule.access != Access::Allow {
        return AddressSet::empty();
    }
    ipv4(&AddressSet::from_prefixes(plain(rule)))
}

fn plain(rule: &SecurityRule) -> impl Iterator<Item = Prefix> {
    rule.destination.addresses.iter().flatten().filter_map(|term| match term {
        AddressTerm::Prefix(prefix) => Some(*prefix),
        _ => None,
    })
}

/// The far end whose prefixes the rule lists, if it does.
fn pinned<'d>(demand: &'d Demand, rule: &SecurityRule, listed: &AddressSet) -> Option<&'d FarEnd> {
    let end = demand.far_end.as_ref().ok()?;
    let by_tag = matches!(end.terms.as_slice(), [AddressTerm::Tag(_)]);
    let needed = PortSet::from_ranges(demand.requirement.ports.iter().map(|port| (*port, *port)));
    let serves = rule.destination.ports.as_ref().is_some_and(|ports| ports.covers(&needed))
        && rule.protocols.is_some_and(|protocols| protocols.contains(demand.requirement.protocol));
    let common = listed.intersection(&end.addresses).count();
    (by_tag && serves && common.share_of(listed.count()) >= SHARE).then_some(end)
}

fn ipv4(set: &AddressSet) -> AddressSet {
    set.intersection(&AddressSet::all_ipv4())
}

fn finding(
    case: &Case<'_>,
    (group, rule): (&NetworkSecurityGroup, &SecurityRule),
    (end, missing): (&FarEnd, &AddressSet),
) -> Finding {
    let share = missing.count().share_of(ipv4(&end.addresses).count()) * 100.0;
    let message = format!(
        "rule `{}` ({}) of `{}` lists prefixes of `{}` and misses {share:.1} % of its addresses",
        rule.name,
        rule.priority,
        group.id.name(),
        end.name
    );
    let prefixes = missing.prefixes();
    let first: Vec<String> = prefixes.iter().take(LISTED).map(ToString::to_string).collect();
    let more = prefixes.len().saturating_sub(LISTED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let date = case.tags.release().date.map_or_else(|| "not stated".to_owned(), |date| date.to_string());
    Finding::new(message, group.id.as_str())
        .at(&rule.place)
        .with(Evidence::text("missing", format!("{}{rest}", first.join(", "))))
        .with(Evidence::text("service tags of", date))
        .citing(documented(&["TAGS"]))
        .remedied_by(remedy(group, rule, end))
}

fn remedy(group: &NetworkSecurityGroup, rule: &SecurityRule, end: &FarEnd) -> Remediation {
    let update = || Command::update_rule(&group.id, &rule.name);
    let change = update().list("--destination-address-prefixes", [&end.name]);
    let mut remediation = Remediation::new(format!("name `{}` in the rule instead of its prefixes", end.name))
        .step("the rule then follows the tag; prefixes in the list that are not in the tag are no longer allowed by it")
        .link("https://learn.microsoft.com/azure/virtual-network/service-tags-overview");
    let only_prefixes = rule.destination.addresses.iter().flatten().count() == plain(rule).count();
    if only_prefixes {
        remediation = remediation.command(change.to_string());
    }
    if only_prefixes && plain(rule).count() <= FEW {
        let back = update().list("--destination-address-prefixes", plain(rule));
        remediation.rollback_azure_cli = Some(back.to_string());
    }
    remediation
}
