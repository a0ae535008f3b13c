//! Error codes of backup.

use serde::Deserialize;

use super::rows::Table;
use super::sources::Sources;
use super::{Fault, emit};
use crate::vocabulary::{Grounds, Reporter};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    codes: Vec<String>,
    range: Option<[u32; 2]>,
    reporter: Reporter,
    grounds: Option<Grounds>,
    gist: String,
    #[serde(default)]
    causes: Vec<Cause>,
    fix: String,
    not: Option<String>,
    #[serde(default)]
    sources: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cause {
    text: String,
    checks: Vec<String>,
}

/// The table of all error codes.
pub(super) fn generate(mut table: Table, sources: &Sources) -> Result<String, Fault> {
    let rows = table.rows::<Row>("error-code")?;
    table.finish()?;
    let names = |(name, row): &(String, Row)| {
        row.codes.iter().map(|code| (name.clone(), code.to_ascii_lowercase())).collect::<Vec<_>>()
    };
    table.unique(rows.iter().flat_map(names))?;
    let mut items = Vec::new();
    for (name, row) in &rows {
        items.push(error_code(row, sources).map_err(|what| table.fault(Some(name), &what))?);
    }
    Ok(emit::table("ERROR_CODES", "&[ErrorCode]", &emit::list(&items)))
}

fn error_code(row: &Row, sources: &Sources) -> Result<String, String> {
    if row.codes.is_empty() && row.range.is_none() {
        return Err("`codes` or a `range` is needed".to_owned());
    }
    let grounds = row.grounds.unwrap_or(Grounds::Documented);
    let sources =
        if grounds == Grounds::Unsourced { "&[]".to_owned() } else { sources.expression(&row.sources)? };
    let causes: Vec<_> = row
        .causes
        .iter()
        .map(|cause| format!("Cause {{ text: {:?}, checks: {} }}", cause.text, emit::texts(&cause.checks)))
        .collect();
    let range = row.range.map(|[first, last]| (first, last));
    Ok(format!(
        "ErrorCode {{ codes: {}, range: {range:?}, reporter: Reporter::{:?}, grounds: Grounds::{grounds:?}, gist: {:?}, \
         causes: {}, fix: {:?}, is_not: {:?}, sources: {sources} }}",
        emit::texts(&row.codes),
        row.reporter,
        row.gist,
        emit::list(&causes),
        row.fix,
        row.not
    ))
}
