//! What to do about rules in the way: the proved repair, as commands.

use super::demand::{Demand, FarEnd, asked, is_platform, senders, subnet};
use super::steps::{Step, steps};
use crate::backup::{AlternativeKind, Condition, Endpoint};
use crate::check::{Around, Case, Remediation};
use crate::net::{AddressSet, FlowBox, PortSet};
use crate::nsg::repair::{self, Lists, Moved, NewRule, Repair, Unrepairable, Wanted};
use crate::reach::Filters;

/// The remedy for a demand that the rule lists do not let pass.
pub(in crate::check) fn of_rules(
    case: &Case<'_>,
    demand: &Demand,
    (far_end, around): (&FarEnd, &Around<'_>),
) -> Remediation {
    let remediation = match repair(case, (demand, far_end), around) {
        Ok((repair, planned)) if !repair.rules.is_empty() => {
            proved(case, (demand, far_end), (&repair, &planned))
        }
        Ok(_) => Remediation::new("make the rules in force those of the configuration"),
        Err(why) => Remediation::new(format!("let {} to `{}` pass: {why}", demand.service(), far_end.name)),
    };
    other_ways(demand, remediation)
}

/// The repair for one demand, beside those for the demands before it: whoever runs all the commands of a report must
/// not find a priority taken by the one before. Each rule is proved without the others, on the rules that they move.
fn repair(
    case: &Case<'_>,
    (demand, far_end): (&Demand, &FarEnd),
    around: &Around<'_>,
) -> Result<(Repair, Vec<NewRule>), Unrepairable> {
    let reach = &around.reach;
    let mut filters = reach.configured.as_ref().or(reach.effective.as_ref()).cloned().unwrap_or_default();
    let (senders, subnet) = (senders(around), subnet(around));
    let wanted = |demand: &Demand, far_end: &FarEnd| Wanted {
        source: &senders,
        subnet: subnet.clone(),
        destination: far_end.terms.clone(),
        protocol: demand.requirement.protocol,
        ports: PortSet::from_ranges(demand.requirement.ports.iter().map(|port| (*port, *port))),
        name: rule_name(demand),
    };
    let mut planned: Vec<NewRule> = Vec::new();
    let earlier = asked(case, &|requirement| !is_platform(requirement)).unwrap_or_default();
    for other in earlier.iter().take_while(|other| other.requirement.id != demand.requirement.id) {
        let Ok(other_end) = &other.far_end else { continue };
        let found = repair::propose(lists(&filters, &planned), &wanted(other, other_end), case.tags);
        for new in found.into_iter().flat_map(|repair| repair.rules) {
            repair::make_way(&new, &mut filters.outbound);
            planned.push(new);
        }
    }
    let found = repair::propose(lists(&filters, &planned), &wanted(demand, far_end), case.tags)?;
    Ok((found, planned))
}

fn lists<'a>(filters: &'a Filters, planned: &'a [NewRule]) -> Lists<'a> {
    Lists { tables: &filters.outbound, opposite: &filters.inbound, planned }
}

fn proved(
    case: &Case<'_>,
    (demand, far_end): (&Demand, &FarEnd),
    (repair, planned): (&Repair, &[NewRule]),
) -> Remediation {
    let each: Vec<String> = repair.rules.iter().map(in_words).collect();
    let summary = format!("allow {} to `{}`: {}", demand.service(), far_end.name, each.join("; "));
    let mut remediation = Remediation::new(summary);
    let planned: Vec<&NewRule> = planned.iter().collect();
    let all: Option<Vec<Vec<Step>>> = repair.rules.iter().map(|new| steps(case, new, &planned)).collect();
    match all {
        Some(all) => {
            let changes: Vec<_> = all.iter().flatten().map(Step::change).collect();
            remediation = remediation.rules(&changes);
        }
        None => remediation = remediation.step("first move the rules that stand in its place"),
    }
    let moved: Vec<String> = repair.rules.iter().flat_map(|new| &new.moved).map(moved).collect();
    if !moved.is_empty() {
        let text = format!(
            "no priority before it is free, so rules make room first, in this order: {}",
            moved.join(", ")
        );
        remediation = remediation.step(text);
    }
    remediation.step(format!(
        "verified on a copy: every address of `{}` passes then, and nothing else changes; newly allowed: {}",
        far_end.name,
        newly(&repair.proof.newly_allowed)
    ))
}

fn moved(moved: &Moved) -> String {
    format!("`{}` from {} to {}", moved.rule, moved.from, moved.to)
}

fn in_words(new: &NewRule) -> String {
    let before = new.before.as_ref().map(|(rule, priority)| format!(", before `{rule}` ({priority})"));
    let (name, priority) = (&new.rule.name, new.rule.priority);
    format!("rule `{name}` at {priority} in `{}`{}", new.group.name(), before.unwrap_or_default())
}

fn newly(flows: &[FlowBox]) -> String {
    let all = flows.iter().fold(AddressSet::empty(), |set, flows| set.union(&flows.destination));
    let (ipv4, ipv6) = (all.intersection(&AddressSet::all_ipv4()), all.intersection(&AddressSet::all_ipv6()));
    match (ipv4.is_empty(), ipv6.is_empty()) {
        (false, false) => format!("{} IPv4 addresses and the IPv6 addresses of the tag", ipv4.count()),
        (true, false) => format!("{} IPv6 addresses", ipv6.count()),
        (_, true) => format!("{} addresses", ipv4.count()),
    }
}

/// Other ways of meeting the demand than a rule.
fn other_ways(demand: &Demand, remediation: Remediation) -> Remediation {
    let requirement = demand.requirement;
    let mut remediation = remediation;
    if requirement.when == Condition::AgentUnsupported {
        remediation = remediation.step(
            "or update the VM agent: a supported one reaches storage through the host and needs no rule",
        );
    }
    let proxied = [AlternativeKind::Proxy, AlternativeKind::ProxyWithCredentials];
    if proxied.iter().any(|kind| requirement.alternative(*kind).is_some()) {
        remediation = remediation.step(
            "or send it through an HTTP proxy; whether the machine already does, an export does not tell",
        );
    }
    match requirement.sources.first() {
        Some(source) => remediation.link(source.address),
        None => remediation,
    }
}

/// A name that says what the rule is for.
pub(in crate::check) fn rule_name(demand: &Demand) -> String {
    match demand.requirement.endpoint {
        Endpoint::Service { tag: Some(tag), .. } => format!("AllowBackupTo{}", tag.base),
        Endpoint::Service { tag: None, .. } | Endpoint::Address(_) => "AllowBackup".to_owned(),
    }
}
