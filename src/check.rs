//! Judgement: one question a check, asked of the facts.
//!
//! A [`Check`] is a constant with its documentation in it. It is handed a [`Case`], one subject of one question
//! with everything about it resolved, and concludes or says why it cannot. No check sees another check.

mod admin_rule_denies;
mod agent_missing;
mod agent_not_ready;
mod agent_outdated;
mod case;
mod clock_skewed;
mod connect_fails;
mod data_disks_too_many;
mod disk_access_restricted;
mod disk_ephemeral_os;
mod disk_needs_enhanced_policy;
mod disk_shared;
mod disk_too_large;
mod disk_unmanaged;
mod disk_write_accelerator;
mod dns_answer_unexpected;
mod dns_answers_differ;
mod dns_custom_servers;
mod dns_name_unresolved;
mod egress_no_outbound_method;
mod extension_operations_disabled;
mod extension_provisioning_failed;
mod finding;
mod firewall_inspects_tls;
mod firewall_lacks_backup_tag;
mod guest_access_denied;
mod guest_agent_certificate_expired;
mod guest_agent_missing;
mod guest_agent_reports_errors;
mod guest_agent_stopped;
mod guest_agent_update_off;
mod guest_applocker_blocks;
mod guest_backup_conf_unreadable;
mod guest_clock_unsynchronised;
mod guest_containers;
mod guest_contradicts_export;
mod guest_dhcp_lacks_wire_server;
mod guest_dhcp_off;
mod guest_disk_full;
mod guest_dotnet_narrow;
mod guest_dotnet_outdated;
mod guest_duplicate_mounts;
mod guest_encrypted_volumes;
mod guest_extension_failed;
mod guest_extension_incomplete;
mod guest_extensions_disabled;
mod guest_firewall;
mod guest_firewall_blocks_platform;
mod guest_hosts_override;
mod guest_network_mounts;
mod guest_provisioning_agent_changed;
mod guest_proxies_disagree;
mod guest_proxy_agent_refuses;
mod guest_proxy_credentials;
mod guest_proxy_lacks_bypass;
mod guest_proxy_python_old;
mod guest_python_missing;
mod guest_raid_or_lvm;
mod guest_resolver_custom;
mod guest_seen_from_container;
mod guest_service_disabled;
mod guest_snapshot_failed;
mod guest_snapshot_from_guest;
mod guest_tls_disabled;
mod guest_var_noexec;
mod guest_vss_writer_failed;
mod guest_zfs_pool;
mod key_vault_access_missing;
mod lock_blocks_restore_points;
mod note_agent_update_during_job;
mod note_clustered_volumes;
mod note_daylight_saving;
mod note_first_backup_pending;
mod note_item_recovery_restricted;
mod note_multi_vm_consistency;
mod note_one_vault_one_policy;
mod note_reserved_ip;
mod note_restore_needs_powershell;
mod nsg_allows_part_of_tag;
mod nsg_contradicted_by_probe;
mod nsg_denies_backup_service;
mod nsg_denies_backup_storage;
mod nsg_denies_identity;
mod nsg_denies_platform;
mod nsg_denies_resource_manager;
mod nsg_effective_rules_differ;
mod nsg_pins_stale_prefixes;
mod nsg_port_range_literal;
mod nsg_tag_unresolved;
mod os_unsupported;
mod outcome;
mod path;
mod placement;
mod platform_unreachable;
mod policy_retention_out_of_range;
mod private_endpoint_without_zone;
mod private_zone_without_record;
mod probe_incomplete;
mod protected_item_unhealthy;
mod proxy_demands_credentials;
mod proxy_refuses;
mod proxy_refuses_disk_port;
mod proxy_unreachable;
mod route_diverts_backup;
mod route_drops_backup;
mod route_effective_routes_differ;
mod service_answer_unexpected;
mod service_endpoint_policy_excludes_backup;
mod situation;
mod storage_account_restricted;
mod suggest;
mod symptom;
mod tls_certificate_invalid;
mod tls_handshake_fails;
mod tls_intercepted;
mod vault_in_other_region;
mod vault_in_other_subscription;
mod vault_name_invalid;
mod vault_public_access_disabled;
mod vault_redundancy_changeable;
mod vm_classic;
mod vm_confidential;
mod vm_not_running;
mod vm_protected_elsewhere;
mod vm_provisioning_failed;
mod vm_size_too_small;
mod vm_trusted_launch_standard_policy;

use case::SNAPSHOT_SETTINGS;
pub use case::{Around, Assumptions, Case, Question, Subject};
pub use finding::{Commands, Evidence, Finding, PathStep, Remediation, StepState};
pub use outcome::{CaseOutcomes, CheckOutcome, NotExamined, Outcome, Wanted};
pub use path::Step;
pub use placement::{Placement, place};
pub use suggest::{Asked, PROXY_ADMITS_VM, Proxy, Remark, Suggestion, Suggestions, VM_TO_PROXY, suggest};

pub use crate::lint::EXPLANATION_HEADINGS;

use crate::backup::Severity;
use crate::facts::Missing;

/// One question asked of the facts.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Its permanent id, which names the defect.
    pub id: &'static str,
    /// One line that says what is wrong when it fails.
    pub title: &'static str,
    /// How much a failure weighs, unless a finding says otherwise.
    pub severity: Severity,
    /// What it looks at: with a subject of another kind it is not examined.
    pub about: About,
    /// The sources that can supply what it needs, the usual one first: without any of them it is not examined.
    pub needs: &'static [Source],
    /// Its documentation, under the fixed headings that [`EXPLANATION_HEADINGS`] lists.
    pub explanation: &'static str,
    /// Concludes, or says why it cannot.
    pub run: fn(&Case<'_>) -> Result<Conclusion, Withheld>,
}

impl Check {
    /// The source that usually supplies what it needs.
    #[must_use]
    pub fn usual_source(&self) -> Source {
        self.needs.first().copied().unwrap_or(Source::Export)
    }
}

/// What a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// The VM itself, its disks, its vault.
    Vm,
    /// Rule lists: also judged for a group whose VM is not in the input.
    Rules,
}

/// Where facts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// What Azure printed.
    Export,
    /// The machine itself.
    Guest,
    /// Packets sent.
    Probe,
}

impl Source {
    /// The word of the JSON answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Guest => "guest",
            Self::Probe => "probe",
        }
    }
}

/// What a check found out.
#[derive(Debug, Clone)]
pub enum Conclusion {
    /// Nothing is wrong; the evidence says what was looked at.
    Pass(Vec<Evidence>),
    /// Something is: at least one finding.
    Fail(Vec<Finding>),
}

impl Conclusion {
    /// Fails with these findings, or passes with this evidence where there are none.
    #[must_use]
    pub fn of(findings: Vec<Finding>, evidence: Vec<Evidence>) -> Self {
        if findings.is_empty() { Self::Pass(evidence) } else { Self::Fail(findings) }
    }
}

/// Why a check did not conclude.
#[derive(Debug, Clone)]
pub enum Withheld {
    /// The question does not arise for this subject; the reason says why.
    NotApplicable(String),
    /// Nothing that was given could show it, as a disk shows no processes, or a machine without the extension nothing of
    /// its runs: not applicable, and it rules nothing out.
    OutOfSight(String),
    /// Something that decides is not known.
    Inconclusive {
        /// What stands in the way, as one sentence.
        reason: String,
        /// What is missing, and what would tell.
        missing: Vec<Missing>,
    },
    /// The documents that this is about were not supplied at all, and nothing suggests that they matter.
    NotExamined {
        /// What would supply them.
        missing: Missing,
    },
}

impl Withheld {
    /// The question does not arise.
    #[must_use]
    pub fn not_applicable(reason: impl Into<String>) -> Self {
        Self::NotApplicable(reason.into())
    }

    /// Nothing that was given could show it.
    #[must_use]
    pub fn out_of_sight(reason: impl Into<String>) -> Self {
        Self::OutOfSight(reason.into())
    }

    /// Something that decides is not known.
    #[must_use]
    pub fn inconclusive(reason: impl Into<String>) -> Self {
        Self::Inconclusive { reason: reason.into(), missing: Vec::new() }
    }

    /// The same where what was not supplied decides after all: something that was refers to it.
    #[must_use]
    pub fn deciding(self) -> Self {
        match self {
            Self::NotExamined { missing } => missing.into(),
            Self::NotApplicable(_) | Self::OutOfSight(_) | Self::Inconclusive { .. } => self,
        }
    }
}

/// A missing fact, taken with `?`, leaves as inconclusive and can never become a pass.
impl From<Missing> for Withheld {
    fn from(missing: Missing) -> Self {
        Self::Inconclusive { reason: missing.to_string(), missing: vec![missing] }
    }
}

/// Every check, in the order of the report.
pub const CHECKS: &[Check] = &[
    agent_not_ready::CHECK,
    agent_missing::CHECK,
    agent_outdated::CHECK,
    extension_operations_disabled::CHECK,
    vm_provisioning_failed::CHECK,
    extension_provisioning_failed::CHECK,
    vm_not_running::CHECK,
    os_unsupported::CHECK,
    data_disks_too_many::CHECK,
    disk_too_large::CHECK,
    disk_write_accelerator::CHECK,
    disk_needs_enhanced_policy::CHECK,
    disk_shared::CHECK,
    disk_unmanaged::CHECK,
    disk_ephemeral_os::CHECK,
    disk_access_restricted::CHECK,
    vm_trusted_launch_standard_policy::CHECK,
    vm_confidential::CHECK,
    vm_size_too_small::CHECK,
    vm_classic::CHECK,
    key_vault_access_missing::CHECK,
    vault_in_other_region::CHECK,
    vault_in_other_subscription::CHECK,
    vault_name_invalid::CHECK,
    vault_public_access_disabled::CHECK,
    vm_protected_elsewhere::CHECK,
    policy_retention_out_of_range::CHECK,
    vault_redundancy_changeable::CHECK,
    lock_blocks_restore_points::CHECK,
    storage_account_restricted::CHECK,
    nsg_denies_backup_storage::CHECK,
    nsg_denies_backup_service::CHECK,
    nsg_denies_identity::CHECK,
    nsg_denies_resource_manager::CHECK,
    nsg_denies_platform::CHECK,
    nsg_allows_part_of_tag::CHECK,
    nsg_pins_stale_prefixes::CHECK,
    nsg_tag_unresolved::CHECK,
    nsg_port_range_literal::CHECK,
    nsg_effective_rules_differ::CHECK,
    admin_rule_denies::CHECK,
    route_drops_backup::CHECK,
    route_diverts_backup::CHECK,
    route_effective_routes_differ::CHECK,
    egress_no_outbound_method::CHECK,
    private_endpoint_without_zone::CHECK,
    private_zone_without_record::CHECK,
    firewall_lacks_backup_tag::CHECK,
    firewall_inspects_tls::CHECK,
    service_endpoint_policy_excludes_backup::CHECK,
    dns_custom_servers::CHECK,
    probe_incomplete::CHECK,
    dns_name_unresolved::CHECK,
    dns_answers_differ::CHECK,
    dns_answer_unexpected::CHECK,
    connect_fails::CHECK,
    platform_unreachable::CHECK,
    guest_proxy_agent_refuses::CHECK,
    proxy_unreachable::CHECK,
    proxy_refuses::CHECK,
    proxy_refuses_disk_port::CHECK,
    proxy_demands_credentials::CHECK,
    tls_intercepted::CHECK,
    tls_certificate_invalid::CHECK,
    tls_handshake_fails::CHECK,
    clock_skewed::CHECK,
    service_answer_unexpected::CHECK,
    nsg_contradicted_by_probe::CHECK,
    protected_item_unhealthy::CHECK,
    guest_agent_missing::CHECK,
    guest_agent_stopped::CHECK,
    guest_extensions_disabled::CHECK,
    guest_provisioning_agent_changed::CHECK,
    guest_agent_update_off::CHECK,
    guest_agent_reports_errors::CHECK,
    guest_python_missing::CHECK,
    guest_agent_certificate_expired::CHECK,
    guest_contradicts_export::CHECK,
    guest_firewall_blocks_platform::CHECK,
    guest_hosts_override::CHECK,
    guest_resolver_custom::CHECK,
    guest_proxy_lacks_bypass::CHECK,
    guest_proxy_credentials::CHECK,
    guest_proxy_python_old::CHECK,
    guest_proxies_disagree::CHECK,
    guest_extension_failed::CHECK,
    guest_extension_incomplete::CHECK,
    guest_snapshot_failed::CHECK,
    guest_snapshot_from_guest::CHECK,
    guest_backup_conf_unreadable::CHECK,
    guest_dhcp_off::CHECK,
    guest_dhcp_lacks_wire_server::CHECK,
    guest_access_denied::CHECK,
    guest_applocker_blocks::CHECK,
    guest_clock_unsynchronised::CHECK,
    guest_disk_full::CHECK,
    guest_service_disabled::CHECK,
    guest_vss_writer_failed::CHECK,
    guest_tls_disabled::CHECK,
    guest_dotnet_outdated::CHECK,
    guest_dotnet_narrow::CHECK,
    guest_seen_from_container::CHECK,
    guest_var_noexec::CHECK,
    guest_duplicate_mounts::CHECK,
    guest_zfs_pool::CHECK,
    guest_encrypted_volumes::CHECK,
    guest_raid_or_lvm::CHECK,
    guest_network_mounts::CHECK,
    guest_containers::CHECK,
    note_daylight_saving::CHECK,
    note_multi_vm_consistency::CHECK,
    note_clustered_volumes::CHECK,
    note_reserved_ip::CHECK,
    note_restore_needs_powershell::CHECK,
    note_item_recovery_restricted::CHECK,
    note_one_vault_one_policy::CHECK,
    note_first_backup_pending::CHECK,
    note_agent_update_during_job::CHECK,
];

/// The checks of the VM agent, in the order of the report.
pub const AGENT_CHECKS: &[Check] = &[
    agent_not_ready::CHECK,
    agent_missing::CHECK,
    agent_outdated::CHECK,
    guest_agent_missing::CHECK,
    guest_agent_stopped::CHECK,
    guest_extensions_disabled::CHECK,
    guest_provisioning_agent_changed::CHECK,
    guest_agent_update_off::CHECK,
    guest_agent_reports_errors::CHECK,
    guest_python_missing::CHECK,
    guest_agent_certificate_expired::CHECK,
    guest_contradicts_export::CHECK,
];

/// The check of that id.
#[must_use]
pub fn check(id: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.id.eq_ignore_ascii_case(id))
}

/// Asks every check of one case, in order; `ignored` ids are left out.
#[must_use]
pub fn run(checks: &'static [Check], case: &Case<'_>) -> CaseOutcomes {
    let mut outcomes = CaseOutcomes::of(case);
    let asked = checks.iter().filter(|check| !case.question.ignored.iter().any(|id| id == check.id));
    for check in asked {
        outcomes.add(check, case);
    }
    outcomes
}
