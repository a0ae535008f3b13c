//! `data/regions.toml` as two sorted Rust tables: the regions, and every spelling of each.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    default_source: Vec<String>,
    sources: BTreeMap<String, Source>,
    region: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "for readers of the file; read here so that none can be left out")]
struct Source {
    link: String,
    date: String,
    gives: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    name: String,
    display: Option<String>,
    tag: Option<String>,
    cloud: String,
    geo_code: Option<String>,
    #[serde(default)]
    also_geo_code: Vec<String>,
    pair: Option<String>,
    #[serde(default)]
    unpaired: bool,
    #[serde(default)]
    tag_file: Vec<String>,
    #[serde(default)]
    legacy: Vec<String>,
    source: Option<Vec<String>>,
}

/// Writes the tables of `data/regions.toml` to `target` as Rust.
pub(crate) fn compile(data: &Path, target: &Path) -> Result<(), String> {
    let text = fs::read_to_string(data.join("regions.toml")).map_err(|e| format!("regions.toml: {e}"))?;
    let mut file: File = toml::from_str(&text).map_err(|e| format!("regions.toml: {e}"))?;
    file.region.sort_by(|a, b| a.name.cmp(&b.name));
    check(&file)?;
    fs::write(target, render(&file)?).map_err(|e| format!("{}: {e}", target.display()))
}

fn check(file: &File) -> Result<(), String> {
    let known = |name: &String| file.region.iter().any(|row| row.name == *name);
    for row in &file.region {
        let sources = row.source.as_ref().unwrap_or(&file.default_source);
        if sources.is_empty() || sources.iter().any(|key| !file.sources.contains_key(key)) {
            return Err(format!("regions.toml: `{}` rests on a source that is not listed", row.name));
        }
        if row.pair.as_ref().is_some_and(|pair| !known(pair)) || (row.pair.is_some() && row.unpaired) {
            return Err(format!("regions.toml: the pair of `{}` is no region", row.name));
        }
    }
    Ok(())
}

fn render(file: &File) -> Result<String, String> {
    let mut rows = String::from("static ROWS: &[Row] = &[\n");
    let mut spellings: BTreeMap<String, usize> = BTreeMap::new();
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for (index, row) in file.region.iter().enumerate() {
        let cloud = match row.cloud.as_str() {
            "public" => "Public",
            "us-government" => "UsGovernment",
            "china" => "China",
            "germany" => "Germany",
            other => return Err(format!("regions.toml: unknown cloud `{other}`")),
        };
        let own = own_spellings(row);
        for spelling in &own {
            once(&mut spellings, spelling, index)?;
        }
        for code in row.geo_code.iter().chain(&row.also_geo_code) {
            once(&mut codes, code, index)?;
        }
        let Row { name, display, geo_code, pair, .. } = row;
        let tag = row.tag.clone().or_else(|| display.as_ref().map(|text| text.replace(' ', "")));
        let _ = writeln!(
            rows,
            "    Row {{ name: {name:?}, display: {display:?}, tag: {tag:?}, cloud: Cloud::{cloud}, \
             geo_code: {geo_code:?}, pair: {pair:?}, spellings: &{own:?} }},"
        );
    }
    rows.push_str("];\n");
    table(&mut rows, "SPELLINGS", &spellings);
    table(&mut rows, "GEO_CODES", &codes);
    Ok(rows)
}

/// Every spelling of a region in lower case, its name first.
fn own_spellings(row: &Row) -> Vec<String> {
    let mut own = vec![row.name.clone()];
    for spelling in row.tag.iter().chain(&row.tag_file).chain(&row.legacy) {
        let folded = spelling.to_ascii_lowercase();
        if !own.contains(&folded) {
            own.push(folded);
        }
    }
    own
}

fn once(table: &mut BTreeMap<String, usize>, key: &str, index: usize) -> Result<(), String> {
    match table.insert(key.to_owned(), index) {
        Some(other) if other != index => Err(format!("regions.toml: `{key}` belongs to two regions")),
        _ => Ok(()),
    }
}

fn table(out: &mut String, name: &str, entries: &BTreeMap<String, usize>) {
    let _ = writeln!(out, "static {name}: &[(&str, usize)] = &[");
    for (key, index) in entries {
        let _ = writeln!(out, "    ({key:?}, {index}),");
    }
    out.push_str("];\n");
}
