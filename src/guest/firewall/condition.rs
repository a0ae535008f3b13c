//! What a rule asks of a packet, and the three answers.

use super::packet::Packet;
use crate::net::RangeSet;

/// Something a rule asks of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// That a field has one of these values.
    Among(Field, RangeSet<u32>),
    /// That the packet comes in, or goes out, through an interface of one of these names; a name that ends in `*` stands
    /// for all that begin so.
    Interface {
        /// Which of the two.
        side: Side,
        /// The names.
        names: Vec<String>,
        /// Whether it must be none of them.
        negated: bool,
    },
    /// That all conditions of at least one of these lists hold.
    Any(Vec<Vec<Self>>),
    /// Something that is not known here.
    Unknown,
}

/// A field of a packet, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// 4 or 6.
    Family,
    /// The source address.
    Source,
    /// The destination address.
    Destination,
    /// The protocol's number.
    Protocol,
    /// The source port.
    SourcePort,
    /// The destination port.
    DestinationPort,
    /// The user id of the program that sent it.
    User,
    /// The group id of the program that sent it.
    Group,
    /// The state of its connection, one of [`states`].
    State,
    /// The flags of TCP, of these bits.
    Flags(u8),
    /// The mark, of these bits.
    Mark(u32),
    /// What kind of address the source is to this machine, by the numbers of routing (`RTN_LOCAL` is 2).
    SourceKind,
    /// The same of the destination.
    DestinationKind,
}

/// The states of a connection.
pub mod states {
    /// Its packet fits nowhere.
    pub const INVALID: u32 = 0;
    /// The first packet.
    pub const NEW: u32 = 1;
    /// Both sides were heard.
    pub const ESTABLISHED: u32 = 2;
    /// It belongs to another connection.
    pub const RELATED: u32 = 3;
    /// It is not followed.
    pub const UNTRACKED: u32 = 4;
}

/// Which interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The one it came in through.
    In,
    /// The one it goes out through.
    Out,
}

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holds {
    No,
    Maybe,
    Yes,
}

impl Condition {
    /// That a field has this value.
    #[must_use]
    pub fn is(field: Field, value: u32) -> Self {
        Self::Among(field, RangeSet::from_ranges([(value, value)]))
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Among(field, values) => Self::Among(field, values.complement()),
            Self::Interface { side, names, negated } => Self::Interface { side, names, negated: !negated },
            Self::Any(_) | Self::Unknown => Self::Unknown,
        }
    }

    pub(super) fn holds(&self, packet: &Packet) -> Holds {
        match self {
            Self::Among(field, values) => packet.field(*field).map_or(Holds::Maybe, |possible| {
                if values.covers(&possible) {
                    Holds::Yes
                } else if values.overlaps(&possible) {
                    Holds::Maybe
                } else {
                    Holds::No
                }
            }),
            Self::Interface { side, names, negated } => {
                let found = names.iter().map(|name| packet.interface(*side, name)).max();
                let found = found.unwrap_or(Holds::No);
                if *negated { found.opposite() } else { found }
            }
            Self::Any(lists) => {
                lists.iter().map(|conditions| all(conditions, packet)).max().unwrap_or(Holds::No)
            }
            Self::Unknown => Holds::Maybe,
        }
    }
}

/// Whether all of these hold.
pub(super) fn all(conditions: &[Condition], packet: &Packet) -> Holds {
    conditions.iter().map(|condition| condition.holds(packet)).min().unwrap_or(Holds::Yes)
}

impl Holds {
    const fn opposite(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}
