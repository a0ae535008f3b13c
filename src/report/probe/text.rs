//! For people: the verdict first, then what failed with what it proves and what to do, then all targets in a table.

mod changes;
mod matrix;
mod table;

use std::io;

use super::super::page::{Detail, Ink, Page, Styled};
use super::{ProbeReport, Probed, Reached, Tally};
use crate::backup::Skipped;
use crate::probe::{Need, Outcome, Target, Via, advice, meaning};

pub(super) use changes::write as write_changes;

/// Labels stand in a column this wide.
const LABELS: usize = 13;

pub(super) fn write(report: &ProbeReport, page: &mut Page<'_>) -> io::Result<()> {
    headline(page, report)?;
    if page.detail() == Detail::Verdict {
        return Ok(());
    }
    let all = page.detail() == Detail::Everything;
    let mut told: Vec<&Probed> = report.results.iter().filter(|probed| all || is_telling(probed)).collect();
    told.sort_by_key(|probed| std::cmp::Reverse(weight(probed)));
    for probed in told {
        page.blank()?;
        finding(page, probed)?;
    }
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

/// Whether there is more to say of it than that it was reached.
fn is_telling(probed: &Probed) -> bool {
    probed.observation.outcome != Outcome::Reached
        || !probed.observation.notes.is_empty()
        || probed.placement.is_some()
}

/// What weighs most comes first; what was reached, and is only told with a note, last.
fn weight(probed: &Probed) -> (Reached, bool) {
    (probed.weighs(), probed.observation.outcome != Outcome::Reached)
}

fn finding(page: &mut Page<'_>, probed: &Probed) -> io::Result<()> {
    let Probed { target, observation: seen, placement } = probed;
    let (mark, ink) = mark(probed);
    let word = match (seen.outcome, probed.weighs()) {
        (Outcome::Failed, Reached::Not) => "FAILED",
        (Outcome::Undecided, Reached::Open) => "UNDECIDED",
        (outcome, _) => outcome.word(),
    };
    let lead = format!("{mark} {word}  ");
    page.line(0, &[Styled(ink, &lead), Styled(Ink::Bold, &target.authority.to_string())])?;
    row(page, "needed for", &needed(target))?;
    if let Via::Proxy(proxy) = &target.via {
        row(page, "through", &configured(&proxy.to_string(), target))?;
    }
    if let Some(failure) = &seen.failure {
        row(page, "seen", &format!("{failure}; {}", failure.detail))?;
    }
    row(page, "proves", &meaning(target, seen))?;
    for note in &seen.notes {
        row(page, "note", note)?;
    }
    for note in seen.resolution.iter().flat_map(|resolution| &resolution.notes) {
        row(page, "note", note)?;
    }
    if let Some(placement) = placement {
        let fault = placement.fault.map_or_else(|| "open".to_owned(), |fault| fault.to_string());
        row(page, "fault", &format!("{fault}: {}", placement.sentence))?;
    }
    match advice(target, seen) {
        Some(advice) => page.entry(4, Styled(Ink::Bold, &format!("{:LABELS$}", "what to do")), &advice),
        None => Ok(()),
    }
}

fn configured(proxy: &str, target: &Target) -> String {
    match &target.configured_by {
        Some(place) => format!("{proxy}, set by {place}"),
        None => proxy.to_owned(),
    }
}

fn needed(target: &Target) -> String {
    let Some(requirement) = &target.requirement else { return "you named it".to_owned() };
    let who = match target.consumer {
        crate::probe::Consumer::User => String::new(),
        consumer => format!(", by the {consumer}"),
    };
    match &target.need {
        Need::Required => format!("{requirement}{who}; backup depends on it"),
        Need::Optional => format!("{requirement}{who}; backup does not hang on it"),
        Need::Depends(on) => format!("{requirement}{who}; whether backup depends on it depends on {on}"),
    }
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

fn row(page: &mut Page<'_>, label: &str, value: &str) -> io::Result<()> {
    page.entry(4, Styled(Ink::Dim, &format!("{label:LABELS$}")), value)
}
