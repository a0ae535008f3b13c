//! What a collector measured that stands in no file, and where it looked.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::version::AgentVersion;
use crate::vm::OsFamily;

/// What a collector measured that stands in no file, and where it looked. `None` and absence mean *not told*.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Survey {
    /// The family of the system.
    pub system: Option<OsFamily>,
    /// Whether this was the running machine; a disk that is mounted somewhere has neither processes nor a clock.
    pub live: bool,
    /// Whether the collector ran as root or administrator.
    pub privileged: Option<bool>,
    /// The clock of the machine when it was looked at.
    pub collected_at: Option<Timestamp>,
    /// The name by which the machine calls itself. Hostile text.
    pub host_name: Option<String>,
    /// The architecture as `uname -m` says it: `x86_64`, `i686`, `aarch64`.
    pub architecture: Option<String>,
    /// How many processors the system sees.
    pub processors: Option<u64>,
    /// Memory that the system sees, in bytes.
    pub memory_bytes: Option<u64>,
    /// What became of every path that was looked for.
    pub looked: BTreeMap<String, Looked>,
    /// The names in folders that were listed.
    pub folders: BTreeMap<String, Vec<String>>,
    /// Where symbolic links lead, as they say it.
    pub links: BTreeMap<String, String>,
    /// How full file systems are.
    pub volumes: Vec<Volume>,
    /// The versions that programs state in themselves.
    pub executables: Vec<Executable>,
    /// The command lines of the VM agent's processes; `None` where processes were not looked at.
    pub processes: Option<Vec<String>>,
}

impl Survey {
    /// What became of looking for a path; `None` where nobody looked.
    #[must_use]
    pub fn looked(&self, path: &str) -> Option<&Looked> {
        self.looked.get(path)
    }

    /// Whether process numbers begin anew for whoever looked, as they do inside a container; `None` where nobody looked, or
    /// the kernel knows no such thing.
    #[must_use]
    pub fn has_own_process_numbers(&self) -> Option<bool> {
        Some(self.links.get("/proc/self/ns/pid")? != FIRST_SPACE)
    }

    /// Whether it is certain that there is nothing at a path.
    #[must_use]
    pub fn is_absent(&self, path: &str) -> bool {
        self.looked(path) == Some(&Looked::Absent)
    }

    /// The paths that could not be read, of those that are at, above or below one of these: where there is any, what is not
    /// told may still be there.
    pub fn unread_around<'s>(&'s self, paths: &'s [&str]) -> impl Iterator<Item = &'s str> {
        let is_unread = |(path, looked): &(&String, &Looked)| {
            matches!(looked, Looked::Unread { .. })
                && paths.iter().any(|known| holds(known, path) || holds(path, known))
        };
        self.looked.iter().filter(is_unread).map(|(path, _)| path.as_str())
    }
}

/// Whether a path is at or below a folder.
fn holds(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '\\']))
}

/// The space of process numbers that Linux starts with: its number is a constant of the kernel
/// (`PROC_PID_INIT_INO` of `include/linux/proc_ns.h`).
const FIRST_SPACE: &str = "pid:[4026531836]";

/// What became of looking for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// It was read; of a file that holds anything else, too, perhaps nothing was kept.
    Read,
    /// There is nothing.
    Absent,
    /// It could not be read.
    Unread {
        /// Why, as one clause. Hostile text.
        reason: String,
        /// Whether root or an administrator could.
        root: bool,
    },
}

/// How full a file system is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// A path on it.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// What of it ordinary users may still fill, in bytes.
    pub free: u64,
}

/// A program and the versions that it states in itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executable {
    /// Where it is.
    pub path: String,
    /// Its file version.
    pub file: Option<AgentVersion>,
    /// Its product version, which Microsoft's pages name as the one that counts for the VM agent.
    pub product: Option<AgentVersion>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_read_is_found_above_and_below() {
        let unread = |path: &str| {
            let mut survey = Survey::default();
            let looked = Looked::Unread { reason: String::new(), root: true };
            survey.looked.insert(path.to_owned(), looked);
            survey.looked.insert("/etc/hosts".to_owned(), Looked::Read);
            survey.unread_around(&["/etc/hosts", "/etc/netplan", r"C:\Packages"]).next().is_some()
        };
        for path in ["/etc", "/etc/netplan", "/etc/netplan/50.yaml", "/etc/hosts", r"C:\Packages\Plugins\x"] {
            assert_eq!(unread(path), path != "/etc/hosts", "{path}");
        }
        assert!(!unread("/etc/netplans") && !unread("/etc/net") && !unread("/var"));
    }
}
