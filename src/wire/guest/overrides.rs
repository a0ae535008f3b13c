//! `ExtensionSettingsOverrides.json` of the HANA plugin.

use super::whole;
use crate::guest::{Named, Overrides, Setting, Source, Stated};
use crate::wire::fault::Fault;
use crate::wire::node::Node;

/// Whether an object is what the HANA plugin is told: it says what the proxy is for.
pub(in crate::wire) fn is_overrides(node: &Node) -> bool {
    ["UseProxyForAAD", "UseProxyForAzureBackup", "UseProxyForAzureStorage"]
        .iter()
        .any(|key| node.own(key).is_some())
}

/// Reads it. What is not stated is off.
pub(in crate::wire) fn overrides(node: &Node) -> Result<Setting, Fault> {
    let flag = |key| Ok::<bool, Fault>(node.flag_at(key)?.unwrap_or(false));
    let stated = Overrides {
        for_entra: flag("UseProxyForAAD")?,
        for_backup: flag("UseProxyForAzureBackup")?,
        for_storage: flag("UseProxyForAzureStorage")?,
        proxy: node.text_at("ProxyServerAddress")?.map(|text| Named::parse(&text)),
    };
    let place = node.place();
    let setting = whole(Source::HanaOverrides, &place.document, Stated::Overrides(stated));
    Ok(Setting { place, ..setting })
}
