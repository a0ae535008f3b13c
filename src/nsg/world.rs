//! The ways in which open operands could turn out.
//!
//! First match is monotone: shrink every Allow and grow every Deny, and the allowed set can only shrink. So for
//! operands that have nothing to do with each other the two extremes bound every case between them.
//! The Allow of an admin rule stands in between: it is milder than a Deny behind it and harsher than an
//! `AlwaysAllow`, so both extremes of those are tried with both of the others.
//! A list without its default rules has no answer for a flow that misses every rule; whether one does is tried with all
//! of its rules as small as can be.
//! `VirtualNetwork` and `Internet` do have to do with each other: a public address is in exactly one. The near end
//! of a flow is an interface, and every interface stands in its virtual network; for the far end there are two
//! ways in which it can lie, and both are looked at.

use super::operand::Operand;
use super::resolve::{Context, ResolvedRule, RuleTable};
use super::rule::{Access, Direction, RuleOrigin};
use crate::net::{AddressSet, Flow, FlowBox};

/// One way in which everything open could turn out, for one flow at a time.
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own, and all combine")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct World {
    /// Whether senders that may be in the virtual network are.
    source_inside: bool,
    /// Whether receivers that may be in the virtual network are.
    destination_inside: bool,
    /// Whether open operands make Allow rules as large and Deny rules as small as can be, or the other way round.
    permissive: bool,
    /// Whether open operands make the Allow rules of admin lists as large as can be.
    goes_on: bool,
    /// Whether no rule of a list that is not whole is larger than it certainly is, so that flows may miss them all.
    bare: bool,
}

impl World {
    /// Every world that could differ for these tables: one where nothing is open, at most eight, or twelve where a
    /// list is not whole.
    #[must_use]
    pub fn all(tables: &[RuleTable]) -> Vec<Self> {
        Self::of(&tables.iter())
    }

    /// The same for the tables of several chains together.
    pub(super) fn of<'t>(tables: &(impl Iterator<Item = &'t RuleTable> + Clone)) -> Vec<Self> {
        let rules = || tables.clone().flat_map(|table| &table.rules);
        let contextual = |operand: &Operand| operand.virtual_network || operand.internet;
        let either = |open: bool| if open { &[false, true][..] } else { &[false][..] };
        let inbound = tables.clone().next().is_some_and(|table| table.direction == Direction::Inbound);
        let far = |rule: &ResolvedRule| contextual(if inbound { &rule.source } else { &rule.destination });
        let far_ends = either(rules().any(far));
        let open =
            |middle: bool| rules().any(|rule| is_middle(rule) == middle && rule.open().next().is_some());
        let (extremes, middles) = (either(open(false)), either(open(true)));
        let gaps = tables
            .clone()
            .any(|table| !table.context.whole && table.rules.iter().any(|rule| rule.open().next().is_some()));
        let mut worlds = Vec::new();
        for inside in far_ends.iter().copied() {
            let (source_inside, destination_inside) = (!inbound || inside, inbound || inside);
            for permissive in extremes.iter().copied() {
                let world =
                    |goes_on| Self { source_inside, destination_inside, permissive, goes_on, bare: false };
                worlds.extend(middles.iter().copied().map(world));
            }
            if gaps {
                let bare = |goes_on| Self {
                    source_inside,
                    destination_inside,
                    permissive: true,
                    goes_on,
                    bare: true,
                };
                worlds.extend(middles.iter().copied().map(bare));
            }
        }
        worlds
    }

    /// Whether open operands of this rule are at their largest.
    fn grows(self, rule: &ResolvedRule, context: &Context) -> bool {
        if self.bare && !context.whole {
            return false;
        }
        if is_middle(rule) { self.goes_on } else { self.permissive == (rule.access != Access::Deny) }
    }

    /// Whether the rule matches the flow in this world.
    #[must_use]
    pub(super) fn matches(self, rule: &ResolvedRule, flow: &Flow, context: &Context) -> Matched {
        let most = self.grows(rule, context);
        let inside =
            |operand: &Operand, address, inside| operand_contains(operand, address, (inside, most), context);
        Matched {
            protocol: rule.protocols.bound(most).contains(flow.protocol),
            source: inside(&rule.source, flow.source, self.source_inside),
            source_port: rule.source_ports.bound(most).contains(flow.source_port),
            destination: inside(&rule.destination, flow.destination, self.destination_inside),
            destination_port: rule.destination_ports.bound(most).contains(flow.destination_port),
        }
    }

    /// The flows the rule matches in this world.
    #[must_use]
    pub(super) fn region(self, rule: &ResolvedRule, context: &Context) -> FlowBox {
        self.extent(rule, self.grows(rule, context), context)
    }

    /// The flows the rule matches where what is open about it is as large as can be, or as small, and the contextual tags
    /// are as in this world.
    #[must_use]
    pub(super) fn extent(self, rule: &ResolvedRule, most: bool, context: &Context) -> FlowBox {
        FlowBox {
            protocols: rule.protocols.bound(most),
            source: operand_set(&rule.source, (self.source_inside, most), context),
            source_ports: rule.source_ports.bound(most),
            destination: operand_set(&rule.destination, (self.destination_inside, most), context),
            destination_ports: rule.destination_ports.bound(most),
        }
    }

    /// The worlds of a table that differ in what the contextual tags are.
    pub(super) fn surroundings(table: &RuleTable) -> Vec<Self> {
        let mut worlds = Self::all(std::slice::from_ref(table));
        let mut seen = Vec::new();
        worlds.retain(|world| {
            let inside = (world.source_inside, world.destination_inside);
            let new = !seen.contains(&inside);
            seen.push(inside);
            new
        });
        worlds
    }
}

/// Whether the rule neither settles a flow nor leaves it as it was: the Allow of an admin rule.
fn is_middle(rule: &ResolvedRule) -> bool {
    rule.origin == RuleOrigin::Admin && rule.access == Access::Allow
}

/// Which fields of a rule match a flow.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each field of a five-tuple, as Azure's own answer has them"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matched {
    /// The protocol.
    pub protocol: bool,
    /// The sender.
    pub source: bool,
    /// The sender's port.
    pub source_port: bool,
    /// The receiver.
    pub destination: bool,
    /// The receiver's port.
    pub destination_port: bool,
}

impl Matched {
    /// Whether all do.
    #[must_use]
    pub const fn all(self) -> bool {
        self.protocol && self.source && self.source_port && self.destination && self.destination_port
    }
}

fn operand_contains(
    operand: &Operand,
    address: std::net::IpAddr,
    (inside, most): (bool, bool),
    context: &Context,
) -> bool {
    let learned = || context.open.as_ref().is_some_and(|(_, extent)| extent.contains(address));
    let public = || context.internet.contains(address) && !context.virtual_network.contains(address);
    operand.known.contains(address)
        || (operand.virtual_network && inside && learned())
        || (operand.internet && !inside && public())
        || (most && operand.open.iter().any(|(_, extent)| extent.contains(address)))
}

/// The addresses of an operand where the contextual tags hold the address or not, and what is open is as large as can be
/// or as small.
pub(super) fn operand_set(operand: &Operand, (inside, most): (bool, bool), context: &Context) -> AddressSet {
    let mut set = operand.known.clone();
    if let (true, true, Some((_, extent))) = (operand.virtual_network, inside, &context.open) {
        set = set.union(extent);
    }
    if operand.internet && !inside {
        set = set.union(&context.internet.difference(&context.virtual_network));
    }
    if most {
        set = operand.open.iter().fold(set, |set, (_, extent)| set.union(extent));
    }
    set
}
