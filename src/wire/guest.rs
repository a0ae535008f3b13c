//! What a guest tells: its files, what its commands print, exports of the Windows registry, and what a collector measured.
//!
//! A document is known by its content. Its name only says whose settings they are, where the content does not: the last
//! parts of its path, wherever it was copied to.

mod addressing;
mod agent;
mod assignment;
mod backup_settings;
mod clock;
mod extension;
mod firewall;
mod identity;
mod ini;
mod names;
mod overrides;
mod packages;
mod packed;
mod redact;
mod registry;
mod release;
mod security;
mod shell;
mod snapshot_log;
mod storage;
mod subscriptions;
mod survey;
mod unit;
mod windows;
mod withhold;

pub(super) use extension::{handler_report, is_handler_report};
pub(super) use firewall::{is_ruleset, ruleset};
pub(super) use overrides::{is_overrides, overrides};
pub use redact::redact;
pub(super) use redact::without_secrets;
pub use registry::{RegistryKey, RegistryValue, registry_document};
pub(super) use storage::{devices, is_devices};
pub use subscriptions::redact_subscriptions;
pub use survey::survey_document;
pub(super) use survey::{is_survey, survey};
pub use withhold::{Withheld, environment_document, withhold};

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

use super::decode;
use super::reader::Reader;
use crate::facts::Facts;
use crate::guest::{Setting, Source, Stated};
use crate::input::{Document, Place, Pointer};

/// The first line of a document that holds the variables of a process, one `NAME=value` a line, nothing quoted.
const OF_PROCESS: &str = "# variables about proxies in the environment of a process";
/// The same for the process of the VM agent.
const OF_AGENT: &str = "# variables about proxies in the environment of the VM agent";

/// Documents of a guest that are text, each known by its name or by what is in it. All that know one read it.
const READERS: &[TextReader] = &[
    TextReader { known: Known::WithSecrets(is_about_proxies), read: read_proxies },
    by_content(agent::is_settings, agent::read_settings),
    by_name(agent::is_called_so, read_proxies),
    by_name(agent::is_called_so, agent::read_settings),
    by_content(agent::is_printed, agent::read_printed),
    by_content(agent::is_units, agent::read_units),
    by_content(agent::is_journal_text, agent::read_journal),
    by_name(agent::is_journal, agent::read_journal),
    by_name(agent::is_package_list, agent::read_package_list),
    by_name(agent::is_package_database, agent::read_package_database),
    by_name(agent::is_version_module, agent::read_version_module),
    by_name(agent::is_launcher, agent::read_launcher),
    by_name(agent::is_failures, agent::read_failures),
    by_name(agent::is_certificate, agent::read_certificate),
    extension::FILES,
    snapshot_log::NAMED,
    snapshot_log::OTHER,
    release::OS_RELEASE,
    release::OLDER,
    release::CONTROL_GROUPS,
    storage::MOUNTED,
    storage::TABLE,
    storage::UNITS,
    storage::MAPPINGS,
    storage::ARRAYS,
    storage::ARRAYS_PLANNED,
    storage::GROUPS,
    storage::DEVICES,
    windows::REGISTRY,
    windows::AGENT_LOG,
    windows::INSTALLER_LOG,
    windows::PLUGIN_LOG,
    windows::SERVICES,
    windows::WRITERS,
    windows::TIME,
    windows::WINHTTP,
    TextReader { known: Known::ByContent(firewall::is_rules), read: firewall::read },
    firewall::OF_WINDOWS,
    names::HOSTS,
    names::RESOLVERS,
    addressing::NETPLAN,
    addressing::NETWORKD,
    addressing::IFUPDOWN,
    addressing::IFCFG,
    addressing::KEYFILE,
    addressing::DHCLIENT,
    addressing::DHCLIENT_COPY,
    addressing::NETWORKD_LEASE,
    addressing::NETWORK_MANAGER_LEASE,
    addressing::WICKED_LEASE,
    addressing::NMCLI,
    addressing::KERNEL_ROUTES,
    addressing::ROUTES,
    clock::CHRONY,
    clock::SYSTEM,
    security::LOG,
    security::CONFIGURATION,
    security::ENFORCED,
    identity::IDENTITY,
];

/// A kind known by its name.
const fn by_name(knows: fn(&Text<'_>) -> bool, read: fn(&Text<'_>, &mut Facts) -> Told) -> TextReader {
    TextReader { known: Known::ByName(knows), read }
}

/// A kind known by its content.
const fn by_content(knows: fn(&Text<'_>) -> bool, read: fn(&Text<'_>, &mut Facts) -> Told) -> TextReader {
    TextReader { known: Known::ByContent(knows), read }
}

/// One kind of document of a guest.
struct TextReader {
    known: Known,
    read: fn(&Text<'_>, &mut Facts) -> Told,
}

/// How a kind of document is known.
enum Known {
    /// By the last parts of its name, whatever its content begins like: a log may begin like JSON.
    ByName(fn(&Text<'_>) -> bool),
    /// By its content, perhaps with its name.
    ByContent(fn(&Text<'_>) -> bool),
    /// The same; and what is secret in it is known for that and handed on as such, rather than taken out before it is read.
    WithSecrets(fn(&Text<'_>) -> bool),
}

/// What came of reading a document.
enum Told {
    /// Facts.
    Something,
    /// Nothing of use, though it was understood: why.
    Nothing(&'static str),
}

/// A document that is text.
struct Text<'d> {
    name: &'d Arc<str>,
    text: &'d str,
}

impl Text<'_> {
    /// The whole document.
    fn place(&self) -> Place {
        Place { document: self.name.clone(), pointer: Pointer::root() }
    }

    /// The last two parts of its name: the file, and the folder that it is in; empty where there is none.
    fn name_and_folder(&self) -> (&str, &str) {
        let mut parts = parts(self.name);
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
    }

    /// Whether its name ends with these parts of a path, written with `/`, in any case and with either separator.
    fn is_called(&self, tail: &str) -> bool {
        let mut own = parts(self.name);
        tail.trim_start_matches('/')
            .rsplit('/')
            .all(|part| own.next().is_some_and(|own| own.eq_ignore_ascii_case(part)))
    }
}

/// Reads a document whose name tells what it is; `false` where it does not.
pub(super) fn read_by_name(reader: &mut Reader, document: &Document) -> bool {
    let nameless = Text { name: &document.name, text: "" };
    let readers =
        || READERS.iter().filter(|each| matches!(each.known, Known::ByName(knows) if knows(&nameless)));
    if backup_settings::is_named_so(&document.name) {
        backup_settings::read(reader, document);
        return true;
    }
    // The name is looked at before a text of a hundred megabytes is.
    readers().next().is_some() && read_with(reader, document, readers())
}

/// Reads a document that is no JSON; `false` where it is of no kind that tells anything of a guest.
pub(super) fn read(reader: &mut Reader, document: &Document) -> bool {
    let Some(text) = text_of(&document.bytes) else { return false };
    let text = Text { name: &document.name, text: &text };
    let knows = |each: &&TextReader| matches!(each.known, Known::ByContent(knows) | Known::WithSecrets(knows) if knows(&text));
    read_with(reader, document, READERS.iter().filter(knows))
}

/// Has each of these read the document; whether there was any, and a text to read.
fn read_with<'r>(
    reader: &mut Reader,
    document: &Document,
    readers: impl Iterator<Item = &'r TextReader>,
) -> bool {
    let Some(text) = text_of(&document.bytes) else { return false };
    let whole = Text { name: &document.name, text: text.trim_start_matches('\u{feff}') };
    let redacted = OnceCell::new();
    let (mut known, mut told, mut why) = (false, false, None);
    for each in readers {
        known = true;
        // What is repeated of a document, as evidence say, must not be a secret.
        let text = match each.known {
            Known::WithSecrets(_) => whole.text,
            _ => redacted.get_or_init(|| redact::without_secrets(whole.text)),
        };
        match (each.read)(&Text { text, ..whole }, &mut reader.facts) {
            Told::Something => told = true,
            Told::Nothing(reason) => why = why.or(Some(reason)),
        }
    }
    if agent::is_settings(&whole) {
        agent::read_strictly(document, &mut reader.facts);
    }
    if let (false, Some(reason)) = (told, why) {
        reader.pass_over(whole.place(), reason);
    }
    known
}

fn is_about_proxies(text: &Text<'_>) -> bool {
    Kind::of(text.name, text.text).is_some()
}

fn read_proxies(text: &Text<'_>, facts: &mut Facts) -> Told {
    let Some(kind) = Kind::of(text.name, text.text) else { return Told::Nothing("nothing about proxies") };
    let said = kind.read(text.name, text.text);
    facts.guest.documents += usize::from(!said.settings.is_empty());
    said.settings.into_iter().for_each(|setting| facts.proxy_settings.add(setting));
    said.of_no_use.map_or(Told::Something, Told::Nothing)
}

/// What a document says about proxies, if it is of a kind that says such things; nothing of it may be left to say.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) settings: Vec<Setting>,
    /// Why it was understood and tells nothing.
    pub(super) of_no_use: Option<&'static str>,
}

/// Whether a file of a machine is a text, from which secrets can be taken out.
#[must_use]
pub fn is_text(bytes: &[u8]) -> bool {
    text_of(bytes).is_some()
}

/// A byte or two in another encoding, in a comment say, must not hide the rest; nor must zeros, as a power cut leaves them in
/// what was being written. With other characters of control beside them it is no text.
fn text_of(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let text = decode::text_of(bytes).unwrap_or_else(|| String::from_utf8_lossy(bytes));
    if !text.contains('\0') {
        return Some(text);
    }
    let text = text.replace('\0', "");
    let is_strange = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1b}');
    (!text.contains(is_strange)).then_some(Cow::Owned(text))
}

/// A kind of document that says something about proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Registry,
    Unit,
    AgentConfiguration,
    /// Variables as they are, of the process or of the agent.
    Dump(Source),
    /// Lines of shell.
    Shell(Source),
    /// What packages are fetched through.
    Packages(packages::Program),
}

impl Kind {
    fn of(name: &str, text: &str) -> Option<Self> {
        match text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default().trim() {
            OF_PROCESS => return Some(Self::Dump(Source::Process)),
            OF_AGENT => return Some(Self::Dump(Source::AgentProcess)),
            _ => {}
        }
        if agent::is_configuration(name, "") {
            return Some(Self::AgentConfiguration);
        }
        if let Some(program) = packages::program(name) {
            return Some(Self::Packages(program));
        }
        if registry::is_export(text) {
            return Some(Self::Registry);
        }
        if unit::is_unit(text) {
            return Some(Self::Unit);
        }
        if agent::is_configuration(name, text) {
            return Some(Self::AgentConfiguration);
        }
        shell::source(name, text).map(Self::Shell)
    }

    fn read(self, name: &Arc<str>, text: &str) -> Said {
        match self {
            Self::Registry => registry::read(name, text),
            Self::Unit => unit::read(name, text),
            Self::AgentConfiguration => agent::read(name, text).into(),
            Self::Dump(source) => shell::read_dump(source, name, text).into(),
            Self::Shell(source) => shell::read(source, name, text).into(),
            Self::Packages(program) => packages::read(program, name, text).into(),
        }
    }
}

impl From<Setting> for Said {
    fn from(setting: Setting) -> Self {
        Self { settings: vec![setting], of_no_use: None }
    }
}

/// What a whole document says.
fn whole(source: Source, name: &Arc<str>, stated: Stated) -> Setting {
    let place = Place { document: name.clone(), pointer: Pointer::root() };
    Setting { source, place, stated, open: Vec::new() }
}

/// The parts of a path, from the last.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.rsplit(['/', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Bundle;

    /// What one document tells.
    pub(super) fn facts_of(name: &str, text: &str) -> Facts {
        let document = Document { name: name.into(), bytes: text.into(), named_by_user: false };
        crate::wire::parse(&Bundle { documents: vec![document] }).unwrap()
    }
}
