//! What the contextual tags mean at one place in a network.

use std::collections::BTreeMap;

use super::operand::OpenOperand;
use crate::azure::ResourceId;
use crate::net::AddressSet;

/// The meaning of `VirtualNetwork` and `Internet` for one subnet, and of application security groups.
///
/// Source of the definitions: network-security-groups-overview (2023-03-15) and service-tags-overview
/// (2025-07-15) on learn.microsoft.com; the figures of [`internet`](Self::internet) from recorded answers.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Addresses that `VirtualNetwork` certainly holds.
    pub virtual_network: AddressSet,
    /// Addresses that it may hold besides, and why that is not known; `None` where it is known exactly.
    pub virtual_network_open: Option<(OpenOperand, AddressSet)>,
    /// Addresses that it holds because a user route names them.
    ///
    /// Whether `Internet` still holds these too is not documented, so a rule on `Internet` is open over them.
    pub routed: AddressSet,
    /// Every address that `Internet` can hold: public space as Azure expands the tag.
    pub internet: AddressSet,
    /// Members of application security groups, as far as known.
    pub groups: BTreeMap<ResourceId, Members>,
    /// Addresses whose interfaces are in the input, so that their membership is known.
    pub described: AddressSet,
}

/// Addresses in an application security group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Members {
    /// Addresses of interfaces in the input that are in it.
    pub known: Vec<std::net::IpAddr>,
}

impl Scope {
    /// A place of which nothing is known but that it is in some virtual network.
    #[must_use]
    pub fn unknown(internet: AddressSet) -> Self {
        let open = OpenOperand {
            name: "service tag `VirtualNetwork`".into(),
            reason: "the virtual network is not in the input".into(),
        };
        Self {
            virtual_network: AddressSet::empty(),
            virtual_network_open: Some((open, AddressSet::all())),
            routed: AddressSet::empty(),
            internet,
            groups: BTreeMap::new(),
            described: AddressSet::empty(),
        }
    }
}
