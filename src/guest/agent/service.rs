//! The service of the VM agent: whether it starts with the machine, and whether it runs.

use super::LinuxAgent;
use crate::guest::Survey;

/// What the service is called: by Debian and Ubuntu, by the others.
const SERVICES: [&str; 2] = ["walinuxagent", "waagent"];

/// Where the units of packages lie.
const UNIT_FOLDERS: [&str; 3] = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];
/// Where what a machine starts with is linked to.
const WANTED: [&str; 6] = [
    "/etc/systemd/system/multi-user.target.wants",
    "/etc/systemd/system/default.target.wants",
    "/etc/systemd/system/cloud-init.target.wants",
    "/usr/lib/systemd/system/multi-user.target.wants",
    "/lib/systemd/system/multi-user.target.wants",
    "/etc/runlevels/default",
];
/// The same of machines without systemd.
const RUN_LEVELS: [&str; 5] =
    ["/etc/rc2.d", "/etc/rc3.d", "/etc/rc5.d", "/etc/rc.d/rc3.d", "/etc/rc.d/rc5.d"];
/// Where scripts of such machines lie, and jobs of upstart.
const SCRIPTS: [&str; 3] = ["/etc/init.d", "/etc/rc.d/init.d", "/etc/init"];

/// A unit as `systemctl show` tells of it. Its words are systemd's. Hostile text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnitState {
    /// Its name: `walinuxagent.service`.
    pub id: String,
    /// `LoadState`: `loaded`, `not-found`, `masked`, …
    pub load: Option<String>,
    /// `ActiveState`: `active`, `inactive`, `failed`, …
    pub active: Option<String>,
    /// `SubState`: `running`, `dead`, …
    pub sub: Option<String>,
    /// `UnitFileState`: `enabled`, `disabled`, `masked`, …
    pub file: Option<String>,
}

words! {
    /// Whether the service starts with the machine.
    ServiceStart {
        /// It does.
        Enabled = "enabled",
        /// It does not.
        Disabled = "disabled",
        /// Nothing can start it.
        Masked = "masked",
    }
}

words! {
    /// What is odd about the service.
    ServiceTrouble {
        /// It ends as soon as it is started, and is started again.
        Restarting = "restarting",
        /// Only until the next start of the machine nothing can start it: a mask in `/run`.
        MaskedForNow = "masked-for-now",
        /// systemd says that it runs, and no process of it is seen.
        NoProcess = "no-process",
        /// systemd says that it does not run, and a process of it is seen.
        Orphan = "orphan",
        /// There is no such service in Windows.
        Gone = "gone",
    }
}

/// What is known of the service of the VM agent. `None` is not known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentService {
    /// Its name: one of those that are known here, never a text of the input.
    pub name: Option<String>,
    /// Whether it starts with the machine.
    pub start: Option<ServiceStart>,
    /// Whether it runs.
    pub runs: Option<bool>,
    /// What stands in its way beyond that, or why it is not known whether it runs.
    pub trouble: Option<ServiceTrouble>,
    /// What was seen of it, each with where.
    pub seen: Vec<(String, String)>,
}

impl LinuxAgent {
    /// The service, by what systemd says and by what lies on the disk.
    pub(in crate::guest) fn service(&self, survey: Option<&Survey>) -> AgentService {
        let mut service = AgentService::default();
        self.units.iter().for_each(|unit| service.take(unit.value.service()));
        for (survey, name) in survey.into_iter().flat_map(|survey| SERVICES.map(|name| (survey, name))) {
            let mut found = on_disk(survey, name);
            // systemd looks into more than links: its word of a unit outweighs what lies on the disk.
            if self.units.iter().any(|unit| unit.value.settles(name)) {
                found.start = None;
            }
            service.take(found);
        }
        if let Some(lines) = survey.and_then(|survey| survey.processes.as_ref()) {
            service.weigh_processes(lines);
        }
        service
    }
}

impl AgentService {
    /// Adds what else was seen. What starts it wins over what does not: it goes by one of two names.
    fn take(&mut self, other: Self) {
        self.seen.extend(other.seen);
        self.trouble = self.trouble.or(other.trouble);
        let better = match (self.start, other.start) {
            (None, Some(_)) => true,
            (Some(known), Some(start)) => start < known,
            (_, None) => false,
        };
        if better || self.name.is_none() {
            self.name = other.name.or(self.name.take());
        }
        if better {
            self.start = other.start;
        }
        self.runs = match (self.runs, other.runs) {
            (Some(one), Some(other)) => Some(one || other),
            (known, other) => known.or(other),
        };
    }

    /// Of systemd's word and of what is seen to run: where the two do not agree it is not known.
    fn weigh_processes(&mut self, lines: &[String]) {
        let lines: Vec<&String> = lines.iter().filter(|line| is_service(line)).collect();
        self.seen.push(("processes".to_owned(), lines.len().to_string()));
        let (runs, trouble) = match (self.runs, lines.is_empty()) {
            (Some(true), true) => (None, Some(ServiceTrouble::NoProcess)),
            (Some(false), false) => (None, Some(ServiceTrouble::Orphan)),
            (_, none) => (Some(!none), self.trouble),
        };
        (self.runs, self.trouble) = (runs, trouble);
    }
}

impl UnitState {
    /// Whether this says, of the service of that name, whether it starts with the machine.
    fn settles(&self, name: &str) -> bool {
        self.name() == name && (self.is_missing() || self.service().start.is_some())
    }

    /// Whether systemd has such a unit and would start it.
    pub(super) fn is_loaded(&self) -> bool {
        self.load.as_deref() == Some("loaded")
    }

    fn is_missing(&self) -> bool {
        self.load.as_deref() == Some("not-found")
    }

    fn name(&self) -> &str {
        self.id.trim_end_matches(".service")
    }

    fn service(&self) -> AgentService {
        if self.is_missing() {
            return AgentService::default();
        }
        let start = match self.file.as_deref() {
            _ if self.load.as_deref() == Some("masked") => Some(ServiceStart::Masked),
            Some("masked" | "masked-runtime") => Some(ServiceStart::Masked),
            Some("enabled" | "enabled-runtime" | "alias" | "generated") => Some(ServiceStart::Enabled),
            Some("disabled") => Some(ServiceStart::Disabled),
            _ => None,
        };
        // Its process has just ended, and will be started again.
        let restarting = self.sub.as_deref().is_some_and(|sub| sub.starts_with("auto-restart"));
        let runs = match self.active.as_deref() {
            _ if restarting => Some(false),
            Some("active" | "reloading") => Some(true),
            Some("inactive" | "failed" | "deactivating") => Some(false),
            _ => None,
        };
        let for_now = self.file.as_deref() == Some("masked-runtime");
        let trouble = restarting
            .then_some(ServiceTrouble::Restarting)
            .or(for_now.then_some(ServiceTrouble::MaskedForNow));
        let words = [&self.load, &self.active, &self.sub, &self.file];
        let said: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
        let seen = vec![(format!("systemd on {}", self.id), said.join(", "))];
        AgentService { name: Some(self.name().to_owned()), start, runs, trouble, seen }
    }
}

/// Whether a command line is that of the agent at work, rather than of somebody who asks it for something.
pub(super) fn is_service(line: &str) -> bool {
    line.contains("-daemon") || line.contains("-run-exthandlers")
}

/// A unit or script that starts the agent, or a link to one, where any lies on the disk.
pub(super) fn unit_left(survey: &Survey) -> Option<String> {
    let found = SERVICES.iter().map(|name| on_disk(survey, name));
    let mut seen =
        found.filter(|found| found.start != Some(ServiceStart::Masked)).flat_map(|found| found.seen);
    seen.next().map(|(path, _)| path)
}

/// What lies on a disk of the service of one name.
fn on_disk(survey: &Survey, name: &str) -> AgentService {
    let unit = format!("{name}.service");
    let lists = |folder: &&&str, wanted: &str| {
        survey.folders.get(**folder).is_some_and(|names| names.iter().any(|each| each == wanted))
    };
    let mut service = AgentService::default();
    let masked = survey.links.iter().find(|(path, target)| {
        target.as_str() == "/dev/null" && path.ends_with(&format!("/systemd/system/{unit}"))
    });
    if let Some((path, _)) = masked {
        service.seen.push((path.clone(), "leads to /dev/null: it is masked".to_owned()));
        service.start = Some(ServiceStart::Masked);
    } else if let Some(folder) = WANTED.iter().find(|f| lists(f, &unit) || lists(f, name)) {
        service.seen.push(((*folder).to_owned(), format!("{unit}: it starts with the machine")));
        service.start = Some(ServiceStart::Enabled);
    } else if let Some(folder) = UNIT_FOLDERS.iter().find(|folder| lists(folder, &unit)) {
        service.seen.push(((*folder).to_owned(), format!("{unit}, which nothing starts with the machine")));
        service.start = all_looked(survey, &WANTED).then_some(ServiceStart::Disabled);
    } else {
        service = by_script(survey, name);
    }
    service.name = (!service.seen.is_empty()).then(|| name.to_owned());
    service
}

/// The same of machines without systemd.
fn by_script(survey: &Survey, name: &str) -> AgentService {
    let mut service = AgentService::default();
    let started = |entry: &String| {
        let number =
            entry.strip_prefix('S').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        number == Some(name)
    };
    let names = |folder: &&str| survey.folders.get(*folder).into_iter().flatten().collect::<Vec<_>>();
    if let Some(folder) = RUN_LEVELS.iter().find(|folder| names(folder).into_iter().any(started)) {
        service.seen.push(((*folder).to_owned(), format!("{name}: it starts with the machine")));
        service.start = Some(ServiceStart::Enabled);
        return service;
    }
    let is_script = |entry: &&String| **entry == name || **entry == format!("{name}.conf");
    let script = SCRIPTS.iter().find_map(|folder| {
        let entry = names(folder).into_iter().find(is_script)?;
        Some((*folder, entry))
    });
    if let Some((folder, entry)) = script {
        service.seen.push((folder.to_owned(), entry.clone()));
        // A job of upstart says itself when it starts; a script has to be linked to.
        let disabled = all_looked(survey, &RUN_LEVELS) && !folder.ends_with("/init");
        service.start = disabled.then_some(ServiceStart::Disabled);
    }
    service
}

/// Whether every one of these folders was listed, or is certain not to be there.
fn all_looked(survey: &Survey, folders: &[&str]) -> bool {
    folders.iter().all(|folder| survey.folders.contains_key(*folder) || survey.is_absent(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::{Looked, Read};
    use crate::input::{Place, Pointer};

    fn survey(folders: &[(&str, &[&str])], links: &[(&str, &str)]) -> Survey {
        let mut survey = Survey::default();
        for folder in WANTED.iter().chain(&RUN_LEVELS) {
            survey.looked.insert((*folder).to_owned(), Looked::Absent);
        }
        for (folder, names) in folders {
            survey
                .folders
                .insert((*folder).to_owned(), names.iter().map(|name| (*name).to_owned()).collect());
        }
        survey.links = links.iter().map(|(path, to)| ((*path).to_owned(), (*to).to_owned())).collect();
        survey
    }

    fn start(folders: &[(&str, &[&str])], links: &[(&str, &str)]) -> Option<ServiceStart> {
        LinuxAgent::default().service(Some(&survey(folders, links))).start
    }

    #[test]
    fn a_disk_tells_what_starts_with_the_machine() {
        let unit: (&str, &[&str]) = ("/lib/systemd/system", &["walinuxagent.service"]);
        let wanted: (&str, &[&str]) =
            ("/etc/systemd/system/multi-user.target.wants", &["walinuxagent.service", "x.service"]);
        let masked = ("/etc/systemd/system/walinuxagent.service", "/dev/null");
        assert_eq!(start(&[unit], &[]), Some(ServiceStart::Disabled));
        assert_eq!(start(&[unit, wanted], &[]), Some(ServiceStart::Enabled));
        assert_eq!(start(&[unit, wanted], &[masked]), Some(ServiceStart::Masked));
        assert_eq!(start(&[("/lib/systemd/system", &["waagent-network-setup.service"])], &[]), None);
        assert_eq!(start(&[("/etc/rc3.d", &["S99waagent"])], &[]), Some(ServiceStart::Enabled));
        assert_eq!(start(&[("/etc/init.d", &["waagent"])], &[]), Some(ServiceStart::Disabled));
        assert_eq!(start(&[("/etc/init", &["walinuxagent.conf"])], &[]), None);
        let mut unlisted = survey(&[unit], &[]);
        unlisted.looked.clear();
        assert_eq!(LinuxAgent::default().service(Some(&unlisted)).start, None);
    }

    #[test]
    fn systemd_and_the_processes_have_to_agree() {
        let place = Place { document: "d".into(), pointer: Pointer::root() };
        let unit = |active: &str, file: &str| UnitState {
            id: "waagent.service".to_owned(),
            load: Some("loaded".to_owned()),
            active: Some(active.to_owned()),
            sub: None,
            file: Some(file.to_owned()),
        };
        let said = |active: &str, processes: Option<&[&str]>| {
            let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
            let survey = Survey { processes: processes.map(lines), ..Survey::default() };
            let units = vec![Read { value: unit(active, "enabled"), place: place.clone() }];
            LinuxAgent { units, ..LinuxAgent::default() }.service(Some(&survey)).runs
        };
        assert_eq!(said("active", None), Some(true));
        assert_eq!(said("active", Some(&["python3 /usr/sbin/waagent -daemon"])), Some(true));
        assert_eq!(said("active", Some(&[])), None);
        assert_eq!(said("failed", Some(&[])), Some(false));
        assert_eq!(said("failed", Some(&["waagent --version"])), Some(false));
        assert_eq!(said("failed", Some(&["python3 x.egg -run-exthandlers"])), None);
        assert_eq!(said("activating", None), None);
        let looping = UnitState { sub: Some("auto-restart".to_owned()), ..unit("activating", "enabled") };
        assert_eq!(looping.service().runs, Some(false));
        assert_eq!(looping.service().trouble, Some(ServiceTrouble::Restarting));
        assert_eq!(unit("inactive", "masked").service().start, Some(ServiceStart::Masked));
    }

    #[test]
    fn the_word_of_systemd_outweighs_links() {
        let place = Place { document: "d".into(), pointer: Pointer::root() };
        let wanted: (&str, &[&str]) = ("/etc/systemd/system/default.target.wants", &["waagent.service"]);
        let start = |load: &str, file: &str| {
            let unit = UnitState {
                id: "waagent.service".to_owned(),
                load: Some(load.to_owned()),
                file: Some(file.to_owned()).filter(|file| !file.is_empty()),
                ..UnitState::default()
            };
            let units = vec![Read { value: unit, place: place.clone() }];
            LinuxAgent { units, ..LinuxAgent::default() }.service(Some(&survey(&[wanted], &[]))).start
        };
        assert_eq!(start("masked", "masked-runtime"), Some(ServiceStart::Masked));
        assert_eq!(start("loaded", "disabled"), Some(ServiceStart::Disabled));
        assert_eq!(start("not-found", ""), None);
        // Where systemd does not say it, the links do.
        assert_eq!(start("loaded", ""), Some(ServiceStart::Enabled));
    }
}
