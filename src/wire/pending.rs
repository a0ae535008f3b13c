//! Parts of resources that documents state on their own: they are put into place when everything is read.

use std::net::IpAddr;

use super::group::upsert;
use super::merge::{add_extension, merge_into};
use super::reader::Reader;
use crate::azure::ResourceId;
use crate::facts::{Item, Items};
use crate::network::{Peering, ZoneLink};
use crate::nsg::SecurityRule;
use crate::route::Route;
use crate::vm::{Extension, VirtualMachine};

/// A part of a resource, with the id of the resource it belongs to.
#[derive(Debug)]
pub(super) enum Pending {
    /// A rule of a security group.
    Rule(ResourceId, SecurityRule),
    /// A route of a route table.
    Route(ResourceId, Route),
    /// A peering of a network.
    Peering(ResourceId, Peering),
    /// An extension of a VM.
    Extension(ResourceId, Extension),
    /// The zones of a private endpoint, and the records in them.
    Zones(ResourceId, Vec<ResourceId>, Vec<(String, Vec<IpAddr>)>),
    /// A link of a private zone; whether it stood in a list of all of them.
    Link(ResourceId, ZoneLink, bool),
    /// The name of a record of a private zone; whether it stood in a list of all of them.
    Record(ResourceId, String, bool),
    /// A gateway that stands in a network.
    Gateway(ResourceId),
    /// An instance view without an id: the name the guest calls itself by, and a VM that holds nothing else.
    View(Option<String>, Box<VirtualMachine>),
}

impl Pending {
    /// Puts the part into place, or says why it cannot be.
    pub(super) fn settle(self, reader: &mut Reader) -> Result<(), String> {
        let facts = &mut reader.facts;
        match self {
            Self::Rule(group, rule) => {
                upsert(&mut find(&mut facts.security_groups, &group)?.rules, rule);
            }
            Self::Route(table, route) => {
                let routes = &mut find(&mut facts.route_tables, &table)?.routes;
                let same = |known: &&mut Route| match (&known.name, &route.name) {
                    (Some(known), Some(new)) => known.eq_ignore_ascii_case(new),
                    _ => false,
                };
                match routes.iter_mut().find(same) {
                    Some(known) => *known = route,
                    None => routes.push(route),
                }
            }
            Self::Peering(network, peering) => {
                let peerings = find(&mut facts.networks, &network)?.peerings.get_or_insert_default();
                match peerings.iter_mut().find(|known| known.name.eq_ignore_ascii_case(&peering.name)) {
                    Some(known) => *known = peering,
                    None => peerings.push(peering),
                }
            }
            Self::Extension(vm, extension) => {
                add_extension(find(&mut facts.vms, &vm)?.extensions.get_or_insert_default(), extension);
            }
            Self::Zones(endpoint, zones, records) => {
                let endpoint = find(&mut facts.private_endpoints, &endpoint)?;
                endpoint.zones.get_or_insert_default().extend(zones);
                endpoint.records.extend(records);
            }
            Self::Link(zone, link, listed) => {
                let links = &mut find(&mut facts.private_zones, &zone)?.links;
                add_listed(links, link, listed)?;
            }
            Self::Record(zone, name, listed) => {
                let records = &mut find(&mut facts.private_zones, &zone)?.records;
                add_listed(records, name, listed)?;
            }
            Self::Gateway(network) => find(&mut facts.networks, &network)?.gateway = Some(true),
            Self::View(name, view) => settle_view(reader, name.as_deref(), *view)?,
        }
        Ok(())
    }
}

fn find<'f, T: Item>(items: &'f mut Items<T>, id: &ResourceId) -> Result<&'f mut T, String> {
    let kind = T::KIND;
    items.find_mut(id).ok_or_else(|| {
        format!("it is a part of the {kind} `{}`, which is not in the input", super::fault::quoted(id.name()))
    })
}

/// Adds one of several; unless all of them are in the input, one tells nothing about the rest.
fn add_listed<T: PartialEq>(known: &mut Option<Vec<T>>, one: T, listed: bool) -> Result<(), String> {
    if !listed {
        return Err("it is one of several: only a list of all of them tells what is not there".into());
    }
    let known = known.get_or_insert_default();
    if !known.contains(&one) {
        known.push(one);
    }
    Ok(())
}

/// The VM of a bare instance view: the one whose guest has that name, or else the only one there is.
fn settle_view(reader: &mut Reader, name: Option<&str>, mut view: VirtualMachine) -> Result<(), String> {
    let named = |known: &str| name.is_some_and(|name| known.eq_ignore_ascii_case(name));
    let mut ids: Vec<ResourceId> =
        reader.computer_names.iter().filter(|(known, _)| named(known)).map(|(_, id)| id.clone()).collect();
    if ids.is_empty() {
        ids = reader.facts.vms.iter().map(|vm| vm.id.clone()).filter(|id| named(id.name())).collect();
    }
    if ids.is_empty() && reader.facts.vms.len() == 1 {
        ids = reader.facts.vms.iter().map(|vm| vm.id.clone()).collect();
    }
    ids.sort();
    ids.dedup();
    match ids.as_slice() {
        [id] => view.id = id.clone(),
        // On its own, it is all there is to know about some VM.
        [] if reader.facts.vms.is_empty() => {}
        [] => {
            return Err("it is an instance view that names none of the virtual machines in the input".into());
        }
        _ => {
            return Err(
                "it is an instance view that could be of several virtual machines in the input".into()
            );
        }
    }
    merge_into(&mut reader.facts.vms, view);
    Ok(())
}
