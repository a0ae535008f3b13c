//! Which form a script takes: one value or several, groups, orders, several places, what is not known.

use azpreflight::azure::ResourceId;
use azpreflight::net::{Protocol, ProtocolSet};
use azpreflight::nsg::{AddressTerm, Priority, RuleSide, SecurityRule};
use azpreflight::script::{RuleChange, Script};
use serde_json::{Value, json};

use super::hostile::rule;

fn group(within: &str, name: &str) -> ResourceId {
    ResourceId::new(format!(
        "/subscriptions/s-1/resourceGroups/{within}/providers/Microsoft.Network/networkSecurityGroups/{name}"
    ))
}

fn tag(name: &str) -> AddressTerm {
    AddressTerm::Tag(name.into())
}

fn to(terms: Vec<AddressTerm>, ports: &str) -> SecurityRule {
    let ports_text = ports.split(',').map(str::to_owned).collect();
    let destination = RuleSide { addresses: Some(terms), ports: ports.parse().ok(), ports_text };
    SecurityRule { destination, ..rule("AllowBackup") }
}

fn add(rule: &SecurityRule) -> Script {
    Script::of(&[RuleChange::add(&group("rg-app", "nsg-app"), rule)])
}

fn properties(script: &Script) -> Value {
    let template: Value = serde_json::from_str(&script.arm).unwrap();
    template["resources"][0]["properties"].clone()
}

const POWERSHELL: &str = "& {
    $ErrorActionPreference = 'Stop'
    $null = Set-AzContext -Subscription 's-1'
    $group = Get-AzNetworkSecurityGroup -ResourceGroupName 'rg-app' -Name 'nsg-app'
    $rule = @{
        Name = 'AllowBackup'
        Priority = 990
        Direction = 'Outbound'
        Access = 'Allow'
        Protocol = 'Tcp'
        SourceAddressPrefix = 'VirtualNetwork'
        SourcePortRange = '*'
        DestinationAddressPrefix = 'Storage.KoreaCentral'
        DestinationPortRange = @('80', '443')
    }
    $null = $group | Add-AzNetworkSecurityRuleConfig @rule
    $null = $group | Set-AzNetworkSecurityGroup
}";
const BICEP: &str = "// Deployed on its own as rules.bicep:
//   az deployment group create --subscription s-1 --resource-group rg-app --template-file rules.bicep

resource nsg_app 'Microsoft.Network/networkSecurityGroups@2024-05-01' existing = {
  name: 'nsg-app'
}

resource nsg_app_AllowBackup 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
  parent: nsg_app
  name: 'AllowBackup'
  properties: {
    priority: 990
    direction: 'Outbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefix: 'VirtualNetwork'
    sourcePortRange: '*'
    destinationAddressPrefix: 'Storage.KoreaCentral'
    destinationPortRanges: [
      '80'
      '443'
    ]
  }
}
";
const TERRAFORM: &str = "# In subscription s-1.
resource \"azurerm_network_security_rule\" \"nsg_app_AllowBackup\" {
  name                        = \"AllowBackup\"
  priority                    = 990
  direction                   = \"Outbound\"
  access                      = \"Allow\"
  protocol                    = \"Tcp\"
  source_address_prefix       = \"VirtualNetwork\"
  source_port_range           = \"*\"
  destination_address_prefix  = \"Storage.KoreaCentral\"
  destination_port_ranges     = [\"80\", \"443\"]
  resource_group_name         = \"rg-app\"
  network_security_group_name = \"nsg-app\"
}
";

#[test]
fn every_text_of_one_rule() {
    let script = add(&to(vec![tag("Storage.KoreaCentral")], "80,443"));
    assert_eq!(
        script.azure_cli,
        "az network nsg rule create --subscription s-1 --resource-group rg-app --nsg-name nsg-app --name AllowBackup \
         --priority 990 --direction Outbound --access Allow --protocol Tcp --source-address-prefixes VirtualNetwork \
         --source-port-ranges '*' --destination-address-prefixes Storage.KoreaCentral --destination-port-ranges 80 443"
    );
    assert_eq!(script.powershell, POWERSHELL);
    assert_eq!(script.bicep, BICEP);
    let blocks = script.terraform.split_once("\n\n").expect("a comment first").1;
    assert_eq!(blocks, TERRAFORM);
    let template: Value = serde_json::from_str(&script.arm).unwrap();
    assert_eq!(
        template["resources"],
        json!([{"type": "Microsoft.Network/networkSecurityGroups/securityRules", "apiVersion": "2024-05-01",
            "name": "nsg-app/AllowBackup", "properties": {"priority": 990, "direction": "Outbound", "access": "Allow",
            "protocol": "Tcp", "sourceAddressPrefix": "VirtualNetwork", "sourcePortRange": "*",
            "destinationAddressPrefix": "Storage.KoreaCentral", "destinationPortRanges": ["80", "443"]}}])
    );
}

#[test]
fn what_looks_like_an_expression_of_a_template_is_none() {
    let change = |name: &str, rule: &SecurityRule| {
        let group = group("rg", name);
        let changes = [RuleChange::add(&group, rule), RuleChange::renumber(&group, rule, Priority(200))];
        serde_json::from_str::<Value>(&Script::of(&changes).arm).unwrap()["resources"].clone()
    };
    let resources = change("[nsg", &rule("R']"));
    assert_eq!(resources[0]["name"], "[[nsg/R']");
    let kind = "Microsoft.Network/networkSecurityGroups/securityRules";
    assert_eq!(resources[1]["dependsOn"], json!([format!("[resourceId('{kind}', '[nsg', 'R'']')]")]));
    let resources = change("[nsg]", &to(vec![tag("[parameters('x')]")], "443"));
    assert_eq!(resources[0]["name"], "[nsg]/AllowBackup", "no expression, so no escape");
    assert_eq!(resources[0]["properties"]["destinationAddressPrefix"], "[[parameters('x')]");
}

#[test]
fn a_star_takes_in_what_stands_beside_it_and_stands_alone() {
    let prefix = || AddressTerm::Prefix("10.0.0.0/8".parse().unwrap());
    let properties = properties(&add(&to(vec![prefix(), AddressTerm::Any], "80,*")));
    assert_eq!(properties["destinationAddressPrefix"], "*");
    assert_eq!(properties["destinationPortRange"], "*");
    assert!(properties.get("destinationAddressPrefixes").is_none());
}

#[test]
fn what_azure_would_refuse_or_nobody_knows_is_left_to_the_user() {
    let prefix = || AddressTerm::Prefix("10.0.0.0/8".parse().unwrap());
    let asg = || AddressTerm::Group(ResourceId::new("asg1"));
    let known = rule("R");
    let side = |addresses| RuleSide { addresses, ..known.destination.clone() };
    let open = [
        SecurityRule { destination: side(Some(vec![tag("Storage"), prefix()])), ..known.clone() },
        SecurityRule { destination: side(Some(vec![asg(), prefix()])), ..known.clone() },
        SecurityRule { destination: side(Some(Vec::new())), ..known.clone() },
        SecurityRule { destination: side(None), ..known.clone() },
    ];
    for rule in open {
        let script = add(&rule);
        assert!(
            script.azure_cli.contains("--destination-address-prefixes \"${DESTINATION_ADDRESS_PREFIXES:?")
        );
        assert!(script.powershell.contains("DestinationAddressPrefix = $(throw 'DestinationAddressPrefix: "));
        assert!(script.bicep.contains("    // destinationAddressPrefix: "), "{}", script.bicep);
        let argument = "  destination_address_prefix  = null # ";
        assert!(script.terraform.contains(argument), "{}", script.terraform);
        assert!(
            properties(&script).as_object().unwrap().keys().all(|key| !key.contains("destinationAddress"))
        );
        assert!(script.arm.contains("\"destinationAddressPrefix: "), "{}", script.arm);
    }
    let two = ProtocolSet::one(Protocol::Tcp).union(Protocol::Udp.into());
    for protocols in [None, Some(two), Some(ProtocolSet::EMPTY), Some(Protocol::Other.into())] {
        let script = add(&SecurityRule { protocols, ..known.clone() });
        assert!(script.azure_cli.contains("--protocol \"${PROTOCOL:?"), "{}", script.azure_cli);
        assert!(properties(&script).get("protocol").is_none());
    }
}

#[test]
fn without_an_id_the_user_says_which_resource_group() {
    let (group, rule) = (ResourceId::new("nsg1"), rule("R"));
    let changes = [RuleChange::renumber(&group, &rule, Priority(200))];
    let script = Script::of(&changes);
    assert!(script.azure_cli.contains(" --resource-group \"${RESOURCE_GROUP:?}\" "));
    assert!(script.powershell.contains("    if (-not $ResourceGroup) { throw '"));
    assert!(script.powershell.contains(" -ResourceGroupName $ResourceGroup "));
    assert!(script.terraform.contains("variable \"resource_group_name\" {\n  type = string\n}\n"));
    assert!(script.terraform.contains("variable \"subscription_id\" {\n  type = string\n}\n"));
    assert!(script.terraform.contains(
        "  id = \"/subscriptions/${var.subscription_id}/resourceGroups/${var.resource_group_name}/providers/\
         Microsoft.Network/networkSecurityGroups/nsg1/securityRules/R\"\n"
    ));
    let removal = Script::undoing(&[RuleChange::add(&group, &rule)]);
    assert!(removal.arm.contains("\"/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/"));
    assert!(!removal.terraform.contains("variable"), "{}", removal.terraform);
}

#[test]
fn changes_of_one_group_keep_their_order_everywhere() {
    let group = group("rg-app", "nsg-app");
    let (mut moved, mut new) = (rule("Old"), rule("New"));
    (moved.priority, new.priority) = (Priority(100), Priority(100));
    let changes = [RuleChange::renumber(&group, &moved, Priority(110)), RuleChange::add(&group, &new)];
    let script = Script::of(&changes);
    assert!(script.azure_cli.contains("--name Old --priority 110 && az network nsg rule create "));
    assert_eq!(script.powershell.matches("Set-AzNetworkSecurityGroup").count(), 1, "put back as one");
    let place = |text: &str, part: &str| text.find(part).unwrap_or_else(|| panic!("{part} in {text}"));
    assert!(place(&script.powershell, ".Priority = 110") < place(&script.powershell, "Add-Az"));
    assert!(script.bicep.contains("  dependsOn: [\n    nsg_app_Old\n  ]\n}"), "{}", script.bicep);
    assert!(script.terraform.contains("  depends_on = [azurerm_network_security_rule.nsg_app_Old]\n"));
    let template: Value = serde_json::from_str(&script.arm).unwrap();
    assert_eq!(
        template["resources"][1]["dependsOn"],
        json!(["[resourceId('Microsoft.Network/networkSecurityGroups/securityRules', 'nsg-app', 'Old')]"])
    );

    let back = Script::undoing(&changes);
    assert!(back.azure_cli.starts_with("az network nsg rule delete "), "{}", back.azure_cli);
    assert!(back.azure_cli.ends_with("--name Old --priority 100"), "{}", back.azure_cli);
    assert!(place(&back.powershell, "Remove-Az") < place(&back.powershell, ".Priority = 100"));
    assert!(place(&back.bicep, "param nsg_app_New_deleted string") < place(&back.bicep, "priority: 100"));
    assert!(back.terraform.contains("  from = azurerm_network_security_rule.nsg_app_New\n"));
    assert!(!back.terraform.contains("import {"), "what was imported once is there: {}", back.terraform);
    let requests: Value = serde_json::from_str(&back.arm).unwrap();
    let methods: Vec<_> = requests["requests"].as_array().unwrap().iter().map(|r| &r["method"]).collect();
    assert_eq!(methods, ["DELETE", "PUT"]);
    assert_eq!(requests["requests"][1]["body"]["properties"]["priority"], 100);
}

#[test]
fn several_resource_groups_are_deployed_one_by_one() {
    let (near, far) = (group("rg-app", "nsg"), group("rg-net", "nsg"));
    let rule = rule("R");
    let script = Script::of(&[RuleChange::add(&near, &rule), RuleChange::add(&far, &rule)]);
    let template: Value = serde_json::from_str(&script.arm).unwrap();
    for (index, within) in ["rg-app", "rg-net"].into_iter().enumerate() {
        let deployment = &template["resources"][index];
        assert_eq!(
            (&deployment["resourceGroup"], &deployment["subscriptionId"]),
            (&json!(within), &json!("s-1"))
        );
        assert_eq!(deployment["properties"]["template"]["resources"][0]["name"], "nsg/R");
        assert_eq!(deployment["properties"]["expressionEvaluationOptions"]["scope"], "inner");
    }
    let deployed: Vec<_> = script.bicep.lines().filter(|line| line.contains(" --resource-group ")).collect();
    assert_eq!(deployed.len(), 2, "{}", script.bicep);
    for symbol in ["nsg ", "nsg_2 ", "nsg_R ", "nsg_2_R "] {
        assert_eq!(script.bicep.matches(&format!("resource {symbol}'")).count(), 1, "{symbol}");
    }
    assert_eq!(script.powershell.matches("Get-AzNetworkSecurityGroup").count(), 2);
}

#[test]
fn identifiers_are_plain_and_never_twice() {
    let names = ["a b", "a-b", "a_b", "é", "", "1", "a b"];
    let groups: Vec<ResourceId> =
        ["true", "9", "nsg-a", "nsg.a"].map(|name| group("rg", name)).into_iter().collect();
    let rules: Vec<SecurityRule> = names.iter().map(|name| rule(name)).collect();
    let changes: Vec<_> =
        groups.iter().flat_map(|group| rules.iter().map(|rule| RuleChange::add(group, rule))).collect();
    let script = Script::of(&changes);
    let mut labels: Vec<&str> = script
        .terraform
        .lines()
        .filter_map(|line| line.strip_prefix("resource \"azurerm_network_security_rule\" \""))
        .filter_map(|rest| rest.strip_suffix("\" {"))
        .collect();
    assert_eq!(labels.len(), changes.len());
    let plain = |label: &&str| {
        label.starts_with(|c: char| c.is_ascii_alphabetic())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    assert!(labels.iter().all(plain), "{labels:?}");
    for label in &labels {
        assert!(script.bicep.contains(&format!("resource {label} '")), "the same in Bicep: {label}");
    }
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), changes.len(), "{labels:?}");
    let back = Script::undoing(&changes);
    for label in labels {
        assert!(back.terraform.contains(&format!("  from = azurerm_network_security_rule.{label}\n")));
    }
}
