//! Security rules: of groups, of Azure's answers about effective rules, of Virtual Network Manager.

use super::fault::Fault;
use super::node::{Entries, Node, Stated};
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
    if let Some(name) = node.own("name").map_or(Ok(None), |name| name.str())? {
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
    word(node, "direction", &[("Inbound", Direction::Inbound), ("Outbound", Direction::Outbound)])
}

/// What a rule does, one of `words` in any case.
pub(super) fn access(node: &Node, words: &[(&str, Access)]) -> Result<Access, Fault> {
    word(node, "access", words)
}

/// The protocols of a rule; `None` where it states none.
pub(super) fn protocols(node: &Node) -> Result<Option<ProtocolSet>, Fault> {
    let Some(text) = node.str_at("protocol")? else { return Ok(None) };
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
    if text == "*" {
        return AddressTerm::Any;
    }
    // A name is not tried for an address: that takes longer than all the rest.
    let may_be_address = text.contains(':') || text.starts_with(|first: char| first.is_ascii_digit());
    let prefix: Option<Prefix> = if may_be_address { text.parse().ok() } else { None };
    prefix.map_or_else(|| AddressTerm::Tag(text.to_owned()), AddressTerm::Prefix)
}

/// The ports that `keys` state together, with their text; `None` where none of them states any.
pub(super) fn ports<const N: usize>(
    node: &Node,
    keys: [&str; N],
) -> Result<(Option<PortSet>, Vec<String>), Fault> {
    let Some(entries) = entries(node, keys)? else { return Ok((None, Vec::new())) };
    // Large groups are mostly lists of one: room for more than is there would be most of what they take.
    let (mut union, mut texts) = (None, Vec::with_capacity(entries.iter().map(Entries::most).sum()));
    for entry in entries.into_iter().flatten() {
        if let Some(text) = entry.text()? {
            let set: PortSet = text.parse().map_err(|_| entry.fault("a port, a range `a-b` or `*`"))?;
            union = Some(union.map_or_else(|| set.clone(), |union: PortSet| union.union(&set)));
            texts.push(text);
        }
    }
    Ok((union, texts))
}

fn side(node: &Node, keys: &SideKeys, wrong: OnFault<'_>) -> Result<RuleSide, Fault> {
    let (ports, ports_text) = or_open(ports(node, [keys.port, keys.ports]), wrong)?;
    Ok(RuleSide { addresses: or_open(addresses(node, keys), wrong)?, ports, ports_text })
}

fn addresses(node: &Node, keys: &SideKeys) -> Result<Option<Vec<AddressTerm>>, Fault> {
    let Some(entries) = entries(node, [keys.prefix, keys.prefixes])? else { return Ok(None) };
    let groups = node.stated(keys.groups);
    if matches!(groups, Stated::Open) {
        return Ok(None);
    }
    let mut terms = Vec::with_capacity(entries.iter().map(Entries::most).sum());
    for entry in entries.into_iter().flatten() {
        terms.extend(entry.str()?.map(|text| term(&text)));
    }
    if let Stated::Value(groups) = groups {
        let Some(groups) = groups.references()? else { return Ok(None) };
        terms.extend(groups.into_iter().map(AddressTerm::Group));
    }
    Ok((!terms.is_empty()).then_some(terms))
}

/// What several keys list, each; `None` where one of them is left open.
fn entries<'a, const N: usize>(node: &Node<'a>, keys: [&str; N]) -> Result<Option<[Entries<'a>; N]>, Fault> {
    let mut all = keys.map(|_| Entries::none(node));
    for (entries, key) in all.iter_mut().zip(keys) {
        match node.stated(key) {
            Stated::Absent | Stated::Null => {}
            Stated::Open => return Ok(None),
            // A number is a port in a hurry.
            Stated::Value(value) if value.value().is_number() => *entries = Entries::alone(&value),
            Stated::Value(value) => match value.entries()? {
                Some(stated) => *entries = stated,
                None => return Ok(None),
            },
        }
    }
    Ok(Some(all))
}

fn word<T: Copy>(node: &Node, key: &str, words: &[(&str, T)]) -> Result<T, Fault> {
    let is = |text: &str| words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
    if let Ok(Some(text)) = node.str_at(key)
        && let Some((_, value)) = is(&text)
    {
        return Ok(*value);
    }
    let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
    let expected = known.join(" or ");
    node.required_text(key, &expected)?;
    Err(node.field(key).map_or(node.fault(&expected), |at| at.fault(&expected)))
}
