//! What this machine is told about proxies: the files and variables that say so, and nothing else of them.
//!
//! No credentials stay in the documents, so that they can be kept: `wire` takes them out, and they travel apart.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::input::{Bundle, Document};
use crate::probe::Proxy;
use crate::wire;

/// Files that are read where they are there, below the root.
const FILES: [&str; 12] = [
    "etc/environment",
    "etc/waagent.conf",
    "etc/default/walinuxagent",
    "etc/sysconfig/waagent",
    "etc/systemd/system.conf",
    "opt/msawb/bin/ExtensionSettingsOverrides.json",
    "etc/systemd/system/walinuxagent.service",
    "etc/systemd/system/waagent.service",
    "run/systemd/system/walinuxagent.service",
    "lib/systemd/system/walinuxagent.service",
    "usr/lib/systemd/system/walinuxagent.service",
    "usr/lib/systemd/system/waagent.service",
];
/// Folders of which every file with the given ending is read.
const FOLDERS: [(&str, &str); 10] = [
    ("etc/profile.d", ".sh"),
    ("etc/systemd/system.conf.d", ".conf"),
    ("etc/systemd/system/service.d", ".conf"),
    ("etc/systemd/system/walinuxagent.service.d", ".conf"),
    ("etc/systemd/system/waagent.service.d", ".conf"),
    ("run/systemd/system/walinuxagent.service.d", ".conf"),
    ("run/systemd/system/waagent.service.d", ".conf"),
    ("lib/systemd/system/walinuxagent.service.d", ".conf"),
    ("usr/lib/systemd/system/walinuxagent.service.d", ".conf"),
    ("usr/lib/systemd/system/waagent.service.d", ".conf"),
];
/// The largest file that is read.
const LIMIT: u64 = 1 << 20;
/// How many files of a folder are read.
const MOST: usize = 1000;
/// How many processes are looked at for the VM agent's.
const MOST_PROCESSES: usize = 100_000;

/// What this machine is told about proxies.
#[derive(Debug, Default)]
pub struct Told {
    /// The documents, without credentials.
    pub documents: Bundle,
    /// Credentials that were taken out of them: by the name of the document, the proxy with them. For probing alone, never to
    /// be saved or shown; `guest::Settings::with_credentials` puts them back.
    pub withheld: Vec<(Arc<str>, Proxy)>,
    /// What is there and could not be read, one clause each: without root, what the agent's process has in its environment.
    pub unread: Vec<String>,
    /// Whether the settings of the accounts of this machine could not be read at all: those of Windows, in its registry.
    pub registry_unread: bool,
}

/// Reads what this machine is told about proxies: its files, the environment of this process, and that of the VM agent's.
#[must_use]
pub fn documents() -> Told {
    let mut told = below(Path::new("/"));
    told.take_variables("environment", false, std::env::vars_os());
    told.take_agent();
    if cfg!(windows) {
        told.registry_unread = true;
        told.unread.push(
            "the proxy settings of Windows accounts stand in the registry, which is not read here: export them, and give \
             them as INPUT instead of --here"
                .to_owned(),
        );
    }
    told
}

/// The same of the files of a disk that is mounted somewhere. There is no environment of a process to it.
#[must_use]
pub fn below(root: &Path) -> Told {
    let mut told = Told::default();
    let Ok(real) = root.canonicalize() else { return told };
    let files = FILES.iter().map(|file| root.join(file));
    let folders = FOLDERS.iter().flat_map(|(folder, ending)| listed(&root.join(folder), ending));
    let mut seen = BTreeSet::new();
    for path in files.chain(folders) {
        let bytes = read(&path, &real, &mut seen);
        told.take_file(&path, bytes);
    }
    told
}

impl Told {
    fn take_file(&mut self, path: &Path, bytes: io::Result<Option<Vec<u8>>>) {
        match bytes {
            Ok(Some(bytes)) => {
                let name = Arc::from(path.to_string_lossy());
                self.take(wire::withhold(&Document { name, bytes, named_by_user: false }));
            }
            Ok(None) => {}
            Err(error) => self
                .unread
                .push(format!("cannot read `{}`: {error}", path.display().to_string().escape_debug())),
        }
    }

    fn take_variables(
        &mut self,
        name: &str,
        of_agent: bool,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) {
        let texts =
            variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        self.take(wire::environment_document(name, of_agent, texts));
    }

    /// The environment that the VM agent's process really has, which root alone may read.
    fn take_agent(&mut self) {
        let Some(process) = agent_process() else { return };
        let path = process.join("environ");
        match read_bounded(&path) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let pairs = text.split('\0').filter_map(|pair| pair.split_once('='));
                let pairs = pairs.map(|(name, value)| (name.into(), value.into()));
                self.take_variables("environment of the VM agent", true, pairs);
            }
            Err(error) => {
                self.unread.push(format!("cannot read the environment of the VM agent's process: {error}"))
            }
        }
    }

    fn take(&mut self, withheld: Option<wire::Withheld>) {
        if let Some(withheld) = withheld {
            self.documents.documents.push(withheld.document);
            self.withheld.extend(withheld.proxies);
        }
    }
}

/// The folder of the VM agent's own process, by its command line: `python3 … waagent -daemon`.
fn agent_process() -> Option<PathBuf> {
    let processes = fs::read_dir("/proc").ok()?.flatten().take(MOST_PROCESSES);
    let mut numbered: Vec<(u32, PathBuf)> = processes
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .collect();
    numbered.sort_unstable();
    let is_agent = |path: &PathBuf| {
        let line = read_bounded(&path.join("cmdline")).unwrap_or_default();
        let mut words = line.split(|byte| *byte == 0).take(4);
        words.any(|word| word == b"waagent" || word.ends_with(b"/waagent"))
    };
    numbered.into_iter().map(|(_, path)| path).find(is_agent)
}

/// Files of a folder with this ending, in the order of their names.
fn listed(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.as_os_str().as_encoded_bytes().ends_with(ending.as_bytes()))
        .collect();
    paths.sort_unstable();
    paths.truncate(MOST);
    paths
}

/// The bytes of an ordinary file below the root, however it is linked; `None` where there is none, or it was read before.
fn read(path: &Path, root: &Path, seen: &mut BTreeSet<PathBuf>) -> io::Result<Option<Vec<u8>>> {
    let real = match path.canonicalize() {
        Ok(real) => real,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    if !real.starts_with(root) {
        return Err(io::Error::other("it is a link to a place outside"));
    }
    // Neither a pipe, which could wait for ever, nor a device.
    if !real.metadata()?.is_file() || !seen.insert(real.clone()) {
        return Ok(None);
    }
    read_bounded(&real).map(Some)
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {LIMIT} bytes")));
    }
    Ok(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn links_do_not_lead_outside() {
        let folder = std::env::temp_dir().join(format!("azpreflight-host-{}", std::process::id()));
        let (root, outside) = (folder.join("root"), folder.join("outside"));
        fs::create_dir_all(root.join("etc/profile.d")).unwrap();
        fs::create_dir_all(&outside).unwrap();
        fs::write(outside.join("environment"), "http_proxy=http://outside:1\n").unwrap();
        fs::write(root.join("etc/profile.d/a.sh"), "export http_proxy='http://kim:secret@inside:1'\n")
            .unwrap();
        fs::write(root.join("etc/profile.d/b.sh"), "alias ls='ls -l'\nexport TOKEN=secret\n").unwrap();
        std::os::unix::fs::symlink(outside.join("environment"), root.join("etc/environment")).unwrap();
        std::os::unix::fs::symlink("a.sh", root.join("etc/profile.d/c.sh")).unwrap();
        let told = below(&root);
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(told.unread.len(), 1, "{:?}", told.unread);
        assert_eq!(told.withheld.len(), 1);
        let [document] = told.documents.documents.as_slice() else { panic!("{:?}", told.documents) };
        let text = String::from_utf8(document.bytes.clone()).unwrap();
        assert_eq!(text, "export http_proxy='http://credentials-withheld@inside:1'\n");
    }
}
