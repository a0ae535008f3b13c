//! The snapshot extension of backup and the other extensions, as the disk of a VM tells of them.
//!
//! The formats are those of the Linux agent and of the Linux extension, which are public. Of the Windows extension the status
//! files are read, whose form is that of every extension, and of its logs the names of errors; what its numbers mean and how the
//! lines of its logs are made is not public.

mod settings;
mod snapshot;

pub use settings::{BackupSettings, TextEncoding};
pub use snapshot::{SnapshotOutcome, SnapshotRun, Teller};

use super::Read;
use crate::input::Place;
use crate::version::AgentVersion;
use crate::vm::OsFamily;

/// What begins the name of every extension of the publisher of backup.
const PUBLISHER: &str = "Microsoft.Azure.RecoveryServices.";

/// Everything about extensions. Empty means *not told*, never "there is none".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BackupExtension {
    /// The handlers that documents tell of, of all extensions and in all versions, in the order of the documents.
    pub handlers: Vec<Handler>,
    /// What status files and logs of the snapshot extension tell of its runs.
    pub runs: Vec<Read<SnapshotRun>>,
    /// The logs of the snapshot extension for Windows: which errors each names, the last one first.
    pub logs: Vec<Read<Vec<NamedCode>>>,
    /// `/etc/azure/vmbackup.conf`.
    pub settings: Option<Read<BackupSettings>>,
    /// How the last run that a log tells of was to take the snapshot, as the log words it.
    pub method_used: Option<Read<String>>,
}

impl BackupExtension {
    /// The handler of that name and version, which is added where it is new.
    #[expect(clippy::indexing_slicing, reason = "a handler was found there, or has just been put there")]
    pub fn handler(&mut self, name: &str, version: &str) -> &mut Handler {
        let is_it = |handler: &Handler| handler.name == name && handler.version == version;
        let at = self.handlers.iter().position(is_it).unwrap_or(self.handlers.len());
        if at == self.handlers.len() {
            self.handlers.push(Handler {
                name: name.to_owned(),
                version: version.to_owned(),
                ..Handler::default()
            });
        }
        &mut self.handlers[at]
    }

    /// The handlers in effect: of each extension the version that is installed, or else the newest that is not given up.
    #[must_use]
    pub fn current(&self) -> Vec<&Handler> {
        let mut current: Vec<&Handler> = Vec::new();
        for handler in self.handlers.iter().filter(|handler| !handler.is_given_up()) {
            match current.iter_mut().find(|other| other.name.eq_ignore_ascii_case(&handler.name)) {
                Some(other) if handler.rank() > other.rank() => *other = handler,
                Some(_) => {}
                None => current.push(handler),
            }
        }
        current
    }

    /// Versions that could not be installed, of extensions of which an older one is in effect.
    #[must_use]
    pub fn failed_upgrades(&self) -> Vec<&Handler> {
        let current = self.current();
        let version = |handler: &Handler| handler.version.parse::<AgentVersion>().ok();
        let is_newer = |failed: &Handler| {
            let mut others = current.iter().filter(|other| other.name.eq_ignore_ascii_case(&failed.name));
            others.any(|other| version(other) < version(failed))
        };
        let failed = self.handlers.iter().filter(|handler| handler.could_not_be_installed());
        failed.filter(|handler| is_newer(handler)).collect()
    }

    /// The errors that the logs of the extension for Windows name, each once.
    #[must_use]
    pub fn named(&self) -> Vec<&NamedCode> {
        let mut named: Vec<&NamedCode> = Vec::new();
        for code in self.logs.iter().flat_map(|log| &log.value) {
            if !named.iter().any(|known| known.code == code.code) {
                named.push(code);
            }
        }
        named
    }

    /// The last run that came to an end, and whether a later one had not when it was looked at.
    #[must_use]
    pub fn last_run(&self) -> Option<(&Read<SnapshotRun>, bool)> {
        let ended = |run: &&Read<SnapshotRun>| run.value.outcome() != SnapshotOutcome::Unfinished;
        // Of two at the same time, or without any, the later in order.
        let last = self.runs.iter().filter(ended).max_by_key(|run| run.value.at)?;
        let newest = self.runs.iter().max_by_key(|run| run.value.at)?;
        let open = !ended(&newest) && newest.value.at > last.value.at;
        Some((last, open))
    }
}

/// An error that a log names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedCode {
    /// Its name, as the log has it.
    pub code: String,
    /// Where it was named last.
    pub place: Place,
}

/// What runs one extension in one version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Handler {
    /// Publisher and type: `Microsoft.Azure.RecoveryServices.VMSnapshotLinux`. Hostile text.
    pub name: String,
    /// Its version. Hostile text.
    pub version: String,
    /// What the agent did with it last (`HandlerState`): `Enabled`, `Installed`, `NotInstalled`, `FailedUpgrade`.
    pub state: Option<Read<String>>,
    /// What the agent reports of it (`HandlerStatus`).
    pub status: Option<Read<HandlerStatus>>,
}

impl Handler {
    /// Whether it is the snapshot extension of backup, of either system.
    #[must_use]
    pub fn is_snapshot(&self) -> bool {
        is_snapshot(&self.name)
    }

    /// Whether the agent has removed it, or never wanted it installed: its folder is a remainder.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.is_not_installed() && !self.could_not_be_installed()
    }

    /// Whether the agent says that it is not installed, for whatever reason.
    #[must_use]
    pub fn is_not_installed(&self) -> bool {
        self.says("NotInstalled")
    }

    /// Whether the agent tried to install it and failed: it writes `NotInstalled` before it downloads, and of an error only the
    /// status.
    #[must_use]
    pub fn could_not_be_installed(&self) -> bool {
        let failed = |status: &HandlerStatus| {
            let word = status.status.as_deref().unwrap_or_default();
            word.eq_ignore_ascii_case("NotReady") && status.code.is_some_and(|code| code != 0)
        };
        self.is_not_installed() && self.status.as_ref().is_some_and(|read| failed(&read.value))
    }

    fn says(&self, state: &str) -> bool {
        self.state.as_ref().is_some_and(|own| own.value.eq_ignore_ascii_case(state))
    }

    fn rank(&self) -> (bool, Option<AgentVersion>) {
        (self.says("Enabled") || self.says("Installed"), self.version.parse().ok())
    }
}

/// Whether an extension of this name is the one that takes snapshots for backup.
#[must_use]
pub fn is_snapshot(name: &str) -> bool {
    snapshot_system(name).is_some()
}

/// The system whose snapshot extension is called so, with or without a version behind.
#[must_use]
pub fn snapshot_system(name: &str) -> Option<OsFamily> {
    let kind = name.get(..PUBLISHER.len()).filter(|begin| begin.eq_ignore_ascii_case(PUBLISHER));
    let kind = name.get(kind?.len()..)?.split(['-', '/', '\\']).next()?;
    match kind {
        kind if kind.eq_ignore_ascii_case("VMSnapshotLinux") => Some(OsFamily::Linux),
        kind if kind.eq_ignore_ascii_case("VMSnapshot") => Some(OsFamily::Windows),
        _ => None,
    }
}

/// What the agent reports of a handler.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HandlerStatus {
    /// `Ready`, `NotReady`, `Installing`, `Unresponsive`.
    pub status: Option<String>,
    /// A number, 0 for none.
    pub code: Option<i64>,
    /// In words. Hostile text.
    pub message: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Pointer;

    fn read<T>(value: T) -> Read<T> {
        Read { value, place: Place { document: "d".into(), pointer: Pointer::root() } }
    }

    #[test]
    fn the_version_in_effect_is_the_installed_one_or_the_newest() {
        let mut all = BackupExtension::default();
        for (version, state) in
            [("1.0.9.0", "NotInstalled"), ("1.0.100.0", "Enabled"), ("1.0.200.0", "FailedUpgrade")]
        {
            all.handler("A.B", version).state = Some(read(state.to_owned()));
        }
        all.handler("C", "1.2");
        all.handler("C", "1.10");
        let current: Vec<_> = all.current().iter().map(|handler| handler.version.as_str()).collect();
        assert_eq!(current, ["1.0.100.0", "1.10"]);
        assert_eq!(all.handlers.len(), 5);
        assert!(all.handler("C", "1.2").state.is_none() && all.handlers.len() == 5);
    }

    #[test]
    fn what_could_not_be_installed_is_not_given_up() {
        let status = |code| {
            Some(read(HandlerStatus { status: Some("NotReady".to_owned()), code: Some(code), message: None }))
        };
        let mut all = BackupExtension::default();
        let mut add = |name: &str, version: &str, state: &str, code| {
            let handler = all.handler(name, version);
            handler.state = Some(read(state.to_owned()));
            handler.status = status(code);
        };
        add("A", "1.0.1.0", "NotInstalled", 1009);
        add("B", "1.0.1.0", "NotInstalled", 0);
        add("C", "1.0.1.0", "NotInstalled", 1009);
        add("C", "1.0.2.0", "Enabled", 0);
        add("C", "1.0.3.0", "NotInstalled", 1009);
        let names = |handlers: Vec<&Handler>| -> Vec<String> {
            handlers.iter().map(|handler| format!("{} {}", handler.name, handler.version)).collect()
        };
        assert_eq!(names(all.current()), ["A 1.0.1.0", "C 1.0.2.0"]);
        assert_eq!(names(all.failed_upgrades()), ["C 1.0.3.0"]);
    }

    #[test]
    fn the_snapshot_extension_is_known_by_its_name() {
        let system = |name| snapshot_system(name);
        assert_eq!(system("Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9.0"), Some(OsFamily::Linux));
        assert_eq!(system("microsoft.azure.recoveryservices.vmsnapshot"), Some(OsFamily::Windows));
        assert_eq!(system("Microsoft.Azure.RecoveryServices.WorkloadBackup"), None);
        assert_eq!(system("Microsoft.Azure.Monitor.VMSnapshotLinux"), None);
        assert_eq!(system("Microsoft.Azure.RecoveryServicesé"), None);
    }

    #[test]
    fn the_newest_run_that_ended_counts() {
        let run = |at: &str, number| {
            let at = at.parse().ok();
            read(SnapshotRun { at, number, ..SnapshotRun::new(Teller::LinuxExtension) })
        };
        let mut all = BackupExtension::default();
        assert!(all.last_run().is_none());
        all.runs = vec![
            run("2026-11-02T00:00:00Z", Some(76)),
            run("2026-11-01T00:00:00Z", Some(1)),
            run("", Some(2)),
        ];
        assert_eq!(all.last_run().map(|(run, open)| (run.value.number, open)), Some((Some(76), false)));
        all.runs.push(run("2026-11-03T00:00:00Z", Some(4)));
        assert_eq!(all.last_run().map(|(run, open)| (run.value.number, open)), Some((Some(76), true)));
    }
}
