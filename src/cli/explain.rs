//! `explain CHECK-ID|LINT-ID|ERROR-CODE`: the documentation of a check or lint, or the causes of a backup error; with `--log`
//! of all codes that a log names.

mod log;

use std::io;
use std::path::PathBuf;

use clap::{ArgMatches, Args};
use serde::Serialize;

use super::machine::Machine;
use super::{Exit, Failure, Session, Subcommand, arguments_of};
use crate::backup::{ErrorCode, Grounds, error_code, nearest_error_codes};
use crate::check::{CHECKS, Check, check};
use crate::lint::{LINTS, Lint, lint};
use crate::report::{Ink, Page, Styled};

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "explain",
    about: "What a check or lint looks at and how to fix what it finds, or what causes a backup error",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
struct Arguments {
    /// The id of a check or a lint, or the code of a backup error, in any case; with --log files and directories about the VM
    #[arg(value_name = "CHECK-ID|LINT-ID|ERROR-CODE", required_unless_present = "log")]
    what: Vec<PathBuf>,
    /// Find the codes in a log, in the JSON of a failed job or of a protected item, or in a directory of them, and see which causes hold
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    #[command(flatten)]
    machine: Machine,
    /// With --log: the VM, by name or id [default: all]
    #[arg(long, value_name = "NAME|ID", requires = "log")]
    vm: Option<String>,
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let Arguments { what, log, machine, vm } = arguments_of(matches)?;
    if let Some(log) = log {
        return log::run(&log::Asked { log, inputs: what, machine, vm }, session);
    }
    if machine.here || machine.root.is_some() {
        return Err(Failure::Usage(
            "`--here` and `--root` go with `--log`: a log is explained, and the machine settles it".into(),
        ));
    }
    let [what] = what.as_slice() else {
        return Err(Failure::Usage("one check, lint or code at a time".into()));
    };
    let what = what.to_string_lossy();
    let what = what.trim();
    if let Some(check) = check(what) {
        explain_check(check, session)?;
    } else if let Some(lint) = lint(what) {
        explain_lint(lint, session)?;
    } else if let Some(code) = error_code(what) {
        explain_code(what, code, session)?;
    } else {
        return Err(Failure::Usage(unknown(what)));
    }
    Ok(Exit::Ready)
}

fn unknown(what: &str) -> String {
    let ids = CHECKS.iter().map(|check| check.id).chain(LINTS.iter().map(|lint| lint.id));
    let mut near = nearest_ids(what, ids);
    near.extend(nearest_error_codes(what));
    let near: Vec<String> = near.into_iter().map(|name| format!("`{name}`")).collect();
    match near.as_slice() {
        [] => format!("`{what}` is neither a check or lint nor a backup error code that is known here"),
        near => {
            format!(
                "`{what}` is neither a check or lint nor a known error code: nearest are {}",
                near.join(", ")
            )
        }
    }
}

/// The checks whose ids are nearest to `what`, at most three.
pub(super) fn nearest_checks(what: &str) -> Vec<&'static str> {
    nearest_ids(what, CHECKS.iter().map(|check| check.id))
}

/// The ids that share most words with `what`, of these those that begin alike first; at most three.
pub(super) fn nearest_ids(what: &str, ids: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let what = what.to_ascii_lowercase();
    let asked: Vec<&str> = what.split('-').collect();
    let shared = |id: &str| id.split('-').filter(|word| asked.contains(word)).count();
    let alike = |id: &str| id.chars().zip(what.chars()).take_while(|(a, b)| a == b).count();
    let mut near: Vec<(usize, usize, &'static str)> =
        ids.map(|id| (shared(id), alike(id), id)).filter(|(count, ..)| *count > 0).collect();
    near.sort_by_key(|(count, alike, _)| std::cmp::Reverse((*count, *alike)));
    near.into_iter().take(3).map(|(.., id)| id).collect()
}

fn explain_lint(lint: &Lint, session: &Session) -> Result<(), Failure> {
    if session.is_json() {
        return session.write_json(&LintAnswer {
            schema: "azpreflight/explain/v1",
            kind: "lint",
            id: lint.id,
            title: lint.title,
            anomaly: lint.kind.word(),
            severity: lint.severity.word(),
            explanation: lint.explanation.trim(),
        });
    }
    session.write(|out| {
        let page = &mut Page::new(out, session.layout());
        let weight = format!(" ({}, {})", lint.kind.word(), lint.severity);
        page.line(0, &[Styled(Ink::Bold, lint.id), Styled(Ink::Dim, &weight)])?;
        page.entry(0, Styled(Ink::Plain, ""), lint.title)?;
        page.blank()?;
        explanation(page, lint.explanation)
    })
}

fn explain_check(check: &Check, session: &Session) -> Result<(), Failure> {
    if session.is_json() {
        return session.write_json(&CheckAnswer {
            schema: "azpreflight/explain/v1",
            kind: "check",
            id: check.id,
            title: check.title,
            severity: check.severity.word(),
            needs: check.usual_source().name(),
            explanation: check.explanation.trim(),
        });
    }
    session.write(|out| {
        let page = &mut Page::new(out, session.layout());
        page.line(0, &[Styled(Ink::Bold, check.id), Styled(Ink::Dim, &format!(" ({})", check.severity))])?;
        page.entry(0, Styled(Ink::Plain, ""), check.title)?;
        page.blank()?;
        explanation(page, check.explanation)
    })
}

/// Prose is wrapped anew, paragraph by paragraph; lists and commands keep their lines.
fn explanation(page: &mut Page<'_>, text: &str) -> io::Result<()> {
    let mut paragraph = String::new();
    for line in text.trim().lines().chain([""]) {
        let trimmed = line.trim();
        let kept = trimmed.is_empty() || line.starts_with(['#', ' ', '-', '*', '`', '|']);
        if kept && !paragraph.is_empty() {
            page.entry(2, Styled(Ink::Plain, ""), &std::mem::take(&mut paragraph))?;
        }
        if trimmed.is_empty() {
            page.blank()?;
        } else if line.starts_with('#') {
            page.line(0, &[Styled(Ink::Bold, trimmed.trim_start_matches('#').trim())])?;
        } else if let Some(item) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
            page.entry(2, Styled(Ink::Plain, "- "), item)?;
        } else if kept {
            page.line(2, &[Styled(Ink::Plain, line)])?;
        } else {
            paragraph.push_str(trimmed);
            paragraph.push(' ');
        }
    }
    Ok(())
}

fn explain_code(asked: &str, code: &ErrorCode, session: &Session) -> Result<(), Failure> {
    if session.is_json() {
        return session.write_json(&CodeAnswer::of(code));
    }
    session.write(|out| {
        let page = &mut Page::new(out, session.layout());
        let name = code.codes.first().copied().unwrap_or(asked);
        page.line(0, &[Styled(Ink::Bold, name), Styled(Ink::Dim, &format!(" ({})", code.reporter))])?;
        page.entry(2, Styled(Ink::Plain, ""), code.gist)?;
        let others: Vec<&str> = code.codes.iter().skip(1).copied().collect();
        row(page, "also", &others.join(", "))?;
        if code.grounds != Grounds::Documented {
            row(page, "grounds", &format!("{}: not stated by Microsoft", code.grounds))?;
        }
        if !code.causes.is_empty() {
            page.blank()?;
            page.line(0, &[Styled(Ink::Bold, "Causes, in the order in which they are documented")])?;
        }
        for (index, cause) in code.causes.iter().enumerate() {
            page.entry(2, Styled(Ink::Plain, &format!("{}. ", index + 1)), cause.text)?;
            let settled = match cause.checks {
                [] => "settled by the machine itself or the details of the job".to_owned(),
                checks => format!("settled by {}", checks.join(", ")),
            };
            page.entry(5, Styled(Ink::Dim, ""), &settled)?;
        }
        page.blank()?;
        row(page, "what to do", code.fix)?;
        row(page, "is not", code.is_not.unwrap_or_default())?;
        code.sources.iter().try_for_each(|source| row(page, "documented", &source.to_string()))
    })
}

fn row(page: &mut Page<'_>, label: &str, value: &str) -> io::Result<()> {
    if value.is_empty() {
        return Ok(());
    }
    page.entry(2, Styled(Ink::Dim, &format!("{label:12}")), value)
}

#[derive(Serialize)]
struct CheckAnswer<'a> {
    schema: &'static str,
    kind: &'static str,
    id: &'a str,
    title: &'a str,
    severity: &'static str,
    needs: &'static str,
    explanation: &'a str,
}

#[derive(Serialize)]
struct LintAnswer<'a> {
    schema: &'static str,
    kind: &'static str,
    id: &'a str,
    title: &'a str,
    anomaly: &'static str,
    severity: &'static str,
    explanation: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeAnswer {
    schema: &'static str,
    kind: &'static str,
    codes: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<(u32, u32)>,
    reporter: &'static str,
    grounds: &'static str,
    gist: &'static str,
    causes: Vec<CauseAnswer>,
    fix: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_not: Option<&'static str>,
    sources: Vec<String>,
}

#[derive(Serialize)]
struct CauseAnswer {
    text: &'static str,
    checks: &'static [&'static str],
}

impl CodeAnswer {
    fn of(code: &ErrorCode) -> Self {
        Self {
            schema: "azpreflight/explain/v1",
            kind: "errorCode",
            codes: code.codes,
            range: code.range,
            reporter: code.reporter.word(),
            grounds: code.grounds.word(),
            gist: code.gist,
            causes: code.causes.iter().map(|c| CauseAnswer { text: c.text, checks: c.checks }).collect(),
            fix: code.fix,
            is_not: code.is_not,
            sources: code.sources.iter().map(ToString::to_string).collect(),
        }
    }
}
