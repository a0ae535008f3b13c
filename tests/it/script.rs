//! Commands written for a shell come out of that shell as they were meant.

use std::process::Command as Process;

use azpreflight::azure::ResourceId;
use azpreflight::script::azure_cli::Command;

/// The words a shell makes of a command line, with `az` standing for a program that prints them.
fn words(line: &str, shell: &str) -> Vec<String> {
    let script = format!("az() {{ printf '%s\\0' \"$@\"; }}\n{line}");
    let output = Process::new(shell).arg("-c").arg(script).env_clear().output().expect("a shell");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8 in, UTF-8 out");
    text.split_terminator('\0').map(str::to_owned).collect()
}

const HOSTILE: &[&str] = &[
    "plain",
    "",
    " ",
    "two words",
    "it's",
    "'",
    "''",
    "\\",
    "\\'",
    "\"",
    "$(touch /tmp/owned)",
    "`id`",
    "${HOME}",
    "$IFS",
    "a\nb",
    "a\r\nb",
    "\n",
    "; rm -rf ~",
    "&& true",
    "| cat",
    "> /dev/null",
    "*",
    "?",
    "[a-z]",
    "~",
    "~root",
    "#comment",
    "!history",
    "a!b",
    "{a,b}",
    "%s\\n",
    "tab\there",
    "ünïcode-网络",
    "\u{202e}evil",
    "\u{1b}[31mred",
];

#[test]
fn every_value_is_one_word_and_arrives_as_it_was() {
    for shell in ["bash", "sh"] {
        for value in HOSTILE {
            let line = Command::new(&["network", "nsg", "show"]).value("--name", value).to_string();
            assert_eq!(words(&line, shell), ["network", "nsg", "show", "--name", value], "{shell}: {line}");
            let listed = Command::new(&["x"]).list("--ports", [*value, "443"]).to_string();
            assert_eq!(words(&listed, shell), ["x", "--ports", value, "443"], "{shell}: {listed}");
        }
    }
}

#[test]
fn what_looks_like_a_flag_is_joined_to_its_flag() {
    for value in ["-", "--debug", "-o tsv", "-$(id)", "x=@file", "-=@'x"] {
        let line = Command::new(&["x"]).value("--name", value).to_string();
        assert_eq!(words(&line, "bash"), ["x".to_owned(), format!("--name={value}")], "{line}");
    }
}

#[test]
fn nothing_is_read_from_a_file() {
    for value in ["@file", "@-", "@'x", "@"] {
        let line = Command::new(&["x"]).value("--name", value).to_string();
        assert_eq!(words(&line, "bash"), ["x", "--name", &format!("\\{value}")], "{line}");
    }
}

#[test]
fn hostile_ids_stay_one_word() {
    for name in HOSTILE.iter().filter(|name| !name.trim().is_empty()) {
        let text = format!("/subscriptions/s/resourceGroups/{name}/providers/Microsoft.Network/x/{name}");
        let id = ResourceId::new(text);
        let line = Command::lookup("network nic show", &id).to_string();
        let expected = ["network", "nic", "show", "--ids", id.as_str(), "--output", "json"];
        assert_eq!(words(&line, "bash"), expected);
    }
    let unset = Command::new(&["x"]).within(&ResourceId::new("nsg1")).to_string();
    let refused = Process::new("bash").arg("-c").arg(format!("az() {{ :; }}\n{unset}")).env_clear().output();
    assert!(!refused.expect("a shell").status.success(), "an unset group must not become an empty word");
}
