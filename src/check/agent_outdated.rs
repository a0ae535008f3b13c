//! The VM agent is older than backup, or its support, asks for.

use super::case::agent_version;
use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{AgentBand, AgentMinimum, AgentVersion, Severity};
use crate::facts::Missing;
use crate::guest::{AgentPresence, Machine};
use crate::input::Place;
use crate::vm::{OsFamily, VirtualMachine};

pub(super) const CHECK: Check = Check {
    id: "agent-outdated",
    title: "the VM agent is too old",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export, Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The version of the VM agent that is in effect (the goal-state version: what the machine itself tells, or else what the \
instance view reports) against the versions that Microsoft documents as the lowest.

## Why it matters for backup

Below the first minimum the snapshot extension does not work. Between the two the agent is out of support, and the host \
no longer relays storage for it: the VM itself must then reach Azure Storage of its region, so that rules and routes \
that are harmless otherwise stop its backup.

## How it decides

Windows: below 2.6.1198.718 blocks, below 2.7.41491.1010 warns. Linux: below 2.2.53.1 blocks; an agent above 2.1.7 is \
supported if it updates itself, which only the machine tells (`waagent.conf`), so an export alone gives a warning. The \
founding documents name no number for Linux. No version heard is inconclusive. Not applicable under an agentless policy and for the MARS agent.

## How to fix

Windows: reinstall the agent's MSI. Linux: update from the distribution's repository, not from GitHub, and leave \
`AutoUpdate.Enabled` on. Only while no backup runs.

## References

- https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/support-extensions-agent-version
- https://learn.microsoft.com/azure/backup/backup-azure-arm-vms-prepare
- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let vm = case.vm()?;
    let Some(minimum) = case.agent_minimum(vm)? else {
        return Err(Withheld::not_applicable(
            "the documents of this profile name no lowest version for Linux",
        ));
    };
    let seen = Seen::of(case, vm)?;
    let band = seen
        .version
        .map_or(case.question.assumed.situation.agent, |version| minimum.band(version, seen.auto_update));
    let shown = seen.version.map_or_else(|| "as assumed".to_owned(), |version| version.to_string());
    let evidence = seen.evidence(minimum, &shown);
    let (severity, sources, claim) = match band {
        Some(AgentBand::Supported) => return Ok(Conclusion::Pass(evidence)),
        Some(AgentBand::Missing) => return Err(Withheld::not_applicable("the VM has no agent")),
        Some(AgentBand::Unsupported) => {
            let claim = format!("is too old for backup, which takes {} or later", minimum.blocker);
            (Severity::Blocker, minimum.blocker_sources, claim)
        }
        Some(AgentBand::Warning) => {
            let claim = "is out of support: the VM itself must reach Azure Storage of its region".to_owned();
            (Severity::Warning, minimum.support_sources, claim)
        }
        None => {
            let claim = "is supported only if it updates itself, which the machine alone tells".to_owned();
            (Severity::Warning, minimum.support_sources, claim)
        }
    };
    let mut found = Finding::new(format!("VM agent {shown} {claim}"), vm.id.as_str())
        .weighing(severity)
        .at(&seen.place)
        .citing(sources)
        .citing(documented(&["TSVM"]));
    found.evidence = evidence;
    Ok(Conclusion::Fail(vec![found.remedied_by(remedy(minimum.os))]))
}

/// What is known of the agent of the VM.
struct Seen {
    version: Option<AgentVersion>,
    auto_update: Option<bool>,
    place: Place,
}

impl Seen {
    /// By the machine itself, or else by what the platform heard; `version` is `None` where the user vouches for it.
    fn of(case: &Case<'_>, vm: &VirtualMachine) -> Result<Self, Withheld> {
        let guest = case.guest().ok();
        if guest.is_some_and(|machine| matches!(machine.agent_presence(), AgentPresence::Absent(_))) {
            return Err(Withheld::not_applicable("the VM has no agent"));
        }
        let auto_update = guest.and_then(Machine::auto_update);
        let own = guest.and_then(|machine| machine.agent_in_effect().or_else(|| machine.installed_agent()));
        if let Some(read) = own {
            return Ok(Self { version: Some(read.value), auto_update, place: read.place });
        }
        let version = agent_version(vm.agent.as_ref());
        if version.is_none() && case.question.assumed.situation.agent.is_none() {
            return Err(unknown(case, vm));
        }
        Ok(Self { version, auto_update, place: vm.place.clone() })
    }

    fn evidence(&self, minimum: &AgentMinimum, shown: &str) -> Vec<Evidence> {
        let mut evidence = vec![
            Evidence::text("agent version", shown),
            Evidence::text("lowest for backup", minimum.blocker.to_string()),
            Evidence::text("lowest in support", minimum.support.to_string()),
        ];
        let updates = self.auto_update.map(|updates| if updates { "yes" } else { "no" });
        evidence.extend(updates.map(|updates| Evidence::text("updates itself", updates)));
        evidence
    }
}

fn unknown(case: &Case<'_>, vm: &VirtualMachine) -> Withheld {
    if !case.question.sources.contains(&Source::Export) {
        return Withheld::inconclusive("nothing on the machine tells the version of its VM agent");
    }
    match case.agent() {
        Err(withheld) => withheld,
        Ok(_) => Missing::new(format!("the version of the VM agent of `{}`", vm.id.name()))
            .with_lookup("vm get-instance-view", &vm.id)
            .into(),
    }
}

fn remedy(os: OsFamily) -> Remediation {
    let update = match os {
        OsFamily::Windows => {
            "reinstall the agent from its MSI, https://go.microsoft.com/fwlink/?LinkID=394789"
        }
        OsFamily::Linux => {
            "update the agent from the distribution's repository (`walinuxagent` or `WALinuxAgent`)"
        }
    };
    Remediation::new("update the VM agent inside the VM")
        .step("wait until no backup of the VM runs")
        .step(update)
        .step("then look at the version again: `az vm get-instance-view`")
}
