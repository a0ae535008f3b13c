//! Microsoft's pages of tag files.

use serde::Deserialize;

use super::rows::Table;
use super::sources::Sources;
use super::{Fault, emit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    id: String,
    address: String,
    sources: Vec<String>,
}

/// Pairs of a cloud's name and the address of its page.
pub(super) fn generate(mut table: Table, sources: &Sources) -> Result<String, Fault> {
    let pages = table.rows::<Page>("page")?;
    table.finish()?;
    table.unique(pages.iter().map(|(name, page)| (name.clone(), page.id.clone())))?;
    let mut items = Vec::new();
    for (name, page) in &pages {
        sources.expression(&page.sources).map_err(|what| table.fault(Some(name), &what))?;
        if !page.address.starts_with("https://") {
            return Err(table.fault(Some(name), "the address does not begin with `https://`"));
        }
        items.push(format!("({:?}, {:?})", page.id, page.address));
    }
    Ok(emit::table("PAGES", "&[(&str, &str)]", &emit::list(&items)))
}
