//! Security rules: of groups, of Azure's answers about effective rules, of Virtual Network Manager.

use super::fault::Fault;
use super::node::{Entries, Node, Stated};
use crate::azure::ResourceId;
use crate::facts::RuleText;
use crate::net::{PortSet, Prefix, Protocol, ProtocolSet};
use crate::nsg::{Access, AddressTerm, Direction, Priority, RuleOrigin, RuleSide, SecurityRule};

const SOURCE_PREFIXES: &str = "sourceAddressPrefixes";
const DESTINATION_PREFIXES: &str = "destinationAddressPrefixes";

/// The fields of a rule: what decides, then of the source and of the destination each a single prefix, a list of prefixes,
/// application security groups, a single range of ports and a list of them.
const KEYS: [&str; 14] = [
    "priority",
    "direction",
    "access",
    "protocol",
    "sourceAddressPrefix",
    SOURCE_PREFIXES,
    "sourceApplicationSecurityGroups",
    "sourcePortRange",
    "sourcePortRanges",
    "destinationAddressPrefix",
    DESTINATION_PREFIXES,
    "destinationApplicationSecurityGroups",
    "destinationPortRange",
    "destinationPortRanges",
];
const DIRECTIONS: [(&str, Direction); 2] =
    [("Inbound", Direction::Inbound), ("Outbound", Direction::Outbound)];

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
    let [first, direction, access, protocol, s0, s1, s2, s3, s4, destination @ ..] = node.fields(&KEYS);
    Ok(SecurityRule {
        name: name_of(node)?,
        priority: priority_at(node, first)?,
        direction: word(node, ("direction", direction), &DIRECTIONS)?,
        access: word(node, ("access", access), &[("Allow", Access::Allow), ("Deny", Access::Deny)])?,
        protocols: or_open(protocols_at(protocol), wrong)?,
        source: side(node, [s0, s1, s2, s3, s4], wrong)?,
        destination: side(node, destination, wrong)?,
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
        listed: [list(SOURCE_PREFIXES)?, list(DESTINATION_PREFIXES)?],
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
    priority_at(node, node.stated("priority"))
}

/// The direction of a rule, in any case.
pub(super) fn direction(node: &Node) -> Result<Direction, Fault> {
    word(node, ("direction", node.stated("direction")), &DIRECTIONS)
}

/// What a rule does, one of `words` in any case.
pub(super) fn access(node: &Node, words: &[(&str, Access)]) -> Result<Access, Fault> {
    word(node, ("access", node.stated("access")), words)
}

/// The protocols of a rule; `None` where it states none.
pub(super) fn protocols(node: &Node) -> Result<Option<ProtocolSet>, Fault> {
    protocols_at(node.stated("protocol"))
}

fn priority_at(node: &Node, stated: Stated<'_>) -> Result<Priority, Fault> {
    const EXPECTED: &str = "a priority, a whole number from 100 to 4096";
    let absent = || Fault::absent(node.place(), "priority", EXPECTED);
    match stated {
        Stated::Open => Err(Fault::Open(node.place(), "the priority of a security rule is left open".into())),
        Stated::Absent | Stated::Null => Err(absent()),
        Stated::Value(at) => {
            let number = at.number()?.ok_or_else(absent)?;
            u32::try_from(number).map(Priority).map_err(|_| at.fault(EXPECTED))
        }
    }
}

fn protocols_at(stated: Stated<'_>) -> Result<Option<ProtocolSet>, Fault> {
    let Stated::Value(at) = stated else { return Ok(None) };
    let Some(text) = at.str()? else { return Ok(None) };
    if text == "*" || text.eq_ignore_ascii_case("All") {
        return Ok(Some(ProtocolSet::ALL));
    }
    let protocol = Protocol::from_name(text.trim());
    protocol
        .map(|protocol| Some(protocol.into()))
        .ok_or_else(|| at.fault("`Tcp`, `Udp`, `Icmp`, `Esp`, `Ah` or `*`"))
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

/// The ports under a key, with their text; `None` where it states none.
pub(super) fn ports(node: &Node, key: &str) -> Result<(Option<PortSet>, Vec<String>), Fault> {
    ports_at(node, [node.stated(key)])
}

fn side(node: &Node, stated: [Stated<'_>; 5], wrong: OnFault<'_>) -> Result<RuleSide, Fault> {
    let [prefix, prefixes, groups, port, ports] = stated;
    let (ports, ports_text) = or_open(ports_at(node, [port, ports]), wrong)?;
    let addresses = or_open(addresses(node, [prefix, prefixes], groups), wrong)?;
    Ok(RuleSide { addresses, ports, ports_text })
}

fn ports_at<const N: usize>(
    node: &Node,
    stated: [Stated<'_>; N],
) -> Result<(Option<PortSet>, Vec<String>), Fault> {
    let Some(lists) = lists(node, stated)? else { return Ok((None, Vec::new())) };
    // Large groups are mostly lists of one: room for more than is there would be most of what they take.
    let (mut union, mut texts) = (None::<PortSet>, Vec::with_capacity(lists.iter().map(Entries::most).sum()));
    for entry in lists.into_iter().flatten() {
        if let Some(text) = entry.str()? {
            let set: PortSet = text.parse().map_err(|_| entry.fault("a port, a range `a-b` or `*`"))?;
            union = Some(match union {
                Some(union) => union.union(&set),
                None => set,
            });
            texts.push(text.into_owned());
        }
    }
    Ok((union, texts))
}

fn addresses(
    node: &Node,
    stated: [Stated<'_>; 2],
    groups: Stated<'_>,
) -> Result<Option<Vec<AddressTerm>>, Fault> {
    let Some(lists) = lists(node, stated)? else { return Ok(None) };
    if matches!(groups, Stated::Open) {
        return Ok(None);
    }
    let mut terms = Vec::with_capacity(lists.iter().map(Entries::most).sum());
    for entry in lists.into_iter().flatten() {
        terms.extend(entry.str()?.map(|text| term(&text)));
    }
    if let Stated::Value(groups) = groups {
        let Some(groups) = groups.references()? else { return Ok(None) };
        terms.extend(groups.into_iter().map(AddressTerm::Group));
    }
    Ok((!terms.is_empty()).then_some(terms))
}

/// What several fields list, each; `None` where one of them is left open.
fn lists<'a, const N: usize>(
    node: &Node<'a>,
    stated: [Stated<'a>; N],
) -> Result<Option<[Entries<'a>; N]>, Fault> {
    let mut lists = stated.map(|_| Entries::none(node));
    for (list, stated) in lists.iter_mut().zip(stated) {
        match stated {
            Stated::Absent | Stated::Null => {}
            Stated::Open => return Ok(None),
            // A number is a port in a hurry.
            Stated::Value(value) if value.value().is_number() => *list = Entries::alone(&value),
            Stated::Value(value) => match value.entries()? {
                Some(entries) => *list = entries,
                None => return Ok(None),
            },
        }
    }
    Ok(Some(lists))
}

fn word<T: Copy>(node: &Node, (key, stated): (&str, Stated<'_>), words: &[(&str, T)]) -> Result<T, Fault> {
    let is = |text: &str| words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
    if let Stated::Value(at) = stated
        && let Ok(Some(text)) = at.str()
        && let Some((_, value)) = is(&text)
    {
        return Ok(*value);
    }
    let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
    let expected = known.join(" or ");
    node.required_text(key, &expected)?;
    Err(node.field(key).map_or(node.fault(&expected), |at| at.fault(&expected)))
}
