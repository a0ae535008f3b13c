//! What Azure reports to be in force on an interface: effective rules, the older security-group view, and
//! the security admin rules of Virtual Network Manager.

use super::fault::Fault;
use super::node::Node;
use super::reader::Reader;
use super::rule;
use crate::azure::ResourceId;
use crate::facts::AdminRules;
use crate::net::{Prefix, ProtocolSet};
use crate::nsg::{
    Access, AddressTerm, AssociatedTo, EffectiveGroup, EffectiveRules, RuleOrigin, RuleSide, SecurityRule,
};

/// How Azure's answers mark who made a rule, in front of its name.
const MARKS: [(&str, RuleOrigin); 4] = [
    ("securityRules/", RuleOrigin::Custom),
    ("defaultSecurityRules/", RuleOrigin::Default),
    ("UserRule_", RuleOrigin::Custom),
    ("DefaultRule_", RuleOrigin::Default),
];

/// Reads the effective rules of one interface: one element for each group that acts on it.
pub(super) fn rules(reader: &mut Reader, list: &Node, nodes: &[Node]) -> Result<(), Fault> {
    let groups: Result<Vec<EffectiveGroup>, Fault> = nodes.iter().map(group).collect();
    let groups = groups?;
    let on_interface = |group: &&EffectiveGroup| group.associated_to == AssociatedTo::NetworkInterface;
    let interface = groups.iter().filter(on_interface).find_map(|group| group.association.clone());
    reader.facts.effective_rules.push(EffectiveRules { interface, groups, place: list.place() });
    Ok(())
}

/// Reads a security-group view: for each interface the rules of the groups on it and on its subnet.
pub(super) fn view(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    for interface in node.records_at("networkInterfaces", false)?.unwrap_or_default() {
        let Some(associations) = interface.field("securityRuleAssociations") else { continue };
        let mut groups = Vec::new();
        for (key, associated_to) in [
            ("networkInterfaceAssociation", AssociatedTo::NetworkInterface),
            ("subnetAssociation", AssociatedTo::Subnet),
        ] {
            if let Some(association) = associations.field(key) {
                groups.push(associated_group(&association, &associations, associated_to)?);
            }
        }
        let id = interface.reference()?;
        reader.facts.effective_rules.push(EffectiveRules { interface: id, groups, place: interface.place() });
    }
    Ok(())
}

/// Reads the admin rules in force on a network, which the answer does not name.
pub(super) fn admin_rules(reader: &mut Reader, list: &Node, nodes: &[Node]) -> Result<(), Fault> {
    let mut rules = Vec::new();
    for node in nodes {
        rules.extend(admin_rule(node)?);
    }
    reader.facts.admin_rules.push(AdminRules { network: None, rules, place: list.place() });
    Ok(())
}

fn group(node: &Node) -> Result<EffectiveGroup, Fault> {
    let (associated_to, association) = association(node)?;
    let mut rules = Vec::new();
    for each in node.records_at("effectiveSecurityRules", true)?.unwrap_or_default() {
        rules.push(effective_rule(&each)?);
    }
    Ok(EffectiveGroup { id: node.reference_at("networkSecurityGroup")?, associated_to, association, rules })
}

fn association(node: &Node) -> Result<(AssociatedTo, Option<ResourceId>), Fault> {
    for (key, associated_to) in
        [("networkInterface", AssociatedTo::NetworkInterface), ("subnet", AssociatedTo::Subnet)]
    {
        let id = node.path(&["association", key]).map_or(Ok(None), |at| at.reference())?;
        if id.is_some() {
            return Ok((associated_to, id));
        }
    }
    let managed = node.path(&["association", "networkManager"]).is_some_and(|manager| !manager.is_empty());
    // An answer is for one interface: what does not say where it is attached acts there in any case.
    let associated_to = if managed { AssociatedTo::VirtualNetwork } else { AssociatedTo::NetworkInterface };
    Ok((associated_to, None))
}

fn associated_group(
    association: &Node,
    associations: &Node,
    associated_to: AssociatedTo,
) -> Result<EffectiveGroup, Fault> {
    let mut rules = Vec::new();
    let mut id = None;
    for each in association.records_at("securityRules", true)?.unwrap_or_default() {
        id = id.or(each.reference()?.and_then(|rule| rule.parent()));
        rules.push(rule::custom(&each)?);
    }
    for each in associations.records_at("defaultSecurityRules", true)?.unwrap_or_default() {
        rules.push(SecurityRule { origin: RuleOrigin::Default, ..rule::custom(&each)? });
    }
    Ok(EffectiveGroup { id, associated_to, association: association.reference()?, rules })
}

fn effective_rule(node: &Node) -> Result<SecurityRule, Fault> {
    let mut read = rule::custom(node)?;
    let written = node.own_text("name")?.unwrap_or_default();
    let mark = MARKS.iter().find_map(|(mark, origin)| Some((written.strip_prefix(mark)?, *origin)));
    let (name, origin) = match mark {
        Some((name, origin)) => (name.to_owned(), origin),
        // Older answers add `DefaultOutboundDenyAll`, unmarked, at the place of the defaults.
        None if read.priority.is_custom() => (read.name.clone(), RuleOrigin::Custom),
        None => (read.name.clone(), RuleOrigin::Default),
    };
    (read.name, read.origin) = (name, origin);
    expand(&mut read.source, node, ("sourceAddressPrefixes", "expandedSourceAddressPrefix"), origin)?;
    expand(
        &mut read.destination,
        node,
        ("destinationAddressPrefixes", "expandedDestinationAddressPrefix"),
        origin,
    )?;
    Ok(read)
}

/// Gives a side the expansion that Azure states for its tag.
///
/// In these answers `*` is written `0.0.0.0/0`: always in the default rules, and twice over (once a family) in the
/// newer answers. Elsewhere it is taken as it stands.
fn expand(
    side: &mut RuleSide,
    node: &Node,
    (plural, expanded): (&str, &str),
    origin: RuleOrigin,
) -> Result<(), Fault> {
    let Some(terms) = &mut side.addresses else { return Ok(()) };
    let everything: Result<Prefix, _> = "0.0.0.0/0".parse();
    let is_everything =
        |term: &AddressTerm| matches!((term, &everything), (AddressTerm::Prefix(p), Ok(all)) if p == all);
    let twice =
        node.texts_at(plural)?.unwrap_or_default().iter().filter(|text| *text == "0.0.0.0/0").count() > 1;
    if terms.iter().all(is_everything) && (origin == RuleOrigin::Default || twice) {
        *terms = vec![AddressTerm::Any];
        return Ok(());
    }
    terms.dedup();
    if let Some(prefixes) = node.prefixes_at(expanded)?.filter(|prefixes| !prefixes.is_empty()) {
        let tags: Vec<String> = terms
            .iter()
            .filter_map(|term| if let AddressTerm::Tag(tag) = term { Some(tag.clone()) } else { None })
            .collect();
        if !tags.is_empty() {
            // The expansion is that of all tags together; the plain prefixes beside them stay.
            terms.retain(|term| !matches!(term, AddressTerm::Tag(_)));
            terms.push(AddressTerm::Expanded { tag: tags.join(", "), prefixes });
        }
    }
    Ok(())
}

fn admin_rule(node: &Node) -> Result<Option<SecurityRule>, Fault> {
    // A default rule of a network manager has a flag instead of properties of its own in some answers.
    if node.field("direction").is_none() && node.field("flag").is_some() {
        return Ok(None);
    }
    let words = [("Allow", Access::Allow), ("Deny", Access::Deny), ("AlwaysAllow", Access::AlwaysAllow)];
    let any = node.says_at("protocol", "Any")? == Some(true);
    let shown =
        node.text_at("displayName")?.filter(|_| node.own("name").is_none() && node.own("id").is_none());
    Ok(Some(SecurityRule {
        name: shown.map_or_else(|| rule::name_of(node), Ok)?,
        priority: rule::priority(node)?,
        direction: rule::direction(node)?,
        access: rule::access(node, &words)?,
        protocols: if any { Some(ProtocolSet::ALL) } else { rule::protocols(node)? },
        source: admin_side(node, "sources", "sourcePortRanges")?,
        destination: admin_side(node, "destinations", "destinationPortRanges")?,
        origin: RuleOrigin::Admin,
        place: node.place(),
    }))
}

fn admin_side(node: &Node, addresses: &str, ports: &str) -> Result<RuleSide, Fault> {
    let mut terms = Vec::new();
    for each in node.records_at(addresses, false)?.unwrap_or_default() {
        terms.extend(each.text_at("addressPrefix")?.map(|text| rule::term(&text)));
    }
    let (ports, ports_text) = rule::ports(node, ports)?;
    Ok(RuleSide { addresses: (!terms.is_empty()).then_some(terms), ports, ports_text })
}
