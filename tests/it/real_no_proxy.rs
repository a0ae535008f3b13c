//! Lists of hosts without a proxy, and whole configurations, decided by curl and by the VM agent's own functions: both have
//! to say what is said here.
//!
//! They run in a network namespace of which every address is the machine itself, so that the way that curl takes is seen by
//! who answers. `tests/run.sh --real` runs these tests.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use azpreflight::guest::Settings;
use azpreflight::input::{Bundle, Document};
use azpreflight::probe::{Authority, Consumer, Dialect, Host, NoProxy, Via};
use azpreflight::wire;
use serde_json::{Map, Value, json};

use crate::reference::random::Random;

const LISTS: usize = 4000;
const CONFIGURATIONS: usize = 250;

const NAMES: [&str; 6] = [
    "example.blob.core.windows.net",
    "login.microsoftonline.com",
    "anexample.com",
    "example.com",
    "a.b.example.com",
    "localhost",
];
const ADDRESSES: [&str; 8] = [
    "10.1.2.3",
    "10.200.2.3",
    "168.63.129.16",
    "169.254.169.254",
    "52.239.1.2",
    "2001:db8::1",
    "fd00::5",
    "::1",
];
const PROXIES: [&str; 9] = [
    "http://proxy.example:3128",
    "http://proxy.example:3128/",
    "HTTP://other.example:3129",
    "http://kim:secret@other.example:3129",
    "proxy.example:3128",
    "http://proxy.example",
    "proxy.example",
    "https://other.example:3129",
    "",
];
const EXCEPTIONS: [&str; 6] =
    ["", "*", "example.com", ".core.windows.net, 10.0.0.0/8", "10.1.2.3 localhost", "*.example.com"];
const AGENT: [&str; 7] = [
    "Provisioning.Agent=auto",
    "HttpProxy.Host=other.example\nHttpProxy.Port=3129",
    "HttpProxy.Host = \"proxy.example\" # here\nHttpProxy.Port = 3128 ",
    "HttpProxy.Host=proxy.example",
    "HttpProxy.Port=3128",
    "#HttpProxy.Host=proxy.example\nHttpProxy.Host=None\nHttpProxy.Port=3128",
    "HttpProxy.Host=proxy.example\nHttpProxy.Port=many\nHttpProxy.Host=other.example",
];

/// What the oracles answer.
fn ask(question: &Value) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/no_proxy_oracles.py");
    let agent =
        std::env::var("AZPREFLIGHT_AGENT").expect("AZPREFLIGHT_AGENT must name the VM agent's modules");
    let mut child = Command::new("unshare")
        .args(["--net", "/usr/bin/python3", "-B"])
        .arg(script)
        .env("PYTHONPATH", agent)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("unshare runs");
    let mut input = child.stdin.take().expect("piped");
    let question = question.to_string();
    let writer = std::thread::spawn(move || input.write_all(question.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    writer.join().expect("a thread").expect("it reads all");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn host(random: &mut Random) -> String {
    if random.once_in(2) { random.pick(&NAMES).to_owned() } else { random.pick(&ADDRESSES).to_owned() }
}

/// An entry that is about some host, or nearly.
fn entry(random: &mut Random) -> String {
    let host = host(random);
    let tail = |text: &str, at: usize| text.get(at..).unwrap_or(text).to_owned();
    let after_dot = || host.split_once('.').map_or(host.clone(), |(_, rest)| rest.to_owned());
    match random.below(14) {
        0 | 1 => host,
        2 => after_dot(),
        3 => format!(".{}", after_dot()),
        4 => format!("*.{}", after_dot()),
        5 => format!("{host}:{}", random.pick(&[80, 443])),
        6 => format!("{host}."),
        7 => host.to_uppercase(),
        8 => tail(&host, random.below(5)),
        9 | 10 => {
            let length =
                if random.once_in(2) { random.pick(&[0, 1, 8, 12, 16, 24, 32]) } else { random.below(40) };
            format!("{host}/{length}")
        }
        11 => format!("[{host}]"),
        12 => random
            .pick(&["*", ".", "..", "10.1", "0xa.1.2.3", "010.1.2.3", "10.1.2.3.", "/8", "10.0.0.0/"])
            .to_owned(),
        _ => format!(".{host}"),
    }
}

fn list(random: &mut Random) -> String {
    if random.once_in(40) {
        return random.pick(&["*", "", " *", "*,", ","]).to_owned();
    }
    let mut list = random.pick(&["", "", "", " ", ","]).to_owned();
    for index in 0..=random.below(4) {
        if index > 0 {
            list.push_str(random.pick(&[",", ",", ", ", " ", " , ", ",,", "\t"]));
        }
        list.push_str(&entry(random));
    }
    list
}

/// curl 7.88 looks at IPv6 addresses as at names, against its own documentation: prefixes count for nothing, dots do.
fn is_documented(list: &str, host: &Host) -> bool {
    let odd = |entry: &str| entry.contains('/') || entry.starts_with('.') || entry.ends_with('.');
    !host.address().is_some_and(|address| address.is_ipv6()) || !list.split([',', ' ', '\t']).any(odd)
}

#[test]
#[ignore = "needs curl and the VM agent's modules: tests/run.sh --real"]
fn lists_say_what_curl_and_the_agent_take_them_for() {
    let mut random = Random(0x5eed_0001);
    let cases: Vec<(String, Authority)> = (0..LISTS)
        .map(|_| {
            (list(&mut random), Authority { host: host(&mut random).parse().expect("a host"), port: 80 })
        })
        .collect();
    let asked: Vec<Value> = cases
        .iter()
        .map(|(list, to)| json!({"list": list, "host": to.host.to_string(), "port": 80}))
        .collect();
    let answers = ask(&json!({"lists": asked, "settings": []}));
    let mut past = [0; 2];
    for ((list, to), answer) in cases.iter().zip(answers["lists"].as_array().expect("a list")) {
        let parsed = NoProxy::parse(list);
        let agent = parsed.bypasses(Dialect::Agent, to);
        assert_eq!(answer["agent"], agent, "the agent: {list:?} {to}");
        past[1] += usize::from(agent);
        if is_documented(list, &to.host) {
            let curl = parsed.bypasses(Dialect::Curl, to);
            assert_eq!(answer["curl"], curl, "curl {}: {list:?} {to}", answers["curl"]);
            past[0] += usize::from(curl);
        }
    }
    assert_eq!(answers["lists"].as_array().map(Vec::len), Some(LISTS));
    assert!(past.iter().all(|past| (LISTS / 20..LISTS).contains(past)), "hardly tried: {past:?}");
}

fn environment(random: &mut Random) -> Map<String, Value> {
    let mut environment = Map::new();
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        if random.once_in(3) {
            environment.insert(name.to_owned(), random.pick(&PROXIES).into());
        }
    }
    for name in ["no_proxy", "NO_PROXY"] {
        if random.once_in(4) {
            environment.insert(name.to_owned(), random.pick(&EXCEPTIONS).into());
        }
    }
    environment
}

/// The documents of a configuration: for the user, and for the agent.
fn settings(environment: &Map<String, Value>, configuration: &str) -> Settings {
    let variables = || {
        let pairs: Vec<(String, String)> = environment
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().expect("a text").to_owned()))
            .collect();
        pairs.into_iter()
    };
    let mut documents = Vec::new();
    let mut withheld = Vec::new();
    for (name, of_agent) in [("environment", false), ("environment of the agent", true)] {
        let Some(part) = wire::environment_document(name, of_agent, variables()) else { continue };
        documents.push(part.document);
        withheld.extend(part.proxies);
    }
    let configuration = configuration.to_owned().into_bytes();
    documents.push(Document { name: "/etc/waagent.conf".into(), bytes: configuration, named_by_user: false });
    let facts = wire::parse(&Bundle { documents }).expect("it is read");
    facts.proxy_settings.with_credentials(&withheld)
}

#[test]
#[ignore = "needs curl and the VM agent's modules: tests/run.sh --real"]
fn configurations_lead_where_curl_and_the_agent_go() {
    let mut random = Random(0x5eed_0002);
    let hosts = ["example.blob.core.windows.net", "example.com", "a.example.com", "10.1.2.3", "localhost"];
    let cases: Vec<(Map<String, Value>, &str, &str, bool)> = (0..CONFIGURATIONS)
        .map(|_| (environment(&mut random), random.pick(&AGENT), random.pick(&hosts), random.once_in(2)))
        .collect();
    let question = |(environment, configuration, host, tls): &(Map<String, Value>, &str, &str, bool)| {
        let scheme = if *tls { "https" } else { "http" };
        json!({"environment": environment, "configuration": configuration, "url": format!("{scheme}://{host}/")})
    };
    let asked: Vec<Value> = cases.iter().map(question).collect();
    let answers = ask(&json!({"lists": [], "settings": asked}));
    let mut decided = 0;
    for ((environment, configuration, host, tls), answer) in
        cases.iter().zip(answers["settings"].as_array().expect("a list"))
    {
        let settings = settings(environment, configuration);
        let to = Authority { host: host.parse().expect("a host"), port: if *tls { 443 } else { 80 } };
        for (consumer, who) in [(Consumer::User, "curl"), (Consumer::Agent, "agent")] {
            let route = settings.route(consumer, &to, *tls);
            if route.undecided.is_some() {
                continue;
            }
            let way = match &route.via {
                Via::Direct => "direct".to_owned(),
                Via::Proxy(proxy) => proxy.authority.to_string(),
            };
            decided += 1;
            assert_eq!(
                answer[who], way,
                "{who}: {environment:?} {configuration:?} {host} tls {tls}: {route:?}"
            );
        }
    }
    assert!(decided > CONFIGURATIONS, "hardly tried: {decided}");
}
