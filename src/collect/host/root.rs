//! Files below a root that nothing leads out of, however it is linked.

mod pattern;

use std::cell::Cell;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

pub(super) use pattern::Matches;

/// How many links are followed on the way to one file.
const MOST_LINKS: usize = 40;
/// How many names of a folder are taken.
const MOST_NAMES: usize = 10_000;
/// How many names are looked at in all, those of a folder that is looked at again counted again.
const MOST_LOOKS: usize = 4_000_000;

/// The files of a machine: of this one, or of a disk that is mounted or was copied somewhere.
///
/// Paths are those that the machine itself knows, with `/` and from its own root. Symbolic links mean what they mean there:
/// an absolute one begins at this root, and `..` ends at it. Nothing outside is ever opened.
#[derive(Debug, Clone)]
pub(super) struct Root {
    base: PathBuf,
    /// What stands before a path where it is told to people: `C:` of a Windows disk.
    drive: &'static str,
    /// How many names may still be looked at.
    looks: Cell<usize>,
}

/// How much of a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// All of it, up to so many bytes; a larger file is not read.
    Whole(u64),
    /// The first so many bytes.
    Head(u64),
    /// The last so many bytes, from the beginning of a line on.
    Tail(u64),
}

impl Root {
    /// The machine whose root stands at `base`.
    pub(super) fn open(base: &Path) -> io::Result<Self> {
        let base = base.canonicalize()?;
        if !base.is_dir() {
            return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is no folder"));
        }
        let windows = ["Windows/System32", "WindowsAzure"].iter().any(|folder| base.join(folder).is_dir());
        let looks = Cell::new(MOST_LOOKS);
        Ok(Self { base, drive: if windows { "C:" } else { "" }, looks })
    }

    /// Whether the machine runs Windows.
    pub(super) fn is_windows(&self) -> bool {
        !self.drive.is_empty()
    }

    /// The folder that the root stands at.
    pub(super) fn base(&self) -> &Path {
        &self.base
    }

    /// A path as the machine itself would write it.
    pub(super) fn name(&self, path: &str) -> String {
        if self.is_windows() { format!("{}{}", self.drive, path.replace('/', "\\")) } else { path.to_owned() }
    }

    /// The bytes of an ordinary file, and where it really is; `None` where there is none.
    ///
    /// It is an error where something else is: a folder, a pipe, a socket, a device. The one that swallows everything is an
    /// empty file, as it is to whoever puts it in the place of one.
    pub(super) fn read(&self, path: &str, how: How) -> io::Result<Option<(PathBuf, Vec<u8>)>> {
        let Some(real) = self.resolve(path)? else { return Ok(None) };
        // Opening alone does something to a device, and a pipe could wait for ever.
        let about = fs::symlink_metadata(&real)?;
        if is_sink(&about) {
            return Ok(Some((real, Vec::new())));
        }
        ordinary(&about)?;
        let file = open_plainly(&real)?;
        // What was opened counts, not what stood there before.
        ordinary(&file.metadata()?)?;
        bounded(file, how).map(|bytes| Some((real, bytes)))
    }

    /// The names in a folder that are wanted, in order; `None` where there is no such folder. Names that are no text are left
    /// out. It is an error where there are too many, rather than some of them.
    pub(super) fn entries(
        &self,
        folder: &str,
        wanted: &dyn Fn(&str, &fs::DirEntry) -> bool,
    ) -> io::Result<Option<Vec<String>>> {
        let Some(real) = self.resolve(folder)? else { return Ok(None) };
        if !real.is_dir() {
            return Ok(None);
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(real)? {
            let entry = entry?;
            let name = self.name_of(&entry)?.into_string().ok();
            names.extend(name.filter(|name| wanted(name, &entry)));
            if names.len() > MOST_NAMES {
                return Err(too_large(format!("it holds more than {MOST_NAMES} names")));
            }
        }
        names.sort_unstable();
        Ok(Some(names))
    }

    /// Where a symbolic link leads, as it says it; `None` where there is none at the path.
    pub(super) fn link(&self, path: &str) -> io::Result<Option<String>> {
        let Some((folder, name)) = path.rsplit_once('/') else { return Ok(None) };
        let folder = self.resolve(if folder.is_empty() { "/" } else { folder })?;
        let Some(real) = folder.map(|folder| folder.join(name)) else { return Ok(None) };
        match fs::symlink_metadata(&real) {
            Ok(about) if about.is_symlink() => Ok(fs::read_link(real)?.into_os_string().into_string().ok()),
            Err(error) if !is_nothing(&error) => Err(error),
            _ => Ok(None),
        }
    }

    /// Where a path really is, below the base and free of links; `None` where nothing is.
    pub(super) fn resolve(&self, path: &str) -> io::Result<Option<PathBuf>> {
        let mut ahead: VecDeque<OsString> = parts(Path::new(path)).collect();
        let (mut here, mut depth, mut links) = (self.base.clone(), 0_usize, 0);
        while let Some(part) = ahead.pop_front() {
            if part == ".." {
                if depth > 0 {
                    here.pop();
                    depth -= 1;
                }
                continue;
            }
            let Some(next) = self.step(&here, &part)? else { return Ok(None) };
            let about = fs::symlink_metadata(&next)?;
            if !about.is_symlink() {
                here = next;
                depth += 1;
                continue;
            }
            links += 1;
            if links > MOST_LINKS {
                return Err(io::Error::other("too many links lead to one another"));
            }
            let target = fs::read_link(&next)?;
            if target.has_root() {
                (here, depth) = (self.base.clone(), 0);
            }
            for part in parts(&target).collect::<Vec<_>>().into_iter().rev() {
                ahead.push_front(part);
            }
        }
        Ok(Some(here))
    }

    /// One part further; on a Windows disk in whichever case the name is written.
    fn step(&self, here: &Path, part: &OsString) -> io::Result<Option<PathBuf>> {
        let next = here.join(part);
        match fs::symlink_metadata(&next) {
            Ok(_) => return Ok(Some(next)),
            Err(error) if !is_nothing(&error) => return Err(error),
            Err(_) if !self.is_windows() => return Ok(None),
            Err(_) => {}
        }
        let entries = match fs::read_dir(here) {
            Err(error) if is_nothing(&error) => return Ok(None),
            entries => entries?,
        };
        // Of several the first by name, in whichever order the file system lists them.
        let mut found: Option<OsString> = None;
        for entry in entries {
            let name = self.name_of(&entry?)?;
            if name.eq_ignore_ascii_case(part) && found.as_ref().is_none_or(|known| name < *known) {
                found = Some(name);
            }
        }
        Ok(found.map(|name| here.join(name)))
    }

    /// The name of an entry, as long as there were not too many in all.
    fn name_of(&self, entry: &fs::DirEntry) -> io::Result<OsString> {
        let left = self.looks.get().checked_sub(1);
        self.looks.set(left.ok_or_else(|| too_large("there are too many names to look at them all"))?);
        Ok(entry.file_name())
    }
}

/// Whether an error says that nothing is there.
fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn too_large(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, reason.into())
}

/// Leaves where something is no ordinary file.
fn ordinary(about: &fs::Metadata) -> io::Result<()> {
    if about.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    let other = || io::Error::new(io::ErrorKind::InvalidInput, "it is no ordinary file");
    if about.is_file() { Ok(()) } else { Err(other()) }
}

/// Whether this is the device of Linux that swallows everything: `/dev/null`.
#[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "elsewhere it has another number"))]
fn is_sink(about: &fs::Metadata) -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::{FileTypeExt, MetadataExt};
        about.file_type().is_char_device() && about.rdev() == rustix::fs::makedev(1, 3)
    }
    #[cfg(not(target_os = "linux"))]
    false
}

/// The parts of a path; what is no name, such as a drive, is left out.
fn parts(path: &Path) -> impl Iterator<Item = OsString> {
    path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
    })
}

/// Opens a file without waiting for another end of it, and without following a link that has come since.
pub(in crate::collect) fn open_plainly(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    options.open(path)
}

/// What is wanted of a file; a file of `/proc` has no size before it is read.
fn bounded(mut file: File, how: How) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match how {
        How::Whole(limit) => {
            let refused = || Err(too_large(format!("it is larger than {limit} bytes")));
            // It may be many times as large without taking any room.
            if file.metadata()?.len() > limit {
                return refused();
            }
            file.take(limit + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > limit {
                return refused();
            }
        }
        How::Head(limit) => {
            file.take(limit).read_to_end(&mut bytes)?;
        }
        How::Tail(limit) => {
            let size = file.metadata()?.len();
            let from = size.saturating_sub(limit);
            file.seek(SeekFrom::Start(from))?;
            file.take(limit).read_to_end(&mut bytes)?;
            if from > 0 {
                let line = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
                bytes.drain(..line);
            }
        }
    }
    Ok(bytes)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
