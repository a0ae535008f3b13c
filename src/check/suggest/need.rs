//! What of a workload's requirements is asked of a subject, as flows that shall pass its rule lists.

use super::draft::Draft;
use super::{Asked, Remark};
use crate::backup::{self, Applies, Endpoint, Requirement};
use crate::check::path::{Demand, FarEnd, demands, gauge, rule_name, senders, situations, subnet, why_not};
use crate::check::{Around, Case, Subject, Withheld};
use crate::net::{AddressSet, FlowBox, PortSet, Prefix, Protocol};
use crate::nsg::repair::Wanted;
use crate::nsg::{AddressTerm, Direction};

/// Flows that shall pass the rule lists of one direction at one place.
pub(super) struct Need<'n, 'f> {
    /// What asks for them.
    pub(super) asked: Asked,
    /// Whether it does.
    pub(super) applies: Applies,
    /// At which lists.
    pub(super) around: &'n Around<'f>,
    /// Of which direction.
    pub(super) direction: Direction,
    /// The demand, where the flows leave for what it names: routes and firewalls have a say then.
    pub(super) demand: Option<&'n Demand>,
    /// What passes, in words: ``Tcp 443 to `Storage.KoreaCentral` ``.
    pub(super) what: String,
    /// Who sends.
    pub(super) source: AddressSet,
    /// The prefixes of the senders' subnet.
    pub(super) subnet: Vec<Prefix>,
    /// Who receives.
    pub(super) to: FarEnd,
    /// On which ports.
    pub(super) ports: PortSet,
    /// By which protocol.
    pub(super) protocol: Protocol,
    /// What to call a rule for it.
    pub(super) rule: String,
}

impl Need<'_, '_> {
    /// Every flow of it.
    pub(super) fn flows(&self) -> FlowBox {
        FlowBox {
            protocols: self.protocol.into(),
            source: self.source.clone(),
            source_ports: PortSet::all(),
            destination: self.to.addresses.clone(),
            destination_ports: self.ports.clone(),
        }
    }

    /// Something to say of it.
    pub(super) fn remark(&self, reason: String) -> Remark {
        Remark { asked: self.asked.clone(), reason }
    }

    /// The same for a repair.
    pub(super) fn wanted(&self) -> Wanted<'_> {
        Wanted {
            source: &self.source,
            subnet: self.subnet.clone(),
            destination: self.to.terms.clone(),
            protocol: self.protocol,
            ports: self.ports.clone(),
            name: self.rule.clone(),
        }
    }
}

/// Judges everything that is asked of the subject, each on its own way.
pub(super) fn direct(case: &Case<'_>, draft: &mut Draft) {
    let asked = asked(case, draft);
    let Some(around) = primary(case, &asked, draft) else { return };
    for (demand, applies) in &asked {
        straight(case, (demand, *applies), around, draft);
    }
}

/// Judges one demand on its own way, past the subject's groups.
pub(super) fn straight(
    case: &Case<'_>,
    (demand, applies): (&Demand, Applies),
    around: &Around<'_>,
    draft: &mut Draft,
) {
    let asked = id(case, demand.requirement);
    let far_end = match &demand.far_end {
        Ok(far_end) => far_end.clone(),
        Err(reason) => return draft.doubt(Remark { asked, reason: reason.clone() }),
    };
    if demand.requirement.endpoint.address().is_some() {
        return draft.platform(asked, (demand, applies), around);
    }
    let need = Need {
        asked,
        applies,
        around,
        direction: Direction::Outbound,
        demand: Some(demand),
        what: format!("{} to `{}`", demand.service(), far_end.name),
        source: from(case, around),
        subnet: subnet(around),
        to: far_end,
        ports: ports(demand),
        protocol: demand.requirement.protocol,
        rule: rule_name(demand),
    };
    draft.take(case, &need);
}

/// What is asked of the subject that rules can tell, with whether it is; the rest is noted down.
///
/// A group on its own has no VM that could be in one situation or the other: the requirements are taken as stated.
pub(super) fn asked(case: &Case<'_>, draft: &mut Draft) -> Vec<(Demand, Applies)> {
    let rows = backup::requirements(case.question.workload, case.question.profile);
    let named = |row: &Requirement| match row.endpoint {
        Endpoint::Service { tag, .. } => tag.is_some(),
        Endpoint::Address(_) => true,
    };
    for row in rows.iter().filter(|row| !named(row)) {
        let reason = "it names hosts, and rules know addresses alone".to_owned();
        draft.unjudged(Remark { asked: id(case, row), reason });
    }
    let mut asked = Vec::new();
    for demand in demands(case) {
        let applies = applies(case, demand.requirement);
        if applies == Applies::No {
            let reason = why_not(case, demand.requirement.title, std::slice::from_ref(&demand));
            draft.unneeded(Remark { asked: id(case, demand.requirement), reason });
        } else {
            asked.push((demand, applies));
        }
    }
    asked
}

/// Who sends; for a group on its own, the network that the user vouches for, else anyone.
pub(super) fn from(case: &Case<'_>, around: &Around<'_>) -> AddressSet {
    let assumed = &case.question.assumed.network;
    if is_lone(case) && !assumed.is_empty() {
        return AddressSet::from_prefixes(assumed.iter().copied());
    }
    senders(around)
}

/// Whether the subject is a group whose VM is not in the input.
pub(super) const fn is_lone(case: &Case<'_>) -> bool {
    matches!(case.subject, Subject::Group(_))
}

fn applies(case: &Case<'_>, requirement: &Requirement) -> Applies {
    if is_lone(case) {
        let stated = requirement.applies(&case.situation());
        return if stated == Applies::No { stated } else { Applies::Yes };
    }
    let mut answers = situations(case).into_iter().map(|situation| gauge(case, requirement, &situation));
    let first = answers.next().unwrap_or(Applies::Yes);
    // The kinds of disks that it may have are situations of their own.
    if answers.all(|answer| answer == first) { first } else { Applies::Unknown(backup::Gap::Disks) }
}

/// The lists around the subject; where they are not known, nothing that is asked can be decided.
pub(super) fn primary<'c, 'f>(
    case: &'c Case<'f>,
    asked: &[(Demand, Applies)],
    draft: &mut Draft,
) -> Option<&'c Around<'f>> {
    let reason = match case.primary() {
        Ok(around) => return Some(around),
        Err(
            Withheld::NotApplicable(reason)
            | Withheld::OutOfSight(reason)
            | Withheld::Inconclusive { reason, .. },
        ) => reason,
        Err(Withheld::NotExamined { missing }) => missing.to_string(),
    };
    for (demand, _) in asked {
        draft.doubt(Remark { asked: id(case, demand.requirement), reason: reason.clone() });
    }
    None
}

/// A requirement of the subject.
pub(super) fn id(case: &Case<'_>, requirement: &Requirement) -> Asked {
    Asked { subject: case.subject.id().clone(), requirement: requirement.id }
}

/// The ports that a demand asks for.
pub(super) fn ports(demand: &Demand) -> PortSet {
    PortSet::from_ranges(demand.requirement.ports.iter().map(|port| (*port, *port)))
}

/// One host as a far end.
pub(super) fn host(address: std::net::IpAddr, name: String) -> FarEnd {
    let prefix = Prefix::host(address);
    FarEnd { name, terms: vec![AddressTerm::Prefix(prefix)], addresses: prefix.into(), exact: true }
}
