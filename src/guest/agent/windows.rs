//! The same questions of the VM agent for Windows.

use jiff::tz::TimeZone;

use super::{AgentPresence, AgentService, ServiceStart, Stamp};
use crate::guest::windows::{Moment, RunState, Start};
use crate::guest::{Looked, Machine, Read, Windows};
use crate::version::AgentVersion;

/// The services of the agent.
const SERVICES: [&str; 2] = ["WindowsAzureGuestAgent", "RdAgent"];
/// Its program, whose product version is the one that counts.
const PROGRAM: &str = "WaAppAgent.exe";

impl Machine {
    /// The version that the program states, or else that the agent registered.
    pub(super) fn installed_on_windows(&self) -> Option<Read<AgentVersion>> {
        let survey = self.survey.as_ref()?;
        let mut programs = survey.value.executables.iter().filter(|each| is_program(&each.path));
        let version = programs.next().and_then(|each| each.product.or(each.file));
        version.map(|value| Read { value, place: survey.place.clone() })
    }

    /// The version that the agent registered, or else that its log says it started as.
    pub(super) fn in_effect_on_windows(&self) -> Option<Read<AgentVersion>> {
        let agent = &self.windows.agent;
        let log = || {
            let log = agent.log.as_ref()?;
            Some(Read { value: log.value.started?, place: log.place.clone() })
        };
        agent.registered.clone().or_else(log)
    }

    /// Whether there is an agent, by its program, by what it registered, by its services, by its log.
    pub(super) fn presence_on_windows(&self) -> AgentPresence {
        let agent = &self.windows.agent;
        let version = self.installed_on_windows().or_else(|| agent.registered.clone());
        if let Some(version) = version {
            return AgentPresence::Present(version.place.document.to_string());
        }
        let named = SERVICES.iter().find(|name| self.windows.services.named(name).is_some());
        if let Some(name) = named {
            return AgentPresence::Present(format!("the service {name}"));
        }
        if let Some(log) = &agent.log {
            return AgentPresence::Present(log.place.document.to_string());
        }
        let looked = self.survey.iter().flat_map(|read| &read.value.looked);
        let absent: Vec<String> = looked
            .filter(|(path, looked)| is_program(path) && **looked == Looked::Absent)
            .map(|(path, _)| path.clone())
            .collect();
        if absent.is_empty() {
            return AgentPresence::Unknown("no document tells of it".to_owned());
        }
        AgentPresence::Absent(absent)
    }

    /// When the agent last gave a sign of life.
    pub(super) fn heartbeat_on_windows(&self) -> Option<Read<Stamp>> {
        let agent = &self.windows.agent;
        let registered = agent.heartbeat.as_ref().and_then(|read| stamp(&read.value, read));
        let log = || {
            let log = agent.log.as_ref()?;
            stamp(log.value.heartbeat.as_ref()?, log)
        };
        registered.or_else(log)
    }
}

impl Windows {
    /// The agent's two services as one: both have to start and to run.
    pub(super) fn agent_service(&self) -> AgentService {
        let mut service = AgentService::default();
        for known in SERVICES.iter().filter_map(|name| self.services.named(name)) {
            let name = known.name.clone();
            if let Some(start) = &known.start {
                service.seen.push((format!("start of {name}"), start.value.word().to_owned()));
                let start = match start.value {
                    Start::Boot | Start::System | Start::Automatic => ServiceStart::Enabled,
                    Start::Manual | Start::Disabled => ServiceStart::Disabled,
                };
                if service.start.is_none_or(|worst| worst < start) {
                    (service.start, service.name) = (Some(start), Some(name.clone()));
                }
            }
            if let Some(state) = &known.state {
                service.seen.push((format!("state of {name}"), state.value.word().to_owned()));
                let runs = matches!(state.value, RunState::Running | RunState::Starting);
                if !runs {
                    service.name = Some(name.clone());
                }
                service.runs = Some(runs && service.runs.unwrap_or(true));
            }
            service.name = service.name.or(Some(name));
        }
        service
    }
}

fn is_program(path: &str) -> bool {
    path.rsplit(['\\', '/']).next().is_some_and(|name| name.eq_ignore_ascii_case(PROGRAM))
}

fn stamp<T>(moment: &Moment, read: &Read<T>) -> Option<Read<Stamp>> {
    let value = match moment {
        Moment::Exact(at) => Stamp { at: *at, universal: true },
        Moment::Local(local) => {
            Stamp { at: local.to_zoned(TimeZone::UTC).ok()?.timestamp(), universal: false }
        }
        Moment::Unread(_) => return None,
    };
    Some(Read { value, place: read.place.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Place, Pointer};

    fn read<T>(value: T) -> Read<T> {
        Read { value, place: Place { document: "d".into(), pointer: Pointer::root() } }
    }

    #[test]
    fn both_services_have_to_start_and_run() {
        let mut windows = Windows::default();
        windows.services.entry("RdAgent").state = Some(read(RunState::Running));
        assert_eq!(windows.agent_service().runs, Some(true));
        windows.services.entry("WindowsAzureGuestAgent").state = Some(read(RunState::Stopped));
        windows.services.entry("windowsazureguestagent").start = Some(read(Start::Disabled));
        windows.services.entry("RdAgent").start = Some(read(Start::Automatic));
        let service = windows.agent_service();
        assert_eq!((service.runs, service.start), (Some(false), Some(ServiceStart::Disabled)));
        assert_eq!(service.name.as_deref(), Some("WindowsAzureGuestAgent"));
    }

    #[test]
    fn what_the_agent_registered_is_in_effect() {
        let mut machine = Machine::default();
        assert!(matches!(machine.presence_on_windows(), AgentPresence::Unknown(_)));
        machine.windows.agent.registered = Some(read(AgentVersion::new([2, 7, 41491, 1075])));
        assert_eq!(machine.in_effect_on_windows().unwrap().value.to_string(), "2.7.41491.1075");
        assert_eq!(machine.presence_on_windows(), AgentPresence::Present("d".to_owned()));
    }
}
