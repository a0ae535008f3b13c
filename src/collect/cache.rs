//! The user's cache: files that this program may make again, and nobody misses.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

/// The file whose lock lets one process at a time change the cache.
const LOCK: &str = ".lock";
/// How long another process is waited for, and how often it is looked at.
const PATIENCE: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(20);

/// A folder of the user's for files that can be made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache(PathBuf);

impl Cache {
    /// The folder that `AZPREFLIGHT_CACHE` names, else `azpreflight` in `XDG_CACHE_HOME`, else in `~/.cache`; on Windows in
    /// `LOCALAPPDATA`. None where none of them is set, or where `AZPREFLIGHT_CACHE` is empty. It need not exist.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        if let Some(own) = std::env::var_os("AZPREFLIGHT_CACHE") {
            return (!own.is_empty()).then(|| Self(own.into()));
        }
        let folder = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let folder = if cfg!(windows) {
            folder("LOCALAPPDATA")
        } else {
            folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))
        };
        folder.map(|folder| Self(folder.join("azpreflight")))
    }

    /// Where a file of the cache is, or would be.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A file of the cache; `Ok(None)` where there is none.
    pub fn open(&self, name: &str) -> io::Result<Option<BufReader<File>>> {
        match File::open(self.path(name)) {
            Ok(file) => Ok(Some(BufReader::new(file))),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The right to change the cache, which one process has at a time. Makes the folder where there is none.
    ///
    /// Waits ten seconds for another process.
    pub fn lock(&self) -> io::Result<CacheLock<'_>> {
        fs::create_dir_all(&self.0)?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(self.path(LOCK))?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(CacheLock { cache: self, _file: file }),
                Err(TryLockError::WouldBlock) if waited < PATIENCE => {
                    sleep(GLANCE);
                    waited += GLANCE;
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(io::Error::new(io::ErrorKind::WouldBlock, "another process is changing it"));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }
}

/// The right to change the cache; given back when dropped.
pub struct CacheLock<'c> {
    cache: &'c Cache,
    _file: File,
}

impl CacheLock<'_> {
    /// Writes a file so that whoever reads sees the old one or the new one, whole, also after a loss of power.
    pub fn replace(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let unfinished = Unfinished(self.cache.path(&format!(".{name}.new")));
        let mut file = File::create(&unfinished.0)?;
        file.write_all(content)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&unfinished.0, self.cache.path(name))?;
        sync_folder(&self.cache.0)
    }

    /// Removes a file, where it is there.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.cache.path(name)) {
            Err(error) if !is_absent(&error) => Err(error),
            _ => Ok(()),
        }
    }
}

/// A file that goes away unless it was renamed.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After the rename there is nothing left to remove.
        drop(fs::remove_file(&self.0));
    }
}

/// A folder that is missing, or a file in the place of one.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Makes a rename last. Windows does so by itself.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
