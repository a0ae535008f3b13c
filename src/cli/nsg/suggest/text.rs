//! The changes for people: what to add and where, what it lets through, the commands there and back.

use std::io;

use super::Language;
use super::answer::{Answer, Change, Flows};
use crate::report::{Detail, Ink, Page, Styled, escape};
use crate::script::Script;

pub(super) fn write(answer: &Answer, language: Language, page: &mut Page<'_>) -> io::Result<()> {
    headline(answer, page)?;
    if page.detail() == Detail::Verdict {
        return Ok(());
    }
    for change in &answer.suggestions {
        page.blank()?;
        self::change(change, language, page)?;
    }
    let blocked =
        answer.unfixable.iter().map(|one| (Ink::Red, "✗ ", format!("{}: {}", one.requirement, one.text)));
    let open = answer.because.iter().map(|reason| (Ink::Yellow, "? ", reason.clone()));
    let remarks: Vec<(Ink, &str, String)> = blocked.chain(open).collect();
    if !remarks.is_empty() {
        page.blank()?;
    }
    for (ink, mark, text) in remarks {
        page.entry(0, Styled(ink, mark), &text)?;
    }
    standing(answer, page)
}

fn headline(answer: &Answer, page: &mut Page<'_>) -> io::Result<()> {
    let count = answer.suggestions.len();
    let names: Vec<&str> = answer.subjects.iter().map(|subject| subject.name.as_str()).collect();
    let of = format!("  for {}", names.join(", "));
    let (ink, word) = match (count, answer.unfixable.is_empty(), answer.because.is_empty()) {
        (0, true, true) => (Ink::Green, "NOTHING TO CHANGE".to_owned()),
        (0, true, false) => (Ink::Yellow, "UNDETERMINED".to_owned()),
        (0, false, _) => (Ink::Red, "NOT REPAIRABLE BY RULES".to_owned()),
        (1, ..) => (Ink::Red, "1 RULE TO ADD".to_owned()),
        (more, ..) => (Ink::Red, format!("{more} RULES TO ADD")),
    };
    page.line(0, &[Styled(ink, &word), Styled(Ink::Plain, &of)])
}

fn change(change: &Change, language: Language, page: &mut Page<'_>) -> io::Result<()> {
    let name = format!("`{}`", change.rule.name);
    let before =
        change.before.as_ref().map(|other| format!(", before `{}` ({})", other.rule, other.priority));
    let (priority, group) = (change.rule.priority, &change.network_security_group);
    let place = format!(" at {priority} in `{group}`{}", before.unwrap_or_default());
    page.line(0, &[Styled(Ink::Green, "+ "), Styled(Ink::Bold, &name), Styled(Ink::Plain, &place)])?;
    let mut row = |label: &str, text: &str| page.entry(2, Styled(Ink::Dim, label), text);
    row("for            ", &format!("{}: {}", change.requirement, change.what))?;
    if !change.also_meets.is_empty() {
        row("               ", &format!("and so for {}", change.also_meets.join(", ")))?;
    }
    row("rule           ", &change.summary)?;
    if !change.renumbered.is_empty() {
        let each =
            change.renumbered.iter().map(|one| format!("`{}` from {} to {}", one.rule, one.from, one.to));
        let moved = each.collect::<Vec<_>>().join(", ");
        row(
            "makes room     ",
            &format!("no priority before it is free, so these move first, in this order: {moved}"),
        )?;
    }
    flows("newly allowed  ", &change.proof.newly_allowed, page)?;
    flows("newly denied   ", &change.proof.newly_denied, page)?;
    let presumed =
        change.proof.presumes.iter().map(|one| format!("`{}` of `{}`", one.rule, one.network_security_group));
    let presumed: Vec<String> = presumed.collect();
    let with =
        if presumed.is_empty() { String::new() } else { format!(" together with {}", presumed.join(", ")) };
    let holds = if change.proof.requirement_holds { "all of it passes" } else { "not all of it passes" };
    let rest = match (change.proof.because.is_empty(), change.proof.complete) {
        (true, _) => "and nothing else changes",
        (false, true) => "and nothing but the newly allowed can change",
        (false, false) => "and nothing that passed is stopped",
    };
    page.entry(2, Styled(Ink::Dim, "proved         "), &format!("on a copy{with}: {holds}, {rest}"))?;
    script(language.of(&change.commands), language, page)?;
    page.entry(2, Styled(Ink::Dim, "to undo"), "")?;
    script(language.of(&change.rollback), language, page)
}

fn flows(label: &str, flows: &[Flows], page: &mut Page<'_>) -> io::Result<()> {
    if flows.is_empty() {
        return page.entry(2, Styled(Ink::Dim, label), "nothing");
    }
    let blank = " ".repeat(label.len());
    for (index, region) in flows.iter().enumerate() {
        let label = if index == 0 { label } else { &blank };
        page.entry(2, Styled(Ink::Dim, label), &region.text)?;
    }
    Ok(())
}

/// A text to copy, line by line as it is.
fn script(text: &str, language: Language, page: &mut Page<'_>) -> io::Result<()> {
    if language == Language::AzureCli {
        return page.command(4, text);
    }
    for line in text.lines() {
        page.line(4, &[Styled(Ink::Cyan, line)])?;
    }
    if text.lines().any(|line| escape(line) != line) {
        let warning = "it holds characters that are not safe to show: take it from --format json";
        page.entry(4, Styled(Ink::Yellow, "! "), warning)?;
    }
    Ok(())
}

/// What needs no change; with `--verbose` also what is not asked or cannot be told.
fn standing(answer: &Answer, page: &mut Page<'_>) -> io::Result<()> {
    page.blank()?;
    for subject in &answer.subjects {
        if !subject.satisfied.is_empty() {
            let text = format!("{} passes: {}", subject.name, subject.satisfied.join(", "));
            page.entry(0, Styled(Ink::Green, "✓ "), &text)?;
        }
        if page.detail() != Detail::Everything {
            continue;
        }
        for remark in &subject.not_needed {
            let text = format!("{} is not asked of {}: {}", remark.requirement, subject.name, remark.text);
            page.entry(0, Styled(Ink::Dim, "- "), &text)?;
        }
        for remark in &subject.not_judged {
            let text = format!("{} is not judged: {}", remark.requirement, remark.text);
            page.entry(0, Styled(Ink::Dim, "- "), &text)?;
        }
    }
    Ok(())
}

impl Language {
    fn of(self, script: &Script) -> &str {
        match self {
            Self::AzureCli => &script.azure_cli,
            Self::Powershell => &script.powershell,
            Self::Bicep => &script.bicep,
            Self::Terraform => &script.terraform,
            Self::Arm => &script.arm,
        }
    }
}
