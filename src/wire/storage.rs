//! Storage accounts and management locks.

use super::fault::Fault;
use super::merge::merge_into;
use super::node::Node;
use super::reader::Reader;
use crate::azure::ResourceId;
use crate::vault::{Lock, StorageAccount};

/// Reads a storage account's firewall.
pub(super) fn account(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let rules = match node.field("networkAcls") {
        None => node.field("networkRuleSet"),
        rules => rules,
    };
    let mut account = StorageAccount {
        id: reader.id_of(node)?,
        denies_by_default: None,
        trusts_azure_services: None,
        public_network_access: node.says_at("publicNetworkAccess", "Enabled")?,
        allowed_subnets: Vec::new(),
        place: node.place(),
    };
    if let Some(rules) = rules {
        account.denies_by_default = rules.says_at("defaultAction", "Deny")?;
        let bypass = rules.texts_at("bypass")?;
        let trusted = |word: &str| word.trim().eq_ignore_ascii_case("AzureServices");
        account.trusts_azure_services =
            bypass.map(|words| words.iter().any(|words| words.split(',').any(trusted)));
        for each in rules.records_at("virtualNetworkRules", false)?.unwrap_or_default() {
            let id = match each.reference()? {
                None => each.reference_at("virtualNetworkResourceId")?,
                id => id,
            };
            account.allowed_subnets.extend(id);
        }
    }
    merge_into(&mut reader.facts.storage_accounts, account);
    Ok(())
}

/// Reads a lock. What it is on is the part of its id in front of the lock.
pub(super) fn lock(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let id = match node.own_text("lockId")? {
        Some(id) => ResourceId::new(id),
        None => reader.id_of(node)?,
    };
    let lock = Lock { scope: id.parent(), id, level: node.text_at("level")?, place: node.place() };
    reader.facts.locks.insert(lock);
    Ok(())
}
