//! Network security groups and application security groups.

use super::fault::{Fault, ParseError};
use super::merge::merge_into;
use super::node::Node;
use super::pending::Pending;
use super::reader::Reader;
use super::rule;
use crate::azure::ResourceId;
use crate::facts::{Misstated, RuleText, UnplacedRule};
use crate::input::Place;
use crate::network::ApplicationSecurityGroup;
use crate::nsg::{NetworkSecurityGroup, SecurityRule};

/// Reads a network security group with the rules inside it.
///
/// Its copies of the default rules are not read: they are the same everywhere, and hand-written documents get them wrong.
pub(super) fn security_group(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let id = reader.id_of(node)?;
    let Some(rules) = node.records_at("securityRules", node.is_whole())? else {
        reader.pass_over(node.place(), "it does not state the rules of the network security group");
        return Ok(());
    };
    // Rules of one name are all kept: Azure would refuse them, which is for the checks to say.
    let mut read = Vec::with_capacity(rules.len());
    for rule in &rules {
        read.extend(rule_of(reader, &id, rule)?);
    }
    merge_into(
        &mut reader.facts.security_groups,
        NetworkSecurityGroup {
            id,
            region: node.region()?,
            rules: read,
            subnets: node.references_at("subnets")?,
            interfaces: node.references_at("networkInterfaces")?,
            place: node.place(),
        },
    );
    Ok(())
}

/// Reads a rule that stands alone; it is put into its group when all documents are read.
pub(super) fn lone_rule(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let Some(group) = reader.id_of(node)?.parent() else {
        return Err(Fault::absent(node.place(), "id", "the id of a security rule, which names its group"));
    };
    if let Some(rule) = rule_of(reader, &group, node)? {
        reader.later(node, Pending::Rule(group, rule));
    }
    Ok(())
}

/// Reads a list of nothing but rules of one group, which is all the rules it has (`az network nsg rule list`).
pub(super) fn rule_list(reader: &mut Reader, nodes: &[Node]) -> Result<(), Fault> {
    let mut groups: Vec<(ResourceId, Vec<SecurityRule>)> = Vec::new();
    for node in nodes {
        let id = reader.id_of(node)?;
        let Some(group) = id.parent() else {
            return Err(Fault::absent(
                node.place(),
                "id",
                "the id of a security rule, which names its group",
            ));
        };
        if is_default(&id) {
            continue;
        }
        let rule = rule_of(reader, &group, node)?;
        match groups.iter_mut().find(|(id, _)| *id == group) {
            Some((_, rules)) => rule.into_iter().for_each(|rule| upsert(rules, rule)),
            None => groups.push((group, rule.into_iter().collect())),
        }
    }
    for ((id, rules), node) in groups.into_iter().zip(nodes) {
        merge_into(
            &mut reader.facts.security_groups,
            NetworkSecurityGroup {
                id,
                region: None,
                rules,
                subnets: None,
                interfaces: None,
                place: node.place(),
            },
        );
    }
    Ok(())
}

/// Reads one rule of a group.
///
/// Where rules are read as written, a fault in one ends nothing: it is kept beside the rule, whose field stays open; a
/// rule without a place in the order is kept apart, and `None` is given.
fn rule_of(reader: &mut Reader, group: &ResourceId, node: &Node) -> Result<Option<SecurityRule>, Fault> {
    if !reader.as_written {
        return rule::custom(node).map(Some);
    }
    let mut faults = Vec::new();
    let mut keep = |fault| match fault {
        Fault::Wrong(error) => {
            faults.push(misstated(*error));
            Ok(())
        }
        open @ Fault::Open(..) => Err(open),
    };
    match rule::custom_or(node, &mut keep) {
        Ok(rule) => {
            let text = rule::text_of(node).unwrap_or_default();
            reader.facts.rule_texts.insert(rule.place.clone(), RuleText { faults, ..text });
            Ok(Some(rule))
        }
        Err(Fault::Wrong(error)) => {
            let name = rule::name_of(node).ok();
            let fault = misstated(*error);
            reader.facts.unplaced_rules.push(UnplacedRule { group: group.clone(), name, fault });
            Ok(None)
        }
        Err(open) => Err(open),
    }
}

fn misstated(error: ParseError) -> Misstated {
    let place = Place { document: error.document, pointer: error.pointer };
    Misstated { place, text: error.text, message: error.message, expected: error.expected }
}

/// Whether an id is that of one of the rules every group has.
fn is_default(id: &ResourceId) -> bool {
    id.is_a("Microsoft.Network/networkSecurityGroups/defaultSecurityRules")
}

/// Adds a rule, or puts it in the place of the one of the same name.
pub(super) fn upsert(rules: &mut Vec<SecurityRule>, rule: SecurityRule) {
    match rules.iter_mut().find(|known| known.name.eq_ignore_ascii_case(&rule.name)) {
        Some(known) => *known = rule,
        None => rules.push(rule),
    }
}

/// Reads an application security group.
pub(super) fn application_group(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let id = reader.id_of(node)?;
    reader.facts.application_groups.insert(ApplicationSecurityGroup { id, place: node.place() });
    Ok(())
}
