//! The fields of a rule and what each language calls them.

use crate::net::{Protocol, ProtocolSet};
use crate::nsg::{AddressTerm, Priority, RuleSide, SecurityRule};

/// One field by its names; where a field has a form for one value and one for several, in that order.
///
/// Sources: the REST reference of `securityRules`; `az network nsg rule create --help` (which picks the form itself);
/// the reference of `Add-AzNetworkSecurityRuleConfig`; the reference of `azurerm_network_security_rule`.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) arm: [&'static str; 2],
    pub(super) terraform: [&'static str; 2],
    pub(super) powershell: &'static str,
    pub(super) azure_cli: &'static str,
}

/// What a field holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A number.
    Number(u32),
    /// One word, prefix, tag or `*`.
    One(String),
    /// Several prefixes or ports; never a tag or `*`, which Azure refuses in a list.
    Several(Vec<String>),
    /// The ids of application security groups.
    Groups(Vec<String>),
    /// Something that cannot be written, with the reason: plain words, for any language.
    Open(&'static str),
}

/// A field and its value.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) key: &'static Key,
    pub(super) value: Value,
}

const NOT_STATED: &str = "not in the input";
const PROTOCOLS: &str = "protocols that no single rule can name";
const MIXED_TAG: &str = "a service tag beside other entries, which Azure refuses";
const MIXED_GROUP: &str = "application security groups beside addresses, which Azure refuses";

/// The fields of `rule` at `priority`, but for its name.
pub(super) fn of(rule: &SecurityRule, priority: Priority) -> Vec<Field> {
    let mut fields = vec![
        Field { key: &PRIORITY, value: Value::Number(priority.0) },
        Field { key: &DIRECTION, value: Value::One(rule.direction.to_string()) },
        Field { key: &ACCESS, value: Value::One(rule.access.to_string()) },
        Field { key: &PROTOCOL, value: protocol(rule.protocols) },
    ];
    for (side, keys) in [(&rule.source, &SOURCE), (&rule.destination, &DESTINATION)] {
        let (key, value) = match addresses(side) {
            groups @ Value::Groups(_) => (&keys.groups, groups),
            value => (&keys.addresses, value),
        };
        fields.push(Field { key, value });
        fields.push(Field { key: &keys.ports, value: ports(side) });
    }
    fields
}

fn protocol(protocols: Option<ProtocolSet>) -> Value {
    let Some(set) = protocols else { return Value::Open(NOT_STATED) };
    let nameless = set != ProtocolSet::ALL && set.contains(Protocol::Other);
    if set.iter().count() == 1 && !nameless || set == ProtocolSet::ALL {
        return Value::One(set.to_string());
    }
    Value::Open(PROTOCOLS)
}

fn addresses(side: &RuleSide) -> Value {
    let Some(terms) = &side.addresses else { return Value::Open(NOT_STATED) };
    let group = |term: &AddressTerm| match term {
        AddressTerm::Group(id) => Some(id.as_str().to_owned()),
        _ => None,
    };
    let groups: Vec<String> = terms.iter().filter_map(group).collect();
    if !groups.is_empty() {
        let alone = groups.len() == terms.len();
        return if alone { Value::Groups(groups) } else { Value::Open(MIXED_GROUP) };
    }
    let named = |term: &AddressTerm| matches!(term, AddressTerm::Tag(_) | AddressTerm::Expanded { .. });
    if terms.len() > 1 && !terms.contains(&AddressTerm::Any) && terms.iter().any(named) {
        return Value::Open(MIXED_TAG);
    }
    one_or_several(terms.iter().map(ToString::to_string).collect())
}

fn ports(side: &RuleSide) -> Value {
    match &side.ports {
        None => Value::Open(NOT_STATED),
        Some(ports) if side.ports_text.is_empty() => {
            one_or_several(ports.to_string().split(',').map(|port| port.trim().to_owned()).collect())
        }
        Some(_) => one_or_several(side.ports_text.clone()),
    }
}

fn one_or_several(mut values: Vec<String>) -> Value {
    values.retain(|value| !value.is_empty());
    if values.iter().any(|value| value == "*") {
        return Value::One("*".to_owned());
    }
    match values.len() {
        0 => Value::Open(NOT_STATED),
        1 => values.pop().map_or(Value::Open(NOT_STATED), Value::One),
        _ => Value::Several(values),
    }
}

/// The fields of one side.
struct Side {
    addresses: Key,
    groups: Key,
    ports: Key,
}

static PRIORITY: Key = plain("priority", "Priority", "--priority");
static DIRECTION: Key = plain("direction", "Direction", "--direction");
static ACCESS: Key = plain("access", "Access", "--access");
static PROTOCOL: Key = plain("protocol", "Protocol", "--protocol");
static SOURCE: Side = Side {
    addresses: Key {
        arm: ["sourceAddressPrefix", "sourceAddressPrefixes"],
        terraform: ["source_address_prefix", "source_address_prefixes"],
        powershell: "SourceAddressPrefix",
        azure_cli: "--source-address-prefixes",
    },
    groups: Key {
        arm: ["sourceApplicationSecurityGroups"; 2],
        terraform: ["source_application_security_group_ids"; 2],
        powershell: "SourceApplicationSecurityGroupId",
        azure_cli: "--source-asgs",
    },
    ports: Key {
        arm: ["sourcePortRange", "sourcePortRanges"],
        terraform: ["source_port_range", "source_port_ranges"],
        powershell: "SourcePortRange",
        azure_cli: "--source-port-ranges",
    },
};
static DESTINATION: Side = Side {
    addresses: Key {
        arm: ["destinationAddressPrefix", "destinationAddressPrefixes"],
        terraform: ["destination_address_prefix", "destination_address_prefixes"],
        powershell: "DestinationAddressPrefix",
        azure_cli: "--destination-address-prefixes",
    },
    groups: Key {
        arm: ["destinationApplicationSecurityGroups"; 2],
        terraform: ["destination_application_security_group_ids"; 2],
        powershell: "DestinationApplicationSecurityGroupId",
        azure_cli: "--destination-asgs",
    },
    ports: Key {
        arm: ["destinationPortRange", "destinationPortRanges"],
        terraform: ["destination_port_range", "destination_port_ranges"],
        powershell: "DestinationPortRange",
        azure_cli: "--destination-port-ranges",
    },
};

const fn plain(name: &'static str, powershell: &'static str, azure_cli: &'static str) -> Key {
    Key { arm: [name; 2], terraform: [name; 2], powershell, azure_cli }
}
