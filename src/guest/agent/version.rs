//! Which version of the VM agent a machine has, and which is in effect.

use super::service::is_service;
use super::{AgentService, LinuxAgent, Stamp};
use crate::guest::{Machine, Read, Survey, Windows};
use crate::version::AgentVersion;
use crate::vm::OsFamily;

impl Machine {
    /// The family of the system, where anything tells.
    #[must_use]
    pub fn family(&self) -> Option<OsFamily> {
        let windows = || (self.windows != Windows::default()).then_some(OsFamily::Windows);
        self.surveyed()
            .and_then(|survey| survey.system)
            .or_else(|| self.agent.tells().then_some(OsFamily::Linux))
            .or_else(windows)
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
            Some(OsFamily::Windows) => self.service_on_windows(),
            _ => self.agent.service(self.surveyed()),
        }
    }

    /// When the agent last wrote a heartbeat.
    #[must_use]
    pub fn agent_heartbeat(&self) -> Option<Read<Stamp>> {
        let linux = self
            .agent
            .log
            .as_ref()
            .and_then(|log| Some(Read { value: log.value.heartbeat?.at?, place: log.place.clone() }));
        linux.or_else(|| self.heartbeat_on_windows())
    }

    /// When the agent was last heard of: its last heartbeat, or a later start; without any the end of its log.
    #[must_use]
    pub fn agent_sign_of_life(&self) -> Option<Read<Stamp>> {
        let started = self
            .agent
            .log
            .as_ref()
            .and_then(|log| Some(Read { value: log.value.started?, place: log.place.clone() }));
        let signs = self.agent_heartbeat().into_iter().chain(started);
        signs.max_by_key(|sign| sign.value.at).or_else(|| self.agent_log_end())
    }

    /// When the log of the agent ends, whatever it says last.
    #[must_use]
    pub fn agent_log_end(&self) -> Option<Read<Stamp>> {
        let linux = self
            .agent
            .log
            .as_ref()
            .and_then(|log| Some(Read { value: log.value.last?, place: log.place.clone() }));
        linux.or_else(|| self.log_end_on_windows())
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

    /// Whether anything at all is known of an agent for Linux.
    fn tells(&self) -> bool {
        *self != Self::default()
    }
}
