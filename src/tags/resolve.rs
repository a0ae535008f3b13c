//! From a name as people write it to a tag, or to the names they may have meant.

use super::{ServiceTag, TagCatalog};
use crate::azure::Region;

/// A name that is no tag of the catalog, with the nearest names that are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no service tag `{name}`")]
pub struct UnknownTag {
    /// The name that was asked for.
    pub name: String,
    /// The nearest names, best first; at most [`NEAREST`](Self::NEAREST), and none where nothing is near.
    pub nearest: Vec<String>,
}

impl UnknownTag {
    /// How many names are offered at most.
    pub const NEAREST: usize = 3;
}

impl TagCatalog {
    /// The tag of a name, in any case and with any spelling of its region: `Storage.koreacentral`,
    /// `storage.Korea Central`, `AzureCloud.norwayeast` (which the file spells `AzureCloud.norwaye`).
    ///
    /// A regional tag that is not in the catalog is unknown: the global tag does not stand in for it.
    pub fn resolve(&self, name: &str) -> Result<ServiceTag<'_>, UnknownTag> {
        self.find(name).ok_or_else(|| {
            let name = name.trim();
            UnknownTag { name: name.to_owned(), nearest: self.nearest(name) }
        })
    }

    /// The same, without the names that a person may have meant: those take a look at every name there is.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ServiceTag<'_>> {
        let name = name.trim();
        let found = self.tables.find(name).or_else(|| {
            let (base, suffix) = name.split_once('.')?;
            let region = Region::parse(suffix);
            region.spellings().find_map(|spelling| self.tables.find(&format!("{base}.{spelling}")))
        });
        found.map(|id| ServiceTag { catalog: self, id })
    }

    fn nearest(&self, name: &str) -> Vec<String> {
        let wanted: Vec<char> = name.to_ascii_lowercase().chars().take(LONGEST).collect();
        let limit = (wanted.len() / 3).max(1);
        let mut near: Vec<(usize, &str)> = self
            .names()
            .map(|known| (distance(&wanted, known), known))
            .filter(|(steps, _)| *steps <= limit)
            .collect();
        near.sort_unstable();
        near.into_iter().take(UnknownTag::NEAREST).map(|(_, known)| known.to_owned()).collect()
    }
}

/// Longer than any tag's name; what is longer is nowhere near.
const LONGEST: usize = 100;

/// How many single letters to insert, drop or change.
fn distance(wanted: &[char], known: &str) -> usize {
    let mut row: Vec<usize> = (0..=wanted.len()).collect();
    for (index, letter) in known.chars().enumerate() {
        let letter = letter.to_ascii_lowercase();
        let mut diagonal = index;
        let mut left = index + 1;
        let mut cells = row.iter_mut();
        if let Some(first) = cells.next() {
            *first = left;
        }
        for (cell, other) in cells.zip(wanted) {
            let change = diagonal + usize::from(letter != *other);
            diagonal = *cell;
            left = change.min(left + 1).min(*cell + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        let of = |one: &str, other: &str| distance(&one.chars().collect::<Vec<_>>(), other);
        assert_eq!(of("", "abc"), 3);
        assert_eq!(of("kitten", "sitting"), 3);
        assert_eq!(of("storage", "Storage"), 0);
        assert_eq!(of("flaw", "lawn"), 2);
    }

    #[test]
    fn any_spelling_of_a_region_finds_the_tag() {
        let catalog = TagCatalog::embedded();
        for (asked, name) in [
            ("storage.KOREACENTRAL", "Storage.KoreaCentral"),
            ("Storage.Korea Central", "Storage.KoreaCentral"),
            ("AzureCloud.norwayeast", "AzureCloud.norwaye"),
            ("AzureCloud.NorwayE", "AzureCloud.norwaye"),
            ("Storage.norwaye", "Storage.NorwayEast"),
            ("Sql.centralfrance", "Sql.FranceCentral"),
            (" azurebackup ", "AzureBackup"),
        ] {
            assert_eq!(catalog.resolve(asked).unwrap().name(), name);
        }
    }

    #[test]
    fn an_absent_region_is_unknown_and_not_global() {
        let error = TagCatalog::embedded().resolve("AzureBackup.mooneast").unwrap_err();
        assert_eq!(error.name, "AzureBackup.mooneast");
        assert!(!error.nearest.contains(&"AzureBackup".to_owned()), "{error:?}");
    }

    #[test]
    fn a_slip_of_the_pen_gets_suggestions() {
        let nearest = |name: &str| TagCatalog::embedded().resolve(name).unwrap_err().nearest;
        assert_eq!(nearest("AzureBackupp"), ["AzureBackup"]);
        assert_eq!(nearest("Storage.KoreaCentra").first().unwrap(), "Storage.KoreaCentral");
        assert_eq!(nearest(""), Vec::<String>::new());
        assert_eq!(nearest(&"x".repeat(1_000_000)), Vec::<String>::new());
    }
}
