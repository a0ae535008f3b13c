//! Networks and what is in them.

use super::As::{Each, Id, Ids, Later, LaterIds, Many, Not, Same};
use super::{Attribute, Form, LOCATION, NAME, a, form};

/// The types, with their forms.
pub(super) const FORMS: &[(&str, Form)] = &[
    (
        "azurerm_application_security_group",
        form("Microsoft.Network/applicationSecurityGroups", &[], &[NAME, LOCATION]),
    ),
    (
        "azurerm_lb",
        form(
            "Microsoft.Network/loadBalancers",
            &[],
            &[
                NAME,
                LOCATION,
                a("sku", "sku.name", Same),
                a("frontend_ip_configuration", "properties.frontendIPConfigurations", Many(FRONTEND)),
            ],
        ),
    ),
    (
        "azurerm_nat_gateway",
        form(
            "Microsoft.Network/natGateways",
            &[],
            &[
                NAME,
                LOCATION,
                a("public_ip_address_ids", "properties.publicIpAddresses", Ids),
                a("public_ip_prefix_ids", "properties.publicIpPrefixes", Ids),
            ],
        ),
    ),
    (
        "azurerm_network_interface",
        form(
            "Microsoft.Network/networkInterfaces",
            &[],
            &[
                NAME,
                LOCATION,
                a("ip_configuration", "properties.ipConfigurations", Many(IP_CONFIGURATION)),
                a("network_security_group_id", "properties.networkSecurityGroup", Id),
                a("dns_servers", "properties.dnsSettings.dnsServers", Same),
                a("enable_ip_forwarding", "properties.enableIPForwarding", Same),
                a("ip_forwarding_enabled", "properties.enableIPForwarding", Same),
                a("virtual_machine_id", "properties.virtualMachine.id", Later),
            ],
        ),
    ),
    (
        "azurerm_network_security_group",
        form(
            "Microsoft.Network/networkSecurityGroups",
            &[],
            &[NAME, LOCATION, a("security_rule", "properties.securityRules", Many(RULE))],
        ),
    ),
    (
        "azurerm_network_security_rule",
        form("Microsoft.Network/networkSecurityGroups/securityRules", &["network_security_group_name"], RULE),
    ),
    ("azurerm_private_dns_zone", form("Microsoft.Network/privateDnsZones", &[], &[NAME])),
    (
        "azurerm_private_endpoint",
        form(
            "Microsoft.Network/privateEndpoints",
            &[],
            &[
                NAME,
                LOCATION,
                a("subnet_id", "properties.subnet", Id),
                a(
                    "private_service_connection",
                    "properties.privateLinkServiceConnections",
                    Many(SERVICE_CONNECTION),
                ),
            ],
        ),
    ),
    (
        "azurerm_public_ip",
        form(
            "Microsoft.Network/publicIPAddresses",
            &[],
            &[NAME, LOCATION, a("sku", "sku.name", Same), a("ip_address", "properties.ipAddress", Same)],
        ),
    ),
    ("azurerm_route", form("Microsoft.Network/routeTables/routes", &["route_table_name"], ROUTE)),
    (
        "azurerm_route_table",
        form(
            "Microsoft.Network/routeTables",
            &[],
            &[
                NAME,
                LOCATION,
                a("route", "properties.routes", Many(ROUTE)),
                a("disable_bgp_route_propagation", "properties.disableBgpRoutePropagation", Same),
                a("bgp_route_propagation_enabled", "properties.disableBgpRoutePropagation", Not),
            ],
        ),
    ),
    (
        "azurerm_subnet",
        form(
            "Microsoft.Network/virtualNetworks/subnets",
            &["virtual_network_name"],
            &[
                NAME,
                a("address_prefix", "properties.addressPrefix", Same),
                a("address_prefixes", "properties.addressPrefixes", Same),
                a("network_security_group_id", "properties.networkSecurityGroup", Id),
                a("route_table_id", "properties.routeTable", Id),
                a("default_outbound_access_enabled", "properties.defaultOutboundAccess", Same),
                a("service_endpoints", "properties.serviceEndpoints", Each("service")),
                a("service_endpoint_policy_ids", "properties.serviceEndpointPolicies", Ids),
            ],
        ),
    ),
    (
        "azurerm_virtual_network",
        form(
            "Microsoft.Network/virtualNetworks",
            &[],
            &[
                NAME,
                LOCATION,
                a("address_space", "properties.addressSpace.addressPrefixes", Same),
                a("dns_servers", "properties.dhcpOptions.dnsServers", Same),
                a("subnet", "properties.subnets", Many(INLINE_SUBNET)),
            ],
        ),
    ),
    (
        "azurerm_virtual_network_gateway",
        form(
            "Microsoft.Network/virtualNetworkGateways",
            &[],
            &[
                NAME,
                a("ip_configuration", "properties.ipConfigurations", Many(&[a("subnet_id", "subnet", Id)])),
            ],
        ),
    ),
    (
        "azurerm_virtual_network_peering",
        form(
            "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
            &["virtual_network_name"],
            &[
                NAME,
                a("remote_virtual_network_id", "properties.remoteVirtualNetwork", Id),
                a("allow_virtual_network_access", "properties.allowVirtualNetworkAccess", Same),
                a("use_remote_gateways", "properties.useRemoteGateways", Same),
            ],
        ),
    ),
];

const RULE: &[Attribute] = &[
    a("name", "name", Later),
    a("priority", "priority", Later),
    a("direction", "direction", Later),
    a("access", "access", Later),
    a("protocol", "protocol", Later),
    a("source_address_prefix", "sourceAddressPrefix", Later),
    a("source_address_prefixes", "sourceAddressPrefixes", Later),
    a("source_application_security_group_ids", "sourceApplicationSecurityGroups", LaterIds),
    a("source_port_range", "sourcePortRange", Later),
    a("source_port_ranges", "sourcePortRanges", Later),
    a("destination_address_prefix", "destinationAddressPrefix", Later),
    a("destination_address_prefixes", "destinationAddressPrefixes", Later),
    a("destination_application_security_group_ids", "destinationApplicationSecurityGroups", LaterIds),
    a("destination_port_range", "destinationPortRange", Later),
    a("destination_port_ranges", "destinationPortRanges", Later),
];
const ROUTE: &[Attribute] = &[
    a("name", "name", Later),
    a("address_prefix", "addressPrefix", Later),
    a("next_hop_type", "nextHopType", Later),
    a("next_hop_in_ip_address", "nextHopIpAddress", Later),
];
const IP_CONFIGURATION: &[Attribute] = &[
    NAME,
    a("subnet_id", "subnet", Id),
    a("private_ip_address", "privateIPAddress", Same),
    a("public_ip_address_id", "publicIPAddress", Id),
    a("primary", "primary", Same),
    a("application_security_group_ids", "applicationSecurityGroups", Ids),
    a("load_balancer_backend_address_pools_ids", "loadBalancerBackendAddressPools", Ids),
];
const INLINE_SUBNET: &[Attribute] = &[
    NAME,
    a("id", "id", Same),
    a("address_prefix", "addressPrefix", Same),
    a("address_prefixes", "addressPrefixes", Same),
    a("security_group", "networkSecurityGroup", Id),
    a("route_table_id", "routeTable", Id),
    a("default_outbound_access_enabled", "defaultOutboundAccess", Same),
    a("service_endpoints", "serviceEndpoints", Each("service")),
    a("service_endpoint_policy_ids", "serviceEndpointPolicies", Ids),
];
const FRONTEND: &[Attribute] = &[
    NAME,
    a("id", "id", Same),
    a("public_ip_address_id", "publicIPAddress", Id),
    a("public_ip_prefix_id", "publicIPPrefix", Id),
];
const SERVICE_CONNECTION: &[Attribute] = &[
    NAME,
    a("private_connection_resource_id", "privateLinkServiceId", Same),
    a("subresource_names", "groupIds", Same),
];
