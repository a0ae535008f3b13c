//! What is installed of the agent, and what it needs to start.

use jiff::Timestamp;

use crate::version::AgentVersion;

/// This many failures, and the agent takes a version for bad.
const MOST_FAILURES: u64 = 3;

/// What `waagent --version` prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// The installed version.
    pub installed: AgentVersion,
    /// The goal-state agent that runs; where none runs the agent names itself.
    pub goal_state: Option<AgentVersion>,
    /// The Python that it runs under.
    pub python: Option<AgentVersion>,
    /// The distribution as it takes it, as in `debian 12.5`. Hostile text.
    pub distribution: Option<String>,
}

/// A package of the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name. Hostile text.
    pub name: String,
    /// Its version, the distribution's revision left aside.
    pub version: AgentVersion,
    /// Whether it is wholly installed; one that was removed may leave its configuration.
    pub installed: bool,
}

/// What the first line of a program has run it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpreter {
    /// The interpreter: a path, or a name that is looked for. Hostile text.
    pub program: String,
    /// Whether it is looked for in the search path, by `env`.
    pub searched: bool,
}

impl Interpreter {
    /// The folders where it may be, and its name there.
    #[must_use]
    pub fn candidates(&self) -> Vec<(String, &str)> {
        if self.searched {
            let folders = ["/usr/local/bin", "/usr/bin", "/bin"];
            return folders.iter().map(|folder| ((*folder).to_owned(), self.program.as_str())).collect();
        }
        let (folder, name) = self.program.rsplit_once('/').unwrap_or(("", &self.program));
        vec![(folder.to_owned(), name)]
    }
}

/// How often a goal-state agent has failed: its `error.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failures {
    /// Which.
    pub version: AgentVersion,
    /// How often.
    pub count: u64,
    /// Whether it failed for good.
    pub fatal: bool,
    /// Why, as the agent says it. Hostile text.
    pub reason: String,
}

impl Failures {
    /// Whether the agent does not start this version any more.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.fatal || self.count >= MOST_FAILURES
    }
}

/// From when until when a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// From when on.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}
