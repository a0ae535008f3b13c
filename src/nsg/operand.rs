//! What one side of a rule may hold, as far as that is known.

use crate::azure::ResourceId;
use crate::net::{AddressSet, PortSet, ProtocolSet};

/// A name or field that could not be turned into a set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenOperand {
    /// What is open, as in ``service tag `AzureStorage` ``.
    pub name: String,
    /// Why it is.
    pub reason: String,
}

/// What something open stands for. Two of equal meaning hold the same, whatever that is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// A service tag or contextual tag, in lower case.
    Tag(String),
    /// An application security group.
    Group(ResourceId),
    /// What a document leaves out: every rule's own.
    Unstated,
}

/// The addresses of one side of a rule.
///
/// The true set lies between `known` and `known` with every `open` extent added. The two contextual tags are
/// kept apart, because they hang together: an address is in one exactly when it is not in the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operand {
    /// Addresses that certainly belong to it.
    pub known: AddressSet,
    /// Further addresses that may, each with what is open about them.
    pub open: Vec<(OpenOperand, AddressSet)>,
    /// Whether `VirtualNetwork` is part of it while its meaning is not wholly known.
    pub virtual_network: bool,
    /// Whether `Internet` is part of it while the meaning of `VirtualNetwork` is not wholly known.
    pub internet: bool,
}

impl Operand {
    /// Nothing but these addresses.
    #[must_use]
    pub const fn known(known: AddressSet) -> Self {
        Self { known, open: Vec::new(), virtual_network: false, internet: false }
    }

    /// Anything at all, for this reason.
    #[must_use]
    pub fn unknown(open: OpenOperand) -> Self {
        Self { open: vec![(open, AddressSet::all())], ..Self::known(AddressSet::empty()) }
    }

    /// Whether part of it is not known.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.open.is_empty() || self.virtual_network || self.internet
    }

    /// The largest set it can be.
    #[must_use]
    pub fn upper(&self) -> AddressSet {
        if self.virtual_network || self.internet {
            return AddressSet::all();
        }
        self.open.iter().fold(self.known.clone(), |set, (_, extent)| set.union(extent))
    }
}

/// A field of a rule that is either stated or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stated<T> {
    /// The document states it.
    Known(T),
    /// The document leaves it out: it may be anything.
    Open(OpenOperand),
}

impl Stated<PortSet> {
    /// The ports at one extreme: everything when `most`, nothing otherwise, unless stated.
    #[must_use]
    pub fn bound(&self, most: bool) -> PortSet {
        match self {
            Self::Known(ports) => ports.clone(),
            Self::Open(_) if most => PortSet::all(),
            Self::Open(_) => PortSet::empty(),
        }
    }
}

impl Stated<ProtocolSet> {
    /// The protocols at one extreme: everything when `most`, nothing otherwise, unless stated.
    #[must_use]
    pub fn bound(&self, most: bool) -> ProtocolSet {
        match self {
            Self::Known(protocols) => *protocols,
            Self::Open(_) if most => ProtocolSet::ALL,
            Self::Open(_) => ProtocolSet::EMPTY,
        }
    }
}

impl<T> Stated<T> {
    /// What is open about it.
    #[must_use]
    pub const fn open(&self) -> Option<&OpenOperand> {
        match self {
            Self::Known(_) => None,
            Self::Open(open) => Some(open),
        }
    }
}
