//! The rules that the VM agent for Linux sets up itself.

use super::condition::{Condition, Field};
use super::packet::{Attempt, Sender};
use super::{Action, GuestFirewall, Rule, Table};
use super::{Verdict, judge};
use crate::azure::platform;

/// Rules of the VM agent for Linux that keep everybody but root from the host, as `OS.EnableFirewall` asks for.
///
/// Three in the table `security` of iptables (port 53 passes, root passes, the rest is dropped), or one in the table
/// `walinuxagent` of nftables. Source: `azurelinuxagent/ga/firewall_manager.py` of the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgentRules<'f> {
    /// The table they are in.
    pub table: &'f Table,
    /// Whether they let root through.
    pub whole: bool,
}

impl GuestFirewall {
    /// The agent's own rules, where they are here.
    #[must_use]
    pub fn agent_rules(&self) -> Option<AgentRules<'_>> {
        let table = self.tables.iter().find(|table| {
            table.is_of_agent()
                && table
                    .chains
                    .iter()
                    .any(|chain| chain.hook.is_some() && chain.rules.iter().any(keeps_others_out))
        })?;
        let alone = Self { tables: vec![table.clone()], ..Self::new(self.kind) };
        let attempt = Attempt {
            address: platform::WIRE_SERVER,
            port: platform::WIRE_SERVER_PORT,
            sender: Sender::Root,
        };
        let whole = judge(&[&alone], &attempt) == Verdict::Accepted;
        Some(AgentRules { table, whole })
    }
}

impl Table {
    /// Whether it is one that the agent keeps its own rules in.
    #[must_use]
    pub fn is_of_agent(&self) -> bool {
        self.family == "ip" && ["security", "walinuxagent"].contains(&self.name.as_str())
    }
}

/// Whether a rule drops new connections to the host, and none to anything else.
fn keeps_others_out(rule: &Rule) -> bool {
    let host = u32::from(platform::WIRE_SERVER);
    let names = |field| {
        rule.conditions.iter().any(|condition| matches!(condition, Condition::Among(of, _) if *of == field))
    };
    rule.actions == [Action::Drop]
        && rule.conditions.contains(&Condition::is(Field::Destination, host))
        && names(Field::State)
}
