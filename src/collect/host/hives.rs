//! The registry of a machine that does not run, from the files that Windows keeps it in.

use std::collections::BTreeMap;

use super::registry::{self, Branch, Hive as Root};
use super::root::{How, Root as Disk};
use super::survey::{Survey, Unread};
use crate::input::Document;
use crate::wire::{self, Hive, HiveFault, RegistryKey};

/// The folder of the hives.
const FOLDER: &str = "/Windows/System32/config";
/// The largest hive that is read: that of the software of a server that is years old has some two hundred megabytes.
const LARGEST: How = How::Whole(512 << 20);
/// Why what is not in a hive may still have been in the registry.
const UNFINISHED: &str =
    "it was not written out whole: what changed last stands in its log, which is not read";
/// A hive as people find it, and where its keys stand in the registry of the running machine.
const HIVES: [(&str, Root, &str); 3] = [
    ("SYSTEM", Root::Machine, r"SYSTEM\"),
    ("SOFTWARE", Root::Machine, r"SOFTWARE\"),
    ("DEFAULT", Root::Users, r"S-1-5-18\"),
];

/// The keys of each document.
type Taken = BTreeMap<&'static str, Vec<RegistryKey>>;

/// What the checks ask of the registry, as far as the hives of a disk hold it.
pub(super) fn documents(disk: &Disk, survey: &mut Survey) -> Vec<Document> {
    let mut taken = Taken::new();
    for (file, root, above) in HIVES {
        let path = format!("{FOLDER}/{file}");
        let name = disk.name(&path);
        match disk.read(&path, LARGEST) {
            Ok(Some((_, bytes))) => match Hive::open(&bytes) {
                Some(hive) => take(&hive, (&name, root, above), survey, &mut taken),
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
fn take(hive: &Hive<'_>, (name, root, above): (&str, Root, &str), survey: &mut Survey, taken: &mut Taken) {
    if hive.is_whole() {
        survey.read.push(name.to_owned());
    } else {
        survey.unread.push(refused(name, UNFINISHED));
    }
    let branches = registry::PROXIES.iter().chain(registry::BRANCHES).filter(|branch| branch.hive == root);
    for (branch, below) in branches.filter_map(|branch| Some((branch, branch.path.strip_prefix(above)?))) {
        let reason = match keys(hive, branch, below) {
            Ok(Some(keys)) => {
                taken.entry(branch.document).or_default().extend(keys);
                continue;
            }
            Ok(None) if hive.is_whole() => {
                survey.absent.push(branch.whole());
                continue;
            }
            Ok(None) => UNFINISHED.to_owned(),
            Err(error) => error.to_string(),
        };
        survey.unread.push(refused(&branch.whole(), &reason));
        // A key above it without it would say that it is not there.
        taken.entry(branch.document).or_default().retain(|key| !branch.is_below(&key.path));
    }
}

/// The keys of a branch; `None` where there is no such key.
fn keys(hive: &Hive<'_>, branch: &Branch, below: &str) -> Result<Option<Vec<RegistryKey>>, HiveFault> {
    let path = match below.strip_prefix(r"CurrentControlSet\") {
        Some(rest) => {
            // The one in use has no key of its own in the file: another says which it is.
            let select = hive.key("Select")?.ok_or(HiveFault::Broken)?;
            format!(r"ControlSet{:03}\{rest}", select.number("Current")?.ok_or(HiveFault::Broken)?)
        }
        None => below.to_owned(),
    };
    let Some(key) = hive.key(&path)? else { return Ok(None) };
    let mut keys = key.branch(&branch.whole(), branch.depth, &|name| branch.values.may_take(name))?;
    for key in &mut keys {
        key.values.retain(|(name, value)| branch.values.take(name, value));
    }
    Ok(Some(keys))
}

fn refused(path: &str, reason: &str) -> Unread {
    Unread { path: path.to_owned(), reason: reason.to_owned(), root: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    /// Of a disk of the cases.
    const SOFTWARE: &[u8] = include_bytes!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/cases/guest-dotnet-narrow/failing-disk/root/Windows/System32/config/SOFTWARE"
    ));
    const NET: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\.NETFramework";

    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// The exports that come of a hive, and what is told of it.
    fn told(name: &str, hive: &[u8]) -> (String, Survey) {
        let folder =
            Folder(std::env::temp_dir().join(format!("azpreflight-hives-{name}-{}", std::process::id())));
        fs::create_dir_all(folder.0.join("Windows/System32/config")).unwrap();
        fs::write(folder.0.join("Windows/System32/config/SOFTWARE"), hive).unwrap();
        let disk = Disk::open(&folder.0).unwrap();
        let mut survey = Survey::of(&disk, false);
        let documents = documents(&disk, &mut survey);
        (documents.iter().map(|each| String::from_utf8_lossy(&each.bytes).into_owned()).collect(), survey)
    }

    fn unread(survey: &Survey) -> Vec<(&str, &str)> {
        survey.unread.iter().map(|each| (each.path.as_str(), each.reason.as_str())).collect()
    }

    #[test]
    fn a_key_is_told_only_with_what_is_below_it() {
        let (text, survey) = told("whole", SOFTWARE);
        assert!(
            text.contains(&format!("[{NET}]")) && text.contains(&format!(r"[{NET}\v4.0.30319]")),
            "{text}"
        );
        assert_eq!(unread(&survey), []);
        let mut broken = SOFTWARE.to_vec();
        let name = b"v4.0.30319";
        let at = broken.windows(name.len()).position(|window| window == name).unwrap() - 76;
        assert_eq!(broken[at..at + 2], *b"nk");
        broken[at + 36..at + 40].copy_from_slice(&[0xff, 0xff, 0, 0]);
        let (text, survey) = told("broken", &broken);
        let below = format!(r"{NET}\v4.0.30319");
        assert_eq!(unread(&survey), [(below.as_str(), "the hive is broken there")]);
        assert!(!text.contains(NET), "an export with the key says that there is nothing below: {text}");
    }

    #[test]
    fn what_is_missing_in_half_a_hive_is_not_known_to_be_missing() {
        let absent = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Virtual Machine\Guest";
        let (_, whole) = told("complete", SOFTWARE);
        assert!(whole.absent.iter().any(|path| path == absent), "{:?}", whole.absent);
        let mut half = SOFTWARE.to_vec();
        half[4] = half[4].wrapping_add(1);
        let (text, survey) = told("half", &half);
        assert!(text.contains("GuestAgentVersion"), "what is there is told: {text}");
        let unread = unread(&survey);
        assert!(unread.contains(&(absent, UNFINISHED)) && unread.len() > 5, "{unread:?}");
        assert!(!survey.absent.iter().any(|path| path.starts_with("HKEY")), "{:?}", survey.absent);
    }
}
