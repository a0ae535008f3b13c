//! Where answers go, and what they look like there.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use colored::control::ShouldColorize;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::Failure;
use super::options::{FormatWord, Options, When};
use crate::report::{Detail, Format, Layout, write_json};

/// Text is as wide as this where there is no terminal to ask.
const WIDTH: usize = 80;

/// One run: its options, and where its answer goes.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) options: Options,
}

impl Session {
    /// A run with these options.
    pub(super) fn new(options: Options) -> Result<Self, Failure> {
        if options.cloud == Some(crate::azure::Cloud::Germany) && options.tags.is_none() {
            let message = "the cloud `germany` was closed in 2021: only its old tag files can be asked about";
            return Err(Failure::Usage(message.into()));
        }
        Ok(Self { options })
    }

    /// Whether the answer is for programs.
    pub(super) fn is_json(&self) -> bool {
        self.options.format == FormatWord::Json
    }

    /// The day that ages are reckoned from: as the user says, or today in UTC.
    pub(super) fn as_of(&self) -> Date {
        self.options.as_of.unwrap_or_else(|| Timestamp::now().to_zoned(TimeZone::UTC).date())
    }

    /// What the answer looks like.
    pub(super) fn format(&self) -> Format {
        match self.options.format {
            FormatWord::Json => Format::Json,
            // Where there is no other form, this one was refused before.
            FormatWord::Text | FormatWord::Prometheus => Format::Text(self.layout()),
        }
    }

    /// How text is laid out for whoever reads it.
    pub(super) fn layout(&self) -> Layout {
        let options = &self.options;
        let detail = match (options.quiet, options.verbose) {
            (true, _) => Detail::Verdict,
            (false, false) => Detail::Findings,
            (false, true) => Detail::Everything,
        };
        Layout { width: width(options.output.is_none()), colour: self.coloured(), detail }
    }

    /// Writes the answer: to standard output, or to the file named, which appears whole or not at all.
    pub(super) fn write(&self, answer: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        if let Some(path) = &self.options.output {
            let name = format!("`{}`", path.display());
            return replace(path, answer).map_err(|error| Failure::Output { name, error });
        }
        self.say(answer)
    }

    /// Writes to standard output, whatever else is written to a file. A reader that has gone away is no failure.
    #[expect(clippy::unused_self, reason = "a session is where answers go")]
    pub(super) fn say(&self, answer: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let mut stdout = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        match answer(&mut stdout).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::Output { name: "standard output".into(), error })
            }
            _ => Ok(()),
        }
    }

    /// Writes one JSON answer.
    pub(super) fn write_json(&self, answer: &impl Serialize) -> Result<(), Failure> {
        self.write(|out| write_json(answer, out))
    }

    fn coloured(&self) -> bool {
        match self.options.color {
            When::Always => true,
            When::Never => false,
            When::Auto => self.options.output.is_none() && ShouldColorize::from_env().should_colorize(),
        }
    }
}

/// As wide as `COLUMNS` says or the terminal is.
fn width(on_terminal: bool) -> usize {
    let stated = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let measured =
        || terminal_size::terminal_size().filter(|_| on_terminal).map(|(width, _)| usize::from(width.0));
    stated.or_else(measured).unwrap_or(WIDTH)
}

/// Writes beside the file and renames, so that a reader sees the old file or the new one.
pub(super) fn replace(path: &Path, answer: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let unfinished = Unfinished::beside(path)?;
    let mut file = BufWriter::new(File::create_new(&unfinished.0)?);
    answer(&mut file)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    fs::rename(&unfinished.0, path)
}

/// A file that goes away unless it was renamed.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}", std::process::id()));
        Ok(Self(path.with_file_name(hidden)))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After the rename there is nothing left to remove.
        drop(fs::remove_file(&self.0));
    }
}
