//! For people: the verdict first, then what stands in the way and what to do, then what is not known.

mod finding;
mod unknown;

use std::io;

pub use finding::severity_lead;
pub(super) use finding::write as write_finding;
pub(super) use unknown::could_not_be_judged;

use super::page::{Detail, Ink, Page, Styled};
use super::{Judged, Manifest, Report, Summary, TagsUsed, Unread, Verdict};
use crate::backup::{Profile, Severity, Workload};
use crate::check::{CaseOutcomes, Outcome, Source};

/// How many paths that root may read are named.
const UNREAD: usize = 8;

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let subjects: Vec<&Judged> = report.vms.iter().chain(&report.groups).collect();
    if subjects.len() > 1 || page.detail() == Detail::Verdict {
        for judged in &subjects {
            headline(page, judged, &report.run)?;
        }
        if page.detail() == Detail::Verdict {
            return Ok(());
        }
        page.blank()?;
    }
    for judged in &subjects {
        subject(page, judged, &report.run)?;
    }
    footer(page, report)
}

fn headline(page: &mut Page<'_>, judged: &Judged, run: &Manifest) -> io::Result<()> {
    let name = &judged.outcomes.name;
    let who = if judged.outcomes.is_vm { name.clone() } else { format!("{name} (a group on its own)") };
    let (word, ink) = match judged.verdict {
        Verdict::Ready => ("READY", Ink::Green),
        Verdict::NotReady => ("NOT READY", Ink::Red),
        Verdict::Undetermined => ("UNDETERMINED", Ink::Yellow),
    };
    // Half an answer must not read as a whole one.
    let so_far = match judged.verdict {
        Verdict::Ready if !run.sources.contains(&Source::Export) => ", as far as the machine itself tells",
        Verdict::Undetermined if judged.outcomes.is_part => {
            ": nothing in its way was found in what was given, a part of the machine alone"
        }
        _ => "",
    };
    let what = format!(" for Azure Backup of {}{so_far}", backup_of(run.workload));
    page.line(
        0,
        &[Styled(Ink::Bold, &who), Styled(Ink::Plain, ": "), Styled(ink, word), Styled(Ink::Plain, &what)],
    )
}

const fn backup_of(workload: Workload) -> &'static str {
    match workload {
        Workload::Vm => "the VM",
        Workload::Sql => "SQL Server in the VM",
        Workload::Hana => "SAP HANA in the VM",
        Workload::Mars => "files and folders (MARS agent)",
    }
}

fn subject(page: &mut Page<'_>, judged: &Judged, run: &Manifest) -> io::Result<()> {
    headline(page, judged, run)?;
    page.line(2, &[Styled(Ink::Dim, &judged.outcomes.id)])?;
    page.entry(2, Styled(Ink::Plain, ""), &counts(&judged.summary, judged.outcomes.not_examined.len()))?;
    for (severity, finding, check) in by_severity(&judged.outcomes) {
        page.blank()?;
        finding::write(page, severity, finding, check)?;
    }
    unknown::could_not_be_judged(page, &judged.outcomes)?;
    unknown::not_examined(page, &judged.outcomes)?;
    if page.detail() == Detail::Everything {
        settled(page, &judged.outcomes)?;
    }
    page.blank()
}

/// Findings, the heaviest first, otherwise in the order of the checks.
pub(super) fn by_severity(
    outcomes: &CaseOutcomes,
) -> Vec<(Severity, &crate::check::Finding, &'static crate::check::Check)> {
    let mut found = Vec::new();
    for checked in &outcomes.checks {
        if let Outcome::Fail(findings) = &checked.outcome {
            let own = checked.check.severity;
            found.extend(findings.iter().map(|f| (f.severity.unwrap_or(own), f, checked.check)));
        }
    }
    found.sort_by_key(|(severity, ..)| *severity);
    found
}

fn counts(summary: &Summary, not_examined: usize) -> String {
    let plural = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    };
    let findings = [(summary.blockers, "blocker"), (summary.warnings, "warning"), (summary.notes, "note")];
    let mut found: Vec<String> =
        findings.iter().filter(|(count, _)| *count > 0).map(|(count, one)| plural(*count, one)).collect();
    if found.is_empty() {
        found.push("nothing found".into());
    }
    let mut rest = vec![format!("{} passed", plural(summary.pass, "check"))];
    let others = [
        (summary.not_applicable, "not applicable"),
        (summary.inconclusive, "could not be judged"),
        (not_examined, "not examined"),
    ];
    rest.extend(others.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    format!("{}; {}", found.join(", "), rest.join(", "))
}

/// What passed and what does not apply.
pub(super) fn settled(page: &mut Page<'_>, outcomes: &CaseOutcomes) -> io::Result<()> {
    page.blank()?;
    page.line(0, &[Styled(Ink::Bold, "In order")])?;
    for checked in &outcomes.checks {
        match &checked.outcome {
            Outcome::Pass(evidence) => {
                page.line(2, &[Styled(Ink::Green, "✓ "), Styled(Ink::Plain, checked.check.id)])?;
                finding::evidence(page, 4, evidence)?;
            }
            Outcome::NotApplicable(reason) | Outcome::OutOfSight(reason) => {
                let text = format!("{}: {reason}", checked.check.id);
                page.entry(2, Styled(Ink::Dim, "· "), &text)?;
            }
            Outcome::Fail(_) | Outcome::Inconclusive { .. } => {}
        }
    }
    Ok(())
}

/// What the answer rests on.
fn footer(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let run = &report.run;
    if !run.probe_notes.is_empty() {
        page.line(0, &[Styled(Ink::Bold, "To know of the settings")])?;
        run.probe_notes.iter().try_for_each(|note| page.entry(2, Styled(Ink::Dim, "· "), note))?;
        page.blank()?;
    }
    let mut text = format!("as of {}; {}", run.as_of, run.tags.words());
    if run.profile == Profile::Y2018 {
        text.push_str("; the limits of 2018");
    }
    if !run.assumed.is_empty() {
        let pairs: Vec<String> = run.assumed.iter().map(|(key, value)| format!("{key}={value}")).collect();
        text = format!("{text}; taken on your word: {}", pairs.join(", "));
    }
    page.entry(0, Styled(Ink::Dim, "Judged "), &text)?;
    unread(page, &run.unread)?;
    for (document, reason) in &run.passed_over {
        page.entry(0, Styled(Ink::Dim, "Passed over "), &format!("{document}: {reason}"))?;
    }
    Ok(())
}

/// What could not be read on the machine: in one line what root would add, the rest with the reasons.
fn unread(page: &mut Page<'_>, unread: &[Unread]) -> io::Result<()> {
    let (root, others): (Vec<&Unread>, Vec<&Unread>) = unread.iter().partition(|each| each.root);
    if !root.is_empty() {
        let mut paths: Vec<&str> = root.iter().take(UNREAD).map(|each| each.path.as_str()).collect();
        let more = format!("{} more", root.len().saturating_sub(UNREAD));
        paths.extend((root.len() > UNREAD).then_some(more.as_str()));
        let text = format!("what root or an administrator may read too: {}", paths.join(", "));
        page.entry(0, Styled(Ink::Yellow, "Not read "), &text)?;
    }
    for each in others {
        page.entry(0, Styled(Ink::Yellow, "Not read "), &format!("{}: {}", each.path, each.reason))?;
    }
    Ok(())
}

impl TagsUsed {
    /// Which tags an answer rests on, as a phrase.
    #[must_use]
    pub fn words(&self) -> String {
        let cloud = self.cloud.map(|cloud| format!(" of the cloud {cloud}")).unwrap_or_default();
        let date = self.date.map(|date| format!(" of {date}")).unwrap_or_default();
        match self.source {
            "none" => format!("no service tags{cloud}: name a file of them with --tags"),
            "embedded" => format!("service tags{date}, built in"),
            source => format!("service tags{cloud}{date} from a {source}"),
        }
    }
}
