//! For people: the verdict first, then what failed with what it proves and what to do, then all targets in a table.

mod changes;
mod finding;
mod matrix;
mod table;

use std::io;

use super::super::page::{Detail, Ink, Page, Styled};
use super::{ProbeReport, Probed, Reached, Tally};
use crate::backup::Skipped;
use crate::probe::{Need, Outcome};

pub(super) use changes::write as write_changes;

pub(super) fn write(report: &ProbeReport, page: &mut Page<'_>) -> io::Result<()> {
    headline(page, report)?;
    if page.detail() == Detail::Verdict {
        return Ok(());
    }
    finding::write(page, &report.results)?;
    matrix::write(page, &report.results)?;
    table::write(page, &report.results)?;
    skipped(page, &report.skipped)?;
    notes(page, &report.notes)
}

/// The mark of an outcome, its ink, and its word.
pub(super) fn mark(probed: &Probed) -> (&'static str, Ink) {
    match (probed.observation.outcome, probed.weighs()) {
        (Outcome::Reached, _) => ("✓", Ink::Green),
        (Outcome::Failed, Reached::Not) => ("✗", Ink::Red),
        (Outcome::Failed, Reached::Open) => ("✗", Ink::Yellow),
        (Outcome::Failed, Reached::All) => ("✗", Ink::Dim),
        (Outcome::Undecided, _) => ("?", Ink::Yellow),
        (Outcome::Skipped, _) => ("·", Ink::Dim),
    }
}

/// What came of a target, in a few words: `reached`, `connect: timed-out`.
pub(super) fn gist(probed: &Probed) -> String {
    match &probed.observation.failure {
        Some(failure) => failure.to_string(),
        None => probed.observation.outcome.to_string(),
    }
}

fn headline(page: &mut Page<'_>, report: &ProbeReport) -> io::Result<()> {
    let required = report.results.iter().filter(|probed| probed.target.need == Need::Required);
    let lost = required.clone().filter(|probed| probed.weighs() == Reached::Not).count();
    let required = required.count();
    let (word, ink) = match report.reached() {
        Reached::All => ("REACHED", Ink::Green),
        Reached::Open => ("UNDECIDED", Ink::Yellow),
        Reached::Not => ("NOT REACHED", Ink::Red),
    };
    let rest = match report.reached() {
        Reached::Not => format!(": {lost} of {} failed", targets(required, "required target")),
        Reached::Open => ": nothing that is required failed, and something of it is open".to_owned(),
        Reached::All if required == 0 => ": nothing is required".to_owned(),
        Reached::All => format!(": {} answered", targets(required, "required target")),
    };
    page.line(0, &[Styled(ink, word), Styled(Ink::Plain, &rest)])?;
    if page.detail() == Detail::Verdict {
        return Ok(());
    }
    let Tally { reached, failed, undecided, skipped } = report.tally();
    let others = [(failed, "failed"), (undecided, "undecided"), (skipped, "not probed")];
    let mut counted = vec![format!("{reached} reached")];
    counted
        .extend(others.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    page.line(0, &[Styled(Ink::Dim, &counted.join(", "))])
}

fn targets(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

fn skipped(page: &mut Page<'_>, skipped: &[Skipped]) -> io::Result<()> {
    if skipped.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.line(0, &[Styled(Ink::Bold, "Not probed")])?;
    for each in skipped {
        let text = format!("{}:{} ({}): {}", each.host_pattern, each.port, each.requirement, each.reason);
        page.entry(2, Styled(Ink::Dim, "· "), &text)?;
    }
    Ok(())
}

fn notes(page: &mut Page<'_>, notes: &[String]) -> io::Result<()> {
    if notes.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.line(0, &[Styled(Ink::Bold, "To know of the settings")])?;
    notes.iter().try_for_each(|note| page.entry(2, Styled(Ink::Dim, "· "), note))
}
