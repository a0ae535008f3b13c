//! Plans and states of Terraform.

use azpreflight::azure::ResourceId;
use azpreflight::network::Attachment;

use super::{facts_of, fixture};

const GROUP: &str = "-/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups";
const NETWORK: &str = "-/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet";

fn id(parent: &str, rest: &str) -> ResourceId {
    ResourceId::new(format!("{parent}/{rest}"))
}

#[test]
fn references_lead_through_modules_variables_and_indices() {
    let facts = facts_of(&fixture("plan-modules.json")).unwrap();
    for name in ["a", "b"] {
        let subnet = facts.subnets.find(&id(NETWORK, &format!("subnets/{name}"))).unwrap();
        assert_eq!(subnet.security_group, Attachment::To(id(GROUP, "web-nsg")), "{name}");
        assert_eq!(subnet.route_table, Attachment::None);
        assert_eq!(subnet.default_outbound, (name == "a").then_some(false));
    }
}

#[test]
fn rules_stand_inside_and_on_their_own_and_know_their_place() {
    let facts = facts_of(&fixture("plan-modules.json")).unwrap();
    let group = facts.security_groups.find(&id(GROUP, "web-nsg")).unwrap();
    let [out, late] = group.rules.as_slice() else { panic!("{:?}", group.rules) };
    assert_eq!(out.destination.ports_text, ["80-443"]);
    assert_eq!(out.place.pointer.as_str(), "/planned_values/root_module/resources/0/values/security_rule/0");
    assert!(late.source.addresses.is_some());
    // Known after apply: neither nothing nor everything.
    assert_eq!(late.destination.addresses, None);
}

#[test]
fn rules_that_are_known_after_apply_leave_the_group_out() {
    let facts = facts_of(&fixture("plan-modules.json")).unwrap();
    assert!(facts.security_groups.find(&id(GROUP, "open-nsg")).is_err());
    assert!(facts.unrecognised.iter().any(|one| one.place.pointer.as_str().ends_with("/resources/2/values")));
}

#[test]
fn an_association_that_cannot_be_told_leaves_every_subnet_open() {
    let plan =
        fixture("plan-modules.json").replace("\"azurerm_subnet.each\", \"each.key\"", "\"local.subnets\"");
    let facts = facts_of(&plan).unwrap();
    assert_eq!(facts.subnets.len(), 2);
    assert!(facts.subnets.iter().all(|subnet| subnet.security_group == Attachment::Unknown));
}

#[test]
fn a_wrong_value_is_reported_where_the_plan_has_it() {
    let plan = fixture("plan-modules.json").replace("\"80-443\"", "\"web\"");
    let error = facts_of(&plan).unwrap_err();
    let expected = "/planned_values/root_module/resources/0/values/security_rule/0/destination_port_ranges/0";
    assert_eq!(error.pointer.as_str(), expected, "{error}");
}

#[test]
fn a_state_file_is_read_as_it_is() {
    let state = r#"{"version":4,"terraform_version":"1.9.5","serial":1,"lineage":"l","resources":[
      {"mode":"data","type":"azurerm_client_config","name":"c","instances":[{"attributes":{"id":"x"}}]},
      {"mode":"managed","type":"azurerm_route_table","name":"r","instances":[{"index_key":0,"attributes":{
        "id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/routeTables/rt","name":"rt",
        "resource_group_name":"g","location":"koreacentral","bgp_route_propagation_enabled":false,
        "route":[{"name":"d","address_prefix":"0.0.0.0/0","next_hop_type":"None","next_hop_in_ip_address":""}]}}]}]}"#;
    let facts = facts_of(state).unwrap();
    let table = facts.route_tables.iter().next().unwrap();
    assert_eq!((table.routes.len(), table.disables_gateway_routes), (1, Some(true)));
    assert!(table.id.is_path());
    assert_eq!(table.routes[0].place.pointer.as_str(), "/resources/1/instances/0/attributes/route/0");
}

#[test]
fn a_way_out_by_a_load_balancer_is_followed_to_the_interface() {
    let plan = r#"{"format_version":"1.2","planned_values":{"root_module":{"resources":[
      {"address":"azurerm_lb.l","mode":"managed","type":"azurerm_lb","name":"l","values":{"name":"lb","resource_group_name":"rg","sku":"Standard",
        "frontend_ip_configuration":[{"name":"f"}]}},
      {"address":"azurerm_lb_backend_address_pool.p","mode":"managed","type":"azurerm_lb_backend_address_pool","name":"p","values":{"name":"pool"}},
      {"address":"azurerm_lb_outbound_rule.o","mode":"managed","type":"azurerm_lb_outbound_rule","name":"o","values":{"name":"out"}},
      {"address":"azurerm_lb_rule.r","mode":"managed","type":"azurerm_lb_rule","name":"r","values":{"name":"in","frontend_ip_configuration_name":"f","disable_outbound_snat":false}},
      {"address":"azurerm_network_interface.n","mode":"managed","type":"azurerm_network_interface","name":"n","values":{"name":"nic","resource_group_name":"rg",
        "ip_configuration":[{"name":"one"}]}},
      {"address":"azurerm_network_interface_backend_address_pool_association.a","mode":"managed",
        "type":"azurerm_network_interface_backend_address_pool_association","name":"a","values":{"ip_configuration_name":"one"}}]}},
     "configuration":{"root_module":{"resources":[
      {"address":"azurerm_lb.l","expressions":{"frontend_ip_configuration":[{"public_ip_address_id":{"references":["azurerm_public_ip.x.id","azurerm_public_ip.x"]}}]}},
      {"address":"azurerm_lb_outbound_rule.o","expressions":{"loadbalancer_id":{"references":["azurerm_lb.l.id","azurerm_lb.l"]},
        "backend_address_pool_id":{"references":["azurerm_lb_backend_address_pool.p.id","azurerm_lb_backend_address_pool.p"]}}},
      {"address":"azurerm_lb_rule.r","expressions":{"loadbalancer_id":{"references":["azurerm_lb.l.id","azurerm_lb.l"]},
        "backend_address_pool_ids":{"references":["azurerm_lb_backend_address_pool.p.id","azurerm_lb_backend_address_pool.p"]}}},
      {"address":"azurerm_network_interface.n","expressions":{"ip_configuration":[{}]}},
      {"address":"azurerm_network_interface_backend_address_pool_association.a","expressions":{
        "network_interface_id":{"references":["azurerm_network_interface.n.id","azurerm_network_interface.n"]},
        "backend_address_pool_id":{"references":["azurerm_lb_backend_address_pool.p.id","azurerm_lb_backend_address_pool.p"]}}}]}}}"#;
    let facts = facts_of(plan).unwrap();
    let interface = facts.interfaces.iter().next().unwrap();
    let balancer = facts.load_balancers.iter().next().unwrap();
    let pools = &interface.ip_configurations[0].load_balancer_pools;
    assert_eq!(pools.len(), 1);
    assert_eq!((&balancer.outbound_pools, &balancer.snat_pools), (pools, pools));
}
