//! What this host is configured to resolve with.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use hickory_resolver::system_conf::read_system_conf;

use super::hosts::Hosts;
use crate::azure::platform::{DNS_PORT, WIRE_SERVER};
use crate::probe::Limits;

/// How many name servers are asked: as many as the C library asks (`MAXNS`).
const SERVERS: usize = 3;
/// How many search domains are tried: as many as the C library once took (`MAXDNSRCH`).
const DOMAINS: usize = 6;

/// Who is asked, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Configuration {
    /// The name servers, in order.
    pub(super) servers: Vec<SocketAddr>,
    /// The domains that are tried behind a name.
    pub(super) search: Vec<String>,
    /// How many dots a name must have to be tried as it is first.
    pub(super) dots: usize,
    /// Whether EDNS is spoken, so that longer answers fit into UDP.
    pub(super) edns: bool,
    /// The hosts file.
    pub(super) hosts: Hosts,
    /// The platform's name server, whose answer is compared; `None` where it is asked anyway, or must not be.
    pub(super) platform: Option<SocketAddr>,
    /// Whether the operating system is asked for its opinion.
    pub(super) asks_system: bool,
    /// What was wrong with the configuration.
    pub(super) trouble: Option<String>,
}

impl Configuration {
    /// What the limits say, or else what the host is configured with.
    pub(super) fn new(limits: &Limits) -> Self {
        limits.dns.map_or_else(Self::of_this_host, Self::alone)
    }

    /// One server, and nothing besides it.
    pub(super) fn alone(server: SocketAddr) -> Self {
        Self {
            servers: vec![server],
            search: Vec::new(),
            dots: 1,
            edns: false,
            hosts: Hosts::default(),
            platform: None,
            asks_system: false,
            trouble: None,
        }
    }

    fn of_this_host() -> Self {
        let platform = SocketAddr::new(WIRE_SERVER.into(), DNS_PORT);
        let rest = Self {
            hosts: Hosts::of_this_host(),
            platform: Some(platform),
            asks_system: true,
            // Where nothing is configured, C libraries ask this machine.
            ..Self::alone(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DNS_PORT))
        };
        let (found, options) = match read_system_conf() {
            Ok(read) => read,
            Err(error) => {
                let error = error.to_string();
                let trouble = format!("no name server is configured ({})", error.escape_debug());
                return Self { trouble: Some(trouble), ..rest };
            }
        };
        let mut servers: Vec<SocketAddr> = Vec::new();
        for server in found.name_servers().iter().map(|server| SocketAddr::new(server.ip, DNS_PORT)) {
            if !servers.contains(&server) && servers.len() < SERVERS {
                servers.push(server);
            }
        }
        let trouble = servers.is_empty().then(|| "no name server is configured".to_owned());
        let domains = found.search().iter().chain(found.domain().filter(|_| found.search().is_empty()));
        let domains = domains.map(|domain| domain.to_ascii().trim_matches('.').to_ascii_lowercase());
        Self {
            search: domains.filter(|domain| !domain.is_empty()).take(DOMAINS).collect(),
            dots: options.ndots,
            edns: options.edns0,
            platform: rest.platform.filter(|platform| !servers.contains(platform)),
            servers: if servers.is_empty() { rest.servers.clone() } else { servers },
            trouble,
            ..rest
        }
    }

    /// The names that are asked for in turn, as the C library does: with enough dots as it is first, else with the search
    /// domains first.
    pub(super) fn candidates(&self, name: &str) -> Vec<String> {
        let with_domains = self.search.iter().map(|domain| format!("{name}.{domain}"));
        let mut names: Vec<String> = with_domains.filter(|name| name.len() <= 253).collect();
        let as_it_is = if name.matches('.').count() >= self.dots { 0 } else { names.len() };
        names.insert(as_it_is, name.to_owned());
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_decide_what_is_tried_first() {
        let alone = Configuration::alone("127.0.0.1:53".parse().unwrap());
        let searching =
            Configuration { search: vec!["a.example".into(), "b.example".into()], ..alone.clone() };
        assert_eq!(alone.candidates("vault"), ["vault"]);
        assert_eq!(searching.candidates("vault"), ["vault.a.example", "vault.b.example", "vault"]);
        assert_eq!(searching.candidates("x.y"), ["x.y", "x.y.a.example", "x.y.b.example"]);
        let strict = Configuration { dots: 2, ..searching };
        assert_eq!(strict.candidates("x.y")[2], "x.y");
    }
}
