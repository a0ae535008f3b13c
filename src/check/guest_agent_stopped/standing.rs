//! What the service of the VM agent does, and what to do about that.

use super::super::finding::documented;
use super::super::{Finding, Remediation};
use crate::backup::Severity;
use crate::guest::{AgentService, Machine, ServiceStart, ServiceTrouble};
use crate::script::shell;
use crate::vm::OsFamily;

/// What is wrong with the service, if anything is known to be.
pub(super) fn finding(service: &AgentService, machine: &Machine, subject: &str) -> Option<Finding> {
    let name = service.name.as_deref().unwrap_or("waagent");
    let live = machine.survey.as_ref().map(|survey| survey.value.live);
    let windows = machine.family() == Some(OsFamily::Windows);
    let (claim, severity) = claim(service, live == Some(true))?;
    let message = format!("the service `{}` of the VM agent {claim}", name.escape_debug());
    let sources: &'static [&'static str] =
        if windows { &["TSAGENT", "WINTS"] } else { &["TSAGENT", "LINTS"] };
    let remedy =
        if live == Some(false) && !windows { on_disk(service, name) } else { remedy(service, name, windows) };
    Some(Finding::new(message, subject).weighing(severity).citing(documented(sources)).remedied_by(remedy))
}

fn claim(service: &AgentService, live: bool) -> Option<(&'static str, Severity)> {
    Some(match (service.start, service.runs) {
        (_, Some(false)) if service.trouble == Some(ServiceTrouble::Gone) => {
            ("is not there", Severity::Blocker)
        }
        (Some(ServiceStart::Masked), Some(true)) => {
            ("runs, but is masked: nothing can start it again", Severity::Warning)
        }
        (Some(ServiceStart::Masked), Some(false)) => ("is masked: nothing can start it", Severity::Blocker),
        (_, Some(false)) if service.trouble == Some(ServiceTrouble::Restarting) => {
            ("ends as soon as it is started, and is restarted over and over", Severity::Blocker)
        }
        (Some(ServiceStart::Disabled), Some(false)) => {
            ("neither runs nor starts with the machine", Severity::Blocker)
        }
        (_, Some(false)) => ("does not run", Severity::Blocker),
        (Some(ServiceStart::Disabled), Some(true)) => {
            ("runs, but does not start with the machine", Severity::Warning)
        }
        // Of a machine that runs it would have to be known whether the service does.
        (_, None) if live => return None,
        (Some(ServiceStart::Masked), None) => ("is masked: nothing can start it", Severity::Blocker),
        (Some(ServiceStart::Disabled), None) => ("does not start with the machine", Severity::Blocker),
        (_, _) => return None,
    })
}

/// What changes the service of a disk, and not that of the machine where the disk is mounted.
fn on_disk(service: &AgentService, name: &str) -> Remediation {
    let masked = (service.start == Some(ServiceStart::Masked)).then_some("unmask");
    let verbs = masked.into_iter().chain(["enable"]);
    let commands: Vec<String> =
        verbs.map(|verb| shell::line(["systemctl", "--root=DIR", verb, name])).collect();
    Remediation::new("have the VM agent start with the machine")
        .step(format!("as root, DIR being where the disk is mounted: `{}`", commands.join(" && ")))
        .for_disk()
}

fn remedy(service: &AgentService, name: &str, windows: bool) -> Remediation {
    let start = Remediation::new("start the VM agent, and have it start with the machine");
    if service.trouble == Some(ServiceTrouble::Gone) {
        return Remediation::new("install the VM agent again")
            .step("run the agent's MSI, https://go.microsoft.com/fwlink/?LinkID=394789");
    }
    if windows {
        return start.step(format!(
            "as administrator: `sc.exe config {name} start= auto`, then `sc.exe start {name}`"
        ));
    }
    if service.runs == Some(false) && service.trouble == Some(ServiceTrouble::Restarting) {
        let looked = shell::line(["journalctl", "--unit", name, "--lines", "50"]);
        return Remediation::new("find out why the VM agent ends, then start it")
            .step(format!("as root: `{looked}`, and the end of `/var/log/waagent.log`"))
            .step("an error of Python there is of the agent's package: install it again");
    }
    let enabled = shell::line(["systemctl", "enable", "--now", name]);
    let unmasked = match (service.start, service.trouble) {
        (Some(ServiceStart::Masked), Some(ServiceTrouble::MaskedForNow)) => {
            Some(shell::line(["systemctl", "unmask", "--runtime", name]))
        }
        (Some(ServiceStart::Masked), _) => Some(shell::line(["systemctl", "unmask", name])),
        (_, _) => None,
    };
    let command = unmasked.into_iter().chain([enabled]).collect::<Vec<_>>().join(" && ");
    start.step(format!("as root: `{command}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(start: Option<ServiceStart>, runs: Option<bool>) -> AgentService {
        AgentService { name: Some("waagent".to_owned()), start, runs, ..AgentService::default() }
    }

    fn step(service: &AgentService) -> String {
        remedy(service, "waagent", false).steps.concat()
    }

    #[test]
    fn a_mask_is_taken_off_where_it_is() {
        let mut masked = service(Some(ServiceStart::Masked), Some(false));
        assert!(step(&masked).contains("`systemctl unmask waagent && systemctl enable --now waagent`"));
        masked.trouble = Some(ServiceTrouble::MaskedForNow);
        assert!(step(&masked).contains("`systemctl unmask --runtime waagent && "));
        assert!(!step(&service(None, Some(false))).contains("unmask"));
    }

    #[test]
    fn a_disk_is_named_in_what_changes_it() {
        let steps = |start| on_disk(&service(Some(start), None), "waagent").steps.concat();
        assert!(steps(ServiceStart::Disabled).ends_with(": `systemctl --root=DIR enable waagent`"));
        let both = "`systemctl --root=DIR unmask waagent && systemctl --root=DIR enable waagent`";
        assert!(steps(ServiceStart::Masked).ends_with(both));
    }

    #[test]
    fn of_a_machine_that_runs_it_has_to_be_known_whether_the_service_does() {
        let off = service(Some(ServiceStart::Disabled), None);
        assert_eq!(claim(&off, true), None);
        assert!(claim(&off, false).is_some());
        let masked = service(Some(ServiceStart::Masked), Some(true));
        assert_eq!(claim(&masked, true).map(|(_, severity)| severity), Some(Severity::Warning));
    }
}
