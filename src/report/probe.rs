//! The answer of probing: for people, for programs, for a monitoring system.

mod json;
mod prometheus;
mod text;

use std::io::{self, Write};

pub use prometheus::Exposition;

use super::page::{Layout, Page};
use crate::backup::Skipped;
use crate::check::Placement;
use crate::probe::{Need, Observation, Outcome, Target};

/// What was probed, what came of it, and what was not probed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProbeReport {
    /// What was probed, in the order of the plan.
    pub results: Vec<Probed>,
    /// What was not, and why.
    pub skipped: Vec<Skipped>,
    /// What else to know: side conditions of the settings in use. Sentences without full stop.
    pub notes: Vec<String>,
}

/// A target and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Probed {
    /// What was probed.
    pub target: Target,
    /// What came of it.
    pub observation: Observation,
    /// Where the fault lies, as far as the documents tell.
    pub placement: Option<Placement>,
}

/// What all results come to. The order is that of the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reached {
    /// Everything that backup depends on was reached.
    All,
    /// Nothing of it failed for certain, and something of it is open.
    Open,
    /// Something of it failed.
    Not,
}

impl Reached {
    /// The word of the JSON answer.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::All => "reached",
            Self::Open => "undecided",
            Self::Not => "failed",
        }
    }
}

/// How many of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Reached.
    pub reached: usize,
    /// Failed.
    pub failed: usize,
    /// Undecided.
    pub undecided: usize,
    /// Not probed.
    pub skipped: usize,
}

impl ProbeReport {
    /// What all results come to.
    ///
    /// A required target that failed decides. Otherwise one that is undecided leaves the answer open, as does a failed one
    /// that is required only under a condition, and a required need of which no host at all was probed.
    #[must_use]
    pub fn reached(&self) -> Reached {
        let of_results = self.results.iter().map(Probed::weighs);
        let of_skipped = self.skipped.iter().map(|skipped| self.leaves_open(skipped));
        of_results.chain(of_skipped).max().unwrap_or(Reached::All)
    }

    /// How many of what.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let count =
            |wanted| self.results.iter().filter(|probed| probed.observation.outcome == wanted).count();
        Tally {
            reached: count(Outcome::Reached),
            failed: count(Outcome::Failed),
            undecided: count(Outcome::Undecided),
            skipped: count(Outcome::Skipped) + self.skipped.len(),
        }
    }

    fn leaves_open(&self, skipped: &Skipped) -> Reached {
        let stands_for = |probed: &Probed| {
            probed.target.requirement.as_ref() == Some(&skipped.requirement)
                && probed.target.authority.port == skipped.port
        };
        if skipped.need == Need::Optional || self.results.iter().any(stands_for) {
            Reached::All
        } else {
            Reached::Open
        }
    }
}

impl Probed {
    /// What this result alone comes to.
    #[must_use]
    pub fn weighs(&self) -> Reached {
        match (self.observation.outcome, &self.target.need) {
            (Outcome::Reached, _) | (_, Need::Optional) => Reached::All,
            (Outcome::Failed, Need::Required) => Reached::Not,
            (Outcome::Failed | Outcome::Undecided | Outcome::Skipped, _) => Reached::Open,
        }
    }
}

/// Writes `azpreflight/probe/v1`: indented, or on one line where answers follow one another.
pub fn write_json(report: &ProbeReport, on_one_line: bool, out: &mut dyn Write) -> io::Result<()> {
    json::write(report, on_one_line, out)
}

/// Writes the answer for people.
pub fn write_text(report: &ProbeReport, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    text::write(report, &mut Page::new(out, layout))
}

/// Two rounds of the same targets.
#[derive(Debug, Clone, Copy)]
pub struct Rounds<'r> {
    /// The earlier one.
    pub before: &'r ProbeReport,
    /// The later one.
    pub now: &'r ProbeReport,
    /// When the later one was made, as lines begin with it.
    pub stamp: &'r str,
}

/// Writes what differs between two rounds, for people; nothing where nothing does.
pub fn write_changes(rounds: Rounds<'_>, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    text::write_changes(rounds.before, rounds.now, rounds.stamp, &mut Page::new(out, layout))
}
