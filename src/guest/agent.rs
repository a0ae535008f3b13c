//! The VM agent for Linux: what is installed, what is told to do, what runs, and what it says of itself.
//!
//! Two versions live on one VM. The *installed* one comes with a package and starts first; it then hands over to the
//! highest one that it has downloaded, the *goal-state agent*, which is the one in effect.

mod configuration;
mod journal;
mod launch;
mod presence;
mod service;
mod version;
mod windows;

pub use configuration::{Configuration, ConfigurationFault, Effective, EffectiveSetting};
pub use journal::{Beat, EndSign, JournalLine, LinuxLog, LinuxTrouble, Stamp};
pub use launch::{Failures, Interpreter, Package, Printed, Validity};
pub use presence::AgentPresence;
pub use service::{AgentService, ServiceStart, ServiceTrouble, UnitState};

use super::Read;
use crate::version::AgentVersion;

/// What is known of the VM agent for Linux. What no document tells is absent, which never means that it is not there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinuxAgent {
    /// `waagent.conf`.
    pub configuration: Option<Read<Configuration>>,
    /// What `waagent --version` prints.
    pub printed: Option<Read<Printed>>,
    /// Packages of the agent that the package manager lists.
    pub packages: Vec<Read<Package>>,
    /// The versions that the agent's own modules state.
    pub modules: Vec<Read<AgentVersion>>,
    /// The programs called `waagent`, by what their first line has run them.
    pub launchers: Vec<Read<Interpreter>>,
    /// How often each goal-state agent has failed, where it has.
    pub failures: Vec<Read<Failures>>,
    /// The agent's units, as systemd tells of them.
    pub units: Vec<Read<UnitState>>,
    /// `waagent.log`, as far as it was read.
    pub log: Option<Read<LinuxLog>>,
    /// From when until when the certificate is valid by which the host knows the agent.
    pub certificate: Option<Read<Validity>>,
}
