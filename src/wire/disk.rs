//! Managed disks and key vaults.

use super::fault::Fault;
use super::merge::merge_into;
use super::node::Node;
use super::reader::Reader;
use crate::azure::ResourceId;
use crate::vm::{Disk, KeyVault};

/// What backup must be allowed to do with secrets and with keys.
/// Source: backup-azure-vms-encryption on learn.microsoft.com: get, list and backup of both.
const NEEDED: [&str; 3] = ["get", "list", "backup"];

/// Reads a managed disk.
pub(super) fn disk(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let encryption = match node.field("encryptionSettingsCollection") {
        None => node.field("encryptionSettings"),
        collection => collection,
    };
    let mut key_vaults = Vec::new();
    let settings = encryption.as_ref().map_or(Ok(None), |e| e.records_at("encryptionSettings", false))?;
    for each in settings.iter().flatten() {
        for key in ["diskEncryptionKey", "keyEncryptionKey"] {
            let vault = each.path(&[key, "sourceVault"]).map_or(Ok(None), |vault| vault.reference())?;
            key_vaults.extend(vault.filter(|id: &ResourceId| !key_vaults.contains(id)));
        }
    }
    let sku = match node.path(&["sku", "name"]) {
        Some(name) => name.text()?,
        None => node.text_at("accountType")?,
    };
    let disk = Disk {
        id: reader.id_of(node)?,
        size_gib: node.number_at("diskSizeGB")?,
        sku,
        max_shares: node.number_at("maxShares")?,
        data_access_auth_mode: node.text_at("dataAccessAuthMode")?,
        encrypted: encryption.map_or(Ok(None), |settings| settings.flag_at("enabled"))?,
        key_vaults,
        managed_by: node.reference_at("managedBy")?,
        place: node.place(),
    };
    merge_into(&mut reader.facts.disks, disk);
    Ok(())
}

/// Reads a key vault: who may read and back up what is in it.
pub(super) fn key_vault(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let mut allowed = None;
    if let Some(policies) = node.records_at("accessPolicies", false)? {
        let mut ids = Vec::new();
        for policy in &policies {
            if may_back_up(policy)? {
                ids.extend(policy.text_at("objectId")?);
            }
        }
        allowed = Some(ids);
    }
    let vault = KeyVault {
        id: reader.id_of(node)?,
        uses_roles: node.flag_at("enableRbacAuthorization")?,
        may_back_up: allowed,
        place: node.place(),
    };
    merge_into(&mut reader.facts.key_vaults, vault);
    Ok(())
}

fn may_back_up(policy: &Node) -> Result<bool, Fault> {
    // PowerShell writes the permissions beside the object id rather than in an object of their own.
    let permissions = policy.field("permissions").unwrap_or(*policy);
    for (key, flattened) in [("keys", "permissionsToKeys"), ("secrets", "permissionsToSecrets")] {
        let granted = match permissions.texts_at(key)? {
            None => permissions.texts_at(flattened)?,
            granted => granted,
        };
        let granted = granted.unwrap_or_default();
        let has = |need: &str| {
            granted.iter().any(|g| g.eq_ignore_ascii_case(need) || g.eq_ignore_ascii_case("all"))
        };
        if !NEEDED.iter().all(|need| has(need)) {
            return Ok(false);
        }
    }
    Ok(true)
}
