//! What each workload must reach.

use std::net::IpAddr;

use serde::Deserialize;

use super::probing;
use super::rows::Table;
use super::sources::Sources;
use super::{Fault, emit};
use crate::probe::{Consumer, Expectation};
use crate::vocabulary::{AlternativeKind, Condition, Grounds, Profile, Purpose, Severity, Workload};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Row {
    id: String,
    title: String,
    reason: String,
    profiles: Vec<Profile>,
    purpose: Purpose,
    severity: Severity,
    grounds: Option<Grounds>,
    #[serde(default)]
    disputed: bool,
    when: Condition,
    #[serde(default)]
    unless: Vec<Condition>,
    address: Option<IpAddr>,
    tag: Option<String>,
    regional: Option<bool>,
    pub(super) hosts: Option<Hosts>,
    pub(super) ports: Vec<u16>,
    transport: Transport,
    pub(super) answers: Vec<Expectation>,
    pub(super) consumers: Vec<Consumer>,
    pub(super) probe: Option<Hosts>,
    #[serde(default)]
    pub(super) inferred: bool,
    #[serde(default)]
    sources: Vec<String>,
    #[serde(default)]
    alternatives: Vec<Alternative>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Hosts {
    #[serde(default)]
    pub(super) public: Vec<String>,
    #[serde(default)]
    pub(super) us_government: Vec<String>,
    #[serde(default)]
    pub(super) china: Vec<String>,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
enum Transport {
    Tcp,
    Udp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alternative {
    kind: AlternativeKind,
    name: String,
    #[serde(default)]
    zones: Hosts,
    sources: Vec<String>,
}

/// One table a profile, of the requirements of `workload`.
pub(super) fn generate(mut table: Table, workload: Workload, sources: &Sources) -> Result<String, Fault> {
    let stated: Workload = table.one("workload")?;
    let rows = table.rows::<Row>("requirement")?;
    table.finish()?;
    if stated != workload {
        return Err(table.fault(None, &format!("`{stated}` in the file of `{workload}`")));
    }
    let mut text = String::new();
    for profile in Profile::ALL {
        let of_profile: Vec<_> = rows.iter().filter(|(_, row)| row.profiles.contains(profile)).collect();
        table.unique(of_profile.iter().map(|(name, row)| (name.clone(), row.id.clone())))?;
        let mut items = Vec::new();
        for (name, row) in of_profile {
            items.push(requirement(row, sources).map_err(|what| table.fault(Some(name), &what))?);
        }
        let constant = format!("{workload}_{profile}").to_uppercase();
        text += &emit::table(&constant, "&[Requirement]", &emit::list(&items));
    }
    Ok(text)
}

fn requirement(row: &Row, sources: &Sources) -> Result<String, String> {
    check(row)?;
    let grounds = row.grounds.unwrap_or(Grounds::Documented);
    let sources_text =
        if grounds == Grounds::Unsourced { "&[]".to_owned() } else { sources.expression(&row.sources)? };
    let mut alternatives = Vec::new();
    for alternative in &row.alternatives {
        alternatives.push(format!(
            "Alternative {{ kind: AlternativeKind::{:?}, name: {:?}, zones: {}, sources: {} }}",
            alternative.kind,
            alternative.name,
            hosts(&alternative.zones),
            sources.expression(&alternative.sources)?
        ));
    }
    Ok(format!(
        "Requirement {{ id: {:?}, title: {:?}, reason: {:?}, purpose: Purpose::{:?}, severity: Severity::{:?}, \
         grounds: Grounds::{grounds:?}, disputed: {}, when: Condition::{:?}, unless: {}, endpoint: {}, ports: &{:?}, \
         protocol: Protocol::{:?}, probing: {}, alternatives: {}, sources: {sources_text} }}",
        row.id,
        row.title,
        row.reason,
        row.purpose,
        row.severity,
        row.disputed,
        row.when,
        emit::variants("Condition", &row.unless),
        endpoint(row)?,
        row.ports,
        row.transport,
        probing::expression(row),
        emit::list(&alternatives),
    ))
}

fn check(row: &Row) -> Result<(), String> {
    if !emit::is_kebab(&row.id) {
        return Err("the id is not kebab-case".to_owned());
    }
    if row.ports.is_empty() || row.profiles.is_empty() {
        return Err("at least one port and one profile are needed".to_owned());
    }
    if row.grounds.is_some_and(|grounds| grounds != Grounds::Documented) && row.severity == Severity::Blocker
    {
        return Err("a row that is not documented cannot be a blocker".to_owned());
    }
    if row.disputed && (row.severity == Severity::Blocker || row.sources.len() < 2) {
        return Err("a disputed row names at least two sources and is no blocker".to_owned());
    }
    probing::check(row)
}

fn endpoint(row: &Row) -> Result<String, String> {
    match (row.address, &row.hosts) {
        (Some(IpAddr::V4(address)), None) if row.tag.is_none() && row.regional.is_none() => Ok(format!(
            "Endpoint::Address(Ipv4Addr::new({}))",
            address.octets().map(|octet| octet.to_string()).join(", ")
        )),
        (None, Some(names)) => {
            Ok(format!("Endpoint::Service {{ tag: {}, hosts: {} }}", tag(row)?, hosts(names)))
        }
        _ => Err("either an IPv4 `address` alone, or `hosts` with or without a `tag`".to_owned()),
    }
}

fn tag(row: &Row) -> Result<String, String> {
    match (&row.tag, row.regional) {
        (Some(base), Some(regional)) => {
            Ok(format!("Some(EndpointTag {{ base: {base:?}, regional: {regional} }})"))
        }
        (None, None) => Ok("None".to_owned()),
        _ => Err("`tag` and `regional` go together".to_owned()),
    }
}

/// The expression of host names by cloud.
pub(super) fn hosts(hosts: &Hosts) -> String {
    format!(
        "Hosts {{ public: {}, us_government: {}, china: {} }}",
        emit::texts(&hosts.public),
        emit::texts(&hosts.us_government),
        emit::texts(&hosts.china)
    )
}
