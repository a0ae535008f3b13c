//! Where a question about rules stands: an interface, or a group on its own.

use std::net::IpAddr;

use super::Failure;
use super::input::{listed, named, nothing};
use crate::azure::ResourceId;
use crate::facts::{Facts, Resolution};
use crate::net::Prefix;
use crate::network::{Attachment, NetworkInterface};
use crate::nsg::{NetworkSecurityGroup, Scope};
use crate::reach::{Prefer, Reach};
use crate::tags::TagCatalog;

/// What the user said of the place.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted<'a> {
    /// A VM, by name or id.
    pub(super) vm: Option<&'a str>,
    /// An interface, by name or id.
    pub(super) nic: Option<&'a str>,
    /// A group to judge on its own, by name or id.
    pub(super) nsg: Option<&'a str>,
    /// An address that the interface has.
    pub(super) address: Option<IpAddr>,
}

/// Where a question stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Standing<'f> {
    /// At an interface, with everything around it.
    Interface(&'f NetworkInterface),
    /// At a group, as if it were the only one.
    Group(&'f NetworkSecurityGroup),
}

/// How names are turned into addresses there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) tags: &'a TagCatalog,
    pub(super) prefer: Option<Prefer>,
    pub(super) assumed_space: &'a [Prefix],
}

/// Gives effective rules and routes of which nobody described the interface an interface to stand on.
pub(super) fn lend_interfaces(facts: &mut Facts) {
    if !facts.interfaces.is_empty() || !facts.security_groups.is_empty() {
        return;
    }
    let rules = facts.effective_rules.iter().map(|rules| (&rules.interface, &rules.place));
    let routes = facts.effective_routes.iter().map(|routes| (&routes.interface, &routes.place));
    for (interface, place) in rules.chain(routes) {
        facts.interfaces.insert(NetworkInterface {
            id: interface.clone().unwrap_or_else(|| ResourceId::new("interface")),
            region: None,
            vm: Attachment::Unknown,
            security_group: Attachment::Unknown,
            ip_configurations: Vec::new(),
            primary: None,
            ip_forwarding: None,
            default_outbound: None,
            dns_servers: Vec::new(),
            place: place.clone(),
        });
    }
}

impl<'f> Standing<'f> {
    /// Chooses by what the user said; where that fits several, their names are asked for.
    pub(super) fn choose(facts: &'f Facts, wanted: Wanted<'_>) -> Result<Self, Failure> {
        if let Some(name) = wanted.nsg {
            return named(&facts.security_groups, name).map(Self::Group);
        }
        let candidates = candidates(facts, wanted)?;
        if candidates.is_empty() {
            return lone_group(facts);
        }
        let owns = |interface: &&NetworkInterface| {
            let own = interface.ip_configurations.iter().filter_map(|c| c.private_address);
            wanted.address.is_some_and(|address| own.into_iter().any(|other| other == address))
        };
        let owners: Vec<&NetworkInterface> = candidates.iter().copied().filter(owns).collect();
        let ids = |interfaces: &[&NetworkInterface]| {
            listed(interfaces.iter().map(|interface| interface.id.as_str()))
        };
        match (owners.as_slice(), candidates.as_slice()) {
            ([one], _) | ([], [one]) => Ok(Self::Interface(one)),
            // A VM sends by its primary interface unless the address says otherwise.
            ([], [primary, ..]) if wanted.vm.is_some() => Ok(Self::Interface(primary)),
            ([], all) => Err(Failure::Usage(format!(
                "several network interfaces are in the input: say which with --nic, {}",
                ids(all)
            ))),
            (several, _) => Err(Failure::Usage(format!(
                "several network interfaces have that address: say which with --nic, {}",
                ids(several)
            ))),
        }
    }

    /// Everything in the way there.
    pub(super) fn reach(self, facts: &Facts, terms: Terms<'_>) -> Result<Reach, Failure> {
        let with = Resolution { tags: terms.tags, prefer: terms.prefer, assumed_space: terms.assumed_space };
        let (reach, place) = match self {
            Self::Interface(interface) => (facts.reach(&facts.context_of(interface), with), &interface.place),
            Self::Group(group) => (facts.reach_of_group(group, with), &group.place),
        };
        reach.map_err(|error| Failure::at(place, &error.to_string(), "rules that Azure takes"))
    }

    /// What the contextual tags mean there.
    pub(super) fn scope(self, facts: &Facts, terms: Terms<'_>) -> Scope {
        match self {
            Self::Interface(interface) => {
                facts.scope(Some(&facts.context_of(interface)), terms.assumed_space)
            }
            Self::Group(_) => facts.scope(None, terms.assumed_space),
        }
    }
}

/// The interfaces that what the user said leaves.
fn candidates<'f>(facts: &'f Facts, wanted: Wanted<'_>) -> Result<Vec<&'f NetworkInterface>, Failure> {
    if let Some(name) = wanted.nic {
        return Ok(vec![named(&facts.interfaces, name)?]);
    }
    let Some(name) = wanted.vm else { return Ok(facts.interfaces.iter().collect()) };
    let id = ResourceId::new(name);
    let is_its = |interface: &&NetworkInterface| {
        interface.vm.id().is_some_and(|vm| *vm == id || vm.name().eq_ignore_ascii_case(name))
    };
    let attached: Vec<&NetworkInterface> = facts.interfaces.iter().filter(is_its).collect();
    if facts.vms.is_empty() && !attached.is_empty() {
        return Ok(attached);
    }
    let vm = named(&facts.vms, name)?;
    let known = facts.interfaces_of(vm).map(|all| all.into_iter().flatten().collect::<Vec<_>>());
    match known {
        Ok(interfaces) if !interfaces.is_empty() => Ok(interfaces),
        _ => Err(nothing(&format!("no network interface of the VM `{}` is in the input", vm.id.name()))),
    }
}

fn lone_group(facts: &Facts) -> Result<Standing<'_>, Failure> {
    let groups: Vec<&NetworkSecurityGroup> = facts.security_groups.iter().collect();
    match groups.as_slice() {
        [only] => Ok(Standing::Group(only)),
        [] => Err(nothing("the input holds neither a network interface nor a network security group")),
        several => Err(Failure::Usage(format!(
            "no network interface says which group is in the way: judge one on its own with --nsg, {}",
            listed(several.iter().map(|group| group.id.as_str()))
        ))),
    }
}
