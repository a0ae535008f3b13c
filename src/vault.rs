//! Recovery Services vaults, policies, protected items, and what else stands around a backup.

use crate::azure::{Region, ResourceId};
use crate::input::Place;

/// A Recovery Services vault.
#[derive(Debug, Clone)]
pub struct Vault {
    /// Its id.
    pub id: ResourceId,
    /// Where it is.
    pub region: Option<Region>,
    /// Storage redundancy, as in `GeoRedundant`.
    pub redundancy: Option<String>,
    /// Whether the redundancy can no longer be changed because items are stored; `None` where not stated.
    pub redundancy_locked: Option<bool>,
    /// Whether public network access is on.
    pub public_network_access: Option<bool>,
    /// Private endpoints connected to it, by id; `None` where not stated.
    pub private_endpoints: Option<Vec<ResourceId>>,
    /// Where it was read.
    pub place: Place,
}

/// A backup policy for VMs.
#[derive(Debug, Clone)]
pub struct BackupPolicy {
    /// Its id.
    pub id: ResourceId,
    /// What it is for (`AzureIaasVM`, `AzureWorkload`, …).
    pub management_type: Option<String>,
    /// Whether it is an Enhanced policy (`policyType` `V2`).
    pub enhanced: Option<bool>,
    /// Whether it is agentless crash-consistent (`snapshotConsistencyType` `OnlyCrashConsistent`).
    pub agentless: Option<bool>,
    /// Days for which snapshots are kept for instant restore.
    pub instant_restore_days: Option<u64>,
    /// Retention per schedule.
    pub retention: Vec<Retention>,
    /// The time zone of its schedule.
    pub time_zone: Option<String>,
    /// Where it was read.
    pub place: Place,
}

/// How long one kind of recovery point is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Which kind of recovery point.
    pub schedule: RetentionSchedule,
    /// How many of the schedule's units: days, weeks, months or years.
    pub count: u64,
    /// Where it was read.
    pub place: Place,
}

/// The schedules a retention can be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RetentionSchedule {
    /// Counted in days.
    Daily,
    /// Counted in weeks.
    Weekly,
    /// Counted in months.
    Monthly,
    /// Counted in years.
    Yearly,
}

/// A VM (or database) under protection.
#[derive(Debug, Clone)]
pub struct ProtectedItem {
    /// Its id, which holds the vault's.
    pub id: ResourceId,
    /// The protected resource.
    pub source: Option<ResourceId>,
    /// The vault, where it is not in the id.
    pub vault: Option<ResourceId>,
    /// The policy.
    pub policy: Option<ResourceId>,
    /// What it is for (`AzureIaasVM`, …).
    pub management_type: Option<String>,
    /// `protectionState`, as in `IRPending` or `Protected`.
    pub protection_state: Option<String>,
    /// Status of the last backup, as in `Completed` or `Failed`.
    pub last_backup_status: Option<String>,
    /// Health details: code, title and message of each.
    pub health: Vec<HealthDetail>,
    /// Where it was read.
    pub place: Place,
}

/// One health detail of a protected item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthDetail {
    /// The number.
    pub code: Option<i64>,
    /// The title, mostly an error code's name.
    pub title: Option<String>,
    /// The message.
    pub message: Option<String>,
}

/// The answer of `backupStatus`: whether a VM is protected, and where.
#[derive(Debug, Clone)]
pub struct BackupStatus {
    /// Whether it is protected.
    pub protected: bool,
    /// The vault that protects it.
    pub vault: Option<ResourceId>,
    /// The name of the protected item (`vm;iaasvmcontainerv2;GROUP;VM`), which names the VM.
    pub item_name: Option<String>,
    /// Where it was read.
    pub place: Place,
}

/// A management lock.
#[derive(Debug, Clone)]
pub struct Lock {
    /// Its id.
    pub id: ResourceId,
    /// `CanNotDelete` or `ReadOnly`.
    pub level: Option<String>,
    /// What it is on: a subscription, a resource group or a resource.
    pub scope: Option<ResourceId>,
    /// Where it was read.
    pub place: Place,
}

/// A storage account, as far as its firewall goes.
#[derive(Debug, Clone)]
pub struct StorageAccount {
    /// Its id.
    pub id: ResourceId,
    /// Whether the default action of its network rules is `Deny`.
    pub denies_by_default: Option<bool>,
    /// Whether trusted Microsoft services pass (`bypass` holds `AzureServices`).
    pub trusts_azure_services: Option<bool>,
    /// Whether public network access is on.
    pub public_network_access: Option<bool>,
    /// Subnets let through.
    pub allowed_subnets: Vec<ResourceId>,
    /// Where it was read.
    pub place: Place,
}
