//! How a requirement is probed: by whom, at which hosts, and which answer proves it.

use super::emit;
use super::requirements::{Hosts, Row, hosts};

/// What may stand for a label of a host: the name of a storage account, the code of the vault's region.
const PLACEHOLDERS: [&str; 2] = ["{account}", "{geo}"];

/// The expression of how a row is probed.
pub(super) fn expression(row: &Row) -> String {
    format!(
        "Probing {{ consumers: {}, answers: {}, hosts: {}, inferred: {} }}",
        emit::variants("Consumer", &row.consumers),
        emit::variants("Expectation", &row.answers),
        hosts(row.probe.as_ref().unwrap_or(&Hosts::default())),
        row.inferred,
    )
}

/// Refuses a row that does not say how it is probed.
pub(super) fn check(row: &Row) -> Result<(), String> {
    if row.answers.len() != row.ports.len() {
        return Err("as many answers as ports are needed".to_owned());
    }
    if row.consumers.is_empty() {
        return Err("at least one consumer is needed".to_owned());
    }
    let none = Hosts::default();
    let (stated, probed) = (row.hosts.as_ref().unwrap_or(&none), row.probe.as_ref().unwrap_or(&none));
    let clouds = [
        (&stated.public, &probed.public),
        (&stated.us_government, &probed.us_government),
        (&stated.china, &probed.china),
    ];
    for (stated, probed) in clouds {
        if stated.is_empty() != probed.is_empty() {
            let what = "`probe` needs hosts in the very clouds in which `hosts` has them";
            return Err(what.to_owned());
        }
        let strange = |host: &&String| !stated.iter().any(|pattern| fits(pattern, host));
        if let Some(host) = probed.iter().find(strange) {
            return Err(format!("`{host}` is none of the hosts of the row"));
        }
    }
    Ok(())
}

/// Whether `host`, its placeholders filled in somehow, is one that `pattern` stands for.
fn fits(pattern: &str, host: &str) -> bool {
    if pattern == host {
        return true;
    }
    let filled =
        PLACEHOLDERS.iter().fold(host.to_owned(), |host, placeholder| host.replace(placeholder, "x"));
    let Some((before, after)) = pattern.split_once('*') else { return pattern == filled };
    let known = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    filled.chars().all(known) && filled.starts_with(before) && filled.ends_with(after)
}
