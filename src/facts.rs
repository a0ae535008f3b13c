//! Everything the documents tell, each item known or missing with the reason.
//!
//! Reading a fact gives a [`Fact`]: a missing one leaves by `?`, so that nothing further on can mistake
//! "not in the input" for "not there".

mod adopted;
mod exit;
mod items;
mod links;
mod scope;
mod surroundings;
mod written;

pub use items::{Item, Items};
pub use links::InterfaceContext;
pub(crate) use links::primary;
pub use scope::internet;
pub use surroundings::Resolution;
pub use written::{Misstated, RuleText, UnplacedRule};

use std::collections::BTreeMap;
use std::fmt;

use crate::azure::{Cloud, ResourceId};
use crate::guest;
use crate::input::Place;
use crate::network::{
    ApplicationSecurityGroup, Firewall, LoadBalancer, NatGateway, NetworkInterface, PrivateEndpoint,
    PrivateZone, PublicAddress, ServiceEndpointPolicy, Subnet, VirtualNetwork,
};
use crate::nsg::{EffectiveRules, NetworkSecurityGroup, SecurityRule};
use crate::probe::{Observation, Target};
use crate::route::{EffectiveRoutes, RouteTable};
use crate::vault::{BackupPolicy, BackupStatus, Lock, ProtectedItem, StorageAccount, Vault};
use crate::vm::{Disk, KeyVault, VirtualMachine};

/// Something known, or why it is not.
pub type Fact<T> = Result<T, Missing>;

/// Why something is not known, and what would tell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// What is not known, as a noun phrase: ``network interface `nic1` ``.
    pub what: String,
    /// What would tell.
    pub lookup: Option<Lookup>,
}

impl Missing {
    /// Missing without a command that would help.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), lookup: None }
    }

    /// The same, with the command that would tell.
    #[must_use]
    pub fn with_lookup(self, command: &'static str, id: &ResourceId) -> Self {
        // A made-up id of a document without ids is nothing az could look up.
        let lookup = id.is_path().then(|| Lookup { command, id: id.clone() });
        Self { lookup, ..self }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not in the input", self.what)
    }
}

/// A command of `az` that prints what is missing: `az COMMAND --ids ID`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lookup {
    /// The words after `az`, as in `network nic show`.
    pub command: &'static str,
    /// The resource to ask about. Hostile text: whoever writes the command quotes it.
    pub id: ResourceId,
}

/// A document that held nothing we know, and was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrecognised {
    /// The document.
    pub place: Place,
    /// What was found instead.
    pub reason: String,
}

/// Everything known.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The cloud, where a document tells.
    pub cloud: Option<Cloud>,
    /// Virtual machines.
    pub vms: Items<VirtualMachine>,
    /// Managed disks.
    pub disks: Items<Disk>,
    /// Key vaults.
    pub key_vaults: Items<KeyVault>,
    /// Network interfaces.
    pub interfaces: Items<NetworkInterface>,
    /// Virtual networks.
    pub networks: Items<VirtualNetwork>,
    /// Subnets.
    pub subnets: Items<Subnet>,
    /// Network security groups.
    pub security_groups: Items<NetworkSecurityGroup>,
    /// Application security groups.
    pub application_groups: Items<ApplicationSecurityGroup>,
    /// Route tables.
    pub route_tables: Items<RouteTable>,
    /// Public addresses.
    pub public_addresses: Items<PublicAddress>,
    /// NAT gateways.
    pub nat_gateways: Items<NatGateway>,
    /// Load balancers.
    pub load_balancers: Items<LoadBalancer>,
    /// Service-endpoint policies.
    pub endpoint_policies: Items<ServiceEndpointPolicy>,
    /// Private endpoints.
    pub private_endpoints: Items<PrivateEndpoint>,
    /// Private DNS zones.
    pub private_zones: Items<PrivateZone>,
    /// Azure Firewalls and firewall policies.
    pub firewalls: Items<Firewall>,
    /// Storage accounts.
    pub storage_accounts: Items<StorageAccount>,
    /// Recovery Services vaults.
    pub vaults: Items<Vault>,
    /// Backup policies.
    pub policies: Items<BackupPolicy>,
    /// Protected items.
    pub protected_items: Items<ProtectedItem>,
    /// Management locks.
    pub locks: Items<Lock>,
    /// Whether a list of locks was supplied: only then does an absent lock mean that there is none.
    pub locks_listed: bool,
    /// Answers of `backupStatus`.
    pub backup_statuses: Vec<BackupStatus>,
    /// Security admin rules in force, with the network they are for where the document tells.
    pub admin_rules: Vec<AdminRules>,
    /// What the platform reports to be in force on interfaces.
    pub effective_rules: Vec<EffectiveRules>,
    /// The routes the platform reports to be in force on interfaces.
    pub effective_routes: Vec<EffectiveRoutes>,
    /// What was probed and what came of it, in the order of the documents.
    pub observations: Vec<Observed>,
    /// What else answers about probes say of the settings in use.
    pub probe_notes: Vec<ProbeNote>,
    /// What the guest is told about proxies.
    pub proxy_settings: guest::Settings,
    /// What else the inside of a VM tells. There is one machine in a run.
    pub guest: guest::Machine,
    /// What rules of groups say beyond what decides, by where they were read; only where rules are read as written.
    pub rule_texts: BTreeMap<Place, RuleText>,
    /// Rules without a place in the order of their group; only where rules are read as written.
    pub unplaced_rules: Vec<UnplacedRule>,
    /// Documents passed over.
    pub unrecognised: Vec<Unrecognised>,
}

/// A target and what came of probing it.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// What was probed.
    pub target: Target,
    /// What came of it.
    pub observation: Observation,
    /// Where it was read.
    pub place: Place,
}

/// What an answer about probes says beside its results: a side condition of the settings that decide who goes which way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeNote {
    /// One clause without full stop, as it was read.
    pub text: String,
    /// Where it was read.
    pub place: Place,
}

/// Security admin rules in force on a virtual network.
#[derive(Debug, Clone)]
pub struct AdminRules {
    /// The network, where the document tells.
    pub network: Option<ResourceId>,
    /// The rules.
    pub rules: Vec<SecurityRule>,
    /// Where they were read.
    pub place: Place,
}
