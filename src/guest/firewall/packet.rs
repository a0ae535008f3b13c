//! The packets that the agent exchanges with its host: what is known of each.

use std::net::Ipv4Addr;

use super::condition::{Field, Holds, Side, states};
use crate::net::RangeSet;

/// A connection that a program of the VM tries to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt {
    /// The address at the other end, which is none of the VM's own.
    pub address: Ipv4Addr,
    /// The TCP port there.
    pub port: u16,
    /// Who tries.
    pub sender: Sender,
}

/// Whose program it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sender {
    /// That of root, as the VM agent's is.
    Root,
    /// That of the user of this number.
    User(u32),
    /// That of anyone but root.
    Another,
    /// That of anyone.
    Anyone,
}

/// Numbers of the kernel.
const TCP: u32 = 6;
const RTN_UNICAST: u32 = 1;
const RTN_LOCAL: u32 = 2;
/// The kernel picks no port below those of privileged programs.
const LEAST_OWN_PORT: u32 = 1024;
const ACK: u32 = 0x10;
const SYN: u32 = 0x02;

/// One packet on its way, as far as it is known.
#[derive(Debug, Clone)]
pub(super) struct Packet {
    attempt: Attempt,
    step: Step,
    /// Whether nothing has changed its mark.
    pub(super) unmarked: bool,
    /// Whether its connection is followed.
    pub(super) tracked: bool,
    /// Whether its connection was looked up, at the station it has come to; `None` where that is not known.
    pub(super) looked_up: Option<bool>,
}

/// What a packet is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// It asks for a connection.
    Ask,
    /// It grants it.
    Grant,
    /// It takes and uses it.
    Use,
    /// It answers on it.
    Answer,
}

impl Packet {
    /// What a connection cannot do without, in order.
    pub(super) fn all(attempt: Attempt) -> [Self; 4] {
        [Step::Ask, Step::Grant, Step::Use, Step::Answer].map(|step| Self {
            attempt,
            step,
            unmarked: true,
            tracked: true,
            looked_up: Some(true),
        })
    }

    /// Whether it asks for the connection.
    pub(super) const fn asks(&self) -> bool {
        matches!(self.step, Step::Ask)
    }

    /// Whether it leaves the VM.
    pub(super) const fn leaves(&self) -> bool {
        matches!(self.step, Step::Ask | Step::Use)
    }

    /// The values that a field can have; `None` where it may have none at all, or any.
    pub(super) fn field(&self, field: Field) -> Option<RangeSet<u32>> {
        let near = || {
            let far = one(u32::from(self.attempt.address));
            let own = RangeSet::from_ranges([
                (0x7f00_0000, 0x7fff_ffff),
                (0, 0x00ff_ffff),
                (0xe000_0000, u32::MAX),
            ]);
            far.union(&own).complement()
        };
        let address = |far: bool| if far { one(u32::from(self.attempt.address)) } else { near() };
        let port = |far: bool| {
            if far {
                one(u32::from(self.attempt.port))
            } else {
                RangeSet::from_ranges([(LEAST_OWN_PORT, 65535)])
            }
        };
        let kind = |far: bool| one(if far { RTN_UNICAST } else { RTN_LOCAL });
        match field {
            Field::Family => Some(one(4)),
            Field::Source => Some(address(!self.leaves())),
            Field::Destination => Some(address(self.leaves())),
            Field::Protocol => Some(one(TCP)),
            Field::SourcePort => Some(port(!self.leaves())),
            Field::DestinationPort => Some(port(self.leaves())),
            Field::SourceKind => Some(kind(!self.leaves())),
            Field::DestinationKind => Some(kind(self.leaves())),
            Field::User => self.user(),
            Field::Group => None,
            Field::State => self.state().map(one),
            // Flags of congestion may be set or not.
            Field::Flags(mask) if mask & 0xc0 != 0 => None,
            Field::Flags(mask) => self.flags().map(|flags| one(flags & u32::from(mask))).or_else(|| {
                // Data may be pushed or not; nothing else differs.
                let push = 0x08;
                (u32::from(mask) & push == 0).then(|| one(ACK & u32::from(mask)))
            }),
            Field::Mark(mask) => (self.unmarked || mask == 0).then(|| one(0)),
        }
    }

    /// Whether the interface on that side has such a name.
    pub(super) fn interface(&self, side: Side, name: &str) -> Holds {
        if name.is_empty() || name == "*" {
            return Holds::Yes;
        }
        let passed = match side {
            Side::In => !self.leaves(),
            Side::Out => self.leaves(),
        };
        // The host is not reached through the loopback.
        if passed && name != "lo" { Holds::Maybe } else { Holds::No }
    }

    fn user(&self) -> Option<RangeSet<u32>> {
        if !self.leaves() {
            return None;
        }
        match self.attempt.sender {
            Sender::Root => Some(one(0)),
            Sender::User(number) => Some(one(number)),
            Sender::Another => Some(RangeSet::from_ranges([(1, u32::MAX)])),
            Sender::Anyone => Some(RangeSet::all()),
        }
    }

    /// The state of its connection. Before that is looked up, every packet counts as one that fits nowhere.
    fn state(&self) -> Option<u32> {
        match (self.looked_up?, self.tracked) {
            (_, false) => None,
            (false, true) => Some(states::INVALID),
            (true, true) => Some(if self.asks() { states::NEW } else { states::ESTABLISHED }),
        }
    }

    fn flags(&self) -> Option<u32> {
        match self.step {
            Step::Ask => Some(SYN),
            Step::Grant => Some(SYN | ACK),
            Step::Use | Step::Answer => None,
        }
    }
}

fn one(value: u32) -> RangeSet<u32> {
    RangeSet::from_ranges([(value, value)])
}
