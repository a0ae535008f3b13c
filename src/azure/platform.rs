//! Fixed addresses of the platform, what ordinary rules never filter, what the tag `Internet` leaves out, the names of
//! Azure's services and the roots of their certificates.
//!
//! Generated from `data/platform.toml`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

include!(concat!(env!("OUT_DIR"), "/platform.rs"));

/// Port of the wire server proper.
pub const WIRE_SERVER_PORT: u16 = 80;
/// Port of the agent's relay on the wire server (`HostGAPlugin`).
pub const HOST_PLUGIN_PORT: u16 = 32526;
/// Port of name resolution on the wire server.
pub const DNS_PORT: u16 = 53;

/// Where a fact of `data/` was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// Its short name in `data/sources.toml`.
    pub key: &'static str,
    /// The address of the page or repository.
    pub address: &'static str,
    /// The date of the version that was read, as closely as it is known: `2026-01-28`, `2025-11`, `about 2019-2021`.
    pub date: &'static str,
    /// The document inside a repository.
    pub document: Option<&'static str>,
    /// What else to know of it, such as that the year is approximate.
    pub note: Option<&'static str>,
}

/// One line: the address, the document in it, the date.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.document {
            Some(document) => write!(f, "{} {document} ({})", self.address, self.date),
            None => write!(f, "{} ({})", self.address, self.date),
        }
    }
}

/// A block of addresses in CIDR form, without host bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block {
    /// Its first address.
    pub address: IpAddr,
    /// Its prefix length.
    pub length: u8,
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

/// A transport of platform traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// Traffic between a VM and the platform that ordinary security rules never filter, whatever addresses they name.
///
/// ```
/// use azpreflight::azure::platform::{self, Transport};
/// let dns = platform::service(platform::WIRE_SERVER, Transport::Udp, 53).unwrap();
/// assert_eq!(dns.tag, Some("AzurePlatformDNS"));
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct PlatformService {
    /// Its id, kebab-case.
    pub id: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Its address; `None` where it is known by its tag alone.
    pub address: Option<Ipv4Addr>,
    /// Its ports; empty where it is known by its tag alone.
    pub ports: &'static [u16],
    /// Its transports.
    pub transports: &'static [Transport],
    /// The tag by which a rule can stop it after all; `None` where no rule can.
    pub tag: Option<&'static str>,
    /// Where this was read.
    pub sources: &'static [Source],
}

/// What the tag `Internet` leaves out of the IPv4 space, as recorded from Azure's own answers. The list changes with time.
#[derive(Debug, PartialEq, Eq)]
pub struct InternetComplement {
    /// The date of the recorded answer.
    pub date: &'static str,
    /// Special ranges, the same in every answer since 2017.
    pub special: &'static [Block],
    /// Public blocks that the answer of [`date`](Self::date) leaves out.
    pub withheld: &'static [Block],
    /// Where this was read.
    pub sources: &'static [Source],
}

/// The domains under which Azure's own services live, in all clouds, as far as backup speaks with them.
#[derive(Debug, PartialEq, Eq)]
pub struct ServiceDomains {
    /// Each in lower case; it stands for itself and for every name below it.
    pub names: &'static [&'static str],
    /// Where this was read.
    pub sources: &'static [Source],
}

/// A root that certificates of Azure's services lead to, by Microsoft's pages.
#[derive(Debug, PartialEq, Eq)]
pub struct DocumentedRoot {
    /// Its common name.
    pub name: &'static str,
    /// The SHA-1 of its certificate, as the pages give it: 40 lower-case hexadecimal digits.
    pub sha1: &'static str,
    /// The certificate, in PEM, where the public trust anchors that programs carry no longer have it.
    pub certificate: Option<&'static str>,
    /// Where this was read.
    pub sources: &'static [Source],
}

/// Every service of the platform that ordinary rules never filter.
#[must_use]
pub fn services() -> &'static [PlatformService] {
    SERVICES
}

/// The platform service at this address, transport and port; `None` where ordinary rules decide.
#[must_use]
pub fn service(address: Ipv4Addr, transport: Transport, port: u16) -> Option<&'static PlatformService> {
    SERVICES.iter().find(|service| {
        service.address == Some(address)
            && service.transports.contains(&transport)
            && service.ports.contains(&port)
    })
}

/// The service that rules can stop by naming `tag` (`AzurePlatformDNS`, `AzurePlatformIMDS`, `AzurePlatformLKM`), in any case.
#[must_use]
pub fn service_of_tag(tag: &str) -> Option<&'static PlatformService> {
    SERVICES.iter().find(|service| service.tag.is_some_and(|known| known.eq_ignore_ascii_case(tag)))
}

/// The addresses behind the tag `AzureLoadBalancer`: the senders of health probes.
#[must_use]
pub fn load_balancer() -> &'static [Block] {
    LOAD_BALANCER
}

/// What Azure drops of its own accord: blocks whose system route leads nowhere, unless something else routes them.
#[must_use]
pub fn dropped() -> &'static [Block] {
    DROPPED
}

/// What the tag `Internet` leaves out.
#[must_use]
pub fn internet_complement() -> &'static InternetComplement {
    &INTERNET
}

/// The domains under which Azure's own services live.
#[must_use]
pub fn service_domains() -> &'static ServiceDomains {
    &SERVICE_DOMAINS
}

/// Whether a host name, in any case, is one of Azure's own services: it has public addresses unless a private endpoint
/// stands before it, and a certificate that leads to a public root.
///
/// ```
/// use azpreflight::azure::platform::is_service_host;
/// assert!(is_service_host("account.blob.core.windows.net") && is_service_host("login.microsoftonline.com"));
/// assert!(!is_service_host("blob.core.windows.net.example") && !is_service_host("notwindows.net"));
/// ```
#[must_use]
pub fn is_service_host(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    SERVICE_DOMAINS.names.iter().any(|domain| {
        let Some((above, tail)) =
            name.len().checked_sub(domain.len()).and_then(|at| name.split_at_checked(at))
        else {
            return false;
        };
        tail.eq_ignore_ascii_case(domain) && (above.is_empty() || above.ends_with('.'))
    })
}

/// The roots that certificates of Azure's services lead to, the most common first.
#[must_use]
pub fn documented_roots() -> &'static [DocumentedRoot] {
    DOCUMENTED_ROOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_channel_is_known_by_both_ports_and_by_no_tag() {
        for port in [WIRE_SERVER_PORT, HOST_PLUGIN_PORT] {
            let service = service(WIRE_SERVER, Transport::Tcp, port).unwrap();
            assert_eq!((service.id, service.tag), ("agent-channel", None));
        }
        assert_eq!(service(WIRE_SERVER, Transport::Tcp, 443), None);
        assert_eq!(service(METADATA_SERVICE, Transport::Tcp, 80).unwrap().tag, Some("AzurePlatformIMDS"));
    }

    #[test]
    fn tags_are_found_in_any_case() {
        assert_eq!(service_of_tag("azureplatformlkm").unwrap().id, "kms");
        assert_eq!(service_of_tag("AzurePlatform"), None);
    }

    #[test]
    fn the_internet_leaves_out_the_recorded_blocks() {
        let complement = internet_complement();
        assert_eq!((complement.special.len(), complement.withheld.len()), (10, 51));
        assert_eq!(complement.withheld[0].to_string(), "4.128.0.0/12");
        assert_eq!(load_balancer()[1].to_string(), "fe80::1234:5678:9abc/128");
    }

    #[test]
    fn services_are_known_by_whole_labels() {
        for name in ["windows.net", "X.Blob.Core.Windows.NET.", "pod01-rec2.kor.backup.windowsazure.com"] {
            assert!(is_service_host(name), "{name}");
        }
        for name in
            ["", ".", "net", "xwindows.net", "windows.net.example", "www.microsoft.com", "ünicode.net"]
        {
            assert!(!is_service_host(name), "{name}");
        }
    }

    #[test]
    fn the_roots_of_backups_own_page_are_all_known() {
        let of_the_page: Vec<_> = documented_roots()
            .iter()
            .filter(|root| root.sources.iter().any(|source| source.key == "TLS"))
            .map(|root| root.name)
            .collect();
        assert_eq!(of_the_page.len(), 6, "{of_the_page:?}");
        assert!(documented_roots().iter().all(|root| root.sha1.len() == 40));
    }
}
