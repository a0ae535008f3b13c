//! What Azure Backup needs and takes: requirements, support matrix, error codes, each fact with where it was read.
//!
//! The tables come from `data/`; nothing here is decided in code but how a row is asked.

mod error_code;
mod operating_system;
mod plan;
mod requirement;
mod situation;
mod support;
mod template;
mod vocabulary;

pub use crate::azure::platform::Source;
pub use crate::version::{AgentVersion, UnknownVersion};
pub use error_code::{Cause, ErrorCode, error_code, error_codes, nearest_error_codes};
pub use operating_system::{OperatingSystem, OsStanding, operating_system};
pub use plan::{Inquiry, Plan, Skipped, is_inferred, plan, plan_of_named, tempered};
pub use requirement::{Alternative, Endpoint, EndpointTag, Hosts, Probing, Requirement, requirements};
pub use situation::{Applies, DiskKind, Gap, Situation, SnapshotMethod};
pub use support::{
    AgentBand, AgentMinimum, Dispute, Feature, FeatureId, Limit, LimitId, NameFault, NameRule, Standing,
    agent_minimum, feature, features, limit, limits, operating_systems, vault_name,
};
pub use vocabulary::{
    AlternativeKind, Condition, Grounds, Profile, Purpose, Reporter, Severity, Support, Workload,
};

include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// Every source that the tables rest on, by key.
#[must_use]
pub fn sources() -> &'static [Source] {
    SOURCES
}
