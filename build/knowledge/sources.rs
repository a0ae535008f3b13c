//! Where facts were read.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Fault;
use super::emit;
use super::rows::Table;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    key: String,
    address: String,
    date: String,
    document: Option<String>,
    note: Option<String>,
}

/// The listed sources by key.
pub(super) struct Sources {
    by_key: BTreeMap<String, Row>,
}

impl Sources {
    pub(super) fn parse(mut table: Table) -> Result<Self, Fault> {
        let rows = table.rows::<Row>("source")?;
        table.finish()?;
        table.unique(rows.iter().map(|(name, row)| (name.clone(), row.key.clone())))?;
        for (name, row) in &rows {
            if !row.address.starts_with("https://") || row.date.is_empty() {
                return Err(table.fault(Some(name), "an `https` address and a date are needed"));
            }
        }
        Ok(Self { by_key: rows.into_iter().map(|(_, row)| (row.key.clone(), row)).collect() })
    }

    /// The expression of the sources named by `keys`, each `KEY` or `KEY@DATE`; none is a fault.
    pub(super) fn expression(&self, keys: &[String]) -> Result<String, String> {
        if keys.is_empty() {
            return Err("no source".to_owned());
        }
        let sources: Result<Vec<_>, _> = keys.iter().map(|key| self.one(key)).collect();
        Ok(emit::list(&sources?))
    }

    fn one(&self, reference: &str) -> Result<String, String> {
        let (key, date) = match reference.split_once('@') {
            Some((key, date)) => (key, Some(date)),
            None => (reference, None),
        };
        let row = self.by_key.get(key).ok_or_else(|| format!("`{key}` is not a key of sources.toml"))?;
        Ok(source(row, date.unwrap_or(&row.date)))
    }

    /// The table of all sources.
    pub(super) fn table(&self) -> String {
        let rows: Vec<_> = self.by_key.values().map(|row| source(row, &row.date)).collect();
        emit::table("SOURCES", "&[Source]", &emit::list(&rows))
    }
}

fn source(row: &Row, date: &str) -> String {
    format!(
        "Source {{ key: {:?}, address: {:?}, date: {date:?}, document: {:?}, note: {:?} }}",
        row.key, row.address, row.document, row.note
    )
}
