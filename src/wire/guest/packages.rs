//! The proxies that packages are fetched through: `apt.conf` and its parts, `yum.conf`, `dnf.conf`.

use std::sync::Arc;

use super::{parts, whole};
use crate::guest::{Named, PackageProxy, Setting, Source, Stated};

/// How deep the blocks of a configuration of apt may stand in one another.
const DEEPEST: usize = 16;

/// Which program reads a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    Apt,
    /// yum, and dnf, which took over its words.
    Dnf,
}

/// Whose configuration a file is, by its path.
pub(super) fn program(name: &str) -> Option<Program> {
    let mut parts = parts(name);
    match (parts.next()?, parts.next()) {
        ("apt.conf", Some("apt")) | (_, Some("apt.conf.d")) => Some(Program::Apt),
        ("yum.conf" | "dnf.conf", _) => Some(Program::Dnf),
        _ => None,
    }
}

pub(super) fn read(program: Program, name: &Arc<str>, text: &str) -> Setting {
    let proxies = entries(program, text);
    let proxies = proxies.into_iter().map(|(key, value)| PackageProxy { key, proxy: Named::parse(&value) });
    whole(Source::PackageManager, name, Stated::Packages(proxies.collect()))
}

/// The settings of proxies in it, each with its value.
pub(super) fn entries(program: Program, text: &str) -> Vec<(&'static str, String)> {
    match program {
        Program::Apt => of_apt(text),
        Program::Dnf => of_dnf(text),
    }
}

/// A setting as its program writes it.
pub(super) fn written(program: Program, key: &str, value: &str) -> String {
    match program {
        Program::Apt => format!("{key} \"{}\";", value.replace('"', "")),
        Program::Dnf => format!("{key}={value}"),
    }
}

fn of_dnf(text: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let mut main = true;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            main = line == "[main]";
        } else if let Some((_, value)) = line.split_once('=').filter(|(key, _)| main && key.trim() == "proxy")
        {
            let value = value.trim();
            found.extend((!value.is_empty() && value != "_none_").then(|| ("proxy", value.to_owned())));
        }
    }
    found
}

fn of_apt(text: &str) -> Vec<(&'static str, String)> {
    let (mut found, mut scope, mut name, mut value) = (Vec::new(), Vec::<String>::new(), None, None);
    for token in tokens(text) {
        match token.as_str() {
            "{" if scope.len() < DEEPEST => scope.push(name.take().unwrap_or_default()),
            "}" => {
                scope.pop();
            }
            ";" => {
                let own: Option<String> = name.take();
                let path: Vec<&str> = scope.iter().chain(&own).map(String::as_str).collect();
                let key = key_of_apt(&path.join("::"));
                found.extend(key.zip(value.take()).filter(|(_, value)| value != "DIRECT"));
            }
            _ if name.is_none() => name = Some(token),
            _ => value = Some(token.trim_matches('"').to_owned()),
        }
    }
    found
}

fn key_of_apt(path: &str) -> Option<&'static str> {
    ["Acquire::http::Proxy", "Acquire::https::Proxy"].into_iter().find(|key| key.eq_ignore_ascii_case(path))
}

/// Words, texts in quotation marks, and the signs between; comments left out.
fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut rest = line.trim();
        while let Some(first) = rest.chars().next() {
            if rest.starts_with("//") || first == '#' {
                break;
            }
            let length = match first {
                '"' => rest.get(1..).and_then(|rest| rest.find('"')).map_or(rest.len(), |end| end + 2),
                '{' | '}' | ';' => 1,
                _ => {
                    rest.find(|c: char| c.is_whitespace() || "{};\"".contains(c)).unwrap_or(rest.len()).max(1)
                }
            };
            let (token, next) = rest.split_at_checked(length).unwrap_or((rest, ""));
            found.push(token.to_owned());
            rest = next.trim_start();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apt_is_read_in_both_forms() {
        let text = "# Acquire::http::Proxy \"http://no:1\";\nAcquire::http::Proxy \"http://a:1/\"; // why\n\
                    acquire { HTTPS { Proxy \"http://b:2\"; Timeout \"3\"; }; http::Proxy::host \"DIRECT\"; };\n\
                    Acquire::https::Proxy \"DIRECT\";\nAPT::Proxy \"http://c:3\";\n";
        assert_eq!(
            entries(Program::Apt, text),
            [
                ("Acquire::http::Proxy", "http://a:1/".to_owned()),
                ("Acquire::https::Proxy", "http://b:2".to_owned())
            ]
        );
        for broken in ["}}}};;;", "{{{{", "\"", "a \"b", "Acquire::http::Proxy;", "a \u{e9}\"\u{e9}"] {
            assert!(entries(Program::Apt, broken).is_empty(), "{broken}");
        }
    }

    #[test]
    fn dnf_is_read_in_its_main_section() {
        let text = "[main]\nproxy = http://a:1\nproxy_password=x\n[other]\nproxy=http://b:2\n";
        assert_eq!(entries(Program::Dnf, text), [("proxy", "http://a:1".to_owned())]);
        assert!(entries(Program::Dnf, "[main]\nproxy=_none_\nproxy=\n").is_empty());
    }

    #[test]
    fn files_are_known_by_their_place() {
        assert_eq!(program("/etc/apt/apt.conf.d/95proxies"), Some(Program::Apt));
        assert_eq!(program("x/apt/apt.conf"), Some(Program::Apt));
        assert_eq!(program("/etc/dnf/dnf.conf"), Some(Program::Dnf));
        assert_eq!(program("/etc/apt/sources.list"), None);
    }
}
