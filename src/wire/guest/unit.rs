//! Units of systemd and their drop-ins: the environment that the VM agent's service is given.

use std::sync::Arc;

use super::assignment::words;
use super::{Said, parts, whole};
use crate::guest::{Environment, Setting, Source, Stated, Variable};
use crate::wire::fault::quoted;

/// What the VM agent's service is called: by Debian and Ubuntu, by the others.
const SERVICES: [&str; 2] = ["walinuxagent.service", "waagent.service"];

/// What a file says about the environment of services.
#[derive(Debug, Default)]
struct Unit {
    variables: Environment,
    open: Vec<String>,
    /// What is started, if that is told here.
    starts: Option<String>,
    /// Whether it is the configuration of systemd itself, which gives variables to every service.
    of_manager: bool,
}

/// Whether the text has the sections of a service or of systemd itself.
pub(super) fn is_unit(text: &str) -> bool {
    logical_lines(text).iter().any(|line| line == "[Service]" || line == "[Manager]")
}

pub(super) fn read(name: &Arc<str>, text: &str) -> Said {
    let mut unit = Unit::of(text);
    let service = service(name);
    let of_agent = match &service {
        Some(service) => service == "service" || SERVICES.contains(&service.as_str()),
        None => unit.of_manager || unit.starts.as_ref().is_none_or(|program| program.contains("waagent")),
    };
    if !of_agent {
        return Said { of_no_use: Some("a unit of another service than the VM agent's"), ..Said::default() };
    }
    if service.is_none() && unit.starts.is_none() && !unit.of_manager {
        unit.open.push("it does not say which service it is for: the VM agent's is assumed".to_owned());
    }
    let source = if unit.of_manager { Source::ServiceManager } else { Source::AgentUnit };
    let setting = whole(source, name, Stated::Environment(unit.variables));
    let open = unit.open.iter().map(|what| format!("{}: {what}", name.escape_debug())).collect();
    Setting { open, ..setting }.into()
}

/// The service a file is for, by its path: `x.service`, `x.service.d/y.conf`; `service` for `service.d`, which is for all.
fn service(name: &str) -> Option<String> {
    let mut parts = parts(name);
    let file = parts.next()?;
    if file.ends_with(".service") {
        return Some(file.to_owned());
    }
    let folder = parts.next()?.strip_suffix(".d")?;
    (folder == "service" || folder.ends_with(".service")).then(|| folder.to_owned())
}

impl Unit {
    fn of(text: &str) -> Self {
        let mut unit = Self::default();
        let mut section = String::new();
        for line in logical_lines(text) {
            if line.starts_with('[') {
                unit.of_manager |= line == "[Manager]";
                section = line;
            } else if let Some((key, value)) = line.split_once('=') {
                unit.take(&section, key.trim(), value.trim());
            }
        }
        unit
    }

    fn take(&mut self, section: &str, key: &str, value: &str) {
        match (section, key) {
            ("[Service]", "Environment") | ("[Manager]", "DefaultEnvironment") => self.assign(value),
            ("[Service]", "EnvironmentFile") if !value.is_empty() => {
                self.open
                    .push(format!("further variables stand in `{}`", quoted(value.trim_start_matches('-'))));
            }
            ("[Service]", "PassEnvironment") if value.split_whitespace().any(is_about_proxies) => {
                self.open
                    .push("variables about proxies are passed on from systemd's own environment".to_owned());
            }
            ("[Service]", "UnsetEnvironment") => {
                value
                    .split_whitespace()
                    .filter_map(Variable::from_word)
                    .for_each(|name| self.variables.unset(name));
            }
            ("[Service]", "ExecStart") => self.starts = Some(value.to_owned()),
            _ => {}
        }
    }

    fn assign(&mut self, value: &str) {
        if value.is_empty() {
            self.variables = Environment::default();
            self.open.push(
                "it takes back what stands before it, in other files too: that is not followed".to_owned(),
            );
            return;
        }
        let Some(words) = words(value, false) else {
            self.open.push("an assignment is not understood: a quotation mark is missing".to_owned());
            return;
        };
        for (name, text) in words.iter().filter_map(super::assignment::Word::assignment) {
            if let Some(variable) = Variable::from_word(&name) {
                self.variables.set(variable, &text.replace("%%", "%"));
            }
        }
    }
}

fn is_about_proxies(name: &str) -> bool {
    Variable::from_word(name).is_some()
}

/// Lines, those that end in `\` joined with the next; comments and empty lines left out.
pub(super) fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut begun = String::new();
    for line in text.lines().map(str::trim) {
        let comment = line.starts_with('#') || line.starts_with(';');
        if comment || (line.is_empty() && begun.is_empty()) {
            continue;
        }
        match line.strip_suffix('\\') {
            Some(part) => {
                begun.push_str(part);
                begun.push(' ');
            }
            None => lines.push(format!("{}{line}", std::mem::take(&mut begun))),
        }
    }
    if !begun.is_empty() {
        lines.push(begun);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::Value;

    fn said(name: &str, text: &str) -> Option<(Environment, Vec<String>)> {
        let mut said = read(&name.into(), text);
        let setting = said.settings.pop()?;
        match setting.stated {
            Stated::Environment(environment) => Some((environment, setting.open)),
            other => panic!("{other:?}"),
        }
    }

    const DROP_IN: &str = "/etc/systemd/system/walinuxagent.service.d/http-proxy.conf";

    #[test]
    fn assignments_are_read() {
        let text = "[Service]\n# no\nEnvironment=\"http_proxy=http://kim:a%%40b@p:1\" \\\n  'no_proxy=a b' X=y\n\
                    Environment=https_proxy=http://p:2 HTTP_PROXY=http://p:3\nUnsetEnvironment=HTTP_PROXY\n";
        let (variables, open) = said(DROP_IN, text).unwrap();
        assert!(open.is_empty(), "{open:?}");
        assert_eq!(variables.iter().count(), 3);
        let Some(Value::Proxy(named)) = variables.value(Variable::Http) else { panic!("{variables:?}") };
        assert_eq!(named.proxy().unwrap().credentials.as_ref().unwrap().secret(), "kim:a@b");
        assert_eq!(variables.value(Variable::No), Some(&Value::Hosts(crate::probe::NoProxy::parse("a b"))));
    }

    #[test]
    fn only_the_agents_own_service_counts() {
        let text = "[Service]\nEnvironment=http_proxy=http://p:1\n";
        assert!(said("/etc/systemd/system/docker.service.d/http-proxy.conf", text).is_none());
        assert!(said("x/service.d/p.conf", text).is_some());
        assert!(said("x.conf", &format!("{text}ExecStart=/usr/bin/dockerd\n")).is_none());
        assert_eq!(
            said("x.conf", &format!("{text}ExecStart=/usr/sbin/waagent -daemon\n")).unwrap().1.len(),
            0
        );
        assert_eq!(said("x.conf", text).unwrap().1.len(), 1);
        let manager = read(&"system.conf".into(), "[Manager]\nDefaultEnvironment=http_proxy=http://p:1\n");
        assert_eq!(manager.settings[0].source, Source::ServiceManager);
    }

    #[test]
    fn what_it_refers_to_is_told() {
        let text = "[Unit]\nEnvironment=http_proxy=http://p:1\n[Service]\nEnvironment=\nEnvironmentFile=-/etc/default/x\n\
                    PassEnvironment=LANG https_proxy\nEnvironment=\"http_proxy=\nEnvironment=x\\";
        let (variables, open) = said(DROP_IN, text).unwrap();
        assert!(variables.is_empty() && open.len() == 4, "{variables:?} {open:#?}");
    }
}
