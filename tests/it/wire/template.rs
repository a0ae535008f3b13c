//! ARM templates.

use azpreflight::azure::ResourceId;
use azpreflight::network::Attachment;
use azpreflight::nsg::{Access, Priority};

use super::{facts_of, fixture};

const GROUP: &str = "Microsoft.Network/networkSecurityGroups/app-nsg";

#[test]
fn the_resources_of_a_template_find_each_other() {
    let facts = facts_of(&fixture("template.json")).unwrap();
    let vm = facts.vms.iter().next().unwrap();
    assert_eq!(vm.id.as_str(), "Microsoft.Compute/virtualMachines/app");
    let interfaces = facts.interfaces_of(vm).unwrap();
    let context = facts.context_of(interfaces[0].as_ref().unwrap());
    assert_eq!(context.interface_group.unwrap().unwrap().id.as_str(), GROUP);
    assert_eq!(context.subnet_group.unwrap().unwrap().id.as_str(), GROUP);
    assert_eq!(context.network.unwrap().id.name(), "app-vnet");
    assert!(context.route_table.unwrap().is_none());
}

#[test]
fn rules_stated_inside_and_as_children_are_one() {
    let facts = facts_of(&fixture("template.json")).unwrap();
    let group = facts.security_groups.find(&ResourceId::new(GROUP)).unwrap();
    let [backup, asked] = group.rules.as_slice() else { panic!("{:?}", group.rules) };
    assert_eq!((backup.access, backup.priority), (Access::Deny, Priority(200)));
    assert_eq!(backup.place.pointer.as_str(), "/resources/0/resources/0");
    assert_eq!((asked.name.as_str(), &asked.destination.addresses), ("asked", &None));
}

#[test]
fn what_is_left_open_is_neither_there_nor_not_there() {
    let facts = facts_of(&fixture("template.json")).unwrap();
    let subnet = facts.subnets.iter().find(|subnet| subnet.id.name() == "b").unwrap();
    assert_eq!(subnet.security_group, Attachment::Unknown);
    assert!(facts.route_tables.is_empty() && facts.public_addresses.is_empty());
    let reasons: Vec<&str> = facts.unrecognised.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("copy loop")), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("whether it is deployed")), "{reasons:?}");
}

#[test]
fn rules_of_a_loop_leave_every_group_of_the_template_out() {
    let looped = fixture("template.json").replace(
        r#""type": "Microsoft.Network/publicIPAddresses""#,
        r#""type": "Microsoft.Network/networkSecurityGroups/securityRules""#,
    );
    assert!(facts_of(&looped).unwrap().security_groups.is_empty());
}

#[test]
fn values_beside_a_template_fill_its_parameters() {
    let deployment = format!(
        r#"{{"parameters":{{"asked":{{"value":"Internet"}}}},"template":{}}}"#,
        fixture("template.json")
    );
    let facts = facts_of(&deployment).unwrap();
    let group = facts.security_groups.find(&ResourceId::new(GROUP)).unwrap();
    assert!(group.rules[1].destination.addresses.is_some());
}

#[test]
fn expressions_without_end_come_to_an_end() {
    let doubled = |i: u32| format!(r#""v{i}":"[createArray(variables('v{0}'), variables('v{0}'))]""#, i - 1);
    let variables: Vec<String> = (1..36).map(doubled).collect();
    let variables = format!(r#""v0":"aaaaaaaa",{}"#, variables.join(","));
    let template = format!(
        r#"{{"$schema":"https://x/deploymentTemplate.json#","contentVersion":"1","variables":{{{variables},"me":"[variables('me')]"}},
        "resources":[{{"type":"Microsoft.Network/networkSecurityGroups","name":"n","location":"[variables('me')]",
        "properties":{{"securityRules":"[variables('v35')]"}}}}]}}"#
    );
    assert!(facts_of(&template).unwrap().security_groups.is_empty());
}
