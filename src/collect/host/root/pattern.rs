//! Paths of which only the form is known.

use std::{fs, io};

use super::{Root, too_large};

/// How many paths one pattern may mean.
pub(super) const MOST_PATHS: usize = 500;

/// What a pattern means.
#[derive(Debug, Default)]
pub(in crate::collect::host) struct Matches {
    /// The paths, in the order of their names.
    pub(in crate::collect::host) paths: Vec<String>,
    /// Folders of which it is not known, or not wholly known, what there is.
    pub(in crate::collect::host) unread: Vec<(String, io::Error)>,
}

impl Root {
    /// Paths that a pattern means: each part may hold one `*`.
    pub(in crate::collect::host) fn matching(&self, pattern: &str) -> Matches {
        let mut found = Matches { paths: vec![String::new()], unread: Vec::new() };
        let mut parts = pattern.split('/').filter(|part| !part.is_empty()).peekable();
        while let Some(part) = parts.next() {
            let Some((begin, end)) = part.split_once('*') else {
                for path in &mut found.paths {
                    path.push('/');
                    path.push_str(part);
                }
                continue;
            };
            let is_last = parts.peek().is_none();
            let fits = |name: &str, entry: &fs::DirEntry| {
                // What can hold nothing is in nobody's way.
                let may_hold = || entry.file_type().map_or(true, |kind| kind.is_dir() || kind.is_symlink());
                name.len() >= begin.len() + end.len()
                    && name.starts_with(begin)
                    && name.ends_with(end)
                    && (is_last || may_hold())
            };
            for folder in std::mem::take(&mut found.paths) {
                let names = self.entries(&folder, &fits).map(Option::unwrap_or_default);
                found.add(folder, names);
            }
        }
        found
    }
}

impl Matches {
    /// Adds what was found in a folder, as much of it as there is room for.
    fn add(&mut self, folder: String, names: io::Result<Vec<String>>) {
        match names {
            Ok(names) => {
                let room = MOST_PATHS - self.paths.len();
                let too_many = names.len() > room;
                self.paths.extend(names.into_iter().take(room).map(|name| format!("{folder}/{name}")));
                if too_many {
                    let reason =
                        format!("more than {MOST_PATHS} names in it are of one kind: not all were read");
                    self.unread.push((folder, too_large(reason)));
                }
            }
            Err(error) => self.unread.push((folder, error)),
        }
    }
}
