//! Files below a root that nothing leads out of, however it is linked.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

/// How many links are followed on the way to one file.
const MOST_LINKS: usize = 40;
/// How many entries of a folder are looked at.
const MOST_ENTRIES: usize = 10_000;

/// The files of a machine: of this one, or of a disk that is mounted or was copied somewhere.
///
/// Paths are those that the machine itself knows, with `/` and from its own root. Symbolic links mean what they mean there:
/// an absolute one begins at this root, and `..` ends at it. Nothing outside is ever opened.
#[derive(Debug, Clone)]
pub(super) struct Root {
    base: PathBuf,
    /// What stands before a path where it is told to people: `C:` of a Windows disk.
    drive: &'static str,
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
        Ok(Self { base, drive: if windows { "C:" } else { "" } })
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
    pub(super) fn read(&self, path: &str, how: How) -> io::Result<Option<(PathBuf, Vec<u8>)>> {
        let Some(real) = self.resolve(path)? else { return Ok(None) };
        let file = open_plainly(&real)?;
        // Neither a pipe, which could wait for ever, nor a device: what was opened counts, not what stood there before.
        if !file.metadata()?.is_file() {
            return Ok(None);
        }
        bounded(file, how).map(|bytes| Some((real, bytes)))
    }

    /// Paths that a pattern means, in the order of their names: each part may hold one `*`.
    pub(super) fn matching(&self, pattern: &str) -> Vec<String> {
        let mut found = vec![String::new()];
        for part in pattern.split('/').filter(|part| !part.is_empty()) {
            let Some((begin, end)) = part.split_once('*') else {
                for path in &mut found {
                    path.push('/');
                    path.push_str(part);
                }
                continue;
            };
            let fits = |name: &String| {
                name.len() >= begin.len() + end.len() && name.starts_with(begin) && name.ends_with(end)
            };
            let below = |path: &String| {
                let names = self.entries(path).ok().flatten().unwrap_or_default();
                names.into_iter().filter(fits).map(|name| format!("{path}/{name}")).collect::<Vec<_>>()
            };
            found = found.iter().flat_map(below).collect();
        }
        found
    }

    /// The names in a folder, in order; `None` where there is no such folder. Names that are no text are left out.
    pub(super) fn entries(&self, folder: &str) -> io::Result<Option<Vec<String>>> {
        let Some(real) = self.resolve(folder)? else { return Ok(None) };
        if !real.is_dir() {
            return Ok(None);
        }
        let entries = fs::read_dir(real)?.flatten().take(MOST_ENTRIES);
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        Ok(Some(names))
    }

    /// Where a symbolic link leads, as it says it; `None` where there is none at the path.
    pub(super) fn link(&self, path: &str) -> Option<String> {
        let (folder, name) = path.rsplit_once('/')?;
        let real = self.resolve(if folder.is_empty() { "/" } else { folder }).ok()??.join(name);
        fs::read_link(real).ok()?.into_os_string().into_string().ok()
    }

    /// Whether something is at the path, a link that leads nowhere included.
    pub(super) fn has(&self, path: &str) -> bool {
        self.link(path).is_some() || self.resolve(path).ok().flatten().is_some()
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
            Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Err(error);
            }
            Err(_) if !self.is_windows() => return Ok(None),
            Err(_) => {}
        }
        let Ok(entries) = fs::read_dir(here) else { return Ok(None) };
        let mut names: Vec<OsString> =
            entries.flatten().take(MOST_ENTRIES).map(|entry| entry.file_name()).collect();
        names.sort_unstable();
        Ok(names.into_iter().find(|name| name.eq_ignore_ascii_case(part)).map(|name| here.join(name)))
    }
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
            file.take(limit + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > limit {
                let text = format!("it is larger than {limit} bytes");
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
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
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn folder(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("azpreflight-root-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("root/etc")).unwrap();
        fs::write(path.join("secret"), "outside").unwrap();
        Folder(path)
    }

    fn text(root: &Root, path: &str) -> Option<String> {
        root.read(path, How::Whole(100)).unwrap().map(|(_, bytes)| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn nothing_leads_out_of_the_root() {
        let folder = folder("out");
        let base = folder.0.join("root");
        fs::write(base.join("secret"), "inside").unwrap();
        symlink("../../../../../../secret", base.join("etc/up")).unwrap();
        symlink(folder.0.join("secret"), base.join("etc/absolute")).unwrap();
        symlink("/secret", base.join("etc/own")).unwrap();
        symlink("loop", base.join("etc/loop")).unwrap();
        symlink("/etc", base.join("folder")).unwrap();
        let root = Root::open(&base).unwrap();
        assert_eq!(text(&root, "/etc/up").as_deref(), Some("inside"));
        assert_eq!(text(&root, "/etc/absolute"), None);
        assert_eq!(text(&root, "/etc/own").as_deref(), Some("inside"));
        assert_eq!(text(&root, "/folder/own").as_deref(), Some("inside"));
        assert_eq!(text(&root, "/../../secret").as_deref(), Some("inside"));
        assert!(root.read("/etc/loop", How::Whole(1)).is_err());
        assert_eq!(root.link("/etc/own").as_deref(), Some("/secret"));
    }

    #[test]
    fn pipes_and_folders_are_no_files_and_limits_hold() {
        let folder = folder("kinds");
        let base = folder.0.join("root");
        let made = std::process::Command::new("mkfifo").arg(base.join("etc/pipe")).status().unwrap();
        assert!(made.success());
        fs::write(base.join("etc/log"), "first line\nsecond\n").unwrap();
        let root = Root::open(&base).unwrap();
        assert!(root.read("/etc/pipe", How::Whole(1)).unwrap().is_none());
        assert!(root.read("/etc", How::Whole(1)).unwrap().is_none());
        assert!(root.read("/etc/log", How::Whole(3)).is_err());
        let (_, tail) = root.read("/etc/log", How::Tail(9)).unwrap().unwrap();
        assert_eq!(tail, b"second\n");
    }

    #[test]
    fn patterns_and_windows_names() {
        let folder = folder("names");
        let base = folder.0.join("root");
        for name in ["Agent-1.0", "Agent-2.0", "Other"] {
            fs::create_dir_all(base.join("var/lib").join(name).join("status")).unwrap();
            fs::write(base.join("var/lib").join(name).join("status/0.status"), "").unwrap();
        }
        let root = Root::open(&base).unwrap();
        let found = root.matching("/var/lib/Agent-*/status/*.status");
        assert_eq!(found, ["/var/lib/Agent-1.0/status/0.status", "/var/lib/Agent-2.0/status/0.status"]);
        fs::create_dir_all(base.join("WINDOWSAZURE/Logs")).unwrap();
        assert!(!Root::open(&base).unwrap().is_windows());
        fs::create_dir_all(base.join("Windows/System32")).unwrap();
        let root = Root::open(&base).unwrap();
        assert!(root.is_windows() && root.has("/WindowsAzure/logs"));
        assert_eq!(root.name("/WindowsAzure/Logs"), r"C:\WindowsAzure\Logs");
    }
}
