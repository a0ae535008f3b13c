//! One block of addresses in CIDR form.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use thiserror::Error;

/// An address prefix in canonical form: no bit is set past its length.
///
/// ```
/// use azpreflight::net::Prefix;
/// let prefix: Prefix = "10.1.2.3/24".parse()?;
/// assert_eq!(prefix.to_string(), "10.1.2.0/24");
/// assert_eq!("10.1.2.3".parse::<Prefix>()?.length(), 32);
/// # Ok::<(), azpreflight::net::PrefixError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix(IpNet);

impl Prefix {
    /// The prefix of `length` bits that holds `address`; bits past the length are cleared.
    #[inline]
    pub fn new(address: IpAddr, length: u8) -> Result<Self, PrefixError> {
        IpNet::new(address, length)
            .map(|net| Self(net.trunc()))
            .map_err(|_| PrefixError { text: format!("{address}/{length}") })
    }

    /// The prefix that holds `address` and nothing else.
    #[must_use]
    pub fn host(address: IpAddr) -> Self {
        Self(IpNet::from(address))
    }

    /// The first address, which is the one a prefix is written with.
    #[must_use]
    pub fn first(&self) -> IpAddr {
        self.0.network()
    }

    /// The last address.
    #[must_use]
    pub fn last(&self) -> IpAddr {
        self.0.broadcast()
    }

    /// How many leading bits are fixed.
    #[must_use]
    pub fn length(&self) -> u8 {
        self.0.prefix_len()
    }

    /// Whether this is a block of IPv4 addresses.
    #[must_use]
    pub fn is_ipv4(&self) -> bool {
        self.0.addr().is_ipv4()
    }

    /// Whether `address` lies in this block; never across families.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }

    /// Whether every address of `other` lies in this block.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.0.contains(&other.0)
    }

    /// Whether the two blocks share an address.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.covers(other) || other.covers(self)
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    /// Reads `address/length` or a bare address; host bits are cleared, as the portal does.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let net = text.parse::<IpNet>().map(|net| net.trunc());
        net.or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
            .map(Self)
            .map_err(|_| PrefixError { text: text.to_owned() })
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A text that is no address prefix.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not an address prefix")]
pub struct PrefixError {
    /// What was read.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    #[test]
    fn clears_host_bits_and_reads_bare_addresses() {
        assert_eq!(prefix("138.91.141.162/24").to_string(), "138.91.141.0/24");
        assert_eq!(prefix("2404:f801::1").length(), 128);
        assert_eq!(prefix("0.0.0.0/0").last().to_string(), "255.255.255.255");
    }

    #[test]
    fn refuses_what_is_no_prefix() {
        for text in ["", "789", "10.0.0.0/33", "Internet", "10.0.0.0-10.0.0.9", " 10.0.0.0/8", "<nw>/0"] {
            assert_eq!(text.parse::<Prefix>(), Err(PrefixError { text: text.to_owned() }));
        }
    }

    #[test]
    fn covers_and_overlaps_stay_within_a_family() {
        assert!(prefix("10.0.0.0/8").covers(&prefix("10.1.0.0/16")));
        assert!(!prefix("10.1.0.0/16").covers(&prefix("10.0.0.0/8")));
        assert!(prefix("10.1.0.0/16").overlaps(&prefix("10.0.0.0/8")));
        assert!(!prefix("0.0.0.0/0").overlaps(&prefix("::/0")));
    }
}
