//! Traffic with the platform, which ordinary rules never filter.

use std::net::IpAddr;

use crate::azure::platform::{PlatformService, Transport};
use crate::net::{FlowBox, Protocol};
use crate::nsg::RuleTable;

/// What judges one kind of traffic with the platform: only rules that name its tag.
#[derive(Debug, Clone)]
pub struct PlatformFilter {
    /// The traffic.
    pub service: &'static PlatformService,
    /// The rules that name its tag, table by table; a flow that none matches passes.
    pub tables: Vec<RuleTable>,
}

impl PlatformFilter {
    /// Whether a flow to `remote` is of this kind. Without a port it never is: other ports are no platform traffic.
    #[must_use]
    pub fn holds(&self, (address, port): (IpAddr, Option<u16>), asked: &FlowBox) -> bool {
        let transport = |protocol| match protocol {
            Protocol::Tcp => Some(Transport::Tcp),
            Protocol::Udp => Some(Transport::Udp),
            _ => None,
        };
        let carried = |protocol| transport(protocol).is_some_and(|t| self.service.transports.contains(&t));
        self.service.address.map(IpAddr::from) == Some(address)
            && port.is_some_and(|port| self.service.ports.contains(&port))
            && asked.protocols.iter().all(carried)
    }
}
