//! `--here` and `--root DIR`: the machine whose inside is looked at.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::collect::host::{self, Scope, Told};

// No documentation: clap would put it in the place of what the subcommand is about.
#[derive(Debug, Args)]
pub(super) struct Machine {
    /// Look at this machine: run it on the VM itself, as root or administrator where that may be
    #[arg(long, conflicts_with = "root")]
    pub(super) here: bool,
    /// Look at the disk of a VM that is mounted, or was copied, to DIR; nothing outside is read
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,
}

impl Machine {
    /// Whether one is to be looked at.
    pub(super) const fn is_named(&self) -> bool {
        self.here || self.root.is_some()
    }

    /// What the machine tells, if one is to be looked at.
    pub(super) fn told(&self) -> Result<Option<Told>, Failure> {
        let scope = match &self.root {
            Some(root) => Scope::Root(root),
            None if self.here => Scope::Here,
            None => return Ok(None),
        };
        let name =
            self.root.as_ref().map_or_else(|| "this machine".to_owned(), |root| root.display().to_string());
        host::gather(scope).map(Some).map_err(|error| Failure::reading(&name, &error))
    }
}
