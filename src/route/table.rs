//! Which route each address takes.

use std::cmp::Reverse;

use super::{Route, RouteDestination, RouteSource};
use crate::azure::Region;
use crate::net::{AddressSet, Prefix};
use crate::tags::TagCatalog;

/// The routes in force at one place, with service tags turned into prefixes, best first.
///
/// Longest prefix first; on a tie a user route before a gateway's before Azure's own, and a prefix stated
/// outright before one of a service tag: regional tag, tag, `AzureCloud.region`, `AzureCloud`
/// (virtual-networks-udr-overview on learn.microsoft.com, 2023-05-27).
#[derive(Debug, Clone)]
pub struct Routing {
    routes: Vec<Route>,
    entries: Vec<Entry>,
    unresolved: Vec<String>,
}

/// One prefix of one route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    prefix: Prefix,
    rank: (u8, u8),
    route: usize,
}

/// Addresses that leave by one route.
#[derive(Debug, Clone)]
pub struct Branch<'r> {
    /// The addresses.
    pub addresses: AddressSet,
    /// The route, with a prefix of it that won; `None` where no route holds them.
    pub route: Option<(&'r Route, Prefix)>,
}

impl Routing {
    /// Puts the routes in the order in which they are considered; inactive ones do not take part.
    #[must_use]
    pub fn new(routes: Vec<Route>, tags: &TagCatalog) -> Self {
        let (mut entries, mut unresolved) = (Vec::new(), Vec::new());
        for (index, route) in routes.iter().enumerate().filter(|(_, route)| route.active) {
            let entry =
                |prefix, tag: u8| Entry { prefix, rank: (source_rank(route.source), tag), route: index };
            match &route.destination {
                RouteDestination::Prefixes(prefixes) => entries.extend(prefixes.iter().map(|p| entry(*p, 0))),
                RouteDestination::ServiceTag(name) => match tags.find(name) {
                    Some(tag) => {
                        let rank = tag_rank(tag.name(), tag.region().as_ref());
                        entries.extend(tag.prefixes().map(|p| entry(p, rank)));
                    }
                    None => unresolved.push(name.clone()),
                },
            }
        }
        // Stable, so that of equal entries the one stated earlier stays first.
        entries.sort_by_key(|entry| (Reverse(entry.prefix.length()), entry.rank));
        Self { routes, entries, unresolved }
    }

    /// Service tags of routes that are not in the tag file: what they route is not known.
    #[must_use]
    pub fn unresolved(&self) -> &[String] {
        &self.unresolved
    }

    /// The routes, as given.
    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Splits addresses by the route they take, the most specific first; each is in exactly one branch.
    #[must_use]
    pub fn split(&self, addresses: &AddressSet) -> Vec<Branch<'_>> {
        let mut left = addresses.clone();
        let mut taken_by: Vec<(usize, Prefix, AddressSet)> = Vec::new();
        for entry in &self.entries {
            if left.is_empty() {
                break;
            }
            let block = AddressSet::from(entry.prefix);
            if !left.overlaps(&block) {
                continue;
            }
            let taken = left.intersection(&block);
            left = left.difference(&block);
            match taken_by.iter_mut().find(|(route, ..)| *route == entry.route) {
                Some((_, _, addresses)) => *addresses = addresses.union(&taken),
                None => taken_by.push((entry.route, entry.prefix, taken)),
            }
        }
        let branch = |(route, prefix, addresses): (usize, Prefix, AddressSet)| Branch {
            addresses,
            route: self.routes.get(route).map(|route| (route, prefix)),
        };
        let mut branches: Vec<Branch<'_>> = taken_by.into_iter().map(branch).collect();
        if !left.is_empty() {
            branches.push(Branch { addresses: left, route: None });
        }
        branches
    }
}

const fn source_rank(source: RouteSource) -> u8 {
    match source {
        RouteSource::User => 0,
        RouteSource::Gateway => 1,
        RouteSource::Default => 2,
    }
}

/// Service tags of one prefix, narrower names first; 0 is a prefix stated outright.
fn tag_rank(name: &str, region: Option<&Region>) -> u8 {
    let cloud = name.split('.').next().is_some_and(|base| base.eq_ignore_ascii_case("AzureCloud"));
    match (cloud, region.is_some()) {
        (false, true) => 1,
        (false, false) => 2,
        (true, true) => 3,
        (true, false) => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Place, Pointer};
    use crate::route::{NextHop, NextHopKind};

    fn route(destination: &str, kind: NextHopKind, source: RouteSource) -> Route {
        let destination = match destination.parse::<Prefix>() {
            Ok(prefix) => RouteDestination::Prefixes(vec![prefix]),
            Err(_) => RouteDestination::ServiceTag(destination.into()),
        };
        let place = Place { document: "test".into(), pointer: Pointer::root() };
        let next_hop = NextHop { kind, addresses: vec![] };
        Route { name: None, destination, next_hop, source, active: true, place }
    }

    fn set(prefix: &str) -> AddressSet {
        prefix.parse::<Prefix>().unwrap().into()
    }

    fn kinds(routes: Vec<Route>, asked: &AddressSet) -> Vec<(String, String)> {
        let routing = Routing::new(routes, TagCatalog::embedded());
        let name =
            |b: &Branch<'_>| b.route.map_or("-".to_owned(), |(route, _)| route.next_hop.kind.to_string());
        routing.split(asked).iter().map(|b| (name(b), b.addresses.count().to_string())).collect()
    }

    #[test]
    fn the_longest_prefix_wins_and_every_address_is_in_one_branch() {
        let routes = vec![
            route("0.0.0.0/0", NextHopKind::VirtualAppliance, RouteSource::User),
            route("0.0.0.0/0", NextHopKind::Internet, RouteSource::Default),
            route("10.0.0.0/16", NextHopKind::VnetLocal, RouteSource::Default),
        ];
        let found = kinds(routes, &set("10.0.0.0/15"));
        assert_eq!(
            found,
            [("VnetLocal".into(), "65536".into()), ("VirtualAppliance".into(), "65536".into())]
        );
    }

    #[test]
    fn on_a_tie_a_user_route_beats_a_gateway_and_a_gateway_beats_azure() {
        let tie = |sources: &[RouteSource]| {
            let routes = sources.iter().map(|source| {
                let kind = match source {
                    RouteSource::User => NextHopKind::None,
                    RouteSource::Gateway => NextHopKind::VirtualNetworkGateway,
                    RouteSource::Default => NextHopKind::Internet,
                };
                route("0.0.0.0/0", kind, *source)
            });
            kinds(routes.collect(), &set("8.8.8.8")).remove(0).0
        };
        assert_eq!(tie(&[RouteSource::Default, RouteSource::Gateway, RouteSource::User]), "None");
        assert_eq!(tie(&[RouteSource::Default, RouteSource::Gateway]), "VirtualNetworkGateway");
    }

    #[test]
    fn without_a_route_an_address_stays_in_a_branch_of_its_own() {
        let routes = vec![route("10.0.0.0/16", NextHopKind::VnetLocal, RouteSource::Default)];
        assert_eq!(kinds(routes, &set("192.168.0.0/24")), [("-".into(), "256".into())]);
    }

    #[test]
    fn a_service_tag_route_is_more_specific_than_the_default_route() {
        let routes = vec![
            route("0.0.0.0/0", NextHopKind::VirtualAppliance, RouteSource::User),
            route("Storage.KoreaCentral", NextHopKind::Internet, RouteSource::User),
        ];
        let storage = TagCatalog::embedded().resolve("Storage.KoreaCentral").unwrap().addresses();
        let storage = storage.intersection(&AddressSet::all_ipv4());
        assert_eq!(kinds(routes, &storage), [("Internet".into(), storage.count().to_string())]);
        let unknown = vec![route("NoSuchTag", NextHopKind::Internet, RouteSource::User)];
        assert_eq!(Routing::new(unknown, TagCatalog::embedded()).unresolved(), ["NoSuchTag"]);
    }
}
