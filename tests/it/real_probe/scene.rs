//! What stands in the world of a lab, and what a probe of it answered.

use serde_json::Value;

use crate::cli::Run;
use crate::lab::{Authority, Lab, Leaf, Listens, Part};

/// A server's configuration as it lies beside the tests.
macro_rules! beside {
    ($name:literal) => {
        ($name, include_str!(concat!("../../real/probing/", $name)))
    };
}

const SQUID: (&str, &str) = beside!("squid.conf");
const TINYPROXY: (&str, &str) = beside!("tinyproxy.conf");
const NARROW: (&str, &str) = beside!("tinyproxy-narrow.conf");
const NGINX: (&str, &str) = beside!("nginx.conf");
const HAPROXY: (&str, &str) = beside!("haproxy.cfg");
const UNBOUND: (&str, &str) = beside!("unbound.conf");
const FAULTY_NAMES: (&str, &str) = beside!("faulty_names.py");

/// A lab with servers in it.
pub(super) struct Scene {
    // Ended before the lab is.
    parts: Vec<Part>,
    pub(super) lab: Lab,
    pub(super) authority: Authority,
}

impl Scene {
    /// A lab whose world has all the addresses of the configurations below `tests/real/probing`, and nothing that
    /// listens at any of them; `None` without the right to make one.
    pub(super) fn new() -> Option<Self> {
        let lab = Lab::new()?;
        let hosts =
            |prefix: &str, last: u8| (1..=last).map(|host| format!("{prefix}.{host}")).collect::<Vec<_>>();
        let addresses = [hosts("20.60.0", 4), hosts("20.60.1", 12), hosts("20.60.2", 5)].concat();
        lab.world.own(&addresses.iter().map(String::as_str).collect::<Vec<_>>());
        lab.world.own(&["10.53.0.54", "10.53.0.55", "10.53.0.56", "168.63.129.16", "169.254.169.254"]);
        let authority = Authority::new("Lab Root");
        lab.write("trusted.pem", authority.pem());
        Some(Self { parts: Vec::new(), lab, authority })
    }

    /// Names by dnsmasq, in the lines of its configuration.
    pub(super) fn names(&mut self, lines: &[&str]) {
        self.parts.push(self.lab.name_server(lines));
    }

    /// Unbound at 10.53.0.54, and a server that misbehaves at 10.53.0.55.
    pub(super) fn other_names(&mut self) {
        let unbound = self.write(UNBOUND);
        let faulty = self.write(FAULTY_NAMES);
        let [first, second] = ["10.53.0.54:53", "10.53.0.55:53"];
        let both = |at| [Listens::udp(at), Listens::tcp(at)];
        self.start(&probing("python"), &[&faulty], &both(second));
        self.start("unbound", &["-d", "-c", &unbound], &both(first));
    }

    /// Storage at 20.60.0.1, played by Azurite: TLS on 443 and 8443 through haproxy, port 80 through nginx, which has the
    /// other servers too.
    pub(super) fn servers(&mut self) {
        let leaf = |file, leaf: Leaf<'_>| self.authority.issue(&self.lab, file, &leaf);
        leaf("storage", Leaf::of(&["*.store.example", "acct.blob.core.windows.net", "20.60.0.1"]));
        leaf("reset", Leaf::of(&["reset.store.example"]));
        leaf("expired", Leaf { until: 2025, ..Leaf::of(&["expired.example", "20.60.1.2"]) });
        leaf("other", Leaf::of(&["somebody.example"]));
        for (file, name) in [
            ("old", "20.60.1.4"),
            ("twelve", "20.60.1.11"),
            ("thirteen", "20.60.1.12"),
            ("blocked", "20.60.1.5"),
        ] {
            leaf(file, Leaf::of(&[name]));
        }
        Authority::new("Nobody's Root").issue(&self.lab, "unknown", &Leaf::of(&["20.60.1.1"]));
        self.azurite();
        let (nginx, haproxy) = (self.write(NGINX), self.write(HAPROXY));
        self.start("haproxy", &["-db", "-f", &haproxy], &[Listens::tcp("20.60.0.1:8443")]);
        self.start("nginx", &["-p", ".", "-c", &nginx], &[Listens::tcp("20.60.1.12:443")]);
    }

    /// Without `--disableTelemetry` it would call its maker.
    fn azurite(&mut self) {
        let program = variable("AZPREFLIGHT_AZURITE");
        let mut arguments =
            vec!["--silent", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"];
        arguments.extend(["--cert", "storage.pem", "--key", "storage.key"]);
        for (host, port, number) in [
            ("--blobHost", "--blobPort", "11000"),
            ("--queueHost", "--queuePort", "11001"),
            ("--tableHost", "--tablePort", "11002"),
        ] {
            arguments.extend([host, "127.0.0.1", port, number]);
        }
        self.start(&program, &arguments, &[Listens::tcp("127.0.0.1:11000")]);
    }

    /// squid at 10.9.0.1: 3128 willing, 3129 not to port 8443, 3130 asking who calls, 3131 with a dead parent.
    pub(super) fn squid(&mut self) {
        let path = self.write(SQUID);
        let last = [Listens::tcp("10.9.0.1:3128"), Listens::tcp("10.9.0.1:3131")];
        self.start("squid", &["-N", "-f", &path], &last);
    }

    /// tinyproxy at 10.9.0.1: 8888 willing, 8889 to port 443 alone.
    pub(super) fn tinyproxy(&mut self) {
        for (configuration, at) in [(TINYPROXY, "10.9.0.1:8888"), (NARROW, "10.9.0.1:8889")] {
            let path = self.write(configuration);
            self.start("tinyproxy", &["-d", "-c", &path], &[Listens::tcp(at)]);
        }
    }

    /// mitmproxy, as a proxy at 10.9.0.1:8080 and in place of storage at 20.60.1.7:443; its authority is in
    /// `box/mitmproxy-ca-cert.pem`.
    pub(super) fn mitmproxy(&mut self) {
        let arguments = [
            ["--set", "confdir=box", "--set", "connection_strategy=lazy"],
            ["--mode", "regular@10.9.0.1:8080", "--mode", "reverse:https://20.60.0.1@20.60.1.7:443"],
        ];
        let listens = ["10.9.0.1:8080", "20.60.1.7:443"].map(Listens::tcp);
        let arguments = [&["--quiet", "--ssl-insecure"][..], &arguments.concat()].concat();
        self.start(&probing("mitmdump"), &arguments, &listens);
    }

    /// A SOCKS proxy at 10.9.0.1:1080.
    pub(super) fn microsocks(&mut self) {
        self.start("microsocks", &["-i", "10.9.0.1", "-p", "1080"], &[Listens::tcp("10.9.0.1:1080")]);
    }

    /// Starts something in the world; what it has printed so far is given by [`Scene::log`] of this number.
    pub(super) fn start(&mut self, program: &str, arguments: &[&str], listens: &[Listens]) -> usize {
        self.parts.push(self.lab.world.start(program, arguments, listens));
        self.parts.len() - 1
    }

    /// What a part has printed.
    pub(super) fn log(&self, part: usize) -> String {
        self.parts[part].log()
    }

    /// Probes from the guest, which trusts the lab's authority.
    pub(super) fn probe(&self, arguments: &[&str]) -> Answer {
        self.probe_by(&[], &[], arguments)
    }

    /// The same, started by another program.
    pub(super) fn probe_as(&self, starter: &[&str], arguments: &[&str]) -> Answer {
        self.probe_by(starter, &[], arguments)
    }

    /// The same, with more in its environment.
    pub(super) fn probe_in(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Answer {
        self.probe_by(&[], environment, arguments)
    }

    fn probe_by(&self, starter: &[&str], environment: &[(&str, &str)], arguments: &[&str]) -> Answer {
        let arguments = [&["probe", "--format", "json"][..], arguments].concat();
        let mut command = self.lab.program_as(starter, &arguments);
        command.env("SSL_CERT_FILE", "trusted.pem").envs(environment.iter().copied());
        let run = Run::from(command.output().expect("it runs"));
        assert!([0, 1, 3].contains(&run.exit), "{run:?}");
        Answer { json: run.json(), run }
    }

    fn write(&self, (name, text): (&str, &str)) -> String {
        self.lab.write(name, text)
    }
}

/// What a probe answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) run: Run,
    json: Value,
}

impl Answer {
    /// Every result.
    pub(super) fn results(&self) -> &[Value] {
        self.json["results"].as_array().unwrap_or_else(|| panic!("{:?}", self.run))
    }

    /// The result of one target, by `host:port` and via.
    pub(super) fn of(&self, authority: &str, via: &str) -> &Value {
        let (host, port) = authority.rsplit_once(':').expect("a port");
        let port: u16 = port.parse().expect("a number");
        let mut found = self.results().iter().filter(|result| {
            let target = &result["target"];
            target["host"] == host.trim_matches(['[', ']']) && target["port"] == port && target["via"] == via
        });
        let first = found.next().unwrap_or_else(|| panic!("{authority} via {via}: {:?}", self.run));
        assert!(found.next().is_none(), "{authority} via {via} twice: {:?}", self.run);
        first
    }

    /// The only result.
    pub(super) fn only(&self) -> &Value {
        let [result] = self.results() else { panic!("{:?}", self.run) };
        result
    }
}

/// A result in a word or two: `reached`, `connect: timed-out`, `undecided: request: guest-proxy-agent`.
pub(super) fn verdict(result: &Value) -> String {
    let failure = &result["failure"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let how = format!("{}: {}", text(&failure["phase"]), text(&failure["kind"]));
    match result["outcome"].as_str() {
        Some("failed") => how,
        Some(outcome) if failure.is_null() => outcome.to_owned(),
        Some(outcome) => format!("{outcome}: {how}"),
        None => panic!("{result}"),
    }
}

/// A program of those installed for Python.
pub(super) fn probing(program: &str) -> String {
    format!("{}/{program}", variable("AZPREFLIGHT_PROBING"))
}

/// What `tests/run.sh --real` names.
pub(super) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} must name what tests/real/install.sh installs"))
}
