//! What the rule lists do to a demand.

use super::demand::{Demand, FarEnd, is_platform, senders};
use super::drawing::draw;
use super::remedy;
use super::weighing::Found;
use crate::check::{Around, Case, Evidence, Finding};
use crate::facts::Missing;
use crate::net::{AddressSet, FlowBox};
use crate::nsg::{Access, AssociatedTo, Direction, Piece, ResolvedRule, RuleOrigin, RuleTable, witness};
use crate::reach::Judged;

/// What the rule lists do to every flow of a demand.
pub(in crate::check) struct Refusal<'r> {
    /// The answer, with the tables it speaks of.
    pub(in crate::check) judged: Judged<'r>,
    /// The far end it was asked about.
    pub(in crate::check) far_end: FarEnd,
    /// Flows that pass for certain.
    pub(in crate::check) allowed: Vec<Piece>,
    /// Flows that a security admin rule denies.
    pub(in crate::check) by_admin: Vec<Piece>,
    /// Flows that a group denies.
    pub(in crate::check) by_group: Vec<Piece>,
    /// Flows of which it is not known.
    pub(in crate::check) open: Vec<Piece>,
}

/// Puts every flow of a demand to the rule lists; a far end that is not known leaves the demand open.
pub(in crate::check) fn refusal<'r>(demand: &Demand, around: &'r Around<'_>) -> Result<Refusal<'r>, Found> {
    let far_end = demand.far_end.clone().map_err(|reason| Found::open(reason, Vec::new()))?;
    let asked: FlowBox = demand.flows(&far_end, &senders(around));
    let judged = around.reach.verify(Direction::Outbound, &asked);
    let mut refusal = Refusal {
        far_end,
        allowed: Vec::new(),
        by_admin: Vec::new(),
        by_group: Vec::new(),
        open: Vec::new(),
        judged,
    };
    for piece in refusal.judged.verification.pieces.clone() {
        let admin = decider(refusal.judged.tables, &piece)
            .is_some_and(|(table, _)| table.applied_to == AssociatedTo::VirtualNetwork);
        match piece.access {
            Some(Access::Deny) if admin => refusal.by_admin.push(piece),
            Some(Access::Deny) => refusal.by_group.push(piece),
            Some(Access::Allow | Access::AlwaysAllow) => refusal.allowed.push(piece),
            None => refusal.open.push(piece),
        }
    }
    Ok(refusal)
}

impl Refusal<'_> {
    /// The flow, the rule and the way of the largest of these pieces, as facts in support of a finding.
    pub(in crate::check) fn show(
        &self,
        demand: &Demand,
        around: &Around<'_>,
        pieces: &[Piece],
    ) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        let Some(piece) = largest(pieces) else { return evidence };
        let label = format!("VM → {}, {}", self.far_end.name, demand.service());
        if let Some(decision) = piece.decisions.first() {
            let way = around.reach.way(&self.judged, decision, &piece.flows.destination);
            evidence.push(draw(around, label, &way));
        }
        if let Some((table, rule)) = decider(self.judged.tables, piece) {
            let text = format!("`{}` ({}) of `{}`: {}", rule.name, rule.priority, table.name, rule.access);
            evidence.push(Evidence::text("deciding rule", text));
        }
        if let Some(flow) = witness::near(&piece.flows, &around.reach.addresses) {
            evidence.push(Evidence::text("for instance", flow.to_string()));
        }
        evidence.push(Evidence::text("addresses that pass", self.share()));
        evidence.push(Evidence::text("needed because", demand.requirement.reason));
        evidence
    }

    /// Whether some of these senders reach all of it, for certain.
    pub(in crate::check) fn spares(&self, senders: &AddressSet) -> bool {
        let refused = [&self.by_admin, &self.by_group, &self.open].into_iter().flatten();
        let left = refused.fold(senders.clone(), |left, piece| left.difference(&piece.flows.source));
        !left.is_empty()
    }

    /// `22288 of 22544`.
    pub(in crate::check) fn share(&self) -> String {
        let verification = &self.judged.verification;
        let (allowed, all) = (verification.allowed_destinations(), verification.reachable());
        format!("{} of {}", allowed.count(), all.count())
    }

    /// A finding about these pieces, at the rule that decides the largest of them.
    pub(in crate::check) fn finding(
        &self,
        message: impl FnOnce(&RuleTable, &ResolvedRule) -> String,
        (case, demand, around): (&Case<'_>, &Demand, &Around<'_>),
        pieces: &[Piece],
    ) -> Option<Finding> {
        let piece = largest(pieces)?;
        let (table, rule) = decider(self.judged.tables, piece)?;
        let subject = table.id.as_ref().map_or(table.name.as_str(), |id| id.as_str());
        let mut finding = Finding::new(message(table, rule), subject).citing(demand.requirement.sources);
        if rule.origin != RuleOrigin::Default {
            finding = finding.at(&rule.place);
        }
        finding.evidence = self.show(demand, around, pieces);
        Some(finding.remedied_by(remedy::of_rules(case, demand, (&self.far_end, around))))
    }

    /// What is open about the rule lists, and what would tell.
    pub(in crate::check) fn unknown(&self, demand: &Demand, around: &Around<'_>) -> Found {
        let mut because = self.judged.verification.because();
        because.dedup();
        let named: Vec<String> =
            because.iter().map(|open| format!("{} ({})", open.name, open.reason)).collect();
        let reason = format!(
            "whether the rules let {} to `{}` pass depends on {}",
            demand.service(),
            self.far_end.name,
            named.join(", ")
        );
        let unnamed = because.iter().map(|open| Missing::new(open.name.clone()));
        Found::open(reason, telling(around).into_iter().chain(unnamed).collect())
    }
}

/// What would tell which rules are in force: the documents that are not there, and the platform's own answer.
fn telling(around: &Around<'_>) -> Vec<Missing> {
    let Some(context) = &around.context else { return Vec::new() };
    let groups =
        [&context.interface_group, &context.subnet_group].into_iter().filter_map(|g| g.as_ref().err());
    let mut missing: Vec<Missing> = groups.cloned().collect();
    missing.extend(context.network.as_ref().err().cloned());
    if context.effective_rules.is_none() {
        let interface = &context.interface.id;
        let what = format!("the effective security rules of network interface `{}`", interface.name());
        missing.push(Missing::new(what).with_lookup("network nic list-effective-nsg", interface));
    }
    missing
}

/// The table and rule that decide a piece, however what is open turns out.
pub(in crate::check) fn decider<'t>(
    tables: &'t [RuleTable],
    piece: &Piece,
) -> Option<(&'t RuleTable, &'t ResolvedRule)> {
    let decided = piece.decisions.first()?.decided_by()?;
    let table = tables.get(decided.table)?;
    Some((table, table.rules.get(decided.rule)?))
}

/// The piece with most receivers.
fn largest(pieces: &[Piece]) -> Option<&Piece> {
    pieces.iter().max_by_key(|piece| piece.flows.destination.count())
}

/// Whether the groups stop a demand altogether.
///
/// A part that is stopped is another check's matter, as is what a security admin rule stops; traffic with the platform
/// itself is none of the groups' at all.
pub(in crate::check) fn look_at_rules(case: &Case<'_>, demand: &Demand, around: &Around<'_>) -> Found {
    if is_platform(demand.requirement) {
        return Found::Fine(Vec::new());
    }
    let refusal = match refusal(demand, around) {
        Ok(refusal) => refusal,
        Err(open) => return open,
    };
    let fine = |text: String| Found::Fine(vec![Evidence::text(demand.requirement.title, text)]);
    if !refusal.allowed.is_empty() {
        return fine(format!("{} of `{}` pass", refusal.share(), refusal.far_end.name));
    }
    let message = |table: &RuleTable, rule: &ResolvedRule| {
        format!(
            "NSG `{}` denies {} to `{}`: rule `{}` ({}) decides",
            table.name,
            demand.service(),
            refusal.far_end.name,
            rule.name,
            rule.priority
        )
    };
    match refusal.finding(message, (case, demand, around), &refusal.by_group) {
        Some(finding) => Found::Bad(Box::new(finding)),
        None if !refusal.open.is_empty() => refusal.unknown(demand, around),
        None => fine("a security admin rule stops it before any group is asked".into()),
    }
}

/// Receivers of these pieces.
pub(in crate::check) fn receivers(pieces: &[Piece]) -> AddressSet {
    pieces.iter().fold(AddressSet::empty(), |set, piece| set.union(&piece.flows.destination))
}
