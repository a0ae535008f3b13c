//! The answer for people: group by group what is wrong and what to do, then what could not be decided.

use std::io;

use jiff::civil::Date;

use crate::backup::Severity;
use crate::facts::Unrecognised;
use crate::lint::{Answer, Kind, Reported, Suppression};
use crate::report::{Detail, Ink, Page, Styled, TagsUsed, severity_lead};

/// Labels stand in a column as wide as this.
const COLUMN: usize = 12;

/// What is to be said.
pub(super) struct Said<'a> {
    pub(super) answer: &'a Answer,
    pub(super) groups: usize,
    pub(super) as_of: Date,
    pub(super) tags: &'a TagsUsed,
    pub(super) passed_over: &'a [Unrecognised],
}

pub(super) fn write(said: &Said<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let answer = said.answer;
    headline(said, page)?;
    if page.detail() == Detail::Verdict {
        return Ok(());
    }
    for group in answer.reported.chunk_by(|a, b| a.group_id == b.group_id) {
        about_group(group, page)?;
    }
    section(page, "Taken to be so", answer.assumed.iter().map(|taken| ("- ".to_owned(), taken.clone())))?;
    section(page, "Not decided", answer.open.iter().map(|open| ("? ".to_owned(), open.clone())))?;
    let suppressed = answer.suppressed.iter().map(|one| {
        let rule =
            one.reported.finding.rule.as_ref().map(|rule| format!(" `{}`", rule.name)).unwrap_or_default();
        let subject = format!("{}{rule} of `{}`", one.reported.lint.id, one.reported.group);
        ("- ".to_owned(), format!("{subject}: {}", why(&one.by)))
    });
    section(page, "Suppressed", suppressed)?;
    let unused = answer.unused.iter().map(|one| ("- ".to_owned(), format!("{}: {}", one.scope.id, why(one))));
    section(page, "Suppressions that hold nothing back", unused)?;
    page.blank()?;
    let judged = format!("as of {}; {}", said.as_of, said.tags.words());
    page.entry(0, Styled(Ink::Dim, "Judged "), &judged)?;
    for document in said.passed_over {
        let text = format!("{}: {}", document.place, document.reason);
        page.entry(0, Styled(Ink::Dim, "Passed over "), &text)?;
    }
    Ok(())
}

fn headline(said: &Said<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let answer = said.answer;
    let (word, ink) = match answer.worst() {
        Some(Severity::Blocker) => (counts(&answer.reported), Ink::Red),
        Some(Severity::Warning) => (counts(&answer.reported), Ink::Yellow),
        Some(Severity::Note) => (counts(&answer.reported), Ink::Plain),
        None => ("nothing found".to_owned(), Ink::Green),
    };
    let mut rest = format!(" in {}", plural(said.groups, "network security group"));
    if !answer.suppressed.is_empty() {
        rest = format!("{rest}, {} suppressed", answer.suppressed.len());
    }
    if !answer.open.is_empty() {
        rest = format!("{rest}, {} not decided", answer.open.len());
    }
    page.line(0, &[Styled(ink, &word), Styled(Ink::Plain, &rest)])
}

/// The findings of one group.
fn about_group(group: &[Reported], page: &mut Page<'_>) -> io::Result<()> {
    let Some(first) = group.first() else { return Ok(()) };
    page.blank()?;
    let count = format!(": {}", counts(group));
    page.line(0, &[Styled(Ink::Bold, &first.group), Styled(Ink::Plain, &count)])?;
    page.line(2, &[Styled(Ink::Dim, &first.group_id)])?;
    let mut after_brief = false;
    let folded = folded(group, page);
    for reported in group.iter().filter(|one| folded.is_empty() || !is_idle(one)) {
        let brief = is_brief(reported, page);
        if !(brief && after_brief) {
            page.blank()?;
        }
        finding(reported, page)?;
        after_brief = brief;
    }
    if folded.is_empty() {
        return Ok(());
    }
    if !after_brief {
        page.blank()?;
    }
    let text = format!(
        "{} rules change nothing, as later ones do the same (rule-redundant; -v says which): {}",
        folded.len(),
        some_of(&folded)
    );
    page.entry(0, severity_lead(Severity::Note), &text)
}

fn finding(reported: &Reported, page: &mut Page<'_>) -> io::Result<()> {
    let finding = &reported.finding;
    page.entry(0, severity_lead(reported.severity()), &finding.message)?;
    if let Some(expired) = &reported.expired {
        row(page, "suppressed", &format!("no longer: {}", why(expired)))?;
    }
    if is_brief(reported, page) {
        return Ok(());
    }
    row(page, "what to do", &finding.remedy)?;
    if finding.assumed {
        row(page, "given", "what is taken to be so, below")?;
    }
    row(page, "read in", &finding.place.to_string())?;
    row(page, "more", &format!("azpreflight explain {}", reported.lint.id))
}

/// Rules that make no difference, where they are so many that a line says it better than a sentence each.
fn folded(group: &[Reported], page: &Page<'_>) -> Vec<String> {
    const MANY: usize = 3;
    let idle = group.iter().filter(|one| is_idle(one) && is_brief(one, page));
    let rules = idle.filter_map(|one| one.finding.rule.as_ref());
    let mut named: Vec<String> = rules.map(|rule| format!("`{}`", rule.name)).collect();
    if named.len() < MANY {
        named.clear();
    }
    named
}

/// The first of many names, and how many more.
fn some_of(names: &[String]) -> String {
    const NAMED: usize = 12;
    let shown = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn is_idle(reported: &Reported) -> bool {
    reported.lint.kind == Kind::Redundant
}

/// A note is worth a sentence; who wants more asks for it.
fn is_brief(reported: &Reported, page: &Page<'_>) -> bool {
    reported.severity() == Severity::Note && page.detail() != Detail::Everything
}

fn row(page: &mut Page<'_>, label: &str, value: &str) -> io::Result<()> {
    page.entry(4, Styled(Ink::Dim, &format!("{label:COLUMN$}")), value)
}

fn section(
    page: &mut Page<'_>,
    title: &str,
    lines: impl Iterator<Item = (String, String)>,
) -> io::Result<()> {
    let mut lines = lines.peekable();
    if lines.peek().is_none() {
        return Ok(());
    }
    page.blank()?;
    page.line(0, &[Styled(Ink::Bold, title)])?;
    lines.into_iter().try_for_each(|(lead, text)| page.entry(2, Styled(Ink::Dim, &lead), &text))
}

/// Why a suppression was made, until when, and where that is stated.
fn why(suppression: &Suppression) -> String {
    let until = suppression.expires.map(|date| format!(", until {date}")).unwrap_or_default();
    format!("{}{until} ({})", suppression.reason, suppression.stated)
}

fn counts(reported: &[Reported]) -> String {
    let count = |wanted| reported.iter().filter(|one| one.severity() == wanted).count();
    let counts = [
        (count(Severity::Blocker), "blocker"),
        (count(Severity::Warning), "warning"),
        (count(Severity::Note), "note"),
    ];
    let told = counts.into_iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told.map(|(count, what)| plural(count, what)).collect();
    told.join(", ")
}

fn plural(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}
