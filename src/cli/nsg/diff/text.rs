//! A difference for people.

use std::io;

use super::answer::{Answer, DirectionAnswer, RegionAnswer};
use super::subjects::Label;
use crate::report::{Detail, Ink, Page, Styled};

/// How many regions of each kind are shown, unless everything is asked for.
const SHOWN: usize = 12;

pub(super) fn write(answer: &Answer, page: &mut Page<'_>) -> io::Result<()> {
    let (word, ink) = match answer.equivalent {
        Some(true) => ("EQUIVALENT", Ink::Green),
        Some(false) => ("DIFFERENT", Ink::Red),
        None => ("UNDETERMINED", Ink::Yellow),
    };
    let what = match answer.subjects.as_slice() {
        [only] => only.text(),
        several => format!("{} compared, {} different", several.len(), different(answer)),
    };
    page.line(0, &[Styled(ink, word), Styled(Ink::Plain, &format!("  {what}"))])?;
    if page.detail() == Detail::Verdict {
        return Ok(());
    }
    write_changes(answer, page)
}

/// What is different, without the verdict.
pub(in crate::cli) fn write_changes(answer: &Answer, page: &mut Page<'_>) -> io::Result<()> {
    for (side, labels) in [("OLD", &answer.only_in_old), ("NEW", &answer.only_in_new)] {
        for label in labels {
            page.entry(2, Styled(Ink::Yellow, "! "), &lone(label, side))?;
        }
    }
    write_directions(&answer.directions, answer.subjects.len() > 1, page)?;
    write_reasons(&answer.because, page)
}

fn different(answer: &Answer) -> usize {
    let mut names: Vec<&Label> = answer.directions.iter().map(|direction| &direction.subject).collect();
    names.dedup();
    names.len()
}

fn lone(label: &Label, side: &str) -> String {
    let acts = if label.attached { ": what it does is shown where it acts" } else { "" };
    format!("{} is in {side} alone{acts}", label.text())
}

/// What is different, place by place.
pub(super) fn write_directions(
    directions: &[DirectionAnswer],
    several: bool,
    page: &mut Page<'_>,
) -> io::Result<()> {
    for direction in directions {
        let place = if several { format!("  {}", direction.subject.text()) } else { String::new() };
        page.blank()?;
        page.line(2, &[Styled(Ink::Bold, &direction.direction), Styled(Ink::Plain, &place)])?;
        write_regions(("+ ", Ink::Green, "now allowed"), &direction.now_allowed.regions, page)?;
        write_regions(("- ", Ink::Red, "now denied"), &direction.now_denied.regions, page)?;
        write_regions(("? ", Ink::Yellow, "not decided"), &direction.undecided.regions, page)?;
    }
    Ok(())
}

fn write_regions(
    (lead, ink, what): (&str, Ink, &str),
    regions: &[RegionAnswer],
    page: &mut Page<'_>,
) -> io::Result<()> {
    let all = page.detail() == Detail::Everything;
    let shown = if all { regions.len() } else { SHOWN };
    for region in regions.iter().take(shown) {
        page.entry(2, Styled(ink, lead), &format!("{what}: {}", region.line))?;
        if let Some(witness) = &region.witness {
            page.entry(6, Styled(Ink::Dim, ""), &format!("for example {}", witness.flow()))?;
            page.entry(6, Styled(Ink::Dim, ""), &witness.rules)?;
        }
    }
    match regions.len().saturating_sub(shown) {
        0 => Ok(()),
        1 => page.entry(2, Styled(ink, lead), &format!("{what}: 1 region more, which -v shows")),
        more => page.entry(2, Styled(ink, lead), &format!("{what}: {more} regions more, which -v shows")),
    }
}

/// What could not be decided, and why.
pub(super) fn write_reasons(because: &[String], page: &mut Page<'_>) -> io::Result<()> {
    if because.is_empty() {
        return Ok(());
    }
    page.blank()?;
    because.iter().try_for_each(|reason| page.entry(2, Styled(Ink::Yellow, "? "), reason))
}
