//! What the log of the agent for Linux says.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::version::AgentVersion;

/// How far a clock on the wall may be from UTC.
const ANYWHERE: SignedDuration = SignedDuration::from_hours(26);

/// A moment as the log states it. Agents before 2.2.50 write the time on the wall, without a word of where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The moment, as if the wall were in UTC.
    pub at: Timestamp,
    /// Whether it is UTC.
    pub universal: bool,
}

impl Stamp {
    /// Whether it lies at least so long before another moment, wherever the wall is.
    #[must_use]
    pub fn is_older(&self, than: SignedDuration, now: Timestamp) -> bool {
        let slack = if self.universal { SignedDuration::ZERO } else { ANYWHERE };
        now.duration_since(self.at) > than.saturating_add(slack)
    }
}

/// The log, as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinuxLog {
    /// The first line that has a time.
    pub first: Option<Stamp>,
    /// The last one.
    pub last: Option<Stamp>,
    /// When the service last started.
    pub started: Option<Stamp>,
    /// The installed version, as it last named itself at its start.
    pub installed: Option<AgentVersion>,
    /// The goal-state agent that last said that it runs.
    pub goal_state: Option<AgentVersion>,
    /// The Python that it last said that it runs under.
    pub python: Option<AgentVersion>,
    /// The last heartbeat.
    pub heartbeat: Option<Beat>,
    /// The last heartbeat that counts failures to fetch the goal state, and how many; none where it came right since.
    pub unfetched: Option<(u64, JournalLine)>,
    /// When the service started, every time.
    pub starts: Vec<Stamp>,
    /// When it ended with an error, every time, by what tells of it: one end may be told in several ways.
    pub ends: BTreeMap<EndSign, Vec<Stamp>>,
    /// What was last said of an end.
    pub last_end: Option<JournalLine>,
    /// What went wrong and was not seen to go right again since: each kind once, as it was last said.
    pub troubles: Vec<(LinuxTrouble, JournalLine)>,
    /// How many lines since the last start are errors by their own word.
    pub errors: usize,
    /// The last of them.
    pub last_error: Option<JournalLine>,
}

impl LinuxLog {
    /// When the service last started, where the log has no heartbeat since.
    #[must_use]
    pub fn unheard_since_start(&self) -> Option<Stamp> {
        let started = self.started?;
        let beat = self.heartbeat.and_then(|beat| beat.at);
        beat.is_none_or(|beat| beat.at < started.at).then_some(started)
    }

    /// How often the agent ended with an error in so long a time before the log ends, at the least.
    #[must_use]
    pub fn ends_within(&self, span: SignedDuration) -> usize {
        self.ends.values().map(|told| self.within(told, span)).max().unwrap_or_default()
    }

    /// How often the service started in so long a time before the log ends.
    #[must_use]
    pub fn starts_within(&self, span: SignedDuration) -> usize {
        self.within(&self.starts, span)
    }

    fn within(&self, stamps: &[Stamp], span: SignedDuration) -> usize {
        let Some(last) = self.last else { return 0 };
        stamps.iter().filter(|stamp| last.at.duration_since(stamp.at) <= span).count()
    }
}

/// What tells that the agent ended with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndSign {
    /// The daemon: the agent that it started returned a code.
    Returned,
    /// The daemon: the agent that it started failed at once, or could not be started.
    Launch,
    /// The agent: an exception ended it.
    Exception,
    /// The daemon: an exception ended the daemon itself.
    Daemon,
}

/// A heartbeat: the agent writes one every half hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// When.
    pub at: Option<Stamp>,
    /// Whose.
    pub version: Option<AgentVersion>,
    /// How often since the one before the goal state could not be had.
    pub goal_state_errors: Option<u64>,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalLine {
    /// When.
    pub at: Option<Stamp>,
    /// What it says after its time, cut to a decent length. Hostile text.
    pub text: String,
}

words! {
    /// What the agent's own messages say that goes wrong.
    LinuxTrouble {
        /// The host at 168.63.129.16 is not reached, or refuses.
        WireServer = "wire-server",
        /// The goal state cannot be had.
        GoalState = "goal-state",
        /// The status cannot be reported.
        Status = "status",
        /// A package cannot be downloaded.
        Download = "download",
        /// A file system is full.
        DiskFull = "disk-full",
        /// A program may not be run, or a file not be written.
        NotPermitted = "not-permitted",
        /// A goal-state agent failed for good, and an older one runs in its place.
        AgentDisabled = "agent-disabled",
        /// The agent waits for ever because somebody told it to.
        Asleep = "asleep",
        /// The daemon, or the agent that it starts, ends with an error.
        Crash = "crash",
    }
}

impl LinuxTrouble {
    /// What it means, as a clause to follow the subject.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::WireServer => "does not reach the host at 168.63.129.16, or is refused there",
            Self::GoalState => "cannot fetch its goal state, so that it is not told of extensions to run",
            Self::Status => "cannot report its status, so that the platform takes it for silent",
            Self::Download => "cannot download a package",
            Self::DiskFull => "finds a file system full",
            Self::NotPermitted => "is not permitted to run or to write something",
            Self::AgentDisabled => "has given up a newer version of itself that kept failing",
            Self::Asleep => "sleeps for ever, because a file tells it to",
            Self::Crash => "ends with an error",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_on_the_wall_is_old_only_where_it_is_old_everywhere() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let stamp = |text: &str, universal| Stamp { at: text.parse().unwrap(), universal };
        let hours = SignedDuration::from_hours(2);
        assert!(stamp("2026-11-21T09:59:00Z", true).is_older(hours, now));
        assert!(!stamp("2026-11-21T09:59:00Z", false).is_older(hours, now));
        assert!(stamp("2026-11-20T07:59:00Z", false).is_older(hours, now));
        assert!(!stamp("2026-11-22T00:00:00Z", true).is_older(hours, now));
    }
}
