//! What a guest says about proxies: files of Linux that are no JSON, exports of the Windows registry.
//!
//! A document is known by its content. Its name only says whose settings they are, where the content does not: the last
//! parts of its path, wherever it was copied to.

mod agent;
mod assignment;
mod overrides;
mod packed;
mod registry;
mod shell;
mod unit;
mod withhold;

pub(super) use overrides::{is_overrides, overrides};
pub use withhold::{Withheld, environment_document, withhold};

use std::borrow::Cow;
use std::sync::Arc;

use super::decode;
use crate::guest::{Setting, Source, Stated};
use crate::input::{Document, Place, Pointer};

/// The first line of a document that holds the variables of a process, one `NAME=value` a line, nothing quoted.
const OF_PROCESS: &str = "# variables about proxies in the environment of a process";
/// The same for the process of the VM agent.
const OF_AGENT: &str = "# variables about proxies in the environment of the VM agent";

/// What a document says about proxies, if it is of a kind that says such things; nothing of it may be left to say.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) settings: Vec<Setting>,
    /// Why it was understood and tells nothing.
    pub(super) of_no_use: Option<&'static str>,
}

/// Reads a document that is no JSON; `None` where it is of no kind that says anything about proxies.
pub(super) fn read(document: &Document) -> Option<Said> {
    let text = text_of(&document.bytes)?;
    Kind::of(&document.name, &text).map(|kind| kind.read(&document.name, &text))
}

/// A byte or two in another encoding, in a comment say, must not hide the rest.
fn text_of(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let text = decode::text_of(bytes).unwrap_or_else(|| String::from_utf8_lossy(bytes));
    (!text.contains('\0')).then_some(text)
}

/// A kind of document that says something about proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Registry,
    Unit,
    AgentConfiguration,
    /// Variables as they are, of the process or of the agent.
    Dump(Source),
    /// Lines of shell.
    Shell(Source),
}

impl Kind {
    fn of(name: &str, text: &str) -> Option<Self> {
        match text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default().trim() {
            OF_PROCESS => return Some(Self::Dump(Source::Process)),
            OF_AGENT => return Some(Self::Dump(Source::AgentProcess)),
            _ => {}
        }
        if registry::is_export(text) {
            return Some(Self::Registry);
        }
        if unit::is_unit(text) {
            return Some(Self::Unit);
        }
        if agent::is_configuration(text) {
            return Some(Self::AgentConfiguration);
        }
        shell::source(name, text).map(Self::Shell)
    }

    fn read(self, name: &Arc<str>, text: &str) -> Said {
        match self {
            Self::Registry => registry::read(name, text),
            Self::Unit => unit::read(name, text),
            Self::AgentConfiguration => agent::read(name, text).into(),
            Self::Dump(source) => shell::read_dump(source, name, text).into(),
            Self::Shell(source) => shell::read(source, name, text).into(),
        }
    }
}

impl From<Setting> for Said {
    fn from(setting: Setting) -> Self {
        Self { settings: vec![setting], of_no_use: None }
    }
}

/// What a whole document says.
fn whole(source: Source, name: &Arc<str>, stated: Stated) -> Setting {
    let place = Place { document: name.clone(), pointer: Pointer::root() };
    Setting { source, place, stated, open: Vec::new() }
}

/// The parts of a path, from the last.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.rsplit(['/', '\\'])
}
