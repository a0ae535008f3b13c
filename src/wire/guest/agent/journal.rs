//! `waagent.log`: when the agent lived, which version of it, and what it complains about.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::super::{Text, Told};
use crate::facts::Facts;
use crate::guest::{Beat, EndSign, JournalLine, LinuxLog, LinuxTrouble, Read, Stamp};
use crate::version::AgentVersion;

/// More of a line than this is not kept.
const LONGEST: usize = 300;

/// Words of the agent's own messages, by what they mean; the first that a line has decides.
const MARKS: &[(&str, LinuxTrouble)] = &[
    ("Disabling the guest agent by sleeping forever", LinuxTrouble::Asleep),
    ("is permanently disabled", LinuxTrouble::AgentDisabled),
    ("No space left on device", LinuxTrouble::DiskFull),
    ("Permission denied", LinuxTrouble::NotPermitted),
    ("Read-only file system", LinuxTrouble::NotPermitted),
    ("[Wireserver Exception]", LinuxTrouble::WireServer),
    ("[Wireserver Failed]", LinuxTrouble::WireServer),
    ("WireServer is not responding", LinuxTrouble::WireServer),
    ("Failed to report status", LinuxTrouble::Status),
    ("Error fetching the goal state", LinuxTrouble::GoalState),
    ("Failed to fetch goal state", LinuxTrouble::GoalState),
    ("Unable to download certificates", LinuxTrouble::GoalState),
    ("Failed to download", LinuxTrouble::Download),
    ("Failed to run '", LinuxTrouble::Crash),
];
/// What the agent says when the goal state came after all.
const FETCHED: [&str; 3] = [
    "Fetching the goal state recovered",
    "Fetched a new incarnation for the WireServer goal state",
    "Fetched new vmSettings",
];
/// How much a line matters, in the agent's words.
const LEVELS: [&str; 4] = ["VERBOSE", "INFO", "WARNING", "ERROR"];
/// The address of the host, as messages about requests name it.
const HOST: &str = "168.63.129.16";
/// The line of a heartbeat, and what older agents say once at their start.
const RUNS: &str = " is running as the goal state agent";

/// The threads of the agent that its lines name.
const THREADS: [&str; 6] =
    ["Daemon", "ExtHandler", "EnvHandler", "MonitorHandler", "CollectLogsHandler", "SendTelemetryHandler"];
/// How many lines are looked at to know a log.
const LOOKED_AT: usize = 50;

/// Whether this is the log of the agent for Linux, by its name.
pub(in crate::wire::guest) fn is_journal(text: &Text<'_>) -> bool {
    text.is_called("waagent.log")
}

/// The same by its first lines.
pub(in crate::wire::guest) fn is_journal_text(text: &Text<'_>) -> bool {
    text.text.lines().take(LOOKED_AT).filter_map(stamped).any(|(_, rest)| {
        let mut words = rest.split(' ');
        words.next().is_some_and(|level| LEVELS.contains(&level))
            && words.next().is_some_and(|thread| THREADS.contains(&thread))
    })
}

/// Reads it. Of several parts the one that ends last holds.
pub(in crate::wire::guest) fn read_journal(text: &Text<'_>, facts: &mut Facts) -> Told {
    let mut journal = Journal::default();
    text.text.lines().for_each(|line| journal.take(line));
    if journal.log.last.is_none() {
        return Told::Nothing("a log without a line that has a time");
    }
    facts.guest.documents += 1;
    let ends = |log: &LinuxLog| log.last.map(|stamp| stamp.at);
    let earlier = facts.guest.agent.log.as_ref().is_some_and(|known| ends(&known.value) > ends(&journal.log));
    if !earlier {
        facts.guest.agent.log = Some(Read { value: journal.log, place: text.place() });
    }
    Told::Something
}

/// What was read so far.
#[derive(Default)]
struct Journal {
    log: LinuxLog,
    /// Whether the line before was a complaint: lines without a time go on from it.
    complaining: bool,
}

impl Journal {
    fn take(&mut self, line: &str) {
        let Some((at, rest)) = stamped(line) else {
            if self.complaining {
                self.complain(self.log.last, line);
            }
            return;
        };
        self.log.first = self.log.first.or(Some(at));
        self.log.last = Some(at);
        let level = rest.split(' ').next().unwrap_or_default();
        self.complaining = matches!(level, "WARNING" | "ERROR");
        if level == "ERROR" {
            self.log.errors += 1;
            self.log.last_error = Some(said(Some(at), rest));
        }
        if self.complaining || rest.contains("WireServer is not responding") {
            self.complain(Some(at), rest);
        } else {
            self.tell(at, rest);
        }
    }

    /// A line that says how it goes.
    fn tell(&mut self, at: Stamp, rest: &str) {
        if let Some(version) = after(rest, "Azure Linux Agent Version:") {
            self.start(at, version);
        } else if let Some(version) = after(rest, "(Goal State Agent version ") {
            self.log.goal_state = version_in(version);
        } else if let Some(python) = after(rest, " Python:") {
            self.log.python = python.trim().parse().ok().or(self.log.python);
        } else if let Some((before, more)) = rest.split_once(RUNS) {
            let version = before.rsplit_once("Agent ").and_then(|(_, name)| version_in(name));
            self.log.goal_state = version.or(self.log.goal_state);
            if rest.contains("[HEARTBEAT]") {
                self.beat(at, (version, more), rest);
            }
        } else if FETCHED.iter().any(|mark| rest.contains(mark)) {
            self.fetched();
        }
    }

    /// The service starts: what went wrong before may go right now.
    fn start(&mut self, at: Stamp, version: &str) {
        self.log.started = Some(at);
        self.log.starts.push(at);
        self.log.unfetched = None;
        self.log.installed = version_in(version);
        self.log.troubles.clear();
        self.log.errors = 0;
        self.log.last_error = None;
    }

    fn beat(&mut self, at: Stamp, (version, more): (Option<AgentVersion>, &str), line: &str) {
        let errors = after(more, "UpdateGSErrors:").and_then(|rest| {
            let number = rest.trim_start();
            let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
            number.get(..end)?.parse().ok()
        });
        self.log.heartbeat = Some(Beat { at: Some(at), version, goal_state_errors: errors });
        self.recovered(&[LinuxTrouble::Crash]);
        match errors {
            Some(0) => self.fetched(),
            Some(times) => self.log.unfetched = Some((times, said(Some(at), line))),
            None => {}
        }
    }

    /// The goal state came.
    fn fetched(&mut self) {
        self.log.unfetched = None;
        self.recovered(&[LinuxTrouble::WireServer, LinuxTrouble::GoalState]);
    }

    fn recovered(&mut self, from: &[LinuxTrouble]) {
        self.log.troubles.retain(|(trouble, _)| !from.contains(trouble));
    }

    fn complain(&mut self, at: Option<Stamp>, line: &str) {
        let marked = MARKS.iter().find(|(mark, _)| line.contains(mark)).map(|(_, trouble)| *trouble);
        let refused =
            || (line.contains("[HTTP Failed]") && line.contains(HOST)).then_some(LinuxTrouble::WireServer);
        let ended = end_in(line);
        if let (Some(sign), Some(at)) = (ended, at) {
            self.log.ends.entry(sign).or_default().push(at);
            self.log.last_end = Some(said(Some(at), line));
        }
        let ended = || ended.map(|_| LinuxTrouble::Crash);
        if let Some(trouble) = marked.or_else(refused).or_else(ended) {
            self.add(trouble, said(at, line));
        }
    }

    fn add(&mut self, trouble: LinuxTrouble, line: JournalLine) {
        match self.log.troubles.iter_mut().find(|(known, _)| *known == trouble) {
            Some((_, last)) => *last = line,
            None => self.log.troubles.push((trouble, line)),
        }
    }
}

/// What a complaint says of an end of the agent.
fn end_in(line: &str) -> Option<EndSign> {
    if line.contains("Daemon ended with exception") {
        return Some(EndSign::Daemon);
    }
    if line.contains("launched with command") {
        let launch = || line.contains(" failed with ").then_some(EndSign::Launch);
        return line.contains(" returned code: ").then_some(EndSign::Returned).or_else(launch);
    }
    // An extension or a step of the agent's fails in the same words, with more of them before.
    let (before, _) = line.split_once(" failed with exception")?;
    let (_, name) = before.rsplit_once("Agent ")?;
    (!name.contains(' ') && version_in(name).is_some()).then_some(EndSign::Exception)
}

fn said(at: Option<Stamp>, text: &str) -> JournalLine {
    JournalLine { at, text: text.chars().take(LONGEST).collect() }
}

fn after<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    text.split_once(mark).map(|(_, rest)| rest)
}

/// The version that a text begins with, with the agent's name before it or not.
fn version_in(text: &str) -> Option<AgentVersion> {
    let word = text.split_whitespace().next()?;
    word.trim_end_matches([')', ',', ';']).parse().ok()
}

/// A line's time, and what follows it: `2023-01-01T00:00:00.000000Z`, or of old agents `2019/11/06 10:00:00.123456`.
fn stamped(line: &str) -> Option<(Stamp, &str)> {
    let line = line.trim_start_matches('\0');
    let (first, rest) = line.split_once(' ')?;
    if first.len() > 19 && first.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        let at: Timestamp = first.parse().ok()?;
        return Some((Stamp { at, universal: true }, rest));
    }
    if first.len() != 10 || first.as_bytes().get(4) != Some(&b'/') {
        return None;
    }
    let (second, rest) = rest.split_once(' ')?;
    let at: DateTime = format!("{}T{second}", first.replace('/', "-")).parse().ok()?;
    let at = at.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some((Stamp { at, universal: false }, rest))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::super::tests::facts_of;
    use super::*;

    fn log(text: &str) -> LinuxLog {
        facts_of("/var/log/waagent.log", text).guest.agent.log.map(|read| read.value).unwrap_or_default()
    }

    fn line(minute: u32, text: &str) -> String {
        format!("2026-11-21T10:{minute:02}:00.000001Z {text}\n")
    }

    #[test]
    fn a_healthy_log_tells_versions_and_heartbeats() {
        let text = line(0, "INFO Daemon Daemon Azure Linux Agent Version: 2.2.46")
            + &line(0, "INFO Daemon Daemon Python: 3.10.12")
            + &line(1, "INFO ExtHandler ExtHandler Azure Linux Agent (Goal State Agent version 2.9.1.1)")
            + &line(
                2,
                "INFO ExtHandler ExtHandler [HEARTBEAT] Agent WALinuxAgent-2.9.1.1 is running as the goal state agent \
                 [DEBUG HeartbeatCounter: 0;HeartbeatId: A;DroppedPackets: 0;UpdateGSErrors: 0;AutoUpdate: 1]",
            );
        let log = log(&text);
        assert_eq!(log.installed.unwrap().to_string(), "2.2.46");
        assert_eq!(log.goal_state.unwrap().to_string(), "2.9.1.1");
        assert_eq!(log.python.unwrap().to_string(), "3.10.12");
        let beat = log.heartbeat.unwrap();
        assert_eq!((beat.goal_state_errors, beat.at), (Some(0), log.last));
        assert!(log.troubles.is_empty() && log.errors == 0);
    }

    #[test]
    fn what_recovers_is_no_trouble_and_what_does_not_is() {
        let wire = line(
            3,
            "WARNING ExtHandler ExtHandler Error fetching the goal state: [ProtocolError] [Wireserver Exception] [HttpError] \
             [HTTP Failed] GET http://168.63.129.16/machine/ -- IOError timed out -- 6 attempts made",
        );
        let full =
            line(4, "ERROR ExtHandler ExtHandler failed:") + "OSError: [Errno 28] No space left on device\n";
        let well = line(
            5,
            "INFO ExtHandler ExtHandler Fetched a new incarnation for the WireServer goal state [incarnation 2]",
        );
        let of = |text: &str| log(text).troubles.into_iter().map(|(trouble, _)| trouble).collect::<Vec<_>>();
        assert_eq!(of(&wire), [LinuxTrouble::WireServer]);
        assert_eq!(of(&(wire.clone() + &full)), [LinuxTrouble::WireServer, LinuxTrouble::DiskFull]);
        assert_eq!(of(&(wire.clone() + &full + &well)), [LinuxTrouble::DiskFull]);
        assert_eq!(log(&full).errors, 1);
        let start = line(6, "INFO Daemon Azure Linux Agent Version:WALinuxAgent-2.2.45");
        assert_eq!(of(&(wire + &full + &start)), []);
        let beat = line(
            7,
            "INFO ExtHandler [HEARTBEAT] Agent WALinuxAgent-2.7.3.0 is running as the goal state agent [DEBUG UpdateGSErrors: 3;",
        );
        assert_eq!(of(&beat), []);
        assert_eq!(log(&beat).unfetched.map(|(times, _)| times), Some(3));
        assert_eq!(log(&(beat + &well)).unfetched, None);
    }

    #[test]
    fn ends_count_whatever_came_after() {
        let round = |minute| {
            line(minute, "INFO Daemon Daemon Azure Linux Agent Version: 2.9.1.1")
                + &line(
                    minute,
                    "WARNING ExtHandler ExtHandler Agent WALinuxAgent-2.11.1.12 failed with exception: boom",
                )
                + &line(
                    minute,
                    "WARNING Daemon Daemon Agent WALinuxAgent-2.11.1.12 launched with command 'python3 -u x' returned code: 1",
                )
                + &line(
                    minute,
                    "WARNING ExtHandler Agent WALinuxAgent-2.11.1.12 install failed with exception: x",
                )
        };
        let beat = line(
            59,
            "INFO ExtHandler [HEARTBEAT] Agent WALinuxAgent-2.11.1.12 is running as the goal state agent [DEBUG",
        );
        let log = log(&(round(0) + &round(20) + &round(40) + &beat));
        assert!(log.troubles.is_empty());
        let within = |minutes| log.ends_within(SignedDuration::from_mins(minutes));
        assert_eq!((within(60), within(30), within(0)), (3, 1, 0));
        assert_eq!(log.starts_within(SignedDuration::from_mins(60)), 3);
    }

    #[test]
    fn old_agents_write_the_time_on_the_wall() {
        let log = log(
            "2019/11/06 10:00:00.123456 INFO ExtHandler [HEARTBEAT] Agent WALinuxAgent-2.2.45 is running as the goal state agent\n",
        );
        assert!(!log.last.unwrap().universal);
        assert_eq!(log.heartbeat.unwrap().version.unwrap().to_string(), "2.2.45");
        assert_eq!(facts_of("/var/log/waagent.log", "nothing\n2019/99/99 a b\n").guest.agent.log, None);
    }
}
