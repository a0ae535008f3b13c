//! What a failing check reports, with everything a report needs to show it.

use crate::azure::ResourceId;
use crate::backup::{self, Severity, Source as Citation};
use crate::input::Place;
use crate::script::azure_cli::Command;
use crate::script::{RuleChange, Script};

/// One defect.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What is wrong, as one sentence. Names from the input are in it as they are: whoever shows it escapes.
    pub message: String,
    /// How much it weighs, where that differs from its check.
    pub severity: Option<Severity>,
    /// What it is about: a resource id or a name.
    pub subject: String,
    /// Where that was read.
    pub place: Option<Place>,
    /// Facts in support.
    pub evidence: Vec<Evidence>,
    /// Where the requirement is documented; conflicting sources stand side by side.
    pub sources: Vec<&'static Citation>,
    /// What to do.
    pub remediation: Option<Remediation>,
}

impl Finding {
    /// A finding about a subject, without more.
    #[must_use]
    pub fn new(message: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            severity: None,
            subject: subject.into(),
            place: None,
            evidence: Vec::new(),
            sources: Vec::new(),
            remediation: None,
        }
    }

    /// The same at another severity than its check's.
    #[must_use]
    pub fn weighing(self, severity: Severity) -> Self {
        Self { severity: Some(severity), ..self }
    }

    /// The same, read there.
    #[must_use]
    pub fn at(self, place: &Place) -> Self {
        Self { place: Some(place.clone()), ..self }
    }

    /// The same with one more fact in support.
    #[must_use]
    pub fn with(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// The same with its sources.
    #[must_use]
    pub fn citing(mut self, sources: impl IntoIterator<Item = &'static Citation>) -> Self {
        self.sources.extend(sources);
        self
    }

    /// The same with what to do.
    #[must_use]
    pub fn remedied_by(self, remediation: Remediation) -> Self {
        Self { remediation: Some(remediation), ..self }
    }
}

/// A fact quoted in support, on pass as well as on fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// A label and a value, shown side by side.
    Text {
        /// What it is.
        label: String,
        /// What it says.
        value: String,
    },
    /// The way a packet takes, hop by hop.
    Path {
        /// What travels, as in `VM → Storage.KoreaCentral, Tcp 443`.
        label: String,
        /// The hops, in order.
        steps: Vec<PathStep>,
    },
}

impl Evidence {
    /// A label and a value.
    #[must_use]
    pub fn text(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Text { label: label.into(), value: value.into() }
    }
}

/// One hop of a way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathStep {
    /// What stands there: ``network interface `nic1` ``, ``NSG `nsg1` on the subnet``.
    pub place: String,
    /// What it does, and by which rule: ``Deny by `DenyInternet` (1000)``.
    pub detail: String,
    /// Whether the packet gets past.
    pub state: StepState,
}

/// What becomes of a packet at a hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepState {
    /// It goes on.
    Passes,
    /// It ends here.
    Stops,
    /// Not known.
    Open,
    /// It never gets here.
    Unreached,
}

/// Texts that carry something out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Commands {
    /// There are none.
    #[default]
    None,
    /// Commands of `az` on one line of a POSIX shell.
    AzureCli(String),
    /// The same in every language.
    Every(Box<Script>),
}

impl Commands {
    /// The commands of `az`, if there are any.
    #[must_use]
    pub fn azure_cli(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::AzureCli(line) => Some(line),
            Self::Every(script) => Some(&script.azure_cli),
        }
    }
}

/// What is true of every step that was written for a machine that runs.
const ELSEWHERE: &str = "commands for the machine, and what restarts something: run them on the VM itself, once it runs, not on \
                         the machine where its disk is mounted";

/// What to do about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remediation {
    /// In one sentence.
    pub summary: String,
    /// Step by step, where one sentence is not enough.
    pub steps: Vec<String>,
    /// What carries it out.
    pub commands: Commands,
    /// What takes it back.
    pub rollback: Commands,
    /// Where it is documented.
    pub link: Option<String>,
    /// Whether its steps are about a disk where it is mounted, not about the machine that it is of.
    pub of_disk: bool,
}

impl Remediation {
    /// One sentence.
    #[must_use]
    pub fn new(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), ..Self::default() }
    }

    /// The same with one more step.
    #[must_use]
    pub fn step(mut self, step: impl Into<String>) -> Self {
        self.steps.push(step.into());
        self
    }

    /// The same, its steps being about a disk where it is mounted.
    #[must_use]
    pub fn for_disk(self) -> Self {
        Self { of_disk: true, ..self }
    }

    /// The same for a machine of which a disk was looked at, mounted on another one: it says where its steps are to be done.
    #[must_use]
    pub(super) fn elsewhere(mut self) -> Self {
        if !self.of_disk && !self.steps.is_empty() {
            self.steps.insert(0, ELSEWHERE.to_owned());
        }
        self
    }

    /// The same with a ready `az` command, every value quoted for a POSIX shell.
    #[must_use]
    pub fn command(self, azure_cli: impl Into<String>) -> Self {
        Self { commands: Commands::AzureCli(azure_cli.into()), ..self }
    }

    /// The same with the `az` command that takes it back.
    #[must_use]
    pub fn rollback(self, azure_cli: impl Into<String>) -> Self {
        Self { rollback: Commands::AzureCli(azure_cli.into()), ..self }
    }

    /// The same with what carries out changes of rules, and what takes them back.
    #[must_use]
    pub fn rules(self, changes: &[RuleChange<'_>]) -> Self {
        let commands = Commands::Every(Box::new(Script::of(changes)));
        Self { commands, rollback: Commands::Every(Box::new(Script::undoing(changes))), ..self }
    }

    /// The same with a ready command about one resource, named by `--ids`; without one where `id` is made up.
    #[must_use]
    pub fn command_on(self, words: &[&str], id: &ResourceId) -> Self {
        if id.is_path() {
            return self.command(Command::new(words).value("--ids", id.as_str()).to_string());
        }
        self
    }

    /// The same with where it is documented.
    #[must_use]
    pub fn link(self, link: impl Into<String>) -> Self {
        Self { link: Some(link.into()), ..self }
    }
}

/// The sources of these keys of `data/sources.toml`, in their order there.
pub(super) fn documented(keys: &[&str]) -> Vec<&'static Citation> {
    backup::sources().iter().filter(|source| keys.contains(&source.key)).collect()
}
