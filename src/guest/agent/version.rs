//! Which VM agent a machine has, and which of its versions is in effect.

use super::service::is_service;
use super::{AgentService, LinuxAgent, Stamp};
use crate::guest::{Looked, Machine, Read, Survey};
use crate::version::AgentVersion;
use crate::vm::OsFamily;

/// Whether a machine has a VM agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentPresence {
    /// It has: what shows that.
    Present(String),
    /// It has none: where was looked.
    Absent(Vec<String>),
    /// Not known: why, as a clause.
    Unknown(String),
}

impl Machine {
    /// The family of the system, where anything tells.
    #[must_use]
    pub fn family(&self) -> Option<OsFamily> {
        self.surveyed()
            .and_then(|survey| survey.system)
            .or_else(|| self.agent.tells().then_some(OsFamily::Linux))
    }

    /// The version of the VM agent that is installed, with where that was read.
    #[must_use]
    pub fn installed_agent(&self) -> Option<Read<AgentVersion>> {
        self.agent.installed().or_else(|| self.installed_on_windows())
    }

    /// The version of the VM agent that is in effect, with where that was read; `None` where nothing tells.
    ///
    /// Of a machine that runs, its processes and its own word tell; of a disk the last that the log names, or else what the
    /// agent would start: the highest one downloaded that has not failed.
    #[must_use]
    pub fn agent_in_effect(&self) -> Option<Read<AgentVersion>> {
        let log = || {
            let log = self.agent.log.as_ref()?;
            Some(Read { value: log.value.goal_state?, place: log.place.clone() })
        };
        let printed = || {
            let printed = self.agent.printed.as_ref()?;
            Some(Read { value: printed.value.goal_state?, place: printed.place.clone() })
        };
        let linux = self.running_agent().or_else(printed).or_else(log).or_else(|| self.next_agent());
        linux.or_else(|| self.in_effect_on_windows())
    }

    /// Versions of the agent that were downloaded, the highest first.
    #[must_use]
    pub fn downloaded_agents(&self) -> Vec<AgentVersion> {
        let Some(survey) = self.surveyed() else { return Vec::new() };
        let names = survey.folders.get(self.agent_library()).into_iter().flatten();
        let mut versions: Vec<AgentVersion> = names
            .filter(|name| name.starts_with("WALinuxAgent-"))
            .filter_map(|name| name.parse().ok())
            .collect();
        versions.sort_unstable();
        versions.reverse();
        versions
    }

    /// Whether the agent updates itself; `None` where that is not known.
    #[must_use]
    pub fn auto_update(&self) -> Option<bool> {
        let configuration = &self.agent.configuration.as_ref()?.value;
        let version = self.agent_in_effect().or_else(|| self.installed_agent());
        if configuration.fault.is_some() {
            return None;
        }
        configuration.auto_update(version.map(|read| read.value))
    }

    /// The service of the agent.
    #[must_use]
    pub fn agent_service(&self) -> AgentService {
        match self.family() {
            Some(OsFamily::Windows) => self.windows.agent_service(),
            _ => self.agent.service(self.surveyed()),
        }
    }

    /// When the agent last gave a sign of life: its last heartbeat, of Linux or else its last word of any kind.
    #[must_use]
    pub fn agent_heartbeat(&self) -> Option<Read<Stamp>> {
        let linux = self.agent.log.as_ref().and_then(|log| {
            let beat = log.value.heartbeat.and_then(|beat| beat.at);
            Some(Read { value: beat.or(log.value.last)?, place: log.place.clone() })
        });
        linux.or_else(|| self.heartbeat_on_windows())
    }

    /// Whether there is an agent at all.
    #[must_use]
    pub fn agent_presence(&self) -> AgentPresence {
        if let Some(shown) = self.agent.shown() {
            return AgentPresence::Present(shown);
        }
        if self.family() == Some(OsFamily::Windows) {
            return self.presence_on_windows();
        }
        self.surveyed()
            .map_or_else(|| AgentPresence::Unknown("nobody looked for it".to_owned()), missing_on_linux)
    }

    /// The Python that the agent runs under, as far as anything names it.
    #[must_use]
    pub fn agent_python(&self) -> Option<AgentVersion> {
        let printed = self.agent.printed.as_ref().and_then(|printed| printed.value.python);
        printed.or_else(|| self.agent.log.as_ref().and_then(|log| log.value.python))
    }

    /// The folder where the agent keeps what it needs to live.
    #[must_use]
    pub fn agent_library(&self) -> &str {
        let stated = self.agent.configuration.as_ref().map(|read| read.value.library());
        stated.unwrap_or("/var/lib/waagent").trim_end_matches('/')
    }

    /// The survey without its place.
    fn surveyed(&self) -> Option<&Survey> {
        self.survey.as_ref().map(|read| &read.value)
    }

    /// The version that a process of the agent names; its own where it runs as it is installed.
    fn running_agent(&self) -> Option<Read<AgentVersion>> {
        let survey = self.survey.as_ref()?;
        let lines = survey.value.processes.as_ref()?;
        let line = lines.iter().find(|line| line.contains("-run-exthandlers"))?;
        match line.rsplit_once("WALinuxAgent-") {
            Some((_, rest)) => {
                let value = rest.split_whitespace().next()?.parse().ok()?;
                Some(Read { value, place: survey.place.clone() })
            }
            None => is_service(line).then(|| self.installed_agent()).flatten(),
        }
    }

    /// The version that the installed agent would start.
    fn next_agent(&self) -> Option<Read<AgentVersion>> {
        let survey = self.survey.as_ref()?;
        let installed = self.installed_agent()?;
        let configuration = &self.agent.configuration.as_ref()?.value;
        if configuration.fault.is_some() || !survey.value.folders.contains_key(self.agent_library()) {
            return None;
        }
        if !configuration.starts_downloaded(installed.value) {
            return Some(installed);
        }
        let bad = |version: &AgentVersion| {
            self.agent.failures.iter().any(|each| each.value.version == *version && each.value.is_bad())
        };
        let downloaded = self.downloaded_agents().into_iter().find(|version| !bad(version));
        match downloaded.filter(|version| *version > installed.value) {
            Some(value) => Some(Read { value, place: survey.place.clone() }),
            None => Some(installed),
        }
    }
}

impl LinuxAgent {
    /// The installed version: by its own word, by that of its modules, of the package manager, of its log.
    fn installed(&self) -> Option<Read<AgentVersion>> {
        let printed = self.printed.as_ref();
        let printed = printed.map(|read| Read { value: read.value.installed, place: read.place.clone() });
        let module = || {
            let first = self.modules.first()?;
            // Where two Pythons have different ones it is not known which is started.
            self.modules.iter().all(|each| each.value == first.value).then(|| first.clone())
        };
        let package = || {
            let read = self.packages.iter().find(|read| read.value.installed)?;
            Some(Read { value: read.value.version, place: read.place.clone() })
        };
        let log = || {
            let read = self.log.as_ref()?;
            Some(Read { value: read.value.installed?, place: read.place.clone() })
        };
        printed.or_else(module).or_else(package).or_else(log)
    }

    /// What shows that there is an agent.
    fn shown(&self) -> Option<String> {
        let place = |document: &str| Some(document.to_owned());
        if let Some(read) = &self.printed {
            return place(&read.place.document);
        }
        if let Some(read) = self.launchers.first() {
            return place(&read.place.document);
        }
        if let Some(read) = self.modules.first() {
            return place(&read.place.document);
        }
        let package = self.packages.iter().find(|read| read.value.installed)?;
        Some(format!("package {} {}", package.value.name, package.value.version))
    }

    /// Whether anything at all is known of an agent for Linux.
    fn tells(&self) -> bool {
        *self != Self::default()
    }
}

/// Whether everything was looked for by which an agent for Linux would be known.
fn missing_on_linux(survey: &Survey) -> AgentPresence {
    let mut absent = Vec::new();
    for (path, looked) in survey.looked.iter().filter(|(path, _)| path.ends_with("bin/waagent")) {
        match looked {
            Looked::Absent => absent.push(path.clone()),
            Looked::Read => return AgentPresence::Present(path.clone()),
            Looked::Unread { reason, .. } => {
                return AgentPresence::Unknown(format!(
                    "`{}` could not be read: {reason}",
                    path.escape_debug()
                ));
            }
        }
    }
    if absent.is_empty() {
        return AgentPresence::Unknown("nobody looked for its program".to_owned());
    }
    AgentPresence::Absent(absent)
}
