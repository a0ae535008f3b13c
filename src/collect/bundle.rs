//! A folder with the documents of one machine: what `collect` writes, read like any other input.
//!
//! A document called `/etc/waagent.conf` stands at `etc/waagent.conf`, one called `C:\Windows\x` at `C/Windows/x`. The folder
//! is known by the survey at its top.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::CollectError;
use super::disk::take;
use super::host::root::open_plainly;
use crate::input::{Bundle, Document};

/// The document that makes a folder a bundle: what was measured, and where was looked.
pub const SURVEY: &str = "guest.json";
/// What the survey calls itself.
const SCHEMA: &[u8] = b"azpreflight/guest/v1";
/// The longest name that file systems take.
const LONGEST: usize = 255;
/// How many documents one may hold: many times what is ever collected.
const MOST: usize = 10_000;
/// The largest document: several times what is collected of a file.
const LARGEST: u64 = 64 << 20;
/// How many bytes all documents together may have: several times what is ever collected.
const MOST_BYTES: usize = 512 << 20;

/// Where a document stands in the folder; `None` for a name that no file can stand for.
///
/// Letters that some file system does not take are written as `%` and two digits. Nothing leads out of the folder.
///
/// ```
/// use azpreflight::collect::bundle::path_of;
/// use std::path::Path;
/// assert_eq!(path_of(r"C:\WindowsAzure\Logs\a.log").unwrap(), Path::new("C/WindowsAzure/Logs/a.log"));
/// assert_eq!(path_of("/etc/../a\nb").unwrap(), Path::new("etc/%2E%2E/a%0Ab"));
/// ```
#[must_use]
pub fn path_of(name: &str) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    for part in parts(name) {
        let written = written(&part);
        if written.is_empty() || written.len() > LONGEST {
            return None;
        }
        path.push(written);
    }
    (name_of(&path)? == name).then_some(path)
}

/// Brings documents into the order in which they are read: the survey first, which says what the others are, then by name.
pub(super) fn order(documents: &mut [Document]) {
    documents
        .sort_by(|one, other| (&*one.name != SURVEY, &one.name).cmp(&(&*other.name != SURVEY, &other.name)));
}

/// Whether a bundle can be written to a folder: an error where the folder is neither new nor empty, or may not be written to.
/// Nothing is left behind.
pub fn can_write(folder: &Path) -> io::Result<()> {
    Unfinished::of(folder).map(drop)
}

/// Writes a folder that is new or empty: whole, or not at all. What is in it is for its owner alone.
pub fn write(folder: &Path, bundle: &Bundle) -> io::Result<()> {
    let unfinished = Unfinished::of(folder)?;
    for document in &bundle.documents {
        let unnamed = || io::Error::new(io::ErrorKind::InvalidInput, "a document has no name to keep it by");
        let path = unfinished.hidden.join(path_of(&document.name).ok_or_else(unnamed)?);
        if let Some(above) = path.parent() {
            private_folders().recursive(true).create(above)?;
        }
        let mut file = private_file(&path)?;
        file.write_all(&document.bytes)?;
        file.sync_all()?;
    }
    unfinished.finish()
}

/// A hidden folder that goes away unless it was finished.
struct Unfinished {
    hidden: PathBuf,
    /// Where everything is to stand.
    folder: PathBuf,
    /// Whether the folder was there before. Then the hidden one stands in it: beside it there may be another file system.
    inside: bool,
    /// What already stands in the folder.
    moved: Vec<PathBuf>,
}

impl Unfinished {
    fn of(folder: &Path) -> io::Result<Self> {
        let inside = folder.exists();
        let folder = if inside { folder.canonicalize()? } else { folder.to_path_buf() };
        if inside && fs::read_dir(&folder)?.next().is_some() {
            return Err(io::Error::new(io::ErrorKind::DirectoryNotEmpty, "the folder is not empty"));
        }
        let number = std::process::id();
        let hidden = if inside {
            folder.join(format!(".azpreflight.{number}"))
        } else {
            let mut name = std::ffi::OsString::from(".");
            name.push(folder.file_name().ok_or(io::ErrorKind::InvalidInput)?);
            name.push(format!(".{number}"));
            folder.with_file_name(name)
        };
        private_folders().create(&hidden)?;
        Ok(Self { hidden, folder, inside, moved: Vec::new() })
    }

    /// Puts everything in its place, the survey last: without it a folder is no bundle.
    fn finish(mut self) -> io::Result<()> {
        if !self.inside {
            return fs::rename(&self.hidden, &self.folder);
        }
        let entries: io::Result<Vec<_>> = fs::read_dir(&self.hidden)?.collect();
        let mut names: Vec<_> = entries?.into_iter().map(|entry| entry.file_name()).collect();
        names.sort_by_key(|name| name == SURVEY);
        for name in names {
            let place = self.folder.join(&name);
            fs::rename(self.hidden.join(&name), &place)?;
            self.moved.push(place);
        }
        self.moved.clear();
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Of what was finished there is nothing left to remove, and more than try nobody can.
        drop(fs::remove_dir_all(&self.hidden));
        for place in &self.moved {
            drop(fs::remove_dir_all(place).or_else(|_| fs::remove_file(place)));
        }
    }
}

/// Makes folders that are for their owner alone.
fn private_folders() -> fs::DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has a mode to set"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// A new file that is for its owner alone.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether a folder is a bundle: its survey says so.
pub(super) fn is_one(folder: &Path) -> bool {
    let path = folder.join(SURVEY);
    let plain = fs::symlink_metadata(&path).is_ok_and(|about| about.is_file());
    let survey = plain.then(|| read_file(&path, SURVEY).ok()).flatten();
    survey.is_some_and(|document| {
        // PowerShell may write two bytes a letter.
        let letters: Vec<u8> = document.bytes.into_iter().filter(|byte| *byte != 0).collect();
        letters.windows(SCHEMA.len()).any(|window| window == SCHEMA)
    })
}

/// Adds the documents of a bundle, called as the machine itself calls them.
///
/// Links are not followed: a bundle may come from anybody, and holds none. Nor is anything read but ordinary files.
pub(super) fn read(folder: &Path, bundle: &mut Bundle) -> Result<(), CollectError> {
    let mut documents = Vec::new();
    let mut left = MOST_BYTES;
    for path in files(folder)? {
        let below = path.strip_prefix(folder).unwrap_or(&path);
        let name = name_of(below).unwrap_or_else(|| below.to_string_lossy().into_owned());
        let document = read_file(&path, &name)?;
        let Some(rest) = left.checked_sub(document.bytes.len()) else {
            let cause = io::Error::other(format!("its files have more than {MOST_BYTES} bytes together"));
            return Err(unreadable(folder, cause));
        };
        left = rest;
        documents.push(document);
    }
    order(&mut documents);
    bundle.documents.append(&mut documents);
    Ok(())
}

fn read_file(path: &Path, name: &str) -> Result<Document, CollectError> {
    let file = open_plainly(path).map_err(|cause| unreadable(path, cause))?;
    take(name, file, (0, LARGEST))
}

fn unreadable(path: &Path, cause: io::Error) -> CollectError {
    CollectError::Unreadable { name: path.to_string_lossy().into_owned(), cause }
}

/// Ordinary files below a folder; names that begin with a dot are left alone.
fn files(bundle: &Path) -> Result<BTreeSet<PathBuf>, CollectError> {
    let (mut ahead, mut found) = (vec![bundle.to_path_buf()], BTreeSet::new());
    while let Some(folder) = ahead.pop() {
        let refused = |cause| unreadable(&folder, cause);
        for entry in fs::read_dir(&folder).map_err(refused)? {
            let entry = entry.map_err(refused)?;
            let kind = entry.file_type().map_err(refused)?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if kind.is_dir() {
                ahead.push(entry.path());
            } else if kind.is_file() {
                found.insert(entry.path());
            }
            if found.len() + ahead.len() > MOST {
                let cause = format!("it holds more than {MOST} files, which nothing that was collected does");
                return Err(unreadable(bundle, io::Error::other(cause)));
            }
        }
    }
    Ok(found)
}

/// The parts of a document's name, as folders and a file.
fn parts(name: &str) -> Vec<String> {
    let mut letters = name.chars();
    match (letters.next(), letters.next(), letters.next()) {
        (Some(drive), Some(':'), Some('\\')) if drive.is_ascii_uppercase() => {
            let below = name.split('\\').skip(1).map(str::to_owned);
            std::iter::once(drive.to_string()).chain(below).collect()
        }
        _ => name.strip_prefix('/').unwrap_or(name).split('/').map(str::to_owned).collect(),
    }
}

/// The name of the document at a path in the folder; `None` where that is no path that [`path_of`] gives.
fn name_of(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.components().map(|part| part.as_os_str().to_str()).collect();
    let parts: Vec<String> = parts?.into_iter().map(read_back).collect::<Option<_>>()?;
    let (first, below) = parts.split_first()?;
    Some(match first.as_str() {
        _ if below.is_empty() => first.clone(),
        "commands" | "registry" => parts.join("/"),
        drive if drive.len() == 1 && drive.starts_with(|c: char| c.is_ascii_uppercase()) => {
            format!("{drive}:\\{}", below.join("\\"))
        }
        _ => format!("/{}", parts.join("/")),
    })
}

/// A part of a name as every file system takes it.
fn written(part: &str) -> String {
    let mut written = String::with_capacity(part.len());
    let last = part.len().saturating_sub(1);
    for (at, byte) in part.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric()
            || b"-_+~@()[]{},=!#$&'^;".contains(&byte)
            || byte == b'.' && at != 0 && at != last
            || byte == b' ' && at != last;
        if plain {
            written.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(written, "%{byte:02X}");
        }
    }
    written
}

/// What [`written`] made of it; `None` where it would have written something else.
fn read_back(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    let part = String::from_utf8(bytes).ok()?;
    (written(&part) == text).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(name: &str) -> Document {
        Document { name: name.into(), bytes: name.as_bytes().to_vec(), named_by_user: false }
    }

    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn folder(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("azpreflight-bundle-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn survey() -> Document {
        Document { bytes: br#"{"schema":"azpreflight/guest/v1"}"#.to_vec(), ..document(SURVEY) }
    }

    #[test]
    fn names_and_paths_stand_for_each_other() {
        for name in [
            "/etc/waagent.conf",
            r"C:\WindowsAzure\Logs\WaAppAgent.log",
            "commands/nft-ruleset.json",
            "registry/hklm.reg",
            "guest.json",
            "environment of the VM agent",
            "/etc/profile.d/\u{1b}[31m\n.sh",
            "/etc/profile.d/..",
            "/etc/profile.d/100%41.sh",
            r"/etc/profile.d/a\b:c.sh",
            "/etc/profile.d/ü .",
        ] {
            let path = path_of(name).unwrap_or_else(|| panic!("{name:?}"));
            assert_eq!(name_of(&path).as_deref(), Some(name));
            assert!(
                path.components().all(|part| matches!(part, std::path::Component::Normal(_))),
                "{path:?}"
            );
            let harmless = |c: char| c.is_ascii() && !c.is_control() && !r#"\:*?"<>|"#.contains(c);
            assert!(path.iter().all(|part| part.to_str().unwrap().chars().all(harmless)), "{path:?}");
        }
        let long = format!("/etc/profile.d/{}", "\n".repeat(100));
        for name in ["", "/", "//etc", "/guest.json", "/commands/x", "/C/x", r"C:\", "/etc/", long.as_str()] {
            assert_eq!(path_of(name), None, "{name:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let base = folder("again");
        let at = base.0.join("bundle");
        let names = ["environment", "/etc/a.conf", "/etc/a/b", "/etc/a b\n", "commands/x.txt", r"C:\a\b"];
        let mut documents: Vec<Document> = names.into_iter().map(document).chain([survey()]).collect();
        order(&mut documents);
        let written = Bundle { documents };
        write(&at, &written).unwrap();
        assert!(is_one(&at));
        let mut read_again = Bundle::default();
        read(&at, &mut read_again).unwrap();
        assert_eq!(read_again, written);
        assert!(write(&at, &written).is_err(), "it is not empty");
        fs::create_dir(base.0.join("empty")).unwrap();
        write(&base.0.join("empty"), &written).unwrap();
        let left: Vec<_> = fs::read_dir(&base.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "nothing unfinished stays: {left:?}");
    }

    #[test]
    fn a_folder_that_is_there_is_filled_and_keeps_its_place() {
        let base = folder("there");
        let at = base.0.join("stick");
        fs::create_dir(&at).unwrap();
        can_write(&at).unwrap();
        can_write(&base.0.join("new")).unwrap();
        assert_eq!((fs::read_dir(&at).unwrap().count(), fs::read_dir(&base.0).unwrap().count()), (0, 1));
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(&at.metadata().unwrap());
        let bundle = Bundle { documents: vec![survey(), document("/etc/a"), document("commands/x.txt")] };
        write(&at, &bundle).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt, PermissionsExt};
            let mode = |path: &str| at.join(path).metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(at.metadata().unwrap().ino(), number, "something may be mounted there");
            assert_eq!([mode(SURVEY), mode("etc"), mode("etc/a")], [0o600, 0o700, 0o600]);
        }
        assert_eq!(fs::read_dir(&at).unwrap().count(), 3, "nothing hidden stays");
        assert!(is_one(&at) && can_write(&at).is_err());
        assert!(can_write(&base.0.join("no/such")).is_err());
    }

    #[test]
    fn a_folder_that_is_there_is_left_empty_if_anything_fails() {
        let base = folder("fails");
        let twice = Bundle { documents: vec![survey(), document("/etc/a"), document("/etc/a/b")] };
        assert!(write(&base.0, &twice).is_err());
        let mut unfinished = Unfinished::of(&base.0).unwrap();
        fs::write(base.0.join("moved"), "").unwrap();
        unfinished.moved.push(base.0.join("moved"));
        drop(unfinished);
        assert_eq!(fs::read_dir(&base.0).unwrap().count(), 0);
    }

    #[test]
    fn a_bundle_of_more_than_was_ever_collected_is_refused_by_its_name() {
        let base = folder("many");
        fs::create_dir(base.0.join("etc")).unwrap();
        for number in 0..=MOST {
            File::create(base.0.join("etc").join(number.to_string())).unwrap();
        }
        let error = read(&base.0, &mut Bundle::default()).unwrap_err().to_string();
        assert!(error.contains("more than 10000 files") && !error.contains("/etc"), "{error}");
        fs::remove_dir_all(base.0.join("etc")).unwrap();
        // They take no room, nor is any of them too large.
        for number in 0..9 {
            File::create(base.0.join(number.to_string())).unwrap().set_len(LARGEST).unwrap();
        }
        let error = read(&base.0, &mut Bundle::default()).unwrap_err().to_string();
        assert!(error.contains("together"), "{error}");
    }

    #[test]
    fn half_a_bundle_is_none() {
        let base = folder("half");
        let twice = Bundle { documents: vec![survey(), document("/etc/a"), document("/etc/a/b")] };
        assert!(write(&base.0.join("bundle"), &twice).is_err());
        assert_eq!(fs::read_dir(&base.0).unwrap().count(), 0);
        fs::write(base.0.join(SURVEY), "{}").unwrap();
        assert!(!is_one(&base.0));
    }

    #[cfg(unix)]
    #[test]
    fn a_bundle_leads_nowhere_else() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let base = folder("links");
        let at = base.0.join("bundle");
        write(&at, &Bundle { documents: vec![survey(), document("/etc/a")] }).unwrap();
        assert_eq!(at.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        fs::write(base.0.join("canary"), "secret").unwrap();
        symlink(base.0.join("canary"), at.join("etc/b")).unwrap();
        symlink("../canary", at.join("canary")).unwrap();
        symlink(&base.0, at.join("etc/up")).unwrap();
        let pipe = std::process::Command::new("mkfifo").arg(at.join("etc/pipe")).status().unwrap();
        assert!(pipe.success());
        let mut found = Bundle::default();
        read(&at, &mut found).unwrap();
        let names: Vec<&str> = found.documents.iter().map(|document| &*document.name).collect();
        assert_eq!(names, [SURVEY, "/etc/a"]);
        fs::rename(at.join(SURVEY), base.0.join(SURVEY)).unwrap();
        symlink(base.0.join(SURVEY), at.join(SURVEY)).unwrap();
        assert!(!is_one(&at));
    }
}
