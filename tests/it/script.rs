//! What scripts say comes out of their languages as it was meant, whatever the names.

pub(crate) mod expected;
mod forms;
pub(crate) mod hostile;
pub(crate) mod readers;

use std::process::Command as Process;

use azpreflight::azure::ResourceId;
use azpreflight::nsg::Priority;
use azpreflight::script::azure_cli::Command;
use azpreflight::script::{RuleChange, Script};

use expected::{Language, Pairs, added};

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
#[cfg_attr(windows, ignore = "needs a POSIX shell")]
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
#[cfg_attr(windows, ignore = "needs a POSIX shell")]
fn what_looks_like_a_flag_is_joined_to_its_flag() {
    for value in ["-", "--debug", "-o tsv", "-$(id)", "x=@file", "-=@'x"] {
        let line = Command::new(&["x"]).value("--name", value).to_string();
        assert_eq!(words(&line, "bash"), ["x".to_owned(), format!("--name={value}")], "{line}");
    }
}

#[test]
#[cfg_attr(windows, ignore = "needs a POSIX shell")]
fn nothing_is_read_from_a_file() {
    for value in ["@file", "@-", "@'x", "@"] {
        let line = Command::new(&["x"]).value("--name", value).to_string();
        assert_eq!(words(&line, "bash"), ["x", "--name", &format!("\\{value}")], "{line}");
    }
}

#[test]
#[cfg_attr(windows, ignore = "needs a POSIX shell")]
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

/// How many changes each language is tried on.
const CASES: usize = 300;

/// The text values of pairs, without the numbers, which no language quotes.
fn texts(pairs: Pairs) -> Vec<String> {
    let number = |name: &str| name.eq_ignore_ascii_case("priority");
    pairs.into_iter().filter(|(name, _)| !number(name)).map(|(_, value)| value).collect()
}

#[test]
#[cfg_attr(windows, ignore = "needs a POSIX shell")]
fn a_shell_gives_az_every_value() {
    let cases = hostile::cases(0x5c11, CASES);
    let lines: Vec<String> =
        cases.iter().map(|case| Script::of(&[RuleChange::add(&case.group, &case.rule)]).azure_cli).collect();
    for shell in ["bash", "sh"] {
        let commands = readers::shell(&lines.join("\n"), shell);
        assert_eq!(commands.len(), cases.len());
        for (case, words) in cases.iter().zip(commands) {
            assert_eq!(words[..4], ["network", "nsg", "rule", "create"]);
            // a NUL cannot be part of any argument
            let passed = |(name, value): (String, String)| (name, value.replace('\0', "\u{fffd}"));
            let expected: Pairs = added(case, Language::AzureCli).into_iter().map(passed).collect();
            assert_eq!(readers::flags(&words), expected, "{case:?}");
        }
    }
}

#[test]
fn powershell_takes_every_value_for_data() {
    for case in hostile::cases(0x9054, CASES) {
        let script = Script::of(&[RuleChange::add(&case.group, &case.rule)]).powershell;
        let fixed = ["Stop", "set $ResourceGroup to the resource group first"];
        let found: Vec<String> = readers::powershell(&script)
            .into_iter()
            .filter(|string| !fixed.contains(&string.as_str()))
            .collect();
        let mut expected = texts(added(&case, Language::PowerShell));
        expected.retain(|value| value != "$ResourceGroup");
        assert_eq!(found, expected, "{script}");
    }
}

#[test]
fn bicep_takes_every_value_for_data() {
    for case in hostile::cases(0xb1ce, CASES) {
        let script = Script::of(&[RuleChange::add(&case.group, &case.rule)]).bicep;
        let mut found = readers::bicep(&script);
        found.retain(|string| !string.starts_with("Microsoft.Network/"));
        assert_eq!(found, texts(added(&case, Language::Bicep)), "{script}");
    }
}

#[test]
fn terraform_takes_every_value_for_data() {
    for case in hostile::cases(0x7e44, CASES) {
        let script = Script::of(&[RuleChange::add(&case.group, &case.rule)]).terraform;
        let labels = |line: &&str| !line.starts_with("resource ") && !line.starts_with("variable ");
        let body: Vec<&str> = script.lines().filter(labels).collect();
        let mut expected = texts(added(&case, Language::Terraform));
        expected.retain(|value| value != "${var.resource_group_name}");
        assert_eq!(readers::terraform(&body.join("\n")), expected, "{script}");
    }
}

#[test]
fn a_template_takes_every_value_for_data() {
    for case in hostile::cases(0xa43, CASES) {
        let script = Script::of(&[RuleChange::add(&case.group, &case.rule)]).arm;
        assert_eq!(readers::arm(&script), added(&case, Language::Arm), "{script}");
    }
}

#[test]
#[cfg_attr(windows, ignore = "needs a POSIX shell")]
fn what_takes_a_change_back_names_what_the_change_named() {
    for case in hostile::cases(0xbac, CASES) {
        let changes = [RuleChange::add(&case.group, &case.rule)];
        let (forth, back) = (Script::of(&changes), Script::undoing(&changes));
        let deleted = readers::shell(&back.azure_cli, "bash").concat();
        let created = readers::shell(&forth.azure_cli, "bash").concat();
        let common = readers::flags(&deleted);
        assert!(common.len() >= 3 && readers::flags(&created).starts_with(&common), "{}", back.azure_cli);
        let names = readers::powershell(&back.powershell);
        assert_eq!(names.last(), Some(&case.rule.name), "{}", back.powershell);
        assert_eq!(readers::bicep(&back.bicep).last().map(String::as_str), Some("yes"), "{}", back.bicep);
        let address = back.terraform.lines().find_map(|line| line.strip_prefix("  from = "));
        let (kind, label) = address.and_then(|address| address.split_once('.')).expect("an address");
        assert!(forth.terraform.contains(&format!("\nresource \"{kind}\" \"{label}\" {{\n")), "{label}");
        let requests: serde_json::Value = serde_json::from_str(&back.arm).expect("JSON");
        let path = requests["requests"][0]["path"].as_str().expect("a path");
        assert_eq!(requests["requests"][0]["method"], "DELETE");
        assert!(path.bytes().all(|byte| byte.is_ascii_graphic()), "{path}");
        let (path, query) = path.rsplit_once('?').expect("a version");
        assert_eq!(query, "api-version=2024-05-01");
        let segments: Vec<String> = path.split('/').map(decoded).collect();
        let [.., group, kind, rule] = segments.as_slice() else { panic!("{path}") };
        assert_eq!(
            (group.as_str(), kind.as_str(), rule.as_str()),
            (case.group.name(), "securityRules", case.rule.name.as_str())
        );
    }
}

#[test]
#[cfg_attr(windows, ignore = "needs a POSIX shell")]
fn another_priority_and_back() {
    for case in hostile::cases(0x4e0, CASES) {
        let changes = [RuleChange::renumber(&case.group, &case.rule, Priority(4000))];
        let (forth, back) = (Script::of(&changes), Script::undoing(&changes));
        let was = case.rule.priority.to_string();
        for (script, priority) in [(forth, "4000"), (back, was.as_str())] {
            let words = readers::shell(&script.azure_cli, "bash").concat();
            assert_eq!(words[2..4], ["rule", "update"]);
            assert_eq!(readers::flags(&words).last(), Some(&("--priority".into(), priority.into())));
            assert!(
                script.powershell.contains(&format!(").Priority = {priority}\n")),
                "{}",
                script.powershell
            );
            let names = readers::powershell(&script.powershell);
            assert_eq!(names.last(), Some(&case.rule.name), "{}", script.powershell);
            let mut expected = added(&case, Language::Arm);
            expected[1].1 = priority.into();
            assert_eq!(readers::arm(&script.arm), expected);
            let stated =
                |text: &str| text.lines().any(|line| line.split_whitespace().eq(["priority:", priority]));
            assert!(stated(&script.bicep), "{}", script.bicep);
            let stated =
                |text: &str| text.lines().any(|line| line.split_whitespace().eq(["priority", "=", priority]));
            assert!(stated(&script.terraform), "{}", script.terraform);
        }
    }
}

fn decoded(segment: &str) -> String {
    let mut bytes = segment.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next(), bytes.next()].map(|digit| char::from(digit.expect("a digit")));
            plain.push(u8::from_str_radix(&String::from_iter(digits), 16).expect("hexadecimal"));
        } else {
            plain.push(byte);
        }
    }
    String::from_utf8(plain).expect("UTF-8")
}
