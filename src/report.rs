//! What became of every check, ordered and counted, in the forms in which it is shown.
//!
//! A finding carries its own evidence, so nothing here looks anything up. Renderers write to whatever they are
//! given; everything that came from the input is escaped on its way out.

pub mod agent;
mod escape;
mod json;
mod page;
mod path;
pub mod probe;
mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::civil::Date;

use crate::azure::Cloud;
use crate::backup::{Profile, Severity, Workload};
use crate::check::{CaseOutcomes, Outcome, Source};

pub use escape::escape;
pub use json::write_json;
pub use page::{Detail, Ink, Layout, Page, Styled};
pub use path::draw as draw_path;
pub use text::severity_lead;

/// The answer to "is this VM ready for Azure Backup?".
#[derive(Debug, Clone)]
pub struct Report {
    /// What the answer rests on.
    pub run: Manifest,
    /// The worst of all verdicts.
    pub verdict: Verdict,
    /// How many of what.
    pub summary: Summary,
    /// Virtual machines, in order.
    pub vms: Vec<Judged>,
    /// Groups judged on their own, in order.
    pub groups: Vec<Judged>,
}

/// What an answer rests on, so that it can be reproduced.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The day that ages are reckoned from.
    pub as_of: Date,
    /// The service tags.
    pub tags: TagsUsed,
    /// Whose limits count.
    pub profile: Profile,
    /// What is to be backed up.
    pub workload: Workload,
    /// What the user vouched for, as written.
    pub assumed: BTreeMap<String, String>,
    /// The sources supplied.
    pub sources: Vec<Source>,
    /// Documents passed over, each with what was found instead.
    pub passed_over: Vec<(String, String)>,
    /// What is on the machine and could not be read there, in the order of the paths.
    pub unread: Vec<Unread>,
    /// What answers about probes say of the settings in use, each once: clauses without full stop.
    pub probe_notes: Vec<String>,
}

/// Something on the machine that could not be read there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Its path, or what else it is called by.
    pub path: String,
    /// Why, as one clause.
    pub reason: String,
    /// Whether root or an administrator may.
    pub root: bool,
}

/// Which service tags an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagsUsed {
    /// The cloud they are of.
    pub cloud: Option<Cloud>,
    /// `embedded`, `cache`, `file`; `none` for a cloud of which there is no file.
    pub source: &'static str,
    /// Microsoft's number of the file.
    pub change_number: Option<u32>,
    /// The day of the release.
    pub date: Option<Date>,
    /// SHA-256 of the file.
    pub sha256: Option<String>,
}

/// From where on a finding counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Findings of this weight and more make a subject not ready.
    pub fail_on: Severity,
}

/// Whether backup will work. The order is that of the worst: not ready counts before undetermined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing stands in the way.
    Ready,
    /// Nothing is known to stand in the way, but something that decides is not known.
    Undetermined,
    /// Something stands in the way.
    NotReady,
}

impl Verdict {
    /// The word of the JSON answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Undetermined => "undetermined",
            Self::NotReady => "not-ready",
        }
    }
}

/// How many of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Checks that passed.
    pub pass: usize,
    /// Checks that failed.
    pub fail: usize,
    /// Checks whose question does not arise.
    pub not_applicable: usize,
    /// Checks that could not conclude.
    pub inconclusive: usize,
    /// Findings that are blockers.
    pub blockers: usize,
    /// Findings that are warnings.
    pub warnings: usize,
    /// Findings that are notes.
    pub notes: usize,
}

/// One subject and what became of its checks.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Its verdict.
    pub verdict: Verdict,
    /// How many of what.
    pub summary: Summary,
    /// Its checks.
    pub outcomes: CaseOutcomes,
}

/// The forms an answer can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text(Layout),
    /// For programs: `azpreflight/report/v1`.
    Json,
}

impl Report {
    /// Judges each subject and counts.
    ///
    /// A finding at or above `fail_on` makes a VM not ready; otherwise a check at or above it that could not
    /// conclude makes it undetermined. A group on its own is never ready: its VM is not in the input. Nor are single files of
    /// a machine: nobody looked at the rest of it.
    #[must_use]
    pub fn new(run: Manifest, outcomes: Vec<CaseOutcomes>, thresholds: Thresholds) -> Self {
        let judged: Vec<Judged> =
            outcomes.into_iter().map(|outcomes| judge(outcomes, thresholds.fail_on)).collect();
        let verdict = judged.iter().map(|j| j.verdict).max().unwrap_or(Verdict::Undetermined);
        let summary = judged.iter().fold(Summary::default(), |sum, judged| sum.plus(&judged.summary));
        let (vms, groups) = judged.into_iter().partition(|judged| judged.outcomes.is_vm);
        Self { run, verdict, summary, vms, groups }
    }
}

/// Writes the report in one form.
pub fn render(report: &Report, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text(layout) => text::write(report, &mut Page::new(out, layout)),
        Format::Json => json::write(report, out),
    }
}

impl Summary {
    fn of(outcomes: &CaseOutcomes) -> Self {
        let mut summary = Self::default();
        for checked in &outcomes.checks {
            match &checked.outcome {
                Outcome::Pass(_) => summary.pass += 1,
                Outcome::NotApplicable(_) | Outcome::OutOfSight(_) => summary.not_applicable += 1,
                Outcome::Inconclusive { .. } => summary.inconclusive += 1,
                Outcome::Fail(findings) => {
                    summary.fail += 1;
                    for finding in findings {
                        *summary.of_severity(finding.severity.unwrap_or(checked.check.severity)) += 1;
                    }
                }
            }
        }
        summary
    }

    fn of_severity(&mut self, severity: Severity) -> &mut usize {
        match severity {
            Severity::Blocker => &mut self.blockers,
            Severity::Warning => &mut self.warnings,
            Severity::Note => &mut self.notes,
        }
    }

    fn plus(self, other: &Self) -> Self {
        Self {
            pass: self.pass + other.pass,
            fail: self.fail + other.fail,
            not_applicable: self.not_applicable + other.not_applicable,
            inconclusive: self.inconclusive + other.inconclusive,
            blockers: self.blockers + other.blockers,
            warnings: self.warnings + other.warnings,
            notes: self.notes + other.notes,
        }
    }
}

fn judge(outcomes: CaseOutcomes, fail_on: Severity) -> Judged {
    // Blocker is declared first, so "at or above" is "at most".
    let counts = |severity: Option<Severity>| severity.is_some_and(|severity| severity <= fail_on);
    let any = |wanted: fn(&Outcome) -> bool| {
        outcomes.checks.iter().any(|checked| wanted(&checked.outcome) && counts(checked.severity()))
    };
    let verdict = if any(|outcome| matches!(outcome, Outcome::Fail(_))) {
        Verdict::NotReady
    } else if !outcomes.is_vm
        || outcomes.is_part
        || any(|outcome| matches!(outcome, Outcome::Inconclusive { .. }))
    {
        Verdict::Undetermined
    } else {
        Verdict::Ready
    };
    Judged { verdict, summary: Summary::of(&outcomes), outcomes }
}
