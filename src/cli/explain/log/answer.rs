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
pub(super) struct Answer {
    schema: &'static str,
    log: String,
    /// The VMs whose checks were run, by id.
    vms: Vec<String>,
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
    pub(super) fn of(log: &str, codes: &Codes, outcomes: &[CaseOutcomes]) -> Self {
        Self {
            schema: "azpreflight/explain-log/v1",
            log: log.to_owned(),
            vms: outcomes.iter().map(|case| case.id.clone()).collect(),
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

/// How a cause stands, in a line or two.
fn stands(page: &mut Page<'_>, cause: &CauseStanding) -> io::Result<()> {
    let of =
        |outcome: Became| cause.checks.iter().filter(|check| check.outcome == outcome).collect::<Vec<_>>();
    let ids = |checks: &[&CheckStanding]| checks.iter().map(|check| check.id).collect::<Vec<_>>().join(", ");
    match cause.standing {
        Standing::Found => of(Became::Fail).iter().try_for_each(|check| {
            let says = format!("{}: {}", check.id, check.says.join("; "));
            page.entry(5, Styled(Ink::Red, "found: "), &says)
        }),
        Standing::RuledOut => {
            let clear = |check: &CheckStanding| match check.says.as_slice() {
                [] => check.id.to_owned(),
                says => format!("{} ({})", check.id, says.join("; ")),
            };
            let all: Vec<String> = cause.checks.iter().map(clear).collect();
            page.entry(5, Styled(Ink::Green, "ruled out: "), &all.join(", "))
        }
        Standing::Undecided => of(Became::Inconclusive).iter().try_for_each(|check| {
            let says = format!("{}: {}", check.id, check.says.join("; "));
            page.entry(5, Styled(Ink::Yellow, "undecided: "), &says)
        }),
        Standing::NotExamined if cause.checks.is_empty() => page.entry(
            5,
            Styled(Ink::Dim, "not examined: "),
            "the machine itself or the details of the job tell",
        ),
        Standing::NotExamined => {
            let left = of(Became::NotExamined);
            if !left.is_empty() {
                page.entry(5, Styled(Ink::Dim, "not examined: "), &ids(&left))?;
            }
            of(Became::OutOfSight).iter().try_for_each(|check| {
                let says = format!("{}: {}", check.id, check.says.join("; "));
                page.entry(5, Styled(Ink::Dim, "not examined: "), &says)
            })?;
            let mut ways: Vec<&str> = left.iter().filter_map(|check| check.how.as_deref()).collect();
            ways.sort_unstable();
            ways.dedup();
            ways.iter().try_for_each(|way| page.entry(7, Styled(Ink::Dim, "would tell: "), way))
        }
    }
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
