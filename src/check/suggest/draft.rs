//! The changes so far, and the copy of the rule lists that they make.

use std::collections::BTreeSet;

use super::need::{Need, is_lone};
use super::{Asked, Remark, Suggestion, Suggestions};
use crate::azure::ResourceId;
use crate::backup::{Applies, Gap};
use crate::check::path::{Demand, Found, Leg, Step, legs_to, steps};
use crate::check::{
    Around, Case, egress_no_outbound_method, firewall_lacks_backup_tag, nsg_denies_platform,
    route_diverts_backup, route_drops_backup,
};
use crate::net::FlowBox;
use crate::nsg::repair::{self, Lists, NewRule, Repair, Unrepairable, apply};
use crate::nsg::{Direction, Naming, OpenOperand, Overall, Region, RuleTable, regions, verify};
use crate::reach::Filters;
use crate::route::NextHopKind;

/// The changes so far, and everything judged.
#[derive(Default)]
pub(super) struct Draft {
    answer: Suggestions,
    judged: BTreeSet<(Asked, Direction)>,
}

impl Draft {
    /// Everything, requirements in their order, each once.
    pub(super) fn finish(mut self) -> Suggestions {
        self.answer.because.dedup();
        self.answer
    }

    /// Something could not be decided.
    pub(super) fn doubt(&mut self, remark: Remark) {
        self.answer.because.push(remark);
    }

    /// Something is not asked of the subject.
    pub(super) fn unneeded(&mut self, remark: Remark) {
        self.answer.not_needed.push(remark);
    }

    /// Something that rules cannot tell.
    pub(super) fn unjudged(&mut self, remark: Remark) {
        self.answer.not_judged.push(remark);
    }

    /// Judges traffic with the host: ordinary rules never filter it, and only rules that name its tag stop it.
    pub(super) fn platform(
        &mut self,
        about: Asked,
        (demand, applies): (&Demand, Applies),
        around: &Around<'_>,
    ) {
        match nsg_denies_platform::look(demand, around) {
            Found::Fine(_) => self.answer.satisfied.push(about),
            found => self.stands(about, applies, found),
        }
    }

    /// Judges one need: satisfied, repaired, or why neither.
    pub(super) fn take(&mut self, case: &Case<'_>, need: &Need<'_, '_>) {
        if !self.judged.insert((need.asked.clone(), need.direction)) {
            return;
        }
        let beyond = beyond(case, need);
        let judged = need.around.reach.verify(need.direction, &need.flows());
        let clear = beyond.is_empty();
        for found in beyond {
            self.stands(need.asked.clone(), need.applies, found);
        }
        match judged.verification.overall() {
            Overall::Allow if clear => self.answer.satisfied.push(need.asked.clone()),
            Overall::Allow => {}
            Overall::Undetermined => self.open(case, need, &judged.verification.because()),
            Overall::Deny | Overall::Mixed => self.denied(case, need),
        }
    }

    /// It depends on something whether it passes.
    ///
    /// Where that is the extent of the virtual network alone, only a network that itself holds addresses of the service
    /// would let it pass: a repair that holds either way is proposed, with what it depends on.
    fn open(&mut self, case: &Case<'_>, need: &Need<'_, '_>, because: &[OpenOperand]) {
        let scope = case.facts.scope(need.around.context.as_ref(), &case.question.assumed.network);
        let network = scope.virtual_network_open.map(|(open, _)| open);
        let by_network = because.iter().all(|open| Some(open) == network.as_ref());
        let hint = if by_network { " (`--assume vnet=PREFIX` settles it)" } else { "" };
        let because = in_words(because);
        self.doubt(
            need.remark(format!("whether the rules let {} pass depends on {because}{hint}", need.what)),
        );
        if need.applies == Applies::Yes && by_network {
            self.denied(case, need);
        }
    }

    fn denied(&mut self, case: &Case<'_>, need: &Need<'_, '_>) {
        if let Applies::Unknown(gap) = need.applies {
            let reason =
                format!("{} is denied, and whether it is needed depends on {gap}{}", need.what, hint(gap));
            return self.doubt(need.remark(reason));
        }
        let before = filters(need.around);
        let mut lists = before.clone();
        let presumes = self.carry_out(case, need.direction, &mut lists);
        let found = repair::propose(of(&lists, need.direction), &need.wanted(), case.tags);
        match found {
            Ok(repair) if repair.rules.is_empty() => self.met_already(case, need, before),
            Ok(repair) => self.propose(case, need, (repair, presumes)),
            Err(Unrepairable::Unproved { because }) if !because.is_empty() => {
                let because = in_words(&because);
                self.doubt(
                    need.remark(format!("whether a rule lets {} pass depends on {because}", need.what)),
                );
            }
            Err(why) => self.answer.unfixable.push(need.remark(format!("{}: {why}", need.what))),
        }
    }

    /// Applies what was proposed so far. The rules that went into the lists of a direction come back.
    fn carry_out(
        &self,
        case: &Case<'_>,
        direction: Direction,
        lists: &mut Filters,
    ) -> Vec<(ResourceId, String)> {
        let mut added = Vec::new();
        for new in self.rules() {
            let ours = |table: &RuleTable| table.id.as_ref() == Some(&new.group);
            if new.rule.direction == direction && lists.of(direction).iter().any(ours) {
                added.push((new.group.clone(), new.rule.name.clone()));
            }
            apply(new, &mut lists.outbound, case.tags);
            apply(new, &mut lists.inbound, case.tags);
        }
        added
    }

    fn rules(&self) -> impl Iterator<Item = &NewRule> {
        self.answer.made.iter().flat_map(|made| &made.repair.rules)
    }

    /// An earlier suggestion lets it pass too; where none does, it is the rules in force that stop it.
    fn met_already(&mut self, case: &Case<'_>, need: &Need<'_, '_>, mut lists: Filters) {
        let passes =
            |lists: &Filters| verify(lists.of(need.direction), &need.flows()).overall() == Overall::Allow;
        if !passes(&lists) {
            for made in &mut self.answer.made {
                for new in &made.repair.rules {
                    apply(new, &mut lists.outbound, case.tags);
                    apply(new, &mut lists.inbound, case.tags);
                }
                if passes(&lists) {
                    return made.also.push(need.asked.clone());
                }
            }
        }
        let reason = "the configuration lets it pass, and the rules in force are others: nothing that a rule could repair";
        self.answer.unfixable.push(need.remark(format!("{}: {reason}", need.what)));
    }

    fn propose(
        &mut self,
        case: &Case<'_>,
        need: &Need<'_, '_>,
        (repair, presumes): (Repair, Vec<(ResourceId, String)>),
    ) {
        let proposed: Vec<&NewRule> = self.rules().collect();
        let changes: Option<Vec<Vec<Step>>> =
            repair.rules.iter().map(|new| steps(case, new, &proposed)).collect();
        let Some(changes) = changes else {
            let reason = "rules would have to move that no document states";
            return self.answer.unfixable.push(need.remark(format!("{}: {reason}", need.what)));
        };
        if !repair.proof.complete {
            let because = in_words(&repair.proof.because);
            let reason =
                format!("whether more passes with the proposed rule than is announced depends on {because}");
            self.doubt(need.remark(reason));
        }
        self.answer.made.push(Suggestion {
            asked: need.asked.clone(),
            also: Vec::new(),
            what: need.what.clone(),
            newly_allowed: named(case, need, (&repair, &repair.proof.newly_allowed)),
            newly_denied: named(case, need, (&repair, &repair.proof.newly_denied)),
            repair,
            presumes,
            changes,
        });
    }

    /// Something that no rule of a group can change stands in the way, or may.
    fn stands(&mut self, asked: Asked, applies: Applies, found: Found) {
        let (reason, known) = match found {
            Found::Fine(_) => return,
            Found::Bad(finding) => (finding.message, true),
            Found::Open { reason, .. } => (reason, false),
        };
        match applies {
            Applies::Unknown(gap) => {
                let reason = format!("{reason}; whether it is needed depends on {gap}{}", hint(gap));
                self.doubt(Remark { asked, reason });
            }
            _ if known => self.answer.unfixable.push(Remark { asked, reason }),
            _ => self.doubt(Remark { asked, reason }),
        }
    }
}

/// What the routes, firewalls and the way out do to a need, apart from what is fine.
fn beyond(case: &Case<'_>, need: &Need<'_, '_>) -> Vec<Found> {
    if is_lone(case) || need.direction == Direction::Inbound {
        return Vec::new();
    }
    let Some(demand) = need.demand else { return lost(need).into_iter().collect() };
    let looks = [
        route_drops_backup::look(case, demand, need.around),
        route_diverts_backup::look(case, demand, need.around),
        firewall_lacks_backup_tag::look(case, demand, need.around),
    ];
    let mut found: Vec<Found> = looks.into_iter().filter(|found| !matches!(found, Found::Fine(_))).collect();
    let out = egress_no_outbound_method::look(case, demand, need.around);
    found.extend(Some(out).filter(|out| matches!(out, Found::Bad(_))));
    found
}

/// Whether a route takes what stays inside the network elsewhere.
fn lost(need: &Need<'_, '_>) -> Option<Found> {
    let legs = legs_to(need.around, &need.to.addresses)?;
    let astray = |leg: &&Leg| !matches!(leg.kind(), NextHopKind::VnetLocal | NextHopKind::VnetPeering);
    let leg = legs.iter().find(astray)?;
    Some(Found::open(
        format!("{} leaves by {}: whether it arrives cannot be told from here", need.what, leg.in_words()),
        Vec::new(),
    ))
}

/// The lists that a repair changes: those of the configuration where they are known.
fn filters(around: &Around<'_>) -> Filters {
    let reach = &around.reach;
    reach.configured.as_ref().or(reach.effective.as_ref()).cloned().unwrap_or_default()
}

fn of(filters: &Filters, direction: Direction) -> Lists<'_> {
    let opposite = match direction {
        Direction::Inbound => Direction::Outbound,
        Direction::Outbound => Direction::Inbound,
    };
    Lists { tables: filters.of(direction), opposite: filters.of(opposite), planned: &[] }
}

/// Flows in words, named as the rules name their addresses.
fn named(case: &Case<'_>, need: &Need<'_, '_>, (repair, flows): (&Repair, &[FlowBox])) -> Vec<Region> {
    let scope = case.facts.scope(need.around.context.as_ref(), &case.question.assumed.network);
    let naming = Naming::new(case.tags, &scope).mentioning(repair.rules.iter().map(|new| &new.rule));
    regions(flows, &naming)
}

fn in_words(because: &[OpenOperand]) -> String {
    let each: Vec<String> = because.iter().map(|open| format!("{} ({})", open.name, open.reason)).collect();
    each.join(", ")
}

/// How the user can settle what decides.
const fn hint(gap: Gap) -> &'static str {
    match gap {
        Gap::Agent => " (`--assume agent=VERSION`)",
        Gap::Disks | Gap::StorageEncryption => " (`--assume disks=…`)",
        Gap::WriteAccelerator => " (`--assume write-accelerator=yes|no`)",
        Gap::SnapshotMethod => " (`--assume snapshot-method=…`)",
        Gap::Policy => " (`--assume agentless=yes|no`, `hana-snapshot=yes|no`)",
        Gap::DnsServers => " (`--assume dns=azure|custom`)",
    }
}
