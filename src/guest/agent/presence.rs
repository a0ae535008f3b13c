//! Whether a machine has a VM agent.

use super::LinuxAgent;
use super::service::{is_service, unit_left};
use crate::guest::{Looked, Machine, Survey};
use crate::vm::OsFamily;

/// The folder that every Linux keeps programs in, wherever the agent's own stands.
const PROGRAMS: &str = "/usr/bin";
/// The list of packages of Debian and Ubuntu.
const PACKAGES: &str = "/var/lib/dpkg/status";

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
    /// Whether there is an agent at all.
    #[must_use]
    pub fn agent_presence(&self) -> AgentPresence {
        if let Some(shown) = self.agent.shown() {
            return AgentPresence::Present(shown);
        }
        if self.family() == Some(OsFamily::Windows) {
            return self.presence_on_windows();
        }
        let Some(survey) = self.survey.as_ref().map(|read| &read.value) else {
            return AgentPresence::Unknown("nobody looked for it".to_owned());
        };
        if survey.processes.iter().flatten().any(|line| is_service(line)) {
            return AgentPresence::Present("a process of it".to_owned());
        }
        match programs(survey) {
            AgentPresence::Absent(absent) => match self.contradicts(survey) {
                Some(why) => AgentPresence::Unknown(why),
                None => AgentPresence::Absent(absent),
            },
            known => known,
        }
    }

    /// Why the machine may have an agent though its program is not where it is looked for.
    fn contradicts(&self, survey: &Survey) -> Option<String> {
        let names = survey.folders.get(PROGRAMS);
        // Of names only those are kept that tell something; a program whose architecture was read is one, too.
        let filled = names.is_some_and(|names| !names.is_empty() || survey.architecture.is_some());
        if !filled {
            return Some(format!("`{PROGRAMS}` is empty or not mounted here, and so may be where it stands"));
        }
        if self.agent.packages.iter().any(|read| !read.value.installed) {
            return None;
        }
        let unit = self.agent.units.iter().find(|unit| unit.value.is_loaded());
        let unit = unit.map(|unit| unit.value.id.clone()).or_else(|| unit_left(survey));
        let left = unit.or_else(|| self.left_on_disk(survey))?;
        Some(format!("`{}` speaks of one, and its program was not found", left.escape_debug()))
    }

    /// What an agent has left on a disk. Of a tree that was copied in parts its program may be missing for that reason.
    fn left_on_disk(&self, survey: &Survey) -> Option<String> {
        let listed = self.agent.packages.is_empty() && survey.looked(PACKAGES) == Some(&Looked::Read);
        if survey.live || listed {
            return None;
        }
        let configuration = self.agent.configuration.as_ref().map(|read| &read.place);
        let place = configuration.or_else(|| self.agent.log.as_ref().map(|read| &read.place));
        let library = || Some(self.agent_library()).filter(|path| survey.folders.contains_key(*path));
        place.map(|place| place.document.to_string()).or_else(|| library().map(str::to_owned))
    }
}

impl LinuxAgent {
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
}

/// Whether the program of the agent for Linux is in any of the places where it was looked for.
fn programs(survey: &Survey) -> AgentPresence {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::{Package, Read};
    use crate::input::{Place, Pointer};

    /// A machine of which all places of the program are empty.
    fn machine(live: bool, folders: &[(&str, &[&str])]) -> Machine {
        let mut survey = Survey { live, system: Some(OsFamily::Linux), ..Survey::default() };
        survey.looked.insert("/usr/sbin/waagent".to_owned(), Looked::Absent);
        for (path, names) in folders {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            survey.folders.insert((*path).to_owned(), names);
        }
        Machine { survey: Some(read(survey)), ..Machine::default() }
    }

    fn read<T>(value: T) -> Read<T> {
        Read { value, place: Place { document: "d".into(), pointer: Pointer::root() } }
    }

    const FILLED: (&str, &[&str]) = ("/usr/bin", &["python3"]);
    const WANTED: (&str, &[&str]) = ("/etc/systemd/system/multi-user.target.wants", &["waagent.service"]);

    fn is_absent(machine: &Machine) -> bool {
        matches!(machine.agent_presence(), AgentPresence::Absent(_))
    }

    #[test]
    fn a_program_is_missing_only_where_programs_are() {
        assert!(is_absent(&machine(true, &[FILLED])));
        assert!(is_absent(&machine(false, &[FILLED])));
        assert!(!is_absent(&machine(false, &[])));
        let mut listed = machine(true, &[("/usr/bin", &[])]);
        assert!(!is_absent(&listed));
        listed.survey.as_mut().unwrap().value.architecture = Some("x86_64".to_owned());
        assert!(is_absent(&listed));
    }

    #[test]
    fn what_speaks_of_an_agent_leaves_it_open() {
        assert!(!is_absent(&machine(false, &[FILLED, WANTED])));
        assert!(!is_absent(&machine(true, &[FILLED, WANTED])));
        let library: (&str, &[&str]) = ("/var/lib/waagent", &[]);
        assert!(!is_absent(&machine(false, &[FILLED, library])));
        assert!(is_absent(&machine(true, &[FILLED, library])));
        // Unless whoever removed it has put that down.
        let mut removed = machine(false, &[FILLED, WANTED, library]);
        let version = "2.7.3.0".parse().unwrap();
        removed.agent.packages =
            vec![read(Package { name: "walinuxagent".to_owned(), version, installed: false })];
        assert!(is_absent(&removed));
    }

    #[test]
    fn a_process_of_it_is_enough() {
        let mut running = machine(true, &[FILLED]);
        running.survey.as_mut().unwrap().value.processes =
            Some(vec!["python3 /opt/waagent -daemon".to_owned()]);
        assert_eq!(running.agent_presence(), AgentPresence::Present("a process of it".to_owned()));
    }
}
