//! What guards of a guest (`SELinux`, `AppArmor`, fapolicyd) denied the VM agent and the backup extension.

use super::Read;

/// What the guards of a guest did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Security {
    /// What `SELinux` is told to do from the next start on.
    pub configured: Option<Read<SelinuxMode>>,
    /// What it does now.
    pub enforced: Option<Read<SelinuxMode>>,
    /// The names of logs that were looked through for denials.
    pub logs: Vec<Read<()>>,
    /// What was denied to the VM agent or to the extension, each kind once, in the order of the logs.
    pub denials: Vec<Read<Denial>>,
}

words! {
    /// What `SELinux` does.
    SelinuxMode {
        /// Denies.
        Enforcing = "enforcing",
        /// Reports what it would deny.
        Permissive = "permissive",
        /// Nothing.
        Disabled = "disabled",
    }
}

words! {
    /// Who denies.
    Guard {
        /// `SELinux`.
        Selinux = "SELinux",
        /// `AppArmor`.
        Apparmor = "AppArmor",
        /// fapolicyd, which lets only known programs run.
        Fapolicyd = "fapolicyd",
    }
}

/// Something that was denied to the VM agent or the extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// Who denied it.
    pub guard: Guard,
    /// What: permissions, or an operation. Hostile text.
    pub what: String,
    /// To which program. Hostile text.
    pub program: Option<String>,
    /// About which file. Hostile text.
    pub path: Option<String>,
    /// Whether it was only reported and let through.
    pub permissive: bool,
    /// How often.
    pub count: usize,
}

impl Security {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.configured.is_none()
            && self.enforced.is_none()
            && self.logs.is_empty()
            && self.denials.is_empty()
    }

    /// Takes a denial; one like a known one only counts.
    pub fn denied(&mut self, denial: Read<Denial>) {
        let is_same = |known: &&mut Read<Denial>| {
            let count = denial.value.count;
            Denial { count, ..known.value.clone() } == denial.value
        };
        match self.denials.iter_mut().find(is_same) {
            Some(known) => known.value.count = known.value.count.saturating_add(denial.value.count),
            None => self.denials.push(denial),
        }
    }
}
