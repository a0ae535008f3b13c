//! Route tables, and the routes Azure reports to be in force.

use super::fault::Fault;
use super::merge::merge_into;
use super::node::{Node, Stated};
use super::pending::Pending;
use super::reader::Reader;
use crate::net::Prefix;
use crate::route::{EffectiveRoutes, NextHop, NextHopKind, Route, RouteDestination, RouteSource, RouteTable};

/// Reads a route table with the routes inside it.
pub(super) fn table(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let id = reader.id_of(node)?;
    let Some(routes) = node.records_at("routes", node.is_whole())? else {
        reader.pass_over(node.place(), "it does not state the routes of the route table");
        return Ok(());
    };
    let routes: Result<Vec<Route>, Fault> = routes.iter().map(user_route).collect();
    let table = RouteTable {
        id,
        routes: routes?,
        disables_gateway_routes: node.flag_at("disableBgpRoutePropagation")?,
        subnets: node.references_at("subnets")?,
        place: node.place(),
    };
    merge_into(&mut reader.facts.route_tables, table);
    Ok(())
}

/// Reads a route that stands alone.
pub(super) fn lone_route(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let Some(table) = reader.id_of(node)?.parent() else {
        return Err(Fault::absent(node.place(), "id", "the id of a route, which names its table"));
    };
    let route = user_route(node)?;
    reader.later(node, Pending::Route(table, route));
    Ok(())
}

/// Reads a list of nothing but routes of one table, which is all the routes it has.
pub(super) fn route_list(reader: &mut Reader, nodes: &[Node]) -> Result<(), Fault> {
    for node in nodes {
        let Some(id) = reader.id_of(node)?.parent() else {
            return Err(Fault::absent(node.place(), "id", "the id of a route, which names its table"));
        };
        if reader.facts.route_tables.find(&id).is_err() {
            let place = node.place();
            let table =
                RouteTable { id, routes: Vec::new(), disables_gateway_routes: None, subnets: None, place };
            reader.facts.route_tables.insert(table);
        }
        lone_route(reader, node)?;
    }
    Ok(())
}

/// Reads the routes in force on one interface.
pub(super) fn effective(reader: &mut Reader, list: &Node, nodes: &[Node]) -> Result<(), Fault> {
    let routes: Result<Vec<Route>, Fault> = nodes.iter().map(effective_route).collect();
    reader.facts.effective_routes.push(EffectiveRoutes {
        interface: None,
        routes: routes?,
        place: list.place(),
    });
    Ok(())
}

fn user_route(node: &Node) -> Result<Route, Fault> {
    let text = node.required_text("addressPrefix", "an address prefix or a service tag")?;
    Ok(Route {
        name: node.own_text("name")?.map(|name| name.rsplit('/').next().unwrap_or_default().to_owned()),
        destination: match text.trim().parse::<Prefix>() {
            Ok(prefix) => RouteDestination::Prefixes(vec![prefix]),
            Err(_) => RouteDestination::ServiceTag(text.trim().to_owned()),
        },
        next_hop: next_hop(node)?,
        source: RouteSource::User,
        active: true,
        place: node.place(),
    })
}

fn effective_route(node: &Node) -> Result<Route, Fault> {
    let prefixes = node.prefixes_at("addressPrefix")?.unwrap_or_default();
    let tags = node.texts_at("destinationServiceTags")?.unwrap_or_default();
    let destination = match tags.into_iter().next() {
        Some(tag) if prefixes.is_empty() => RouteDestination::ServiceTag(tag),
        _ => RouteDestination::Prefixes(prefixes),
    };
    let source = node.required_text("source", "`Default`, `User` or `VirtualNetworkGateway`")?;
    Ok(Route {
        name: node.own_text("name")?,
        destination,
        next_hop: next_hop(node)?,
        source: match source.to_ascii_lowercase().as_str() {
            "user" => RouteSource::User,
            "virtualnetworkgateway" => RouteSource::Gateway,
            // `Unknown` is Azure's fourth word: what nobody claims to have made ranks last.
            _ => RouteSource::Default,
        },
        active: node.says_at("state", "Active")?.unwrap_or(true),
        place: node.place(),
    })
}

fn next_hop(node: &Node) -> Result<NextHop, Fault> {
    let kind = node.required_text("nextHopType", "a kind of next hop, such as `Internet` or `None`")?;
    if matches!(node.stated("nextHopIpAddress"), Stated::Open) {
        return Err(Fault::Open(node.place(), "the next hop of a route is left open".into()));
    }
    let mut addresses = Vec::new();
    for each in node.list_at("nextHopIpAddress")?.unwrap_or_default() {
        if let Some(text) = each.text()? {
            addresses.push(text.trim().parse().map_err(|_| each.fault("the IP address of the next hop"))?);
        }
    }
    Ok(NextHop { kind: kind_of(&kind), addresses })
}

fn kind_of(text: &str) -> NextHopKind {
    match text.trim().to_ascii_lowercase().as_str() {
        "vnetlocal" => NextHopKind::VnetLocal,
        "vnetpeering" | "vnetglobalpeering" => NextHopKind::VnetPeering,
        "internet" => NextHopKind::Internet,
        "virtualappliance" => NextHopKind::VirtualAppliance,
        "virtualnetworkgateway" => NextHopKind::VirtualNetworkGateway,
        "virtualnetworkserviceendpoint" => NextHopKind::ServiceEndpoint,
        "none" => NextHopKind::None,
        _ => NextHopKind::Other(text.to_owned()),
    }
}
