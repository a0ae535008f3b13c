//! Which requirements are made of the subject, where their far ends are, and what follows from a look at each.

use crate::backup::{
    self, AlternativeKind, Applies, Condition, DiskKind, Endpoint, Gap, Profile, Purpose, Requirement,
    Situation,
};
use crate::check::case::agent_version;
use crate::check::{Around, Case};
use crate::net::{AddressSet, FlowBox, PortSet, Prefix};
use crate::network::PrivateEndpoint;
use crate::nsg::AddressTerm;

/// One requirement, as far as this subject can be asked to meet it.
#[derive(Debug, Clone)]
pub(in crate::check) struct Demand {
    /// The requirement.
    pub(in crate::check) requirement: &'static Requirement,
    /// Where it leads; what is not known about that.
    pub(in crate::check) far_end: Result<FarEnd, String>,
}

/// The addresses behind a requirement.
#[derive(Debug, Clone)]
pub(in crate::check) struct FarEnd {
    /// What to call it: `Storage.KoreaCentral`, `168.63.129.16`.
    pub(in crate::check) name: String,
    /// What a rule writes for it.
    pub(in crate::check) terms: Vec<AddressTerm>,
    /// Its addresses.
    pub(in crate::check) addresses: AddressSet,
    /// Whether all of them are needed; not where a global tag stands for the one of a region that is not known.
    pub(in crate::check) exact: bool,
}

impl Demand {
    /// Its ports and protocol, as in `Tcp 443`.
    pub(in crate::check) fn service(&self) -> String {
        let ports: Vec<String> = self.requirement.ports.iter().map(ToString::to_string).collect();
        format!("{} {}", self.requirement.protocol, ports.join(","))
    }

    /// Every flow that it asks for from these senders.
    pub(in crate::check) fn flows(&self, far_end: &FarEnd, senders: &AddressSet) -> FlowBox {
        FlowBox {
            protocols: self.requirement.protocol.into(),
            source: senders.clone(),
            source_ports: PortSet::all(),
            destination: far_end.addresses.intersection(&families(senders)),
            destination_ports: PortSet::from_ranges(self.requirement.ports.iter().map(|port| (*port, *port))),
        }
    }
}

/// The demands of one kind that may be made of the subject. Where none may be, those that the table has all the same.
pub(in crate::check) fn asked(
    case: &Case<'_>,
    of: &dyn Fn(&Requirement) -> bool,
) -> Result<Vec<Demand>, Vec<Demand>> {
    let situations = situations(case);
    let of_kind: Vec<Demand> = demands(case).into_iter().filter(|demand| of(demand.requirement)).collect();
    let may_be = |demand: &Demand| {
        situations.iter().any(|situation| gauge(case, demand.requirement, situation) != Applies::No)
    };
    if of_kind.iter().any(may_be) {
        return Ok(of_kind.into_iter().filter(may_be).collect());
    }
    Err(of_kind)
}

/// Whether a requirement is made; what only the machine itself can tell counts as no, so that an export decides.
pub(in crate::check) fn gauge(case: &Case<'_>, requirement: &Requirement, situation: &Situation) -> Applies {
    match requirement.applies(situation) {
        Applies::Unknown(gap) if gap.is_guest_only() => Applies::No,
        Applies::Unknown(Gap::Agent) if updates_decide(case) => Applies::No,
        other => other,
    }
}

/// Whether the agent's version is known and only its updating itself, which the machine alone tells, is not.
fn updates_decide(case: &Case<'_>) -> bool {
    case.vm().is_ok_and(|vm| agent_version(vm.agent.as_ref()).is_some() && vm.os.is_some())
}

/// The situation, once for every kind of disks the VM may have.
pub(in crate::check) fn situations(case: &Case<'_>) -> Vec<Situation> {
    let known = case.situation();
    let unmanaged = |encrypted| DiskKind::Unmanaged { encrypted: Some(encrypted) };
    let kinds: Vec<DiskKind> = match known.disks {
        None => vec![DiskKind::Managed, unmanaged(true), unmanaged(false)],
        Some(DiskKind::Unmanaged { encrypted: None }) => vec![unmanaged(true), unmanaged(false)],
        Some(kind) => vec![kind],
    };
    kinds.into_iter().map(|kind| Situation { disks: Some(kind), ..known.clone() }).collect()
}

/// What the workload asks of the network, in the order of its table. Rows that name hosts alone are left out: rules and
/// routes know addresses only.
pub(in crate::check) fn demands(case: &Case<'_>) -> Vec<Demand> {
    let rows = backup::requirements(case.question.workload, case.question.profile);
    let named =
        rows.iter().filter(|row| row.endpoint.address().is_some() || row.endpoint.tag_name(None).is_some());
    named.map(|requirement| Demand { requirement, far_end: far_end(case, requirement) }).collect()
}

fn far_end(case: &Case<'_>, requirement: &Requirement) -> Result<FarEnd, String> {
    let Endpoint::Service { tag: Some(tag), .. } = requirement.endpoint else {
        let host = requirement.endpoint.address().map(Prefix::host);
        return Ok(FarEnd {
            name: requirement.endpoint.address().map_or_else(String::new, |address| address.to_string()),
            terms: host.into_iter().map(AddressTerm::Prefix).collect(),
            addresses: AddressSet::from_prefixes(host),
            exact: true,
        });
    };
    if let Some(private) = private_end(case, requirement) {
        return Ok(private);
    }
    let region = case.region();
    let name = tag.name(region.as_ref());
    let regional = case.tags.find(&name);
    let exact = regional.is_some() && (!tag.regional || region.is_some());
    let found = regional.or_else(|| case.tags.find(tag.base)).ok_or_else(|| {
        format!(
            "no service tag `{name}` in the service tags at hand, so its addresses are not known (`--tags FILE`)"
        )
    })?;
    Ok(FarEnd {
        name: found.name().to_owned(),
        terms: vec![AddressTerm::Tag(found.name().to_owned())],
        addresses: found.addresses(),
        exact,
    })
}

/// The far end inside the network, where private endpoints of a vault take the place of the public service.
fn private_end(case: &Case<'_>, requirement: &Requirement) -> Option<FarEnd> {
    let zones = requirement.alternative(AlternativeKind::PrivateEndpoint)?.zones.of(case.cloud());
    let suffixes: Vec<&str> =
        zones.iter().filter_map(|zone| zone.rsplit_once('*')).map(|(_, end)| end).collect();
    let public = zones.iter().filter_map(|zone| zone.strip_prefix("privatelink"));
    let under = |name: &str| {
        let name = name.to_ascii_lowercase();
        suffixes.iter().copied().chain(public.clone()).any(|suffix| name.ends_with(suffix))
    };
    let endpoints = vault_endpoints(case);
    let records = endpoints.iter().flat_map(|endpoint| &endpoint.records);
    let addresses: Vec<Prefix> = records
        .filter(|(name, _)| under(name))
        .flat_map(|(_, addresses)| addresses.iter().copied().map(Prefix::host))
        .collect();
    let first = endpoints.first().filter(|_| !addresses.is_empty())?;
    Some(FarEnd {
        name: format!("private endpoint `{}`", first.id.name()),
        terms: addresses.iter().copied().map(AddressTerm::Prefix).collect(),
        addresses: AddressSet::from_prefixes(addresses),
        exact: true,
    })
}

/// The approved private endpoints that lead to a Recovery Services vault.
pub(in crate::check) fn vault_endpoints<'f>(case: &Case<'f>) -> Vec<&'f PrivateEndpoint> {
    let leads_to_vault = |endpoint: &&PrivateEndpoint| {
        endpoint.approved != Some(false)
            && endpoint.target.as_ref().is_some_and(|id| id.is_a("Microsoft.RecoveryServices/vaults"))
    };
    case.facts.private_endpoints.iter().filter(leads_to_vault).collect()
}

/// The addresses that send: the interface's own, else those of its subnet; for a group on its own, anyone.
///
/// IPv6 only where an address of the interface is one.
pub(in crate::check) fn senders(around: &Around<'_>) -> AddressSet {
    let own = &around.reach.addresses;
    if !own.is_empty() {
        return own.clone();
    }
    let subnet = around.context.as_ref().and_then(|context| context.subnet.as_ref().ok());
    let prefixes = subnet.iter().flat_map(|subnet| &subnet.prefixes).copied();
    let of_subnet = AddressSet::from_prefixes(prefixes).intersection(&AddressSet::all_ipv4());
    if of_subnet.is_empty() { AddressSet::all_ipv4() } else { of_subnet }
}

/// The prefixes of the subnet that the senders are in; none where it is not known.
pub(in crate::check) fn subnet(around: &Around<'_>) -> Vec<Prefix> {
    let subnet = around.context.as_ref().and_then(|context| context.subnet.as_ref().ok());
    subnet.map(|subnet| subnet.prefixes.clone()).unwrap_or_default()
}

fn families(senders: &AddressSet) -> AddressSet {
    let ipv6 = if senders.ipv6().is_empty() { AddressSet::empty() } else { AddressSet::all_ipv6() };
    if senders.ipv4().is_empty() { ipv6 } else { ipv6.union(&AddressSet::all_ipv4()) }
}

/// Why nothing is asked of the subject.
pub(in crate::check) fn why_not(case: &Case<'_>, about: &str, asked: &[Demand]) -> String {
    let agentless = case.situation().agentless == Some(true);
    let exempt = |demand: &&Demand| demand.requirement.unless.contains(&Condition::Agentless);
    if agentless && asked.iter().any(|demand| exempt(&demand)) {
        return "the policy is agentless: it needs no network in the guest".to_owned();
    }
    let conditional = asked.iter().find(|demand| demand.requirement.when != Condition::Always);
    match conditional {
        Some(demand) => format!("no path to {about} is asked of this VM: {}", demand.requirement.reason),
        None => format!(
            "backup of this workload ({}{}) asks for no path to {about}",
            case.question.workload,
            if case.question.profile == Profile::Current { "" } else { ", 2018" }
        ),
    }
}

/// Whether a requirement leads to the host rather than to a service.
pub(in crate::check) fn is_platform(requirement: &Requirement) -> bool {
    requirement.purpose == Purpose::Platform
}
