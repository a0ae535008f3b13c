//! Recovery Services vaults, backup policies, protected items, answers about protection.

use super::fault::Fault;
use super::merge::merge_into;
use super::node::{Node, Stated};
use super::reader::Reader;
use crate::azure::ResourceId;
use crate::vault::{
    BackupPolicy, BackupStatus, HealthDetail, ProtectedItem, Retention, RetentionSchedule, Vault,
};

/// Reads a vault.
pub(super) fn vault(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let redundancy = node.path(&["redundancySettings", "standardTierStorageRedundancy"]);
    let vault = Vault {
        region: node.region()?,
        redundancy: redundancy.map_or(Ok(None), |text| text.text())?,
        public_network_access: node.says_at("publicNetworkAccess", "Enabled")?,
        private_endpoints: private_endpoints(node)?,
        ..empty(reader.id_of(node)?, node)
    };
    merge_into(&mut reader.facts.vaults, vault);
    Ok(())
}

/// Reads how a vault stores: its redundancy, and whether that can still be changed.
pub(super) fn storage_config(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let Some(id) = reader.id_of(node)?.parent() else { return Ok(()) };
    let redundancy = match node.text_at("storageModelType")? {
        None => node.text_at("storageType")?,
        model => model,
    };
    let vault = Vault {
        redundancy,
        redundancy_locked: node.says_at("storageTypeState", "Locked")?,
        ..empty(id, node)
    };
    merge_into(&mut reader.facts.vaults, vault);
    Ok(())
}

/// Reads a backup policy.
pub(super) fn policy(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let retention = retention_policy(node)?.map_or(Ok(Vec::new()), |policy| retention(&policy))?;
    let zone = match node.text_at("timeZone")? {
        None => node.path(&["settings", "timeZone"]).map_or(Ok(None), |zone| zone.text())?,
        zone => zone,
    };
    let days = match node.number_at("instantRpRetentionRangeInDays")? {
        None => node.number_at("snapshotRetentionInDays")?,
        days => days,
    };
    let enhanced = is_enhanced(node)?;
    let policy = BackupPolicy {
        id: reader.id_of(node)?,
        management_type: node.text_at("backupManagementType")?,
        enhanced,
        agentless: is_agentless(node, enhanced)?,
        instant_restore_days: days,
        retention,
        time_zone: zone,
        place: node.place(),
    };
    merge_into(&mut reader.facts.policies, policy);
    Ok(())
}

/// Reads a protected item.
pub(super) fn protected_item(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let source = match node.reference_at("sourceResourceId")? {
        None => node.reference_at("virtualMachineId")?,
        source => source,
    };
    let mut health = Vec::new();
    for each in node.records_at("healthDetails", false)?.unwrap_or_default() {
        health.push(HealthDetail {
            code: each.number_at("code")?.and_then(|code| i64::try_from(code).ok()),
            title: each.text_at("title")?,
            message: each.text_at("message")?,
        });
    }
    let item = ProtectedItem {
        id: reader.id_of(node)?,
        source,
        vault: node.text_at("vaultId")?.map(|text| id_in_url(&text)),
        policy: node.reference_at("policyId")?,
        management_type: node.text_at("backupManagementType")?,
        protection_state: node.text_at("protectionState")?,
        last_backup_status: node.text_at("lastBackupStatus")?,
        health,
        place: node.place(),
    };
    merge_into(&mut reader.facts.protected_items, item);
    Ok(())
}

/// Reads the answer to whether a VM is protected: of `backupStatus`, or of `Get-AzRecoveryServicesBackupStatus`.
pub(super) fn status(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let protected = if let Some(backed_up) = node.flag_at("backedUp")? {
        backed_up
    } else {
        let word = node.required_text("protectionStatus", "the state of protection, as in `Protected`")?;
        ["Protected", "Protecting", "ProtectionFailed"].iter().any(|on| on.eq_ignore_ascii_case(&word))
    };
    reader.facts.backup_statuses.push(BackupStatus {
        protected,
        vault: node.text_at("vaultId")?.map(|text| id_in_url(&text)),
        item_name: node.text_at("protectedItemName")?,
        place: node.place(),
    });
    Ok(())
}

/// A vault of which nothing is known yet.
fn empty(id: ResourceId, node: &Node) -> Vault {
    Vault {
        id,
        region: None,
        redundancy: None,
        redundancy_locked: None,
        public_network_access: None,
        private_endpoints: None,
        place: node.place(),
    }
}

fn private_endpoints(node: &Node) -> Result<Option<Vec<ResourceId>>, Fault> {
    if node.field("privateEndpointConnections").is_none() {
        let alone = node.says_at("privateEndpointStateForBackup", "None")? == Some(true);
        return Ok(alone.then(Vec::new));
    }
    let mut ids = Vec::new();
    for each in node.records_at("privateEndpointConnections", false)?.unwrap_or_default() {
        ids.extend(each.reference_at("privateEndpoint")?);
    }
    Ok(Some(ids))
}

fn is_enhanced(node: &Node) -> Result<Option<bool>, Fault> {
    for (key, enhanced, standard) in [("policyType", "V2", "V1"), ("policySubType", "Enhanced", "Standard")] {
        if let Some(word) = node.text_at(key)? {
            let is = |known: &str| word.eq_ignore_ascii_case(known);
            return Ok(if is(enhanced) { Some(true) } else { is(standard).then_some(false) });
        }
    }
    let schedule =
        node.path(&["schedulePolicy", "schedulePolicyType"]).map_or(Ok(None), |kind| kind.text())?;
    Ok(match schedule.as_deref() {
        Some("SimpleSchedulePolicyV2") => Some(true),
        Some("SimpleSchedulePolicy") => Some(false),
        _ => None,
    })
}

/// An older version of the API does not tell of crash-consistent snapshots, so that an Enhanced policy without the field
/// may be of that kind; a Standard one cannot.
fn is_agentless(node: &Node, enhanced: Option<bool>) -> Result<Option<bool>, Fault> {
    Ok(match node.stated("snapshotConsistencyType") {
        Stated::Value(_) => node.says_at("snapshotConsistencyType", "OnlyCrashConsistent")?,
        Stated::Null => Some(false),
        Stated::Absent | Stated::Open => (enhanced == Some(false)).then_some(false),
    })
}

/// The policy's own retention, or that of its full backups where it has several.
fn retention_policy<'a>(node: &Node<'a>) -> Result<Option<Node<'a>>, Fault> {
    if let Some(own) = node.field("retentionPolicy") {
        return Ok(Some(own));
    }
    for each in node.records_at("subProtectionPolicy", false)?.unwrap_or_default() {
        if each.says_at("policyType", "Full")? == Some(true) {
            return Ok(each.field("retentionPolicy"));
        }
    }
    Ok(None)
}

fn retention(policy: &Node) -> Result<Vec<Retention>, Fault> {
    let mut found = Vec::new();
    for (key, unit, schedule) in [
        ("dailySchedule", "Days", RetentionSchedule::Daily),
        ("weeklySchedule", "Weeks", RetentionSchedule::Weekly),
        ("monthlySchedule", "Months", RetentionSchedule::Monthly),
        ("yearlySchedule", "Years", RetentionSchedule::Yearly),
    ] {
        if let Some(node) = policy.field(key) {
            let count = match node.field("retentionDuration") {
                Some(duration) => duration.number_at("count")?,
                None => node.number_at(&format!("durationCountIn{unit}"))?,
            };
            found.extend(count.map(|count| Retention { schedule, count, place: node.place() }));
        }
        // A simple retention has one duration and names its unit.
        if let Some(node) = policy.field("retentionDuration")
            && node.says_at("durationType", unit)? == Some(true)
        {
            let count = node.number_at("count")?;
            found.extend(count.map(|count| Retention { schedule, count, place: node.place() }));
        }
    }
    Ok(found)
}

/// The id in `https://management.azure.com/subscriptions/…`, or the text itself where it is an id already.
fn id_in_url(text: &str) -> ResourceId {
    let at = text.to_ascii_lowercase().find("/subscriptions/").unwrap_or_default();
    ResourceId::new(text.get(at..).unwrap_or(text))
}
