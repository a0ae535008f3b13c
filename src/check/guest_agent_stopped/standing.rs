//! What the service of the VM agent does, and what to do about that.

use super::super::finding::documented;
use super::super::{Finding, Remediation};
use crate::backup::Severity;
use crate::guest::{AgentService, ServiceStart, ServiceTrouble};
use crate::script::shell;
use crate::vm::OsFamily;

/// What is wrong with the service, if anything is known to be; `live` of a machine that runs.
pub(super) fn finding(
    service: &AgentService,
    live: bool,
    (family, subject): (Option<OsFamily>, &str),
) -> Option<Finding> {
    let name = service.name.as_deref().unwrap_or("waagent");
    let (claim, severity) = claim(service, live)?;
    let message = format!("the service `{}` of the VM agent {claim}", name.escape_debug());
    let found =
        Finding::new(message, subject).weighing(severity).citing(documented(&["TSAGENT", "LINTS", "WINTS"]));
    Some(found.remedied_by(remedy(service, name, family == Some(OsFamily::Windows))))
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
    fn of_a_machine_that_runs_it_has_to_be_known_whether_the_service_does() {
        let off = service(Some(ServiceStart::Disabled), None);
        assert_eq!(claim(&off, true), None);
        assert!(claim(&off, false).is_some());
        let masked = service(Some(ServiceStart::Masked), Some(true));
        assert_eq!(claim(&masked, true).map(|(_, severity)| severity), Some(Severity::Warning));
    }
}
