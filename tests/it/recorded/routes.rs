//! Recorded effective route tables and next hops.

use std::fs;

use serde_json::{Value, json};

use azpreflight::facts::{Facts, Resolution};
use azpreflight::input::{Bundle, Document};
use azpreflight::net::{AddressSet, Prefix};
use azpreflight::route::{NextHopKind, Routing};
use azpreflight::tags::TagCatalog;
use azpreflight::wire;

use super::case::text;

fn lines(file: &str) -> Vec<Value> {
    let text = fs::read_to_string(crate::corpus::folder("effective-routes").join(file)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn facts(documents: &[Value]) -> Facts {
    let document = |value: &Value| Document {
        name: "recorded".into(),
        bytes: value.to_string().into_bytes(),
        named_by_user: true,
    };
    wire::parse(&Bundle { documents: documents.iter().map(document).collect() }).unwrap()
}

/// The next hop of an address, in Azure's words; where a route is Azure's own, `VnetLocal` is `VirtualNetwork`.
fn next_hop(routing: &Routing, address: &str) -> (String, bool) {
    let branches = routing.split(&AddressSet::from(address.parse::<Prefix>().unwrap()));
    let (route, _) = branches.first().and_then(|branch| branch.route).expect("a route holds every address");
    let kind = match &route.next_hop.kind {
        NextHopKind::VnetLocal => "VirtualNetwork".to_owned(),
        kind => kind.to_string(),
    };
    (kind, route.source == azpreflight::route::RouteSource::User)
}

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn recorded_tables_send_each_prefix_where_they_say() {
    let mut prefixes = 0;
    for line in lines("effectiveroutetable.jsonl") {
        let facts = facts(std::slice::from_ref(&line["response"]));
        let [effective] = facts.effective_routes.as_slice() else {
            panic!("one table in {}", line["source"])
        };
        let routing = Routing::new(effective.routes.clone(), TagCatalog::embedded());
        let recorded = line["response"]["value"].as_array().unwrap();
        for route in recorded.iter().filter(|route| route["state"] == "Active") {
            for prefix in route["addressPrefix"].as_array().unwrap() {
                let own: Prefix = text(prefix).parse().unwrap();
                let branches = routing.split(&own.into());
                let taken = branches.iter().find(|b| b.route.is_some_and(|(_, winner)| winner == own));
                let kind =
                    taken.and_then(|branch| branch.route).map(|(route, _)| route.next_hop.kind.to_string());
                assert_eq!(kind, Some(text(&route["nextHopType"])), "{own} in {}", line["source"]);
                prefixes += 1;
            }
        }
    }
    assert!(prefixes >= 80, "only {prefixes} prefixes were found");
}

/// The system routes that we derive for a network are those of the recordings.
#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn derived_system_routes_drop_what_the_recordings_drop() {
    let derived = derived_routing("10.0.0.4", "10.0.0.0/16", None);
    let tables: Vec<Vec<Prefix>> = lines("effectiveroutetable.jsonl").iter().map(dropped).collect();
    let longest = tables.iter().max_by_key(|table| table.len()).unwrap();
    let private = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"];
    for prefix in tables.iter().flatten() {
        // Blocks inside Microsoft come and go from year to year; the data holds those of the longest table.
        if !longest.contains(prefix) {
            assert!(!private.contains(&prefix.to_string().as_str()), "{prefix} is in every table");
            continue;
        }
        // The last address: the first of 10.0.0.0/8 is the network's own.
        assert_eq!(next_hop(&derived, &prefix.last().to_string()).0, "None", "{prefix}");
    }
    assert!(longest.len() >= 20);
    assert_eq!(next_hop(&derived, "10.0.3.4").0, "VirtualNetwork");
    assert_eq!(next_hop(&derived, "8.8.8.8").0, "Internet");
}

/// What a recorded table drops of Azure's own accord.
fn dropped(line: &Value) -> Vec<Prefix> {
    let routes = line["response"]["value"].as_array().into_iter().flatten();
    let dropped = routes.filter(|route| route["nextHopType"] == "None" && route["source"] == "Default");
    dropped.flat_map(|r| r["addressPrefix"].as_array().unwrap()).map(|p| text(p).parse().unwrap()).collect()
}

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn recorded_next_hops_are_found() {
    let mut found = 0;
    for line in lines("nexthop.jsonl") {
        let (request, response) = (&line["request"], &line["response"]);
        let (Some(source), Some(destination)) =
            (request["sourceIPAddress"].as_str(), request["destinationIPAddress"].as_str())
        else {
            println!("left out: the question is not recorded: {}", line["source"]);
            continue;
        };
        let by_table = response["routeTableId"] != "System Route";
        // The recordings do not hold the networks; their tests make them with these spaces.
        let (own, space) = match source {
            "10.17.3.4" => (source, "10.17.3.0/24"),
            "192.168.2.4" => (source, "192.168.0.0/16"),
            "123.4.5.6" => ("10.0.0.6", "10.0.0.0/16"),
            _ => (source, "10.0.0.0/16"),
        };
        let table = by_table.then_some(("10.1.3.0/24", text(&response["nextHopType"])));
        let routing = derived_routing(own, space, table.as_ref());
        let wanted = (text(&response["nextHopType"]), by_table);
        assert_eq!(next_hop(&routing, destination), wanted, "{source} to {destination}");
        found += 1;
    }
    assert!(found >= 7, "only {found} next hops were found");
}

/// The routing we derive for an interface in a network of this space, with one user route.
fn derived_routing(own: &str, space: &str, user: Option<&(&str, String)>) -> Routing {
    let id = |path: &str| format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/{path}");
    let table = json!({"id": id("routeTables/t"), "type": "Microsoft.Network/routeTables", "name": "t", "location": "eastus", "properties": {
        "routes": user.iter().map(|(prefix, kind)| json!({"name": "r", "properties": {"addressPrefix": prefix, "nextHopType": kind}})).collect::<Vec<_>>()}});
    let mut subnet =
        json!({"id": id("virtualNetworks/v/subnets/s"), "name": "s", "properties": {"addressPrefix": space}});
    if user.is_some() {
        subnet["properties"]["routeTable"] = json!({"id": id("routeTables/t")});
    }
    let network = json!({"id": id("virtualNetworks/v"), "type": "Microsoft.Network/virtualNetworks", "name": "v", "location": "eastus", "properties": {
        "addressSpace": {"addressPrefixes": [space]}, "virtualNetworkPeerings": [], "subnets": [subnet]}});
    let interface = json!({"id": id("networkInterfaces/n"), "type": "Microsoft.Network/networkInterfaces", "name": "n", "location": "eastus", "properties": {
        "ipConfigurations": [{"name": "c", "properties": {"privateIPAddress": own, "primary": true, "subnet": {"id": id("virtualNetworks/v/subnets/s")}}}]}});
    let facts = facts(&[network, interface, table]);
    let interface = facts.interfaces.iter().next().unwrap();
    let with = Resolution { tags: TagCatalog::embedded(), prefer: None, assumed_space: &[] };
    facts.reach(&facts.context_of(interface), with).unwrap().routing.unwrap()
}
