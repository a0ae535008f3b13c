//! Services: keys of the registry, and what `sc query`, `sc queryex` and `sc qc` print.

use std::sync::Arc;

use super::at_key;
use crate::guest::Read;
use crate::guest::windows::{RunState, Services, Start};
use crate::input::{Place, Pointer};
use crate::wire::guest::registry::Key;

/// Words of the service manager, the same in every language, with the number before each.
const STATES: [&str; 7] =
    ["STOPPED", "START_PENDING", "STOP_PENDING", "RUNNING", "CONTINUE_PENDING", "PAUSE_PENDING", "PAUSED"];
const STARTS: [&str; 5] = ["BOOT_START", "SYSTEM_START", "AUTO_START", "DEMAND_START", "DISABLED"];

/// The services of the VM agent: of others nobody asks whether they are there.
const AGENT: [&str; 2] = ["RdAgent", "WindowsAzureGuestAgent"];
/// How the name of an answer of `sc` about one service begins; then comes the name of the service.
const ANSWER: &str = "sc-query-";
/// The number by which `sc` says that there is no such service, the same in every language.
const NONE: &str = "1060";

/// The key above those of all services: what lists it lists them.
pub(super) fn read_all(key: &Key, services: &mut Services) {
    if key.deep {
        for name in AGENT {
            services.look(name);
        }
    }
}

/// What the key of a service says.
pub(super) fn read_key(service: &str, key: &Key, name: &Arc<str>, services: &mut Services) {
    let start = key.number("Start").and_then(Start::of_number);
    let account = key.text("ObjectName");
    // Drivers and the performance counters of services have keys there too.
    if start.is_none() && account.is_none() {
        return;
    }
    let entry = services.entry(service);
    entry.start = start.map(|start| at_key(start, name, &key.path)).or(entry.start.take());
    entry.account =
        account.map(|account| at_key(account.to_owned(), name, &key.path)).or(entry.account.take());
}

/// The service of which `sc` says that it is not there: the document is named after it, as its text does not tell.
pub(in crate::wire::guest) fn missing<'t>(name: &'t str, text: &str) -> Option<&'t str> {
    let service = asked(name)?;
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    // French has a space before the colon.
    let (said, _) = first.strip_prefix("[SC] ")?.trim_end().rsplit_once(':')?;
    (said.split_whitespace().next_back() == Some(NONE)).then_some(service)
}

/// The service that `sc` was asked about, by the name of the document.
pub(in crate::wire::guest) fn asked(name: &str) -> Option<&str> {
    let file = name.rsplit(['/', '\\']).next()?;
    file.strip_prefix(ANSWER)?.strip_suffix(".txt").filter(|service| is_name(service))
}

/// Whether the text is what `sc` prints of services.
pub(in crate::wire::guest) fn is_listing(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let starts = |line: &str| {
        !line.starts_with(' ') && line.split_once(": ").is_some_and(|(_, name)| is_name(name.trim()))
    };
    let begins = lines.by_ref().take(20).position(starts);
    // TYPE, then the state or the kind of start.
    begins.is_some()
        && lines.take(8).any(|line| worded(line, &STATES).is_some() || worded(line, &STARTS).is_some())
}

/// What `sc` prints: blocks of a line with the name, then indented lines.
pub(in crate::wire::guest) fn read_listing(text: &str, name: &Arc<str>, services: &mut Services) {
    let place = Place { document: name.clone(), pointer: Pointer::root() };
    let mut current: Option<String> = None;
    let mut told = true;
    for line in text.lines() {
        let indented = line.starts_with([' ', '\t']);
        let line = line.trim();
        let Some((label, value)) = line.split_once(':').map(|(label, value)| (label.trim(), value.trim()))
        else {
            continue;
        };
        // The name shown to people follows on a line of its own, before anything is told of the service.
        if !indented && (told || current.is_none()) {
            current = Some(value.to_owned()).filter(|value| is_name(value));
            told = false;
        }
        let Some(service) = current.as_deref().filter(|_| indented) else { continue };
        told = true;
        if let Some(state) = worded(line, &STATES).and_then(|at| RunState::of_number(at + 1)) {
            services.entry(service).state = Some(Read { value: state, place: place.clone() });
        } else if let Some(start) = worded(line, &STARTS).and_then(Start::of_number) {
            services.entry(service).start = Some(Read { value: start, place: place.clone() });
        } else if label == "SERVICE_START_NAME" && !value.is_empty() {
            services.entry(service).account = Some(Read { value: value.to_owned(), place: place.clone() });
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 256 && !text.contains(['/', '\\', ' '])
}

/// Which of the words stands after the colon and a number, counted from 0.
fn worded(line: &str, words: &[&str]) -> Option<u64> {
    let (_, value) = line.split_once(':')?;
    let mut parts = value.split_whitespace();
    parts.next()?.parse::<u32>().ok()?;
    let word = parts.next()?;
    words.iter().position(|known| *known == word).and_then(|at| u64::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::facts_of;
    use super::*;

    const QUERY: &str = "\r\nSERVICE_NAME: RdAgent\r\n        TYPE               : 10  WIN32_OWN_PROCESS  \r\n        \
        STATE              : 4  RUNNING \r\n                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)\r\n        \
        WIN32_EXIT_CODE    : 0  (0x0)\r\n        WAIT_HINT          : 0x0\r\n\r\n\
        SERVICE_NAME: WindowsAzureGuestAgent\r\nDISPLAY_NAME: Windows Azure Guest Agent\r\n        \
        TYPE               : 10  WIN32_OWN_PROCESS  \r\n        STATE              : 1  STOPPED \r\n";
    const CONFIGURATION: &str = "[SC] QueryServiceConfig SUCCESS\n\nSERVICE_NAME: MSDTC\n        TYPE               : 10  WIN32_OWN_PROCESS \n        \
        START_TYPE         : 2   AUTO_START  (DELAYED)\n        ERROR_CONTROL      : 1   NORMAL\n        \
        BINARY_PATH_NAME   : C:\\Windows\\System32\\msdtc.exe\n        DEPENDENCIES       : RPCSS\n                           : SamSS\n        \
        SERVICE_START_NAME : NT AUTHORITY\\NetworkService\n";

    fn read(text: &str) -> Services {
        assert!(is_listing(text), "{text}");
        let mut services = Services::default();
        read_listing(text, &"s".into(), &mut services);
        services
    }

    fn state(services: &Services, name: &str) -> Option<RunState> {
        services.named(name)?.state.as_ref().map(|read| read.value)
    }

    #[test]
    fn states_are_read() {
        let services = read(QUERY);
        assert_eq!(state(&services, "rdagent"), Some(RunState::Running));
        assert_eq!(state(&services, "WindowsAzureGuestAgent"), Some(RunState::Stopped));
        assert_eq!(services.iter().count(), 2);
    }

    #[test]
    fn configurations_are_read() {
        let services = read(&format!("{CONFIGURATION}{QUERY}"));
        let service = services.named("MSDTC").unwrap();
        assert_eq!(service.start.as_ref().unwrap().value, Start::Automatic);
        assert_eq!(service.account.as_ref().unwrap().value, "NT AUTHORITY\\NetworkService");
        assert_eq!(services.iter().count(), 3);
    }

    #[test]
    fn other_languages_have_other_labels() {
        let text = "\nNOMBRE_SERVICIO: VSS\n        TIPO               : 10  WIN32_OWN_PROCESS\n        \
                    ESTADO             : 1  STOPPED\n        CÓD_SALIDA_WIN32   : 1077  (0x435)\n";
        assert_eq!(state(&read(text), "VSS"), Some(RunState::Stopped));
    }

    #[test]
    fn a_service_that_is_not_there_is_known_by_the_name_of_the_document() {
        let refused = "[SC] EnumQueryServicesStatus:OpenService FAILED 1060:\r\n\r\nThe specified service does not exist.\r\n";
        assert_eq!(missing("x/commands/sc-query-RdAgent.txt", refused), Some("RdAgent"));
        for other in [
            "[SC] EnumQueryServicesStatus:OpenService FEHLER 1060:\r\n\r\n",
            "[SC] EnumQueryServicesStatus:OpenService \u{fffd}chec(s) 1060 :\n",
        ] {
            assert_eq!(missing("sc-query-RdAgent.txt", other), Some("RdAgent"));
        }
        assert_eq!(missing("sc-query-RdAgent.txt", "[SC] OpenService FAILED 11060:\n"), None);
        assert_eq!(missing("commands/sc.txt", refused), None);
        assert_eq!(missing("commands/sc-query-RdAgent.txt", QUERY), None);
        assert_eq!(missing("sc-query-RdAgent.txt", "[SC] OpenService FAILED 5:\n"), None);
    }

    #[test]
    fn an_answer_that_is_not_understood_is_called_that() {
        for (name, who) in [("sc-query-RdAgent.txt", "`sc`"), ("w32tm-status.txt", "`w32tm`")] {
            let facts = facts_of(&format!("commands/{name}"), "?\n");
            let why = format!("an answer of {who} that is not understood");
            assert!(facts.unrecognised.iter().any(|other| other.reason == why), "{:?}", facts.unrecognised);
        }
    }

    #[test]
    fn other_texts_are_no_listing() {
        let refused = "[SC] EnumQueryServicesStatus:OpenService FAILED 1060:\n\nThe specified service does not exist.\n";
        for text in ["", refused, "name: value\n", "title: A\n  TYPE : 1 x\n", "a: b\n  state : 4 RUNNING!\n"]
        {
            assert!(!is_listing(text), "{text}");
        }
        let mut services = Services::default();
        read_listing(
            "  STATE : 4 RUNNING\nX: a b\n  STATE : 4 RUNNING\n: \n  :\n",
            &"s".into(),
            &mut services,
        );
        assert_eq!(services.iter().count(), 0);
    }
}
