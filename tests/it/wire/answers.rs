//! What becomes of each kind of answer.

use azpreflight::azure::{Cloud, ResourceId};
use azpreflight::facts::Facts;
use azpreflight::nsg::{Access, AddressTerm, RuleOrigin};
use azpreflight::route::{NextHopKind, RouteSource};
use azpreflight::vm::PowerState;

use super::{facts_of, fixture};

const GROUP: &str = "/subscriptions/s/resourceGroups/g/providers/";

fn facts() -> Facts {
    let facts = facts_of(&fixture("answers.json")).unwrap();
    assert!(facts.unrecognised.is_empty(), "{:?}", facts.unrecognised);
    facts
}

fn id(rest: &str) -> ResourceId {
    ResourceId::new(format!("{GROUP}{rest}"))
}

#[test]
fn effective_rules_keep_the_expansion_and_everything_is_everything() {
    let facts = facts();
    let rules = facts.effective_rules_of(&id("Microsoft.Network/networkInterfaces/nic")).unwrap();
    let [out, default] = rules.groups[0].rules.as_slice() else { panic!() };
    assert_eq!((out.name.as_str(), out.origin), ("out", RuleOrigin::Custom));
    assert_eq!(out.source.addresses, Some(vec![AddressTerm::Any]));
    let prefixes = vec!["20.60.0.0/16".parse().unwrap()];
    assert_eq!(
        out.destination.addresses,
        Some(vec![AddressTerm::Expanded { tag: "Storage".into(), prefixes }])
    );
    assert_eq!((default.name.as_str(), default.origin), ("DenyAllInBound", RuleOrigin::Default));
    assert_eq!(default.destination.addresses, Some(vec![AddressTerm::Any]));
    let view = facts.effective_rules_of(&id("Microsoft.Network/networkInterfaces/nic2")).unwrap();
    assert_eq!(view.groups[0].rules.len(), 2);
    assert_eq!(view.groups[0].id.as_ref().unwrap().name(), "n");
}

#[test]
fn routes_and_admin_rules_in_force_are_read() {
    let facts = facts();
    let [user, gateway] = facts.effective_routes[0].routes.as_slice() else { panic!() };
    assert_eq!((user.source, &user.next_hop.kind), (RouteSource::User, &NextHopKind::VirtualAppliance));
    assert_eq!((gateway.source, gateway.active), (RouteSource::Gateway, false));
    let rule = &facts.admin_rules[0].rules[0];
    assert_eq!((rule.name.as_str(), rule.access), ("no-out", Access::AlwaysAllow));
    assert_eq!(rule.destination.addresses, Some(vec![AddressTerm::Tag("AzureBackup".into())]));
}

#[test]
fn the_network_around_is_read() {
    let facts = facts();
    let network = facts.networks.find(&id("Microsoft.Network/virtualNetworks/v")).unwrap();
    assert_eq!(network.gateway, Some(true));
    assert_eq!(network.peerings.as_ref().unwrap()[0].connected, Some(true));
    let balancer = facts.load_balancers.iter().next().unwrap();
    let pool = |name: &str| vec![balancer.id.child("backendAddressPools", name)];
    assert_eq!((&balancer.outbound_pools, &balancer.snat_pools), (&pool("all"), &pool("web")));
    let endpoint = facts.private_endpoints.iter().next().unwrap();
    assert_eq!((endpoint.approved, endpoint.zones.as_ref().unwrap().len()), (Some(true), 1));
    let zone = facts.private_zones.iter().next().unwrap();
    assert_eq!(zone.links.as_ref().unwrap()[0].falls_back, Some(true));
    assert_eq!(zone.records, Some(vec!["x".to_owned()]));
    let policy = facts.firewalls.find(&id("Microsoft.Network/firewallPolicies/fp")).unwrap();
    assert!(policy.application_rules.as_ref().unwrap()[0].inspects_tls);
    assert_eq!(policy.network_rules.as_ref().unwrap().len(), 1);
    assert_eq!(facts.endpoint_policies.iter().next().unwrap().allowed, ["/services/Azure/Backup"]);
}

#[test]
fn groups_of_firewall_rules_count_only_when_all_are_there() {
    let text = fixture("answers.json").replace(
        r#"ruleCollectionGroups/one"}]"#,
        r#"ruleCollectionGroups/one"},{"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/firewallPolicies/fp/ruleCollectionGroups/two"}]"#,
    );
    let facts = facts_of(&text).unwrap();
    let policy = facts.firewalls.find(&id("Microsoft.Network/firewallPolicies/fp")).unwrap();
    assert!(policy.application_rules.is_none() && facts.unrecognised.len() == 1);
}

#[test]
fn what_stands_around_a_backup_is_read() {
    let facts = facts();
    assert_eq!(facts.cloud, Some(Cloud::Public));
    assert!(facts.locks_listed);
    assert_eq!(
        facts.locks.iter().next().unwrap().scope.as_ref().unwrap().as_str(),
        "/subscriptions/s/resourceGroups/g"
    );
    let vault = facts.vaults.iter().next().unwrap();
    assert_eq!((vault.redundancy.as_deref(), vault.redundancy_locked), (Some("GeoRedundant"), Some(true)));
    assert!(facts.backup_statuses[0].protected && facts.backup_statuses[0].vault.as_ref() == Some(&vault.id));
    let account = facts.storage_accounts.iter().next().unwrap();
    assert_eq!((account.denies_by_default, account.trusts_azure_services), (Some(true), Some(true)));
    assert_eq!(facts.key_vaults.iter().next().unwrap().may_back_up, Some(vec!["yes".to_owned()]));
}

#[test]
fn a_bare_instance_view_finds_its_vm_and_no_signature_is_kept() {
    let facts = facts();
    assert_eq!(facts.vms.len(), 2);
    let vm = facts.vms.find(&id("Microsoft.Compute/virtualMachines/vm")).unwrap();
    assert_eq!(vm.power, Some(PowerState::Running));
    assert_eq!(vm.agent.as_ref().unwrap().version.as_deref(), Some("2.7.41491.1010"));
    assert_eq!(vm.extensions.as_ref().unwrap()[0].provisioning_state.as_deref(), Some("Failed"));
    assert!(!format!("{facts:?}").contains("SECRET"));
}

#[test]
fn a_rule_alone_is_no_group() {
    let rule = |name: &str| {
        format!(
            r#"{{"id":"{GROUP}Microsoft.Network/networkSecurityGroups/n/securityRules/{name}","name":"{name}",
            "access":"Allow","direction":"Inbound","priority":100}}"#
        )
    };
    let alone = facts_of(&rule("a")).unwrap();
    assert!(alone.security_groups.is_empty() && alone.unrecognised.len() == 1);
    let listed = facts_of(&format!("[{},{}]", rule("a"), rule("b"))).unwrap();
    assert_eq!(listed.security_groups.iter().next().unwrap().rules.len(), 2);
    let cut = facts_of(&format!(r#"{{"value":[{}],"nextLink":"https://x"}}"#, rule("a"))).unwrap();
    assert!(cut.security_groups.is_empty());
}
