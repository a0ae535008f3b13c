//! What a running system has mounted, and what stands at a path.

/// One mount as the kernel lists it. Hostile text: whoever may mount chooses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The number of the mount.
    pub id: u64,
    /// The number of the mount that this one stands on.
    pub parent: u64,
    /// Major and minor number of the device.
    pub device: (u32, u32),
    /// What of the file system is seen here: `/`, or a folder of it.
    pub root: String,
    /// Where it is seen.
    pub point: String,
    /// Options of this mount, as in `noexec`.
    pub options: Vec<String>,
    /// The kind of file system, as in `ext4` or `fuse.sshfs`.
    pub kind: String,
    /// What was mounted, as in `/dev/sda1`.
    pub source: String,
    /// Options of the file system.
    pub shared_options: Vec<String>,
}

/// Kinds of file systems that a server elsewhere holds.
const OF_NETWORK: [&str; 16] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "ncpfs",
    "ceph",
    "glusterfs",
    "lustre",
    "afs",
    "beegfs",
    "gpfs",
    "davfs",
    "coda",
    "9p",
    "pvfs2",
];
/// The same of those that a program serves: what follows `fuse.`.
const OF_PROGRAM: [&str; 12] = [
    "sshfs",
    "blobfuse",
    "blobfuse2",
    "glusterfs",
    "s3fs",
    "rclone",
    "goofys",
    "gcsfuse",
    "davfs2",
    "ceph-fuse",
    "ceph",
    "curlftpfs",
];
/// Kinds that the snapshot extension freezes: `VMBackup/main/fsfreezer.py` of its source.
const FROZEN: [&str; 4] = ["ext3", "ext4", "xfs", "btrfs"];

impl Mount {
    /// Whether programs on it may not be run.
    #[must_use]
    pub fn forbids_programs(&self) -> bool {
        self.options.iter().any(|option| option == "noexec")
    }

    /// Whether a server elsewhere holds it.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        is_remote(&self.kind)
    }

    /// Whether the snapshot extension freezes it: a kind that it knows, and no file mounted as a disk.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        FROZEN.contains(&self.kind.as_str()) && !self.source.starts_with("/dev/loop")
    }
}

/// Whether a server elsewhere holds file systems of this kind.
pub(super) fn is_remote(kind: &str) -> bool {
    match kind.strip_prefix("fuse.") {
        Some(program) => OF_PROGRAM.contains(&program),
        None => OF_NETWORK.contains(&kind),
    }
}

/// Everything that is mounted, in the order of the kernel's list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mounts(Vec<Mount>);

impl Mounts {
    /// These mounts.
    #[must_use]
    pub const fn new(mounts: Vec<Mount>) -> Self {
        Self(mounts)
    }

    /// All of them, those that others hide included.
    pub fn iter(&self) -> impl Iterator<Item = &Mount> {
        self.0.iter()
    }

    /// The mount that a path is on: walked as the kernel walks it, from the root, each part to whatever stands on it.
    /// Links are not followed. `None` where the list does not hold the root, as in some changed roots.
    #[must_use]
    pub fn of(&self, path: &str) -> Option<&Mount> {
        let mut here = self.onto(self.root()?, "/");
        let mut walked = String::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            walked.push('/');
            walked.push_str(part);
            here = self.onto(here, &walked);
        }
        Some(here)
    }

    /// Whether a mount is seen at its own point, nothing having been mounted over it.
    #[must_use]
    pub fn is_seen(&self, mount: &Mount) -> bool {
        self.of(&mount.point).is_some_and(|seen| seen.id == mount.id)
    }

    /// The mount of the root that nothing listed stands under.
    fn root(&self) -> Option<&Mount> {
        let is_lowest = |mount: &&Mount| {
            mount.point == "/"
                && (mount.parent == mount.id || !self.0.iter().any(|other| other.id == mount.parent))
        };
        self.0.iter().find(is_lowest)
    }

    /// The topmost of what stands on `mount` at a path.
    fn onto<'m>(&'m self, mount: &'m Mount, path: &str) -> &'m Mount {
        let mut here = mount;
        // Each step takes another mount of the list; a list that leads round in circles was not written by a kernel.
        for _ in 0..self.0.len() {
            let above =
                |other: &&Mount| other.parent == here.id && other.id != here.id && other.point == path;
            let Some(next) = self.0.iter().rev().find(above) else { break };
            here = next;
        }
        here
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(id: u64, parent: u64, point: &str, kind: &str) -> Mount {
        Mount {
            id,
            parent,
            device: (8, 1),
            root: "/".to_owned(),
            point: point.to_owned(),
            options: Vec::new(),
            kind: kind.to_owned(),
            source: "/dev/sda1".to_owned(),
            shared_options: Vec::new(),
        }
    }

    #[test]
    fn what_hides_another_is_what_stands_at_a_path() {
        let mounts = Mounts::new(vec![
            mount(20, 1, "/", "ext4"),
            mount(21, 20, "/var", "xfs"),
            mount(22, 21, "/var/lib", "btrfs"),
            // Over the whole of /var: what stood on the first one is not seen any more.
            mount(23, 21, "/var", "ext3"),
        ]);
        let kind = |path: &str| mounts.of(path).map(|mount| mount.kind.as_str());
        assert_eq!(kind("/var/lib/waagent"), Some("ext3"));
        assert_eq!(kind("/variety"), Some("ext4"));
        assert_eq!(kind("/"), Some("ext4"));
        let seen: Vec<u64> =
            mounts.iter().filter(|mount| mounts.is_seen(mount)).map(|mount| mount.id).collect();
        assert_eq!(seen, [20, 23]);
    }

    #[test]
    fn the_root_may_be_hidden_too_and_circles_end() {
        let stacked = Mounts::new(vec![mount(2, 1, "/", "rootfs"), mount(3, 2, "/", "ext4")]);
        assert_eq!(stacked.of("/var").map(|mount| mount.id), Some(3));
        let circle = Mounts::new(vec![mount(2, 2, "/", "a"), mount(3, 2, "/v", "b"), mount(4, 3, "/v", "c")]);
        assert_eq!(circle.of("/v").map(|mount| mount.id), Some(4));
        assert_eq!(Mounts::new(vec![mount(3, 2, "/v", "b")]).of("/v"), None);
    }

    #[test]
    fn kinds_tell_servers_and_freezing() {
        let of = |kind: &str| (mount(1, 1, "/", kind).is_remote(), mount(1, 1, "/", kind).is_frozen());
        assert_eq!(of("nfs4"), (true, false));
        assert_eq!(of("fuse.blobfuse2"), (true, false));
        assert_eq!(of("fuse.lxcfs"), (false, false));
        assert_eq!(of("xfs"), (false, true));
    }
}
