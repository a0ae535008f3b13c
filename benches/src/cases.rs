//! Lists and questions as JSON, for solvers in other languages: `tests/real/z3_oracle.py` says what the fields are.

use azpreflight::net::{AddressSet, FlowBox, PortSet, Protocol};
use azpreflight::nsg::{Access, Operand, ResolvedRule, RuleTable, Unmatched};
use serde_json::{Value, json};

/// A table of which nothing is open.
pub fn table(table: &RuleTable) -> Value {
    json!({
        "passes": table.unmatched == Unmatched::Passes,
        "rules": table.rules.iter().map(rule).collect::<Vec<_>>(),
    })
}

/// A question.
pub fn flows(flows: &FlowBox) -> Value {
    json!({
        "protocols": flows.protocols.iter().map(Protocol::name).collect::<Vec<_>>(),
        "source": addresses(&flows.source),
        "sourcePorts": ranges(&flows.source_ports),
        "destination": addresses(&flows.destination),
        "destinationPorts": ranges(&flows.destination_ports),
    })
}

fn rule(rule: &ResolvedRule) -> Value {
    let ports = |ports: PortSet| json!({ "ranges": ranges(&ports), "open": null });
    json!({
        "access": if rule.access == Access::Deny { "Deny" } else { "Allow" },
        "protocols": rule.protocols.bound(false).iter().map(Protocol::name).collect::<Vec<_>>(),
        "protocolsOpen": null,
        "source": operand(&rule.source),
        "sourcePorts": ports(rule.source_ports.bound(false)),
        "destination": operand(&rule.destination),
        "destinationPorts": ports(rule.destination_ports.bound(false)),
    })
}

fn operand(operand: &Operand) -> Value {
    let mut known = addresses(&operand.known);
    known["open"] = json!([]);
    known
}

fn addresses(set: &AddressSet) -> Value {
    let pair = |first: u128, last: u128| [first.to_string(), last.to_string()];
    let v4 = set.ipv4().ranges().iter().map(|range| pair(range.first.into(), range.last.into()));
    let v6 = set.ipv6().ranges().iter().map(|range| pair(range.first, range.last));
    json!({ "v4": v4.collect::<Vec<_>>(), "v6": v6.collect::<Vec<_>>() })
}

fn ranges(set: &PortSet) -> Vec<[u16; 2]> {
    set.ranges().ranges().iter().map(|range| [range.first, range.last]).collect()
}
