//! The VM agent for Linux itself, of three versions: what it prints, how it reads its configuration, how it writes its log;
//! and machines that have it, each in a state of its own, seen by the program.
//!
//! Its daemon is never started, for it edits the machine. Everything runs in namespaces without a network. Versions beside
//! the one of `AZPREFLIGHT_AGENT` are those in `AZPREFLIGHT_AGENTS`. `tests/run.sh --real` runs these tests.

mod machine;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use azpreflight::facts::Facts;
use azpreflight::guest::Configuration;
use azpreflight::input::{Bundle, Document};
use azpreflight::version::AgentVersion;
use azpreflight::wire;
use serde_json::{Value, json};

use crate::reference::random::Random;

const CONFIGURATIONS: usize = 3000;

const SWITCHES: [&str; 5] = [
    "Extensions.Enabled",
    "AutoUpdate.Enabled",
    "AutoUpdate.UpdateToLatestVersion",
    "OS.EnableFirewall",
    "Logs.Verbose",
];
const NUMBERS: [&str; 3] = ["HttpProxy.Port", "Extensions.GoalStatePeriod", "ResourceDisk.SwapSizeMB"];
const TEXTS: [&str; 5] =
    ["Provisioning.Agent", "HttpProxy.Host", "Lib.Dir", "Extension.LogDir", "Protocol.EndpointDiscovery"];

/// Pieces that the agent's reader could take in more than one way.
const BLANKS: [&str; 8] = ["", "", " ", "\t", "  ", "\u{b}", "\u{1c}", "\u{a0}"];
const VALUES: [&str; 26] = [
    "y",
    "n",
    "Y",
    "N",
    "yes",
    "None",
    "none",
    "",
    "6",
    "+7",
    "-1",
    "1_000",
    "1__0",
    "0x10",
    "3.0",
    "08",
    "\"y\"",
    "'n'",
    "\" y \"",
    "\"\"n\"\"",
    "a b",
    "a=b",
    "y # why",
    "y#",
    "\u{1f}y\u{1e}",
    "/var/lib/\u{e9}",
];
const ENDS: [&str; 7] = ["\n", "\n", "\r\n", "\r", "\n\n", "\u{85}", "\u{2028}"];

/// The folders that a version of the agent was unpacked to, the modules in each.
fn agents() -> Vec<PathBuf> {
    let modules =
        std::env::var("AZPREFLIGHT_AGENT").expect("AZPREFLIGHT_AGENT must name the VM agent's modules");
    let mut found = vec![PathBuf::from(modules)];
    let others = std::env::var("AZPREFLIGHT_AGENTS").unwrap_or_default();
    for entry in fs::read_dir(others).into_iter().flatten() {
        let modules = entry.expect("an entry").path().join("usr/lib/python3/dist-packages");
        found.extend(modules.is_dir().then_some(modules));
    }
    found.sort();
    found
}

/// The folder that `usr` of an agent stands in.
fn root_of(modules: &Path) -> &Path {
    modules.ancestors().nth(4).expect("usr/lib/python3/dist-packages")
}

/// Python with the agent's modules, without a network and without a look at the processes of others.
fn python(modules: &Path) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--net", "--pid", "--fork", "--mount-proc", "/usr/bin/python3", "-B", "-W", "ignore"])
        .env("PYTHONPATH", modules)
        .env("LC_ALL", "C.UTF-8");
    command
}

fn ask(modules: &Path, question: &Value) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/agent_oracle.py");
    let mut child = python(modules)
        .arg(script)
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
    String::from_utf8(output.stdout).expect("text")
}

fn facts(name: &str, bytes: &[u8]) -> Facts {
    let document = Document { name: name.into(), bytes: bytes.to_vec(), named_by_user: false };
    wire::parse(&Bundle { documents: vec![document] }).expect("it is read")
}

fn configuration(bytes: &[u8]) -> Option<Configuration> {
    facts("/etc/waagent.conf", bytes).guest.agent.configuration.map(|read| read.value)
}

#[test]
#[ignore = "needs the VM agent's modules: tests/run.sh --real"]
fn what_it_prints_of_its_version_is_read() {
    for modules in agents() {
        let program = root_of(&modules).join("usr/sbin/waagent");
        let output = python(&modules).arg(program).arg("--version").output().expect("it runs");
        let text = String::from_utf8(output.stdout).expect("text");
        let stated = fs::read_to_string(modules.join("azurelinuxagent/common/version.py")).expect("read");
        let stated = facts("x/azurelinuxagent/common/version.py", stated.as_bytes());
        let module = stated.guest.agent.modules.first().expect("a version").value;
        for name in ["commands/waagent-version.txt", "copied"] {
            let printed = facts(name, text.as_bytes()).guest.agent.printed.expect(&text).value;
            assert_eq!((printed.installed, printed.goal_state), (module, Some(module)), "{text}");
            assert!(printed.python.is_some_and(|python| python > AgentVersion::new([3, 0, 0, 0])), "{text}");
            assert!(printed.distribution.is_some(), "{text}");
        }
    }
}

/// A configuration as nobody would write it.
fn text(random: &mut Random) -> Vec<u8> {
    let mut text = String::new();
    if random.once_in(12) {
        text.push('\u{feff}');
    }
    for _ in 0..random.below(9) {
        let key = match random.below(4) {
            0 => random.pick(&SWITCHES),
            1 => random.pick(&NUMBERS),
            2 => random.pick(&TEXTS),
            _ => random.pick(&["#", "# y", "extensions.enabled", "Extensions.Enable", "", "[x]", "{"]),
        };
        if random.once_in(9) {
            text.push('#');
        }
        let equals = if random.once_in(12) { "" } else { "=" };
        let parts = [
            random.pick(&BLANKS),
            key,
            random.pick(&BLANKS),
            equals,
            random.pick(&BLANKS),
            random.pick(&VALUES),
        ];
        text.push_str(&parts.concat());
        text.push_str(random.pick(&BLANKS));
        text.push_str(random.pick(&ENDS));
    }
    let mut bytes = text.into_bytes();
    if random.once_in(40) {
        bytes.extend(b"Logs.Verbose=\xe9\n");
    }
    bytes
}

#[test]
#[ignore = "needs the VM agent's modules: tests/run.sh --real"]
fn configurations_mean_what_the_agent_takes_them_for() {
    let mut random = Random(0x5eed_00a6);
    let texts: Vec<Vec<u8>> = (0..CONFIGURATIONS).map(|_| text(&mut random)).collect();
    let question = json!({"configurations": texts, "switches": SWITCHES, "numbers": NUMBERS, "texts": TEXTS});
    for modules in agents() {
        let answer: Value = serde_json::from_str(&ask(&modules, &question)).expect("JSON");
        let knows_latest = fs::read_to_string(modules.join("azurelinuxagent/common/conf.py"))
            .expect("read")
            .contains("get_auto_update_to_latest_version");
        let version = AgentVersion::new(if knows_latest { [2, 12, 0, 2] } else { [2, 7, 3, 0] });
        let mut read = 0;
        for (bytes, said) in texts.iter().zip(answer["configurations"].as_array().expect("a list")) {
            let own = configuration(bytes);
            // What a survey of a disk keeps of the file has to mean the same.
            let document =
                Document { name: "/etc/waagent.conf".into(), bytes: bytes.clone(), named_by_user: false };
            let kept = wire::withhold(&document).expect("it is the agent's").document;
            let context = format!("{}\n{:?}\n{said:#}", modules.display(), String::from_utf8_lossy(bytes));
            for own in own.into_iter().chain(configuration(&kept.bytes)) {
                read += 1;
                agree(&own, said, version, &context);
            }
        }
        assert!(read > CONFIGURATIONS, "only {read} were read");
    }
}

fn agree(own: &Configuration, said: &Value, version: AgentVersion, context: &str) {
    assert_eq!(own.fault.is_some(), said.is_null(), "{context}");
    if said.is_null() {
        return;
    }
    for (key, switch) in SWITCHES.iter().zip(said["switches"].as_array().expect("a list")) {
        assert_eq!(own.switch(key), switch.as_bool(), "{key}: {context}");
    }
    for (key, number) in NUMBERS.iter().zip(said["numbers"].as_array().expect("a list")) {
        let number = number.as_str().filter(|text| *text != "(unset)").map(str::to_owned);
        assert_eq!(own.number(key).map(|number| number.to_string()), number, "{key}: {context}");
    }
    for (key, text) in TEXTS.iter().zip(said["texts"].as_array().expect("a list")) {
        assert_eq!(own.text(key), text.as_str().filter(|text| *text != "(unset)"), "{key}: {context}");
    }
    assert_eq!(own.extensions_enabled(), said["extensions"], "{context}");
    assert_eq!(own.provisioning_agent(), said["provisioning"], "{context}");
    assert_eq!(own.library(), said["library"], "{context}");
    assert_eq!(own.auto_update(Some(version)), said["autoUpdate"].as_bool(), "{context}");
}

#[test]
#[ignore = "needs the VM agent's modules: tests/run.sh --real"]
fn what_its_logger_writes_is_read() {
    let folder = std::env::temp_dir().join(format!("azpreflight-real-agent-log-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    for (index, modules) in agents().iter().enumerate() {
        let file = folder.join(format!("waagent.{index}"));
        let said = |level: &str, prefix: &str, text: &str| json!([level, prefix, text]);
        let beat = "[HEARTBEAT] Agent WALinuxAgent-2.9.1.1 is running as the goal state agent [DEBUG HeartbeatCounter: 0;UpdateGSErrors: 0;]";
        let wire = "Error fetching the goal state: [ProtocolError] [Wireserver Exception] [HttpError] [HTTP Failed] GET http://168.63.129.16/";
        let lines = [
            said("INFO", "Daemon", "Azure Linux Agent Version: 2.7.3.0"),
            said("INFO", "ExtHandler", "Azure Linux Agent (Goal State Agent version 2.9.1.1)"),
            said("INFO", "ExtHandler", beat),
            said("WARNING", "ExtHandler", &format!("{wire}\n\u{e9}\u{1b}[31m")),
            said("ERROR", "ExtHandler", "Failed to run 'run-exthandlers': OSError"),
        ];
        ask(modules, &json!({"log": lines, "file": file}));
        let bytes = fs::read(&file).expect("a log");
        for name in ["/var/log/waagent.log", "any"] {
            let log = facts(name, &bytes).guest.agent.log.expect("a log").value;
            assert_eq!(log.installed, Some(AgentVersion::new([2, 7, 3, 0])));
            assert_eq!(log.goal_state, Some(AgentVersion::new([2, 9, 1, 1])));
            assert!(log.heartbeat.is_some_and(|beat| beat.at.is_some_and(|at| at.universal)));
            let troubles: Vec<&str> = log.troubles.iter().map(|(trouble, _)| trouble.word()).collect();
            assert_eq!(troubles, ["wire-server", "crash"]);
            assert_eq!(log.errors, 1);
        }
    }
    fs::remove_dir_all(&folder).expect("removed");
}
