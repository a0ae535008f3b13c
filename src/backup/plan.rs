//! Which targets follow from what a workload needs, and which needs cannot be probed from what is known.

use std::collections::HashSet;
use std::net::IpAddr;

use super::requirement::{Endpoint, Requirement, requirements};
use super::situation::{Applies, Situation};
use super::template::{Template, is_of};
use super::{Profile, Severity, Workload};
use crate::azure::{Cloud, Region};
use crate::guest::Settings;
use crate::probe::{
    Authority, Consumer, Expectation, FailureKind, Host, Need, Observation, Outcome, Proxy, Target, Via,
};

/// What is to be probed, and for whom.
#[derive(Debug, Clone)]
pub struct Inquiry {
    /// What is to be backed up.
    pub workload: Workload,
    /// Whose word counts.
    pub profile: Profile,
    /// What is known of the VM, its cloud and region among it.
    pub situation: Situation,
    /// The storage accounts to probe, by name: `examplediag`.
    pub storage_accounts: Vec<String>,
    /// The region of the vault; `None` for that of the VM.
    pub vault_region: Option<Region>,
    /// The proxies to go through, each tried on its own; none to go as configured.
    pub proxies: Vec<Proxy>,
    /// What the VM is told about proxies: each consumer goes the way that follows. Nothing: directly.
    pub settings: Settings,
    /// What the user names. One that fits the pattern of a requirement stands for it.
    pub named: Vec<Target>,
}

/// What is probed and what is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What is probed: by requirement in the order of its table, then what the user named.
    pub targets: Vec<Target>,
    /// What cannot be probed, in the same order.
    pub skipped: Vec<Skipped>,
    /// What to know of the settings that the ways follow from: clauses without full stop, each once.
    pub notes: Vec<String>,
}

/// A need that is not probed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The id of the requirement.
    pub requirement: String,
    /// The host as far as it is known: `*.blob.storage.azure.net`; `*` where nothing of it is.
    pub host_pattern: String,
    /// The port.
    pub port: u16,
    /// Why it is not probed, and what would help: one lower-case sentence without full stop.
    pub reason: String,
    /// Whether backup depends on it.
    pub need: Need,
    /// Who would use it: the first of them.
    pub consumer: Consumer,
    /// Who else would.
    pub also: Vec<Consumer>,
}

/// Turns what a workload needs into targets.
///
/// A requirement that does not apply is left out. One that applies is required where it is a blocker; one of which that
/// is not known depends on what would have to be known, where it would be a blocker. What neither blocks is optional. No
/// proxy stands before the platform's addresses.
#[must_use]
pub fn plan(inquiry: &Inquiry) -> Plan {
    let mut plan = Plan::default();
    let mut named = inquiry.named.clone();
    for requirement in requirements(inquiry.workload, inquiry.profile) {
        let Some(need) = need(requirement, &inquiry.situation) else { continue };
        let asked = Asked { requirement, need, inquiry };
        for (host, reason) in asked.hosts() {
            for (port, expectation) in requirement.ports.iter().zip(requirement.probing.answers) {
                match &host {
                    Ok(host) => plan.extend(asked.targets(host, *port, *expectation)),
                    Err(pattern) if claim(&mut named, pattern, *port, requirement.id) => {}
                    Err(pattern) => plan.skipped.push(asked.skipped(pattern, *port, &reason)),
                }
            }
        }
    }
    for target in named {
        plan.extend(inquiry.ways(target));
    }
    plan.with_each_note_once()
}

/// The plan for nothing but what the user names.
#[must_use]
pub fn plan_of_named(inquiry: &Inquiry) -> Plan {
    let mut plan = Plan::default();
    for target in inquiry.named.clone() {
        plan.extend(inquiry.ways(target));
    }
    plan.with_each_note_once()
}

/// The observation, undecided where it does not tell what was asked: where the target's consumers may go another way, or
/// it failed for want of a name that was put together after those of another region.
#[must_use]
pub fn tempered(target: &Target, seen: Observation) -> Observation {
    if target.uncertain.is_some() {
        return on_a_way_of_its_own(target, seen);
    }
    let kind = seen.failure.as_ref().map(|failure| failure.kind);
    let absent = matches!(kind, Some(FailureKind::NxDomain | FailureKind::NoData));
    if seen.outcome != Outcome::Failed || !absent || !is_inferred(target) {
        return seen;
    }
    let mut seen = Observation { outcome: Outcome::Undecided, ..seen };
    seen.notes.push(
        "the name is put together after those of another region, so that it does not exist proves nothing: name a host \
         of the region with --target"
            .to_owned(),
    );
    seen
}

/// What was seen on a way that need not be that of the target's consumers: nothing about theirs, and worth telling.
fn on_a_way_of_its_own(target: &Target, mut seen: Observation) -> Observation {
    let what = match (seen.failure.take(), seen.outcome) {
        (Some(failure), _) => format!("{failure}; {}", failure.detail),
        (None, Outcome::Reached) => "reached".to_owned(),
        (None, _) => return seen,
    };
    let way = match &target.via {
        Via::Direct => "probed directly all the same".to_owned(),
        Via::Proxy(proxy) => format!("probed through {proxy} all the same"),
    };
    seen.notes.push(format!("{way}: {what}"));
    Observation { outcome: Outcome::Undecided, ..seen }
}

/// Whether a target's host was put together after those of one region, so that nothing follows where it does not exist.
#[must_use]
pub fn is_inferred(target: &Target) -> bool {
    let Some(name) = target.authority.host.name() else { return false };
    let wanted = |row: &&Requirement| row.probing.inferred && Some(row.id) == target.requirement.as_deref();
    let rows = Workload::ALL.iter().flat_map(|workload| {
        Profile::ALL.iter().flat_map(|profile| requirements(*workload, *profile).iter())
    });
    let mut templates = rows.filter(wanted).flat_map(|row| row.probing.hosts.all());
    templates.any(|template| template.contains('{') && is_of(template, name))
}

/// The ways to one far end.
#[derive(Default)]
struct Ways {
    targets: Vec<Target>,
    notes: Vec<String>,
}

impl Inquiry {
    /// The target by every way that is to be tried: through the proxies named, else as its consumer is told.
    fn ways(&self, target: Target) -> Ways {
        if target.is_platform() || self.proxies.is_empty() {
            return self.as_told(target);
        }
        let by = |proxy: &Proxy| Target {
            via: Via::Proxy(proxy.clone()),
            configured_by: Some("--proxy".to_owned()),
            ..target.clone()
        };
        Ways { targets: self.proxies.iter().map(by).collect(), notes: Vec::new() }
    }

    fn as_told(&self, target: Target) -> Ways {
        let route = self.settings.route(target.consumer, &target.authority, target.speaks_tls());
        let told = Target {
            via: route.via,
            configured_by: route.configured_by,
            uncertain: route.undecided,
            ..target
        };
        Ways { targets: vec![told], notes: route.notes }
    }
}

impl Plan {
    fn extend(&mut self, ways: Ways) {
        self.targets.extend(ways.targets);
        self.notes.extend(ways.notes);
    }

    fn with_each_note_once(mut self) -> Self {
        let mut told = HashSet::new();
        self.notes.retain(|note| told.insert(note.clone()));
        self
    }
}

/// One requirement of an inquiry.
struct Asked<'i> {
    requirement: &'static Requirement,
    need: Need,
    inquiry: &'i Inquiry,
}

impl Asked<'_> {
    /// Every host to knock at, or the pattern of one that is not known; with the reason for the latter.
    fn hosts(&self) -> Vec<(Result<Host, &'static str>, String)> {
        if let Endpoint::Address(address) = self.requirement.endpoint {
            return vec![(Ok(Host::Address(IpAddr::V4(address))), String::new())];
        }
        let cloud = self.inquiry.situation.cloud.unwrap_or(Cloud::Public);
        let templates = self.requirement.probing.hosts.of(cloud);
        if templates.is_empty() {
            return vec![(Err("*"), format!("no host name of it is known in the cloud `{cloud}`"))];
        }
        let geo = self.inquiry.vault_region.as_ref().or(self.inquiry.situation.region.as_ref());
        let known = Template { accounts: &self.inquiry.storage_accounts, region: geo };
        templates.iter().flat_map(|template| known.hosts(template)).collect()
    }

    /// One target for each way that its consumers take there.
    fn targets(&self, host: &Host, port: u16, expectation: Expectation) -> Ways {
        let mut all = Ways::default();
        for consumer in self.requirement.probing.consumers {
            let target = Target {
                authority: Authority { host: host.clone(), port },
                via: Via::Direct,
                expectation,
                requirement: Some(self.requirement.id.to_owned()),
                need: self.need.clone(),
                consumer: *consumer,
                also: Vec::new(),
                configured_by: None,
                uncertain: None,
            };
            let ways = self.inquiry.ways(target);
            all.notes.extend(ways.notes);
            for target in ways.targets {
                // Consumers that go the same way for the same reason share a target.
                let way = |target: &Target| {
                    (target.via.clone(), target.configured_by.clone(), target.uncertain.clone())
                };
                match all.targets.iter_mut().find(|known| way(known) == way(&target)) {
                    Some(known) => known.also.push(*consumer),
                    None => all.targets.push(target),
                }
            }
        }
        all
    }

    fn skipped(&self, pattern: &str, port: u16, reason: &str) -> Skipped {
        Skipped {
            requirement: self.requirement.id.to_owned(),
            host_pattern: pattern.to_owned(),
            port,
            reason: reason.to_owned(),
            need: self.need.clone(),
            consumer: self.requirement.probing.consumers.first().copied().unwrap_or(Consumer::User),
            also: self.requirement.probing.consumers.iter().skip(1).copied().collect(),
        }
    }
}

fn need(requirement: &Requirement, situation: &Situation) -> Option<Need> {
    let blocks = requirement.severity == Severity::Blocker;
    match requirement.applies(situation) {
        Applies::No => None,
        Applies::Yes if blocks => Some(Need::Required),
        Applies::Unknown(gap) if blocks => Some(Need::Depends(gap.to_string())),
        Applies::Yes | Applies::Unknown(_) => Some(Need::Optional),
    }
}

/// Whether the user named a host of this pattern; what was named stands for the requirement from then on.
fn claim(named: &mut [Target], pattern: &str, port: u16, requirement: &str) -> bool {
    let mut claimed = false;
    for target in named.iter_mut().filter(|target| target.authority.port == port) {
        let fits = target.authority.host.name().is_some_and(|name| is_of(pattern, name));
        if fits && target.requirement.as_deref().is_none_or(|known| known == requirement) {
            target.requirement = Some(requirement.to_owned());
            claimed = true;
        }
    }
    claimed
}
