//! What the inside of a machine tells: its files, what a few commands that only read say, and what can be measured.
//!
//! Of this machine or of a disk that is mounted somewhere. Only what `lists` names is looked at, and nothing outside the
//! root is ever opened. No secret stays in the documents, so that they can be kept: `wire` takes them out.

mod hives;
mod limits;
mod lists;
mod live;
mod orders;
#[cfg(test)]
mod planted;
mod program;
mod registry;
pub(super) mod root;
mod survey;
mod volumes;
#[cfg(windows)]
mod windows;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bundle;
use crate::input::{Bundle, Document};
use crate::probe::Proxy;
use crate::wire;
use limits::Left;
use lists::Wanted;
use root::{How, Root};
use survey::{Executable, Survey, Unread};

/// The largest program that is read for its version.
const PROGRAM: How = How::Whole(64 << 20);

/// Which machine is looked at.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'p> {
    /// This one, running.
    Here,
    /// The one whose disk is mounted, or was copied, to this folder.
    Root(&'p Path),
}

/// What a machine tells.
#[derive(Debug, Default)]
pub struct Told {
    /// The documents, without secrets.
    pub documents: Bundle,
    /// Credentials that were taken out of them: by the name of the document, the proxy with them. For probing alone, never to
    /// be saved or shown; `guest::Settings::with_credentials` puts them back.
    pub withheld: Vec<(Arc<str>, Proxy)>,
    /// What is there and could not be read, one clause each: without root, what the agent's process has in its environment.
    pub unread: Vec<String>,
    /// Whether the settings of the accounts of this machine could not be read at all: those of Windows, in its registry.
    pub registry_unread: bool,
}

/// Everything that the checks of a guest read, with the survey as the first document.
///
/// An error is that of the root itself: that it is not there, or no folder. What cannot be read below it is told in the
/// survey.
pub fn gather(scope: Scope<'_>) -> io::Result<Told> {
    let (base, live) = match scope {
        Scope::Here => (this_machine(), true),
        Scope::Root(base) => (base.to_path_buf(), false),
    };
    let root = Root::open(&base)?;
    let mut gathering = Gathering::of(&root, live);
    gathering.proxies(live);
    gathering.survey.take_names(&root);
    gathering.files(if root.is_windows() { lists::WINDOWS } else { lists::LINUX });
    if root.is_windows() {
        gathering.programs();
    }
    if live {
        if !root.is_windows() {
            gathering.files(lists::RUNNING);
        }
        live::measure(&root, &mut gathering.survey);
        #[cfg(windows)]
        gathering.registry();
        let said = live::said(&mut gathering.survey);
        gathering.keep(said);
    } else {
        if root.is_windows() {
            let said = hives::documents(&root, &mut gathering.survey);
            gathering.keep(said);
        } else {
            gathering.survey.architecture = program::architecture(&root, lists::PROGRAMS);
        }
        volumes::of_disk(&root, &gathering.told.documents, &mut gathering.survey);
    }
    Ok(gathering.finish())
}

/// What this machine is told about proxies: its files, the environment of this process, and that of the VM agent's.
#[must_use]
pub fn documents() -> Told {
    let Ok(root) = Root::open(&this_machine()) else { return Told::default() };
    let mut gathering = Gathering::of(&root, true);
    gathering.proxies(true);
    gathering.told
}

/// Whether something that could not be read on a machine, by the name that the survey has for it, might have told something of
/// the VM agent.
#[must_use]
pub fn is_of_agent(path: &str) -> bool {
    lists::is_of_agent(path)
}

/// Where the root of this machine stands.
fn this_machine() -> PathBuf {
    if cfg!(windows) { PathBuf::from(r"C:\") } else { PathBuf::from("/") }
}

/// What is gathered of one machine.
struct Gathering<'r> {
    root: &'r Root,
    survey: Survey,
    told: Told,
    /// Files that were read, where they really are: one that several links name is read once.
    seen: BTreeSet<PathBuf>,
    left: Left,
}

impl<'r> Gathering<'r> {
    fn of(root: &'r Root, live: bool) -> Self {
        Self {
            root,
            survey: Survey::of(root, live),
            told: Told::default(),
            seen: BTreeSet::new(),
            left: Left::all(),
        }
    }

    /// What is said about proxies, and what could not be read of it; of a running machine with what its processes are told.
    fn proxies(&mut self, live: bool) {
        if !self.root.is_windows() {
            self.files(lists::PROXIES);
        }
        if live {
            self.environments();
        }
        #[cfg(windows)]
        if live {
            let (documents, known) = windows::proxies(&mut self.survey);
            self.keep(documents);
            self.told.registry_unread = !known;
        }
        let clause = |each: &Unread| format!("cannot read `{}`: {}", each.path.escape_debug(), each.reason);
        self.told.unread.extend(self.survey.unread.iter().map(clause));
    }

    /// What the registry says, and what else only a running Windows has.
    #[cfg(windows)]
    fn registry(&mut self) {
        windows::measure(&mut self.survey);
        let documents = windows::registry(&mut self.survey);
        self.keep(documents);
    }

    /// Keeps documents that stand in no file.
    fn keep(&mut self, documents: Vec<Document>) {
        for document in documents {
            self.survey.read.push(document.name.to_string());
            self.told.keep(document, false);
        }
    }

    /// The versions that programs carry.
    fn programs(&mut self) {
        let paths = lists::EXECUTABLES.iter().flat_map(|pattern| self.survey.matching(self.root, pattern));
        for path in paths.collect::<Vec<_>>() {
            let name = self.root.name(&path);
            self.left.begin(PROGRAM);
            match self.left.read(self.root, &path, PROGRAM) {
                Ok(Some((_, bytes))) => {
                    self.survey.executables.extend(Executable::of(name, &bytes));
                }
                Ok(None) => self.survey.absent.push(name),
                Err(error) => self.survey.unread.push(Unread::of(name, &error)),
            }
        }
    }

    fn files(&mut self, wanted: &[Wanted]) {
        for each in wanted {
            self.left.begin(each.how);
            for path in self.survey.matching(self.root, each.pattern) {
                self.file(&path, each);
            }
        }
    }

    fn file(&mut self, path: &str, wanted: &Wanted) {
        let name = self.root.name(path);
        let is_pattern = wanted.pattern.contains('*');
        match self.left.read(self.root, path, wanted.how) {
            Ok(Some((_, bytes))) if !wire::is_text(&bytes) => {
                let reason = "it is no text".to_owned();
                self.survey.unread.push(Unread { path: name, reason, root: false });
            }
            Ok(Some((real, bytes))) => {
                self.survey.read.push(name.clone());
                if self.seen.insert(real) {
                    let document = Document { name: name.into(), bytes, named_by_user: false };
                    self.told.keep(document, wanted.proxies_only);
                }
            }
            // What only a pattern means was not looked for by that name.
            Ok(None) if is_pattern => {}
            Ok(None) => self.survey.absent.push(name),
            Err(error) if is_pattern && error.kind() == io::ErrorKind::IsADirectory => {}
            Err(error) => self.survey.unread.push(Unread::of(name, &error)),
        }
    }

    /// The variables of this process, and those of the VM agent's, which root alone may read.
    fn environments(&mut self) {
        self.told.take_variables("environment", false, std::env::vars_os());
        let Some((process, _)) = live::agent_processes(self.root).into_iter().next() else { return };
        let number = process.file_name().unwrap_or_default().to_string_lossy();
        let name = "environment of the VM agent";
        match self.root.read(&format!("/proc/{number}/environ"), How::Whole(1 << 20)) {
            Ok(Some((_, bytes))) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let pairs = text.split('\0').filter_map(|pair| pair.split_once('='));
                let pairs = pairs.map(|(name, value)| (name.into(), value.into()));
                self.told.take_variables(name, true, pairs);
            }
            Ok(None) => {}
            Err(error) => self.survey.unread.push(Unread::of(name.to_owned(), &error)),
        }
    }

    fn finish(self) -> Told {
        let Self { mut survey, mut told, .. } = self;
        told.documents.documents.retain(|document| {
            let kept = bundle::path_of(&document.name).is_some();
            if !kept {
                let reason = "it has a name that cannot be kept".to_owned();
                survey.unread.push(Unread { path: document.name.to_string(), reason, root: false });
            }
            kept
        });
        told.documents.documents.push(wire::redact(survey.document()));
        bundle::order(&mut told.documents.documents);
        told
    }
}

impl Told {
    /// Keeps a document without the secrets in it; if so wanted, only where it is about proxies.
    fn keep(&mut self, document: Document, proxies_only: bool) {
        match wire::withhold(&document) {
            Some(withheld) => self.take(Some(withheld)),
            None if proxies_only => {}
            None => self.documents.documents.push(wire::redact(document)),
        }
    }

    fn take_variables(
        &mut self,
        name: &str,
        of_agent: bool,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) {
        let texts = variables.filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            // Case means nothing there: whoever asks for a variable in lower case is given it however it was set.
            let name = if cfg!(windows) { name.to_ascii_lowercase() } else { name };
            Some((name, value.into_string().ok()?))
        });
        self.take(wire::environment_document(name, of_agent, texts));
    }

    fn take(&mut self, withheld: Option<wire::Withheld>) {
        if let Some(withheld) = withheld {
            self.documents.documents.push(withheld.document);
            self.withheld.extend(withheld.proxies);
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_disk_tells_its_files_without_secrets_and_where_was_looked() {
        let base = std::env::temp_dir().join(format!("azpreflight-host-{}", std::process::id()));
        fs::create_dir_all(base.join("etc/profile.d")).unwrap();
        fs::create_dir_all(base.join("var/lib/waagent/WALinuxAgent-2.9.1.1")).unwrap();
        fs::create_dir_all(base.join("var/lib/waagent/kims-private-things")).unwrap();
        fs::write(base.join("etc/profile.d/a.sh"), "export http_proxy='http://kim:secret@inside:1'\n")
            .unwrap();
        fs::write(base.join("etc/profile.d/b.sh"), "alias ls='ls -l'\nexport TOKEN=secret\n").unwrap();
        std::os::unix::fs::symlink("a.sh", base.join("etc/profile.d/c.sh")).unwrap();
        let told = gather(Scope::Root(&base)).unwrap();
        fs::remove_dir_all(&base).unwrap();
        let all: String = told
            .documents
            .documents
            .iter()
            .map(|each| String::from_utf8_lossy(&each.bytes).into_owned())
            .collect();
        assert!(!all.contains("secret") && !all.contains("private"), "{all}");
        assert!(
            all.contains("WALinuxAgent-2.9.1.1") && all.contains("http://credentials-withheld@inside:1"),
            "{all}"
        );
        assert!(all.contains("\"/etc/waagent.conf\""), "{all}");
        assert_eq!(told.withheld.len(), 1);
        assert!(gather(Scope::Root(&base)).is_err());
    }
}
