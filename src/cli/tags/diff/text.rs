//! A difference of tags for people.

use std::io;

use super::answer::{Addresses, Answer, PinAnswer, Tag};
use crate::cli::nsg::diff::write_changes;
use crate::cli::tags::Rests;
use crate::report::{Detail, Ink, Page, Styled};

/// How many tags are shown, unless everything is asked for.
const SHOWN: usize = 30;
/// How many prefixes of a tag.
const PREFIXES: usize = 3;

pub(super) fn write(answer: &Answer, page: &mut Page<'_>) -> io::Result<()> {
    let (word, ink) = if answer.equivalent { ("EQUIVALENT", Ink::Green) } else { ("DIFFERENT", Ink::Red) };
    let summary = &answer.summary;
    let counts = format!("{} added, {} removed, {} changed", summary.added, summary.removed, summary.changed);
    let releases = format!("{} → {}", release(&answer.old), release(&answer.new));
    page.line(0, &[Styled(ink, word), Styled(Ink::Plain, &format!("  service tags {releases}: {counts}"))])?;
    if page.detail() == Detail::Verdict {
        return Ok(());
    }
    let all = page.detail() == Detail::Everything;
    let shown = if all { answer.tags.len() } else { SHOWN };
    answer.tags.iter().take(shown).try_for_each(|tag| write_tag(tag, page))?;
    if answer.tags.len() > shown {
        let more = format!("{} more, which -v shows", answer.tags.len() - shown);
        page.entry(2, Styled(Ink::Dim, "~ "), &more)?;
    }
    for renamed in &answer.renamed {
        page.entry(2, Styled(Ink::Dim, "= "), &renamed.text())?;
    }
    if summary.respelled > 0 {
        let names = if all { format!(": {}", answer.respelled.join(", ")) } else { String::new() };
        let text = format!("{} hold the same addresses in other prefixes{names}", summary.respelled);
        page.entry(2, Styled(Ink::Dim, "= "), &text)?;
    }
    write_rules(answer, page)
}

fn write_tag(tag: &Tag, page: &mut Page<'_>) -> io::Result<()> {
    let (lead, ink) = match tag.change {
        "added" => ("+ ", Ink::Green),
        "removed" => ("- ", Ink::Red),
        _ => ("~ ", Ink::Yellow),
    };
    let part = |word: &str, part: &Addresses| {
        (!part.prefixes.is_empty()).then(|| format!("{word} {} ({})", part.addresses, few(&part.prefixes)))
    };
    let parts: Vec<String> =
        [part("gained", &tag.gained), part("lost", &tag.lost)].into_iter().flatten().collect();
    page.entry(2, Styled(ink, lead), &format!("{} {}: {}", tag.name, tag.change, parts.join(", ")))
}

fn write_rules(answer: &Answer, page: &mut Page<'_>) -> io::Result<()> {
    let Some(rules) = &answer.rules else { return Ok(()) };
    page.blank()?;
    let (word, ink) = match rules.exit().code() {
        0 => ("the same flows pass", Ink::Green),
        1 => ("other flows pass", Ink::Red),
        _ => ("not known", Ink::Yellow),
    };
    page.line(0, &[Styled(Ink::Bold, "Your rules"), Styled(Ink::Plain, "  "), Styled(ink, word)])?;
    write_changes(rules, page)?;
    answer.pins.iter().flatten().try_for_each(|pin| write_pin(pin, page))
}

fn write_pin(pin: &PinAnswer, page: &mut Page<'_>) -> io::Result<()> {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let rules: Vec<String> = pin.rules.iter().map(|rule| format!("`{rule}`")).collect();
    let text = format!(
        "{} of `{}` list the prefixes of `{}`: they covered {} of it and cover {} now; missing {}",
        few(&rules),
        pin.network_security_group,
        pin.tag,
        percent(pin.coverage.old),
        percent(pin.coverage.new),
        few(&pin.missing.prefixes)
    );
    page.entry(2, Styled(Ink::Yellow, "! "), &text)
}

/// The first few, and how many more there are.
fn few(items: &[String]) -> String {
    let shown = items.iter().take(PREFIXES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(PREFIXES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn release(tags: &Rests) -> String {
    let number = tags.change_number.map(|number| number.to_string());
    number.or_else(|| tags.date.clone()).unwrap_or_else(|| tags.source.to_owned())
}
