//! Turns the hand-written facts under `data/` into const tables of the library, and refuses what does not hold:
//! unknown keys and words, rows without source, sources that are not listed, ids given twice.

mod downloads;
mod emit;
mod error_codes;
mod platform;
mod probing;
mod requirements;
mod rows;
mod sources;
mod support;

use std::fmt;
use std::fs;
use std::path::Path;

use crate::vocabulary::Workload;
use rows::Table;
use sources::Sources;

/// What is wrong with the facts: the file, the row if it is known, and the fault.
#[derive(Debug)]
pub(crate) struct Fault {
    file: String,
    row: Option<String>,
    what: String,
}

impl Fault {
    fn new(file: &str, row: Option<&str>, what: impl fmt::Display) -> Self {
        Self { file: file.to_owned(), row: row.map(str::to_owned), what: what.to_string() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.row {
            Some(row) => write!(f, "{}: row `{row}`: {}", self.file, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

impl std::error::Error for Fault {}

/// Reads every table of facts under `data` and writes the generated Rust files into `out`.
///
/// Fails with the first [`Fault`] found.
pub(crate) fn generate(data: &Path, out: &Path) -> Result<(), Fault> {
    let read = |file: &str| Table::read(&data.join(file), file);
    let sources = Sources::parse(read("sources.toml")?)?;
    write(out, "sources.rs", &sources.table())?;
    for workload in Workload::ALL {
        let file = format!("requirements/{workload}.toml");
        let text = requirements::generate(read(&file)?, *workload, &sources)?;
        write(out, &format!("requirements_{workload}.rs"), &text)?;
    }
    write(out, "support_matrix.rs", &support::generate(read("support-matrix.toml")?, &sources)?)?;
    write(out, "error_codes.rs", &error_codes::generate(read("error-codes.toml")?, &sources)?)?;
    write(out, "platform.rs", &platform::generate(read("platform.toml")?, &sources)?)?;
    let pages = read("service-tags/downloads.toml")?;
    write(out, "downloads.rs", &downloads::generate(pages, &sources)?)
}

fn write(out: &Path, file: &str, text: &str) -> Result<(), Fault> {
    fs::write(out.join(file), text).map_err(|error| Fault::new(file, None, error))
}
