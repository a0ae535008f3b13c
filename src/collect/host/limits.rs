//! How much is read of one machine in all.

use std::io;
use std::path::PathBuf;

use super::root::{How, Root};

/// How many bytes are read in all, several times what a machine with full logs has.
const MOST_BYTES: usize = 128 << 20;
/// How many bytes are read of the files that one pattern means, though one file may have more.
const MOST_OF_PATTERN: usize = 4 << 20;
/// The same of logs, of which each may have as much as is read of one.
const MOST_OF_LOGS: usize = 16 << 20;
/// How many files are read in all; fewer than a bundle may hold.
const MOST_FILES: usize = 5_000;

/// What may still be read.
#[derive(Debug)]
pub(super) struct Left {
    bytes: usize,
    files: usize,
    of_pattern: usize,
}

impl Left {
    /// Nothing has been read yet.
    pub(super) const fn all() -> Self {
        Self { bytes: MOST_BYTES, files: MOST_FILES, of_pattern: MOST_OF_PATTERN }
    }

    /// The next pattern begins, of files of which so much is read.
    pub(super) const fn begin(&mut self, how: How) {
        self.of_pattern = if matches!(how, How::Tail(_)) { MOST_OF_LOGS } else { MOST_OF_PATTERN };
    }

    /// Reads a file as [`Root::read`] does, as long as not too much was read before.
    pub(super) fn read(
        &mut self,
        root: &Root,
        path: &str,
        how: How,
    ) -> io::Result<Option<(PathBuf, Vec<u8>)>> {
        if self.bytes == 0 || self.files == 0 {
            return Err(refused("so much was read of this machine before that nothing more is"));
        }
        if self.of_pattern == 0 {
            return Err(refused("so much was read of files like it that no more of them are"));
        }
        let read = root.read(path, how)?;
        if let Some((_, bytes)) = &read {
            self.files -= 1;
            self.bytes = self.bytes.saturating_sub(bytes.len());
            self.of_pattern = self.of_pattern.saturating_sub(bytes.len());
        }
        Ok(read)
    }
}

fn refused(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, reason)
}
