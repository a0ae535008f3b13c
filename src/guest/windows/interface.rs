//! Network interfaces of a Windows machine, as TCP/IP keeps them.

use std::net::Ipv4Addr;

/// An interface.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interface {
    /// Its identifier in braces. From the document: whoever shows it escapes.
    pub name: String,
    /// Whether it takes its address by DHCP; `None` where nothing is said.
    pub dhcp: Option<InterfaceDhcp>,
    /// Addresses written down for it.
    pub addresses: Vec<Ipv4Addr>,
}

/// Whether an interface takes its address by DHCP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InterfaceDhcp {
    /// It does not.
    Off,
    /// It does.
    On {
        /// The address that it has, where it has one.
        address: Option<Ipv4Addr>,
        /// The server that gave it.
        server: Option<Ipv4Addr>,
        /// The addresses in option 245, where the address of the host comes; `None` where the options were not there to
        /// read, empty where the option is not among them.
        host: Option<Vec<Ipv4Addr>>,
    },
}

impl Interface {
    /// Whether it has an address at all: Windows keeps interfaces that are long gone.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        match &self.dhcp {
            Some(InterfaceDhcp::On { address, .. }) => address.is_some(),
            Some(InterfaceDhcp::Off) | None => !self.addresses.is_empty(),
        }
    }
}
