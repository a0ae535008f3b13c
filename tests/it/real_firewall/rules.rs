//! Rule sets made up at random, and those of the VM agent.

use std::fmt::Write as _;

use crate::reference::random::Random;

/// Who reads the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// `iptables-restore` of this kind.
    Iptables(&'static str),
    /// `nft`.
    Nft,
}

/// What the agent asks iptables for.
pub(super) const AGENT_IPTABLES: &str = "\
*security
-A OUTPUT -d 168.63.129.16 -p tcp --destination-port 53 -j ACCEPT
-A OUTPUT -d 168.63.129.16 -p tcp -m owner --uid-owner 0 -j ACCEPT
-A OUTPUT -d 168.63.129.16 -p tcp -m conntrack --ctstate INVALID,NEW -j DROP
COMMIT
";

/// What it asks nftables for.
pub(super) const AGENT_NFT: &str = "\
add table ip walinuxagent
add chain ip walinuxagent output { type filter hook output priority 0 ; policy accept ; }
add rule ip walinuxagent output ip daddr 168.63.129.16 tcp dport != 53 skuid != 0 ct state invalid,new counter drop
";

/// Takes all rules of iptables away.
pub(super) const NOTHING: &str = "\
*raw
:PREROUTING ACCEPT
:OUTPUT ACCEPT
COMMIT
*mangle
:PREROUTING ACCEPT
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
COMMIT
*filter
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
COMMIT
*security
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
COMMIT
";

/// Rules that stop the agent, each in another way.
pub(super) const STOPPING: &[(Language, &str)] = &[
    (
        Language::Iptables("iptables-nft"),
        "*filter\n-A OUTPUT -d 168.63.129.16 -m comment --comment \"it's \\\"ours\\\"; $HOME\" -j DROP\nCOMMIT\n",
    ),
    (Language::Iptables("iptables-nft"), "*filter\n:OUTPUT DROP\n-A OUTPUT -p udp -j ACCEPT\nCOMMIT\n"),
    (
        Language::Iptables("iptables-nft"),
        "*filter\n:INPUT DROP\nCOMMIT\n*mangle\n-A OUTPUT -p tcp --dport 80 -j DROP\nCOMMIT\n",
    ),
    (
        Language::Iptables("iptables-legacy"),
        "*security\n-A OUTPUT -d 168.63.129.16 -p tcp -m conntrack --ctstate INVALID,NEW -j DROP\nCOMMIT\n",
    ),
    (
        Language::Iptables("iptables-legacy"),
        "*filter\n:x -\n-A OUTPUT -j x\n-A x -p tcp -m multiport --dports 80,443 -j REJECT\nCOMMIT\n",
    ),
    (
        Language::Nft,
        "table inet t { chain c { type filter hook output priority 0; ip daddr 168.63.129.16 tcp dport 80 drop; }; }\n",
    ),
    (
        Language::Nft,
        "table inet t { chain c { type filter hook output priority 0; tcp dport < 1024 reject; }; }\n",
    ),
    (Language::Nft, "table inet mine { chain c { type filter hook input priority 0; policy drop; }; }\n"),
];

/// Conditions of iptables that may stand together, after a protocol that allows them all.
const IPTABLES: [&str; 34] = [
    "-d 168.63.129.16",
    "-d 168.63.129.16",
    "-d 168.63.129.0/24",
    "-d 10.0.0.0/8",
    "! -d 168.63.129.16",
    "! -d 10.0.0.0/8",
    "-s 10.9.0.0/16",
    "-s 168.63.129.16",
    "! -s 168.63.129.16",
    "--dport 80",
    "--dport 80:443",
    "--dport 32526",
    "! --dport 80",
    "--sport 80",
    "--sport 1024:65535",
    "-m multiport --dports 22,80,32000:33000",
    "-m multiport ! --dports 22,80",
    "-m multiport --ports 80",
    "-m owner --uid-owner 0",
    "-m owner ! --uid-owner 0",
    "-m owner --uid-owner 1000-65534",
    "-m conntrack --ctstate NEW",
    "-m conntrack --ctstate INVALID,NEW",
    "-m conntrack --ctstate ESTABLISHED,RELATED",
    "-m state --state NEW,ESTABLISHED",
    "-m conntrack ! --ctstate NEW",
    "--syn",
    "! --syn",
    "--tcp-flags SYN,ACK SYN,ACK",
    "-m addrtype --dst-type LOCAL",
    "-m addrtype ! --dst-type LOCAL",
    "-m iprange --dst-range 168.63.0.0-168.63.255.255",
    "-m mark --mark 0x1/0xff",
    "-m mark ! --mark 0x2",
];

/// Conditions of nftables.
const NFT: [&str; 40] = [
    "ip daddr 168.63.129.16",
    "ip daddr 168.63.129.16",
    "ip daddr 168.63.129.0/24",
    "ip daddr 10.0.0.0/8",
    "ip daddr != 168.63.129.16",
    "ip daddr { 10.0.0.0/8, 168.0.0.0-168.255.255.255 }",
    "ip daddr != { 10.0.0.0/8, 1.2.3.4 }",
    "ip daddr @blocked",
    "ip daddr != @blocked",
    "ip saddr 168.63.129.16",
    "ip saddr 10.9.0.0/16",
    "ip6 daddr ::1",
    "tcp dport 80",
    "tcp dport != 80",
    "tcp dport 1-1023",
    "tcp dport { 80, 443 }",
    "tcp dport @ports",
    "tcp dport >= 1024",
    "tcp sport 80",
    "udp dport 80",
    "th dport 80",
    "ip daddr . tcp dport { 168.63.129.16 . 80, 10.0.0.1 . 443 }",
    "meta skuid 0",
    "meta skuid != 0",
    "meta skuid 1000-65534",
    "meta skuid { 0, 1000 }",
    "ct state new",
    "ct state invalid,new",
    "ct state established,related",
    "ct state != new",
    "ct state { new, established }",
    "meta l4proto { tcp, udp }",
    "ip protocol tcp",
    "meta nfproto ipv4",
    "oifname \"lo\"",
    "iifname != \"lo\"",
    "tcp flags & (syn|ack) == syn",
    "tcp flags syn",
    "fib daddr type local",
    "meta mark & 0xff == 1",
];

/// A rule set.
pub(super) fn random(random: &mut Random, language: Language) -> String {
    match language {
        Language::Iptables(_) => iptables(random),
        Language::Nft => nft(random),
    }
}

fn one_of<'a>(random: &mut Random, choices: &[&'a str]) -> &'a str {
    choices[random.below(choices.len())]
}

fn iptables(random: &mut Random) -> String {
    let mut text = String::new();
    for (table, chains) in [
        ("raw", &["OUTPUT"][..]),
        ("mangle", &["OUTPUT", "POSTROUTING", "INPUT"]),
        ("filter", &["OUTPUT", "INPUT", "OUTPUT"]),
        ("security", &["OUTPUT"]),
    ] {
        if table != "filter" && random.below(3) != 0 {
            continue;
        }
        let _ = writeln!(text, "*{table}");
        for chain in ["INPUT", "OUTPUT"].iter().filter(|chain| chains.contains(chain)) {
            let policy = if random.below(8) == 0 { "DROP" } else { "ACCEPT" };
            let _ = writeln!(text, ":{chain} {policy}");
        }
        text.push_str(":one -\n:two -\n");
        for _ in 0..random.below(9) {
            let (chain, below): (&str, &[&str]) = match random.below(5) {
                0 => ("two", &[]),
                1 => ("one", &["-j two", "-g two"]),
                _ => (one_of(random, chains), &["-j one", "-g one", "-j two"]),
            };
            let _ = write!(text, "-A {chain} -p tcp{}", conditions(random, &IPTABLES, chain));
            let targets = ["-j ACCEPT", "-j DROP", "-j RETURN", "-j ACCEPT"];
            let special: &[&str] = match table {
                "filter" => &["-j REJECT", "-j REJECT --reject-with tcp-reset", ""],
                "mangle" => &["-j MARK --set-mark 1", ""],
                "raw" => &["-j CT --notrack", ""],
                _ => &[""],
            };
            let target = match random.below(4) {
                0 if !below.is_empty() => one_of(random, below),
                1 => one_of(random, special),
                _ => one_of(random, &targets),
            };
            let _ = writeln!(text, " {target}");
        }
        text.push_str("COMMIT\n");
    }
    text
}

/// Up to three conditions; who sent a packet can be asked only of those that leave.
fn conditions(random: &mut Random, choices: &[&str], chain: &str) -> String {
    let mut text = String::new();
    let mut taken: Vec<&str> = Vec::new();
    for _ in 0..random.below(4) {
        let choice = one_of(random, choices);
        let clashes = taken.iter().any(|other| kind(other) == kind(choice));
        let arrives = chain != "OUTPUT" && chain != "POSTROUTING";
        if clashes || (arrives && choice.contains("owner")) {
            continue;
        }
        taken.push(choice);
        let _ = write!(text, " {choice}");
    }
    text
}

/// What may be asked once in a rule: an option, an extension, ports in either way of asking, flags.
fn kind(condition: &str) -> &str {
    let words: Vec<&str> = condition.split(' ').filter(|word| *word != "!" && *word != "-m").collect();
    match words[0] {
        "--sport" | "--dport" | "multiport" => "ports",
        "--syn" | "--tcp-flags" => "flags",
        "conntrack" | "state" => "state",
        word => {
            IPTABLES.iter().find_map(|known| known.split(' ').find(|other| *other == word)).unwrap_or("?")
        }
    }
}

fn nft(random: &mut Random) -> String {
    let mut text = String::from(
        "table inet one {\n set blocked { type ipv4_addr; flags interval; elements = { 168.63.129.0/24, 10.0.0.0/8 } }\n \
         set ports { type inet_service; elements = { 80, 8080 } }\n chain two { \n}\n chain three { \n}\n",
    );
    let mut bases = vec!["two", "three"];
    for (name, hook, priority) in [
        ("out", "output", "filter"),
        ("early", "output", "raw"),
        ("later", "postrouting", "0"),
        ("inwards", "input", "filter"),
        ("first", "prerouting", "-310"),
    ] {
        if name != "out" && random.below(2) == 0 {
            continue;
        }
        let policy = if random.below(6) == 0 { "drop" } else { "accept" };
        let _ = writeln!(
            text,
            " chain {name} {{ type filter hook {hook} priority {priority}; policy {policy};\n}}"
        );
        bases.push(name);
    }
    text.push_str("}\n");
    for _ in 0..random.below(12) {
        let chain = one_of(random, &bases);
        let mut asked: Vec<&str> = (0..random.below(4)).map(|_| one_of(random, &NFT)).collect();
        // The compiler of nftables refuses what contradicts itself.
        let others: Vec<&str> = asked.iter().flat_map(|text| text.split(' ')).collect();
        if ["udp", "th", "ip6", "l4proto"].iter().any(|layer| others.contains(layer)) {
            asked.truncate(1);
        }
        let below: &[&str] = match chain {
            "two" => &["jump three", "goto three"],
            "three" => &["return"],
            _ => &["jump two", "goto two", "jump three"],
        };
        let does = match random.below(10) {
            0 | 1 => one_of(random, below),
            2 => "return",
            3 => "counter",
            4 => "meta mark set 1",
            5 => "ip daddr vmap { 168.63.129.16 : drop, 10.0.0.1 : accept }",
            6 => "tcp dport vmap { 80 : accept, 32526 : goto three }",
            7 => "meta l4proto tcp reject with tcp reset",
            8 => "accept",
            _ => "drop",
        };
        // One that leads to itself the kernel refuses.
        let does = if chain == "three" && does.contains("three") { "drop" } else { does };
        let _ = writeln!(text, "add rule inet one {chain} {} {does}", asked.join(" "));
    }
    text
}
