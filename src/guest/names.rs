//! How a guest turns names into addresses: what it pins itself, and whom it asks for the rest.

use std::net::{IpAddr, Ipv4Addr};

use super::Read;
use crate::azure::platform::WIRE_SERVER;

/// The addresses at which systemd-resolved itself answers, to ask others.
const STUBS: [Ipv4Addr; 2] = [Ipv4Addr::new(127, 0, 0, 53), Ipv4Addr::new(127, 0, 0, 54)];

/// What a guest knows of names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// Hosts files, in the order of the documents.
    pub hosts: Vec<Read<Vec<Pinned>>>,
    /// Who is asked, by every file that says so.
    pub resolvers: Vec<Read<Resolver>>,
}

/// A line of a hosts file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// The address.
    pub address: IpAddr,
    /// The names that have it, in lower case. From the document: whoever shows them escapes.
    pub names: Vec<String>,
    /// The line, counted from 1.
    pub line: usize,
}

impl Pinned {
    /// Whether nobody is there but this machine, if anyone.
    #[must_use]
    pub fn is_nowhere(&self) -> bool {
        self.address.is_loopback() || self.address.is_unspecified()
    }
}

/// The name servers that one file, or one interface of Windows, names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolver {
    /// Which file.
    pub kind: ResolverKind,
    /// The name servers, in order.
    pub servers: Vec<IpAddr>,
    /// Whether it names others that are not understood.
    pub more: bool,
}

impl Resolver {
    /// Whether it names the platform's name server and no other.
    #[must_use]
    pub fn is_platform(&self) -> bool {
        self.servers.iter().all(|server| *server == WIRE_SERVER) && !self.servers.is_empty() && !self.more
    }
}

/// Files that name name servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResolverKind {
    /// `/etc/resolv.conf`: what programs read.
    Programs,
    /// `resolved.conf`: what systemd-resolved is told besides what comes by DHCP.
    Configured,
    /// `/run/systemd/resolve/resolv.conf`: whom systemd-resolved asks now.
    Running,
    /// The registry of Windows: of one interface, or of all. All that are named are asked.
    Registry,
}

/// Whom a guest asks for names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked<'n> {
    /// These, by that file.
    Servers(&'n Read<Resolver>),
    /// Nobody, by that file.
    Nobody(&'n Read<Resolver>),
    /// Those that a program of this machine asks in its turn, which is not known: what it listens at, by that file.
    Through(&'n Read<Resolver>, IpAddr),
}

impl Names {
    /// Whom programs ask in the end; `None` where no file says.
    #[must_use]
    pub fn asked(&self) -> Option<Asked<'_>> {
        let of = |kind| self.resolvers.iter().rev().find(|read| read.value.kind == kind);
        let Some(by_programs) = of(ResolverKind::Programs) else { return self.asked_by_windows() };
        let servers = &by_programs.value.servers;
        if servers.is_empty() {
            return Some(if by_programs.value.more {
                Asked::Servers(by_programs)
            } else {
                Asked::Nobody(by_programs)
            });
        }
        if let Some(other) = servers.iter().find(|server| server.is_loopback() && !is_stub(**server)) {
            return Some(Asked::Through(by_programs, *other));
        }
        let Some(stub) = servers.iter().find(|server| is_stub(**server)) else {
            return Some(Asked::Servers(by_programs));
        };
        let named = |read: &&Read<Resolver>| !read.value.servers.is_empty() || read.value.more;
        let behind = of(ResolverKind::Running).or_else(|| of(ResolverKind::Configured).filter(named));
        Some(match behind {
            Some(read) if named(&read) => Asked::Servers(read),
            Some(read) => Asked::Nobody(read),
            None => Asked::Through(by_programs, *stub),
        })
    }

    /// The same of Windows, whose interfaces each have name servers: those that are not only the platform's, if there are any.
    fn asked_by_windows(&self) -> Option<Asked<'_>> {
        let all = || self.resolvers.iter().filter(|read| read.value.kind == ResolverKind::Registry);
        let named = || all().filter(|read| !read.value.servers.is_empty() || read.value.more);
        let is_own = |read: &&Read<Resolver>| !read.value.is_platform();
        let asked = named().find(is_own).or_else(|| named().next()).map(Asked::Servers);
        asked.or_else(|| all().next().map(Asked::Nobody))
    }
}

fn is_stub(server: IpAddr) -> bool {
    STUBS.iter().any(|stub| IpAddr::V4(*stub) == server)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Place, Pointer};

    fn file(kind: ResolverKind, servers: &[&str]) -> Read<Resolver> {
        let servers = servers.iter().map(|server| server.parse().unwrap()).collect();
        let place = Place { document: "x".into(), pointer: Pointer::root() };
        Read { value: Resolver { kind, servers, more: false }, place }
    }

    #[test]
    fn behind_the_stub_are_those_that_it_asks() {
        let programs = |servers: &[&str]| file(ResolverKind::Programs, servers);
        let names = |resolvers: Vec<Read<Resolver>>| Names { resolvers, ..Names::default() };
        assert_eq!(names(vec![]).asked(), None);
        assert!(matches!(names(vec![programs(&[])]).asked(), Some(Asked::Nobody(_))));
        assert!(matches!(names(vec![programs(&["168.63.129.16"])]).asked(), Some(Asked::Servers(_))));
        assert!(matches!(names(vec![programs(&["127.0.0.1"])]).asked(), Some(Asked::Through(..))));
        let stub = programs(&["127.0.0.53"]);
        assert!(matches!(names(vec![stub.clone()]).asked(), Some(Asked::Through(..))));
        let running = file(ResolverKind::Running, &["10.0.0.4"]);
        let both = names(vec![running.clone(), stub.clone()]);
        assert_eq!(both.asked(), Some(Asked::Servers(&running)));
        let empty = names(vec![stub.clone(), file(ResolverKind::Running, &[])]);
        assert!(matches!(empty.asked(), Some(Asked::Nobody(_))));
        let silent = names(vec![stub, file(ResolverKind::Configured, &[])]);
        assert!(matches!(silent.asked(), Some(Asked::Through(..))), "by DHCP then");
    }

    #[test]
    fn windows_asks_the_servers_of_all_interfaces() {
        let registry = |servers: &[&str]| file(ResolverKind::Registry, servers);
        let names = |resolvers: Vec<Read<Resolver>>| Names { resolvers, ..Names::default() };
        let platform = registry(&["168.63.129.16"]);
        let alone = names(vec![registry(&[]), platform.clone()]);
        assert_eq!(alone.asked(), Some(Asked::Servers(&platform)));
        let own = registry(&["168.63.129.16", "10.0.0.4"]);
        let both = names(vec![platform, own.clone()]);
        assert_eq!(both.asked(), Some(Asked::Servers(&own)));
        assert!(matches!(names(vec![registry(&[])]).asked(), Some(Asked::Nobody(_))));
    }
}
