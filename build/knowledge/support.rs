//! The support matrix: agents, operating systems, figures, features, names.

use serde::Deserialize;

use super::rows::Table;
use super::sources::Sources;
use super::{Fault, emit};
use crate::vocabulary::{Profile, Severity, Support};

#[derive(Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
enum OsFamily {
    Windows,
    Linux,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Agent {
    os: OsFamily,
    profiles: Vec<Profile>,
    blocker: String,
    blocker_sources: Vec<String>,
    support: String,
    support_sources: Vec<String>,
    above_with_auto_update: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct OperatingSystem {
    id: String,
    os: OsFamily,
    names: Vec<String>,
    from: Option<String>,
    through: Option<String>,
    profiles: Vec<Profile>,
    support: Support,
    severity: Severity,
    reason: String,
    sources: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Limit {
    id: String,
    title: String,
    unit: String,
    profiles: Vec<Profile>,
    minimum: Option<u64>,
    maximum: Option<u64>,
    default: Option<u64>,
    #[serde(default)]
    allowed: Vec<u64>,
    disputed: Option<u64>,
    #[serde(default)]
    disputed_sources: Vec<String>,
    severity: Severity,
    sources: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Feature {
    id: String,
    title: String,
    profiles: Vec<Profile>,
    support: Support,
    since: Option<String>,
    #[serde(default)]
    regions: Vec<String>,
    severity: Severity,
    reason: String,
    sources: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct NameRule {
    shortest: usize,
    longest: usize,
    reason: String,
    sources: Vec<String>,
}

/// The tables of the support matrix.
pub(super) fn generate(mut table: Table, sources: &Sources) -> Result<String, Fault> {
    let agents = table.rows::<Agent>("agent-minimum")?;
    let systems = table.rows::<OperatingSystem>("operating-system")?;
    let limits = table.rows::<Limit>("limit")?;
    let features = table.rows::<Feature>("feature")?;
    let name: NameRule = table.one("vault-name")?;
    table.finish()?;
    table.unique(
        agents.iter().flat_map(|(row, agent)| per_profile(row, &format!("{:?}", agent.os), &agent.profiles)),
    )?;
    table.unique(systems.iter().map(|(row, system)| (row.clone(), system.id.clone())))?;
    table.unique(limits.iter().flat_map(|(row, limit)| per_profile(row, &limit.id, &limit.profiles)))?;
    table.unique(
        features.iter().flat_map(|(row, feature)| per_profile(row, &feature.id, &feature.profiles)),
    )?;
    let limit_ids: Vec<_> = limits.iter().map(|(_, row)| (row.id.as_str(), row.title.as_str())).collect();
    let feature_ids: Vec<_> = features.iter().map(|(_, row)| (row.id.as_str(), row.title.as_str())).collect();
    let mut text = emit::id_enum("LimitId", "A figure of the support matrix.", &limit_ids);
    text += &emit::id_enum(
        "FeatureId",
        "A feature of VMs or vaults that the support matrix speaks of.",
        &feature_ids,
    );
    text += &list(&table, ("AGENTS", "&[AgentMinimum]"), &agents, |row| agent(row, sources))?;
    text += &list(&table, ("SYSTEMS", "&[OperatingSystem]"), &systems, |row| system(row, sources))?;
    text += &list(&table, ("LIMITS", "&[Limit]"), &limits, |row| limit(row, sources))?;
    text += &list(&table, ("FEATURES", "&[Feature]"), &features, |row| feature(row, sources))?;
    let name_sources =
        sources.expression(&name.sources).map_err(|what| table.fault(Some("vault-name"), &what))?;
    let rule = format!(
        "NameRule {{ shortest: {}, longest: {}, reason: {:?}, sources: {name_sources} }}",
        name.shortest, name.longest, name.reason
    );
    text += &emit::table("VAULT_NAME", "NameRule", &rule);
    Ok(text)
}

fn per_profile(row: &str, id: &str, profiles: &[Profile]) -> Vec<(String, String)> {
    profiles.iter().map(|profile| (row.to_owned(), format!("{id} of {profile}"))).collect()
}

fn list<T>(
    table: &Table,
    (name, kind): (&str, &str),
    rows: &[(String, T)],
    expression: impl Fn(&T) -> Result<String, String>,
) -> Result<String, Fault> {
    let mut items = Vec::new();
    for (row_name, row) in rows {
        items.push(expression(row).map_err(|what| table.fault(Some(row_name), &what))?);
    }
    Ok(emit::table(name, kind, &emit::list(&items)))
}

fn agent(row: &Agent, sources: &Sources) -> Result<String, String> {
    let above = row.above_with_auto_update.as_deref().map(version).transpose()?;
    Ok(format!(
        "AgentMinimum {{ os: OsFamily::{:?}, profiles: {}, blocker: {}, blocker_sources: {}, support: {}, \
         support_sources: {}, above_with_auto_update: {} }}",
        row.os,
        emit::variants("Profile", &row.profiles),
        version(&row.blocker)?,
        sources.expression(&row.blocker_sources)?,
        version(&row.support)?,
        sources.expression(&row.support_sources)?,
        above.map_or_else(|| "None".to_owned(), |above| format!("Some({above})"))
    ))
}

/// The expression of an agent version; missing parts count as 0.
fn version(text: &str) -> Result<String, String> {
    let parts: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
    let parts = parts.map_err(|_| format!("`{text}` is not a version"))?;
    if parts.len() > 4 {
        return Err(format!("`{text}` has more than four parts"));
    }
    let padded: Vec<_> =
        parts.iter().copied().chain(std::iter::repeat(0)).take(4).map(|part| part.to_string()).collect();
    Ok(format!("AgentVersion::new([{}])", padded.join(", ")))
}

fn system(row: &OperatingSystem, sources: &Sources) -> Result<String, String> {
    if row.names.is_empty() || row.names.iter().any(|name| name.to_lowercase() != *name) {
        return Err("lower-case `names` are needed".to_owned());
    }
    Ok(format!(
        "OperatingSystem {{ id: {:?}, family: OsFamily::{:?}, names: {}, from: {:?}, through: {:?}, profiles: {}, \
         support: Support::{:?}, severity: Severity::{:?}, reason: {:?}, sources: {} }}",
        row.id,
        row.os,
        emit::texts(&row.names),
        row.from,
        row.through,
        emit::variants("Profile", &row.profiles),
        row.support,
        row.severity,
        row.reason,
        sources.expression(&row.sources)?
    ))
}

fn limit(row: &Limit, sources: &Sources) -> Result<String, String> {
    check_id(&row.id, &row.profiles)?;
    if row.minimum.is_none() && row.maximum.is_none() && row.allowed.is_empty() {
        return Err("a `minimum`, a `maximum` or `allowed` values are needed".to_owned());
    }
    let disputed = match row.disputed {
        Some(figure) => format!(
            "Some(Dispute {{ maximum: {figure}, sources: {} }})",
            sources.expression(&row.disputed_sources)?
        ),
        None => "None".to_owned(),
    };
    Ok(format!(
        "Limit {{ id: LimitId::{}, title: {:?}, unit: {:?}, profiles: {}, minimum: {:?}, maximum: {:?}, default: {:?}, \
         allowed: &{:?}, disputed: {disputed}, severity: Severity::{:?}, sources: {} }}",
        emit::camel(&row.id),
        row.title,
        row.unit,
        emit::variants("Profile", &row.profiles),
        row.minimum,
        row.maximum,
        row.default,
        row.allowed,
        row.severity,
        sources.expression(&row.sources)?
    ))
}

fn feature(row: &Feature, sources: &Sources) -> Result<String, String> {
    check_id(&row.id, &row.profiles)?;
    if row.support == Support::Disputed && (row.severity == Severity::Blocker || row.sources.len() < 2) {
        return Err("a disputed row names at least two sources and is no blocker".to_owned());
    }
    if (row.support == Support::Retired) != row.since.is_some() {
        return Err("`since` and support `retired` go together".to_owned());
    }
    let since = row.since.as_deref().map(date).transpose()?;
    Ok(format!(
        "Feature {{ id: FeatureId::{}, title: {:?}, profiles: {}, support: Support::{:?}, since: {}, regions: {}, \
         severity: Severity::{:?}, reason: {:?}, sources: {} }}",
        emit::camel(&row.id),
        row.title,
        emit::variants("Profile", &row.profiles),
        row.support,
        since.map_or_else(|| "None".to_owned(), |since| format!("Some({since})")),
        emit::texts(&row.regions),
        row.severity,
        row.reason,
        sources.expression(&row.sources)?
    ))
}

fn check_id(id: &str, profiles: &[Profile]) -> Result<(), String> {
    if emit::is_kebab(id) && !profiles.is_empty() {
        Ok(())
    } else {
        Err("a kebab-case id and at least one profile are needed".to_owned())
    }
}

/// The expression of a civil date `YYYY-MM-DD`.
fn date(text: &str) -> Result<String, String> {
    let bad = || format!("`{text}` is not a date");
    let parts: Result<Vec<u16>, _> = text.split('-').map(str::parse).collect();
    match parts.map_err(|_| bad())?.as_slice() {
        [year @ 1900..=2999, month @ 1..=12, day @ 1..=31] => {
            Ok(format!("civil::date({year}, {month}, {day})"))
        }
        _ => Err(bad()),
    }
}
