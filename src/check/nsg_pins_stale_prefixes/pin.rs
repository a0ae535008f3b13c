//! Rules that list the prefixes of a service.

use crate::check::finding::documented;
use crate::check::path::{Demand, FarEnd};
use crate::check::{Case, Evidence, Finding, Remediation};
use crate::net::{AddressSet, PortSet, Prefix};
use crate::nsg::{Access, AddressTerm, Direction, NetworkSecurityGroup, SecurityRule};
use crate::script::azure_cli::Command;

/// From this share of its addresses on a list is one of the tag.
const SHARE: f64 = 0.5;
/// How many of the missing prefixes are listed.
const LISTED: usize = 5;
/// With more prefixes than this a command that puts them back is none that a person would run.
const FEW: usize = 64;

/// The rules of one group that together list the prefixes of one service.
pub(super) struct Pin<'p> {
    group: &'p NetworkSecurityGroup,
    pub(super) requirement: &'static str,
    pub(super) end: &'p FarEnd,
    // INVARIANT: not empty.
    rules: Vec<&'p SecurityRule>,
    pub(super) listed: AddressSet,
}

impl Pin<'_> {
    pub(super) fn names(&self) -> String {
        match self.rules.as_slice() {
            [rule] => format!("rule `{}` ({})", rule.name, rule.priority),
            [rule, rest @ ..] => format!("rule `{}` ({}) and {} more", rule.name, rule.priority, rest.len()),
            [] => String::new(),
        }
    }

    pub(super) fn finding(&self, case: &Case<'_>, missing: &AddressSet) -> Finding {
        let share = missing.count().share_of(ipv4(&self.end.addresses).count()) * 100.0;
        let message = format!(
            "the prefixes that {} of `{}` list for `{}` miss {share:.1} % of its addresses",
            self.names(),
            self.group.id.name(),
            self.end.name
        );
        let prefixes = missing.prefixes();
        let first: Vec<String> = prefixes.iter().take(LISTED).map(ToString::to_string).collect();
        let more = prefixes.len().saturating_sub(LISTED);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let date = case.tags.release().date.map_or_else(|| "not stated".to_owned(), |date| date.to_string());
        let place = self.rules.first().map_or(&self.group.place, |rule| &rule.place);
        Finding::new(message, self.group.id.as_str())
            .at(place)
            .with(Evidence::text("missing", format!("{}{rest}", first.join(", "))))
            .with(Evidence::text("service tags of", date))
            .citing(documented(&["TAGS"]))
            .remedied_by(self.remedy())
    }

    /// One rule by its tag; a command where there is one rule to change and it lists nothing else.
    fn remedy(&self) -> Remediation {
        let remediation = Remediation::new(format!(
            "name `{}` in one rule instead of its prefixes",
            self.end.name
        ))
        .step("the rule then follows the tag; prefixes that are not in the tag are no longer allowed by it")
        .link("https://learn.microsoft.com/azure/virtual-network/service-tags-overview");
        let [rule] = self.rules.as_slice() else { return remediation };
        if rule.destination.addresses.iter().flatten().count() != plain(rule).count() {
            return remediation;
        }
        let update = || Command::update_rule(&self.group.id, &rule.name);
        let change = update().list("--destination-address-prefixes", [&self.end.name]);
        let mut remediation = remediation.command(change.to_string());
        if plain(rule).count() <= FEW {
            let back = update().list("--destination-address-prefixes", plain(rule));
            remediation = remediation.rollback(back.to_string());
        }
        remediation
    }
}

/// The lists of a group, one a service.
pub(super) fn pins_of<'p>(group: &'p NetworkSecurityGroup, services: &'p [Demand]) -> Vec<Pin<'p>> {
    let mut pins: Vec<Pin<'p>> = Vec::new();
    for rule in &group.rules {
        let listed = listed(rule);
        let found = services.iter().find_map(|demand| Some((demand, pinned(demand, rule, &listed)?)));
        let Some((demand, end)) = found else { continue };
        let requirement = demand.requirement.id;
        match pins.iter_mut().find(|pin| pin.requirement == requirement) {
            Some(pin) => {
                pin.rules.push(rule);
                pin.listed = pin.listed.union(&listed);
            }
            None => pins.push(Pin { group, requirement, end, rules: vec![rule], listed }),
        }
    }
    pins
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

pub(super) fn ipv4(set: &AddressSet) -> AddressSet {
    set.intersection(&AddressSet::all_ipv4())
}
