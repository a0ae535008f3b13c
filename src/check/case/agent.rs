//! What is heard of the VM agent, and what the machine itself tells of it.

use super::{Case, Withheld};
use crate::backup::{AgentBand, AgentMinimum, AgentVersion, Workload, agent_minimum};
use crate::facts::Missing;
use crate::guest::{AgentPresence, Configuration, Machine, Read};
use crate::vm::{InstanceAgent, OsFamily, PowerState, VirtualMachine};

/// Where the configuration of the agent stands.
const CONFIGURATION: &str = "/etc/waagent.conf";

impl<'f> Case<'f> {
    /// Leaves where the backup asked for does without the VM agent.
    pub(in crate::check) fn needs_agent(&self) -> Result<(), Withheld> {
        if self.question.workload == Workload::Mars {
            return Err(Withheld::not_applicable("the MARS agent works without the VM agent"));
        }
        if self.question.workload == Workload::Vm && self.situation().agentless == Some(true) {
            let reason = "the policy is agentless: it needs neither the VM agent nor an extension";
            return Err(Withheld::not_applicable(reason));
        }
        Ok(())
    }

    /// Leaves where the backup asked for runs nothing inside the VM.
    pub(in crate::check) fn runs_inside(&self) -> Result<(), Withheld> {
        if self.question.workload == Workload::Mars { Ok(()) } else { self.needs_agent() }
    }

    /// What the platform last heard from the agent of a VM that runs.
    ///
    /// Inconclusive for a VM that does not run: its agent is silent, whatever state it is in.
    pub(in crate::check) fn agent(&self) -> Result<&'f InstanceAgent, Withheld> {
        let vm = self.vm()?;
        if let Some(power) = vm.power.as_ref().filter(|power| **power != PowerState::Running) {
            let reason = format!("the VM is {power}, and its agent speaks only while it runs");
            return Err(Withheld::inconclusive(reason));
        }
        let what = || format!("the instance view of `{}` (with the state of its VM agent)", vm.id.name());
        let missing = || Missing::new(what()).with_lookup("vm get-instance-view", &vm.id);
        Ok(vm.agent.as_ref().ok_or_else(missing)?)
    }

    /// The machine, where it has an agent or may have one.
    pub(in crate::check) fn machine_with_agent(&self) -> Result<&'f Machine, Withheld> {
        self.needs_agent()?;
        let machine = self.guest()?;
        match machine.agent_presence() {
            AgentPresence::Absent(_) => Err(Withheld::not_applicable("the machine has no VM agent")),
            AgentPresence::Present(_) | AgentPresence::Unknown(_) => Ok(machine),
        }
    }

    /// The same, where it runs Linux.
    pub(in crate::check) fn linux_with_agent(&self) -> Result<&'f Machine, Withheld> {
        let machine = self.machine_with_agent()?;
        if machine.family() == Some(OsFamily::Windows) {
            return Err(Withheld::not_applicable("the VM agent for Windows has no such thing"));
        }
        Ok(machine)
    }

    /// What `waagent.conf` says.
    pub(in crate::check) fn configuration(&self) -> Result<&'f Read<Configuration>, Withheld> {
        let machine = self.linux_with_agent()?;
        let read = machine.agent.configuration.as_ref().ok_or_else(|| self.unread(CONFIGURATION))?;
        if let Some(fault) = read.value.fault {
            return Err(Withheld::inconclusive(format!(
                "the agent itself cannot read its configuration: it is {fault}"
            )));
        }
        Ok(read)
    }

    /// The lowest versions for the VM's system; `None` where the documents of the profile name none.
    pub fn agent_minimum(&self, vm: &VirtualMachine) -> Result<Option<&'static AgentMinimum>, Missing> {
        let guest = || self.guest().ok().and_then(Machine::family);
        let os = vm.os.or_else(guest).or(self.question.assumed.situation.os);
        let missing = || {
            Missing::new(format!("the operating system of `{}`", vm.id.name())).with_lookup("vm show", &vm.id)
        };
        Ok(agent_minimum(os.ok_or_else(missing)?, self.question.profile))
    }

    /// How the agent stands against the minima: by what the machine itself tells, by what the platform heard, or else by the
    /// user's word. `None` where nothing tells.
    #[must_use]
    pub fn agent_band(&self, vm: &VirtualMachine) -> Option<AgentBand> {
        let guest = self.guest().ok();
        if guest.is_some_and(|machine| matches!(machine.agent_presence(), AgentPresence::Absent(_))) {
            return Some(AgentBand::Missing);
        }
        let assumed = self.question.assumed.situation.agent;
        let own = guest.and_then(|machine| machine.agent_in_effect().or_else(|| machine.installed_agent()));
        let Some(version) = own.map(|read| read.value).or_else(|| version(vm.agent.as_ref())) else {
            return assumed.or((vm.provision_agent == Some(false)).then_some(AgentBand::Missing));
        };
        let minimum = self.agent_minimum(vm).ok()??;
        // Whether it updates itself is known inside the VM alone.
        minimum.band(version, guest.and_then(Machine::auto_update)).or(assumed)
    }
}

/// The version that the platform heard; `None` also for the word `Unknown`.
pub(in crate::check) fn version(agent: Option<&InstanceAgent>) -> Option<AgentVersion> {
    agent?.version.as_deref()?.parse().ok()
}

/// Whether the agent says that it is ready; `None` where it says nothing.
pub(in crate::check) fn is_ready(agent: &InstanceAgent) -> Option<bool> {
    agent.status.as_deref().map(|status| status.eq_ignore_ascii_case("Ready"))
}
