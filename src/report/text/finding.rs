//! One finding: what is wrong, where, why that is known, and what to do.

use std::io;

use super::super::page::{Detail, Ink, Page, Styled};
use super::super::path;
use crate::backup::Severity;
use crate::check::{Check, Evidence, Finding, Remediation};

/// More sources than this are counted rather than listed.
const MOST_SOURCES: usize = 2;
/// Labels stand in a column at least this wide.
const LABELS: usize = 12;
/// A label wider than this does not widen the column.
const WIDEST_LABEL: usize = 22;

pub(in crate::report) fn write(
    page: &mut Page<'_>,
    severity: Severity,
    finding: &Finding,
    check: &Check,
) -> io::Result<()> {
    page.entry(0, severity_lead(severity), &finding.message)?;
    let all = page.detail() == Detail::Everything;
    // A note is worth a sentence; who wants more asks for it.
    let brief = severity == Severity::Note && !all;
    let facts = if brief { &[] } else { finding.evidence.as_slice() };
    let column = column(facts);
    rows(page, 4, facts, column)?;
    if let Some(remediation) = &finding.remediation {
        remedy(page, remediation, column)?;
    }
    if !brief {
        grounds(page, finding, (column, all))?;
    }
    row(page, 4, ("more", column), &format!("azpreflight explain {}", check.id))
}

/// The mark and word before a finding.
#[must_use]
pub const fn severity_lead(severity: Severity) -> Styled<'static> {
    match severity {
        Severity::Blocker => Styled(Ink::Red, "✗ BLOCKER  "),
        Severity::Warning => Styled(Ink::Yellow, "! WARNING  "),
        Severity::Note => Styled(Ink::Dim, "· note     "),
    }
}

/// Where it was read, and where the requirement is documented: the first few places unless all are asked for.
fn grounds(page: &mut Page<'_>, finding: &Finding, (column, all): (usize, bool)) -> io::Result<()> {
    if let Some(place) = &finding.place {
        row(page, 4, ("read in", column), &place.to_string())?;
    }
    let mut sources: Vec<String> = Vec::new();
    for source in finding.sources.iter().map(ToString::to_string) {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    let shown = if all { sources.len() } else { MOST_SOURCES };
    for source in sources.iter().take(shown) {
        row(page, 4, ("documented", column), source)?;
    }
    match sources.len().saturating_sub(shown) {
        0 => Ok(()),
        more => row(page, 4, ("", column), &format!("and in {more} more, which -v names")),
    }
}

/// Facts in support: drawings with room around them, the rest in two columns.
pub(super) fn evidence(page: &mut Page<'_>, indent: usize, evidence: &[Evidence]) -> io::Result<()> {
    rows(page, indent, evidence, column(evidence))
}

fn rows(page: &mut Page<'_>, indent: usize, evidence: &[Evidence], column: usize) -> io::Result<()> {
    for fact in evidence {
        match fact {
            Evidence::Path { label, steps } => {
                page.blank()?;
                path::draw(page, indent, label, steps)?;
                page.blank()?;
            }
            Evidence::Text { label, value } => row(page, indent, (label, column), value)?,
        }
    }
    Ok(())
}

/// How wide the column of labels is: as the widest of them, within reason.
fn column(evidence: &[Evidence]) -> usize {
    let labels = evidence.iter().filter_map(|fact| match fact {
        Evidence::Text { label, .. } => Some(label.chars().count() + 2),
        Evidence::Path { .. } => None,
    });
    labels.filter(|width| *width <= WIDEST_LABEL).max().unwrap_or(LABELS).max(LABELS)
}

fn remedy(page: &mut Page<'_>, remediation: &Remediation, column: usize) -> io::Result<()> {
    page.entry(4, Styled(Ink::Bold, &format!("{:column$}", "what to do")), &remediation.summary)?;
    for (index, step) in remediation.steps.iter().enumerate() {
        page.entry(4 + column, Styled(Ink::Plain, &format!("{}. ", index + 1)), step)?;
    }
    if let Some(command) = remediation.commands.azure_cli() {
        page.command(6, command)?;
    }
    if let Some(rollback) = remediation.rollback.azure_cli() {
        row(page, 4, ("to undo", column), "")?;
        page.command(6, rollback)?;
    }
    match &remediation.link {
        Some(link) => row(page, 4, ("see", column), link),
        None => Ok(()),
    }
}

fn row(page: &mut Page<'_>, indent: usize, label: (&str, usize), value: &str) -> io::Result<()> {
    let (label, column) = label;
    let wide = label.chars().count() + 2 > column;
    let lead = if wide { format!("{label}  ") } else { format!("{label:column$}") };
    page.entry(indent, Styled(Ink::Dim, &lead), value)
}
