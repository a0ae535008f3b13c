//! What the subject must reach, and what becomes of its packets on the way: shared by the checks of the network.
//!
//! ```text
//! requirements(workload, profile) ──► Demand ──► a look at it (rules, routes, way out) ──► Conclusion
//!                                       ▲
//!            Situation, in every way in which what is unknown about the disks could turn out
//! ```
//! A check is one look. Whether the demand it looks at is made of this VM at all is weighed here, once.

mod demand;
mod drawing;
mod firewall;
mod groups;
mod remedy;
mod routes;
mod rules;
mod steps;
mod weighing;
mod zones;

pub(super) use demand::{
    Demand, FarEnd, asked, demands, gauge, is_platform, senders, situations, subnet, vault_endpoints, why_not,
};
pub(super) use firewall::{
    FirewallRules, Guard, firewall_at, guard, lets_addresses, names_service, rules_of,
};
pub(super) use groups::groups;
pub(super) use remedy::rule_name;
pub(super) use routes::{Leg, legs, legs_to};
pub(super) use rules::{decider, look_at_rules, receivers, refusal};
pub use steps::Step;
pub(super) use steps::steps;
pub(super) use weighing::{Found, Look, conclude};
pub(super) use zones::backup_zones;
