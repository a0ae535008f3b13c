//! What a Windows guest says of itself: exports of its registry, what its commands print, logs of its agent.
//!
//! Commands speak the language of the machine. What is read of them are names, numbers and shapes that are the same in all.

mod agent_log;
mod applocker;
mod interfaces;
mod moment;
mod plugin_log;
mod proxy;
mod registry;
mod security;
mod services;
mod time;
mod writers;

pub(super) use plugin_log::LOG as PLUGIN_LOG;

use std::sync::Arc;

use super::registry::{Export, is_export};
use super::{Known, TextReader, Told};
use crate::facts::Facts;
use crate::guest::{Read, Setting, Source, Stated};
use crate::input::{Place, Pointer};

/// Exports of the registry: what they say of the machine.
pub(super) const REGISTRY: TextReader = TextReader {
    known: Known::ByContent(|text| is_export(text.text)),
    read: |text, facts| {
        let told = registry::read(&Export::parse(text.text), text.name, &mut facts.guest);
        heard(told, facts, "an export of the registry that says nothing of what is asked here")
    },
};

/// The log of the VM agent. It may begin like JSON.
pub(super) const AGENT_LOG: TextReader = TextReader {
    known: Known::ByName(|text| text.is_called("WaAppAgent.log")),
    read: |text, facts| {
        let is_log = agent_log::is_log(text.text);
        if is_log {
            let log = Read { value: agent_log::read(text.text), place: text.place() };
            // Of several logs the one that was written last counts.
            let known =
                facts.guest.windows.agent.log.take().filter(|known| !known.value.is_before(&log.value));
            facts.guest.windows.agent.log = Some(known.unwrap_or(log));
        }
        heard(is_log, facts, "a log of the VM agent without a line that has a time")
    },
};

/// The log of what installs and updates the VM agent, in the form of the agent's own.
pub(super) const INSTALLER_LOG: TextReader = TextReader {
    known: Known::ByName(|text| text.is_called("TransparentInstaller.log")),
    read: |text, facts| {
        let is_log = agent_log::is_log(text.text);
        if is_log {
            let log = Read { value: agent_log::read(text.text), place: text.place() };
            facts.guest.windows.agent.installer = Some(log);
        }
        heard(is_log, facts, "a log of what installs the VM agent without a line that has a time")
    },
};

/// What `sc` prints of services.
pub(super) const SERVICES: TextReader = TextReader {
    known: Known::ByContent(|text| services::asked(text.name).is_some() || services::is_listing(text.text)),
    read: |text, facts| {
        let services = &mut facts.guest.windows.services;
        let told = match services::missing(text.name, text.text) {
            Some(service) => {
                services.look(service);
                true
            }
            None if services::is_listing(text.text) => {
                services::read_listing(text.text, text.name, services);
                true
            }
            None => false,
        };
        heard(told, facts, "an answer of `sc` that is not understood")
    },
};

/// What `vssadmin list writers` prints.
pub(super) const WRITERS: TextReader = TextReader {
    known: Known::ByContent(|text| writers::is_listing(text.text)),
    read: |text, facts| {
        let writers = Read { value: writers::read(text.text), place: text.place() };
        facts.guest.windows.writers = Some(writers);
        heard(true, facts, "")
    },
};

/// What `w32tm /query /status` prints.
pub(super) const TIME: TextReader = TextReader {
    known: Known::ByContent(|text| text.is_called("w32tm-status.txt") || time::is_status(text.text)),
    read: |text, facts| {
        let told = time::read(text.text).map(|value| Read { value, place: text.place() });
        let is_told = told.is_some();
        facts.guest.clock.windows = told.or(facts.guest.clock.windows.take());
        heard(is_told, facts, "an answer of `w32tm` that is not understood")
    },
};

/// What `netsh winhttp show proxy` prints.
pub(super) const WINHTTP: TextReader = TextReader {
    known: Known::ByContent(|text| proxy::read(text.text).is_some()),
    read: |text, facts| {
        let connection = proxy::read(text.text);
        let told = connection.is_some();
        if let Some(connection) = connection {
            let stated = Stated::Connection(connection);
            let setting = Setting { source: Source::WinHttp, place: text.place(), stated, open: Vec::new() };
            facts.proxy_settings.add(setting);
        }
        heard(told, facts, "nothing about the proxy of WinHTTP")
    },
};

/// Counts a document that told something.
fn heard(told: bool, facts: &mut Facts, otherwise: &'static str) -> Told {
    if !told {
        return Told::Nothing(otherwise);
    }
    facts.guest.documents += 1;
    Told::Something
}

/// A fact of a key of the registry.
fn at_key<T>(value: T, name: &Arc<str>, path: &str) -> Read<T> {
    Read { value, place: Place { document: name.clone(), pointer: Pointer::root().key(path) } }
}
