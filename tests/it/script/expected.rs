//! What a script that adds a rule has to say: every value by the name the language has for it, written down once more.

use azpreflight::nsg::{AddressTerm, RuleSide};

use super::hostile::Case;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    AzureCli,
    PowerShell,
    Bicep,
    Terraform,
    Arm,
}

/// Names with their values, in the order in which they are written.
pub(crate) type Pairs = Vec<(String, String)>;

/// The names of one side: an address, several, groups, a port, several.
type Names = [&'static str; 5];

/// The pairs of a script that adds the rule of `case`.
pub(crate) fn added(case: &Case, language: Language) -> Pairs {
    let mut pairs = Pairs::new();
    let mut say = |name: &str, value: &str| pairs.push((name.to_owned(), value.to_owned()));
    let (group, rule) = (&case.group, &case.rule);
    match language {
        Language::AzureCli => {
            if let Some(subscription) = group.subscription() {
                say("--subscription", subscription);
            }
            say("--resource-group", group.resource_group().unwrap_or("set-by-the-user"));
            say("--nsg-name", group.name());
            say("--name", &rule.name);
        }
        Language::PowerShell => {
            if let Some(subscription) = group.subscription() {
                say("Subscription", subscription);
            }
            say("ResourceGroupName", group.resource_group().unwrap_or("$ResourceGroup"));
            say("Name", group.name());
            say("Name", &rule.name);
        }
        Language::Bicep => {
            say("name", group.name());
            say("name", &rule.name);
        }
        Language::Terraform => say("name", &rule.name),
        Language::Arm => say("name", &format!("{}/{}", group.name(), rule.name)),
    }
    let [priority, direction, access, protocol] = match language {
        Language::AzureCli => ["--priority", "--direction", "--access", "--protocol"],
        Language::PowerShell => ["Priority", "Direction", "Access", "Protocol"],
        Language::Bicep | Language::Terraform | Language::Arm => {
            ["priority", "direction", "access", "protocol"]
        }
    };
    say(priority, &rule.priority.to_string());
    say(direction, &rule.direction.to_string());
    say(access, &rule.access.to_string());
    say(protocol, &rule.protocols.expect("stated").to_string());
    let [source, destination] = names(language);
    for (side, names) in [(&rule.source, source), (&rule.destination, destination)] {
        addresses(side, names, &mut say);
        ports(side, names, &mut say);
    }
    if language == Language::Terraform {
        say("resource_group_name", group.resource_group().unwrap_or("${var.resource_group_name}"));
        say("network_security_group_name", group.name());
    }
    pairs
}

fn addresses(side: &RuleSide, names: Names, say: &mut impl FnMut(&str, &str)) {
    let [one, several, groups, ..] = names;
    let terms = side.addresses.as_ref().expect("stated");
    for term in terms {
        match term {
            AddressTerm::Group(id) => say(groups, id.as_str()),
            term => say(if terms.len() == 1 { one } else { several }, &term.to_string()),
        }
    }
}

fn ports(side: &RuleSide, [.., one, several]: Names, say: &mut impl FnMut(&str, &str)) {
    for port in &side.ports_text {
        say(if side.ports_text.len() == 1 { one } else { several }, port);
    }
}

/// The names of the source and of the destination.
fn names(language: Language) -> [Names; 2] {
    match language {
        Language::AzureCli => AZURE_CLI,
        Language::PowerShell => POWERSHELL,
        Language::Terraform => TERRAFORM,
        Language::Bicep | Language::Arm => REST,
    }
}

const AZURE_CLI: [Names; 2] = [
    [
        "--source-address-prefixes",
        "--source-address-prefixes",
        "--source-asgs",
        "--source-port-ranges",
        "--source-port-ranges",
    ],
    [
        "--destination-address-prefixes",
        "--destination-address-prefixes",
        "--destination-asgs",
        "--destination-port-ranges",
        "--destination-port-ranges",
    ],
];
const POWERSHELL: [Names; 2] = [
    [
        "SourceAddressPrefix",
        "SourceAddressPrefix",
        "SourceApplicationSecurityGroupId",
        "SourcePortRange",
        "SourcePortRange",
    ],
    [
        "DestinationAddressPrefix",
        "DestinationAddressPrefix",
        "DestinationApplicationSecurityGroupId",
        "DestinationPortRange",
        "DestinationPortRange",
    ],
];
const TERRAFORM: [Names; 2] = [
    [
        "source_address_prefix",
        "source_address_prefixes",
        "source_application_security_group_ids",
        "source_port_range",
        "source_port_ranges",
    ],
    [
        "destination_address_prefix",
        "destination_address_prefixes",
        "destination_application_security_group_ids",
        "destination_port_range",
        "destination_port_ranges",
    ],
];
const REST: [Names; 2] = [
    [
        "sourceAddressPrefix",
        "sourceAddressPrefixes",
        "sourceApplicationSecurityGroups",
        "sourcePortRange",
        "sourcePortRanges",
    ],
    [
        "destinationAddressPrefix",
        "destinationAddressPrefixes",
        "destinationApplicationSecurityGroups",
        "destinationPortRange",
        "destinationPortRanges",
    ],
];
