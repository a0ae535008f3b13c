//! Block devices as a running system sees them.

use std::collections::BTreeSet;

/// One block device. Hostile text: labels of volumes are chosen by whoever makes them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlockDevice {
    /// As the kernel calls it, or the device mapper: `sda1`, `vg0-data`.
    pub name: String,
    /// What it is, as `lsblk` says: `disk`, `part`, `lvm`, `crypt`, `raid1`, `loop`, `rom`.
    pub kind: String,
    /// What is on it, as in `ext4` or `crypto_LUKS`; `None` where nothing was recognised or the system did not look.
    pub file_system: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Where it is mounted.
    pub point: Option<String>,
    /// The devices that it lies on.
    pub parents: Vec<String>,
    /// Host, channel, target and unit of a SCSI disk: `1:0:0:3`.
    pub address: Option<String>,
}

/// All block devices, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlockDevices(Vec<BlockDevice>);

impl BlockDevices {
    /// These, a device that lies on several and is listed with each of them being joined.
    #[must_use]
    pub fn new(listed: Vec<BlockDevice>) -> Self {
        let mut devices: Vec<BlockDevice> = Vec::new();
        for each in listed {
            let Some(known) = devices.iter_mut().find(|known| known.name == each.name) else {
                devices.push(each);
                continue;
            };
            for parent in each.parents {
                if !known.parents.contains(&parent) {
                    known.parents.push(parent);
                }
            }
        }
        Self(devices)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &BlockDevice> {
        self.0.iter()
    }

    /// The device of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&BlockDevice> {
        self.0.iter().find(|device| device.name == name)
    }

    /// The names of the disks that a device lies on in the end, its own included where it is one.
    #[must_use]
    pub fn disks_under(&self, device: &BlockDevice) -> BTreeSet<&str> {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut ahead = vec![device.name.as_str()];
        let mut disks = BTreeSet::new();
        while let Some(device) = ahead.pop().and_then(|name| self.named(name)) {
            if device.kind == "disk" {
                disks.insert(device.name.as_str());
            }
            ahead.extend(device.parents.iter().map(String::as_str).filter(|name| seen.insert(name)));
        }
        disks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(name: &str, kind: &str, parent: &str) -> BlockDevice {
        let parents = if parent.is_empty() { Vec::new() } else { vec![parent.to_owned()] };
        BlockDevice { name: name.to_owned(), kind: kind.to_owned(), parents, ..BlockDevice::default() }
    }

    #[test]
    fn an_array_lies_on_the_disks_of_all_its_members() {
        let devices = BlockDevices::new(vec![
            device("sda", "disk", ""),
            device("sda1", "part", "sda"),
            device("md0", "raid1", "sda1"),
            device("vg-data", "lvm", "md0"),
            device("sdb", "disk", ""),
            device("md0", "raid1", "sdb"),
            device("vg-data", "lvm", "md0"),
            device("round", "lvm", "round"),
        ]);
        let under = |name: &str| {
            let disks = devices.disks_under(devices.named(name).unwrap());
            disks.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(devices.iter().count(), 6);
        assert_eq!((under("vg-data"), under("sda1")), ("sda sdb".to_owned(), "sda".to_owned()));
        assert_eq!(under("round"), "");
    }
}
