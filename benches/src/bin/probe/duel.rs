//! The tables of `benches/README.md`.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::lists::{Job, PROXY};
use crate::table::{contestant, figures, median, of, ratio, timed, wrong};

/// How often each pair runs, in turn.
const ROUNDS: usize = 5;

/// Writes the tables of these sections: `connect`, `proxy`, `tls`, `adaptive`, `loss`; all of them without a word.
pub fn run(sections: &[String]) {
    let all: [(&str, fn()); 5] = [
        ("connect", connects),
        ("proxy", proxied),
        ("tls", handshakes),
        ("adaptive", adaptive),
        ("loss", loss),
    ];
    for (name, measure) in all {
        if sections.is_empty() || sections.iter().any(|section| section == name) {
            measure();
        }
    }
}

fn rounds(mut round: impl FnMut() -> (Value, Value)) -> (Vec<Value>, Vec<Value>) {
    (0..ROUNDS).map(|_| round()).unzip()
}

fn connects() {
    println!(
        "| targets | ours, ms | of the timeout | of raw epoll's wall | ours, CPU ms | of raw epoll's CPU | bytes a target, ours | raw | wrong, ours | raw |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for (name, job) in [
        ("1000, 5 % black holes", Job::tcp(1000, true)),
        ("10,000, 5 % black holes", Job::tcp(10_000, true)),
        ("20,000, all open", Job::tcp(20_000, false)),
    ] {
        let (ours, raw) = rounds(|| (contestant("ours", &job), contestant("raw", &job)));
        let timeout = job.timeout.as_secs_f64() * 1e3;
        let bytes = |rounds: &[Value]| of(rounds, "bytes") / job.targets as f64;
        println!(
            "| {name} | {:.1} | {:.4} | {:.3} | {:.0} | {:.2} | {:.0} | {:.0} | {} | {} |",
            of(&ours, "wallMs"),
            of(&ours, "wallMs") / timeout,
            ratio(&ours, &raw, "wallMs"),
            of(&ours, "cpuMs"),
            ratio(&ours, &raw, "cpuMs"),
            bytes(&ours),
            bytes(&raw),
            wrong(&ours),
            wrong(&raw),
        );
    }
    println!();
}

/// curl takes at most 300 transfers at once.
const AT_ONCE: usize = 300;
const TUNNELS: usize = 1200;

fn proxied() {
    println!(
        "| {TUNNELS} CONNECTs through squid, {AT_ONCE} at once | ours, ms | `curl --parallel`, ms | of curl | wrong, ours | curl |"
    );
    println!("|---|---|---|---|---|---|");
    let job = |what: &str, port| Job {
        targets: TUNNELS,
        port,
        timeout: std::time::Duration::from_secs(30),
        concurrency: AT_ONCE,
        what: what.to_owned(),
        proxied: true,
        ..Job::tcp(0, false)
    };
    for (name, job, scheme) in [
        ("CONNECT, TLS and one request", job("https", 8443), "https"),
        ("CONNECT alone; curl asks for a page besides", job("tcp", 8080), "http"),
    ] {
        let config = curl_config(&job, scheme);
        let (ours, curl) = rounds(|| (contestant("ours", &job), curl(&config)));
        println!(
            "| {name} | {:.0} | {:.0} | {:.2} | {} | {} |",
            of(&ours, "wallMs"),
            of(&curl, "wallMs"),
            ratio(&ours, &curl, "wallMs"),
            wrong(&ours),
            wrong(&curl),
        );
        fs::remove_file(config).expect("the list can be removed");
    }
    println!();
}

fn curl_config(job: &Job, scheme: &str) -> String {
    let transfer = |(target, _)| format!("url = \"{scheme}://{target}/\"\noutput = \"/dev/null\"\n");
    let list: String = job.list().map(transfer).collect();
    let path = std::env::temp_dir().join(format!("azpreflight-curl-{}", std::process::id()));
    fs::write(&path, list).expect("a list");
    path.to_str().expect("text").to_owned()
}

fn curl(config: &str) -> Value {
    let most = AT_ONCE.to_string();
    let mut command = Command::new("curl");
    command.args(["--silent", "--parallel", "--parallel-immediate", "--parallel-max", &most]);
    command.args(["--proxytunnel", "--proxy", PROXY, "--header", "Connection: close", "--http1.1"]);
    command.args(["--cacert", &std::env::var("SSL_CERT_FILE").expect("an authority")]);
    command.args(["--write-out", "%{http_code}\\n", "--config", config]);
    let (wall, printed) = timed(&mut command);
    let right = printed.lines().filter(|line| *line == "200").count();
    json!({"wallMs": wall, "wrong": TUNNELS - right})
}

const HANDSHAKES: usize = 3000;
const PROBERS: usize = 64;

fn handshakes() {
    println!(
        "| {HANDSHAKES} TLS probes, {PROBERS} at once | ours, a second | blackbox_exporter, a second | times as many | CPU, of the exporter's | ours, peak MB | exporter, peak MB | of it | wrong, ours | exporter |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for (name, what) in [("handshake (`tcp_tls`)", "tls"), ("handshake and request (`http`)", "https")] {
        let job = Job {
            targets: HANDSHAKES,
            port: 8443,
            timeout: std::time::Duration::from_secs(30),
            concurrency: PROBERS,
            what: what.to_owned(),
            ..Job::tcp(0, false)
        };
        let (ours, theirs) = rounds(|| (contestant("ours", &job), contestant("exporter", &job)));
        let rate = |rounds: &[Value]| HANDSHAKES as f64 / of(rounds, "wallMs") * 1e3;
        let megabytes = |rounds: &[Value]| of(rounds, "peak") / 1e6;
        println!(
            "| {name} | {:.0} | {:.0} | {:.2} | {:.2} | {:.1} | {:.1} | {:.2} | {} | {} |",
            rate(&ours),
            rate(&theirs),
            1.0 / ratio(&ours, &theirs, "wallMs"),
            ratio(&ours, &theirs, "cpuMs"),
            megabytes(&ours),
            megabytes(&theirs),
            ratio(&ours, &theirs, "peak"),
            wrong(&ours),
            wrong(&theirs),
        );
    }
    println!();
}

fn adaptive() {
    let job = Job { adaptive: true, ..Job::tcp(1000, true) };
    let list: String = job.list().map(|(target, _)| format!("{}\n", target.ip())).collect();
    let path = std::env::temp_dir().join(format!("azpreflight-nmap-{}", std::process::id()));
    fs::write(&path, list).expect("a list");
    let scan = || {
        let mut command = Command::new("nmap");
        command.args(["-sT", "-Pn", "-n", "-p443", "-oG", "-", "-iL"]).arg(&path);
        let (wall, printed) = timed(&mut command);
        json!({"wallMs": wall, "open": printed.matches("443/open/").count()})
    };
    let (ours, nmap) = rounds(|| (contestant("ours", &job), scan()));
    fs::remove_file(&path).expect("the list can be removed");
    let (first, whole) = (of(&ours, "lastFirstWordMs"), of(&nmap, "wallMs"));
    println!(
        "| 1000 targets, 5 % black holes | every target has a verdict after, ms | every verdict is final after, ms | wrong |"
    );
    println!("|---|---|---|---|");
    println!("| ours, adaptive | {first:.0} | {:.0} | {} |", of(&ours, "wallMs"), wrong(&ours));
    println!("| `nmap -sT -Pn -n` | {whole:.0} | {whole:.0} | {:.0} |", 850.0 - of(&nmap, "open"));
    println!(
        "\nOurs of nmap's: {:.2}.\n",
        median(
            figures(&ours, "lastFirstWordMs")
                .iter()
                .zip(&nmap)
                .map(|(ours, nmap)| ours / nmap["wallMs"].as_f64().expect("a time"))
                .collect()
        )
    );
}

/// Both directions of every connection lose one packet in twenty.
const LOSS: &str = "table inet loss { chain in { type filter hook input priority 1; \
                    tcp dport 443 numgen random mod 100 < 5 drop; tcp sport 443 numgen random mod 100 < 5 drop; }; }";

fn loss() {
    let nft = |arguments: &[&str]| {
        let status = Command::new("nft").args(arguments).status().expect("nft runs");
        assert!(status.success(), "nft {arguments:?}");
    };
    nft(&[LOSS]);
    let job = Job::tcp(20_000, false);
    let (ours, raw) = rounds(|| (contestant("ours", &job), contestant("raw", &job)));
    nft(&["delete table inet loss"]);
    let sum = |rounds: &[Value]| figures(rounds, "wrong").iter().sum::<f64>();
    println!("| 5 % of packets lost each way, all open | targets | wrong final verdicts |");
    println!("|---|---|---|");
    for (name, rounds) in [("ours", &ours), ("raw epoll, one attempt and the kernel's own second", &raw)] {
        println!("| {name} | {} | {} |", job.targets * ROUNDS, sum(rounds));
    }
    println!();
}
