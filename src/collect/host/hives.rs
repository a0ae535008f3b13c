//! The registry of a machine that does not run, from the files that Windows keeps it in.

use super::registry::{self, Branch, Hive as Root};
use super::root::{How, Root as Disk};
use super::survey::{Survey, Unread};
use crate::input::Document;
use crate::wire::{self, Hive, RegistryKey};

/// The folder of the hives.
const FOLDER: &str = "/Windows/System32/config";
/// The largest hive that is read: that of the software of a server that is years old has some two hundred megabytes.
const LARGEST: How = How::Whole(512 << 20);
/// A hive as people find it, and where its keys stand in the registry of the running machine.
const HIVES: [(&str, Root, &str); 3] = [
    ("SYSTEM", Root::Machine, r"SYSTEM\"),
    ("SOFTWARE", Root::Machine, r"SOFTWARE\"),
    ("DEFAULT", Root::Users, r"S-1-5-18\"),
];

/// What the checks ask of the registry, as far as the hives of a disk hold it.
pub(super) fn documents(disk: &Disk, survey: &mut Survey) -> Vec<Document> {
    let mut taken: Vec<(&'static str, Vec<RegistryKey>)> = Vec::new();
    for (file, root, above) in HIVES {
        let path = format!("{FOLDER}/{file}");
        let name = disk.name(&path);
        match disk.read(&path, LARGEST) {
            Ok(Some((_, bytes))) => match Hive::open(&bytes) {
                Some(hive) => take(hive, (&name, root, above), survey, &mut taken),
                None => survey.unread.push(refused(&name, "it is no hive of a registry")),
            },
            Ok(None) => survey.absent.push(name),
            Err(error) => survey.unread.push(Unread::of(name, &error)),
        }
    }
    let written = taken.iter().filter(|(_, keys)| !keys.is_empty());
    written
        .map(|(document, keys)| wire::registry_document(&format!("registry/{document}.reg"), keys))
        .collect()
}

/// Takes every branch that stands in a hive.
fn take(
    hive: Hive<'_>,
    (name, root, above): (&str, Root, &str),
    survey: &mut Survey,
    taken: &mut Vec<(&'static str, Vec<RegistryKey>)>,
) {
    if hive.is_whole() {
        survey.read.push(name.to_owned());
    } else {
        let reason = "it was not written out whole: what changed last stands in its log, which is not read";
        survey.unread.push(refused(name, reason));
    }
    let branches = registry::PROXIES.iter().chain(registry::BRANCHES).filter(|branch| branch.hive == root);
    for (branch, below) in branches.filter_map(|branch| Some((branch, branch.path.strip_prefix(above)?))) {
        match keys(hive, branch, below) {
            Ok(Some(keys)) => match taken.iter_mut().find(|(document, _)| *document == branch.document) {
                Some((_, known)) => known.extend(keys),
                None => taken.push((branch.document, keys)),
            },
            Ok(None) => survey.absent.push(branch.whole()),
            Err(error) => survey.unread.push(refused(&branch.whole(), &error.to_string())),
        }
    }
}

/// The keys of a branch; `None` where there is no such key.
fn keys(hive: Hive<'_>, branch: &Branch, below: &str) -> Result<Option<Vec<RegistryKey>>, wire::Broken> {
    let path = match below.strip_prefix(r"CurrentControlSet\") {
        Some(rest) => {
            // The one in use has no key of its own in the file: another says which it is.
            let select = hive.key("Select")?.ok_or(wire::Broken)?;
            format!(r"ControlSet{:03}\{rest}", select.number("Current")?.ok_or(wire::Broken)?)
        }
        None => below.to_owned(),
    };
    let Some(key) = hive.key(&path)? else { return Ok(None) };
    key.branch(&branch.whole(), branch.depth, &|name, text| branch.values.take(name, text)).map(Some)
}

fn refused(path: &str, reason: &str) -> Unread {
    Unread { path: path.to_owned(), reason: reason.to_owned(), root: false }
}
