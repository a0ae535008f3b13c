//! Rules cut the probes of load balancers.

use super::{Finding, Found, Kind, Lint, Subject};
use crate::azure::platform;
use crate::backup::Severity;
use crate::net::{AddressSet, FlowBox, PortSet, Prefix, Protocol};
use crate::network::NetworkInterface;
use crate::nsg::{self, Access, AddressTerm, Direction, RuleOrigin, RuleTable, SecurityRule};

pub(super) const LINT: Lint = Lint {
    id: "probe-denied",
    title: "a rule cuts the probes of load balancers",
    kind: Kind::NearMiss,
    severity: Severity::Warning,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Inbound Deny rules that come before `AllowAzureLoadBalancerInBound` (65001): whether they deny the health probes of load \
balancers.

## Why it matters for backup

Probes come from 168.63.129.16, the tag `AzureLoadBalancer`. A Deny for everything stops them as well, and the load balancer \
then takes the VM out of service. Backup itself does not need them.

## How it decides

A rule that names `AzureLoadBalancer` is told when it decides about any probe. One for every sender is told when it leaves no \
probe through on any port: a warning where an interface behind a load balancer has the group, a note where the input does \
not tell, nothing where every interface of the group is in the input and none is behind a load balancer.

## How to fix

Allow `AzureLoadBalancer` before the rule, on the ports that are probed.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
- https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
";

fn run(subject: &Subject<'_>) -> Found {
    let Ok(tables) = subject.tables(Direction::Inbound) else { return Found::default() };
    let inbound =
        subject.group.rules.iter().filter(|r| r.direction == Direction::Inbound && r.access == Access::Deny);
    let mut findings = Vec::new();
    for rule in inbound.filter(|rule| names_probes(rule) || is_for_everyone(rule)) {
        let explicit = names_probes(rule);
        let cuts =
            tables.iter().all(|table| if explicit { decides(table, rule) } else { shuts(table, rule) });
        let severity = match balanced(subject) {
            _ if explicit => Severity::Warning,
            Some(true) => Severity::Warning,
            Some(false) => continue,
            None => Severity::Note,
        };
        if cuts {
            let message = format!("{} denies the health probes of load balancers", subject.named(rule));
            let remedy =
                format!("allow `AzureLoadBalancer` before {}, on the ports that are probed", rule.priority);
            findings.push(Finding::about(rule, message, remedy).weighing(severity));
        }
    }
    findings.into()
}

fn names_probes(rule: &SecurityRule) -> bool {
    rule.source.addresses.iter().flatten().any(|term| match term {
        AddressTerm::Tag(tag) => tag.eq_ignore_ascii_case("AzureLoadBalancer"),
        AddressTerm::Prefix(prefix) => *prefix == Prefix::host(platform::WIRE_SERVER.into()),
        _ => false,
    })
}

/// Whether a rule is for every sender: one for `VirtualNetwork` is meant for something else.
fn is_for_everyone(rule: &SecurityRule) -> bool {
    rule.source.addresses.iter().flatten().any(|term| match term {
        AddressTerm::Any => true,
        AddressTerm::Prefix(prefix) => prefix.contains(platform::WIRE_SERVER.into()),
        _ => false,
    })
}

/// Every probe of IPv4 to any host and port.
fn probes() -> FlowBox {
    FlowBox {
        protocols: Protocol::Tcp.into(),
        source: AddressSet::from(Prefix::host(platform::WIRE_SERVER.into())),
        source_ports: PortSet::all(),
        destination: AddressSet::all_ipv4(),
        destination_ports: PortSet::all(),
    }
}

/// Whether a rule denies some probe for certain.
fn decides(table: &RuleTable, rule: &SecurityRule) -> bool {
    denied_by(table).iter().any(|index| table.rules.get(*index).is_some_and(|one| one.place == rule.place))
}

/// Whether no probe gets through, and a rule is the one that denies most: it matches every probe that is left to it.
fn shuts(table: &RuleTable, rule: &SecurityRule) -> bool {
    let answer = nsg::verify(std::slice::from_ref(table), &probes());
    let whole = answer.pieces.iter().all(|piece| piece.access == Some(Access::Deny));
    let last = denied_by(table).into_iter().max();
    whole && last.and_then(|index| table.rules.get(index)).is_some_and(|one| one.place == rule.place)
}

/// The rules of one's own that deny a probe for certain.
fn denied_by(table: &RuleTable) -> Vec<usize> {
    let answer = nsg::verify(std::slice::from_ref(table), &probes());
    let denied = answer.with_access(Some(Access::Deny));
    let deciders = denied.filter_map(|piece| Some(piece.decisions.first()?.decided_by()?.rule));
    let own = |index: &usize| table.rules.get(*index).is_some_and(|rule| rule.origin == RuleOrigin::Custom);
    deciders.filter(own).collect()
}

/// Whether an interface that has the group is behind a load balancer; `None` where the input does not tell.
fn balanced(subject: &Subject<'_>) -> Option<bool> {
    let is_balanced = |interface: &NetworkInterface| {
        interface.ip_configurations.iter().any(|configuration| !configuration.load_balancer_pools.is_empty())
    };
    let behind = subject.interfaces();
    if behind.iter().any(|interface| is_balanced(interface)) {
        return Some(true);
    }
    // A subnet may hold interfaces that are not in the input.
    let alone = subject.group.subnets.as_ref().is_some_and(Vec::is_empty);
    let listed = subject.group.interfaces.as_ref().filter(|_| alone)?;
    listed.iter().all(|id| behind.iter().any(|interface| interface.id == *id)).then_some(false)
}
