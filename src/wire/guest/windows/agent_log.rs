//! `WaAppAgent.log` and `TransparentInstaller.log`: the logs of the VM agent for Windows.
//!
//! A line is a thread in brackets, which may be left out, a moment, a level in brackets, and words. What follows without
//! such a head belongs to the line before it. Words that mean something are those of the troubleshooting page of the agent.

use super::moment;
use crate::guest::windows::{AgentLog, LogLine, Moment, Trouble};

/// How many lines about errors are kept.
const ERRORS: usize = 5;
/// How much of a line is kept, in characters.
const LENGTH: usize = 300;

/// Whether the text is a log of the agent: some line near its beginning has the head of one. A log that was cut at its
/// beginning starts in the middle of a line.
pub(in crate::wire::guest) fn is_log(text: &str) -> bool {
    text.lines().take(50).filter_map(Line::read).any(|line| LEVELS.contains(&line.level))
}

const LEVELS: [&str; 6] = ["INFO", "WARN", "ERROR", "HEART", "TRACE", "FATAL"];

/// What the log says.
pub(in crate::wire::guest) fn read(text: &str) -> AgentLog {
    let mut log = AgentLog::default();
    for (index, text) in text.lines().enumerate() {
        let Some(line) = Line::read(text) else { continue };
        let said = LogLine {
            number: index + 1,
            at: line.at.clone(),
            text: line.words.chars().take(LENGTH).collect(),
        };
        log.last = line.at.or(log.last);
        match line.level {
            "HEART" => log.heartbeat = said.at.or(log.heartbeat),
            "ERROR" | "FATAL" => {
                log.errors.push(said.clone());
                if log.errors.len() > ERRORS {
                    log.errors.remove(0);
                }
                event(&mut log, line.words, said);
            }
            _ => event(&mut log, line.words, said),
        }
    }
    log
}

/// What a line means beyond its level.
fn event(log: &mut AgentLog, words: &str, said: LogLine) {
    if let Some((_, version)) = words.split_once("WindowsAzureGuestAgent starting. Version ") {
        let version = version.split_whitespace().next().unwrap_or_default();
        log.started = version.trim_end_matches('.').parse().ok().or(log.started);
        (log.started_at, log.stopping) = (said.at, false);
        log.troubles.clear();
        log.errors.clear();
    } else if words.contains("WindowsAzureGuestAgent stopping") {
        log.stopping = true;
    } else if words.contains("Discovered fabric address") || words.contains("Using fabric address") {
        log.troubles.retain(|(trouble, _)| *trouble != Trouble::NoHostAddress);
    } else if words.contains("ControlSystem initialized with version") {
        log.troubles.retain(|(trouble, _)| *trouble != Trouble::HostUnreachable);
    } else if let Some(trouble) = trouble(words) {
        log.troubles.retain(|(known, _)| *known != trouble);
        log.troubles.push((trouble, said));
    }
}

/// What the words are known to mean.
fn trouble(words: &str) -> Option<Trouble> {
    let signs: [(Trouble, &[&str]); 8] = [
        (Trouble::HostUnreachable, &["GetVersions() failed with exception"]),
        (Trouble::HostUnreachable, &["Exception while fetching supported versions from HostGAPlugin"]),
        (Trouble::NoHostAddress, &["Did not discover fabric address on interface"]),
        (Trouble::StuckStopping, &["WindowsAzureGuestAgent could not be stopped"]),
        (Trouble::KeyService, &["RdCrypt Initialization failed"]),
        (Trouble::KeyFolders, &["PFXImportCertStore failed", "Error Code: 86"]),
        (Trouble::NarrowPrograms, &["System.BadImageFormatException"]),
        (Trouble::BrokenConfiguration, &["System.Configuration.ConfigurationErrorsException"]),
    ];
    let meant = |parts: &&[&str]| parts.iter().all(|part| words.contains(part));
    signs.iter().find(|(_, parts)| meant(parts)).map(|(trouble, _)| *trouble)
}

/// A line with a head.
struct Line<'t> {
    at: Option<Moment>,
    level: &'t str,
    words: &'t str,
}

impl<'t> Line<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let text = text.trim_start_matches('\u{feff}').trim();
        let thread =
            bracketed(text).filter(|(thread, _)| thread.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let text = thread.map_or(text, |(_, rest)| rest);
        let (at, rest) = bracketed(text).or_else(|| text.split_once(' '))?;
        let at = moment::of_log(at)?;
        let (level, words) = bracketed(rest.trim_start())?;
        Some(Self { at: Some(at), level, words: words.trim_start() })
    }
}

/// What stands in square brackets at the beginning, and what follows.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (inner, rest) = text.strip_prefix('[')?.split_once(']')?;
    Some((inner, rest.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(moment: Option<&Moment>) -> String {
        match moment {
            Some(Moment::Local(local)) => local.to_string(),
            Some(Moment::Exact(exact)) => exact.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn versions_heartbeats_and_the_end_are_read() {
        let text = "rest of a line\n[00000006] [11/14/2019 05:52:13.44] [INFO]  WindowsAzureGuestAgent starting. Version 2.7.41491.949\n\
                    [00000020] [11/14/2019 06:02:33.43] [HEART] WindowsAzureGuestAgent Heartbeat.\n\
                    [07/11/2019 21:04:40.25] [INFO]  Using fabric address 168.63.129.16 from DHCP.\n\
                    [00000018] 2021-01-12T16:35:45Z [INFO]  Something else\n   at A.B()\n";
        assert!(is_log(text));
        let log = read(text);
        assert_eq!(log.started.unwrap().to_string(), "2.7.41491.949");
        assert_eq!(shown(log.started_at.as_ref()), "2019-11-14T05:52:13");
        assert_eq!(shown(log.heartbeat.as_ref()), "2019-11-14T06:02:33");
        assert_eq!(shown(log.last.as_ref()), "2021-01-12T16:35:45Z");
        assert!(log.errors.is_empty() && log.troubles.is_empty() && !log.stopping);
    }

    #[test]
    fn troubles_count_until_the_next_start_or_until_they_are_over() {
        let before = "[1] [06/20/2019 07:44:28.93] [ERROR] Did not discover fabric address on interface Npcap Loopback Adapter\n\
                      [1] [06/20/2019 07:44:29.93] [WARN]  (Ignoring) Exception while fetching supported versions from HostGAPlugin: x\n\
                      [1] [06/20/2019 07:44:30.93] [ERROR] GetVersions() failed with exception: y\n";
        let kinds = |text: &str| -> Vec<(Trouble, usize)> {
            read(text).troubles.iter().map(|(trouble, line)| (*trouble, line.number)).collect()
        };
        assert_eq!(kinds(before), [(Trouble::NoHostAddress, 1), (Trouble::HostUnreachable, 3)]);
        let found = format!(
            "{before}[1] [06/20/2019 07:45:00.00] [INFO]  Discovered fabric address on interface Ethernet.\n"
        );
        assert_eq!(kinds(&found), [(Trouble::HostUnreachable, 3)]);
        let over = format!(
            "{found}[1] [06/20/2019 07:45:01.00] [INFO]  ControlSystem initialized with version 2012-11-30.\n"
        );
        assert_eq!(kinds(&over), []);
        let again = format!(
            "{before}[1] [06/20/2019 08:00:00.00] [INFO] WindowsAzureGuestAgent starting. Version 2.7.41491.1010\n"
        );
        assert_eq!(kinds(&again), []);
        assert!(read(&again).errors.is_empty());
        assert_eq!(read(before).errors.len(), 2);
    }

    #[test]
    fn a_stop_without_an_end_is_told() {
        let text = "[7] [07/18/2019 14:46:28.87] [WARN] WindowsAzureGuestAgent stopping.\n\
                    [4] [07/18/2019 14:46:28.89] [WARN] WindowsAzureGuestAgent could not be stopped. Exception: z\n";
        let log = read(text);
        assert!(log.stopping);
        assert_eq!(log.troubles[0].0, Trouble::StuckStopping);
    }

    #[test]
    fn little_is_kept_of_much() {
        let line = format!("[1] [07/18/2019 14:46:28.87] [ERROR] {}\n", "é".repeat(1000));
        let log = read(&line.repeat(100));
        assert_eq!(log.errors.iter().map(|line| line.number).collect::<Vec<_>>(), [96, 97, 98, 99, 100]);
        assert!(log.errors.iter().all(|line| line.text.chars().count() == LENGTH));
    }

    #[test]
    fn other_texts_are_no_log() {
        for text in [
            "",
            "[1]",
            "[1] [INFO] x",
            "[ERROR] x",
            "2021-01-12T16:35:45Z INFO x",
            "[99/99/2019 1:1:1] [INFO] x",
        ] {
            assert!(!is_log(text), "{text}");
        }
    }

    #[test]
    fn a_configuration_of_dotnet_that_cannot_be_read_is_told() {
        let text = "[00000003] 2026-11-20T20:01:13Z [ERROR] System.Configuration.ConfigurationErrorsException: The type 'X' registered \
                    for extension 'X' could not be loaded. (C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\Config\\machine.config line 242)\n";
        assert_eq!(read(text).troubles[0].0, Trouble::BrokenConfiguration);
    }
}
