//! Azure Firewalls in the way, and what their rules let through.

use super::demand::{Demand, FarEnd};
use super::routes::{Leg, legs};
use super::weighing::Found;
use crate::backup::Purpose;
use crate::check::{Around, Case};
use crate::facts::Missing;
use crate::net::{AddressSet, PortSet, Prefix};
use crate::network::{ApplicationRule, Attachment, Firewall, FirewallNetworkRule};
use crate::route::NextHopKind;
use crate::tags::ServiceTag;

/// The Azure Firewall that a leg leads to, where it is in the input.
pub(in crate::check) fn firewall_at<'f>(case: &Case<'f>, leg: &Leg) -> Option<&'f Firewall> {
    let (route, _) = leg.route.as_ref().filter(|_| *leg.kind() == NextHopKind::VirtualAppliance)?;
    let hops = &route.next_hop.addresses;
    case.facts.firewalls.iter().find(|firewall| firewall.addresses.iter().any(|own| hops.contains(own)))
}

/// What stands between a demand and its far end.
pub(in crate::check) enum Guard<'f> {
    /// No appliance.
    Nothing,
    /// An appliance that is not in the input.
    Stranger,
    /// An Azure Firewall.
    Firewall(&'f Firewall, FarEnd),
}

/// The first appliance that some of a demand's addresses go through.
pub(in crate::check) fn guard<'f>(
    case: &Case<'f>,
    demand: &Demand,
    around: &Around<'_>,
) -> Result<Guard<'f>, Found> {
    let (far_end, legs) = legs(case, demand, around)?;
    let Some(leg) = legs.iter().find(|leg| *leg.kind() == NextHopKind::VirtualAppliance) else {
        return Ok(Guard::Nothing);
    };
    Ok(match firewall_at(case, leg) {
        Some(firewall) => Guard::Firewall(firewall, far_end),
        None => Guard::Stranger,
    })
}

/// A firewall's rules: its own, or those of its policy and of the policies that one builds on.
#[derive(Default)]
pub(in crate::check) struct FirewallRules<'f> {
    /// Rules for names, of every policy that is known.
    pub(in crate::check) application: Vec<&'f ApplicationRule>,
    /// Rules for addresses, of every policy that is known.
    pub(in crate::check) network: Vec<&'f FirewallNetworkRule>,
    /// What holds rules that are not in the input.
    pub(in crate::check) missing: Option<Missing>,
}

/// The rules in force on a firewall, as far as they are in the input.
pub(in crate::check) fn rules_of<'f>(case: &Case<'f>, firewall: &'f Firewall) -> FirewallRules<'f> {
    /// Azure takes one policy below another, and no more; a file may hold a circle.
    const DEEPEST: usize = 4;
    let mut rules = FirewallRules::default();
    let mut holder = firewall;
    for level in 0..DEEPEST {
        // A firewall under a policy has no rules of its own.
        if level > 0 || !matches!(holder.policy, Attachment::To(_)) {
            match (&holder.application_rules, &holder.network_rules) {
                (Some(application), Some(network)) => {
                    rules.application.extend(application);
                    rules.network.extend(network);
                }
                _ => rules.missing = Some(Missing::new(format!("all the rules of `{}`", holder.id.name()))),
            }
        }
        match &holder.policy {
            Attachment::None => break,
            Attachment::Unknown => {
                rules.missing = Some(Missing::new(format!("the policy of `{}`", holder.id.name())));
                break;
            }
            Attachment::To(policy) => match case.facts.firewalls.find(policy) {
                Ok(policy) => holder = policy,
                Err(missing) => {
                    rules.missing = Some(missing);
                    break;
                }
            },
        }
    }
    rules
}

/// Whether a rule for names lets the service of a demand pass: by FQDN tag, or by its host names.
///
/// The tag is documented for backup as a whole; for calls to Azure Resource Manager it is not. Signing in has many
/// hosts, of which a machine uses few, so that any of them counts.
pub(in crate::check) fn names_service(rule: &ApplicationRule, demand: &Demand, hosts: &[&str]) -> bool {
    let purpose = demand.requirement.purpose;
    let tagged = rule.fqdn_tags.iter().any(|tag| tag.eq_ignore_ascii_case("AzureBackup"));
    let listed = |host: &&str| rule.target_fqdns.iter().any(|pattern| fits(pattern, host));
    let covered = if purpose == Purpose::Identity {
        hosts.iter().any(listed)
    } else {
        !hosts.is_empty() && hosts.iter().all(listed)
    };
    covered || (tagged && purpose != Purpose::Management)
}

/// Whether a name pattern holds every name of another; a label `*` stands for any.
fn fits(pattern: &str, host: &str) -> bool {
    let (pattern, host) = (pattern.to_ascii_lowercase(), host.to_ascii_lowercase());
    pattern == "*"
        || pattern == host
        || pattern.strip_prefix('*').is_some_and(|suffix| host.ends_with(suffix))
}

/// Whether allowing rules for addresses let every address of a far end pass on the demand's ports.
pub(in crate::check) fn lets_addresses(
    case: &Case<'_>,
    rules: &[&FirewallNetworkRule],
    (demand, far_end): (&Demand, &FarEnd),
) -> bool {
    let needed = PortSet::from_ranges(demand.requirement.ports.iter().map(|port| (*port, *port)));
    let serves = |rule: &&&FirewallNetworkRule| {
        let ports: Option<Vec<PortSet>> = rule.ports.iter().map(|ports| ports.parse().ok()).collect();
        let all = ports.into_iter().flatten().fold(PortSet::empty(), |all, ports| all.union(&ports));
        rule.allows && all.covers(&needed)
    };
    let addresses = |name: &String| match (name.as_str(), name.parse::<Prefix>()) {
        ("*", _) => AddressSet::all(),
        (_, Ok(prefix)) => prefix.into(),
        (tag, Err(_)) => case.tags.resolve(tag).map_or_else(|_| AddressSet::empty(), ServiceTag::addresses),
    };
    let reached = rules.iter().filter(serves).flat_map(|rule| &rule.destinations).map(addresses);
    let reached = reached.fold(AddressSet::empty(), |all, some| all.union(&some));
    reached.covers(&far_end.addresses.intersection(&AddressSet::all_ipv4()))
}
