//! For people: whether the agent will do, then what is known of it, then what is wrong, then what is not known.

use std::io;

use super::super::page::{Detail, Ink, Page, Styled};
use super::super::text::{by_severity, could_not_be_judged, settled, write_finding};
use super::{AgentReport, Service, Setting, SettingValue, Told};
use crate::backup::AgentBand;

/// How wide the column of labels is.
const LABELS: usize = 14;

pub(super) fn write(report: &AgentReport, page: &mut Page<'_>) -> io::Result<()> {
    headline(report, page)?;
    if page.detail() == Detail::Verdict {
        return Ok(());
    }
    versions(report, page)?;
    row(page, "service", &service(&report.service))?;
    row(page, "sign of life", report.heartbeat.as_deref().unwrap_or("none known"))?;
    settings(report, page)?;
    for (severity, finding, check) in by_severity(&report.outcomes) {
        page.blank()?;
        write_finding(page, severity, finding, check)?;
    }
    could_not_be_judged(page, &report.outcomes)?;
    if page.detail() == Detail::Everything {
        settled(page, &report.outcomes)?;
    }
    unread(report, page)
}

fn headline(report: &AgentReport, page: &mut Page<'_>) -> io::Result<()> {
    let (word, ink, why) = match report.band {
        Some(AgentBand::Supported) => ("SUPPORTED", Ink::Green, ""),
        Some(AgentBand::Warning) => {
            ("OUT OF SUPPORT", Ink::Yellow, ": it works, and the VM needs storage egress")
        }
        Some(AgentBand::Unsupported) => ("TOO OLD", Ink::Red, " for Azure Backup"),
        Some(AgentBand::Missing) => ("MISSING", Ink::Red, ": no extension can run"),
        None if report.doubted => ("NOT KNOWN", Ink::Yellow, " whether there is one"),
        None => ("NOT KNOWN", Ink::Yellow, ""),
    };
    let version = report.goal_state.as_ref().or(report.installed.as_ref());
    let version = version.map(|told| format!(" {}", told.value)).unwrap_or_default();
    page.line(
        0,
        &[
            Styled(Ink::Bold, &report.outcomes.name),
            Styled(Ink::Plain, &format!(": VM agent{version}: ")),
            Styled(ink, word),
            Styled(Ink::Plain, why),
        ],
    )
}

fn versions(report: &AgentReport, page: &mut Page<'_>) -> io::Result<()> {
    row(page, "in effect", &told(report.goal_state.as_ref()))?;
    row(page, "installed", &told(report.installed.as_ref()))?;
    row(page, "lowest", report.minimum.as_deref().unwrap_or("none is documented for this profile"))?;
    let updates = match report.auto_update {
        Some(true) => "itself",
        Some(false) => "not by itself",
        None => "not known",
    };
    // The agent for Windows is updated from outside.
    if report.os == Some("windows") { Ok(()) } else { row(page, "updates", updates) }
}

fn told(told: Option<&Told>) -> String {
    told.map_or_else(|| "not known".to_owned(), |told| format!("{}, by {}", told.value, told.by))
}

fn service(service: &Service) -> String {
    let start = service.start.map(|start| match start {
        "enabled" => "starts with the machine",
        "disabled" => "does not start with the machine",
        _ => "is masked: nothing can start it",
    });
    let runs = service.runs.map(|runs| if runs { "runs" } else { "does not run" });
    let known: Vec<&str> = runs.into_iter().chain(start).collect();
    match &service.name {
        Some(name) if known.is_empty() => {
            format!("{name}: whether it runs or starts with the machine is not known")
        }
        Some(name) => format!("{name}: {}", known.join("; ")),
        None => "nothing is known of it".to_owned(),
    }
}

/// Those that differ from what the agent takes by itself; all of them where everything is asked for.
fn settings(report: &AgentReport, page: &mut Page<'_>) -> io::Result<()> {
    if report.os == Some("windows") {
        return Ok(());
    }
    if report.settings.is_empty() {
        return row(page, "settings", "not known");
    }
    let all = page.detail() == Detail::Everything;
    let shown: Vec<String> =
        report.settings.iter().filter(|setting| all || setting.changed).map(setting).collect();
    if shown.is_empty() {
        return row(page, "settings", "those that the agent takes by itself");
    }
    shown
        .iter()
        .enumerate()
        .try_for_each(|(index, text)| row(page, if index == 0 { "settings" } else { "" }, text))
}

fn setting(setting: &Setting) -> String {
    let value = match &setting.value {
        SettingValue::Switch(on) => if *on { "y" } else { "n" }.to_owned(),
        SettingValue::Number(number) => number.map_or_else(|| "None".to_owned(), |number| number.to_string()),
        SettingValue::Text(text) => text.clone().unwrap_or_else(|| "None".to_owned()),
    };
    format!("{}={value}", setting.key)
}

/// What could not be read, and what root would add.
fn unread(report: &AgentReport, page: &mut Page<'_>) -> io::Result<()> {
    if report.unread.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.line(0, &[Styled(Ink::Bold, "Could not be read")])?;
    for (path, root) in &report.unread {
        let how = if *root { ": run as root or administrator to read it" } else { "" };
        page.entry(2, Styled(Ink::Yellow, "? "), &format!("{path}{how}"))?;
    }
    Ok(())
}

fn row(page: &mut Page<'_>, label: &str, value: &str) -> io::Result<()> {
    page.entry(2, Styled(Ink::Dim, &format!("{label:LABELS$}")), value)
}
