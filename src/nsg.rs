//! Network security groups: what their rules say, what they mean, and what they decide.
//!
//! - a [`SecurityRule`] is what a document states, with names (tags, groups) in it
//! - [`resolve()`] turns names into sets, once; nothing past it sees a name
//! - [`evaluate`] *is* the semantics: one flow, first match
//! - [`repair`] proposes the smallest rule that lets something through, and proves it
//! - [`verify`] answers for whole sets of flows, exactly, and replays its witnesses through [`evaluate`]
//!
//! What is not known stays *open*: neither empty nor everything. See [`resolve()`] for how that is carried.

mod alike;
mod anomaly;
mod classes;
mod compare;
mod evaluate;
mod operand;
mod region;
pub mod repair;
mod resolve;
mod rule;
mod scope;
mod verify;
pub mod witness;
mod world;

pub use alike::{settled, unlike};
pub use anomaly::{Anomaly, AnomalyKind, anomalies, shadowed};
pub use classes::Classes;
pub use compare::{Change, compare};
pub use evaluate::{Decision, RuleRef, Verdict, evaluate, trace};

pub use operand::{Meaning, OpenOperand, Operand, Stated};
pub use region::{LISTED, Naming, Region, regions};
pub use resolve::{ResolveError, ResolvedRule, RuleList, RuleTable, Unmatched, resolve};
pub use rule::{
    Access, AddressTerm, AssociatedTo, Direction, EffectiveGroup, EffectiveRules, NetworkSecurityGroup,
    Priority, RuleOrigin, RuleSide, SecurityRule, default_rules,
};
pub use scope::{Members, Scope};
pub use verify::{Overall, Piece, Verification, verify};
pub use world::{Matched, World};
