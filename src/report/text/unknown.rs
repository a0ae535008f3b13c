//! What is not known, and the command that would tell.

use std::collections::BTreeMap;
use std::io;

use super::super::page::{Detail, Ink, Page, Styled};
use crate::check::{CaseOutcomes, Check, NotExamined, Outcome, Wanted};

/// More ids than this are counted rather than listed.
const MOST_NAMED: usize = 8;

/// Checks that could not conclude, together where the reason is the same, and what would tell.
pub(in crate::report) fn could_not_be_judged(page: &mut Page<'_>, outcomes: &CaseOutcomes) -> io::Result<()> {
    let mut open: Vec<(&str, Vec<&'static Check>, Vec<&Wanted>)> = Vec::new();
    for checked in &outcomes.checks {
        let Outcome::Inconclusive { reason, missing } = &checked.outcome else { continue };
        match open.iter_mut().find(|(other, ..)| other == reason) {
            Some((_, checks, wanted)) => {
                checks.push(checked.check);
                wanted.extend(missing);
            }
            None => open.push((reason, vec![checked.check], missing.iter().collect())),
        }
    }
    if open.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.line(0, &[Styled(Ink::Bold, "Could not be judged")])?;
    let mut told = Vec::new();
    for (reason, checks, missing) in open {
        let ids: Vec<String> =
            checks.iter().map(|check| format!("{} ({})", check.id, check.severity)).collect();
        page.entry(2, Styled(Ink::Yellow, "? "), &format!("{reason}: {}", ids.join(", ")))?;
        commands(page, missing.into_iter(), &mut told)?;
    }
    Ok(())
}

/// Checks that were not asked, together where the same thing is missing.
pub(super) fn not_examined(page: &mut Page<'_>, outcomes: &CaseOutcomes) -> io::Result<()> {
    if outcomes.not_examined.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.line(0, &[Styled(Ink::Bold, "Not examined")])?;
    let mut by_need: BTreeMap<(&str, &Wanted), Vec<&NotExamined>> = BTreeMap::new();
    for not in &outcomes.not_examined {
        by_need.entry((not.needs.name(), &not.wanted)).or_default().push(not);
    }
    let mut told = Vec::new();
    for ((_, wanted), checks) in by_need {
        let text = format!("needs {}: {}", wanted.what, names(&checks, page.detail()));
        page.entry(2, Styled(Ink::Dim, "· "), &text)?;
        commands(page, std::iter::once(wanted), &mut told)?;
    }
    if !outcomes.complete_with.is_empty() {
        page.line(2, &[Styled(Ink::Plain, "What would complete the picture:")])?;
        for command in outcomes.complete_with.iter().filter(|command| !told.contains(&command.as_str())) {
            page.command(4, command)?;
        }
    }
    Ok(())
}

/// The ids of checks, or their number where a list of them would drown the rest.
fn names(checks: &[&NotExamined], detail: Detail) -> String {
    if checks.len() > MOST_NAMED && detail != Detail::Everything {
        return format!("{} checks, which -v names", checks.len());
    }
    let ids: Vec<&str> = checks.iter().map(|not| not.check.id).collect();
    ids.join(", ")
}

/// Each command once, however many checks it would help.
fn commands<'o>(
    page: &mut Page<'_>,
    wanted: impl Iterator<Item = &'o Wanted>,
    told: &mut Vec<&'o str>,
) -> io::Result<()> {
    for command in wanted.filter_map(|wanted| wanted.how.as_deref()) {
        if !told.contains(&command) {
            told.push(command);
            page.command(4, command)?;
        }
    }
    Ok(())
}
