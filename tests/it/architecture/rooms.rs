//! What may happen in which rooms.

use super::Faults;
use super::source::Source;

/// Words that only some modules may say, with the modules that may, and what they are.
const ROOMS: [(&str, &[&str], &[&str]); 6] = [
    ("touches files", &["collect", "cli"], &["std::fs", "File::open", "File::create", "OpenOptions"]),
    ("opens sockets", &["collect"], &["TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs"]),
    ("looks at the environment", &["collect", "cli"], &["std::env", "env::var", "process::Command"]),
    (
        "looks at the clock",
        &["collect", "cli"],
        &["SystemTime", "Instant::now", "Timestamp::now", "Zoned::now"],
    ),
    ("prints", &["cli"], &["println!", "eprintln!", "io::stdout", "io::stderr"]),
    (
        "reads JSON or XML",
        &["wire", "script", "report", "cli"],
        &["serde_json", "serde::Deserialize", "quick_xml"],
    ),
];

/// Uses out of place, and exceptions to lints without a reason.
pub(super) fn faults(source: &Source) -> Faults {
    let mut faults = Faults::new();
    for (line, code) in source.code() {
        for (what, _, words) in ROOMS.iter().filter(|(_, modules, _)| !modules.contains(&source.module())) {
            if words.iter().any(|word| code.contains(word)) {
                faults.push(format!("{}:{line}: {what}", source.path));
            }
        }
        if !["wire", "script"].contains(&source.module()) && reads_a_field(code) {
            faults.push(format!("{}:{line}: reads a field by Azure's name", source.path));
        }
        if code.contains("#[allow(") || code.contains("#![allow(") {
            faults.push(format!("{}:{line}: `allow` instead of a reasoned `expect`", source.path));
        }
    }
    faults
}

/// Whether a value is asked for a camel-case key, as only documents of Azure have.
fn reads_a_field(code: &str) -> bool {
    [".get(\"", ".key(\"", ".field(\"", ".member(\"", "[\""].iter().any(|ask| {
        let keys = code.split(ask).skip(1).filter_map(|rest| rest.split('"').next());
        keys.into_iter().any(|key| {
            let plain = key.starts_with(|c: char| c.is_ascii_lowercase())
                && key.chars().all(|c| c.is_ascii_alphanumeric());
            plain && key.contains(|c: char| c.is_ascii_uppercase())
        })
    })
}

#[test]
fn what_is_out_of_place_is_found() {
    let faults = |path: &str, text: &str| faults(&Source::new(path, text));
    for (path, code, fault) in [
        ("src/nsg/rule.rs", "use std::fs;", "touches files"),
        ("src/check/a.rs", "let s = TcpStream::connect(a)?;", "opens sockets"),
        ("src/cli/probe.rs", "let s = UdpSocket::bind(a)?;", "opens sockets"),
        ("src/wire/node.rs", "std::env::var(\"HOME\")", "looks at the environment"),
        ("src/report/text.rs", "let now = SystemTime::now();", "looks at the clock"),
        ("src/report/text.rs", "println!(\"{x}\");", "prints"),
        ("src/facts/items.rs", "use serde_json::Value;", "reads JSON or XML"),
        ("src/check/a.rs", "    let rules = value.get(\"securityRules\");", "reads a field by Azure's name"),
        ("src/cli/a.rs", "    let rules = &value[\"networkProfile\"];", "reads a field by Azure's name"),
        ("src/net/a.rs", "#[allow(dead_code)]", "`allow` instead of a reasoned `expect`"),
    ] {
        assert_eq!(faults(path, code), [format!("{path}:1: {fault}")]);
    }
    for (path, code) in [
        ("src/collect/disk.rs", "use std::fs;"),
        ("src/wire/node.rs", "node.get(\"securityRules\")"),
        ("src/net/a.rs", "// SystemTime is not asked"),
        ("src/check/a.rs", "map.get(\"nsg-denies\")"),
        ("src/tags/a.rs", "include!(concat!(env!(\"OUT_DIR\"), \"/a.rs\"));"),
    ] {
        assert_eq!(faults(path, code), Faults::new());
    }
}
