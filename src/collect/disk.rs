//! Files, directories and standard input.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{CollectError, bundle};
use crate::input::{Bundle, Document};

/// The largest document that is read: several times the largest export ever met.
const LIMIT: u64 = 1 << 30;

/// Adds the documents at a path the user named.
pub(super) fn read(path: &Path, documents: &mut Bundle) -> Result<(), CollectError> {
    if path == Path::new("-") {
        let document = take("-", io::stdin().lock(), (0, LIMIT))?;
        documents.documents.push(Document { named_by_user: true, ..document });
        return Ok(());
    }
    if !path.is_dir() {
        let document = read_file(path)?;
        documents.documents.push(Document { named_by_user: true, ..document });
        return Ok(());
    }
    if bundle::is_one(path) { bundle::read(path, documents) } else { read_directory(path, documents) }
}

fn read_directory(directory: &Path, bundle: &mut Bundle) -> Result<(), CollectError> {
    let unreadable = |cause| CollectError::Unreadable { name: name_of(directory), cause };
    let entries: Result<Vec<_>, io::Error> = fs::read_dir(directory).map_err(unreadable)?.collect();
    let mut entries = entries.map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = below(directory, &entry.file_name());
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            read_directory(&path, bundle)?;
        } else if path.is_file() {
            bundle.documents.push(read_file(&path)?);
        }
    }
    Ok(())
}

fn read_file(path: &Path) -> Result<Document, CollectError> {
    let name = name_of(path);
    match File::open(path) {
        Ok(file) => {
            // One more than there is, so that the end is seen without making more room.
            let size = file.metadata().map_or(0, |about| about.len().min(LIMIT) + 1);
            take(&name, file, (size, LIMIT))
        }
        Err(cause) => Err(CollectError::Unreadable { name, cause }),
    }
}

/// Reads to the end, which is expected after `size` bytes and must come before the limit.
pub(super) fn take(name: &str, from: impl Read, (size, limit): (u64, u64)) -> Result<Document, CollectError> {
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    let read = from.take(limit + 1).read_to_end(&mut bytes);
    let size = read.map_err(|cause| CollectError::Unreadable { name: name.to_owned(), cause })?;
    if size as u64 > limit {
        return Err(CollectError::TooLarge { name: name.to_owned(), limit });
    }
    Ok(Document { name: Arc::from(name), bytes, named_by_user: false })
}

/// The path of an entry, with `/` before it on Windows too, which takes either: a folder gives the same answer anywhere.
fn below(directory: &Path, entry: &OsStr) -> PathBuf {
    let is_ended = matches!(directory.as_os_str().as_encoded_bytes().last(), None | Some(b'/' | b'\\'));
    if is_ended || !cfg!(windows) {
        return directory.join(entry);
    }
    let mut path = directory.as_os_str().to_owned();
    path.push("/");
    path.push(entry);
    path.into()
}

/// The path as text; what is not Unicode in it is replaced.
fn name_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_ends_is_given_up() {
        let endless = io::repeat(b'[');
        assert!(matches!(
            take("endless", endless, (0, 1000)),
            Err(CollectError::TooLarge { limit: 1000, .. })
        ));
        let document = take("d", &b"{}"[..], (3, 2)).unwrap();
        assert_eq!((document.name.as_ref(), document.bytes.as_slice()), ("d", &b"{}"[..]));
    }
}
