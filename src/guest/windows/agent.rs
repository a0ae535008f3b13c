//! The VM agent for Windows, by its own word: registry and log.

use std::fmt;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use crate::guest::Read;
use crate::version::AgentVersion;

/// What the VM agent for Windows leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WindowsAgent {
    /// The version that it registered: `GuestAgentVersion`.
    pub registered: Option<Read<AgentVersion>>,
    /// When it last reported: `HeartbeatLastStatusUpdateTime`.
    pub heartbeat: Option<Read<Moment>>,
    /// The version it is being updated to, and when that began, where an update is under way.
    pub update: Option<Read<AgentVersion>>,
    /// `WaAppAgent.log`.
    pub log: Option<Read<AgentLog>>,
    /// `TransparentInstaller.log`: what installs and updates the agent, and starts it.
    pub installer: Option<Read<AgentLog>>,
}

/// A moment as somebody wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// With its distance from UTC.
    Exact(Timestamp),
    /// A time of day without a word of where.
    Local(DateTime),
    /// A text in no form that is known here. Whoever shows it escapes.
    Unread(String),
}

impl Moment {
    /// How long before another moment it is, less than nothing where it is later; `None` where the two cannot be compared.
    #[must_use]
    pub fn before(&self, other: &Self) -> Option<SignedDuration> {
        match (self, other) {
            (Self::Exact(one), Self::Exact(other)) => Some(other.duration_since(*one)),
            (Self::Local(one), Self::Local(other)) => Some(other.duration_since(*one)),
            (_, _) => None,
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(at) => at.fmt(f),
            Self::Local(at) => write!(f, "{at} by the clock of the machine"),
            Self::Unread(text) => text.escape_debug().fmt(f),
        }
    }
}

/// What the log of the agent says, from the part of it that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentLog {
    /// The version that was last started.
    pub started: Option<AgentVersion>,
    /// When that was.
    pub started_at: Option<Moment>,
    /// The last heartbeat.
    pub heartbeat: Option<Moment>,
    /// The last line of any kind.
    pub last: Option<Moment>,
    /// Whether the last that was said of starting and stopping is that it stops.
    pub stopping: bool,
    /// What went wrong since it last started, each kind once, as it was last said.
    pub troubles: Vec<(Trouble, LogLine)>,
    /// The last lines about errors since it last started, of whatever kind, oldest first; a few.
    pub errors: Vec<LogLine>,
}

impl AgentLog {
    /// Whether this log ends before another does; not so where their ends cannot be compared.
    #[must_use]
    pub fn is_before(&self, other: &Self) -> bool {
        let (Some(own), Some(other)) = (&self.last, &other.last) else { return false };
        own.before(other).is_some_and(|distance| distance.is_positive())
    }
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Its number in the document, from 1.
    pub number: usize,
    /// When.
    pub at: Option<Moment>,
    /// What it says, cut to a decent length. Whoever shows it escapes.
    pub text: String,
}

words! {
    /// What is known to go wrong with the agent, by words of its log that its troubleshooting page documents (WINTS).
    Trouble {
        /// The host is not reached, or does not answer.
        HostUnreachable = "host-unreachable",
        /// No DHCP option tells the address of the host.
        NoHostAddress = "no-host-address",
        /// It cannot stop.
        StuckStopping = "stuck-stopping",
        /// The service that isolates keys, or RPC, does not answer.
        KeyService = "key-service",
        /// The folders of keys cannot be written.
        KeyFolders = "key-folders",
        /// Programs for 64 bits run as ones for 32.
        NarrowPrograms = "narrow-programs",
        /// .NET cannot read its configuration, `machine.config`.
        BrokenConfiguration = "broken-configuration",
    }
}

impl Trouble {
    /// What it means, as a clause to follow the subject.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::HostUnreachable => "does not reach the host at 168.63.129.16, or is not answered there",
            Self::NoHostAddress => "is told by no network adapter where its host is",
            Self::StuckStopping => "cannot be stopped, and so neither restarts nor updates",
            Self::KeyService => "cannot use keys: the service that isolates them, or RPC, does not answer",
            Self::KeyFolders => "cannot keep its certificate: it has no rights on the folders of keys",
            Self::NarrowPrograms => "is not loaded whole: .NET runs programs for 64 bits as ones for 32",
            Self::BrokenConfiguration => {
                "does not start: .NET cannot read its configuration, `machine.config`"
            }
        }
    }
}
