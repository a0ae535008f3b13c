//! Firewalls inside a VM, as rule sets: what becomes of the packets that the VM agent exchanges with its host.
//!
//! One model serves iptables and nftables, because the kernel walks both alike: a packet passes *hooks*; at each, *base
//! chains* in the order of their priorities; in each, the first rule that matches and decides. To be accepted by one base
//! chain only leads to the next; to be dropped by any is the end.
//!
//! Rules may ask for what is not known here: a set kept elsewhere, a rate, a program. Such a rule may match or not, and a
//! verdict is [`Verdict::Open`] where that matters. Nothing is guessed.

mod agent_rules;
mod condition;
mod judge;
mod packet;
mod standing;
#[cfg(test)]
mod tests;
mod windows;

pub use agent_rules::AgentRules;
pub use condition::{Condition, Field, Side, states};
pub use judge::{Decider, Verdict, judge};
pub use packet::{Attempt, Sender};
pub use standing::Standing;
pub use windows::{Profile, ProfileSettings, WindowsDecider, WindowsFirewall, WindowsRule, WindowsVerdict};

/// The rule set of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestFirewall {
    /// What wrote it.
    pub kind: FirewallKind,
    /// Its tables, those that see no IPv4 packet left out.
    pub tables: Vec<Table>,
    /// What else there is and was not read, one clause each without full stop; nothing is accepted for certain then.
    pub open: Vec<String>,
    /// Rule sets of other kinds that it says are there as well; nothing is accepted for certain unless they were read.
    pub beside: Vec<FirewallKind>,
    /// Whether a setting says that it is not loaded at all.
    pub is_off: bool,
}

/// What a rule set was written by, and whether it is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FirewallKind {
    /// `iptables-save` of the kernel's own tables of iptables: in force.
    IptablesLegacy,
    /// `iptables-save` of iptables that keeps its rules in nftables: in force.
    IptablesOverNft,
    /// `nft list ruleset`: in force. Rules of iptables show up in it, what they ask for does not.
    Nftables,
    /// A file that iptables is loaded from when the machine starts.
    SavedIptables,
    /// A file that nftables is loaded from when the machine starts.
    SavedNftables,
    /// A file of ufw.
    Ufw,
    /// A file of firewalld.
    Firewalld,
}

impl FirewallKind {
    /// Whether these rules were in force when they were read.
    #[must_use]
    pub const fn is_in_force(self) -> bool {
        matches!(self, Self::IptablesLegacy | Self::IptablesOverNft | Self::Nftables)
    }

    /// What it is, as a noun phrase.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::IptablesLegacy => "the rules of legacy iptables",
            Self::IptablesOverNft => "the rules of iptables",
            Self::Nftables => "the rules of nftables",
            Self::SavedIptables => "the saved rules of iptables",
            Self::SavedNftables => "the saved rules of nftables",
            Self::Ufw => "the rules of ufw",
            Self::Firewalld => "the rules of firewalld",
        }
    }
}

/// A table: chains that can call one another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Its family in nftables: `ip`, `inet`, `netdev`.
    pub family: String,
    /// Its name.
    pub name: String,
    /// Its chains.
    pub chains: Vec<Chain>,
}

/// A list of rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain {
    /// Its name.
    pub name: String,
    /// Where packets enter it by themselves; `None` where rules lead to it.
    pub hook: Option<Hook>,
    /// Its rules, in order.
    pub rules: Vec<Rule>,
}

/// Where packets enter a base chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hook {
    /// The station on a packet's way.
    pub at: Station,
    /// Whether only the first packet of a connection enters, to have its addresses changed.
    pub translates: bool,
    /// The smaller the earlier.
    pub priority: i32,
    /// What becomes of packets that no rule decides on.
    pub policy: Policy,
}

/// A station on the way of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Station {
    /// A device that a packet arrives at; which one is not looked at.
    Ingress,
    /// Arrived from outside.
    Prerouting,
    /// For a program here.
    Input,
    /// Passed through.
    Forward,
    /// From a program here.
    Output,
    /// About to leave.
    Postrouting,
    /// A device that a packet leaves through; which one is not looked at.
    Egress,
}

/// What becomes of packets that no rule of a base chain decides on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Policy {
    /// They go on.
    Accept,
    /// They end here.
    Drop,
    /// Not known.
    Open,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// As it is written, on one line. From the document: whoever shows it escapes.
    pub text: String,
    /// What must hold, all of it.
    pub conditions: Vec<Condition>,
    /// What happens then, in order.
    pub actions: Vec<Action>,
    /// How it is called when it is to be taken out.
    pub handle: Handle,
}

/// What a rule does with a packet that it matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The packet goes on to the next base chain.
    Accept,
    /// The packet ends here, whether its sender is told or not.
    Drop,
    /// Back to the rule after the one that led here.
    Return,
    /// On to another chain of the table, and back.
    Jump(String),
    /// On to another chain of the table, and back to where this one was called from.
    Goto(String),
    /// The packet's mark becomes another.
    Mark,
    /// The connection is not followed: its state is another than that of a new or established one.
    Untrack,
    /// Something else becomes of it: it is sent elsewhere, or a program decides.
    Elsewhere,
}

/// How a rule is called when it is to be taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handle {
    /// By its words after the name of the chain, for `iptables -D`.
    Words(Vec<String>),
    /// By its number, for `nft delete rule`.
    Number(u64),
    /// By its line in the document, counted from 1.
    Line(usize),
    /// By its place in the document.
    Text,
}

impl GuestFirewall {
    /// Without tables.
    #[must_use]
    pub const fn new(kind: FirewallKind) -> Self {
        Self { kind, tables: Vec::new(), open: Vec::new(), beside: Vec::new(), is_off: false }
    }

    /// The table of this family and name, made where it is not there yet.
    pub fn table(&mut self, family: &str, name: &str) -> &mut Table {
        let found = self.tables.iter().position(|table| table.family == family && table.name == name);
        let at = found.unwrap_or_else(|| {
            let table = Table { family: family.to_owned(), name: name.to_owned(), chains: Vec::new() };
            self.tables.push(table);
            self.tables.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "found or just added")]
        &mut self.tables[at]
    }
}

impl Table {
    /// The chain of this name, made where it is not there yet.
    pub fn chain(&mut self, name: &str) -> &mut Chain {
        let at = self.chains.iter().position(|chain| chain.name == name).unwrap_or_else(|| {
            self.chains.push(Chain { name: name.to_owned(), ..Chain::default() });
            self.chains.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "found or just added")]
        &mut self.chains[at]
    }
}

impl Rule {
    /// One without conditions that leads to another chain.
    pub(crate) fn leading_to(chain: &str, to: &str) -> Self {
        let text = format!("-A {chain} -j {to}");
        Self {
            text,
            conditions: Vec::new(),
            actions: vec![Action::Jump(to.to_owned())],
            handle: Handle::Text,
        }
    }

    /// One that stands for those of a chain that were not read.
    fn unread(chain: &str) -> Self {
        let text = format!("the rules of {chain}, which were not read");
        Self {
            text,
            conditions: vec![Condition::Unknown],
            actions: vec![Action::Elsewhere],
            handle: Handle::Text,
        }
    }
}
