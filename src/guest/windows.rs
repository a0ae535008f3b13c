//! What only a Windows guest knows: its services, VSS writers, TLS, .NET, and its own word of the VM agent.
//!
//! Every part may be unknown: a document about it was not there, or was there and is silent. What an export of the
//! registry would show and does not is told from what it was never asked for by the keys above it: see [`Listed`].

mod agent;
mod applocker;
mod dotnet;
mod service;
mod tls;
mod writer;

pub use agent::{AgentLog, LogLine, Moment, Trouble, WindowsAgent};
pub use applocker::{AppLocker, AppRule, AppVerdict, Programs};
pub use dotnet::{DotNet, DotNetVersion, Runtime};
pub use service::{RunState, Service, Services, Start};
pub use tls::Tls;
pub use writer::{Writer, Writers};

use super::Read;

/// What is known of a Windows guest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Windows {
    /// The VM agent, by its own word.
    pub agent: WindowsAgent,
    /// The services that backup or the agent need, and whatever others are listed.
    pub services: Services,
    /// The VSS writers, where somebody listed them.
    pub writers: Option<Read<Writers>>,
    /// TLS 1.2.
    pub tls: Tls,
    /// .NET Framework.
    pub dotnet: DotNet,
    /// What `AppLocker` is told about programs, where the registry holds anything of the kind.
    pub applocker: Option<Read<AppLocker>>,
    /// What the snapshot extension was told to do, by the names of its values: `SnapshotMethod`.
    pub snapshot_settings: Option<Read<Vec<(String, String)>>>,
    /// Which Windows it is.
    pub release: Option<Read<Release>>,
}

/// A fact of the registry that a document had the means to show.
///
/// An export of one key says nothing about others. One that begins above it and does not have it says that it is not there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Listed<T> {
    /// No document says.
    #[default]
    Unknown,
    /// It was looked for and is not there.
    Absent,
    /// It is there.
    Known(Read<T>),
}

impl<T> Listed<T> {
    /// What is there.
    #[must_use]
    pub fn known(&self) -> Option<&Read<T>> {
        match self {
            Self::Known(read) => Some(read),
            Self::Unknown | Self::Absent => None,
        }
    }

    /// Takes note that it would be here.
    pub fn look(&mut self) {
        if matches!(self, Self::Unknown) {
            *self = Self::Absent;
        }
    }
}

/// Which Windows a machine runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Release {
    /// Its name: `Windows Server 2022 Datacenter`. From the document: whoever shows it escapes.
    pub product: Option<String>,
    /// The number of its build: 20348.
    pub build: Option<u32>,
}

impl Release {
    /// The build of Windows Server 2012 R2 and Windows 8.1.
    pub const SERVER_2012_R2: u32 = 9600;
}
