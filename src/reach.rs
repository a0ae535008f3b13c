//! Everything in the way of an interface's packets, in the order in which they meet it.
//!
//! ```text
//! outbound:  VM → security admin rules → group on the interface → group on the subnet → route → way out
//! inbound:   … → security admin rules → group on the subnet → group on the interface → VM
//! ```
//! Security admin rules come first (Deny stops, `AlwaysAllow` skips the groups, Allow goes on); then every group
//! there is must allow. Some traffic with the platform meets none of this and is judged by its own rules.

mod platform;
mod way;

pub use platform::PlatformFilter;
pub use way::{Way, WayStep};

use std::net::IpAddr;

use crate::net::{AddressSet, FlowBox};
use crate::nsg::{self, Access, Classes, Decision, Direction, OpenOperand, Piece, RuleTable, Verification};
use crate::route::Routing;

/// What stands around one interface, or around one group judged on its own.
#[derive(Debug, Clone)]
pub struct Reach {
    /// What the configuration says is in the way; `None` where only the platform's own answer was supplied.
    pub configured: Option<Filters>,
    /// What the platform says is in force; `None` where that was not supplied.
    pub effective: Option<Filters>,
    /// Which of the two holds where both are there.
    pub prefer: Option<Prefer>,
    /// What judges traffic with the platform.
    pub platform: Vec<PlatformFilter>,
    /// What becomes of packets from outside that no group judges.
    pub unguarded: Unguarded,
    /// The routes; `None` where they are not known.
    pub routing: Option<Routing>,
    /// How packets for the internet leave.
    pub egress: Egress,
    /// The interface's own private addresses, as far as known.
    pub addresses: AddressSet,
    /// Addresses that are certainly in the virtual network.
    pub virtual_network: AddressSet,
}

/// The rule lists in the way, in the order in which a packet meets them.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    /// To the VM.
    pub inbound: Vec<RuleTable>,
    /// From the VM.
    pub outbound: Vec<RuleTable>,
}

impl Filters {
    /// The lists of one direction.
    #[must_use]
    pub fn of(&self, direction: Direction) -> &[RuleTable] {
        match direction {
            Direction::Inbound => &self.inbound,
            Direction::Outbound => &self.outbound,
        }
    }
}

/// Which source to believe where the platform's answer and the configuration disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Prefer {
    /// What the platform says is in force.
    Effective,
    /// What the configuration says.
    Configured,
}

/// What becomes of packets from outside the network where there is no group at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unguarded {
    /// They pass: nothing closes the interface.
    Open,
    /// They are dropped: a standard public address or load balancer is closed until a group opens it.
    Closed,
    /// Not known.
    Unknown(OpenOperand),
}

/// How packets leave for the internet where the route says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Egress {
    /// By an explicit method, such as ``NAT gateway `nat1` ``.
    Explicit(String),
    /// By the address that Azure lends where it is stated that it does.
    Default(String),
    /// Not at all: a private subnet without an explicit method.
    None(String),
    /// Not known.
    Unknown(OpenOperand),
}

impl Reach {
    /// The lists that count: the preferred ones, or the only ones there are; both where they may disagree.
    #[must_use]
    pub fn filters(&self) -> Vec<&Filters> {
        match (&self.configured, &self.effective, self.prefer) {
            (Some(configured), Some(_), Some(Prefer::Configured)) => vec![configured],
            (Some(_), Some(effective), Some(Prefer::Effective)) => vec![effective],
            (configured, effective, _) => effective.iter().chain(configured).collect(),
        }
    }

    /// What becomes of every flow of a region at the rule lists of one direction.
    ///
    /// Where configuration and platform disagree and neither is preferred, the flows concerned are open.
    #[must_use]
    pub fn verify(&self, direction: Direction, asked: &FlowBox) -> Judged<'_> {
        self.judge(direction, asked).verify(asked)
    }

    /// The rule lists of one direction, made ready for many questions about parts of `hull`.
    #[must_use]
    pub fn judge(&self, direction: Direction, hull: &FlowBox) -> Judge<'_> {
        let filters = self.filters();
        let lists: Vec<&[RuleTable]> = filters.iter().map(|filters| filters.of(direction)).collect();
        let unguarded = lists.iter().all(|tables| tables.is_empty());
        let lists = if unguarded { Vec::new() } else { lists };
        let classes = lists.iter().map(|tables| Classes::within(tables, hull)).collect();
        Judge { reach: self, direction, tables: lists.first().copied().unwrap_or_default(), classes }
    }

    /// The answer where there is no group: everything passes, but for what comes from outside.
    fn unguarded(&self, direction: Direction, asked: &FlowBox) -> Verification {
        let everything = nsg::verify(&[], asked);
        let (Direction::Inbound, false) = (direction, self.unguarded == Unguarded::Open) else {
            return everything;
        };
        let inside = FlowBox { source: self.virtual_network.clone(), ..FlowBox::all() };
        let mut pieces = Vec::new();
        for piece in everything.pieces {
            pieces.extend(piece.flows.intersection(&inside).map(|flows| Piece { flows, ..piece.clone() }));
            let outside = piece.flows.difference(&inside).into_iter();
            pieces.extend(outside.map(|flows| self.outside(flows)));
        }
        Verification { asked: asked.clone(), pieces }
    }

    fn outside(&self, flows: FlowBox) -> Piece {
        let (access, because) = match &self.unguarded {
            Unguarded::Open => (Some(Access::Allow), Vec::new()),
            Unguarded::Closed => (Some(Access::Deny), Vec::new()),
            Unguarded::Unknown(open) => (None, vec![open.clone()]),
        };
        Piece { flows, access, decisions: vec![Decision { access, trail: Vec::new() }], because }
    }

    /// The filter for traffic with the platform that this flow belongs to, if it does.
    #[must_use]
    pub fn platform_filter(
        &self,
        direction: Direction,
        remote: (IpAddr, Option<u16>),
        asked: &FlowBox,
    ) -> Option<&PlatformFilter> {
        (direction == Direction::Outbound)
            .then(|| self.platform.iter().find(|f| f.holds(remote, asked)))
            .flatten()
    }
}

/// The rule lists of one direction, ready for questions.
#[derive(Debug)]
pub struct Judge<'r> {
    reach: &'r Reach,
    direction: Direction,
    /// The lists that answers speak of.
    tables: &'r [RuleTable],
    /// The lists that count; none where nothing is in the way.
    classes: Vec<Classes<'r>>,
}

impl<'r> Judge<'r> {
    /// What becomes of every flow of a region; see [`Reach::verify`].
    #[must_use]
    pub fn verify(&self, asked: &FlowBox) -> Judged<'r> {
        let Some((first, others)) = self.classes.split_first() else {
            return Judged { tables: &[], verification: self.reach.unguarded(self.direction, asked) };
        };
        let mut verification = first.verify(asked);
        for other in others {
            verification.pieces = disagreements(&verification, &other.verify(asked));
        }
        Judged { tables: self.tables, verification }
    }
}

/// An answer about rule lists, and the lists it speaks of.
#[derive(Debug, Clone)]
pub struct Judged<'r> {
    /// The lists that the decisions of the answer point into.
    pub tables: &'r [RuleTable],
    /// The answer.
    pub verification: Verification,
}

/// Refines the platform's answer by the configuration's: where they differ, the access is open.
fn disagreements(one: &Verification, other: &Verification) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for piece in &one.pieces {
        for theirs in &other.pieces {
            let Some(flows) = piece.flows.intersection(&theirs.flows) else { continue };
            // What the other source leaves open is no disagreement.
            if piece.access == theirs.access || theirs.access.is_none() {
                pieces.push(Piece { flows, ..piece.clone() });
                continue;
            }
            let mut because = piece.because.clone();
            because.push(OpenOperand {
                name: "the rules in force".into(),
                reason: "the effective rules and the configuration disagree here".into(),
            });
            pieces.push(Piece { flows, access: None, decisions: piece.decisions.clone(), because });
        }
    }
    pieces
}
