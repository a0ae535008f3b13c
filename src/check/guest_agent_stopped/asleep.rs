//! What keeps an agent from working though its service runs.

use super::super::finding::documented;
use super::super::{Case, Evidence, Finding, Remediation, Withheld};
use crate::guest::{ConfigurationFault, Machine};
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
        let message = format!("the file `{folder}/{SLEEP}` has the VM agent sleep for ever");
        let remedy = Remediation::new("take the file away, then restart the service of the VM agent")
            .step(format!("as root: `rm {folder}/{SLEEP}`"))
            .step("look whether extensions are allowed on the VM, too: `allowExtensionOperations`");
        return Some(told(message, subject).remedied_by(remedy));
    }
    let survey = &machine.survey.as_ref()?.value;
    let gone = machine.family() == Some(OsFamily::Linux) && configuration.is_none();
    if gone && CONFIGURATIONS.iter().all(|path| survey.is_absent(path)) {
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

/// Leaves where the folder of the agent could not be looked into.
pub(super) fn looked(case: &Case<'_>, machine: &Machine) -> Result<(), Withheld> {
    let Ok(survey) = case.survey() else { return Ok(()) };
    let library = machine.agent_library();
    let known = survey.folders.contains_key(library) || survey.is_absent(library);
    if known || machine.family() == Some(OsFamily::Windows) { Ok(()) } else { Err(case.unread(library)) }
}

fn asleep(machine: &Machine) -> Option<String> {
    let survey = &machine.survey.as_ref()?.value;
    let names = survey.folders.get(machine.agent_library())?;
    let there = names.iter().any(|name| name == SLEEP);
    there.then(|| machine.agent_library().escape_debug().to_string())
}

fn told(message: String, subject: &str) -> Finding {
    Finding::new(message, subject).citing(documented(&["WALA", "TSAGENT"]))
}
