//! Input and output: raw documents, as they are. Nothing here knows what they mean.

pub mod bundle;
pub mod cache;
mod disk;
pub mod fetch;
pub mod host;
pub mod interrupt;
pub mod probe;
pub mod scrape;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::input::Bundle;

/// Where the documents of a run are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// What the user named, in order: files, directories, or `-` for standard input.
    pub inputs: Vec<PathBuf>,
}

/// A document that cannot be had.
#[derive(Debug, Error)]
pub enum CollectError {
    /// The operating system refused.
    #[error("cannot read `{}`: {cause}", name.escape_debug())]
    Unreadable {
        /// The path, as given or as found below a directory.
        name: String,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
    /// There is more of it than is ever exported.
    #[error("`{}` is larger than {limit} bytes", name.escape_debug())]
    TooLarge {
        /// The path, as given or as found below a directory.
        name: String,
        /// The largest size that is read.
        limit: u64,
    },
}

/// Reads every document the user named, and every file below every directory named.
///
/// Directories are walked in the order of names, so that a run can be repeated; files and directories whose name begins
/// with a dot are left alone, as are links to directories. Standard input is called `-`. A directory that `collect` wrote is
/// the machine it was collected on: its documents are called as that machine calls them, and no link in it is followed.
pub fn configuration(sources: &Sources) -> Result<Bundle, CollectError> {
    let mut bundle = Bundle::default();
    for input in &sources.inputs {
        disk::read(input, &mut bundle)?;
    }
    Ok(bundle)
}
