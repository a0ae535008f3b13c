//! When the program cannot do its job: one line, and exit 2.

use std::io::{self, Write};
use std::panic::PanicHookInfo;

use serde::Serialize;

use super::Exit;
use crate::collect::CollectError;
use crate::input::Place;
use crate::report::escape;
use crate::wire::ParseError;
use crate::wire::tag_file::TagFileError;

/// How much of a panic's message is shown.
const LONGEST: usize = 300;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The question makes no sense.
    Usage(String),
    /// A document cannot be read.
    Input(Unreadable),
    /// The answer cannot be written.
    Output {
        /// Where to.
        name: String,
        /// What the system said.
        error: io::Error,
    },
}

/// A document, or a place in one, that cannot be read.
#[derive(Debug, Default)]
pub(super) struct Unreadable {
    /// What is wrong, the place included.
    pub(super) message: String,
    /// The document.
    pub(super) document: String,
    /// The place inside it.
    pub(super) pointer: String,
    /// What was expected there.
    pub(super) expected: String,
}

impl Failure {
    /// Something in a document that is not what was expected.
    pub(super) fn at(place: &Place, found: &str, expected: &str) -> Self {
        Self::Input(Unreadable {
            message: format!("{place}: {found}, expected {expected}"),
            document: place.document.to_string(),
            pointer: place.pointer.to_string(),
            expected: expected.to_owned(),
        })
    }

    /// A file that the system does not give.
    pub(super) fn reading(name: &str, error: &io::Error) -> Self {
        Self::Input(Unreadable {
            message: format!("reading `{name}`: {error}"),
            document: name.to_owned(),
            expected: "a readable file".into(),
            ..Unreadable::default()
        })
    }

    /// Says so on standard error, with `json` a second time for machines.
    pub(super) fn report(&self, json: bool) -> Exit {
        let line = self.to_string();
        let mut stderr = io::stderr().lock();
        // Nobody is left to tell when standard error is gone.
        drop(writeln!(stderr, "azpreflight: {}", escape(&line)));
        if json {
            let written = serde_json::to_string(&self.answer(line));
            drop(written.map(|text| writeln!(stderr, "{text}")));
        }
        Exit::Usage
    }

    fn answer(&self, message: String) -> Answer<'_> {
        let place = match self {
            Self::Input(unreadable) => Some(unreadable),
            Self::Usage(_) | Self::Output { .. } => None,
        };
        let error = Fault {
            message,
            document: place.map(|p| p.document.as_str()),
            pointer: place.map(|p| p.pointer.as_str()),
            expected: place.map(|p| p.expected.as_str()),
        };
        Answer { schema: "azpreflight/error/v1", error }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Usage(message) => f.write_str(message),
            Self::Input(unreadable) => f.write_str(&unreadable.message),
            Self::Output { name, error } => write!(f, "writing {name}: {error}"),
        }
    }
}

impl From<ParseError> for Failure {
    fn from(error: ParseError) -> Self {
        Self::Input(Unreadable {
            message: error.to_string(),
            document: error.document.to_string(),
            pointer: error.pointer.to_string(),
            expected: error.expected,
        })
    }
}

impl From<CollectError> for Failure {
    fn from(error: CollectError) -> Self {
        let message = error.to_string();
        let (CollectError::Unreadable { name, .. } | CollectError::TooLarge { name, .. }) = error;
        Self::Input(Unreadable {
            message,
            document: name,
            expected: "a readable document".into(),
            ..Unreadable::default()
        })
    }
}

impl From<TagFileError> for Failure {
    fn from(error: TagFileError) -> Self {
        Self::at(&error.place, &error.found, &error.expected)
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    error: Fault<'a>,
}

#[derive(Serialize)]
struct Fault<'a> {
    message: String,
    document: Option<&'a str>,
    pointer: Option<&'a str>,
    expected: Option<&'a str>,
}

/// What clap has to say, without its usage lines, as one line.
pub(super) fn usage_text(error: &clap::Error) -> String {
    let rendered = error.render().to_string();
    let told = rendered.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let told: Vec<&str> = told
        .filter(|line| !line.is_empty() && !line.starts_with("For more information"))
        .map(|line| line.strip_prefix("error: ").unwrap_or(line))
        .collect();
    // What is missing follows a colon on lines of its own.
    told.join("; ").replace(":; ", ": ")
}

/// The panic hook: one line instead of a trace.
pub(super) fn report_panic(info: &PanicHookInfo<'_>) {
    let message: String = info.payload_as_str().unwrap_or("no message").chars().take(LONGEST).collect();
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let message = escape(&message);
    let line = format!("azpreflight: internal error at {place}: {message}: this is a bug, please report it");
    drop(writeln!(io::stderr(), "{line}"));
}
