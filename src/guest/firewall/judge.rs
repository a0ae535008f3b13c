//! What becomes of a connection: the walk of its packets through all rule sets.

use std::collections::BTreeMap;

use super::condition::{Holds, all};
use super::packet::{Attempt, Packet};
use super::{Action, Chain, GuestFirewall, Hook, Policy, Rule, Station, Table};

/// How deep chains may lead to one another; the kernel allows fewer.
const DEEPEST: usize = 64;
/// How many rules are looked at for one packet, so that no document can keep this busy.
const MOST: usize = 400_000;
/// The priority at which the kernel looks up the connection of a packet that arrives or leaves.
const LOOKED_UP: i32 = -200;
/// How many rules an open verdict names.
const NAMED: usize = 8;

/// What becomes of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<'f> {
    /// No rule stops it, whatever is not known.
    Accepted,
    /// This stops it, whatever is not known.
    Stopped(Decider<'f>),
    /// It depends on these, the first few of them. None where what is not known is not in a rule.
    Open(Vec<Decider<'f>>),
}

/// A rule, or the policy of a base chain, that decides on a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decider<'f> {
    /// Which of the rule sets asked, counted from 0.
    pub firewall: usize,
    /// Its table.
    pub table: &'f Table,
    /// Its chain.
    pub chain: &'f Chain,
    /// The rule; `None` for the policy.
    pub rule: Option<&'f Rule>,
    /// Whether it decides on packets that leave the VM, rather than on answers.
    pub leaving: bool,
}

/// What becomes of an attempt under rule sets that are all in force.
///
/// Every packet that a connection cannot do without is followed: the one that asks for it, the answer, and what comes
/// after. One that is stopped for certain settles it, and so do rules that let all of them pass.
#[must_use]
pub fn judge<'f>(firewalls: &[&'f GuestFirewall], attempt: &Attempt) -> Verdict<'f> {
    let mut open = firewalls.iter().any(|firewall| !firewall.open.is_empty() || !firewall.beside.is_empty());
    let mut because: Vec<Decider<'f>> = Vec::new();
    // A rule that the first packet meets can mark the connection, or leave it unfollowed, for all that come after.
    let (mut unmarked, mut tracked) = (true, true);
    for mut packet in Packet::all(*attempt) {
        (packet.unmarked, packet.tracked) = (unmarked, tracked);
        let mut walk = Walk::of(packet);
        if let Some(stopper) = walk.stopper(&bases(firewalls, &walk.packet)) {
            return Verdict::Stopped(stopper);
        }
        (unmarked, tracked) = (walk.packet.unmarked, walk.packet.tracked);
        open |= walk.open;
        for decider in walk.because {
            if because.len() < NAMED && !because.iter().any(|known| known.rule == decider.rule) {
                because.push(decider);
            }
        }
    }
    if open { Verdict::Open(because) } else { Verdict::Accepted }
}

/// A base chain with all that its rules can lead to.
struct Base<'f> {
    firewall: usize,
    table: &'f Table,
    chain: &'f Chain,
    hook: Hook,
}

/// The base chains that a packet passes, in order.
fn bases<'f>(firewalls: &[&'f GuestFirewall], packet: &Packet) -> Vec<Base<'f>> {
    let way: &[Station] = if packet.leaves() {
        &[Station::Output, Station::Postrouting, Station::Egress]
    } else {
        &[Station::Ingress, Station::Prerouting, Station::Input]
    };
    let mut found = Vec::new();
    for (firewall, set) in firewalls.iter().enumerate() {
        for table in &set.tables {
            let based = table.chains.iter().filter_map(|chain| chain.hook.map(|hook| (chain, hook)));
            let met = based.filter(|(_, hook)| way.contains(&hook.at) && (!hook.translates || packet.asks()));
            found.extend(met.map(|(chain, hook)| Base { firewall, table, chain, hook }));
        }
    }
    found.sort_by_key(|base| (way.iter().position(|station| *station == base.hook.at), base.hook.priority));
    found
}

/// One packet on its way.
struct Walk<'f> {
    packet: Packet,
    /// Whether it may be stopped or not, as far as it has come.
    open: bool,
    /// Whether something else may have become of it already.
    strayed: bool,
    /// What that depends on.
    because: Vec<Decider<'f>>,
    looked: usize,
}

/// How packets can leave a chain; more than one is possible where something is not known.
#[derive(Default)]
struct Ends<'f> {
    /// By going on to the next base chain.
    accepted: bool,
    /// By being stopped: for certain, if at all.
    stopped: Option<Decider<'f>>,
    /// By being stopped by a rule that may not match.
    maybe_stopped: Option<Decider<'f>>,
    /// By being sent elsewhere.
    elsewhere: bool,
    /// By reaching the end.
    falls: bool,
    /// What decides which.
    because: Vec<Decider<'f>>,
}

impl<'f> Ends<'f> {
    /// Adds how packets leave a chain that this one leads to; for certain, if they get there.
    fn add(&mut self, below: &Self) {
        self.accepted |= below.accepted;
        self.elsewhere |= below.elsewhere;
        self.stopped = self.stopped.or(below.stopped);
        self.maybe_stopped = self.maybe_stopped.or(below.maybe_stopped);
        below.because.iter().for_each(|decider| self.depend_on(*decider));
    }

    fn depend_on(&mut self, decider: Decider<'f>) {
        if self.because.len() < NAMED {
            self.because.push(decider);
        }
    }
}

impl<'f> Walk<'f> {
    const fn of(packet: Packet) -> Self {
        Self { packet, open: false, strayed: false, because: Vec::new(), looked: 0 }
    }

    /// What stops the packet for certain.
    fn stopper(&mut self, bases: &[Base<'f>]) -> Option<Decider<'f>> {
        bases.iter().find_map(|base| self.enter(base))
    }

    /// The same in one base chain.
    fn enter(&mut self, base: &Base<'f>) -> Option<Decider<'f>> {
        self.packet.looked_up = match base.hook.at {
            Station::Ingress => Some(false),
            // Chains of the very same priority are entered in the order in which they were made.
            Station::Output | Station::Prerouting if base.hook.priority == LOOKED_UP => None,
            Station::Output | Station::Prerouting => Some(base.hook.priority > LOOKED_UP),
            Station::Input | Station::Forward | Station::Postrouting | Station::Egress => Some(true),
        };
        let index = base.table.chains.iter().map(|chain| (chain.name.as_str(), chain)).collect();
        let mut ends = self.chain(Within { base, index: &index, depth: 0 }, base.chain);
        if ends.falls {
            let policy = self.decider(base, base.chain, None);
            match base.hook.policy {
                Policy::Accept => ends.accepted = true,
                Policy::Drop => ends.stopped = ends.stopped.or(Some(policy)),
                Policy::Open => {
                    ends.elsewhere = true;
                    ends.depend_on(policy);
                }
            }
        }
        // Which device it passes is not known, so those rules may not be met at all.
        ends.accepted |= matches!(base.hook.at, Station::Ingress | Station::Egress);
        let stopped = ends.stopped.or(ends.maybe_stopped);
        let certain = !ends.accepted && !ends.elsewhere && !self.strayed;
        if certain && stopped.is_some() {
            return stopped;
        }
        if stopped.is_some() || ends.elsewhere {
            self.open = true;
            self.strayed |= ends.elsewhere;
            self.because.append(&mut ends.because);
            self.because.extend(ends.stopped);
        }
        None
    }

    fn chain(&mut self, within: Within<'_, 'f>, chain: &'f Chain) -> Ends<'f> {
        let mut ends = Ends::default();
        for rule in &chain.rules {
            self.looked += 1;
            if self.looked > MOST {
                ends.elsewhere = true;
                return ends;
            }
            let holds = all(&rule.conditions, &self.packet);
            if holds == Holds::No {
                continue;
            }
            let decider = self.decider(within.base, chain, Some(rule));
            let (mut then, leaves) = self.act(within, decider);
            if holds == Holds::Maybe {
                then.maybe_stopped = then.maybe_stopped.or(then.stopped.take());
                if leaves {
                    ends.depend_on(decider);
                }
            }
            ends.falls |= then.falls;
            ends.add(&then);
            if leaves && holds == Holds::Yes {
                return ends;
            }
        }
        ends.falls = true;
        ends
    }

    /// Does what a rule does: how packets that it matches leave its chain, and whether they surely do.
    fn act(&mut self, within: Within<'_, 'f>, decider: Decider<'f>) -> (Ends<'f>, bool) {
        let mut ends = Ends::default();
        for action in decider.rule.iter().flat_map(|rule| &rule.actions) {
            match action {
                Action::Accept => ends.accepted = true,
                Action::Drop => ends.stopped = Some(decider),
                Action::Return => ends.falls = true,
                Action::Elsewhere => {
                    ends.elsewhere = true;
                    ends.depend_on(decider);
                }
                Action::Mark => {
                    self.packet.unmarked = false;
                    continue;
                }
                Action::Untrack => {
                    self.packet.tracked = false;
                    continue;
                }
                Action::Jump(name) | Action::Goto(name) => {
                    let below = self.called(within, name);
                    ends.add(&below);
                    if below.falls && matches!(action, Action::Jump(_)) {
                        continue;
                    }
                    ends.falls |= below.falls;
                }
            }
            return (ends, true);
        }
        let may_leave = ends.accepted || ends.elsewhere || ends.stopped.or(ends.maybe_stopped).is_some();
        if may_leave {
            // Some of them stay: what stops the others is not certain for all.
            ends.maybe_stopped = ends.maybe_stopped.or(ends.stopped.take());
        }
        (ends, false)
    }

    fn called(&mut self, within: Within<'_, 'f>, name: &str) -> Ends<'f> {
        match within.index.get(name) {
            Some(chain) if within.depth < DEEPEST => {
                self.chain(Within { depth: within.depth + 1, ..within }, chain)
            }
            _ => Ends { elsewhere: true, ..Ends::default() },
        }
    }

    fn decider(&self, base: &Base<'f>, chain: &'f Chain, rule: Option<&'f Rule>) -> Decider<'f> {
        Decider { firewall: base.firewall, table: base.table, chain, rule, leaving: self.packet.leaves() }
    }
}

/// Where a walk is.
#[derive(Clone, Copy)]
struct Within<'w, 'f> {
    base: &'w Base<'f>,
    index: &'w BTreeMap<&'f str, &'f Chain>,
    depth: usize,
}
