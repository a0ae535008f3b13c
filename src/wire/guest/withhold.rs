//! What of a guest's files may be kept: what is about proxies, without credentials.

use std::fmt::Write as _;
use std::sync::Arc;

use super::assignment::{Word, mentions, words};
use super::redact::without_secrets;
use super::unit::logical_lines;
use super::{Kind, OF_AGENT, OF_PROCESS, Text, agent, packages, shell, text_of};
use crate::guest::{Named, Source, Variable};
use crate::input::Document;
use crate::probe::Proxy;
use crate::wire::json::{Json, Value};

/// A document as it may be kept, and what was taken out of it.
#[derive(Debug)]
pub struct Withheld {
    /// What is about proxies, and where credentials stood a word in their place.
    pub document: Document,
    /// The proxies whose credentials were taken out, with them; never to be saved or shown.
    pub proxies: Vec<(Arc<str>, Proxy)>,
}

/// A document of what a process has in its environment: of the agent's, or of the one that asks. Only the variables
/// about proxies are taken; `None` where there is none.
#[must_use]
pub fn environment_document(
    name: &str,
    of_agent: bool,
    variables: impl Iterator<Item = (String, String)>,
) -> Option<Withheld> {
    let mut text = format!("{}\n", if of_agent { OF_AGENT } else { OF_PROCESS });
    let mut any = false;
    for (name, value) in variables.filter(|(name, _)| Variable::from_word(name).is_some()) {
        any = true;
        // A value of several lines is no proxy; what follows its first line could pass for a variable.
        let _ = writeln!(text, "{name}={}", value.lines().next().unwrap_or_default());
    }
    let document = Document { name: name.into(), bytes: text.into_bytes(), named_by_user: false };
    any.then(|| withhold(&document)).flatten()
}

/// What of a document about proxies may be kept; `None` where it is not about proxies.
#[must_use]
pub fn withhold(document: &Document) -> Option<Withheld> {
    if agent::is_configuration(&document.name, "") {
        return Some(Withheld { document: agent::keep_configuration(document), proxies: Vec::new() });
    }
    let text = text_of(&document.bytes)?;
    let whole = Text { name: &document.name, text: &text };
    if agent::is_package_database(&whole) {
        return Some(Withheld { document: agent::keep_packages(document, &text), proxies: Vec::new() });
    }
    let mut out = Out { document: &document.name, text: String::new(), proxies: Vec::new() };
    match Kind::of(&document.name, &text) {
        None => out.overrides(&text)?,
        // What Windows exports is exported by hand, and read as it is.
        Some(Kind::Registry) => return None,
        Some(Kind::Unit) => out.unit(&text),
        Some(Kind::AgentConfiguration) => {
            return Some(Withheld { document: agent::keep_configuration(document), proxies: Vec::new() });
        }
        Some(Kind::Dump(_)) => out.dump(&text),
        Some(Kind::Shell(Source::Profile)) => out.script(&text),
        Some(Kind::Shell(_)) => out.session(&text),
        Some(Kind::Packages(program)) => out.packages(program, &text)?,
    }
    let text = without_secrets(&out.text).into_owned();
    let document = Document { bytes: text.into_bytes(), ..document.clone() };
    Some(Withheld { document, proxies: out.proxies })
}

/// What is kept so far.
struct Out<'d> {
    document: &'d Arc<str>,
    text: String,
    proxies: Vec<(Arc<str>, Proxy)>,
}

impl Out<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// The value of a variable as it may be kept.
    fn value(&mut self, name: &str, value: &str) -> String {
        if name.eq_ignore_ascii_case("no_proxy") {
            return value.to_owned();
        }
        let (kept, secret) = Named::withhold(value, self.proxies.len());
        self.proxies.extend(secret.map(|proxy| (self.document.clone(), proxy)));
        kept
    }

    fn dump(&mut self, text: &str) {
        self.line(text.lines().next().unwrap_or_default().trim());
        for (name, value) in text.lines().filter_map(|line| line.split_once('=')) {
            if Variable::from_word(name).is_some() {
                let kept = self.value(name, value);
                self.line(&format!("{name}={kept}"));
            }
        }
    }

    /// Files that are read as they stand: nothing is expanded.
    fn session(&mut self, text: &str) {
        for line in shell::code(text) {
            let export = if line.starts_with("export ") { "export " } else { "" };
            let read = shell::session_line(line).filter(|(name, _)| Variable::from_word(name).is_some());
            if let Some((name, value)) = read {
                // What follows on the line is read as part of the value, and may be anything.
                let blank = value.trim_end().find(|c: char| c.is_whitespace() || c == ';');
                let at = blank.filter(|_| !name.eq_ignore_ascii_case("no_proxy"));
                let (own, more) = value.split_at(at.unwrap_or(value.len()));
                let kept = self.value(name, own);
                let more = if more.is_empty() { "" } else { " withheld" };
                self.line(&format!("{export}{name}='{kept}{more}'"));
            }
        }
    }

    /// Scripts: assignments as they are read here. Of a line that is not read here only the variables' names are kept: a
    /// command may hold credentials anywhere.
    fn script(&mut self, text: &str) {
        for line in shell::code(text).filter(|line| mentions(line)) {
            if let Some(words) = shell::plain_words(line) {
                let export = if line.starts_with("export ") { "export " } else { "" };
                for word in &words {
                    self.assigned(export, word);
                }
            } else if let Some(variable) = shell::unset(line) {
                self.line(&format!("unset {}", variable.word()));
            } else {
                let named = Variable::ALL.iter().map(|variable| variable.word());
                let named: Vec<_> = named.filter(|word| line.contains(word)).collect();
                self.line(&format!("({}: not read here)", named.join(", ")));
            }
        }
    }

    fn assigned(&mut self, export: &str, word: &Word) {
        let Some((name, text)) = word.assignment() else { return };
        if Variable::from_word(&name).is_none() {
            return;
        }
        let value = match shell::reference(&text) {
            _ if !word.expands => quote(&self.value(&name, &text)),
            Some(other) => format!("\"${}\"", other.word()),
            None => "\"$not_read_here\"".to_owned(),
        };
        self.line(&format!("{export}{name}={value}"));
    }

    fn unit(&mut self, text: &str) {
        for line in logical_lines(text) {
            match line.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
                None if line.starts_with('[') => self.line(&line),
                Some((key @ ("Environment" | "DefaultEnvironment"), value)) => self.assignments(key, value),
                Some(("ExecStart", value)) => {
                    let program = value.split_whitespace().next().unwrap_or_default();
                    self.line(&format!("ExecStart={program}"));
                }
                Some(("EnvironmentFile" | "PassEnvironment" | "UnsetEnvironment", _)) => self.line(&line),
                _ => {}
            }
        }
    }

    fn assignments(&mut self, key: &str, value: &str) {
        if value.is_empty() {
            return self.line(&format!("{key}="));
        }
        let words = words(value, false).unwrap_or_default();
        for (name, value) in words.iter().filter_map(Word::assignment) {
            if Variable::from_word(&name).is_some() {
                let kept = self.value(&name, &value.replace("%%", "%")).replace('%', "%%");
                self.line(&format!("{key}=\"{name}={}\"", kept.replace('\\', "\\\\").replace('"', "\\\"")));
            }
        }
    }

    /// Most of such files say nothing of proxies, and are not kept.
    fn packages(&mut self, program: packages::Program, text: &str) -> Option<()> {
        for (key, value) in packages::entries(program, text) {
            let (kept, secret) = Named::withhold(&value, self.proxies.len());
            self.proxies.extend(secret.map(|proxy| (self.document.clone(), proxy)));
            self.line(&packages::written(program, key, &kept));
        }
        (!self.text.is_empty()).then_some(())
    }

    /// The one file that is JSON.
    fn overrides(&mut self, text: &str) -> Option<()> {
        let json = Json::parse(text).ok()?;
        let values = json.values();
        let [object] = values.as_slice() else { return None };
        let flag = |key: &str| object.member(key).and_then(Value::as_bool);
        let keys = ["UseProxyForAAD", "UseProxyForAzureBackup", "UseProxyForAzureStorage"];
        if keys.iter().all(|key| flag(key).is_none()) {
            return None;
        }
        let mut kept = serde_json::Map::new();
        for key in keys {
            kept.extend(flag(key).map(|flag| (key.to_owned(), flag.into())));
        }
        let address = object.member("ProxyServerAddress").and_then(Value::as_str);
        // The HANA plugin's proxy is without credentials; they are not even kept for later.
        kept.extend(address.map(|text| ("ProxyServerAddress".to_owned(), Named::withhold(text, 0).0.into())));
        self.line(&serde_json::Value::Object(kept).to_string());
        Some(())
    }
}

/// A value as a shell takes it literally.
fn quote(value: &str) -> String {
    if !value.contains('\'') {
        return format!("'{value}'");
    }
    let mut quoted = String::from("\"");
    for letter in value.chars() {
        if matches!(letter, '\\' | '"' | '$' | '`') {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted + "\""
}
