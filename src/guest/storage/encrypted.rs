//! Volumes that dm-crypt encrypts: the guest's own, and those of Azure Disk Encryption, which is dm-crypt as well.

use super::{BlockDevice, Mapping, Storage};

/// Where Azure Disk Encryption mounts the volume with its keys.
const AZURE_KEYS: &str = "/mnt/azure_bek_disk";
/// What it calls the OS disk.
const AZURE_ROOT: &str = "osencrypt";

/// An encrypted volume. Hostile text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encrypted<'s> {
    /// What it is called once unlocked, or the device where it is not.
    pub name: &'s str,
    /// Whether its key is known to be another than Azure's.
    pub is_own: bool,
}

impl Storage {
    /// Encrypted volumes: those that are to be unlocked, that are, and that are not. What gets a new key at every start
    /// does not count: nothing on it outlives the machine.
    #[must_use]
    pub fn encrypted(&self) -> Vec<Encrypted<'_>> {
        let lasting = self.mappings().filter(|mapping| !mapping.is_fleeting());
        let mut found: Vec<Encrypted<'_>> =
            lasting.map(|mapping| Encrypted { name: &mapping.name, is_own: !is_azures(mapping) }).collect();
        let is_mapped = |device: &BlockDevice| self.mappings().any(|mapping| mapping.name == device.name);
        let open = self.block_devices().filter(|device| device.kind == "crypt" && !is_mapped(device));
        let locked = self.block_devices().filter(|device| self.is_locked(device));
        found.extend(open.chain(locked).map(|device| Encrypted { name: &device.name, is_own: false }));
        found
    }

    /// Whether Azure Disk Encryption shows in the volumes themselves.
    #[must_use]
    pub fn shows_disk_encryption(&self) -> bool {
        let holds_keys = |point: &str| point.trim_end_matches('/') == AZURE_KEYS;
        self.mappings().any(is_azures)
            || self
                .block_devices()
                .any(|device| device.name == AZURE_ROOT || device.point.as_deref().is_some_and(holds_keys))
    }

    /// Whether a device holds LUKS and nothing unlocks it, now or when the system starts.
    fn is_locked(&self, device: &BlockDevice) -> bool {
        let holds = |kind: &str| kind.eq_ignore_ascii_case("crypto_LUKS");
        device.file_system.as_deref().is_some_and(holds)
            && !self
                .block_devices()
                .any(|above| above.kind == "crypt" && above.parents.contains(&device.name))
            && !self
                .mappings()
                .any(|mapping| mapping.device.strip_prefix("/dev/") == Some(device.name.as_str()))
    }

    fn mappings(&self) -> impl Iterator<Item = &Mapping> {
        self.mappings.iter().flat_map(|read| &read.value)
    }

    fn block_devices(&self) -> impl Iterator<Item = &BlockDevice> {
        self.devices.iter().flat_map(|read| read.value.iter())
    }
}

fn is_azures(mapping: &Mapping) -> bool {
    let is_below = |key: &str| key.strip_prefix(AZURE_KEYS).is_some_and(|rest| rest.starts_with('/'));
    mapping.name == AZURE_ROOT || mapping.key.as_deref().is_some_and(is_below)
}
