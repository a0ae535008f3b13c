//! Name resolution with the configuration of a host, by real name servers, in a network of its own: what the program finds,
//! beside what `hickory-resolver` and the C library find there.

use std::net::IpAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use azpreflight::collect::probe::run;
use azpreflight::probe::{Expectation, Limits, Resolution, ResolvedBy, Target};
use serde_json::{Value, json};

use crate::lab::{Lab, Listens, NAME_SERVER, Part};

/// Names to resolve in this process, and the file that the answers go to: set for the process in the guest.
const NAMES: &str = "AZPREFLIGHT_RESOLVE";
const ANSWERS: &str = "AZPREFLIGHT_RESOLVED";

/// What the process in the guest runs; in any other it is the simplest of the tests that do.
#[test]
#[ignore = "runs in the guest of the others"]
fn real_names_are_resolved_by_this_process() {
    let (Ok(names), Ok(file)) = (std::env::var(NAMES), std::env::var(ANSWERS)) else {
        return a_guest_without_name_server_hears_nothing();
    };
    let names: Vec<&str> = names.split(' ').collect();
    let target = |name: &&str| Target::named(format!("{name}:9").parse().unwrap(), Expectation::Tcp);
    let targets: Vec<Target> = names.iter().map(target).collect();
    let limits = Limits { timeout: Duration::from_secs(2), ..Limits::default() };
    let begun = Instant::now();
    let observations = run(&targets, &limits, &mut |_| {}).unwrap();
    let took = begun.elapsed();
    let mut hickory = of_hickory(&names);
    hickory.resize(names.len(), Vec::new());
    let answers: Vec<Value> = observations
        .iter()
        .zip(hickory)
        .map(|(seen, hickory)| {
            let resolution = seen.resolution.clone().unwrap_or_default();
            let failed = seen.failure.as_ref().filter(|failure| failure.phase.word() == "resolve");
            json!({
                "kind": failed.map(|failure| failure.kind.word()),
                "detail": failed.map(|failure| failure.detail.clone()),
                "addresses": used(seen.addresses.iter().map(|verdict| verdict.address).chain(seen.address), failed.is_some()),
                "by": by(&resolution),
                "chain": resolution.chain,
                "servers": resolution.servers.iter().map(|said| said.server.ip().to_string()).collect::<Vec<_>>(),
                "overTcp": resolution.servers.iter().any(|said| said.over_tcp && said.answer.is_ok()),
                "notes": resolution.notes.join("; "),
                "hickory": hickory,
                "wholeRunMs": u64::try_from(took.as_millis()).unwrap(),
            })
        })
        .collect();
    std::fs::write(file, serde_json::to_vec(&answers).unwrap()).unwrap();
}

fn a_guest_without_name_server_hears_nothing() {
    let Some(lab) = Lab::new() else { return };
    let answers = resolve(&lab, &["nobody.example"]);
    assert_eq!(answers[0]["kind"], "resolve-timeout", "{answers:?}");
    assert_eq!(answers[0]["addresses"], json!([]));
}

fn by(resolution: &Resolution) -> &'static str {
    match resolution.by {
        ResolvedBy::NameServer => "server",
        ResolvedBy::HostsFile => "hosts",
        ResolvedBy::OperatingSystem => "system",
    }
}

fn used(addresses: impl Iterator<Item = IpAddr>, failed: bool) -> Vec<String> {
    let mut addresses: Vec<IpAddr> = addresses.filter(|_| !failed).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses.iter().map(ToString::to_string).collect()
}

/// What hickory-resolver finds with the same configuration, each of the first few names by itself; empty where it finds
/// nothing.
fn of_hickory(names: &[&str]) -> Vec<Vec<String>> {
    use hickory_resolver::config::LookupIpStrategy;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let Ok(mut builder) = hickory_resolver::Resolver::builder_tokio() else { return Vec::new() };
        let options = builder.options_mut();
        options.timeout = Duration::from_millis(700);
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        let resolver = builder.build().unwrap();
        let mut found = Vec::new();
        for name in names.iter().take(20) {
            let addresses = resolver.lookup_ip(*name).await;
            found.push(used(addresses.iter().flat_map(|lookup| lookup.iter()), addresses.is_err()));
        }
        found
    })
}

/// Resolves names in the guest.
fn resolve(lab: &Lab, names: &[&str]) -> Vec<Value> {
    resolve_with(lab, names, |_| {})
}

fn resolve_with(lab: &Lab, names: &[&str], prepare: impl Fn(&mut Command)) -> Vec<Value> {
    let file = lab.folder().join("answers.json");
    let program = std::env::current_exe().unwrap();
    let mut command = lab.guest.command("timeout");
    command.args(["--kill-after=5", "60"]).arg(program);
    command.args(["--ignored", "--exact", "real_resolve::real_names_are_resolved_by_this_process"]);
    command.env(NAMES, names.join(" ")).env(ANSWERS, &file);
    prepare(&mut command);
    let output = command.output().expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// What the C library finds; empty where it finds nothing.
fn of_libc(lab: &Lab, name: &str) -> Vec<String> {
    let output = lab.guest.command("getent").args(["ahosts", name]).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let addresses = text.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok());
    used(addresses, false)
}

/// unbound at the usual place, with these lines in its `server` clause.
fn unbound(lab: &Lab, lines: &str) -> Part {
    lab.world.own(&[NAME_SERVER]);
    let text = format!(
        "server:\n interface: {NAME_SERVER}\n do-daemonize: no\n username: \"\"\n chroot: \"\"\n pidfile: \"\"\n \
         use-syslog: no\n access-control: 0.0.0.0/0 allow\n module-config: \"iterator\"\n num-threads: 1\n{lines}\n\
         remote-control:\n control-enable: no\n"
    );
    let path = lab.write("unbound.conf", text);
    let at = format!("{NAME_SERVER}:53");
    lab.world.start("unbound", &["-d", "-c", &path], &[Listens::udp(&at), Listens::tcp(&at)])
}

#[test]
#[ignore = "needs root and unbound: tests/run.sh --real"]
fn real_unbound_says_every_kind_of_no() {
    let Some(lab) = Lab::new() else { return };
    let record = |n| format!(" local-data: \"many.core.windows.net. 60 IN A 20.60.1.{n}\"\n");
    let many = (1..=60).map(record).collect::<Vec<_>>().concat();
    let _names = unbound(
        &lab,
        &format!(
            " local-zone: \"core.windows.net.\" static\n \
             local-data: \"acct.blob.core.windows.net. 60 IN A 20.60.1.1\"\n \
             local-data: \"acct.blob.core.windows.net. 60 IN AAAA 2603:1030::1\"\n \
             local-data: \"txt.core.windows.net. 60 IN TXT only\"\n{many} \
             local-zone: \"nx.example.\" always_nxdomain\n \
             local-zone: \"no.example.\" always_refuse\n \
             local-zone: \"silent.example.\" always_deny\n \
             local-zone: \"null.windows.net.\" always_null\n \
             local-zone: \"failing.example.\" transparent\n\
             forward-zone:\n name: \"failing.example.\"\n forward-addr: 127.0.0.1@1\n"
        ),
    );
    let expected = [
        ("acct.blob.core.windows.net", None, 2),
        ("many.core.windows.net", None, 60),
        ("txt.core.windows.net", Some("nodata"), 0),
        ("gone.core.windows.net", Some("nxdomain"), 0),
        ("a.nx.example", Some("nxdomain"), 0),
        ("a.no.example", Some("dns-refused"), 0),
        ("a.silent.example", Some("resolve-timeout"), 0),
        ("a.failing.example", Some("servfail"), 0),
        ("a.null.windows.net", None, 2),
    ];
    let names: Vec<&str> = expected.iter().map(|(name, ..)| *name).collect();
    let answers = resolve(&lab, &names);
    for ((name, kind, count), answer) in expected.iter().zip(&answers) {
        assert_eq!(answer["kind"].as_str(), *kind, "{name}: {answer}");
        let addresses = answer["addresses"].as_array().unwrap();
        // Of sixty addresses sixteen are tried.
        assert_eq!(addresses.len(), (*count).min(16), "{name}: {answer}");
        let found = |who: &[String]| addresses.iter().all(|known| who.iter().any(|other| known == other));
        let (hickory, libc) = (texts(&answer["hickory"]), of_libc(&lab, name));
        assert_eq!(
            (hickory.is_empty(), libc.is_empty()),
            (*count == 0, *count == 0),
            "{name}: {answer} {libc:?}"
        );
        assert!(found(&hickory) && found(&libc), "{name}: {answer} {libc:?}");
        assert!(!answer["notes"].as_str().unwrap().contains("operating system"), "{name}: {answer}");
    }
    assert_eq!(answers[1]["overTcp"], true, "{}", answers[1]);
    assert!(answers[8]["notes"].as_str().unwrap().contains("blocks the name"), "{}", answers[8]);
    assert!(answers[0]["wholeRunMs"].as_u64().unwrap() < 2020 + 500, "{}", answers[0]);
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.map(ToOwned::to_owned).collect()
}

#[test]
#[ignore = "needs root and dnsmasq: tests/run.sh --real"]
fn real_dnsmasq_hides_and_reveals_private_endpoints() {
    let Some(lab) = Lab::new() else { return };
    let _names = lab.name_server(&[
        "cname=linked.blob.core.windows.net,linked.privatelink.blob.core.windows.net",
        "host-record=linked.privatelink.blob.core.windows.net,10.7.0.5",
        "cname=open.blob.core.windows.net,open.privatelink.blob.core.windows.net",
        "host-record=open.privatelink.blob.core.windows.net,20.60.1.1",
        "host-record=own.blob.core.windows.net,10.7.0.6",
        "local=/windows.net/",
    ]);
    let names = ["linked", "open", "own", "none"].map(|label| format!("{label}.blob.core.windows.net"));
    let answers = resolve(&lab, &names.each_ref().map(String::as_str));
    let note = |at: usize| answers[at]["notes"].as_str().unwrap();
    assert_eq!(answers[0]["chain"], json!(["linked.privatelink.blob.core.windows.net"]));
    assert_eq!((note(0), &answers[0]["addresses"]), ("", &json!(["10.7.0.5"])));
    assert!(note(1).contains("not linked to this network"), "{}", answers[1]);
    assert!(note(2).contains("without an alias"), "{}", answers[2]);
    assert_eq!(answers[3]["kind"], "nxdomain");
    for (name, answer) in names.iter().zip(&answers) {
        assert_eq!(texts(&answer["addresses"]), texts(&answer["hickory"]), "{name}: {answer}");
        assert_eq!(texts(&answer["addresses"]), of_libc(&lab, name), "{name}: {answer}");
    }
}

#[test]
#[ignore = "needs root and dnsmasq: tests/run.sh --real"]
fn real_answers_of_the_platform_are_compared() {
    let Some(lab) = Lab::new() else { return };
    let _names = lab.name_server(&[
        "host-record=same.blob.core.windows.net,20.60.1.1",
        "host-record=acct.blob.core.windows.net,20.60.1.1",
        "host-record=vm.corp.example,10.7.0.9",
        "local=/windows.net/",
    ]);
    lab.world.own(&["168.63.129.16"]);
    let text = "listen-address=168.63.129.16\nbind-interfaces\nno-resolv\nno-hosts\npid-file=\nuser=root\n\
                host-record=same.blob.core.windows.net,20.60.1.1\n\
                host-record=acct.blob.core.windows.net,10.7.0.5\n\
                host-record=only.blob.core.windows.net,10.7.0.6\nlocal=/example/\n";
    let path = lab.write("platform.conf", text);
    let at = "168.63.129.16:53";
    let _platform = lab.world.start("dnsmasq", &["-k", "-C", &path], &[Listens::udp(at), Listens::tcp(at)]);
    let names = [
        "same.blob.core.windows.net",
        "acct.blob.core.windows.net",
        "only.blob.core.windows.net",
        "vm.corp.example",
    ];
    let answers = resolve(&lab, &names);
    let note = |at: usize| answers[at]["notes"].as_str().unwrap();
    assert_eq!(note(0), "");
    assert_eq!(answers[0]["servers"], json!([NAME_SERVER, "168.63.129.16"]));
    assert!(note(1).contains("private zones of this network are not seen"), "{}", answers[1]);
    assert_eq!(answers[1]["addresses"], json!(["20.60.1.1"]), "the host would use what its own server says");
    assert_eq!(answers[2]["kind"], "nxdomain");
    assert!(note(2).contains("gives 10.7.0.6"), "{}", answers[2]);
    assert!(note(3).contains("168.63.129.16 says that the name does not exist"), "{}", answers[3]);
    // Where it is the configured server there is nothing to compare.
    lab.guest.configure("resolv.conf", "nameserver 168.63.129.16\n");
    let alone = resolve(&lab, &["acct.blob.core.windows.net"]);
    assert_eq!(alone[0]["servers"], json!(["168.63.129.16"]));
    assert!(!alone[0]["notes"].as_str().unwrap().contains("168.63.129.16"), "{}", alone[0]);
}

#[test]
#[ignore = "needs root, dnsmasq and nftables: tests/run.sh --real"]
fn real_ways_to_the_name_server_break_each_in_its_manner() {
    let Some(lab) = Lab::new() else { return };
    let _names =
        lab.name_server(&["host-record=acct.example,20.60.1.1", "host-record=second.example,20.60.1.2"]);
    let resolve_one = |rules: &[&str], settings: &str| {
        lab.world.on_arrival(rules);
        lab.guest.configure("resolv.conf", settings);
        resolve(&lab, &["acct.example"]).remove(0)
    };
    let usual = format!("nameserver {NAME_SERVER}\n");
    let tcp_only = resolve_one(&["udp dport 53 drop"], &usual);
    assert_eq!((&tcp_only["addresses"], &tcp_only["overTcp"]), (&json!(["20.60.1.1"]), &json!(true)));
    for (rule, words) in [
        ("udp dport 53 reject", "nothing listens"),
        ("udp dport 53 reject with icmpx type host-unreachable", "cannot be reached"),
        ("udp dport 53 reject with icmpx type admin-prohibited", "cannot be reached"),
    ] {
        let refused = resolve_one(&[rule], &usual);
        assert_eq!(refused["kind"], "dns-unreachable", "{rule}: {refused}");
        assert!(refused["detail"].as_str().unwrap().contains(words), "{rule}: {refused}");
    }
    let dropped = resolve_one(&["meta l4proto { tcp, udp } th dport 53 drop"], &usual);
    assert_eq!(dropped["kind"], "resolve-timeout");
    let lossy = resolve_one(&["udp dport 53 numgen inc mod 4 < 3 drop"], &usual);
    assert_eq!(lossy["addresses"], json!(["20.60.1.1"]), "{lossy}");
    // The first server is silent, the second is not there, the third answers.
    let three = format!("nameserver 10.53.9.9\nnameserver 10.9.0.1\nnameserver {NAME_SERVER}\n");
    let third = resolve_one(&["ip daddr 10.9.0.1 udp dport 53 reject"], &three);
    assert_eq!(third["addresses"], json!(["20.60.1.1"]), "{third}");
    assert_eq!(third["servers"], json!(["10.53.9.9", "10.9.0.1", NAME_SERVER]));
    assert!(third["notes"].as_str().unwrap().contains("10.53.9.9:53 did not answer"), "{third}");
    let none = resolve_one(&[], "# nothing\n");
    assert_eq!(none["kind"], "dns-unreachable", "{none}");
    assert!(none["notes"].as_str().unwrap().contains("no name server is configured"), "{none}");
}

#[test]
#[ignore = "needs root, dnsmasq and nftables: tests/run.sh --real"]
fn real_loss_of_one_in_twenty_each_way_loses_no_name() {
    let Some(lab) = Lab::new() else { return };
    let _names = lab.name_server(&["address=/bulk.example/20.60.1.1"]);
    lab.world.own(&["20.60.1.1"]);
    lab.world.on_arrival(&["udp dport 53 numgen random mod 20 < 1 counter drop"]);
    let leaving = "type filter hook output priority 0; policy accept;";
    let loss = "udp sport 53 numgen random mod 20 < 1 counter drop";
    lab.world.run("nft", &[&format!("add chain inet lab leaving {{ {leaving} }}")]);
    lab.world.run("nft", &[&format!("add rule inet lab leaving {loss}")]);
    let names: Vec<String> = (0..200).map(|n| format!("n{n}.bulk.example")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let answers = resolve(&lab, &names);
    for (name, answer) in names.iter().zip(&answers) {
        assert_eq!(answer["addresses"], json!(["20.60.1.1"]), "{name}: {answer}");
    }
    let rules = lab.world.run("nft", &["list", "ruleset"]).stdout;
    let rules = String::from_utf8_lossy(&rules);
    assert!(
        rules.matches("counter packets").count() == 2 && !rules.contains("counter packets 0 "),
        "{rules}"
    );
}

#[test]
#[ignore = "needs root and dnsmasq: tests/run.sh --real"]
fn real_hosts_search_domains_and_other_means_are_told_apart() {
    let Some(lab) = Lab::new() else { return };
    let _names = lab.name_server(&[
        "host-record=vault.corp.example,10.7.0.5",
        "host-record=acct.blob.core.windows.net,20.60.1.1",
        "local=/example/",
        "local=/nowhere/",
        "local=/other/",
    ]);
    lab.guest
        .configure("resolv.conf", &format!("nameserver {NAME_SERVER}\nsearch none.example corp.example\n"));
    lab.guest.configure("hosts", "127.0.0.1 localhost\n10.1.2.3 acct.blob.core.windows.net\n");
    // An alias of the C library's own, for names without dots.
    let aliases = lab.write("aliases", "other vault.corp.example\n");
    let names = ["vault", "acct.blob.core.windows.net", "nowhere", "other"];
    let answers = resolve_with(&lab, &names, |command| {
        command.env("HOSTALIASES", &aliases);
    });
    let by = |at: usize| (answers[at]["by"].as_str().unwrap(), answers[at]["addresses"].clone());
    assert_eq!(by(0), ("server", json!(["10.7.0.5"])), "{}", answers[0]);
    assert_eq!(texts(&answers[0]["addresses"]), of_libc(&lab, "vault"));
    assert!(answers[0]["notes"].as_str().unwrap().contains("by a search domain"), "{}", answers[0]);
    assert_eq!(by(1), ("hosts", json!(["10.1.2.3"])));
    assert!(answers[1]["notes"].as_str().unwrap().contains("whatever DNS says"), "{}", answers[1]);
    assert_eq!((answers[2]["kind"].as_str(), of_libc(&lab, "nowhere")), (Some("nxdomain"), Vec::new()));
    assert_eq!(by(3), ("system", json!(["10.7.0.5"])), "{}", answers[3]);
    assert!(answers[3]["notes"].as_str().unwrap().contains("only the operating system"), "{}", answers[3]);
}
