//! The system itself: what it is called, and whether what was looked at is the machine at all.

use super::Read;

/// The system itself. `None` means *not told*.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct System {
    /// What it is called: by the best of the documents that tell.
    pub release: Option<Read<SystemRelease>>,
    /// Whether the first process is in a control group that an engine of containers made: then what was looked at is the
    /// inside of a container.
    pub contained: Option<Read<bool>>,
}

impl System {
    /// Keeps what the better document says of the release; of two equal ones the later.
    pub fn tell_release(&mut self, told: Read<SystemRelease>) {
        if self.release.as_ref().is_none_or(|known| told.value.by <= known.value.by) {
            self.release = Some(told);
        }
    }
}

words! {
    /// Documents that name the system, the one that counts most first. Several imitate another distribution's: Oracle
    /// Linux has a `redhat-release`.
    ReleaseBy {
        /// `/etc/os-release`, or `/usr/lib/os-release`.
        OsRelease = "os-release",
        /// `/etc/oracle-release`.
        Oracle = "oracle-release",
        /// `/etc/centos-release`.
        Centos = "centos-release",
        /// `/etc/redhat-release`.
        RedHat = "redhat-release",
        /// `/etc/SuSE-release`.
        Suse = "suse-release",
        /// `/etc/lsb-release`.
        Lsb = "lsb-release",
        /// `/etc/debian_version`, which its derivatives have as well.
        Debian = "debian-version",
    }
}

/// What a system is called. Hostile text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemRelease {
    /// By which document.
    pub by: ReleaseBy,
    /// As in `ubuntu`, `Red Hat Enterprise Linux Server` or `Windows Server 2016 Datacenter`.
    pub name: String,
    /// As in `18.04`.
    pub version: Option<String>,
}
