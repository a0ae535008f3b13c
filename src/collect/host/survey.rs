//! What stands in no file, measured: the document `guest.json`, `azpreflight/guest/v1`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::lists;
use super::root::{Matches, Root};
use crate::collect::bundle;
use crate::input::Document;
use crate::wire;

/// What it calls itself.
const SCHEMA: &str = "azpreflight/guest/v1";

/// What was measured so far. What is `None` or empty was not.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Survey {
    schema: &'static str,
    tool: &'static str,
    system: &'static str,
    live: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) privileged: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) collected_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) host_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) architecture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) processors: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) memory_bytes: Option<u64>,
    pub(super) read: Vec<String>,
    pub(super) absent: Vec<String>,
    pub(super) unread: Vec<Unread>,
    folders: Vec<Folder>,
    links: Vec<Link>,
    pub(super) volumes: Vec<Volume>,
    pub(super) executables: Vec<Executable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) processes: Option<Vec<String>>,
}

/// Something that is there and could not be read.
#[derive(Debug, Serialize)]
pub(super) struct Unread {
    pub(super) path: String,
    pub(super) reason: String,
    /// Whether root or an administrator could.
    pub(super) root: bool,
}

#[derive(Debug, Serialize)]
struct Folder {
    path: String,
    entries: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Link {
    path: String,
    target: String,
}

/// How full a file system is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Volume {
    pub(super) path: String,
    pub(super) size_bytes: u64,
    pub(super) free_bytes: u64,
}

/// A program and the versions in its bytes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Executable {
    pub(super) path: String,
    pub(super) file_version: String,
    pub(super) product_version: String,
}

impl Survey {
    /// Nothing measured yet of the machine at `root`; `live` where it is this one.
    pub(super) fn of(root: &Root, live: bool) -> Self {
        let system = if root.is_windows() { "windows" } else { "linux" };
        Self { schema: SCHEMA, tool: env!("CARGO_PKG_VERSION"), system, live, ..Self::default() }
    }

    /// The names in folders and the targets of links that tell something.
    pub(super) fn take_names(&mut self, root: &Root) {
        let folders = lists::FOLDERS.iter().flat_map(|pattern| self.matching(root, pattern));
        for path in folders.collect::<Vec<_>>() {
            let entries = root.entries(&path, &|name, _| lists::is_telling(name));
            let name = root.name(&path);
            match entries {
                Ok(Some(entries)) => self.folders.push(Folder { path: name, entries }),
                Ok(None) => self.absent.push(name),
                Err(error) => self.unread.push(Unread::of(name, &error)),
            }
        }
        let live = self.live;
        let is_there = |path: &&&str| !root.is_windows() && (live || !path.starts_with("/proc/"));
        for path in lists::LINKS.iter().filter(is_there) {
            let name = root.name(path);
            let there = || root.resolve(path).map(|real| real.is_some());
            match root.link(path) {
                Ok(Some(target)) => self.links.push(Link { path: name, target }),
                Ok(None) => match there() {
                    Ok(true) => {}
                    Ok(false) => self.absent.push(name),
                    Err(error) => self.unread.push(Unread::of(name, &error)),
                },
                Err(error) => self.unread.push(Unread::of(name, &error)),
            }
        }
    }

    /// The paths that a pattern means; where not all of them are known, what could not be read is told.
    pub(super) fn matching(&mut self, root: &Root, pattern: &str) -> Vec<String> {
        let Matches { paths, unread } = root.matching(pattern);
        self.unread.extend(unread.iter().map(|(folder, error)| Unread::of(root.name(folder), error)));
        paths
    }

    /// The document.
    pub(super) fn document(mut self) -> Document {
        // Each path once, in order, whatever list it came from.
        for list in [&mut self.read, &mut self.absent] {
            list.sort_unstable();
            list.dedup();
        }
        let mut unread: BTreeMap<String, Unread> = BTreeMap::new();
        for each in std::mem::take(&mut self.unread) {
            unread.entry(each.path.clone()).or_insert(each);
        }
        self.unread = unread.into_values().collect();
        wire::survey_document(bundle::SURVEY, &self)
    }
}

impl Executable {
    /// The versions that a program's bytes hold, if they hold any.
    pub(super) fn of(path: String, bytes: &[u8]) -> Option<Self> {
        let version = wire::executable_version(bytes)?;
        let (file_version, product_version) = (version.file.to_string(), version.product.to_string());
        Some(Self { path, file_version, product_version })
    }
}

impl Unread {
    /// What an error says about a path.
    pub(super) fn of(path: String, error: &std::io::Error) -> Self {
        let root = error.kind() == std::io::ErrorKind::PermissionDenied;
        Self { path, reason: error.to_string(), root }
    }
}
