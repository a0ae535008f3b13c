//! The inside of a VM, as the domain sees it: a [`Machine`], and which proxy each consumer of a connection is told to use.
//!
//! Settings stand in many places, and nobody reads all of them. A [`Setting`] is what one place says; [`Settings::route`]
//! says which way a [consumer](crate::probe::Consumer) really goes:
//!
//! | consumer | on Linux | on Windows |
//! |---|---|---|
//! | agent | `HttpProxy.*` of `waagent.conf`, else the environment of its own process | the account SYSTEM |
//! | extension | the host without a proxy; its uploads: not documented | the account SYSTEM |
//! | workload | HANA: its overrides file, for Entra alone | the account of the plugin, else SYSTEM |
//! | user | the environment, as curl reads it | the same, else the account of the user |
//!
//! The wire server and the metadata service are reached without a proxy, whoever asks.

mod addressing;
mod agent;
mod card;
mod clock;
mod connection;
mod environment;
mod extension;
pub mod firewall;
mod identity;
mod machine;
mod named;
mod names;
mod route;
mod security;
mod stated;
mod storage;
mod survey;
mod system;
mod way;
pub mod windows;

pub use addressing::{
    Addressing, Ends, FabricOption, GuestRoute, Interface, Keeper, Lease, Method, is_virtual,
};
pub use agent::{
    AgentPresence, AgentService, Beat, Configuration, ConfigurationFault, Effective, EffectiveSetting,
    EndSign, Failures, Interpreter, JournalLine, LinuxAgent, LinuxLog, LinuxTrouble, Package, Printed,
    ServiceStart, ServiceTrouble, Stamp, UnitState, Validity,
};
pub use card::{Card, Takes};
pub use clock::{GuestClock, TimeStatus, Tracking, WindowsTime};
pub use connection::Connection;
pub use environment::{Environment, Value, Variable};
pub use extension::{
    BackupExtension, BackupSettings, Handler, HandlerStatus, NamedCode, SnapshotOutcome, SnapshotRun, Teller,
    TextEncoding, is_snapshot, snapshot_system,
};
pub use identity::Identity;
pub use machine::{Machine, Read};
pub use named::Named;
pub use names::{Asked, Names, Pinned, Resolver, ResolverKind};
pub use route::Route;
pub use security::{Denial, Guard, Security, SelinuxMode};
pub use storage::{
    Array, BlockDevice, BlockDevices, Encrypted, Mapping, Mount, Mounts, Planned, PlannedBy, Plans, Storage,
    VolumeGroup,
};
pub use survey::{Executable, Looked, Survey, Volume};
pub use system::{ReleaseBy, System, SystemRelease};
pub use windows::Windows;

use std::sync::Arc;

use crate::input::Place;
use crate::probe::{Host, Proxy};

/// Every setting that was found, in the order of the documents.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    settings: Vec<Setting>,
    accounts_unread: bool,
}

impl Settings {
    /// Adds what one place says.
    pub fn add(&mut self, setting: Setting) {
        self.settings.push(setting);
    }

    /// All of them, in the order of the documents.
    pub fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.settings.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty()
    }

    /// The same, of a Windows machine whose accounts have settings that could not be read: it is not known which way those
    /// go of whom nothing is here.
    #[must_use]
    pub fn without_accounts(self) -> Self {
        Self { accounts_unread: true, ..self }
    }

    /// The same, with credentials that the documents withhold: for each, the name of the document, and the proxy with them.
    #[must_use]
    pub fn with_credentials(mut self, withheld: &[(Arc<str>, Proxy)]) -> Self {
        for setting in &mut self.settings {
            let known: Vec<&Proxy> = withheld
                .iter()
                .filter(|(document, _)| *document == setting.place.document)
                .map(|(_, proxy)| proxy)
                .collect();
            if let Stated::Environment(environment) = &mut setting.stated {
                environment.restore(&known);
            }
        }
        self
    }
}

/// What one place says about proxies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Which kind of place.
    pub source: Source,
    /// Where it was read.
    pub place: Place,
    /// What it says.
    pub stated: Stated,
    /// What it refers to and does not say itself, one clause each without full stop: another file, a script. Escaped.
    pub open: Vec<String>,
}

impl Setting {
    /// `what` of this place, as in `https_proxy in /etc/environment`.
    pub(crate) fn names(&self, what: &str) -> String {
        format!("{what} in {}", self.place.document.escape_debug())
    }
}

words! {
    /// Kinds of places that settings are read from.
    Source {
        /// The environment of the process that asks.
        Process = "process-environment",
        /// `/etc/environment`: read when a session begins, by no service.
        EtcEnvironment = "etc-environment",
        /// A script of `/etc/profile.d`: read by login shells, by no service.
        Profile = "profile-script",
        /// `/etc/waagent.conf`.
        AgentConfiguration = "agent-configuration",
        /// The unit of the VM agent's service, its drop-ins and the files they name.
        AgentUnit = "agent-unit",
        /// The configuration of systemd itself, which gives variables to every service.
        ServiceManager = "service-manager",
        /// The environment that the VM agent's process really has.
        AgentProcess = "agent-process",
        /// The configuration of what fetches packages, the agent's among them: apt, yum, dnf.
        PackageManager = "package-manager",
        /// `ExtensionSettingsOverrides.json` of the HANA plugin.
        HanaOverrides = "hana-overrides",
        /// The settings of the Windows account SYSTEM, `S-1-5-18`.
        SystemAccount = "system-account",
        /// Those of the account of the SQL plugin, `NT Service\AzureWLBackupPluginSvc`.
        PluginAccount = "plugin-account",
        /// Those of the user who exported them.
        UserAccount = "user-account",
        /// Those of the machine, which count for every account where a policy says so.
        Machine = "machine",
        /// Those of `WinHTTP`.
        WinHttp = "winhttp",
    }
}

/// What a place says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stated {
    /// Variables.
    Environment(Environment),
    /// `HttpProxy.Host` and `HttpProxy.Port` of the VM agent.
    Agent(AgentProxy),
    /// The settings of a Windows account, or of `WinHTTP`.
    Connection(Connection),
    /// What the HANA plugin is told.
    Overrides(Overrides),
    /// What packages are fetched through: nothing that backup goes by.
    Packages(Vec<PackageProxy>),
    /// Whether every Windows account has settings of its own: the policy `ProxySettingsPerUser`.
    PerUser(bool),
}

/// The proxy of the VM agent for Linux. It knows no credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentProxy {
    /// The host; `Some(None)` where something else stands there, which is not repeated.
    pub host: Option<Option<Host>>,
    /// The port; `None` where none is stated, or none that is a number.
    pub port: Option<u16>,
}

/// A proxy that packages are fetched through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageProxy {
    /// The setting: `Acquire::http::Proxy`, `proxy`.
    pub key: &'static str,
    /// What it names.
    pub proxy: Named,
}

/// What the HANA plugin is told. Documented for Entra alone, with the other two off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides {
    /// Whether the proxy is for Entra.
    pub for_entra: bool,
    /// Whether it is for the Backup service.
    pub for_backup: bool,
    /// Whether it is for Storage.
    pub for_storage: bool,
    /// The proxy.
    pub proxy: Option<Named>,
}
