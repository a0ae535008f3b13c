//! Model against probe: where the fault of a target is placed, for every way in which rules, routes and a probe can meet.

use std::net::IpAddr;

use azpreflight::backup::{Profile, Workload};
use azpreflight::check::{Assumptions, Case, Placement, Question, Source, Subject, place};
use azpreflight::facts::Facts;
use azpreflight::input::{Bundle, Document};
use azpreflight::probe::{
    AddressVerdict, Expectation, Failure, FailureKind, Fault, NameServerAnswer, Observation, Phase, Proxy,
    Resolution, Target, Via,
};
use azpreflight::tags::TagCatalog;
use azpreflight::wire;
use serde_json::{Value, json};

const NET: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network";
const VM: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1";
/// A storage address of Korea Central, and the VM's own.
const STORAGE: &str = "20.60.16.7";
const OWN: &str = "10.0.0.4";

/// A VM behind a group with these outbound rules, a table with these routes, and these words about its way out.
struct Network {
    rules: Vec<Value>,
    routes: Vec<Value>,
    nat: bool,
    private: Option<bool>,
}

impl Network {
    fn open() -> Self {
        Self { rules: Vec::new(), routes: Vec::new(), nat: true, private: None }
    }

    fn denying(port: &str) -> Self {
        Self { rules: vec![deny("NoStorage", "Internet", port)], ..Self::open() }
    }

    fn routed(kind: &str) -> Self {
        let mut route = json!({"addressPrefix": "0.0.0.0/0", "nextHopType": kind});
        if kind == "VirtualAppliance" {
            route["nextHopIpAddress"] = json!("10.0.1.4");
        }
        Self { routes: vec![json!({"name": "all", "properties": route})], ..Self::open() }
    }

    fn facts(&self) -> Facts {
        let subnet_id = format!("{NET}/virtualNetworks/v/subnets/s");
        let mut subnet = json!({
            "addressPrefix": "10.0.0.0/24",
            "networkSecurityGroup": {"id": format!("{NET}/networkSecurityGroups/nsg1")},
            "routeTable": {"id": format!("{NET}/routeTables/rt1")},
        });
        if self.nat {
            subnet["natGateway"] = json!({"id": format!("{NET}/natGateways/nat1")});
        }
        if let Some(private) = self.private {
            subnet["defaultOutboundAccess"] = json!(!private);
        }
        let subnets = json!([{"id": subnet_id, "name": "s", "properties": subnet}]);
        let configuration = json!({"primary": true, "privateIPAddress": OWN, "subnet": {"id": subnet_id}});
        documents(&[
            json!({"id": VM, "name": "vm1", "type": "Microsoft.Compute/virtualMachines", "location": "koreacentral",
                "properties": {"networkProfile": {"networkInterfaces": [{"id": format!("{NET}/networkInterfaces/nic1")}]}}}),
            resource(
                "networkInterfaces",
                "nic1",
                &json!({"networkSecurityGroup": null,
                "ipConfigurations": [{"name": "c", "properties": configuration}]}),
            ),
            resource(
                "virtualNetworks",
                "v",
                &json!({"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
                "virtualNetworkPeerings": [], "subnets": subnets}),
            ),
            resource("networkSecurityGroups", "nsg1", &json!({"securityRules": self.rules})),
            resource("routeTables", "rt1", &json!({"routes": self.routes})),
            resource(
                "natGateways",
                "nat1",
                &json!({"publicIpAddresses": [{"id": format!("{NET}/publicIPAddresses/p")}]}),
            ),
        ])
    }

    fn place(&self, target: &Target, observation: &Observation) -> Option<Placement> {
        placed(&self.facts(), target, observation)
    }
}

fn resource(kind: &str, name: &str, properties: &Value) -> Value {
    let id = format!("{NET}/{kind}/{name}");
    json!({"id": id, "name": name, "type": format!("Microsoft.Network/{kind}"), "location": "koreacentral",
           "properties": properties})
}

fn deny(name: &str, to: &str, port: &str) -> Value {
    json!({"name": name, "properties": {"priority": 200, "direction": "Outbound", "access": "Deny", "protocol": "*",
        "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": to,
        "destinationPortRange": port}})
}

fn documents(all: &[Value]) -> Facts {
    let document = |(index, value): (usize, &Value)| Document {
        name: format!("{index}.json").into(),
        bytes: value.to_string().into_bytes(),
        named_by_user: true,
    };
    wire::parse(&Bundle { documents: all.iter().enumerate().map(document).collect() }).expect("readable")
}

fn placed(facts: &Facts, target: &Target, observation: &Observation) -> Option<Placement> {
    let question = Question {
        workload: Workload::Sql,
        profile: Profile::Current,
        prefer: None,
        as_of: jiff::civil::date(2026, 11, 21),
        vault: None,
        assumed: Assumptions::default(),
        ignored: Vec::new(),
        sources: vec![Source::Export, Source::Probe],
        alone: true,
    };
    let vm = facts.vms.iter().next().expect("a VM");
    place(&Case::new(facts, TagCatalog::embedded(), Subject::Vm(vm), &question), target, observation)
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// A storage account on a port, for the requirement on storage.
fn storage(port: u16) -> Target {
    let authority = format!("account.blob.core.windows.net:{port}").parse().unwrap();
    Target { requirement: Some("storage".into()), ..Target::named(authority, Expectation::Storage) }
}

fn proxied(port: u16) -> Target {
    Target { via: Via::Proxy("http://10.0.9.9:3128".parse::<Proxy>().unwrap()), ..storage(port) }
}

fn failure(phase: Phase, kind: FailureKind) -> Failure {
    Failure::new(phase, kind, "as it was seen")
}

/// Connecting to these addresses failed so.
fn unconnected(kind: FailureKind, to: &[&str]) -> Observation {
    let failure = failure(Phase::Connect, kind);
    let verdict =
        |one: &&str| AddressVerdict { address: address(one), connected: Some(Err(failure.clone())) };
    let mut observation = Observation::begun(0);
    observation.addresses = to.iter().map(verdict).collect();
    observation.failed(failure)
}

fn reached(at: &str) -> Observation {
    Observation { address: Some(address(at)), local: Some(address(OWN)), ..Observation::begun(0) }.reached()
}

fn fault(placement: Option<Placement>) -> (Option<Fault>, String) {
    let placement = placement.expect("placed");
    (placement.fault, placement.sentence)
}

#[test]
fn rules_deny_and_the_probe_fails_is_that_rule() {
    let network = Network::denying("*");
    for kind in [FailureKind::TimedOut, FailureKind::Unreachable, FailureKind::Refused] {
        let (fault, sentence) = fault(network.place(&storage(443), &unconnected(kind, &[STORAGE])));
        assert_eq!(fault, Some(Fault::Rule), "{sentence}");
        assert!(
            sentence.contains("rule `NoStorage` (200) of NSG `nsg1` denies Tcp 443 to 20.60.16.7"),
            "{sentence}"
        );
        assert_eq!(sentence.contains("something nearer answers"), kind == FailureKind::Refused);
    }
}

#[test]
fn rules_deny_and_the_probe_passes_is_a_stale_export() {
    let network = Network::denying("*");
    let (at, sentence) = fault(network.place(&storage(443), &reached(STORAGE)));
    assert_eq!(at, Some(Fault::StaleExport));
    assert!(sentence.contains("`NoStorage`") && sentence.contains("not those in force"), "{sentence}");
    let elsewhere = Observation { local: Some(address("192.0.2.9")), ..reached(STORAGE) };
    let (_, sentence) = fault(network.place(&storage(443), &elsewhere));
    assert!(sentence.contains("192.0.2.9, which is no address of this VM's"), "{sentence}");
    let (at, sentence) = fault(Network::routed("None").place(&storage(443), &reached(STORAGE)));
    assert_eq!(at, Some(Fault::StaleExport), "{sentence}");
    assert_eq!(Network::open().place(&storage(443), &reached(STORAGE)), None);
}

#[test]
fn what_left_through_a_proxy_is_judged_by_the_proxy() {
    let network = Network::denying("*");
    let (at, sentence) = fault(network.place(&proxied(443), &reached("10.0.9.9")));
    assert_eq!(at, Some(Fault::Proxy));
    assert!(sentence.contains("left through the proxy http://10.0.9.9:3128"), "{sentence}");
    assert_eq!(Network::open().place(&proxied(443), &reached("10.0.9.9")), None);
    // A rule on the way to the proxy itself.
    let shut = Network { rules: vec![deny("NoProxy", "10.0.9.0/24", "3128")], ..Network::open() };
    let silent = unconnected(FailureKind::ProxyUnreachable, &["10.0.9.9"]);
    let (at, sentence) = fault(shut.place(&proxied(443), &silent));
    assert_eq!(at, Some(Fault::Rule));
    assert!(sentence.contains("`NoProxy`") && sentence.contains("Tcp 3128 to 10.0.9.9"), "{sentence}");
    let (at, sentence) = fault(Network::open().place(&proxied(443), &silent));
    assert_eq!(at, Some(Fault::Proxy), "{sentence}");
    let (at, _) = fault(shut.place(&proxied(443), &reached("10.0.9.9")));
    assert_eq!(at, Some(Fault::StaleExport));
}

#[test]
fn rules_allow_and_the_way_is_at_fault() {
    let silent = unconnected(FailureKind::TimedOut, &[STORAGE]);
    let routes = [
        ("None", Fault::Route, "`all` 0.0.0.0/0 → None drops"),
        (
            "VirtualAppliance",
            Fault::Route,
            "the appliance that user route `all` 0.0.0.0/0 → VirtualAppliance 10.0.1.4",
        ),
        ("VirtualNetworkGateway", Fault::Route, "the gateway, or the network behind it,"),
        ("Internet", Fault::Guest, "NAT gateway `nat1`: what is left is a firewall in the guest"),
    ];
    for (kind, expected, says) in routes {
        let (at, sentence) = fault(Network::routed(kind).place(&storage(443), &silent));
        assert_eq!(at, Some(expected), "{kind}: {sentence}");
        assert!(sentence.contains(says), "{kind}: {sentence}");
    }
    let private = Network { nat: false, private: Some(true), ..Network::open() };
    let (at, sentence) = fault(private.place(&storage(443), &silent));
    assert_eq!(at, Some(Fault::Egress), "{sentence}");
    let unstated = Network { nat: false, ..Network::open() };
    let (at, sentence) = fault(unstated.place(&storage(443), &silent));
    assert_eq!(at, None);
    assert!(sentence.contains("whether it gets out depends on"), "{sentence}");
}

#[test]
fn whoever_answers_is_at_fault_for_the_answer() {
    let refused = unconnected(FailureKind::Refused, &[STORAGE]);
    assert_eq!(fault(Network::open().place(&storage(443), &refused)).0, Some(Fault::Service));
    let by_itself = Failure::new(
        Phase::Connect,
        FailureKind::Refused,
        format!("ICMP port unreachable (type 3, code 3) from {OWN}"),
    );
    for network in [Network::open(), Network::denying("*")] {
        let own = Observation { failure: Some(by_itself.clone()), ..refused.clone() };
        let (at, sentence) = fault(network.place(&storage(443), &own));
        assert_eq!(at, Some(Fault::Guest), "{sentence}");
        assert_eq!(sentence.contains("`NoStorage`"), !network.rules.is_empty(), "{sentence}");
    }
}

#[test]
fn later_phases_point_at_whoever_speaks() {
    use FailureKind as Kind;
    let after = |phase, kind| {
        let seen = Observation { address: Some(address(STORAGE)), ..Observation::begun(0) };
        seen.failed(failure(phase, kind))
    };
    let cases = [
        (Phase::Tls, Kind::TlsIntercepted, Fault::Service, Fault::Route),
        (Phase::Tls, Kind::CertificateExpired, Fault::Service, Fault::Route),
        (Phase::Tls, Kind::Reset, Fault::Service, Fault::Route),
        (Phase::Request, Kind::TimedOut, Fault::Service, Fault::Route),
        (Phase::Request, Kind::UnexpectedAnswer, Fault::Service, Fault::Route),
        (Phase::Tls, Kind::ClockSkew, Fault::Guest, Fault::Guest),
        (Phase::Request, Kind::GuestProxyAgent, Fault::Guest, Fault::Guest),
        (Phase::Connect, Kind::LocalError, Fault::Guest, Fault::Guest),
        (Phase::Resolve, Kind::NxDomain, Fault::Dns, Fault::Dns),
        (Phase::Resolve, Kind::ServFail, Fault::Dns, Fault::Dns),
    ];
    for (phase, kind, straight, by_appliance) in cases {
        let observation = after(phase, kind);
        assert_eq!(fault(Network::open().place(&storage(443), &observation)).0, Some(straight), "{kind}");
        let routed = Network::routed("VirtualAppliance");
        assert_eq!(fault(routed.place(&storage(443), &observation)).0, Some(by_appliance), "{kind}");
        // TCP was accepted, or no packet was sent: the rules are out of it.
        assert_eq!(
            fault(Network::denying("*").place(&storage(443), &observation)).0,
            Some(straight),
            "{kind}"
        );
    }
    let through = [
        (Phase::Tunnel, Kind::ProxyRefused),
        (Phase::Tunnel, Kind::ProxyAuthRequired),
        (Phase::Tunnel, Kind::ProxyBadGateway),
        (Phase::Tunnel, Kind::TimedOut),
        (Phase::Tls, Kind::TlsIntercepted),
    ];
    for (phase, kind) in through {
        let (at, sentence) = fault(Network::open().place(&proxied(443), &after(phase, kind)));
        assert_eq!(at, Some(Fault::Proxy), "{kind}: {sentence}");
    }
}

#[test]
fn silence_of_a_name_server_may_be_a_rule_on_the_way_to_it() {
    let failure = failure(Phase::Resolve, FailureKind::ResolveTimeout);
    let server = |server: &str| NameServerAnswer {
        server: server.parse().unwrap(),
        over_tcp: false,
        answer: Err(failure.clone()),
        took: std::time::Duration::from_secs(3),
    };
    let asked = |one: &str| Observation {
        resolution: Some(Box::new(Resolution { servers: vec![server(one)], ..Resolution::default() })),
        ..Observation::begun(0).failed(failure.clone())
    };
    let shut = Network { rules: vec![deny("NoDns", "*", "53")], ..Network::open() };
    let (at, sentence) = fault(shut.place(&storage(443), &asked("10.0.0.53:53")));
    assert_eq!(at, Some(Fault::Rule));
    assert!(sentence.contains("`NoDns`") && sentence.contains("Udp 53 to 10.0.0.53"), "{sentence}");
    // Another that is silent as well, though no rule is in its way.
    let both = Observation {
        resolution: Some(Box::new(Resolution {
            servers: vec![server("10.0.0.53:53"), server("10.0.0.54:53")],
            ..Resolution::default()
        })),
        ..asked("10.0.0.53:53")
    };
    let one_of_two = Network { rules: vec![deny("NoDns", "10.0.0.53/32", "53")], ..Network::open() };
    let (at, sentence) = fault(one_of_two.place(&storage(443), &both));
    assert_eq!(at, Some(Fault::Dns));
    assert!(sentence.contains("no name server") && sentence.contains("`NoDns`"), "{sentence}");
    // What listens on this machine itself is behind no rule.
    assert_eq!(fault(shut.place(&storage(443), &asked("127.0.0.53:53"))).0, Some(Fault::Dns));
    // No ordinary rule filters the platform's own name server; one that names its tag does.
    assert_eq!(fault(shut.place(&storage(443), &asked("168.63.129.16:53"))).0, Some(Fault::Dns));
    let tagged = Network { rules: vec![deny("NoPlatformDns", "AzurePlatformDNS", "*")], ..Network::open() };
    let itself = Target::named("168.63.129.16:53".parse().unwrap(), Expectation::Dns);
    let silent = Observation::begun(0).failed(failure.clone());
    assert_eq!(fault(tagged.place(&itself, &silent)).0, Some(Fault::Rule));
    assert_eq!(fault(shut.place(&itself, &silent)).0, Some(Fault::Guest));
    let nameless = Failure { kind: FailureKind::ProxyUnreachable, ..failure.clone() };
    let (at, sentence) = fault(shut.place(&proxied(443), &Observation::begun(0).failed(nameless)));
    assert_eq!(at, Some(Fault::Dns));
    assert!(sentence.contains("the proxy does not resolve"), "{sentence}");
    assert_eq!(fault(tagged.place(&storage(443), &asked("168.63.129.16:53"))).0, Some(Fault::Rule));
}

#[test]
fn the_host_is_beyond_rules_and_routes() {
    let host = Target::named("168.63.129.16:80".parse().unwrap(), Expectation::WireServer);
    let silent = unconnected(FailureKind::TimedOut, &["168.63.129.16"]);
    for network in [Network::denying("*"), Network::routed("None")] {
        let (at, sentence) = fault(network.place(&host, &silent));
        assert_eq!(at, Some(Fault::Guest), "{sentence}");
    }
    let undecided = failure(Phase::Connect, FailureKind::NeedsRoot);
    let observation = Observation { failure: Some(undecided), ..Observation::begun(0) };
    assert_eq!(fault(Network::open().place(&host, &observation)).0, Some(Fault::Guest));
}

#[test]
fn what_is_not_known_is_not_placed() {
    let silent = unconnected(FailureKind::TimedOut, &[STORAGE]);
    let unknown = Network { rules: vec![deny("Strange", "NoSuchTagAnywhere", "*")], ..Network::open() };
    let (at, sentence) = fault(unknown.place(&storage(443), &silent));
    assert_eq!(at, None);
    assert!(sentence.contains("NoSuchTagAnywhere"), "{sentence}");
    let mut dropped = Network::routed("None");
    dropped.rules.clone_from(&unknown.rules);
    assert_eq!(fault(dropped.place(&storage(443), &silent)).0, Some(Fault::Route));
    let alone = documents(&[json!({"id": VM, "name": "vm1", "type": "Microsoft.Compute/virtualMachines",
        "properties": {"networkProfile": {"networkInterfaces": [{"id": format!("{NET}/networkInterfaces/nic1")}]}}})]);
    let (at, sentence) = fault(placed(&alone, &storage(443), &silent));
    assert_eq!(at, None);
    assert!(sentence.contains("nic1"), "{sentence}");
    // Nothing was tried.
    let skipped = Observation { outcome: azpreflight::probe::Outcome::Skipped, ..Observation::begun(0) };
    assert_eq!(placed(&alone, &storage(443), &skipped), None);
}

#[test]
fn ports_are_told_apart_and_a_name_without_address_is_judged_by_its_tag() {
    let network = Network::denying("8443");
    let silent = unconnected(FailureKind::TimedOut, &[STORAGE]);
    assert_eq!(fault(network.place(&storage(8443), &silent)).0, Some(Fault::Rule));
    assert_eq!(fault(network.place(&storage(443), &silent)).0, Some(Fault::Guest));
    let nameless = unconnected(FailureKind::TimedOut, &[]);
    let (at, sentence) = fault(Network::denying("*").place(&storage(443), &nameless));
    assert_eq!(at, Some(Fault::Rule), "{sentence}");
    assert!(sentence.contains("`Storage.KoreaCentral`"), "{sentence}");
}

#[test]
fn a_rule_on_a_part_of_it_is_not_where_all_of_it_fails() {
    let network = Network { rules: vec![deny("NoPart", "20.60.16.0/24", "*")], ..Network::open() };
    let other = "20.33.154.4";
    let silent = |to: &[&str]| unconnected(FailureKind::TimedOut, to);
    let (at, sentence) = fault(network.place(&storage(443), &silent(&[STORAGE, "20.60.16.8"])));
    assert_eq!(at, Some(Fault::Rule), "{sentence}");
    for (to, besides) in [
        (&[STORAGE, other][..], "to 20.60.16.7 and 20.33.154.4; the rest fails without it"),
        (&[], "to `Storage.KoreaCentral`; which address was tried is not known"),
    ] {
        let (at, sentence) = fault(network.place(&storage(443), &silent(to)));
        assert_eq!(at, None, "{sentence}");
        assert!(sentence.contains("`NoPart` (200) of NSG `nsg1` denies a part of Tcp 443"), "{sentence}");
        assert!(sentence.ends_with(besides), "{sentence}");
        // Where no route leads anywhere, it fails whatever the rules say.
        let mut dropped = Network::routed("None");
        dropped.rules.clone_from(&network.rules);
        assert_eq!(fault(dropped.place(&storage(443), &silent(to))).0, Some(Fault::Route));
    }
    // What was reached is not in the denied part.
    let nowhere = Observation { address: None, ..reached(other) };
    assert_eq!(network.place(&storage(443), &nowhere), None);
    assert_eq!(network.place(&storage(443), &reached(other)), None);
    assert_eq!(fault(network.place(&storage(443), &reached(STORAGE))).0, Some(Fault::StaleExport));
}
