//! The same questions of the VM agent for Windows.

use jiff::tz::TimeZone;

use super::{AgentPresence, AgentService, ServiceStart, ServiceTrouble, Stamp};
use crate::guest::windows::{Moment, RunState, Start};
use crate::guest::{Looked, Machine, Read};
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

    /// The version that the agent registered, or else that its log says it started as; not so where they may be all that an
    /// agent left behind.
    pub(super) fn in_effect_on_windows(&self) -> Option<Read<AgentVersion>> {
        if !matches!(self.presence_on_windows(), AgentPresence::Present(_)) {
            return None;
        }
        let agent = &self.windows.agent;
        let log = || {
            let log = agent.log.as_ref()?;
            Some(Read { value: log.value.started?, place: log.place.clone() })
        };
        agent.registered.clone().or_else(log)
    }

    /// Whether there is an agent: by its program and its services; by what it registered and its log only where nothing
    /// says that the program is gone.
    pub(super) fn presence_on_windows(&self) -> AgentPresence {
        if let Some(version) = self.installed_on_windows() {
            return AgentPresence::Present(version.place.document.to_string());
        }
        let named = SERVICES.iter().find(|name| self.windows.services.named(name).is_some());
        if let Some(name) = named {
            return AgentPresence::Present(format!("the service {name}"));
        }
        let programs = || {
            let looked = self.survey.iter().flat_map(|read| &read.value.looked);
            looked.filter(|(path, _)| is_program(path))
        };
        if let Some((path, _)) = programs().find(|(_, looked)| **looked == Looked::Read) {
            return AgentPresence::Present(path.clone());
        }
        let unread = programs().any(|(_, looked)| *looked != Looked::Absent);
        let looked = programs().filter(|(_, looked)| **looked == Looked::Absent);
        let mut absent: Vec<String> = looked.map(|(path, _)| path.clone()).collect();
        if !unread && SERVICES.iter().all(|name| self.lacks_service(name)) {
            absent.extend(SERVICES.map(|name| format!("the service {name}")));
            return AgentPresence::Absent(absent);
        }
        let agent = &self.windows.agent;
        let registered = agent.registered.as_ref().map(|read| &read.place);
        let left = registered.or_else(|| agent.log.as_ref().map(|log| &log.place));
        match left {
            Some(place) if unread || absent.is_empty() => AgentPresence::Present(place.document.to_string()),
            _ if unread => AgentPresence::Unknown(format!("`{PROGRAM}` could not be read")),
            None if absent.is_empty() => AgentPresence::Unknown("no document tells of it".to_owned()),
            _ => AgentPresence::Unknown(format!(
                "`{PROGRAM}` is not where it belongs, and nothing tells of the agent's services"
            )),
        }
    }

    /// Whether it is certain that Windows has no service of that name.
    fn lacks_service(&self, name: &str) -> bool {
        let key = format!(r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\{name}");
        let services = &self.windows.services;
        let no_key = || self.survey.as_ref().is_some_and(|read| read.value.is_absent(&key));
        services.named(name).is_none() && (services.lacks(name) || no_key())
    }

    /// When the agent last wrote or registered a heartbeat.
    pub(super) fn heartbeat_on_windows(&self) -> Option<Read<Stamp>> {
        let agent = &self.windows.agent;
        let registered = agent.heartbeat.as_ref().and_then(|read| stamp(&read.value, read));
        let log = || {
            let log = agent.log.as_ref()?;
            stamp(log.value.heartbeat.as_ref()?, log)
        };
        registered.or_else(log)
    }

    /// When the log of the agent ends.
    pub(super) fn log_end_on_windows(&self) -> Option<Read<Stamp>> {
        let log = self.windows.agent.log.as_ref()?;
        stamp(log.value.last.as_ref()?, log)
    }

    /// The agent's two services as one: both have to start and to run. Where only one is known, the other is not well.
    pub(super) fn service_on_windows(&self) -> AgentService {
        let mut service = AgentService::default();
        let (mut starts, mut runs) = (Vec::new(), Vec::new());
        for name in SERVICES {
            let known = self.windows.services.named(name);
            if self.lacks_service(name) {
                service.seen.push((name.to_owned(), "there is no such service".to_owned()));
                (service.name, service.trouble) = (Some(name.to_owned()), Some(ServiceTrouble::Gone));
                runs.push(Some(false));
                starts.push(None);
                continue;
            }
            let start = known.and_then(|known| known.start.as_ref()).map(|read| read.value);
            let state = known.and_then(|known| known.state.as_ref()).map(|read| read.value);
            let tell = |what: &str, word: &str| (format!("{what} of {name}"), word.to_owned());
            service.seen.extend(start.map(|start| tell("start", start.word())));
            service.seen.extend(state.map(|state| tell("state", state.word())));
            let start = start.map(|start| !matches!(start, Start::Manual | Start::Disabled));
            let state = state.map(|state| matches!(state, RunState::Running | RunState::Starting));
            // The one to blame gives its name.
            let blamed = start == Some(false) || state == Some(false);
            if service.trouble.is_none() && (blamed || service.name.is_none() && known.is_some()) {
                service.name = Some(name.to_owned());
            }
            starts.push(start);
            runs.push(state);
        }
        service.runs = all(&runs);
        service.start =
            all(&starts).map(|starts| if starts { ServiceStart::Enabled } else { ServiceStart::Disabled });
        service
    }
}

/// Whether all hold; `None` where none is known not to and some may not.
fn all(known: &[Option<bool>]) -> Option<bool> {
    if known.contains(&Some(false)) { Some(false) } else { (!known.contains(&None)).then_some(true) }
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
    use crate::guest::Survey;
    use crate::input::{Place, Pointer};

    fn read<T>(value: T) -> Read<T> {
        Read { value, place: Place { document: "d".into(), pointer: Pointer::root() } }
    }

    fn state(machine: &mut Machine, name: &str, state: RunState) {
        machine.windows.services.entry(name).state = Some(read(state));
    }

    #[test]
    fn both_services_have_to_start_and_run() {
        let mut machine = Machine::default();
        state(&mut machine, "RdAgent", RunState::Running);
        assert_eq!(machine.service_on_windows().runs, None);
        state(&mut machine, "WindowsAzureGuestAgent", RunState::Running);
        assert_eq!(machine.service_on_windows().runs, Some(true));
        state(&mut machine, "WindowsAzureGuestAgent", RunState::Stopped);
        machine.windows.services.entry("RdAgent").start = Some(read(Start::Automatic));
        assert_eq!(machine.service_on_windows().start, None);
        machine.windows.services.entry("windowsazureguestagent").start = Some(read(Start::Disabled));
        let service = machine.service_on_windows();
        assert_eq!((service.runs, service.start), (Some(false), Some(ServiceStart::Disabled)));
        assert_eq!(service.name.as_deref(), Some("WindowsAzureGuestAgent"));
    }

    #[test]
    fn a_service_that_is_not_there_does_not_run() {
        let mut machine = Machine::default();
        state(&mut machine, "RdAgent", RunState::Running);
        machine.windows.services.look("WindowsAzureGuestAgent");
        let service = machine.service_on_windows();
        assert_eq!((service.runs, service.trouble), (Some(false), Some(ServiceTrouble::Gone)));
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

    #[test]
    fn what_a_removed_agent_left_shows_nothing() {
        let mut survey = Survey::default();
        survey.looked.insert(r"C:\WindowsAzure\Packages\WaAppAgent.exe".to_owned(), Looked::Absent);
        let mut machine = Machine { survey: Some(read(survey)), ..Machine::default() };
        machine.windows.agent.registered = Some(read(AgentVersion::new([2, 7, 41491, 1075])));
        assert!(matches!(machine.presence_on_windows(), AgentPresence::Unknown(_)));
        assert_eq!(machine.in_effect_on_windows(), None);
        for name in SERVICES {
            machine.windows.services.look(name);
        }
        assert!(matches!(machine.presence_on_windows(), AgentPresence::Absent(_)));
        machine.windows.services.entry("RdAgent");
        assert!(matches!(machine.presence_on_windows(), AgentPresence::Present(_)));
    }

    #[test]
    fn a_program_that_cannot_be_read_is_not_missing() {
        let presence = |looked: Looked, registered: bool| {
            let mut survey = Survey::default();
            survey.looked.insert(r"C:\WindowsAzure\Packages\WaAppAgent.exe".to_owned(), looked);
            let mut machine = Machine { survey: Some(read(survey)), ..Machine::default() };
            machine.windows.agent.registered =
                registered.then(|| read(AgentVersion::new([2, 7, 41491, 1075])));
            for name in SERVICES {
                machine.windows.services.look(name);
            }
            machine.presence_on_windows()
        };
        let denied = || Looked::Unread { reason: "denied".to_owned(), root: true };
        assert!(matches!(presence(Looked::Read, false), AgentPresence::Present(_)));
        assert!(matches!(presence(denied(), true), AgentPresence::Present(_)));
        assert!(matches!(presence(denied(), false), AgentPresence::Unknown(_)));
        assert!(matches!(presence(Looked::Absent, true), AgentPresence::Absent(_)));
    }
}
