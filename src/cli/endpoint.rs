//! Addresses with ports, protocols and directions, as people type them.

use std::net::IpAddr;
use std::str::FromStr;

use crate::net::{PortSet, Protocol, ProtocolSet};
use crate::nsg::Direction;

/// `IP[:PORT|:*]`, an IPv6 address in brackets where a port follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// The address.
    pub(super) address: IpAddr,
    /// The port; `None` is any.
    pub(super) port: Option<u16>,
}

impl Endpoint {
    /// The ports meant.
    pub(super) fn ports(&self) -> PortSet {
        self.port.map_or_else(PortSet::all, PortSet::one)
    }
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse =
            || "expected an address and a port: 10.0.0.4:443, 10.0.0.4:*, [2001:db8::4]:443".to_owned();
        let (address, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, after) = rest.split_once(']').ok_or_else(refuse)?;
                (
                    address,
                    if after.is_empty() { None } else { Some(after.strip_prefix(':').ok_or_else(refuse)?) },
                )
            }
            None if text.parse::<IpAddr>().is_ok() => (text, None),
            None => text.split_once(':').map(|(address, port)| (address, Some(port))).ok_or_else(refuse)?,
        };
        let port = match port {
            None | Some("*") => None,
            Some(number) => Some(number.parse().map_err(|_| refuse())?),
        };
        Ok(Self { address: address.parse().map_err(|_| refuse())?, port })
    }
}

/// `inbound` or `outbound`, in any case.
pub(super) fn direction(text: &str) -> Result<Direction, String> {
    match text.to_ascii_lowercase().as_str() {
        "inbound" => Ok(Direction::Inbound),
        "outbound" => Ok(Direction::Outbound),
        _ => Err("expected inbound or outbound".into()),
    }
}

/// A protocol that a rule can name, or `any`.
pub(super) fn protocols(text: &str) -> Result<ProtocolSet, String> {
    if text == "*" || text.eq_ignore_ascii_case("any") {
        return Ok(ProtocolSet::ALL);
    }
    let named = Protocol::from_name(text).map(ProtocolSet::one);
    named.ok_or_else(|| "expected tcp, udp, icmp, esp, ah or any".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_of_both_families() {
        let read = |text: &str| text.parse::<Endpoint>().map(|e| (e.address.to_string(), e.port));
        assert_eq!(read("10.0.0.4:443"), Ok(("10.0.0.4".into(), Some(443))));
        assert_eq!(read("10.0.0.4:*"), Ok(("10.0.0.4".into(), None)));
        assert_eq!(read("10.0.0.4"), Ok(("10.0.0.4".into(), None)));
        assert_eq!(read("[2001:db8::4]:443"), Ok(("2001:db8::4".into(), Some(443))));
        assert_eq!(read("2001:db8::4"), Ok(("2001:db8::4".into(), None)));
        for text in
            ["", "10.0.0.4:", "10.0.0.4:65536", "[::1", "[::1]443", "10.0.0.0/24:80", "*:80", "host:80"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn words_in_any_case() {
        assert_eq!(direction("OutBound"), Ok(Direction::Outbound));
        assert_eq!(protocols("Any"), Ok(ProtocolSet::ALL));
        assert_eq!(protocols("TCP"), Ok(Protocol::Tcp.into()));
        assert!(direction("out").is_err() && protocols("http").is_err());
    }
}
