//! Files of DHCP leases, read by the VM agent's own function: what it takes for the wire server is what is read here.
//!
//! `tests/run.sh --real` runs this test.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use azpreflight::input::{Bundle, Document};
use azpreflight::wire;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::reference::random::Random;

const FILES: usize = 2000;

const OPTIONS: [&str; 12] = [
    "  option unknown-245 a8:3f:81:10;",
    "  option unknown-245 a8:3f:81:10;",
    "  option unknown-245 A8:3F:81:10;",
    "  option unknown-245 a:0:0:2;",
    "\toption unknown-245  64:40:0:1;",
    "  option unknown-245 a8:3f:81;",
    "  option unknown-245 a8:3f:81:10:0;",
    "  option unknown-245 \"a8\";",
    "  option unknown-244 a8:3f:81:10;",
    "  option unknown-2450 1:2:3:4;",
    "  option dhcp-server-identifier 168.63.129.16;",
    "",
];
const ENDS: [&str; 8] = [
    "  expire 4 2157/12/09 06:37:08;",
    "  expire 4 2157/12/09 06:37:08;",
    "  expire never;",
    "  expire 6 2017/11/25 01:48:29;",
    "  expire 4 2157/13/09 06:37:08;",
    "  expire 4 soon;",
    "  renew 4 2157/12/09 06:37:08;",
    "",
];

fn leases(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..random.below(5) {
        let mut lines =
            ["  interface \"eth0\";", "  fixed-address 10.0.0.4;", random.pick(&OPTIONS), random.pick(&ENDS)];
        if random.once_in(2) {
            lines.swap(2, 3);
        }
        let lines = lines.join("\n");
        text.extend(["lease {\n", &lines, "\n}\n"]);
    }
    text
}

fn ask(files: &[String]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/lease_oracle.py");
    let agent =
        std::env::var("AZPREFLIGHT_AGENT").expect("AZPREFLIGHT_AGENT must name the VM agent's modules");
    let mut child = Command::new("/usr/bin/python3")
        .arg("-B")
        .arg(script)
        .env("PYTHONPATH", agent)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let mut input = child.stdin.take().expect("piped");
    let question = json!(files).to_string();
    let writer = std::thread::spawn(move || input.write_all(question.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    writer.join().expect("a thread").expect("it reads all");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
#[ignore = "needs the VM agent's modules: tests/run.sh --real"]
fn the_agent_takes_the_same_address_from_leases() {
    let mut random = Random(0x5eed_0003);
    let files: Vec<String> = (0..FILES).map(|_| leases(&mut random)).collect();
    let answers = ask(&files);
    assert_eq!(answers.len(), FILES);
    let now = Timestamp::now();
    let mut found = 0;
    for (text, answer) in files.iter().zip(answers) {
        let name = "/var/lib/dhcp/dhclient.eth0.leases".into();
        let document = Document { name, bytes: text.clone().into_bytes(), named_by_user: false };
        let facts = wire::parse(&Bundle { documents: vec![document] }).expect("it is read");
        let endpoint = facts.guest.addressing.endpoint(now).map(|address| address.to_string());
        assert_eq!(endpoint.as_deref(), answer.as_str(), "{text}");
        found += usize::from(endpoint.is_some());
    }
    assert!((FILES / 20..FILES).contains(&found), "hardly tried: {found}");
}
