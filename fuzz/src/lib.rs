//! Rule lists made from bytes, and flows to try them on.

use std::net::IpAddr;

use arbitrary::{Result, Unstructured};
use azpreflight::azure::ResourceId;
use azpreflight::facts;
use azpreflight::input::{Place, Pointer};
use azpreflight::net::{AddressSet, Flow, FlowBox, Prefix, Protocol, ProtocolSet};
use azpreflight::nsg::{
    self, Access, AddressTerm, AssociatedTo, Direction, Members, OpenOperand, Priority, RuleList, RuleOrigin,
    RuleSide, RuleTable, Scope, SecurityRule, default_rules,
};
use azpreflight::tags::TagCatalog;

const PREFIXES: [&str; 16] = [
    "10.0.0.0/16",
    "10.0.1.0/24",
    "10.0.1.4/32",
    "10.0.1.5/32",
    "10.0.0.0/8",
    "20.0.0.0/8",
    "20.60.0.0/16",
    "20.60.16.0/24",
    "52.239.0.0/16",
    "8.8.8.8/32",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "fd00:db8::/48",
    "fd00:db8:0:1::4/128",
    "2603:1000::/24",
    "::/0",
];
const TAGS: [&str; 9] = [
    "VirtualNetwork",
    "Internet",
    "AzureLoadBalancer",
    "Storage.KoreaCentral",
    "AzureBackup.KoreaCentral",
    "AzureActiveDirectory",
    "Sql.NorthEurope",
    "Storge",
    "AzureBackup.MoonEast",
];
/// Names that the copy inside the program knows.
const KNOWN_TAGS: [&str; 4] =
    ["Storage.KoreaCentral", "AzureBackup.KoreaCentral", "AzureActiveDirectory", "Sql.NorthEurope"];
const PORTS: [&str; 8] = ["*", "443", "80", "80-443", "443,8443", "0-1023", "22,3389", "1024-65535"];
/// Ends of flows: on, before and behind the borders that the prefixes draw.
const ADDRESSES: [&str; 28] = [
    "10.0.1.4",
    "10.0.1.5",
    "10.0.1.6",
    "10.0.1.0",
    "10.0.2.0",
    "10.1.0.0",
    "9.255.255.255",
    "11.0.0.0",
    "20.0.0.0",
    "20.60.16.7",
    "20.60.17.0",
    "20.61.0.0",
    "52.239.0.1",
    "8.8.8.8",
    "127.255.255.255",
    "128.0.0.0",
    "0.0.0.0",
    "255.255.255.255",
    "168.63.129.16",
    "172.16.0.4",
    "fd00:db8::1",
    "fd00:db8:0:1::4",
    "fe80::1234:5678:9abc",
    "2603:1000::1",
    "2603:1100::",
    "2a01::1",
    "::",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];
const FLOW_PORTS: [u16; 10] = [0, 22, 79, 80, 81, 443, 444, 1023, 1024, 65535];

/// Groups in the way of a flow, as documents state them.
#[derive(Debug, Clone)]
pub struct Case {
    /// Which way the flows go.
    pub direction: Direction,
    /// Where.
    pub scope: Scope,
    /// The lists, defaults among them.
    pub lists: Vec<List>,
}

/// One list of rules.
#[derive(Debug, Clone)]
pub struct List {
    /// The group.
    pub id: ResourceId,
    /// Where it is applied.
    pub applied_to: AssociatedTo,
    /// Its rules.
    pub rules: Vec<SecurityRule>,
}

impl Case {
    /// A case of one to three lists of up to ten rules.
    pub fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        let direction = *u.choose(&[Direction::Outbound, Direction::Inbound])?;
        let mut lists = Vec::new();
        for applied_to in [AssociatedTo::VirtualNetwork, AssociatedTo::NetworkInterface, AssociatedTo::Subnet]
        {
            if applied_to == AssociatedTo::NetworkInterface || u.ratio(1, 3)? {
                lists.push(list(u, direction, applied_to)?);
            }
        }
        Ok(Self { direction, scope: scope(u)?, lists })
    }

    /// The lists as the library resolves them.
    pub fn tables(&self) -> Vec<RuleTable> {
        self.lists
            .iter()
            .map(|list| {
                let list = RuleList {
                    name: list.id.name().to_owned(),
                    id: (list.applied_to != AssociatedTo::VirtualNetwork).then(|| list.id.clone()),
                    applied_to: list.applied_to,
                    rules: list.rules.iter().collect(),
                };
                nsg::resolve(&list, self.direction, &self.scope, TagCatalog::embedded())
                    .expect("priorities are distinct")
            })
            .collect()
    }

    /// The same with one rule changed, or gone.
    pub fn edited(&self, u: &mut Unstructured<'_>) -> Result<Self> {
        let mut case = self.clone();
        let list = u.choose_index(case.lists.len())?;
        let list = &mut case.lists[list];
        let admin = list.applied_to == AssociatedTo::VirtualNetwork;
        let custom = list.rules.iter().filter(|rule| rule.origin != RuleOrigin::Default).count();
        if custom == 0 {
            return Ok(case);
        }
        let index = u.choose_index(custom)?;
        if u.ratio(1, 4)? {
            list.rules.remove(index);
        } else {
            let Priority(priority) = list.rules[index].priority;
            list.rules[index] = rule(u, (self.direction, admin), priority)?;
        }
        Ok(case)
    }
}

fn list(u: &mut Unstructured<'_>, direction: Direction, applied_to: AssociatedTo) -> Result<List> {
    let admin = applied_to == AssociatedTo::VirtualNetwork;
    let mut rules = Vec::new();
    let mut priority = 99;
    for _ in 0..u.int_in_range(0..=9)? {
        priority += u.int_in_range(1..=3)?;
        rules.push(rule(u, (direction, admin), priority)?);
    }
    if !admin {
        rules.extend(default_rules());
    }
    let id = format!(
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/{}",
        applied_to.name()
    );
    Ok(List { id: ResourceId::new(id), applied_to, rules })
}

fn rule(
    u: &mut Unstructured<'_>,
    (direction, admin): (Direction, bool),
    priority: u32,
) -> Result<SecurityRule> {
    let third = if admin { Access::AlwaysAllow } else { Access::Deny };
    Ok(SecurityRule {
        name: format!("rule{priority}"),
        priority: Priority(priority),
        direction,
        access: *u.choose(&[Access::Allow, Access::Deny, third])?,
        protocols: match u.int_in_range(0..=15)? {
            0 => None,
            1..=5 => Some(ProtocolSet::ALL),
            6..=8 => Some(Protocol::Udp.into()),
            9 => Some(Protocol::Icmp.into()),
            _ => Some(Protocol::Tcp.into()),
        },
        source: side(u, true)?,
        destination: side(u, false)?,
        origin: if admin { RuleOrigin::Admin } else { RuleOrigin::Custom },
        place: Place { document: "fuzz".into(), pointer: Pointer::root() },
    })
}

fn side(u: &mut Unstructured<'_>, source: bool) -> Result<RuleSide> {
    let addresses = match u.int_in_range(0..=15)? {
        0 => None,
        1..=4 => Some(vec![AddressTerm::Any]),
        5 => Some(vec![AddressTerm::Group(group(u)?)]),
        6..=10 => Some(vec![AddressTerm::Tag((*u.choose(&TAGS)?).to_owned())]),
        _ => {
            let mut terms = Vec::new();
            for _ in 0..=u.int_in_range(0..=2)? {
                terms.push(AddressTerm::Prefix(prefix(u.choose(&PREFIXES)?)));
            }
            Some(terms)
        }
    };
    let ports = if source && !u.ratio(1, 6)? { "*" } else { *u.choose(&PORTS)? };
    let stated = !u.ratio(1, 24)?;
    Ok(RuleSide {
        addresses,
        ports: stated.then(|| ports.parse().expect("ports")),
        ports_text: vec![ports.to_owned()],
    })
}

fn group(u: &mut Unstructured<'_>) -> Result<ResourceId> {
    let name = *u.choose(&["web", "db"])?;
    Ok(ResourceId::new(format!(
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationSecurityGroups/{name}"
    )))
}

fn scope(u: &mut Unstructured<'_>) -> Result<Scope> {
    let set = |texts: &[&str]| AddressSet::from_prefixes(texts.iter().map(|text| prefix(text)));
    let mut scope = Scope {
        virtual_network: set(&["10.0.0.0/16", "fd00:db8::/48"]),
        virtual_network_open: None,
        described: set(&["10.0.1.4/31"]),
        ..Scope::unknown(facts::internet())
    };
    let member = Members { known: vec![address("10.0.1.4")] };
    scope.groups.insert(group(&mut Unstructured::new(&[]))?, member);
    if u.ratio(1, 4)? {
        let open = OpenOperand { name: "service tag `VirtualNetwork`".into(), reason: "not known".into() };
        scope.virtual_network = set(&["168.63.129.16/32"]);
        scope.virtual_network_open = Some((open, scope.virtual_network.complement()));
    }
    if u.ratio(1, 6)? {
        scope.routed = set(&["20.0.0.0/8"]);
        scope.virtual_network = scope.virtual_network.union(&scope.routed);
        let beyond = scope.virtual_network.complement();
        scope.virtual_network_open =
            scope.virtual_network_open.map(|(open, extent)| (open, extent.intersection(&beyond)));
    }
    Ok(scope)
}

/// A region that a person would ask about, or everything.
pub fn question(u: &mut Unstructured<'_>) -> Result<FlowBox> {
    let mut asked = FlowBox::all();
    if u.ratio(1, 4)? {
        return Ok(asked);
    }
    asked.protocols = *u.choose(&[Protocol::Tcp.into(), ProtocolSet::ALL])?;
    asked.source = addresses(u)?;
    asked.destination = addresses(u)?;
    asked.destination_ports = u.choose(&PORTS)?.parse().expect("ports");
    Ok(asked)
}

fn addresses(u: &mut Unstructured<'_>) -> Result<AddressSet> {
    Ok(match u.int_in_range(0..=3)? {
        0 => AddressSet::all(),
        1 => TagCatalog::embedded().find(known_tag(u)?).expect("a tag").addresses(),
        _ => AddressSet::from(prefix(u.choose(&PREFIXES)?)),
    })
}

/// A tag that the program knows.
pub fn known_tag(u: &mut Unstructured<'_>) -> Result<&'static str> {
    u.choose(&KNOWN_TAGS).copied()
}

/// Ports as a rule states them.
pub fn ports(u: &mut Unstructured<'_>) -> Result<&'static str> {
    u.choose(&PORTS).copied()
}

/// Flows to try: of every pair of ends of one family some, with ports at and beside the borders.
pub fn flows(u: &mut Unstructured<'_>) -> Vec<Flow> {
    let mut seed = u.arbitrary::<u64>().unwrap_or(0) | 1;
    let mut pick = |count: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 33) as usize % count
    };
    let mut flows = Vec::new();
    for source in ADDRESSES.map(address) {
        for destination in ADDRESSES.map(address) {
            if source.is_ipv4() != destination.is_ipv4() || pick(8) > 0 {
                continue;
            }
            flows.push(Flow {
                protocol: [Protocol::Tcp, Protocol::Tcp, Protocol::Udp, Protocol::Icmp][pick(4)],
                source,
                source_port: FLOW_PORTS[pick(FLOW_PORTS.len())],
                destination,
                destination_port: FLOW_PORTS[pick(FLOW_PORTS.len())],
            });
        }
    }
    flows
}

/// One of the prefixes above, or any other.
pub fn prefix(text: &str) -> Prefix {
    text.parse().expect("a prefix")
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}
