//! What there is of the VM agent for Linux: its configuration, read as it reads it itself, and in the files beside this
//! what it prints, what it logs, what it and the system keep of it.

mod journal;
mod state;
mod version;

use std::fmt::Write as _;
use std::sync::Arc;

pub(super) use journal::{is_journal, is_journal_text, read_journal};
pub(super) use state::{
    is_certificate, is_failures, is_launcher, is_units, read_certificate, read_failures, read_launcher,
    read_units,
};
pub(super) use version::{
    is_package_database, is_package_list, is_printed, is_version_module, keep_packages,
    read_package_database, read_package_list, read_printed, read_version_module,
};

use super::redact::redact;
use super::{Text, Told, parts, whole};
use crate::facts::Facts;
use crate::guest::{AgentProxy, Configuration, ConfigurationFault, Read, Setting, Source, Stated};
use crate::input::Document;

/// Beginnings of keys that only this file has.
const TELLING: [&str; 6] =
    ["HttpProxy.", "Provisioning.", "Extensions.", "ResourceDisk.", "AutoUpdate.", "OS.EnableF"];

/// The first line of a configuration as it is kept.
const KEPT: &str = "# the settings of waagent.conf, without comments";
/// What stands in place of credentials.
const WITHHELD: &str = "credentials-withheld";

/// Whether this is the agent's configuration: by its name, or a line of it that sets what only the agent knows.
pub(super) fn is_configuration(name: &str, text: &str) -> bool {
    parts(name).next().is_some_and(|name| name == "waagent.conf")
        || entries(text).any(|(key, _)| TELLING.iter().any(|telling| key.starts_with(telling)))
}

/// Keys and values as the agent's `conf.py` finds them: lines end at line feeds alone, those that begin with `#` do not
/// count, a later `#` ends the value, quotes and blanks around it go, and then white space of any kind.
pub(super) fn entries(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('\n').filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        let value = value.split('#').next().unwrap_or_default();
        let value = value.trim_matches(|c| c == '"' || c == ' ').trim_matches(is_python_space);
        Some((key.trim_matches(is_python_space), value))
    })
}

/// Python takes four more characters for white space than Unicode does.
fn is_python_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// What the configuration says about proxies.
pub(super) fn read(name: &Arc<str>, text: &str) -> Setting {
    let stated = configuration(text);
    let proxy = AgentProxy {
        host: stated.text("HttpProxy.Host").map(|host| host.parse().ok()),
        port: stated
            .number("HttpProxy.Port")
            .and_then(|port| u16::try_from(port).ok())
            .filter(|port| *port != 0),
    };
    whole(Source::AgentConfiguration, name, Stated::Agent(proxy))
}

/// Whether this is the agent's configuration.
pub(super) fn is_settings(text: &Text<'_>) -> bool {
    is_configuration(text.name, text.text)
}

/// The same by its name alone: the agent reads it, whatever it begins like.
pub(super) fn is_called_so(text: &Text<'_>) -> bool {
    is_configuration(text.name, "")
}

/// Everything that the configuration says.
pub(super) fn read_settings(text: &Text<'_>, facts: &mut Facts) -> Told {
    let value = configuration(text.text);
    facts.guest.agent.configuration = Some(Read { value, place: text.place() });
    facts.guest.documents += 1;
    Told::Something
}

/// Reads it once more as the agent does: strictly, and without a thought of marks or other encodings.
pub(super) fn read_strictly(document: &Document, facts: &mut Facts) {
    let Some(read) = &mut facts.guest.agent.configuration else { return };
    read.value = match std::str::from_utf8(&document.bytes) {
        Ok("") => Configuration::unreadable(ConfigurationFault::Empty),
        Ok(own) => configuration(&super::redact::without_secrets(own)),
        Err(_) => Configuration::unreadable(ConfigurationFault::NotUtf8),
    };
}

fn configuration(text: &str) -> Configuration {
    let mut configuration = Configuration::default();
    for (key, value) in entries(text) {
        configuration.state(key, Some(value).filter(|value| *value != "None"));
    }
    configuration
}

/// The configuration as it may be kept: every setting that the agent would find, no comment, no credentials.
pub(super) fn keep_configuration(document: &Document) -> Document {
    if document.bytes.is_empty() {
        return document.clone();
    }
    let own = String::from_utf8_lossy(&document.bytes);
    let mut text = format!("{KEPT}\n");
    for (key, value) in entries(&own).filter(|(key, _)| is_plausible(key)) {
        let value = match value.rsplit_once('@') {
            Some((_, host)) => format!("{WITHHELD}@{host}"),
            None => value.to_owned(),
        };
        // Quotes that are part of the value would be taken off again; white space between keeps them.
        let guard = if value.starts_with('"') || value.ends_with('"') { "\t" } else { "" };
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{key}={guard}{value}{guard}");
    }
    let mut kept = redact(Document { bytes: text.into_bytes(), ..document.clone() });
    if std::str::from_utf8(&document.bytes).is_err() {
        // What the agent stumbles over has to stay.
        kept.bytes.extend(b"\xff\n");
    }
    kept
}

/// Whether a text can be the name of a setting.
fn is_plausible(key: &str) -> bool {
    (1..=100).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(text: &str) -> AgentProxy {
        match read(&"w".into(), text).stated {
            Stated::Agent(proxy) => proxy,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn it_is_read_as_the_agent_reads_it() {
        let host = |text: &str| Some(Some(text.parse().unwrap()));
        let said = proxy("HttpProxy.Host = \"proxy.example\" # why\nHttpProxy.Port=3128\n");
        assert_eq!(said, AgentProxy { host: host("proxy.example"), port: Some(3128) });
        assert_eq!(proxy("#HttpProxy.Host=a\nHttpProxy.Host=None\nHttpProxy.Port=x"), AgentProxy::default());
        assert_eq!(proxy(" #HttpProxy.Host=a\nHttpProxy.Host=a\nHttpProxy.Host=b").host, host("b"));
        assert_eq!(proxy("HttpProxy.Host=http://kim:secret@a").host, Some(None));
    }

    #[test]
    fn it_is_known_by_its_keys_or_its_name() {
        assert!(is_configuration("x", "# x\nProvisioning.Agent=auto\n"));
        assert!(!is_configuration("x", "# HttpProxy.Host=a\nhttp_proxy=HttpProxy.\n"));
        assert!(is_configuration("/mnt/etc/waagent.conf", ""));
    }

    #[test]
    fn what_is_kept_says_the_same_without_secrets() {
        let own = "\u{feff}Logs.Verbose=y\r\nExtensions.Enabled=n\r\n# secret\nX=\t\"a\"\t\nHttpProxy.Host=kim:secret@h\n\
                   Lib.Dir=\u{1c}/x\u{1f}\nno setting\nA b=c\n";
        let document = Document { name: "waagent.conf".into(), bytes: own.into(), named_by_user: false };
        let kept = String::from_utf8(keep_configuration(&document).bytes).unwrap();
        assert!(!kept.contains("secret") && !kept.contains("kim"), "{kept}");
        let (before, after) = (configuration(own), configuration(&kept));
        for key in ["Logs.Verbose", "Extensions.Enabled", "X", "Lib.Dir"] {
            assert_eq!(before.text(key), after.text(key), "{key}");
        }
        assert_eq!((before.text("X"), before.text("Lib.Dir")), (Some("\"a\""), Some("/x")));
        let broken = Document { bytes: b"A=\xe9\n".to_vec(), ..document };
        assert!(std::str::from_utf8(&keep_configuration(&broken).bytes).is_err());
    }
}
