//! Firewalls of the running kernel: what the judge says of rules as iptables and nftables print them, beside what becomes
//! of a connection under them.
//!
//! Hundreds of rule sets are made up, loaded by the real programs into a guest of its own, read back as the program reads
//! them on a VM, and tried: by root and by another user, on both ports of the host, which stands outside that guest.

mod rules;

use std::process::{Child, Stdio};

use azpreflight::guest::firewall::{Attempt, Sender, Standing, Verdict};
use azpreflight::input::{Bundle, Document};
use azpreflight::wire;

use crate::lab::{Lab, Listens, Part};
use crate::reference::random::Random;
use rules::Language;

const HOST: &str = "168.63.129.16";
const PORTS: [u16; 2] = [80, 32526];
/// The users that try; 65534 is nobody.
const USERS: [u32; 2] = [0, 65534];
/// How long an answer may take; it comes within a millisecond where nothing stops it.
const PATIENCE: &str = "0.4";

#[test]
fn real_rules_of_iptables_over_nftables() {
    agree(Language::Iptables("iptables-nft"), 50, 0x1234_5678);
}

#[test]
fn real_rules_of_legacy_iptables() {
    agree(Language::Iptables("iptables-legacy"), 50, 0x9abc_def0);
}

#[test]
fn real_rules_of_nftables() {
    agree(Language::Nft, 80, 0x0fed_cba9);
}

/// The rules that the VM agent sets up itself, in both of its ways.
#[test]
fn real_rules_of_the_agent_keep_out_everyone_else() {
    let Some(lab) = Lab::new() else { return };
    let _servers = servers(&lab);
    let forms = [
        (Language::Iptables("iptables-nft"), rules::AGENT_IPTABLES),
        (Language::Iptables("iptables-legacy"), rules::AGENT_IPTABLES),
        (Language::Nft, rules::AGENT_NFT),
    ];
    for (language, text) in forms {
        load(&lab, language, text);
        let standing = standing(&lab, language);
        assert!(
            standing.in_force.iter().any(|set| set.value.agent_rules().is_some_and(|own| own.whole)),
            "{text}"
        );
        for (user, expected) in [(0, true), (65534, false)] {
            assert_eq!(verdict(&standing, 80, user), Some(expected), "{text}");
            assert_eq!(connects(&lab, 80, user), expected, "{text}");
        }
        clear(&lab, language);
    }
}

/// What the program says to do about rules that stop the agent, done: then it passes.
#[test]
fn real_rules_are_remedied_as_the_program_says() {
    let Some(lab) = Lab::new() else { return };
    let _servers = servers(&lab);
    for (language, text) in rules::STOPPING {
        load(&lab, *language, text);
        assert!(!connects(&lab, 80, 0), "{text}");
        // One command at a time, as another rule may stand behind the one that it is about.
        let mut done = Vec::new();
        while let Some(command) = remedy(&lab) {
            lab.guest.run("sh", &["-c", &command]);
            done.push(command);
            assert!(done.len() < 4, "{text}\n{done:#?}");
        }
        assert!(!done.is_empty() && PORTS.iter().all(|port| connects(&lab, *port, 0)), "{text}\n{done:#?}");
        assert!(done.iter().all(|command| !command.contains("flush")), "{done:#?}");
        clear(&lab, *language);
    }
}

/// Who may not read the rules is told nothing of them.
#[test]
fn real_rules_are_unknown_to_who_is_not_root() {
    let Some(lab) = Lab::new() else { return };
    let arguments = ["check", "--here", "--format", "json"];
    let output =
        lab.program_as(&["setpriv", "--reuid=65534", "--clear-groups"], &arguments).output().unwrap();
    let found = outcome(&output.stdout);
    assert_eq!(found["outcome"], "inconclusive", "{found:#}");
    assert!(found["reason"].as_str().is_some_and(|reason| reason.contains("run as root")), "{found:#}");
}

/// The command that the check of this machine names, while it fails.
fn remedy(lab: &Lab) -> Option<String> {
    let output = lab.program(&["check", "--here", "--format", "json"]).output().expect("an answer");
    let found = outcome(&output.stdout);
    if found["outcome"] == "pass" {
        return None;
    }
    let finding = &found["findings"][0];
    assert_eq!(found["severity"], "blocker", "{found:#}");
    let mut steps = finding["remediation"]["steps"].as_array().expect("steps").iter();
    let step = steps.find_map(|step| step.as_str()?.strip_prefix("as root: `")).expect("a command");
    Some(step.split('`').next().expect("its end").to_owned())
}

fn outcome(answer: &[u8]) -> serde_json::Value {
    let answer: serde_json::Value = serde_json::from_slice(answer).expect("JSON");
    let checks = answer["vms"][0]["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["id"] == "guest-firewall-blocks-platform").expect("asked").clone()
}

fn agree(language: Language, count: usize, seed: u64) {
    let Some(lab) = Lab::new() else { return };
    let _servers = servers(&lab);
    let mut random = Random(seed);
    let (mut decided, mut stopped, mut asked, mut refused) = (0, 0, 0, 0);
    while asked < count * PORTS.len() * USERS.len() {
        let text = rules::random(&mut random, language);
        if !loads(&lab, language, &text) {
            refused += 1;
            assert!(refused < count, "the last one refused:\n{text}");
            continue;
        }
        let standing = standing(&lab, language);
        let tries = PORTS
            .iter()
            .flat_map(|port| USERS.map(|user| (*port, user, attempt(&lab, *port, user, PATIENCE))));
        // All at once: most of the time is spent waiting for those that are stopped.
        for (port, user, mut child) in tries.collect::<Vec<_>>() {
            let reached = child.wait().expect("an end").success();
            asked += 1;
            let Some(expected) = verdict(&standing, port, user) else { continue };
            decided += 1;
            stopped += usize::from(!expected);
            // A busy machine may have been slow.
            let reached = if expected && !reached { connects(&lab, port, user) } else { reached };
            assert_eq!(expected, reached, "port {port} as {user} under\n{text}");
        }
        clear(&lab, language);
    }
    assert!(decided * 2 > asked, "only {decided} of {asked} are decided");
    assert!(stopped * 8 > decided && (decided - stopped) * 8 > decided, "{stopped} of {decided} are stopped");
}

fn servers(lab: &Lab) -> Vec<Part> {
    lab.world.own(&[HOST]);
    let serve = |port: &u16| {
        let listens = format!("TCP-LISTEN:{port},bind={HOST},reuseaddr,fork");
        let at = format!("{HOST}:{port}");
        lab.world.start("socat", &[&listens, "SYSTEM:cat"], &[Listens::tcp(&at)])
    };
    PORTS.iter().map(serve).collect()
}

/// One try to have a line sent back.
fn attempt(lab: &Lab, port: u16, user: u32, patience: &str) -> Child {
    let script = format!(
        "exec 3<>/dev/tcp/{HOST}/{port} && echo hello >&3 && read -r line <&3 && [ \"$line\" = hello ]"
    );
    let mut command = lab.guest.command("timeout");
    command.args([
        "--kill-after=1",
        patience,
        "setpriv",
        &format!("--reuid={user}"),
        &format!("--regid={user}"),
    ]);
    command.args(["--clear-groups", "bash", "-c", &script]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started")
}

fn connects(lab: &Lab, port: u16, user: u32) -> bool {
    attempt(lab, port, user, "4").wait().expect("an end").success()
}

fn load(lab: &Lab, language: Language, text: &str) {
    assert!(loads(lab, language, text), "refused:\n{text}");
}

/// Has the real program load rules; it may refuse them.
fn loads(lab: &Lab, language: Language, text: &str) -> bool {
    let path = lab.write("rules", text);
    let mut command = match language {
        Language::Iptables(program) => lab.guest.command(&format!("{program}-restore")),
        Language::Nft => lab.guest.command("nft"),
    };
    let option = (language == Language::Nft).then_some("-f");
    command.args(option).arg(&path);
    let output = command.output().expect("the program runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        eprintln!("refused: {complaint}");
    }
    output.status.success()
}

fn clear(lab: &Lab, language: Language) {
    match language {
        Language::Iptables(_) => load(lab, language, rules::NOTHING),
        Language::Nft => drop(lab.guest.run("nft", &["flush", "ruleset"])),
    }
}

/// What is in force, as a collector on the VM would have read it.
fn standing(lab: &Lab, language: Language) -> Standing {
    let said = |program: &str, arguments: &[&str], name: &str| Document {
        name: name.into(),
        bytes: lab.guest.run(program, arguments).stdout,
        named_by_user: true,
    };
    let mut documents = vec![said("nft", &["-j", "list", "ruleset"], "commands/nft-ruleset.json")];
    if let Language::Iptables(program) = language {
        documents.push(said(&format!("{program}-save"), &[], "commands/iptables-save.txt"));
    }
    let facts = wire::parse(&Bundle { documents }).expect("understood");
    Standing::of(&facts.guest.firewalls)
}

/// Whether the connection is made, where the judge says so or not.
fn verdict(standing: &Standing, port: u16, user: u32) -> Option<bool> {
    let sender = if user == 0 { Sender::Root } else { Sender::User(user) };
    match standing.judge(&Attempt { address: HOST.parse().unwrap(), port, sender }) {
        Verdict::Accepted => Some(true),
        Verdict::Stopped(_) => Some(false),
        Verdict::Open(_) => None,
    }
}
