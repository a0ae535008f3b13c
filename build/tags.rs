//! `data/service-tags/public.json` as flat files that the library includes and reads in place.

use std::borrow::Cow;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use serde::Deserialize;

#[path = "../src/tags/compile.rs"]
mod compile;

use compile::{Family, Row, Tables};

#[derive(Deserialize)]
struct Release<'a> {
    #[serde(borrow)]
    values: Vec<Tag<'a>>,
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    properties: Properties<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties<'a> {
    change_number: Option<u32>,
    region: Option<Cow<'a, str>>,
    system_service: Option<Cow<'a, str>>,
    #[serde(borrow)]
    address_prefixes: Vec<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(dead_code, reason = "for readers of the file; read here so that none can be left out")]
struct Manifest {
    cloud: String,
    date: toml::value::Datetime,
    sha256: String,
    source: String,
    kept_in_capitals: Vec<String>,
}

/// Writes the tables of `data/service-tags/` into the directory `target`, one file a column, and `release.rs`.
pub(crate) fn compile(data: &Path, target: &Path) -> Result<(), String> {
    let folder = data.join("service-tags");
    fs::create_dir_all(target).map_err(|e| format!("{}: {e}", target.display()))?;
    for (name, content) in columns(&tables(&read(&folder.join("public.json"))?)?) {
        write(&target.join(name), content)?;
    }
    let text = read(&folder.join("public.toml"))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|e| format!("public.toml: {e}"))?;
    let day = manifest.date.date.ok_or("public.toml: `date` is no date")?;
    let release = format!(
        "const DATE: Date = jiff::civil::date({}, {}, {});\nconst SHA256: &str = {:?};\n",
        day.year, day.month, day.day, manifest.sha256
    );
    write(&target.join("release.rs"), release.as_bytes())
}

fn tables(text: &str) -> Result<Tables, String> {
    let release: Release = serde_json::from_str(text).map_err(|e| format!("public.json: {e}"))?;
    let mut prefixes: Vec<Vec<(IpAddr, u8)>> = Vec::new();
    for tag in &release.values {
        let own = tag.properties.address_prefixes.iter().map(|text| prefix(text));
        prefixes.push(own.collect::<Result<_, _>>().map_err(|e| format!("public.json: {}: {e}", tag.name))?);
    }
    let rows: Vec<Row> =
        release.values.iter().zip(&prefixes).map(|(tag, prefixes)| row(tag, prefixes)).collect();
    compile::compile(&rows).ok_or_else(|| "public.json: too much to index".to_owned())
}

fn row<'a>(tag: &'a Tag, prefixes: &'a [(IpAddr, u8)]) -> Row<'a> {
    let Properties { change_number, region, system_service, .. } = &tag.properties;
    Row {
        name: &tag.name,
        region: region.as_deref().unwrap_or_default(),
        system_service: system_service.as_deref().unwrap_or_default(),
        change_number: *change_number,
        prefixes,
    }
}

fn prefix(text: &str) -> Result<(IpAddr, u8), String> {
    let parts = text.split_once('/').and_then(|(ip, length)| Some((ip.parse().ok()?, length.parse().ok()?)));
    parts.ok_or_else(|| format!("`{text}` is no prefix"))
}

fn columns(tables: &Tables) -> Vec<(String, &[u8])> {
    let Tables { text, text_ends, change_numbers, v4, v6 } = tables;
    let mut columns = vec![
        ("text".to_owned(), text.as_bytes()),
        ("text-ends".to_owned(), text_ends.as_flattened()),
        ("change-numbers".to_owned(), change_numbers.as_flattened()),
    ];
    columns.extend(family("v4", v4));
    columns.extend(family("v6", v6));
    columns
}

fn family<'a, const N: usize>(name: &str, family: &'a Family<N>) -> [(String, &'a [u8]); 6] {
    let Family { starts, nodes, blocks, holders, tag_ends, tag_prefixes } = family;
    [
        ("starts", starts.as_flattened()),
        ("nodes", nodes.as_flattened()),
        ("blocks", blocks.as_flattened()),
        ("holders", holders.as_flattened()),
        ("tag-ends", tag_ends.as_flattened()),
        ("tag-prefixes", tag_prefixes.as_flattened()),
    ]
    .map(|(column, content)| (format!("{name}-{column}"), content))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn write(path: &Path, content: &[u8]) -> Result<(), String> {
    fs::write(path, content).map_err(|e| format!("{}: {e}", path.display()))
}
