//! Windows services.

use crate::guest::Read;

/// The services that some document names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Services {
    services: Vec<Service>,
    /// Names that were looked for.
    looked: Vec<String>,
}

/// What is known of a service. What the registry says holds from the next start on, the state is of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name, as it is written: `VSS`. Names compare without case.
    pub name: String,
    /// When it is started.
    pub start: Option<Read<Start>>,
    /// The account it runs under. From the document: whoever shows it escapes.
    pub account: Option<Read<String>>,
    /// Whether it runs.
    pub state: Option<Read<RunState>>,
}

words! {
    /// When a service is started.
    Start {
        /// By the loader.
        Boot = "boot",
        /// By the kernel.
        System = "system",
        /// When the machine starts.
        Automatic = "automatic",
        /// When somebody asks for it.
        Manual = "manual",
        /// Never.
        Disabled = "disabled",
    }
}

impl Start {
    /// What a number of the registry means.
    #[must_use]
    pub const fn of_number(number: u64) -> Option<Self> {
        Some(match number {
            0 => Self::Boot,
            1 => Self::System,
            2 => Self::Automatic,
            3 => Self::Manual,
            4 => Self::Disabled,
            _ => return None,
        })
    }
}

words! {
    /// What a service does.
    RunState {
        /// Nothing.
        Stopped = "stopped",
        /// It is about to run.
        Starting = "starting",
        /// It is about to stop.
        Stopping = "stopping",
        /// It runs.
        Running = "running",
        /// It is about to go on.
        Resuming = "resuming",
        /// It is about to pause.
        Pausing = "pausing",
        /// It pauses.
        Paused = "paused",
    }
}

impl RunState {
    /// What a number of the service manager means.
    #[must_use]
    pub const fn of_number(number: u64) -> Option<Self> {
        Some(match number {
            1 => Self::Stopped,
            2 => Self::Starting,
            3 => Self::Stopping,
            4 => Self::Running,
            5 => Self::Resuming,
            6 => Self::Pausing,
            7 => Self::Paused,
            _ => return None,
        })
    }
}

impl Services {
    /// All of them, in the order in which they were first named.
    pub fn iter(&self) -> impl Iterator<Item = &Service> {
        self.services.iter()
    }

    /// The service of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name.eq_ignore_ascii_case(name))
    }

    /// Takes note that a service of that name would be here if there was one.
    pub fn look(&mut self, name: &str) {
        if !self.looked.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            self.looked.push(name.to_owned());
        }
    }

    /// Whether a service of that name was looked for, and no document has one.
    #[must_use]
    pub fn lacks(&self, name: &str) -> bool {
        self.named(name).is_none() && self.looked.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The service of that name to add to; it is there from now on.
    #[expect(clippy::indexing_slicing, reason = "the position is one of this list")]
    pub fn entry(&mut self, name: &str) -> &mut Service {
        let known = self.services.iter().position(|service| service.name.eq_ignore_ascii_case(name));
        let at = known.unwrap_or_else(|| {
            let name = name.to_owned();
            self.services.push(Service { name, start: None, account: None, state: None });
            self.services.len() - 1
        });
        &mut self.services[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Place, Pointer};

    #[test]
    fn what_several_documents_say_of_a_service_comes_together() {
        let mut services = Services::default();
        let place = || Place { document: "-".into(), pointer: Pointer::root() };
        services.entry("VSS").start = Some(Read { value: Start::Disabled, place: place() });
        services.entry("vss").state = Some(Read { value: RunState::Stopped, place: place() });
        services.entry("MSDTC");
        assert_eq!(services.iter().count(), 2);
        let service = services.named("Vss").unwrap();
        assert_eq!(service.name, "VSS");
        assert!(service.start.is_some() && service.state.is_some());
        assert!(services.named("RpcSs").is_none() && !services.lacks("RpcSs"));
        services.look("rpcss");
        services.look("VSS");
        assert!(services.lacks("RpcSs") && !services.lacks("VSS"));
    }

    #[test]
    fn numbers_without_meaning_have_none() {
        let starts: Vec<_> = (0..6).map(Start::of_number).collect();
        assert_eq!(starts[4..], [Some(Start::Disabled), None]);
        assert_eq!((RunState::of_number(0), RunState::of_number(8)), (None, None));
        assert_eq!(RunState::of_number(4), Some(RunState::Running));
    }
}
