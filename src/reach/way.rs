//! The way out, hop by hop: what draws the picture in a report.

use super::{Egress, Judged, Reach};
use crate::net::AddressSet;
use crate::nsg::{Access, AssociatedTo, Decision, RuleTable};
use crate::route::{Branch, NextHopKind, RouteSource};

/// One hop of a way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WayStep {
    /// A rule list and what it did.
    Filter {
        /// The list's name.
        name: String,
        /// Where it is applied.
        applied_to: AssociatedTo,
        /// The rule that matched, with its priority and access; `None` where the packet never came here or where
        /// no rule matched.
        rule: Option<(String, u32, Access)>,
    },
    /// The route taken.
    Route {
        /// The prefix that won.
        prefix: String,
        /// The kind of next hop.
        kind: NextHopKind,
        /// Its addresses.
        addresses: Vec<std::net::IpAddr>,
        /// Who made the route.
        source: RouteSource,
    },
    /// No route holds the address, or the routes are not known.
    NoRoute {
        /// Whether the routes are known.
        known: bool,
    },
    /// The way out to the internet.
    Egress(Egress),
}

/// The way of one decision and one branch of routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The hops, in order.
    pub steps: Vec<WayStep>,
}

impl Reach {
    /// The hops of one decision at the rule lists, followed by the route of these addresses and the way out.
    #[must_use]
    pub fn way(&self, judged: &Judged<'_>, decision: &Decision, destination: &AddressSet) -> Way {
        let mut steps: Vec<WayStep> = judged
            .tables
            .iter()
            .enumerate()
            .map(|(index, table)| filter_step(table, index, decision))
            .collect();
        if decision.access != Some(Access::Deny) {
            steps.extend(self.route_steps(destination));
        }
        Way { steps }
    }

    fn route_steps(&self, destination: &AddressSet) -> Vec<WayStep> {
        let Some(routing) = &self.routing else { return vec![WayStep::NoRoute { known: false }] };
        let branches = routing.split(destination);
        // The branch with most addresses stands for the rest: the picture shows one way.
        let Some(branch) = branches.iter().max_by_key(|branch| branch.addresses.count()) else {
            return Vec::new();
        };
        let Branch { route: Some((route, prefix)), .. } = branch else {
            return vec![WayStep::NoRoute { known: true }];
        };
        let mut steps = vec![WayStep::Route {
            prefix: prefix.to_string(),
            kind: route.next_hop.kind.clone(),
            addresses: route.next_hop.addresses.clone(),
            source: route.source,
        }];
        if route.next_hop.kind == NextHopKind::Internet {
            steps.push(WayStep::Egress(self.egress.clone()));
        }
        steps
    }
}

fn filter_step(table: &RuleTable, index: usize, decision: &Decision) -> WayStep {
    let matched = decision.trail.iter().find(|step| step.table == index);
    let rule = matched.and_then(|step| table.rules.get(step.rule));
    WayStep::Filter {
        name: table.name.clone(),
        applied_to: table.applied_to,
        rule: rule.map(|rule| (rule.name.clone(), rule.priority.0, rule.access)),
    }
}
