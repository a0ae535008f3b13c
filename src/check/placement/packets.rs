//! The packets of a probe, as rules and routes see them.

use std::net::IpAddr;

use super::Probe;
use crate::azure::platform;
use crate::check::Around;
use crate::check::path::{decider, demands, senders};
use crate::net::{AddressSet, FlowBox, PortSet, Protocol};
use crate::nsg::{self, Access, AssociatedTo, Direction, Overall, Piece, ResolvedRule, RuleTable};
use crate::probe::{Authority, Expectation, Target};
use crate::reach::Judged;

/// Packets from the subject to some addresses on one port.
pub(super) struct Packets {
    protocol: Protocol,
    senders: AddressSet,
    port: u16,
    /// Where they go.
    pub(super) destination: AddressSet,
    /// What to call that.
    to: String,
    /// Whether these are the addresses that were tried, rather than all that it may have been.
    tried: bool,
}

/// What the rules make of packets.
pub(super) enum Standing {
    /// All of them pass.
    Allowed,
    /// All of them are certainly denied.
    Denied(Deciding),
    /// Some of them are certainly denied, others not.
    Partly(Deciding),
    /// None is certainly denied, and for some it depends on this.
    Open(String),
}

/// The rule that decides, most of them where several do.
pub(super) struct Deciding {
    /// As in ``rule `DenyInternet` (1000) of `nsg1` ``.
    pub(super) words: String,
}

impl Packets {
    /// To the target itself, or to the proxy before it; `None` where no address of it is known.
    pub(super) fn to_first_hop(probe: &Probe<'_, '_>, around: &Around<'_>) -> Option<Self> {
        let hop = probe.target.first_hop();
        let seen = match hop.host.address() {
            Some(address) => vec![address],
            None => addresses(probe),
        };
        if seen.is_empty() {
            return (hop == &probe.target.authority).then(|| Self::to_service(probe, around)).flatten();
        }
        let to = match seen.as_slice() {
            [only] => only.to_string(),
            [one, other] => format!("{one} and {other}"),
            [first, rest @ ..] => format!("{first} and {} more addresses", rest.len()),
            [] => return None,
        };
        let destination = set(seen);
        Some(Self::of(probe, around, (destination, hop.port), to))
    }

    /// To the service behind a target, whatever stands before it: to its address, or to its requirement's service tag.
    pub(super) fn to_service(probe: &Probe<'_, '_>, around: &Around<'_>) -> Option<Self> {
        let Authority { host, port } = &probe.target.authority;
        if let Some(address) = host.address() {
            return Some(Self::of(probe, around, (set([address]), *port), address.to_string()));
        }
        let id = probe.target.requirement.as_deref()?;
        let demand = demands(probe.case).into_iter().find(|demand| demand.requirement.id == id)?;
        let far_end = demand.far_end.ok()?;
        let destination = far_end.addresses.intersection(&AddressSet::all_ipv4());
        let whole = Self::of(probe, around, (destination, *port), format!("`{}`", far_end.name));
        Some(Self { tried: false, ..whole })
    }

    /// To each name server that did not answer. What goes to this machine itself meets no rule.
    pub(super) fn to_name_servers(probe: &Probe<'_, '_>, around: &Around<'_>) -> Vec<Self> {
        let servers = probe.observation.resolution.iter().flat_map(|resolution| &resolution.servers);
        let silent = servers.filter(|server| server.answer.is_err() && !server.server.ip().is_loopback());
        let packets = |server: &crate::probe::NameServerAnswer| {
            let (address, port) = (server.server.ip(), server.server.port());
            let protocol = if server.over_tcp { Protocol::Tcp } else { Protocol::Udp };
            Self { protocol, ..Self::of(probe, around, (set([address]), port), address.to_string()) }
        };
        silent.map(packets).collect()
    }

    fn of(
        probe: &Probe<'_, '_>,
        around: &Around<'_>,
        (destination, port): (AddressSet, u16),
        to: String,
    ) -> Self {
        let own = &around.reach.addresses;
        let local = probe.observation.local.filter(|local| own.contains(*local));
        let mut senders = local.map_or_else(|| senders(around), AddressSet::from);
        // A family that the documents give the interface no address of has been used all the same.
        if senders.ipv4().is_empty() && !destination.ipv4().is_empty() {
            senders = senders.union(&AddressSet::all_ipv4());
        }
        if senders.ipv6().is_empty() && !destination.ipv6().is_empty() {
            senders = senders.union(&AddressSet::all_ipv6());
        }
        Self { protocol: transport(probe.target), senders, port, destination, to, tried: true }
    }

    /// As in `Tcp 443 to 20.60.16.7`.
    pub(super) fn words(&self) -> String {
        format!("{} {} to {}", self.protocol, self.port, self.to)
    }

    /// What is left to explain where a rule denies a part of them.
    pub(super) const fn besides(&self) -> &'static str {
        if self.tried { "the rest fails without it" } else { "which address was tried is not known" }
    }

    /// Whether they go to the host itself, to which no route of the customer's applies.
    pub(super) fn to_platform(&self) -> bool {
        let host =
            |address: IpAddr| address == platform::WIRE_SERVER || address == platform::METADATA_SERVICE;
        self.only().is_some_and(host)
    }

    /// What the rule lists make of them; traffic with the platform meets only rules that name its tag.
    pub(super) fn standing(&self, around: &Around<'_>) -> Standing {
        let families = self.families();
        let answers: Vec<Judged<'_>> = families.iter().map(|asked| self.judged(around, asked)).collect();
        let overall = |judged: &Judged<'_>| judged.verification.overall();
        let denied = answers.iter().find_map(|judged| {
            let pieces = judged.verification.with_access(Some(Access::Deny));
            let largest = pieces.max_by_key(|piece| piece.flows.destination.count())?;
            Some(deciding(judged.tables, largest))
        });
        match denied {
            Some(rule) if answers.iter().all(|judged| overall(judged) == Overall::Deny) => {
                Standing::Denied(rule)
            }
            Some(rule) => Standing::Partly(rule),
            None => answers
                .iter()
                .find(|judged| overall(judged) == Overall::Undetermined)
                .map_or(Standing::Allowed, |judged| Standing::Open(because(judged))),
        }
    }

    /// One question for each family of addresses: no packet has two.
    fn families(&self) -> Vec<FlowBox> {
        let flows = |family: &AddressSet| FlowBox {
            protocols: self.protocol.into(),
            source: self.senders.intersection(family),
            source_ports: PortSet::all(),
            destination: self.destination.intersection(family),
            destination_ports: PortSet::one(self.port),
        };
        let families = [AddressSet::all_ipv4(), AddressSet::all_ipv6()];
        families.iter().map(flows).filter(|asked| !asked.destination.is_empty()).collect()
    }

    fn judged<'r>(&self, around: &'r Around<'_>, asked: &FlowBox) -> Judged<'r> {
        let filter = self.only().and_then(|address| {
            around.reach.platform_filter(Direction::Outbound, (address, Some(self.port)), asked)
        });
        match filter {
            Some(filter) => {
                Judged { tables: &filter.tables, verification: nsg::verify(&filter.tables, asked) }
            }
            None => around.reach.verify(Direction::Outbound, asked),
        }
    }

    fn only(&self) -> Option<IpAddr> {
        let first = self.destination.first()?;
        (self.destination == AddressSet::from(first)).then_some(first)
    }
}

/// What it depends on, in words.
fn because(judged: &Judged<'_>) -> String {
    let named =
        judged.verification.because().into_iter().map(|open| format!("{} ({})", open.name, open.reason));
    named.collect::<Vec<_>>().join(", ")
}

fn deciding(tables: &[RuleTable], piece: &Piece) -> Deciding {
    let words = match decider(tables, piece) {
        Some((table, rule)) => in_words(table, rule),
        None => "a rule".to_owned(),
    };
    Deciding { words }
}

fn in_words(table: &RuleTable, rule: &ResolvedRule) -> String {
    let (name, priority) = (&rule.name, rule.priority);
    match table.applied_to {
        AssociatedTo::VirtualNetwork => format!("security admin rule `{name}` ({priority})"),
        AssociatedTo::NetworkInterface | AssociatedTo::Subnet => {
            format!("rule `{name}` ({priority}) of NSG `{}`", table.name)
        }
    }
}

/// The addresses that were tried: for one that failed, those that failed; for one that was reached, the one that answered.
fn addresses(probe: &Probe<'_, '_>) -> Vec<IpAddr> {
    let observation = probe.observation;
    let failed = observation.addresses.iter().filter(|one| matches!(one.connected, Some(Err(_))));
    let failed: Vec<IpAddr> = failed.map(|one| one.address).collect();
    let spoken_to = observation.address.into_iter().collect::<Vec<_>>();
    let all = || observation.addresses.iter().map(|one| one.address).collect();
    match observation.failure {
        Some(_) if !failed.is_empty() => failed,
        _ if !spoken_to.is_empty() => spoken_to,
        _ => all(),
    }
}

fn set(addresses: impl IntoIterator<Item = IpAddr>) -> AddressSet {
    addresses.into_iter().fold(AddressSet::empty(), |set, one| set.union(&AddressSet::from(one)))
}

fn transport(target: &Target) -> Protocol {
    if target.expectation == Expectation::Dns { Protocol::Udp } else { Protocol::Tcp }
}
