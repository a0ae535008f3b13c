//! The answer: each code with its causes and how they stand, as JSON and as text.

use std::io;

use serde::Serialize;

use super::standing::{Became, CauseStanding, CheckStanding, Standing};
use crate::check::CaseOutcomes;
use crate::input::Place;
use crate::report::{Ink, Layout, Page, Styled};
use crate::wire::{Codes, KnownCode, UnknownCode};

/// Everything that is answered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    schema: &'static str,
    log: String,
    /// The VMs whose checks were run, by id.
    vms: Vec<String>,
    /// When the machine was looked at: what was well then says nothing of an earlier day.
    #[serde(skip_serializing_if = "Option::is_none")]
    looked_at: Option<String>,
    codes: Vec<Explained>,
    unexplained: Vec<Unexplained>,
}

/// A code that was found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Explained {
    code: String,
    named: Vec<String>,
    codes: &'static [&'static str],
    reporter: &'static str,
    grounds: &'static str,
    gist: &'static str,
    count: usize,
    first: Spot,
    last: Spot,
    causes: Vec<CauseStanding>,
    fix: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_not: Option<&'static str>,
    sources: Vec<String>,
}

/// An error that no public document explains.
#[derive(Debug, Serialize)]
struct Unexplained {
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    count: usize,
    first: Spot,
}

/// Where something stands: in JSON a pointer, in a text a line, counted from 1.
#[derive(Debug, Serialize)]
struct Spot {
    document: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
}

impl Answer {
    /// What is answered to the codes of a log.
    pub(super) fn of(
        log: &str,
        codes: &Codes,
        (outcomes, looked_at): (&[CaseOutcomes], Option<String>),
    ) -> Self {
        Self {
            schema: "azpreflight/explain-log/v1",
            log: log.to_owned(),
            vms: outcomes.iter().map(|case| case.id.clone()).collect(),
            looked_at,
            codes: codes.known.iter().map(|known| Explained::of(known, outcomes)).collect(),
            unexplained: codes.unknown.iter().map(Unexplained::of).collect(),
        }
    }

    /// The same as text.
    pub(super) fn page(&self, out: &mut dyn io::Write, layout: Layout) -> io::Result<()> {
        let page = &mut Page::new(out, layout);
        let found = self.codes.len() + self.unexplained.len();
        let counted = if found == 1 { "1 code" } else { &format!("{found} codes") };
        let counted = if found == 0 { "no code of a backup error that is known here" } else { counted };
        page.line(
            0,
            &[Styled(Ink::Bold, counted), Styled(Ink::Plain, " in "), Styled(Ink::Plain, &self.log)],
        )?;
        if let Some(looked_at) = self.looked_at.as_ref().filter(|_| !self.codes.is_empty()) {
            let stood = format!(
                "the machine as it stood at {looked_at}: what was well then need not have been so before"
            );
            page.entry(2, Styled(Ink::Plain, ""), &stood)?;
        }
        for code in &self.codes {
            page.blank()?;
            code.page(page)?;
        }
        for unexplained in &self.unexplained {
            page.blank()?;
            let times = times(unexplained.count);
            page.line(0, &[Styled(Ink::Bold, &unexplained.code), Styled(Ink::Dim, &format!(" ({times})"))])?;
            page.entry(2, Styled(Ink::Plain, ""), "no document that is known here explains it")?;
            row(page, "it says", unexplained.message.as_deref().unwrap_or_default())?;
            row(page, "at", &unexplained.first.to_string())?;
        }
        Ok(())
    }
}

impl Explained {
    fn of(known: &KnownCode, outcomes: &[CaseOutcomes]) -> Self {
        let row = known.row;
        let code = known.named.first().cloned().unwrap_or_default();
        Self {
            code,
            named: known.named.clone(),
            codes: row.codes,
            reporter: row.reporter.word(),
            grounds: row.grounds.word(),
            gist: row.gist,
            count: known.count,
            first: Spot::of(&known.first),
            last: Spot::of(&known.last),
            causes: row.causes.iter().map(|cause| CauseStanding::of(cause, outcomes)).collect(),
            fix: row.fix,
            is_not: row.is_not,
            sources: row.sources.iter().map(ToString::to_string).collect(),
        }
    }

    fn page(&self, page: &mut Page<'_>) -> io::Result<()> {
        let about = format!(" ({}, {})", self.reporter, times(self.count));
        page.line(0, &[Styled(Ink::Bold, &self.named.join(", ")), Styled(Ink::Dim, &about)])?;
        page.entry(2, Styled(Ink::Plain, ""), self.gist)?;
        row(page, "last at", &self.last.to_string())?;
        for (index, cause) in self.causes.iter().enumerate() {
            page.entry(2, Styled(Ink::Plain, &format!("{}. ", index + 1)), cause.text)?;
            stands(page, cause)?;
        }
        row(page, "what to do", self.fix)?;
        row(page, "is not", self.is_not.unwrap_or_default())?;
        self.sources.iter().try_for_each(|source| row(page, "documented", source))
    }
}

/// How a cause stands: what was found, what stands open, what was not looked at, and what is clear.
fn stands(page: &mut Page<'_>, cause: &CauseStanding) -> io::Result<()> {
    if cause.checks.is_empty() {
        let text = "the machine itself or the details of the job tell";
        return page.entry(5, Styled(Ink::Dim, "not examined: "), text);
    }
    if cause.standing == Standing::RuledOut {
        return page.entry(5, Styled(Ink::Green, "not so now: "), &clear(&cause.checks));
    }
    said(page, cause, (Became::Fail, Styled(Ink::Red, "found: ")))?;
    said(page, cause, (Became::Inconclusive, Styled(Ink::Yellow, "undecided: ")))?;
    let note = if cause.standing == Standing::Found { "a note: " } else { "undecided, a note: " };
    said(page, cause, (Became::Note, Styled(Ink::Yellow, note)))?;
    let ids = |checks: &[&CheckStanding]| checks.iter().map(|check| check.id).collect::<Vec<_>>().join(", ");
    let left = of(cause, Became::NotExamined);
    if !left.is_empty() {
        page.entry(5, Styled(Ink::Dim, "not examined: "), &ids(&left))?;
    }
    said(page, cause, (Became::OutOfSight, Styled(Ink::Dim, "not examined: ")))?;
    let passed = of(cause, Became::Pass);
    if !passed.is_empty() {
        page.entry(5, Styled(Ink::Green, "clear: "), &ids(&passed))?;
    }
    // What was found needs no more telling.
    if cause.standing == Standing::Found { Ok(()) } else { would_tell(page, &left) }
}

fn of(cause: &CauseStanding, outcome: Became) -> Vec<&CheckStanding> {
    cause.checks.iter().filter(|check| check.outcome == outcome).collect()
}

/// A line for each check of which the same became.
fn said(
    page: &mut Page<'_>,
    cause: &CauseStanding,
    (of_these, lead): (Became, Styled<'_>),
) -> io::Result<()> {
    let Styled(ink, label) = lead;
    of(cause, of_these).iter().try_for_each(|check| {
        let says = format!("{}: {}", check.id, check.says.join("; "));
        page.entry(5, Styled(ink, label), &says)
    })
}

/// Checks that found nothing, each with the reason where its question does not arise.
fn clear(checks: &[CheckStanding]) -> String {
    let one = |check: &CheckStanding| match check.says.as_slice() {
        [] => check.id.to_owned(),
        says => format!("{} ({})", check.id, says.join("; ")),
    };
    checks.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What would tell of checks that were not asked: commands to copy, and prose.
fn would_tell(page: &mut Page<'_>, left: &[&CheckStanding]) -> io::Result<()> {
    let mut ways: Vec<&str> = left.iter().filter_map(|check| check.how.as_deref()).collect();
    ways.sort_unstable();
    ways.dedup();
    ways.iter().try_for_each(|way| {
        if way.starts_with("az ") && way.ends_with("--output json") {
            page.line(7, &[Styled(Ink::Dim, "would tell, given as INPUT:")])?;
            return page.command(9, way);
        }
        page.entry(7, Styled(Ink::Dim, "would tell: "), way)
    })
}

impl Unexplained {
    fn of(unknown: &UnknownCode) -> Self {
        let UnknownCode { code, message, count, place } = unknown;
        Self { code: code.clone(), message: message.clone(), count: *count, first: Spot::of(place) }
    }
}

impl Spot {
    fn of(place: &Place) -> Self {
        let pointer = place.pointer.as_str();
        let line = pointer.strip_prefix("/line/").and_then(|line| line.parse().ok());
        let pointer = line.is_none().then(|| pointer.to_owned());
        Self { document: place.document.to_string(), line, pointer }
    }
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, &self.pointer) {
            (Some(line), _) => write!(f, "{}, line {line}", self.document),
            (None, pointer) => write!(f, "{}#{}", self.document, pointer.as_deref().unwrap_or_default()),
        }
    }
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn row(page: &mut Page<'_>, label: &str, value: &str) -> io::Result<()> {
    super::super::row(page, label, value)
}
