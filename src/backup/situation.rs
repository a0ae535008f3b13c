//! What is known of a VM, as far as requirements depend on it.

use std::fmt;

use super::{AgentBand, Condition};
use crate::azure::{Cloud, Region};
use crate::vm::OsFamily;

/// What is known of a VM, as far as requirements depend on it. `None` means not known, never "no".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Situation {
    /// The cloud it is in.
    pub cloud: Option<Cloud>,
    /// The region it is in.
    pub region: Option<Region>,
    /// The family of its operating system.
    pub os: Option<OsFamily>,
    /// How its VM agent stands against the minima.
    pub agent: Option<AgentBand>,
    /// What its disks are.
    pub disks: Option<DiskKind>,
    /// Whether a disk has write accelerator on.
    pub write_accelerator: Option<bool>,
    /// Whether the policy takes agentless crash-consistent recovery points.
    pub agentless: Option<bool>,
    /// How the snapshot extension takes snapshots. Told by the guest alone.
    pub snapshot_method: Option<SnapshotMethod>,
    /// Whether SAP HANA instance snapshots are taken.
    pub hana_instance_snapshot: Option<bool>,
    /// Whether the network has DNS servers of its own.
    pub custom_dns: Option<bool>,
    /// Whether single files are to be restored: part of the question rather than of the VM.
    pub file_recovery: bool,
}

impl Situation {
    /// Whether `condition` holds.
    #[must_use]
    pub fn answers(&self, condition: Condition) -> Applies {
        match condition {
            Condition::Always => Applies::Yes,
            Condition::AgentUnsupported => Applies::of(self.agent.map(AgentBand::needs_storage), Gap::Agent),
            Condition::WriteAccelerator => Applies::of(self.write_accelerator, Gap::WriteAccelerator),
            Condition::GuestSnapshot => {
                Applies::of(self.snapshot_method.map(SnapshotMethod::starts_in_guest), Gap::SnapshotMethod)
            }
            Condition::UnmanagedPlain => self.unmanaged(false),
            Condition::UnmanagedEncrypted => self.unmanaged(true),
            Condition::Managed => Applies::of(self.disks.map(|disks| disks == DiskKind::Managed), Gap::Disks),
            Condition::Agentless => Applies::of(self.agentless, Gap::Policy),
            Condition::HanaInstanceSnapshot => Applies::of(self.hana_instance_snapshot, Gap::Policy),
            Condition::PlatformDns => Applies::of(self.custom_dns.map(|custom| !custom), Gap::DnsServers),
            Condition::FileRecovery => Applies::of(Some(self.file_recovery), Gap::Policy),
        }
    }

    fn unmanaged(&self, asked: bool) -> Applies {
        match self.disks {
            None => Applies::Unknown(Gap::Disks),
            Some(DiskKind::Managed) => Applies::No,
            Some(DiskKind::Unmanaged { encrypted }) => {
                Applies::of(encrypted.map(|encrypted| encrypted == asked), Gap::StorageEncryption)
            }
        }
    }
}

/// Whether something applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It depends on something not known.
    Unknown(Gap),
}

impl Applies {
    fn of(answer: Option<bool>, gap: Gap) -> Self {
        match answer {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::Unknown(gap),
        }
    }
}

/// What would have to be known to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gap {
    /// The version of the VM agent, and for some whether it updates itself.
    Agent,
    /// Whether the disks are managed.
    Disks,
    /// Whether the storage account of unmanaged disks is encrypted.
    StorageEncryption,
    /// Whether a disk has write accelerator on.
    WriteAccelerator,
    /// How the snapshot extension takes snapshots.
    SnapshotMethod,
    /// The backup policy.
    Policy,
    /// The DNS servers of the network.
    DnsServers,
}

impl Gap {
    /// Whether only the guest can tell, so that an export alone never answers.
    #[must_use]
    pub const fn is_guest_only(self) -> bool {
        matches!(self, Self::SnapshotMethod)
    }
}

/// Names what is missing, as in `the version of the VM agent`.
impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agent => "the version of the VM agent",
            Self::Disks => "whether the disks are managed",
            Self::StorageEncryption => "whether the storage account of the disks is encrypted",
            Self::WriteAccelerator => "whether a disk has write accelerator on",
            Self::SnapshotMethod => "how the snapshot extension takes snapshots",
            Self::Policy => "the backup policy",
            Self::DnsServers => "the DNS servers of the network",
        })
    }
}

/// What the disks of a VM are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiskKind {
    /// Managed disks.
    Managed,
    /// Page blobs in a storage account.
    Unmanaged {
        /// Whether the account is encrypted; `None` where that is not known.
        encrypted: Option<bool>,
    },
}

/// How the snapshot extension takes snapshots: `SnapshotMethod` in `/etc/azure/vmbackup.conf`, or in the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SnapshotMethod {
    /// Through the host, and from inside the guest if that fails: the default.
    FirstHostThenGuest,
    /// From inside the guest, and through the host if that fails.
    FirstGuestThenHost,
    /// Through the host. Forced by write accelerator, guest state and direct-drive disks.
    OnlyHost,
    /// From inside the guest.
    OnlyGuest,
}

impl SnapshotMethod {
    /// Every method, the default first.
    pub const ALL: [Self; 4] =
        [Self::FirstHostThenGuest, Self::FirstGuestThenHost, Self::OnlyHost, Self::OnlyGuest];

    /// The method of this name, in any case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.word().eq_ignore_ascii_case(name.trim()))
    }

    /// Its name. The Linux extension knows it in this case alone.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FirstHostThenGuest => "firstHostThenGuest",
            Self::FirstGuestThenHost => "firstGuestThenHost",
            Self::OnlyHost => "onlyHost",
            Self::OnlyGuest => "onlyGuest",
        }
    }

    /// Whether the guest asks storage itself, first or only.
    #[must_use]
    pub const fn starts_in_guest(self) -> bool {
        matches!(self, Self::FirstGuestThenHost | Self::OnlyGuest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_neither_yes_nor_no() {
        let nothing = Situation::default();
        for condition in Condition::ALL {
            let answer = nothing.answers(*condition);
            let stated = matches!(condition, Condition::Always | Condition::FileRecovery);
            assert_eq!(matches!(answer, Applies::Unknown(_)), !stated, "{condition}");
        }
    }

    #[test]
    fn managed_disks_settle_both_unmanaged_conditions() {
        let managed = Situation { disks: Some(DiskKind::Managed), ..Situation::default() };
        assert_eq!(managed.answers(Condition::UnmanagedPlain), Applies::No);
        assert_eq!(managed.answers(Condition::UnmanagedEncrypted), Applies::No);
        let unmanaged =
            |encrypted| Situation { disks: Some(DiskKind::Unmanaged { encrypted }), ..Situation::default() };
        assert_eq!(unmanaged(Some(true)).answers(Condition::UnmanagedPlain), Applies::No);
        assert_eq!(unmanaged(Some(true)).answers(Condition::UnmanagedEncrypted), Applies::Yes);
        assert_eq!(
            unmanaged(None).answers(Condition::UnmanagedPlain),
            Applies::Unknown(Gap::StorageEncryption)
        );
        assert_eq!(unmanaged(None).answers(Condition::Managed), Applies::No);
    }

    #[test]
    fn snapshot_methods_are_known_in_any_case() {
        assert_eq!(SnapshotMethod::parse("OnlyGuest"), Some(SnapshotMethod::OnlyGuest));
        assert_eq!(SnapshotMethod::parse("sometimes"), None);
        assert!(!SnapshotMethod::FirstHostThenGuest.starts_in_guest());
    }
}
