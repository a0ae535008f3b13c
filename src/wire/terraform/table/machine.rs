//! Virtual machines, their disks, storage, and vaults.

use super::As::{Ids, Many, One, Same, Word};
use super::{Attribute, Form, LOCATION, NAME, a, form};

/// The types, with their forms.
pub(super) const FORMS: &[(&str, Form)] = &[
    (
        "azurerm_backup_policy_vm",
        Form {
            fixed: &[("properties.backupManagementType", "AzureIaasVM")],
            ..form(
                "Microsoft.RecoveryServices/vaults/backupPolicies",
                &["recovery_vault_name"],
                &[
                    NAME,
                    a("policy_type", "properties.policyType", Same),
                    a("timezone", "properties.timeZone", Same),
                    a("instant_restore_retention_days", "properties.instantRpRetentionRangeInDays", Same),
                    a("retention_daily", "properties.retentionPolicy.dailySchedule", One(COUNT)),
                    a("retention_weekly", "properties.retentionPolicy.weeklySchedule", One(COUNT)),
                    a("retention_monthly", "properties.retentionPolicy.monthlySchedule", One(COUNT)),
                    a("retention_yearly", "properties.retentionPolicy.yearlySchedule", One(COUNT)),
                ],
            )
        },
    ),
    (
        "azurerm_key_vault",
        form(
            "Microsoft.KeyVault/vaults",
            &[],
            &[
                NAME,
                LOCATION,
                a("enable_rbac_authorization", "properties.enableRbacAuthorization", Same),
                a("rbac_authorization_enabled", "properties.enableRbacAuthorization", Same),
                a(
                    "access_policy",
                    "properties.accessPolicies",
                    Many(&[
                        a("object_id", "objectId", Same),
                        a("key_permissions", "permissions.keys", Same),
                        a("secret_permissions", "permissions.secrets", Same),
                    ]),
                ),
            ],
        ),
    ),
    (
        "azurerm_linux_virtual_machine",
        Form {
            fixed: &[("properties.storageProfile.osDisk.osType", "Linux")],
            ..form("Microsoft.Compute/virtualMachines", &[], LINUX)
        },
    ),
    (
        "azurerm_managed_disk",
        form(
            "Microsoft.Compute/disks",
            &[],
            &[
                NAME,
                LOCATION,
                a("storage_account_type", "sku.name", Same),
                a("disk_size_gb", "properties.diskSizeGB", Same),
                a("max_shares", "properties.maxShares", Same),
            ],
        ),
    ),
    (
        "azurerm_recovery_services_vault",
        form(
            "Microsoft.RecoveryServices/vaults",
            &[],
            &[
                NAME,
                LOCATION,
                a("storage_mode_type", "properties.redundancySettings.standardTierStorageRedundancy", Same),
                a(
                    "public_network_access_enabled",
                    "properties.publicNetworkAccess",
                    Word("Enabled", "Disabled"),
                ),
            ],
        ),
    ),
    (
        "azurerm_storage_account",
        form(
            "Microsoft.Storage/storageAccounts",
            &[],
            &[
                NAME,
                LOCATION,
                a("network_rules", "properties.networkAcls", One(NETWORK_RULES)),
                a(
                    "public_network_access_enabled",
                    "properties.publicNetworkAccess",
                    Word("Enabled", "Disabled"),
                ),
            ],
        ),
    ),
    ("azurerm_virtual_machine", form("Microsoft.Compute/virtualMachines", &[], OLD_VM)),
    (
        "azurerm_virtual_machine_extension",
        form(
            "Microsoft.Compute/virtualMachines/extensions",
            &["virtual_machine_name"],
            &[NAME, a("publisher", "properties.publisher", Same), a("type", "properties.type", Same)],
        ),
    ),
    (
        "azurerm_windows_virtual_machine",
        Form {
            fixed: &[("properties.storageProfile.osDisk.osType", "Windows")],
            ..form("Microsoft.Compute/virtualMachines", &[], WINDOWS)
        },
    ),
];

const IMAGE: &[Attribute] =
    &[a("publisher", "publisher", Same), a("offer", "offer", Same), a("sku", "sku", Same)];
const OS_DISK: &[Attribute] = &[
    NAME,
    a("id", "managedDisk.id", Same),
    a("disk_size_gb", "diskSizeGB", Same),
    a("storage_account_type", "managedDisk.storageAccountType", Same),
    a("write_accelerator_enabled", "writeAcceleratorEnabled", Same),
    a("diff_disk_settings", "diffDiskSettings", One(&[a("option", "option", Same)])),
    a("security_encryption_type", "managedDisk.securityProfile.securityEncryptionType", Same),
];
const OLD_DISK: &[Attribute] = &[
    NAME,
    a("lun", "lun", Same),
    a("os_type", "osType", Same),
    a("disk_size_gb", "diskSizeGB", Same),
    a("managed_disk_id", "managedDisk.id", Same),
    a("managed_disk_type", "managedDisk.storageAccountType", Same),
    a("vhd_uri", "vhd.uri", Same),
    a("write_accelerator_enabled", "writeAcceleratorEnabled", Same),
];
const LINUX: &[Attribute] = &[
    NAME,
    LOCATION,
    a("size", "properties.hardwareProfile.vmSize", Same),
    a("source_image_reference", "properties.storageProfile.imageReference", One(IMAGE)),
    a("os_disk", "properties.storageProfile.osDisk", One(OS_DISK)),
    a("network_interface_ids", "properties.networkProfile.networkInterfaces", Ids),
    a("computer_name", "properties.osProfile.computerName", Same),
    a("allow_extension_operations", "properties.osProfile.allowExtensionOperations", Same),
    a("provision_vm_agent", "properties.osProfile.linuxConfiguration.provisionVMAgent", Same),
    a("secure_boot_enabled", "properties.securityProfile.uefiSettings.secureBootEnabled", Same),
    a("vtpm_enabled", "properties.securityProfile.uefiSettings.vTpmEnabled", Same),
];
const WINDOWS: &[Attribute] = &[
    NAME,
    LOCATION,
    a("size", "properties.hardwareProfile.vmSize", Same),
    a("source_image_reference", "properties.storageProfile.imageReference", One(IMAGE)),
    a("os_disk", "properties.storageProfile.osDisk", One(OS_DISK)),
    a("network_interface_ids", "properties.networkProfile.networkInterfaces", Ids),
    a("computer_name", "properties.osProfile.computerName", Same),
    a("allow_extension_operations", "properties.osProfile.allowExtensionOperations", Same),
    a("provision_vm_agent", "properties.osProfile.windowsConfiguration.provisionVMAgent", Same),
    a("secure_boot_enabled", "properties.securityProfile.uefiSettings.secureBootEnabled", Same),
    a("vtpm_enabled", "properties.securityProfile.uefiSettings.vTpmEnabled", Same),
];
const OLD_VM: &[Attribute] = &[
    NAME,
    LOCATION,
    a("vm_size", "properties.hardwareProfile.vmSize", Same),
    a("storage_image_reference", "properties.storageProfile.imageReference", One(IMAGE)),
    a("storage_os_disk", "properties.storageProfile.osDisk", One(OLD_DISK)),
    a("storage_data_disk", "properties.storageProfile.dataDisks", Many(OLD_DISK)),
    a("network_interface_ids", "properties.networkProfile.networkInterfaces", Ids),
    a("os_profile", "properties.osProfile", One(&[a("computer_name", "computerName", Same)])),
    a(
        "os_profile_windows_config",
        "properties.osProfile.windowsConfiguration",
        One(&[a("provision_vm_agent", "provisionVMAgent", Same)]),
    ),
];
const COUNT: &[Attribute] = &[a("count", "retentionDuration.count", Same)];
const NETWORK_RULES: &[Attribute] = &[
    a("default_action", "defaultAction", Same),
    a("bypass", "bypass", Same),
    a("virtual_network_subnet_ids", "virtualNetworkRules", Ids),
];
