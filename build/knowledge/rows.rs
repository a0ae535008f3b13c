//! Reading one file of facts row by row, so that every fault names its row.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use toml::{Table as TomlTable, Value};

use super::Fault;
use crate::probe::{Consumer, Expectation};
use crate::vocabulary::{
    AlternativeKind, Condition, Grounds, Profile, Purpose, Reporter, Severity, Support, Workload,
};

/// One file of facts, from which the keys are taken until none may be left.
pub(super) struct Table {
    file: String,
    keys: TomlTable,
}

impl Table {
    /// Reads the file at `path`, known as `file` in faults.
    pub(super) fn read(path: &Path, file: &str) -> Result<Self, Fault> {
        let text = fs::read_to_string(path).map_err(|error| Fault::new(file, None, error))?;
        Self::parse(&text, file)
    }

    /// Parses `text`, known as `file` in faults.
    pub(super) fn parse(text: &str, file: &str) -> Result<Self, Fault> {
        let keys = text.parse::<TomlTable>().map_err(|error| Fault::new(file, None, error))?;
        Ok(Self { file: file.to_owned(), keys })
    }

    /// The rows of the array `key`, each with the name it goes by in faults.
    pub(super) fn rows<T: DeserializeOwned>(&mut self, key: &str) -> Result<Vec<(String, T)>, Fault> {
        let Some(Value::Array(rows)) = self.keys.remove(key) else {
            return Err(self.fault(None, &format!("no rows `[[{key}]]`")));
        };
        rows.into_iter()
            .enumerate()
            .map(|(index, row)| {
                let name = row_name(key, index, &row);
                let row = T::deserialize(row).map_err(|error| self.fault(Some(&name), error.message()))?;
                Ok((name, row))
            })
            .collect()
    }

    /// The single value or table `key`.
    pub(super) fn one<T: DeserializeOwned>(&mut self, key: &str) -> Result<T, Fault> {
        let value = self.keys.remove(key).ok_or_else(|| self.fault(None, &format!("no key `{key}`")))?;
        T::deserialize(value).map_err(|error| self.fault(Some(key), error.message()))
    }

    /// Refuses whatever key was not taken.
    pub(super) fn finish(&self) -> Result<(), Fault> {
        match self.keys.keys().next() {
            Some(key) => Err(self.fault(None, &format!("unknown key `{key}`"))),
            None => Ok(()),
        }
    }

    /// Refuses the second of two rows with one name; `names` pairs it with the row it stands in.
    pub(super) fn unique(&self, names: impl IntoIterator<Item = (String, String)>) -> Result<(), Fault> {
        let mut seen = BTreeSet::new();
        for (row, name) in names {
            if !seen.insert(name.clone()) {
                return Err(self.fault(Some(&row), &format!("`{name}` is given twice")));
            }
        }
        Ok(())
    }

    /// A fault of this file.
    pub(super) fn fault(&self, row: Option<&str>, what: &str) -> Fault {
        Fault::new(&self.file, row, what)
    }
}

fn row_name(key: &str, index: usize, row: &Value) -> String {
    let text = |key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
    let first = |key: &str| row.get(key)?.as_array()?.first()?.as_str().map(str::to_owned);
    text("id")
        .or_else(|| text("key"))
        .or_else(|| first("codes"))
        .unwrap_or_else(|| format!("{key} {}", index + 1))
}

/// Reads a word of the vocabulary, and names the known ones where it is none.
macro_rules! read_words {
    ($($name:ident),+) => {
        $(impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                Self::from_word(&word).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|known| known.word()).collect();
                    serde::de::Error::custom(format!("`{word}` is not one of {}", known.join(", ")))
                })
            }
        })+
    };
}

read_words!(
    AlternativeKind,
    Condition,
    Consumer,
    Expectation,
    Grounds,
    Profile,
    Purpose,
    Reporter,
    Severity,
    Support,
    Workload
);
