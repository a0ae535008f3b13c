//! Virtual machines and their disks, as Azure Resource Manager tells of them.
//!
//! `None` means *the input does not say*, never "no".

use std::fmt;

use crate::azure::{Region, ResourceId};
use crate::input::Place;

/// A virtual machine.
#[derive(Debug, Clone)]
pub struct VirtualMachine {
    /// Its id.
    pub id: ResourceId,
    /// Where it is.
    pub region: Option<Region>,
    /// Whether it is a classic (service-management) VM.
    pub classic: bool,
    /// Its size, as in `Standard_D2s_v5`.
    pub size: Option<String>,
    /// The family of its operating system.
    pub os: Option<OsFamily>,
    /// The image it was made from.
    pub image: Option<Image>,
    /// The OS disk.
    pub os_disk: Option<AttachedDisk>,
    /// The data disks; `None` where the input does not list them.
    pub data_disks: Option<Vec<AttachedDisk>>,
    /// Its interfaces, in order; `None` where the input does not list them.
    pub interfaces: Option<Vec<InterfaceReference>>,
    /// `provisioningState` of the VM itself (`Succeeded`, `Failed`, `Updating`, …).
    pub provisioning_state: Option<String>,
    /// Whether it runs.
    pub power: Option<PowerState>,
    /// What the platform last heard from the VM agent; `None` where the input has no instance view.
    pub agent: Option<InstanceAgent>,
    /// The operating system as the agent reported it.
    pub reported_os: Option<ReportedOs>,
    /// Its extensions with their states; `None` where the input has none of them.
    pub extensions: Option<Vec<Extension>>,
    /// `provisionVMAgent`.
    pub provision_agent: Option<bool>,
    /// `allowExtensionOperations`.
    pub allow_extension_operations: Option<bool>,
    /// `securityProfile.securityType`.
    pub security_type: Option<SecurityType>,
    /// Whether the guest proxy agent (Metadata Security Protocol) is switched on.
    pub proxy_agent: Option<bool>,
    /// Where it was read.
    pub place: Place,
}

impl VirtualMachine {
    /// A VM of which nothing is known but that it is there.
    #[must_use]
    pub const fn unknown(id: ResourceId, place: Place) -> Self {
        Self {
            id,
            region: None,
            classic: false,
            size: None,
            os: None,
            image: None,
            os_disk: None,
            data_disks: None,
            interfaces: None,
            provisioning_state: None,
            power: None,
            agent: None,
            reported_os: None,
            extensions: None,
            provision_agent: None,
            allow_extension_operations: None,
            security_type: None,
            proxy_agent: None,
            place,
        }
    }
}

/// An operating-system family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OsFamily {
    /// Windows.
    Windows,
    /// Linux.
    Linux,
}

impl fmt::Display for OsFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Windows => "Windows",
            Self::Linux => "Linux",
        })
    }
}

/// A marketplace image.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Image {
    /// Publisher, as in `MicrosoftWindowsServer`.
    pub publisher: Option<String>,
    /// Offer, as in `WindowsServer`.
    pub offer: Option<String>,
    /// SKU, as in `2012-R2-Datacenter`.
    pub sku: Option<String>,
}

/// The operating system as the agent reports it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportedOs {
    /// As in `ubuntu` or `Windows Server 2016 Datacenter`.
    pub name: Option<String>,
    /// As in `18.04` or `Microsoft Windows NT 10.0.14393.0`.
    pub version: Option<String>,
}

/// A disk as its VM sees it.
#[derive(Debug, Clone, Default)]
pub struct AttachedDisk {
    /// Its name.
    pub name: String,
    /// The managed disk; `None` for an unmanaged one.
    pub managed: Option<ResourceId>,
    /// The address of the page blob of an unmanaged disk.
    pub blob: Option<String>,
    /// Size in GiB as the VM states it.
    pub size_gib: Option<u64>,
    /// Storage type, as in `Premium_LRS`.
    pub sku: Option<String>,
    /// Whether Write Accelerator is on.
    pub write_accelerator: Option<bool>,
    /// Whether the disk lives on the host only (`diffDiskSettings`).
    pub ephemeral: bool,
    /// Logical unit number of a data disk.
    pub lun: Option<u64>,
    /// Whether it is a disk encrypted by Azure Disk Encryption, where the VM's own settings say so.
    pub encrypted: Option<bool>,
}

/// A managed disk.
#[derive(Debug, Clone)]
pub struct Disk {
    /// Its id.
    pub id: ResourceId,
    /// Size in GiB.
    pub size_gib: Option<u64>,
    /// Storage type, as in `UltraSSD_LRS`.
    pub sku: Option<String>,
    /// How many VMs may attach it at once.
    pub max_shares: Option<u64>,
    /// `dataAccessAuthMode`, as in `AzureActiveDirectory`.
    pub data_access_auth_mode: Option<String>,
    /// Whether Azure Disk Encryption settings are on it.
    pub encrypted: Option<bool>,
    /// The key vaults that hold its encryption keys and secrets.
    pub key_vaults: Vec<ResourceId>,
    /// The VM it is attached to.
    pub managed_by: Option<ResourceId>,
    /// Where it was read.
    pub place: Place,
}

/// A key vault, as far as backup needs to read it.
#[derive(Debug, Clone)]
pub struct KeyVault {
    /// Its id.
    pub id: ResourceId,
    /// Whether rights are given by role assignments rather than access policies.
    pub uses_roles: Option<bool>,
    /// Object ids of its access policies that may do what backup needs: get, list and backup of keys and secrets.
    pub may_back_up: Option<Vec<String>>,
    /// Where it was read.
    pub place: Place,
}

/// An interface as its VM names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceReference {
    /// The interface.
    pub id: ResourceId,
    /// Whether it is the primary one.
    pub primary: Option<bool>,
}

/// Power state of a VM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PowerState {
    /// It runs.
    Running,
    /// Its hardware is given back.
    Deallocated,
    /// Shut down from inside, hardware kept.
    Stopped,
    /// Any other word Azure used, such as `starting`.
    Other(String),
}

impl fmt::Display for PowerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Running => "running",
            Self::Deallocated => "deallocated",
            Self::Stopped => "stopped",
            Self::Other(word) => word,
        })
    }
}

/// What the platform last heard from the VM agent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InstanceAgent {
    /// The version text, `Unknown` where the platform has none.
    pub version: Option<String>,
    /// `displayStatus` of the agent's status, as in `Ready` or `Not Ready`.
    pub status: Option<String>,
    /// The status's message.
    pub message: Option<String>,
    /// When the status was set, as RFC 3339 text.
    pub time: Option<String>,
}

/// An extension of a VM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// Its type with publisher, as in `Microsoft.Azure.RecoveryServices.VMSnapshot`, as far as stated.
    pub kind: Option<String>,
    /// `provisioningState`, or the state in the instance view.
    pub provisioning_state: Option<String>,
    /// What its status says.
    pub message: Option<String>,
    /// Where it was read.
    pub place: Place,
}

/// The security type of a VM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecurityType {
    /// `Standard`.
    Standard,
    /// `TrustedLaunch`.
    TrustedLaunch,
    /// `ConfidentialVM`.
    Confidential,
    /// Any other word.
    Other(String),
}
