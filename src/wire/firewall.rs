//! Azure Firewalls, with their own rules or those of a firewall policy.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::Fault;
use super::interface::address_at;
use super::merge::merge_into;
use super::node::Node;
use super::reader::Reader;
use crate::azure::ResourceId;
use crate::facts::Facts;
use crate::input::Place;
use crate::network::{ApplicationRule, Attachment, Firewall, FirewallNetworkRule};

/// The groups of rules met so far, until all of a policy's are together.
#[derive(Debug, Default)]
pub(super) struct RuleGroups {
    /// Which groups each policy says it has.
    expected: BTreeMap<ResourceId, Vec<ResourceId>>,
    /// Policies of which all groups were in one list.
    listed: BTreeSet<ResourceId>,
    /// The groups by their ids.
    read: BTreeMap<ResourceId, (Place, Rules)>,
}

impl RuleGroups {
    /// Gives every policy its rules. One whose groups are not all there keeps its rules unknown: those that are
    /// missing could say anything. Answers with the groups that could not be used, and why.
    pub(super) fn settle(self, facts: &mut Facts) -> Vec<(Place, String)> {
        let mut unused = Vec::new();
        let read: BTreeSet<ResourceId> = self.read.keys().cloned().collect();
        for (id, (place, rules)) in self.read {
            let policy_id = id.parent().unwrap_or_else(|| id.clone());
            let all_read =
                self.expected.get(&policy_id).map(|groups| groups.iter().all(|id| read.contains(id)));
            let complete = all_read.unwrap_or_else(|| self.listed.contains(&policy_id));
            match facts.firewalls.find_mut(&policy_id) {
                Some(policy) if complete => {
                    policy.application_rules.get_or_insert_default().extend(rules.application);
                    policy.network_rules.get_or_insert_default().extend(rules.network);
                }
                Some(_) => unused
                    .push((place, "the other groups of rules of its policy are not in the input".into())),
                None => unused.push((place, "the firewall policy it belongs to is not in the input".into())),
            }
        }
        unused
    }
}

/// The rules of a firewall, of both kinds.
#[derive(Debug, Default)]
struct Rules {
    application: Vec<ApplicationRule>,
    network: Vec<FirewallNetworkRule>,
}

/// Reads a firewall with its own (classic) rules.
pub(super) fn firewall(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let mut addresses = Vec::new();
    for each in node.records_at("ipConfigurations", false)?.unwrap_or_default() {
        addresses.extend(address_at(&each, "privateIPAddress")?);
    }
    if let Some(hub) = node.field("hubIPAddresses") {
        addresses.extend(address_at(&hub, "privateIPAddress")?);
    }
    let whole = node.is_whole();
    let policy = node.attachment("firewallPolicy", whole)?;
    let mut rules = Rules::default();
    let mut stated = whole && policy == Attachment::None;
    for key in ["applicationRuleCollections", "networkRuleCollections"] {
        for each in node.records_at(key, false)?.unwrap_or_default() {
            stated = true;
            collection(&each, &mut rules)?;
        }
    }
    let firewall = Firewall {
        id: reader.id_of(node)?,
        addresses,
        policy,
        application_rules: stated.then_some(rules.application),
        network_rules: stated.then_some(rules.network),
        place: node.place(),
    };
    merge_into(&mut reader.facts.firewalls, firewall);
    Ok(())
}

/// Reads a firewall policy. Its rules are in groups, which are documents of their own.
pub(super) fn policy(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let id = reader.id_of(node)?;
    if let Some(groups) = node.references_at("ruleCollectionGroups")? {
        reader.rule_groups.expected.insert(id.clone(), groups);
    }
    let policy = Firewall {
        id,
        addresses: Vec::new(),
        policy: node.attachment("basePolicy", node.is_whole())?,
        application_rules: None,
        network_rules: None,
        place: node.place(),
    };
    merge_into(&mut reader.facts.firewalls, policy);
    Ok(())
}

/// Reads a group of rule collections of a policy.
pub(super) fn rule_group(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let id = reader.id_of(node)?;
    let mut rules = Rules::default();
    for each in node.records_at("ruleCollections", true)?.unwrap_or_default() {
        collection(&each, &mut rules)?;
    }
    if reader.listed {
        reader.rule_groups.listed.extend(id.parent());
    }
    reader.rule_groups.read.insert(id, (node.place(), rules));
    Ok(())
}

/// Reads one collection into the rules so far; collections that translate addresses are left out.
fn collection(node: &Node, rules: &mut Rules) -> Result<(), Fault> {
    let action = node.field("action");
    let action = match action {
        Some(action) if action.value().is_object() => action.text_at("type")?,
        Some(action) => action.text()?,
        None => None,
    };
    let Some(action) = action.filter(|action| !action.to_ascii_lowercase().ends_with("nat")) else {
        return Ok(());
    };
    let allows = action.eq_ignore_ascii_case("Allow");
    for rule in node.records_at("rules", true)?.unwrap_or_default() {
        let kind = rule.text_at("ruleType")?.unwrap_or_default();
        let names = ["fqdnTags", "targetFqdns", "targetUrls"].iter().any(|key| rule.field(key).is_some());
        if kind.eq_ignore_ascii_case("ApplicationRule") || (kind.is_empty() && names) {
            rules.application.push(application_rule(&rule, allows)?);
        } else if !kind.eq_ignore_ascii_case("NatRule") {
            rules.network.push(network_rule(&rule, allows)?);
        }
    }
    Ok(())
}

fn application_rule(node: &Node, allows: bool) -> Result<ApplicationRule, Fault> {
    let mut target_fqdns = node.texts_at("targetFqdns")?.unwrap_or_default();
    target_fqdns.extend(node.texts_at("targetUrls")?.unwrap_or_default());
    Ok(ApplicationRule {
        name: node.own_text("name")?.unwrap_or_default(),
        allows,
        fqdn_tags: node.texts_at("fqdnTags")?.unwrap_or_default(),
        target_fqdns,
        inspects_tls: node.flag_at("terminateTLS")?.unwrap_or(false),
        place: node.place(),
    })
}

fn network_rule(node: &Node, allows: bool) -> Result<FirewallNetworkRule, Fault> {
    let mut destinations = Vec::new();
    for key in ["destinationAddresses", "destinationFqdns", "destinationIpGroups"] {
        destinations.extend(node.texts_at(key)?.unwrap_or_default());
    }
    Ok(FirewallNetworkRule {
        name: node.own_text("name")?.unwrap_or_default(),
        allows,
        destinations,
        ports: node.texts_at("destinationPorts")?.unwrap_or_default(),
        place: node.place(),
    })
}
