//! What a workload must be able to reach, and when.

use std::net::{IpAddr, Ipv4Addr};

use super::situation::{Applies, Situation};
use super::template::is_of;
use super::{AlternativeKind, Condition, Grounds, Profile, Purpose, Severity, Source, Workload};
use crate::azure::{Cloud, Region};
use crate::net::Protocol;
use crate::probe::{Consumer, Expectation};

include!(concat!(env!("OUT_DIR"), "/requirements_vm.rs"));
include!(concat!(env!("OUT_DIR"), "/requirements_sql.rs"));
include!(concat!(env!("OUT_DIR"), "/requirements_hana.rs"));
include!(concat!(env!("OUT_DIR"), "/requirements_mars.rs"));

/// One thing that a workload must be able to reach, under one condition.
///
/// A row of `data/requirements/`. Ids are unique within a workload and profile.
#[derive(Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Its id, kebab-case.
    pub id: &'static str,
    /// What it is, as a heading.
    pub title: &'static str,
    /// Why it is needed, or what speaks against it: one lower-case sentence without full stop.
    pub reason: &'static str,
    /// What it serves.
    pub purpose: Purpose,
    /// How much it weighs when unmet.
    pub severity: Severity,
    /// How well it is founded.
    pub grounds: Grounds,
    /// Whether its sources contradict one another. Never a blocker then; all sides are among the sources.
    pub disputed: bool,
    /// When it applies.
    pub when: Condition,
    /// What exempts from it.
    pub unless: &'static [Condition],
    /// The far end.
    pub endpoint: Endpoint,
    /// Every one of these ports is needed.
    pub ports: &'static [u16],
    /// The protocol.
    pub protocol: Protocol,
    /// How it is probed.
    pub probing: Probing,
    /// Other ways of meeting it.
    pub alternatives: &'static [Alternative],
    /// Where this was read.
    pub sources: &'static [Source],
}

impl Requirement {
    /// Whether it applies to a VM in this situation.
    ///
    /// An exemption counts only where it is known to hold: a policy that was not given exempts from nothing.
    #[must_use]
    pub fn applies(&self, situation: &Situation) -> Applies {
        if self.unless.iter().any(|condition| situation.answers(*condition) == Applies::Yes) {
            return Applies::No;
        }
        situation.answers(self.when)
    }

    /// Whether a host name, in lower case, is one of its own in `cloud`.
    #[must_use]
    pub fn has_host(&self, name: &str, cloud: Cloud) -> bool {
        self.endpoint.hosts(cloud).iter().any(|pattern| is_of(pattern, name))
    }

    /// The other way of this kind of meeting it.
    #[must_use]
    pub fn alternative(&self, kind: AlternativeKind) -> Option<&'static Alternative> {
        self.alternatives.iter().find(|alternative| alternative.kind == kind)
    }
}

/// The far end of a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// A fixed address of the platform.
    Address(Ipv4Addr),
    /// A public service.
    Service {
        /// Its service tag; `None` where it has none.
        tag: Option<EndpointTag>,
        /// Its host names.
        hosts: Hosts,
    },
}

impl Endpoint {
    /// The name of its service tag, regional where the tag may be and `region` is given: `Storage.koreacentral`.
    #[must_use]
    pub fn tag_name(&self, region: Option<&Region>) -> Option<String> {
        match self {
            Self::Service { tag: Some(tag), .. } => Some(tag.name(region)),
            Self::Service { tag: None, .. } | Self::Address(_) => None,
        }
    }

    /// Its fixed address.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(IpAddr::V4(*address)),
            Self::Service { .. } => None,
        }
    }

    /// Its host names in `cloud`; empty for an address, and for a cloud of which no name is known.
    #[must_use]
    pub fn hosts(&self, cloud: Cloud) -> &'static [&'static str] {
        match self {
            Self::Service { hosts, .. } => hosts.of(cloud),
            Self::Address(_) => &[],
        }
    }
}

/// How a requirement is probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probing {
    /// Who uses the connection: never empty.
    pub consumers: &'static [Consumer],
    /// Which answer proves it, one for each of the ports.
    pub answers: &'static [Expectation],
    /// Where to knock: hosts that are documented or publicly known. `{account}` stands for the name of a storage
    /// account, `{geo}` for the code of the vault's region, and `*` for what only the user can name. Empty for an address.
    pub hosts: Hosts,
    /// Whether the hosts are put together after those of one region: that one does not exist proves nothing.
    pub inferred: bool,
}

/// The service tag of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointTag {
    /// Its name without region, as in `Storage`.
    pub base: &'static str,
    /// Whether the tag with a region may stand for it. `AzureBackup` may not: it is documented as not regional.
    pub regional: bool,
}

impl EndpointTag {
    /// The name to use in `region`: with the region's name where the tag may be regional, else bare.
    #[must_use]
    pub fn name(&self, region: Option<&Region>) -> String {
        match region {
            Some(region) if self.regional => format!("{}.{}", self.base, region.name()),
            _ => self.base.to_owned(),
        }
    }
}

/// Host names or patterns of a service by cloud. A label `*` stands for any label or labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hosts {
    /// In the public cloud.
    pub public: &'static [&'static str],
    /// In Azure Government.
    pub us_government: &'static [&'static str],
    /// In the cloud in China.
    pub china: &'static [&'static str],
}

impl Hosts {
    /// The names in `cloud`; empty where none is known.
    #[must_use]
    pub fn of(&self, cloud: Cloud) -> &'static [&'static str] {
        match cloud {
            Cloud::Public => self.public,
            Cloud::UsGovernment => self.us_government,
            Cloud::China => self.china,
            Cloud::Germany => &[],
        }
    }

    /// The names of every cloud.
    pub fn all(&self) -> impl Iterator<Item = &'static str> {
        [self.public, self.us_government, self.china].into_iter().flatten().copied()
    }
}

/// Another way of meeting a requirement than a path to its public addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alternative {
    /// What kind of way.
    pub kind: AlternativeKind,
    /// The service of a service endpoint, the FQDN tag of a firewall, the scheme of a proxy.
    pub name: &'static str,
    /// The private DNS zones of a private endpoint; a label `*` stands for the geo code of the vault's region.
    pub zones: Hosts,
    /// Where this was read.
    pub sources: &'static [Source],
}

/// What `workload` must reach, in the order of its table.
#[must_use]
pub fn requirements(workload: Workload, profile: Profile) -> &'static [Requirement] {
    match (workload, profile) {
        (Workload::Vm, Profile::Current) => VM_CURRENT,
        (Workload::Vm, Profile::Y2018) => VM_2018,
        (Workload::Sql, Profile::Current) => SQL_CURRENT,
        (Workload::Sql, Profile::Y2018) => SQL_2018,
        (Workload::Hana, Profile::Current) => HANA_CURRENT,
        (Workload::Hana, Profile::Y2018) => HANA_2018,
        (Workload::Mars, Profile::Current) => MARS_CURRENT,
        (Workload::Mars, Profile::Y2018) => MARS_2018,
    }
}
