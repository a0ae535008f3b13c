//! Disks and mounts of a guest: what is mounted, what is to be mounted when it starts, and the block devices underneath.

mod device;
mod encrypted;
mod mount;
mod plan;

pub use device::{BlockDevice, BlockDevices};
pub use encrypted::Encrypted;
pub use mount::{Mount, Mounts};
pub use plan::{Planned, PlannedBy, Plans};

use super::Read;

/// Disks and mounts of a guest. `None` means *not told*, never that there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Storage {
    /// What the running system has mounted, `/proc/self/mountinfo`.
    pub mounted: Option<Read<Mounts>>,
    /// What is to be mounted when the system starts: `/etc/fstab` and units of systemd.
    pub planned: Plans,
    /// Block devices as the running system sees them, `lsblk`.
    pub devices: Option<Read<BlockDevices>>,
    /// Volumes to be unlocked when the system starts, `/etc/crypttab`.
    pub mappings: Option<Read<Vec<Mapping>>>,
    /// Arrays of disks, `/proc/mdstat` and `mdadm.conf`.
    pub arrays: Vec<Read<Array>>,
    /// Groups of volumes over several disks, as the backups of LVM's metadata tell.
    pub groups: Vec<Read<VolumeGroup>>,
}

/// A line of `/etc/crypttab`: an encrypted volume that is unlocked when the system starts. Hostile text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// What the unlocked volume is called, below `/dev/mapper`.
    pub name: String,
    /// The encrypted device.
    pub device: String,
    /// Where the key is read from; `None` where somebody is asked for it.
    pub key: Option<String>,
}

impl Mapping {
    /// Whether the key is made anew at every start, so that nothing outlives the machine: encrypted swap.
    #[must_use]
    pub fn is_fleeting(&self) -> bool {
        matches!(self.key.as_deref(), Some("/dev/urandom" | "/dev/random" | "/dev/hwrng"))
    }
}

/// An array of disks that the kernel puts together (`md`). Hostile text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Array {
    /// The device, as in `md0`.
    pub name: String,
    /// As in `raid1`; `None` where it is not told.
    pub level: Option<String>,
    /// The devices under it, as in `sdc1`; empty where they are not told.
    pub members: Vec<String>,
}

/// A group of LVM with the devices under it. Hostile text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeGroup {
    /// Its name.
    pub name: String,
    /// The devices that its physical volumes were on when the backup was written.
    pub devices: Vec<String>,
}
