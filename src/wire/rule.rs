//! Security rules: of groups, of Azure's answers about effective rules, of Virtual Network Manager.

use super::fault::Fault;
use super::node::{Node, Stated};
use crate::azure::ResourceId;
use crate::facts::RuleText;
use crate::net::{PortSet, Prefix, Protocol, ProtocolSet};
use crate::nsg::{Access, AddressTerm, Direction, Priority, RuleOrigin, RuleSide, SecurityRule};

/// The keys of one side of a rule.
struct SideKeys {
    prefix: &'static str,
    prefixes: &'static str,
    groups: &'static str,
    port: &'static str,
    ports: &'static str,
}

const SOURCE: SideKeys = SideKeys {
    prefix: "sourceAddressPrefix",
    prefixes: "sourceAddressPrefixes",
    groups: "sourceApplicationSecurityGroups",
    port: "sourcePortRange",
    ports: "sourcePortRanges",
};
const DESTINATION: SideKeys = SideKeys {
    prefix: "destinationAddressPrefix",
    prefixes: "destinationAddressPrefixes",
    groups: "destinationApplicationSecurityGroups",
    port: "destinationPortRange",
    ports: "destinationPortRanges",
};

/// Reads a rule of a group.
///
/// Direction, access and priority must be there. Addresses and ports that are not stay `None`: old versions of the
/// API leave out what they cannot express, so that missing never means `*`.
pub(super) fn custom(node: &Node) -> Result<SecurityRule, Fault> {
    custom_or(node, &mut Err)
}

/// The same where a field that matters for no order may be wrong: `wrong` takes the fault, and the field stays open.
pub(super) fn custom_or(node: &Node, wrong: OnFault<'_>) -> Result<SecurityRule, Fault> {
    node.object()?;
    Ok(SecurityRule {
        name: name_of(node)?,
        priority: priority(node)?,
        direction: direction(node)?,
        access: access(node, &[("Allow", Access::Allow), ("Deny", Access::Deny)])?,
        protocols: or_open(protocols(node), wrong)?,
        source: side(node, &SOURCE, wrong)?,
        destination: side(node, &DESTINATION, wrong)?,
        origin: RuleOrigin::Custom,
        place: node.place(),
    })
}

/// What a rule says beyond what decides: for those who ask whether Azure would take it.
pub(super) fn text_of(node: &Node) -> Result<RuleText, Fault> {
    let list = |key: &str| -> Result<Vec<AddressTerm>, Fault> {
        let texts = node.texts_at(key)?.unwrap_or_default();
        Ok(texts.iter().map(|text| term(text)).collect())
    };
    Ok(RuleText {
        description: node.text_at("description")?,
        listed: [list(SOURCE.prefixes)?, list(DESTINATION.prefixes)?],
        faults: Vec::new(),
    })
}

/// Takes a fault, or ends the reading with it.
pub(super) type OnFault<'w> = &'w mut dyn FnMut(Fault) -> Result<(), Fault>;

fn or_open<T: Default>(read: Result<T, Fault>, wrong: OnFault<'_>) -> Result<T, Fault> {
    read.or_else(|fault| wrong(fault).map(|()| T::default()))
}

/// The bare name of a rule: the last segment of `nsg1/rule1`, of `securityRules/rule1` and of its id.
pub(super) fn name_of(node: &Node) -> Result<String, Fault> {
    if let Some(name) = node.own_text("name")? {
        return Ok(name.rsplit('/').next().unwrap_or_default().to_owned());
    }
    if matches!(node.own_state("name"), Stated::Open) {
        return Err(Fault::Open(node.place(), "the name of a security rule is left open".into()));
    }
    let id = node.own_text("id")?.map(ResourceId::new);
    id.map(|id| id.name().to_owned())
        .ok_or_else(|| Fault::absent(node.place(), "name", "the name of a security rule"))
}

/// The priority of a rule, a number or its text.
pub(super) fn priority(node: &Node) -> Result<Priority, Fault> {
    const EXPECTED: &str = "a priority, a whole number from 100 to 4096";
    if matches!(node.stated("priority"), Stated::Open) {
        return Err(Fault::Open(node.place(), "the priority of a security rule is left open".into()));
    }
    let Some(number) = node.number_at("priority")? else {
        return Err(Fault::absent(node.place(), "priority", EXPECTED));
    };
    u32::try_from(number)
        .map(Priority)
        .map_err(|_| node.field("priority").map_or(node.fault(EXPECTED), |at| at.fault(EXPECTED)))
}

/// The direction of a rule, in any case.
pub(super) fn direction(node: &Node) -> Result<Direction, Fault> {
    let words = [("Inbound", Direction::Inbound), ("Outbound", Direction::Outbound)];
    word(node, "direction", &words, "`Inbound` or `Outbound`")
}

/// What a rule does, one of `words` in any case.
pub(super) fn access(node: &Node, words: &[(&str, Access)]) -> Result<Access, Fault> {
    let expected: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
    word(node, "access", words, &expected.join(" or "))
}

/// The protocols of a rule; `None` where it states none.
pub(super) fn protocols(node: &Node) -> Result<Option<ProtocolSet>, Fault> {
    let Some(text) = node.text_at("protocol")? else { return Ok(None) };
    if text == "*" || text.eq_ignore_ascii_case("All") {
        return Ok(Some(ProtocolSet::ALL));
    }
    match Protocol::from_name(text.trim()) {
        Some(protocol) => Ok(Some(protocol.into())),
        None => Err(node
            .field("protocol")
            .map_or(node.fault("a protocol"), |at| at.fault("`Tcp`, `Udp`, `Icmp`, `Esp`, `Ah` or `*`"))),
    }
}

/// One entry of a list of addresses: `*`, a prefix, or else a tag by its name. What is neither (`789`, `Any`, a range
/// of addresses) is kept as a tag, which no table of tags will resolve.
pub(super) fn term(text: &str) -> AddressTerm {
    let text = text.trim();
    match text.parse::<Prefix>() {
        _ if text == "*" => AddressTerm::Any,
        Ok(prefix) => AddressTerm::Prefix(prefix),
        Err(_) => AddressTerm::Tag(text.to_owned()),
    }
}

/// The ports that `keys` state together, with their text; `None` where none of them states any.
pub(super) fn ports(node: &Node, keys: &[&str]) -> Result<(Option<PortSet>, Vec<String>), Fault> {
    let Some(entries) = entries(node, keys)? else { return Ok((None, Vec::new())) };
    let (mut union, mut texts) = (PortSet::empty(), Vec::new());
    for entry in &entries {
        if let Some(text) = entry.text()? {
            let set: PortSet = text.parse().map_err(|_| entry.fault("a port, a range `a-b` or `*`"))?;
            union = union.union(&set);
            texts.push(text);
        }
    }
    Ok(if texts.is_empty() { (None, texts) } else { (Some(union), texts) })
}

fn side(node: &Node, keys: &SideKeys, wrong: OnFault<'_>) -> Result<RuleSide, Fault> {
    let (ports, ports_text) = or_open(ports(node, &[keys.port, keys.ports]), wrong)?;
    Ok(RuleSide { addresses: or_open(addresses(node, keys), wrong)?, ports, ports_text })
}

fn addresses(node: &Node, keys: &SideKeys) -> Result<Option<Vec<AddressTerm>>, Fault> {
    let Some(entries) = entries(node, &[keys.prefix, keys.prefixes])? else { return Ok(None) };
    if matches!(node.stated(keys.groups), Stated::Open) {
        return Ok(None);
    }
    let mut terms = Vec::new();
    for entry in &entries {
        terms.extend(entry.text()?.map(|text| term(&text)));
    }
    let Some(groups) = node.references_at(keys.groups)?.or_else(|| absent_groups(node, keys)) else {
        return Ok(None);
    };
    terms.extend(groups.into_iter().map(AddressTerm::Group));
    Ok((!terms.is_empty()).then_some(terms))
}

/// No groups where the key is not there or null; `None` where a list is there that is left open in part.
fn absent_groups(node: &Node, keys: &SideKeys) -> Option<Vec<ResourceId>> {
    node.field(keys.groups).is_none().then(Vec::new)
}

/// What several keys list together; `None` where one of them is left open.
fn entries<'a>(node: &Node<'a>, keys: &[&str]) -> Result<Option<Vec<Node<'a>>>, Fault> {
    let mut all = Vec::new();
    for key in keys {
        match node.stated(key) {
            Stated::Absent | Stated::Null => {}
            Stated::Open => return Ok(None),
            Stated::Value(value) => {
                // A number is a port in a hurry.
                let list = if value.value().is_number() { Some(vec![value]) } else { value.list()? };
                let Some(list) = list else { return Ok(None) };
                all.extend(list);
            }
        }
    }
    Ok(Some(all))
}

fn word<T: Copy>(node: &Node, key: &str, words: &[(&str, T)], expected: &str) -> Result<T, Fault> {
    let text = node.required_text(key, expected)?;
    let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text));
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| node.field(key).map_or(node.fault(expected), |at| at.fault(expected)))
}
