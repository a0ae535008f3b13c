//! The VM agent of one machine: what is installed, what is in effect, and whether that will do.

mod json;
mod text;

use std::io::{self, Write};

use super::{Format, Page};
use crate::backup::AgentBand;
use crate::check::CaseOutcomes;

/// The answer to "is the VM agent of this machine one that backup can work with?".
#[derive(Debug, Clone)]
pub struct AgentReport {
    /// `linux` or `windows`, where anything tells.
    pub os: Option<&'static str>,
    /// The installed version.
    pub installed: Option<Told>,
    /// The version in effect.
    pub goal_state: Option<Told>,
    /// The lowest version in support; `None` where the documents of the profile name none.
    pub minimum: Option<String>,
    /// How the version in effect stands; `None` is not known.
    pub band: Option<AgentBand>,
    /// Whether it is not known that there is an agent, though something of one was found.
    pub doubted: bool,
    /// Whether the agent updates itself.
    pub auto_update: Option<bool>,
    /// Its service.
    pub service: Service,
    /// Its last heartbeat, as RFC 3339 text.
    pub heartbeat: Option<String>,
    /// What takes effect of its configuration; empty where that is not known.
    pub settings: Vec<Setting>,
    /// What could not be read, each with whether root or an administrator could.
    pub unread: Vec<(String, bool)>,
    /// The checks of the agent.
    pub outcomes: CaseOutcomes,
}

/// Something read, and the document that tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What.
    pub value: String,
    /// By which document.
    pub by: String,
}

/// The service of the agent. `None` is not known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Service {
    /// Its name.
    pub name: Option<String>,
    /// `enabled`, `disabled` or `masked`.
    pub start: Option<&'static str>,
    /// Whether it runs.
    pub runs: Option<bool>,
}

/// A setting as it takes effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub key: &'static str,
    /// Its value.
    pub value: SettingValue,
    /// Whether that is something else than the agent takes by itself.
    pub changed: bool,
}

/// What a setting is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// On or off.
    Switch(bool),
    /// A number, where there is one.
    Number(Option<i64>),
    /// A text, where there is one.
    Text(Option<String>),
}

impl AgentReport {
    /// The word for how the agent stands; `unknown` where that is not known.
    #[must_use]
    pub fn band_word(&self) -> &'static str {
        self.band.map_or("unknown", AgentBand::word)
    }
}

/// Writes the answer in one form.
pub fn render(report: &AgentReport, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text(layout) => text::write(report, &mut Page::new(out, layout)),
        Format::Json => json::write(report, out),
    }
}
