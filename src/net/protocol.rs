//! IP protocols, as far as a security rule can tell them apart.

use std::fmt;

/// The protocol of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP.
    Icmp,
    /// The encapsulating security payload of `IPsec`.
    Esp,
    /// The authentication header of `IPsec`.
    Ah,
    /// Any protocol that no rule can name and only `*` matches.
    Other,
}

impl Protocol {
    /// Every protocol, the ones people mean first.
    pub const ALL: [Self; 6] = [Self::Tcp, Self::Udp, Self::Icmp, Self::Esp, Self::Ah, Self::Other];

    /// The word Azure's rules use; `Other` has none and shows as `*`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "Tcp",
            Self::Udp => "Udp",
            Self::Icmp => "Icmp",
            Self::Esp => "Esp",
            Self::Ah => "Ah",
            Self::Other => "*",
        }
    }

    /// Whether a flow of this protocol has ports.
    #[must_use]
    pub const fn has_ports(self) -> bool {
        matches!(self, Self::Tcp | Self::Udp)
    }

    /// The protocol of that name in any case; `None` for `*` and for what no rule can name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let named = Self::ALL.into_iter().filter(|protocol| *protocol != Self::Other);
        named.into_iter().find(|protocol| protocol.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A set of protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtocolSet(u8);

impl ProtocolSet {
    /// No protocol.
    pub const EMPTY: Self = Self(0);
    /// Every protocol: what `*` means.
    pub const ALL: Self = Self((1 << Protocol::ALL.len()) - 1);

    /// One protocol.
    #[must_use]
    pub const fn one(protocol: Protocol) -> Self {
        Self(1 << protocol as u8)
    }

    /// Whether `protocol` is in it.
    #[must_use]
    pub const fn contains(self, protocol: Protocol) -> bool {
        self.0 & Self::one(protocol).0 != 0
    }

    /// Whether no protocol is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The protocols in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The protocols in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The protocols in this and not in `other`.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether every protocol of `other` is in it.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The protocols in it, the ones people mean first.
    pub fn iter(self) -> impl Iterator<Item = Protocol> {
        Protocol::ALL.into_iter().filter(move |protocol| self.contains(*protocol))
    }
}

impl From<Protocol> for ProtocolSet {
    fn from(protocol: Protocol) -> Self {
        Self::one(protocol)
    }
}

impl fmt::Display for ProtocolSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.pad("*");
        }
        let names: Vec<&str> = self.iter().map(Protocol::name).collect();
        f.pad(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_in_any_case_and_star_is_no_name() {
        assert_eq!(Protocol::from_name("TCP"), Some(Protocol::Tcp));
        assert_eq!(Protocol::from_name("ah"), Some(Protocol::Ah));
        assert_eq!(Protocol::from_name("*"), None);
        assert_eq!(ProtocolSet::ALL.to_string(), "*");
        assert_eq!(ProtocolSet::ALL.difference(Protocol::Tcp.into()).iter().count(), 5);
    }
}
