//! Where groups stand, and what the contextual tags mean there.

use std::collections::{BTreeMap, BTreeSet};

use super::Setting;
use crate::azure::ResourceId;
use crate::facts::{Facts, InterfaceContext};
use crate::network::{NetworkInterface, Subnet};
use crate::nsg::{NetworkSecurityGroup, Scope};

/// A place at which a group stands.
#[derive(Debug)]
enum Stand<'f> {
    /// In the way of an interface's packets.
    Interface(Box<InterfaceContext<'f>>),
    /// On a subnet of which no interface is in the input.
    Subnet(&'f Subnet),
}

/// Where one group stands.
#[derive(Debug, Default)]
pub(super) struct Stands<'f> {
    /// The interfaces whose packets it is in the way of.
    pub(super) interfaces: Vec<&'f NetworkInterface>,
    /// Its places, each network meaning of a subnet once.
    places: Vec<Stand<'f>>,
}

/// The places of every group that has one in the input.
pub(super) fn stands(facts: &Facts) -> BTreeMap<&ResourceId, Stands<'_>> {
    let mut stands: BTreeMap<&ResourceId, Stands<'_>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for interface in facts.interfaces.iter() {
        let context = facts.context_of(interface);
        let subnet = crate::facts::primary(interface).and_then(|primary| primary.subnet.clone());
        // Routes that the platform reports are those of one interface alone.
        let own = context.effective_routes.map(|_| &interface.id);
        let groups = [&context.interface_group, &context.subnet_group];
        for group in groups.into_iter().flatten().copied().flatten() {
            let known = stands.entry(&group.id).or_default();
            known.interfaces.push(interface);
            if seen.insert((&group.id, subnet.clone(), own)) {
                known.places.push(Stand::Interface(Box::new(context.clone())));
            }
        }
    }
    let on_interfaces: BTreeSet<(&ResourceId, Option<ResourceId>)> =
        seen.into_iter().map(|(group, subnet, _)| (group, subnet)).collect();
    for subnet in facts.subnets.iter() {
        if let Ok(Some(group)) = facts.group_on_subnet(subnet)
            && !on_interfaces.contains(&(&group.id, Some(subnet.id.clone())))
        {
            stands.entry(&group.id).or_default().places.push(Stand::Subnet(subnet));
        }
    }
    stands
}

/// The meanings that the contextual tags have where a group stands, each once; the one of a place of which nothing is
/// known, where the input tells of none.
pub(super) fn scopes(setting: &Setting<'_>, group: &NetworkSecurityGroup) -> Vec<Scope> {
    let assumed = setting.vouched.space;
    let mut scopes: Vec<Scope> = Vec::new();
    for stand in setting.stands.get(&group.id).into_iter().flat_map(|stands| &stands.places) {
        let scope = match stand {
            Stand::Interface(context) => setting.facts.scope(Some(context), assumed),
            Stand::Subnet(subnet) => setting.facts.scope_of_subnet(subnet, assumed),
        };
        if !scopes.iter().any(|known| same(known, &scope)) {
            scopes.push(scope);
        }
    }
    if scopes.is_empty() {
        scopes.push(setting.facts.scope(None, assumed));
    }
    scopes
}

/// The same places with ordinary networks: none holds an address of `Internet`, beyond what is known of it.
pub(super) fn ordinary(scopes: &[Scope]) -> Vec<Scope> {
    let without_public = |scope: &Scope| {
        let mut scope = scope.clone();
        if let Some((_, extent)) = &mut scope.virtual_network_open {
            *extent = extent.difference(&scope.internet);
        }
        scope
    };
    let mut ordinary: Vec<Scope> = Vec::new();
    for scope in scopes.iter().map(without_public) {
        if !ordinary.iter().any(|known| same(known, &scope)) {
            ordinary.push(scope);
        }
    }
    ordinary
}

/// Whether every tag holds the same in both; application security groups do everywhere.
fn same(one: &Scope, other: &Scope) -> bool {
    one.virtual_network == other.virtual_network
        && one.routed == other.routed
        && one.virtual_network_open.as_ref().map(|(_, extent)| extent)
            == other.virtual_network_open.as_ref().map(|(_, extent)| extent)
}
