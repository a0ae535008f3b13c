//! Everything that the inside of one VM tells.

use super::firewall::{GuestFirewall, WindowsFirewall};
use super::{
    Addressing, BackupExtension, GuestClock, Identity, LinuxAgent, Names, Security, Storage, Survey, System,
    Windows,
};
use crate::input::Place;

/// Something read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<T> {
    /// What was read.
    pub value: T,
    /// Where.
    pub place: Place,
}

/// Everything that the inside of one VM tells.
///
/// What no document tells is absent here, which never means "not there": [`Survey::looked`] knows what was looked for and
/// not found, and what could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Machine {
    /// What the collector measured and where it looked; `None` where only files were given.
    pub survey: Option<Read<Survey>>,
    /// Which VM it knows itself to be.
    pub identity: Option<Read<Identity>>,
    /// How it comes by its addresses.
    pub addressing: Addressing,
    /// Its clock.
    pub clock: GuestClock,
    /// What its guards denied.
    pub security: Security,
    /// The snapshot extension of backup, and the other extensions.
    pub extension: BackupExtension,
    /// Its disks and mounts.
    pub storage: Storage,
    /// What its system is called, and whether it is the machine at all.
    pub system: System,
    /// What only a Windows guest tells.
    pub windows: Windows,
    /// The rule sets of its firewalls, in the order of the documents.
    pub firewalls: Vec<Read<GuestFirewall>>,
    /// The firewall of Windows, by its registry.
    pub windows_firewall: Option<Read<WindowsFirewall>>,
    /// How it turns names into addresses.
    pub names: Names,
    /// The VM agent for Linux.
    pub agent: LinuxAgent,
    /// How many documents told something of it.
    pub documents: usize,
}

impl Machine {
    /// Whether no document told anything of the inside of a VM.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents == 0
    }
}
