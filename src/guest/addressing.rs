//! How a guest comes by its addresses: what its configuration says, what DHCP gave it, and where its routes lead.

use std::net::Ipv4Addr;

use jiff::Timestamp;

use super::Read;
use crate::azure::platform::WIRE_SERVER;

/// How a guest comes by its addresses.
///
/// Several keepers may say something about one interface, and which of them is at work is not in their files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addressing {
    /// What configurations say of network cards, in the order of the documents. Loopback and virtual interfaces are left
    /// out.
    pub interfaces: Vec<Read<Interface>>,
    /// Folders and files that configurations include from outside of `/etc`, as they are written there. Hostile text.
    pub included: Vec<Read<String>>,
    /// What DHCP gave, in the order in which clients wrote it down.
    pub leases: Vec<Read<Lease>>,
    /// The routes in force; `None` where they were not looked at.
    pub routes: Option<Read<Vec<GuestRoute>>>,
}

/// What a configuration says of a network card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The interface, a pattern of names, or what the keeper calls its profile. Hostile text.
    pub name: String,
    /// Who keeps the configuration.
    pub keeper: Keeper,
    /// How the interface gets its IPv4 address.
    pub method: Method,
}

/// How an interface gets its IPv4 address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// By DHCP, perhaps with other addresses beside it.
    Dhcp,
    /// Addresses are written down, and DHCP is not asked.
    Static,
    /// Not at all.
    Off,
    /// The configuration says something that is not understood here: what, as one clause.
    Unclear(String),
}

words! {
    /// Who keeps the configuration of interfaces.
    Keeper {
        /// netplan, which writes for systemd-networkd or `NetworkManager`.
        Netplan = "netplan",
        /// systemd-networkd.
        Networkd = "systemd-networkd",
        /// ifupdown: `/etc/network/interfaces`.
        Ifupdown = "ifupdown",
        /// Files `ifcfg-*` of Red Hat and SUSE.
        Ifcfg = "ifcfg",
        /// `NetworkManager`.
        NetworkManager = "NetworkManager",
        /// The registry of Windows.
        Registry = "registry",
    }
}

/// What DHCP gave an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The interface, where the lease names it. Hostile text.
    pub interface: Option<String>,
    /// Until when it holds.
    pub ends: Ends,
    /// Option 245, the address of the wire server.
    pub option: FabricOption,
}

/// Until when a lease holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// For ever.
    Never,
    /// Until then.
    At(Timestamp),
    /// It does not say, or not in a way that is understood.
    Unknown,
}

/// Option 245 of a lease: the address of the wire server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FabricOption {
    /// The address.
    Address(Ipv4Addr),
    /// The lease has no such option, and this client writes down all that it is given.
    Absent,
    /// It is there and is no address.
    Unclear,
    /// This client does not write options down.
    Unrecorded,
}

/// A route of the guest in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestRoute {
    /// What it is for; `None` for everything.
    pub to: Option<Ipv4Addr>,
    /// Who put it there, as `ip route` says it: `dhcp`, `static`, `kernel`. Hostile text.
    pub by: Option<String>,
    /// Its interface. Hostile text.
    pub interface: Option<String>,
}

impl Addressing {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.interfaces.is_empty()
            && self.included.is_empty()
            && self.leases.is_empty()
            && self.routes.is_none()
    }

    /// Takes what a configuration says. Of two files of netplan that speak of one interface, the later holds.
    pub fn add(&mut self, interface: Read<Interface>) {
        let value = &interface.value;
        if value.keeper == Keeper::Netplan {
            let is_same = |other: &Read<Interface>| {
                other.value.keeper == Keeper::Netplan && other.value.name == value.name
            };
            self.interfaces.retain(|other| !is_same(other));
        }
        self.interfaces.push(interface);
    }

    /// What is included from outside of `/etc`, and of which nothing about a card was read.
    pub fn unread_inclusions(&self) -> impl Iterator<Item = &str> {
        let is_unread = |path: &&str| {
            let folder = path.trim_end_matches(['*', '/']);
            !self.interfaces.iter().any(|read| read.place.document.contains(folder))
        };
        self.included.iter().map(|read| read.value.as_str()).filter(is_unread)
    }

    /// The address of the wire server as the VM agent takes it from leases: the last that holds at `now` and states one.
    #[must_use]
    pub fn endpoint(&self, now: Timestamp) -> Option<Ipv4Addr> {
        let address = |lease: &Lease| match lease.option {
            FabricOption::Address(address) if lease.holds(now) == Some(true) => Some(address),
            _ => None,
        };
        self.leases.iter().rev().find_map(|lease| address(&lease.value))
    }

    /// Whether a route leads to the wire server alone: the VM agent then asks neither leases nor DHCP. `None` where the
    /// routes are not known.
    #[must_use]
    pub fn has_wire_server_route(&self) -> Option<bool> {
        let routes = &self.routes.as_ref()?.value;
        Some(routes.iter().any(|route| route.to == Some(WIRE_SERVER)))
    }

    /// The default route that DHCP put there: some card takes its address by DHCP at present.
    #[must_use]
    pub fn default_by_dhcp(&self) -> Option<&GuestRoute> {
        let mut routes = self.routes.iter().flat_map(|read| &read.value);
        routes.find(|route| route.to.is_none() && route.by.as_deref() == Some("dhcp"))
    }
}

impl Lease {
    /// Whether it still holds at a time; `None` where it does not say until when.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> Option<bool> {
        match self.ends {
            Ends::Never => Some(true),
            Ends::At(end) => Some(end > now),
            Ends::Unknown => None,
        }
    }
}

/// Whether an interface of this name is no card of the machine: loopback, bridges, tunnels, those of containers.
#[must_use]
pub fn is_virtual(name: &str) -> bool {
    const BEGINNINGS: [&str; 19] = [
        "br-",
        "cali",
        "cni",
        "docker",
        "dummy",
        "flannel",
        "ifb",
        "incus",
        "lxc",
        "lxd",
        "ovs",
        "podman",
        "tailscale",
        "tap",
        "tun",
        "ve-",
        "veth",
        "virbr",
        "vxlan",
    ];
    // A bridge, one of Proxmox, WireGuard.
    const NUMBERED: [&str; 3] = ["br", "vmbr", "wg"];
    let is_number = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    ["lo", "host0"].contains(&name)
        || BEGINNINGS.iter().any(|begin| name.starts_with(begin))
        || NUMBERED.iter().any(|begin| name.strip_prefix(begin).is_some_and(is_number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Place, Pointer};

    fn read<T>(value: T) -> Read<T> {
        Read { value, place: Place { document: "d".into(), pointer: Pointer::root() } }
    }

    fn lease(last: u8, ends: Ends) -> Read<Lease> {
        let option = FabricOption::Address(Ipv4Addr::new(168, 63, 129, last));
        read(Lease { interface: None, ends, option })
    }

    #[test]
    fn the_last_lease_that_holds_counts() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let leases = vec![
            lease(1, Ends::Never),
            lease(2, Ends::At(at(200))),
            lease(3, Ends::At(at(100))),
            lease(4, Ends::Unknown),
        ];
        let addressing = Addressing { leases, ..Addressing::default() };
        let last = |second| addressing.endpoint(at(second)).map(|address| address.octets()[3]);
        assert_eq!((last(50), last(150), last(250)), (Some(3), Some(2), Some(1)));
    }

    #[test]
    fn of_netplan_the_later_file_holds() {
        let says = |keeper, method| read(Interface { name: "eth0".to_owned(), keeper, method });
        let mut addressing = Addressing::default();
        addressing.add(says(Keeper::Netplan, Method::Static));
        addressing.add(says(Keeper::Ifupdown, Method::Static));
        addressing.add(says(Keeper::Netplan, Method::Dhcp));
        let methods: Vec<_> = addressing.interfaces.iter().map(|read| read.value.method.clone()).collect();
        assert_eq!(methods, [Method::Static, Method::Dhcp]);
    }

    #[test]
    fn a_route_to_the_wire_server_is_one_to_it_alone() {
        let mut addressing = Addressing::default();
        assert_eq!(addressing.has_wire_server_route(), None);
        let route = |to| GuestRoute { to, by: None, interface: None };
        addressing.routes = Some(read(vec![route(None)]));
        assert_eq!(addressing.has_wire_server_route(), Some(false));
        addressing.routes = Some(read(vec![route(None), route(Some(WIRE_SERVER))]));
        assert_eq!(addressing.has_wire_server_route(), Some(true));
    }

    #[test]
    fn what_is_no_card() {
        assert!(
            ["lo", "docker0", "virbr0", "veth1a", "br1", "wg12", "vmbr0"].iter().all(|name| is_virtual(name))
        );
        assert!(
            !["eth0", "ens3", "enP1s1", "en*", "e*", "local0", "broad0", "wg*"]
                .iter()
                .any(|name| is_virtual(name))
        );
    }
}
