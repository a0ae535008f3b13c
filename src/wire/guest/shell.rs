//! `/etc/environment`, scripts of `/etc/profile.d`, files of variables that a unit names.

use std::sync::Arc;

use super::assignment::{Word, is_name, mentions, words};
use super::{parts, whole};
use crate::guest::{Environment, Setting, Source, Stated, Variable};
use crate::wire::fault::quoted;

/// How many lines that are not understood are told of.
const TOLD: usize = 4;

/// Whose variables these are; `None` where the text is no list of variables.
///
/// A script may hold anything, as long as its path says what it is. Anything else has to be assignments and comments
/// throughout, one of them about a proxy: a text that only speaks of proxies is none.
pub(super) fn source(name: &str, text: &str) -> Option<Source> {
    let by_path = source_by_path(name);
    let about_proxies = text.lines().any(mentions);
    let plain = || code(text).all(|line| session_line(line).is_some());
    match by_path {
        Some(Source::Profile) if about_proxies => Some(Source::Profile),
        Some(source) if source != Source::Profile && plain() => Some(source),
        None if about_proxies && plain() => {
            let exports = code(text).any(|line| line.starts_with("export "));
            Some(if exports { Source::Profile } else { Source::EtcEnvironment })
        }
        _ => None,
    }
}

fn source_by_path(name: &str) -> Option<Source> {
    let mut parts = parts(name);
    match (parts.next()?, parts.next()) {
        ("environment", Some("etc")) => Some(Source::EtcEnvironment),
        (_, Some("profile.d")) => Some(Source::Profile),
        ("walinuxagent" | "waagent", Some("default" | "sysconfig")) => Some(Source::AgentUnit),
        _ => None,
    }
}

/// Lines that say something.
pub(super) fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A line as it is read when a session begins: nothing is expanded, one quotation mark at either end goes.
pub(super) fn session_line(line: &str) -> Option<(&str, &str)> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let quotes = |c: char| c == '"' || c == '\'';
    let value = match value.strip_prefix(quotes) {
        Some(value) => value.strip_suffix(quotes).unwrap_or(value),
        None => value,
    };
    is_name(name.trim()).then_some((name.trim(), value))
}

/// The words of a line of nothing but assignments, perhaps exported.
pub(super) fn plain_words(line: &str) -> Option<Vec<Word>> {
    let line = line.trim_end_matches(';');
    let mut words = words(line, true)?;
    let exports = words.first().is_some_and(|first| first.text == "export");
    if exports {
        words.remove(0);
    }
    let plain =
        |word: &Word| !word.operates && (word.assignment().is_some() || exports && is_name(&word.text));
    words.iter().all(plain).then_some(words)
}

pub(super) fn read(source: Source, name: &Arc<str>, text: &str) -> Setting {
    if source == Source::Profile { read_script(name, text) } else { read_session(source, name, text) }
}

fn read_session(source: Source, name: &Arc<str>, text: &str) -> Setting {
    let mut variables = Environment::default();
    for (name, value) in code(text).filter_map(session_line) {
        if let Some(variable) = Variable::from_word(name) {
            variables.set(variable, value);
        }
    }
    whole(source, name, Stated::Environment(variables))
}

fn read_script(name: &Arc<str>, text: &str) -> Setting {
    let mut variables = Environment::default();
    let mut open = Vec::new();
    for line in code(text).filter(|line| mentions(line)) {
        if let Some(words) = plain_words(line) {
            for word in words {
                assign(&mut variables, &mut open, &word);
            }
        } else if let Some(unset) = unset(line) {
            variables.unset(unset);
        } else {
            open.push(
                "a line about proxies is more than an assignment: what it does is not known".to_owned(),
            );
        }
    }
    open.dedup();
    open.truncate(TOLD);
    let setting = whole(Source::Profile, name, Stated::Environment(variables));
    Setting { open: open.into_iter().map(|what| setting.names(&what)).collect(), ..setting }
}

/// The variable that a line unsets.
pub(super) fn unset(line: &str) -> Option<Variable> {
    Variable::from_word(line.trim_end_matches(';').strip_prefix("unset ")?.trim())
}

fn assign(variables: &mut Environment, open: &mut Vec<String>, word: &Word) {
    let Some((name, text)) = word.assignment() else { return };
    let Some(variable) = Variable::from_word(&name) else { return };
    if !word.expands {
        variables.set(variable, &text);
        return;
    }
    let value = reference(&text).and_then(|other| variables.value(other).cloned());
    if let Some(value) = value {
        variables.put(variable, value);
    } else {
        variables.unset(variable);
        open.push(format!("`{}` is put together when it runs", quoted(&name)));
    }
}

/// The variable about proxies whose value a text that expands stands for, and nothing else.
pub(super) fn reference(text: &str) -> Option<Variable> {
    let name = text.strip_prefix('$')?.trim_start_matches('{').trim_end_matches('}');
    Variable::from_word(name)
}

/// Variables as they are in a process: everything after the `=` belongs to the value.
pub(super) fn read_dump(source: Source, name: &Arc<str>, text: &str) -> Setting {
    let mut variables = Environment::default();
    for (name, text) in text.lines().filter_map(|line| line.split_once('=')) {
        if let Some(variable) = Variable::from_word(name) {
            variables.set(variable, text);
        }
    }
    whole(source, name, Stated::Environment(variables))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::Value;

    fn environment(text: &str) -> (Environment, Vec<String>) {
        let setting = read(Source::Profile, &"p".into(), text);
        match setting.stated {
            Stated::Environment(environment) => (environment, setting.open),
            other => panic!("{other:?}"),
        }
    }

    fn proxy(environment: &Environment, variable: Variable) -> Option<String> {
        match environment.value(variable)? {
            Value::Proxy(named) => Some(named.proxy().unwrap().to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn plain_lines_are_read() {
        let (variables, open) = environment(
            "# http_proxy=no\nPATH=$PATH:/x\nexport http_proxy=\"http://a:1\" # why\nhttps_proxy='http://b:2'; \n\
             export HTTPS_PROXY=${http_proxy} NO_PROXY=x\nexport http_proxy\n",
        );
        assert_eq!(proxy(&variables, Variable::Http).as_deref(), Some("http://a:1"));
        assert_eq!(proxy(&variables, Variable::Https).as_deref(), Some("http://b:2"));
        assert_eq!(proxy(&variables, Variable::HttpsUpper).as_deref(), Some("http://a:1"));
        assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn what_is_more_than_an_assignment_is_told() {
        let (variables, open) = environment(
            "if true; then export http_proxy=http://a:1; fi\nhttps_proxy=http://$HOST:1\nno_proxy=x\nunset no_proxy\n",
        );
        assert!(variables.is_empty(), "{variables:?}");
        assert_eq!(open.len(), 2, "{open:?}");
    }

    #[test]
    fn sessions_expand_nothing() {
        let setting = read(
            Source::EtcEnvironment,
            &"e".into(),
            "export http_proxy=\"http://a:1\"\nno_proxy=b, c # d\nhttps_proxy='$http_proxy'\n=x\nall_proxy",
        );
        let Stated::Environment(variables) = setting.stated else { panic!() };
        assert_eq!(proxy(&variables, Variable::Http).as_deref(), Some("http://a:1"));
        assert_eq!(variables.value(Variable::No), Some(&Value::Hosts(crate::probe::NoProxy::parse("b, c"))));
        assert!(
            matches!(variables.value(Variable::Https), Some(Value::Proxy(named)) if named.proxy().is_err())
        );
        assert_eq!(variables.iter().count(), 3);
    }

    #[test]
    fn a_text_about_proxies_is_no_list_of_variables() {
        assert_eq!(source("README.md", "Set it:\nhttp_proxy=http://a:1\n"), None);
        assert_eq!(source("x", "http_proxy=http://a:1\n"), Some(Source::EtcEnvironment));
        assert_eq!(source("x", "A=b\nexport http_proxy=http://a:1\n"), Some(Source::Profile));
        assert_eq!(source("x", "A=b\n"), None);
        assert_eq!(source("root/etc/environment", "A=b\n"), Some(Source::EtcEnvironment));
        assert_eq!(source("/etc/profile.d/p.sh", "if x; then http_proxy=1; fi"), Some(Source::Profile));
        assert_eq!(source("/etc/default/walinuxagent", ""), Some(Source::AgentUnit));
    }
}
