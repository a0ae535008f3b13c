//! Security rules and groups as documents state them.

use std::fmt;
use std::sync::Arc;

use crate::azure::{Region, ResourceId};
use crate::input::{Place, Pointer};
use crate::net::{PortSet, Prefix, ProtocolSet};

/// A network security group (NSG).
#[derive(Debug, Clone)]
pub struct NetworkSecurityGroup {
    /// Its id.
    pub id: ResourceId,
    /// Where it is.
    pub region: Option<Region>,
    /// Its own rules, without the defaults, in the document's order.
    pub rules: Vec<SecurityRule>,
    /// Subnets it says it is on; `None` where the input does not say.
    pub subnets: Option<Vec<ResourceId>>,
    /// Interfaces it says it is on; `None` where the input does not say.
    pub interfaces: Option<Vec<ResourceId>>,
    /// Where it was read.
    pub place: Place,
}

/// One security rule.
#[derive(Debug, Clone)]
pub struct SecurityRule {
    /// Its bare name, as in `AllowInternetOutBound`.
    pub name: String,
    /// Its place in the order.
    pub priority: Priority,
    /// Which way the flows go, seen from the interface.
    pub direction: Direction,
    /// What it does.
    pub access: Access,
    /// The protocols; `None` where the document does not state them.
    pub protocols: Option<ProtocolSet>,
    /// Who sends.
    pub source: RuleSide,
    /// Who receives.
    pub destination: RuleSide,
    /// Who made it.
    pub origin: RuleOrigin,
    /// Where it was read.
    pub place: Place,
}

/// One side of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleSide {
    /// The addresses, any of them; `None` where the document does not state them, which is not `*`.
    pub addresses: Option<Vec<AddressTerm>>,
    /// The ports; `None` where the document does not state them, which is not `*`.
    pub ports: Option<PortSet>,
    /// The ports as written, entry by entry: `80-443` is one entry.
    pub ports_text: Vec<String>,
}

impl RuleSide {
    /// Every address and every port.
    #[must_use]
    pub fn any() -> Self {
        Self {
            addresses: Some(vec![AddressTerm::Any]),
            ports: Some(PortSet::all()),
            ports_text: vec!["*".into()],
        }
    }

    /// These addresses, on every port.
    #[must_use]
    pub fn of(term: AddressTerm) -> Self {
        Self { addresses: Some(vec![term]), ..Self::any() }
    }
}

/// One entry of the addresses of a rule's side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressTerm {
    /// `*`: every address of both families.
    Any,
    /// A block of addresses.
    Prefix(Prefix),
    /// A name that is no prefix: a service tag or a contextual tag, as written.
    Tag(String),
    /// An application security group.
    Group(ResourceId),
    /// A tag that Azure itself expanded, in an answer about effective rules.
    Expanded {
        /// The tag, as written.
        tag: String,
        /// What Azure said it holds.
        prefixes: Vec<Prefix>,
    },
}

impl fmt::Display for AddressTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.pad("*"),
            Self::Prefix(prefix) => prefix.fmt(f),
            Self::Tag(tag) | Self::Expanded { tag, .. } => f.pad(tag),
            Self::Group(id) => f.pad(id.name()),
        }
    }
}

/// A rule's place in the order: a smaller number is considered earlier.
///
/// Azure takes 100 to 4096 for custom rules (FACTS: network-security-groups-overview); a document may hold
/// others, and those are kept, so that they can be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(pub u32);

impl Priority {
    /// The first priority a custom rule may have.
    pub const FIRST: Self = Self(100);
    /// The last priority a custom rule may have.
    pub const LAST: Self = Self(4096);

    /// Whether Azure takes this priority for a custom rule.
    #[must_use]
    pub fn is_custom(self) -> bool {
        (Self::FIRST..=Self::LAST).contains(&self)
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which way a flow goes, seen from the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// To the VM.
    Inbound,
    /// From the VM.
    Outbound,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Inbound => "Inbound",
            Self::Outbound => "Outbound",
        })
    }
}

/// What a rule does with a flow it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Let it pass.
    Allow,
    /// Drop it.
    Deny,
    /// Deliver it without asking any group: security admin rules only.
    AlwaysAllow,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
            Self::AlwaysAllow => "AlwaysAllow",
        })
    }
}

/// Who made a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleOrigin {
    /// One of the six that every group has.
    Default,
    /// The customer.
    Custom,
    /// Virtual Network Manager: considered before any group.
    Admin,
}

/// What the platform reports to be in force on one interface.
#[derive(Debug, Clone)]
pub struct EffectiveRules {
    /// The interface they are for, where the document tells.
    pub interface: Option<ResourceId>,
    /// The groups that act on it.
    pub groups: Vec<EffectiveGroup>,
    /// Where they were read.
    pub place: Place,
}

/// One group acting on an interface, its rules with tags expanded and defaults included.
#[derive(Debug, Clone)]
pub struct EffectiveGroup {
    /// The group.
    pub id: Option<ResourceId>,
    /// Where it is attached.
    pub associated_to: AssociatedTo,
    /// The attached interface or subnet, where named.
    pub association: Option<ResourceId>,
    /// Its rules, defaults included.
    pub rules: Vec<SecurityRule>,
}

/// Where a rule list is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssociatedTo {
    /// On the interface.
    NetworkInterface,
    /// On the subnet.
    Subnet,
    /// On the whole virtual network: security admin rules.
    VirtualNetwork,
}

impl AssociatedTo {
    /// The word of the JSON answers: `networkInterface`, `subnet`, `virtualNetwork`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NetworkInterface => "networkInterface",
            Self::Subnet => "subnet",
            Self::VirtualNetwork => "virtualNetwork",
        }
    }
}

/// The six rules that every group has, which no document can change.
///
/// Source: network-security-groups-overview on learn.microsoft.com, 2023-03-15; the values never vary in
/// recorded answers.
#[must_use]
pub fn default_rules() -> Vec<SecurityRule> {
    let tag = |name: &str| RuleSide::of(AddressTerm::Tag(name.into()));
    let (vnet, probe, internet) = (tag("VirtualNetwork"), tag("AzureLoadBalancer"), tag("Internet"));
    let (inbound, outbound) = (Direction::Inbound, Direction::Outbound);
    vec![
        default_rule("AllowVnetInBound", (65000, inbound, Access::Allow), vnet.clone(), vnet.clone()),
        default_rule(
            "AllowAzureLoadBalancerInBound",
            (65001, inbound, Access::Allow),
            probe,
            RuleSide::any(),
        ),
        default_rule("DenyAllInBound", (65500, inbound, Access::Deny), RuleSide::any(), RuleSide::any()),
        default_rule("AllowVnetOutBound", (65000, outbound, Access::Allow), vnet.clone(), vnet),
        default_rule("AllowInternetOutBound", (65001, outbound, Access::Allow), RuleSide::any(), internet),
        default_rule("DenyAllOutBound", (65500, outbound, Access::Deny), RuleSide::any(), RuleSide::any()),
    ]
}

fn default_rule(
    name: &str,
    (priority, direction, access): (u32, Direction, Access),
    source: RuleSide,
    destination: RuleSide,
) -> SecurityRule {
    SecurityRule {
        name: name.into(),
        priority: Priority(priority),
        direction,
        access,
        protocols: Some(ProtocolSet::ALL),
        source,
        destination,
        origin: RuleOrigin::Default,
        place: Place { document: Arc::from("default security rules"), pointer: Pointer::root() },
    }
}
