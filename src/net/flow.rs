//! One five-tuple.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::protocol::Protocol;

/// A five-tuple: what a first-match rule list decides about.
///
/// The ports of a protocol without ports are numbers like others here: Azure does not document how a rule
/// with ports treats such a flow, so whoever asks about one asks for every port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// The protocol.
    pub protocol: Protocol,
    /// Who sends.
    pub source: IpAddr,
    /// The sender's port.
    pub source_port: u16,
    /// Who receives.
    pub destination: IpAddr,
    /// The receiver's port.
    pub destination_port: u16,
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.protocol.has_ports() {
            return write!(f, "{} {} → {}", self.protocol, self.source, self.destination);
        }
        let destination = SocketAddr::new(self.destination, self.destination_port);
        write!(f, "{} {} → {destination}", self.protocol, self.source)
    }
}
