//! Rules of Linux.

use super::remedy::remedy;
use super::{PORTS, ports, shown};
use crate::azure::platform::WIRE_SERVER;
use crate::backup::Severity;
use crate::check::finding::documented;
use crate::check::{Case, Conclusion, Evidence, Finding, Withheld};
use crate::facts::Missing;
use crate::guest::firewall::{
    Attempt, Decider, FirewallKind, GuestFirewall, Policy, Sender, Standing, Verdict, judge,
};
use crate::guest::{Looked, Machine, Read};

/// What the kernel has, by the names of the documents.
const IN_FORCE: [&str; 3] = [NFT, IPTABLES, "commands/iptables-legacy-save.txt"];
const NFT: &str = "commands/nft-ruleset.json";
const IPTABLES: &str = "commands/iptables-save.txt";

/// What is loaded at the start, and where.
const SAVED: [&str; 7] = [
    "/etc/iptables",
    "/etc/sysconfig/iptables",
    "/etc/nftables.conf",
    "/etc/sysconfig/nftables.conf",
    "/etc/firewalld",
    "/etc/default/ufw",
    "/etc/ufw",
];

/// Concludes about a machine of Linux.
pub(in crate::check) fn conclude(
    case: &Case<'_>,
    machine: &Machine,
    subject: &str,
) -> Result<Conclusion, Withheld> {
    let standing = Standing::of(&machine.firewalls);
    let mut judged = Judged::default();
    judged.ask(&standing.in_force, true, subject);
    let passes = !standing.in_force.is_empty() && judged.findings.is_empty() && judged.open.is_empty();
    for saved in &standing.saved {
        // What is in force is known: the rest can only come back.
        let mut alone = Judged::default();
        alone.ask(std::slice::from_ref(saved), standing.in_force.is_empty(), subject);
        judged.findings.append(&mut alone.findings);
        if !passes {
            judged.open.append(&mut alone.open);
        }
    }
    if !judged.findings.is_empty() {
        return Ok(Conclusion::Fail(judged.findings));
    }
    if let Some(reason) = judged.open.into_iter().next() {
        return Err(Withheld::inconclusive(reason));
    }
    known(case, machine, &standing)?;
    Ok(Conclusion::Pass(evidence(&standing)))
}

/// What came of asking rule sets.
#[derive(Default)]
struct Judged {
    findings: Vec<Finding>,
    /// What is not known, one sentence each.
    open: Vec<String>,
}

impl Judged {
    /// Asks rule sets that count together.
    fn ask(&mut self, sets: &[Read<GuestFirewall>], is_decisive: bool, subject: &str) {
        let all: Vec<&GuestFirewall> = sets.iter().map(|set| &set.value).collect();
        let mut stopped: Vec<(Decider<'_>, Vec<u16>)> = Vec::new();
        for port in PORTS {
            let attempt = Attempt { address: WIRE_SERVER, port, sender: Sender::Root };
            match judge(&all, &attempt) {
                Verdict::Accepted => {}
                Verdict::Stopped(by) => match stopped.iter_mut().find(|(known, _)| same(known, &by)) {
                    Some((_, ports)) => ports.push(port),
                    None => stopped.push((by, vec![port])),
                },
                Verdict::Open(because) => self.open.push(depends(sets, &because, port)),
            }
        }
        for (by, ports) in stopped {
            if let Some(set) = sets.get(by.firewall) {
                self.findings.push(finding(set, &by, &ports).weighing_for(is_decisive, subject));
            }
        }
    }
}

fn same(one: &Decider<'_>, other: &Decider<'_>) -> bool {
    let place = |by: &Decider<'_>| (by.firewall, by.leaving);
    place(one) == place(other)
        && std::ptr::eq(one.chain, other.chain)
        && one.rule.map(std::ptr::from_ref) == other.rule.map(std::ptr::from_ref)
}

/// A finding whose weight and subject are still to be said.
struct Unweighed(Finding);

impl Unweighed {
    fn weighing_for(self, is_decisive: bool, subject: &str) -> Finding {
        let severity = if is_decisive { Severity::Blocker } else { Severity::Warning };
        Finding { subject: subject.to_owned(), ..self.0 }.weighing(severity)
    }
}

fn finding(set: &Read<GuestFirewall>, by: &Decider<'_>, stopped: &[u16]) -> Unweighed {
    let what = if by.leaving { "what the VM agent sends to" } else { "the answers of" };
    let when = if set.value.kind.is_in_force() { "" } else { ", once they are loaded" };
    let kind = set.value.kind.phrase();
    let message = format!("{kind} stop {what} {WIRE_SERVER} {}{when}: {}", ports(stopped), named(by));
    let found = Finding::new(message, "")
        .at(&set.place)
        .with(Evidence::text("decided by", named(by)))
        .with(Evidence::text("read in", set.place.document.escape_debug().to_string()))
        .citing(documented(&["WIRE", "TSAGENT", "WALA"]));
    Unweighed(found.remedied_by(remedy(set, by)))
}

/// A rule or a policy, and where it is.
fn named(by: &Decider<'_>) -> String {
    let (chain, table) = (by.chain.name.escape_debug(), by.table.name.escape_debug());
    match by.rule {
        Some(rule) => format!("{} (chain `{chain}` of table `{table}`)", shown(&rule.text)),
        None if by.chain.hook.is_some_and(|hook| hook.policy == Policy::Drop) => {
            format!("the policy DROP of chain `{chain}` of table `{table}`")
        }
        None => format!("the policy of chain `{chain}` of table `{table}`"),
    }
}

fn depends(sets: &[Read<GuestFirewall>], because: &[Decider<'_>], port: u16) -> String {
    let start = format!("whether the VM agent reaches {WIRE_SERVER} port {port}");
    if let Some(by) = because.first() {
        let set = sets.get(by.firewall).map_or("rules", |set| set.value.kind.phrase());
        return format!("{start} depends on something in {set} that is not known here: {}", named(by));
    }
    let beside = sets.iter().find_map(|set| Some((set, set.value.beside.first()?)));
    if let Some((set, kind)) = beside {
        let place = set.place.document.escape_debug();
        return format!(
            "{start} is not known: `{place}` says that there are {} too, which were not read",
            kind.phrase()
        );
    }
    let open = sets.iter().find_map(|set| Some((set, set.value.open.first()?)));
    let (place, clause) = open.map_or(("the rules".into(), "they are too many"), |(set, clause)| {
        (set.place.document.escape_debug().to_string(), clause.as_str())
    });
    format!("{start} is not known: in `{place}`, {clause}")
}

/// Withheld where rules may be in force that were not read.
fn known(case: &Case<'_>, machine: &Machine, standing: &Standing) -> Result<(), Withheld> {
    let survey = machine.survey.as_ref().map(|survey| &survey.value);
    let is_absent = |path: &str| survey.is_some_and(|survey| survey.is_absent(path));
    let unread = |path: &&str| {
        let looked = survey.and_then(|survey| survey.looked(path));
        matches!(looked, Some(Looked::Unread { .. }))
    };
    if let Some(path) = IN_FORCE.iter().find(|path| unread(path)) {
        return Err(case.unread(path));
    }
    let has = |kind: FirewallKind| standing.in_force.iter().any(|set| set.value.kind == kind);
    if has(FirewallKind::Nftables) {
        return Ok(());
    }
    if !standing.in_force.is_empty() {
        let reason =
            "rules of iptables were read, those of nftables were not: `nft -j list ruleset` prints them";
        return if is_absent(NFT) { Ok(()) } else { Err(Withheld::inconclusive(reason)) };
    }
    if survey.is_some_and(|survey| !survey.live) {
        case.looked_through(&SAVED)?;
    }
    match survey {
        Some(survey) if survey.live => {
            Err(Withheld::inconclusive(if is_absent(NFT) && is_absent(IPTABLES) {
                "neither `nft` nor `iptables-save` is installed, so that nothing prints which rules are in force"
            } else {
                "which rules are in force was not looked for: `nft -j list ruleset` and `iptables-save` print them"
            }))
        }
        Some(_) if standing.saved.is_empty() => Err(Withheld::out_of_sight(
            "a disk has no rules in force, and nothing that was looked for on it is loaded at the start",
        )),
        None if standing.saved.is_empty() => Err(Withheld::NotExamined {
            missing: Missing::new("the rules of the guest's firewall: what `nft -j list ruleset` prints"),
        }),
        _ => Ok(()),
    }
}

fn evidence(standing: &Standing) -> Vec<Evidence> {
    let all = || standing.in_force.iter().chain(&standing.saved);
    let read: Vec<String> = all().map(|set| set.place.document.escape_debug().to_string()).collect();
    let mut evidence = vec![Evidence::text("rules read", read.join(", "))];
    if let Some(own) = all().find_map(|set| set.value.agent_rules()) {
        let table = own.table.name.escape_debug();
        let says = format!(
            "in table `{table}`: root passes and the rest is dropped, so that a probe by anyone else fails on a healthy VM"
        );
        evidence.push(Evidence::text("the agent's own rules", says));
    }
    evidence
}
