//! All targets, a line each, with as many columns as the page has room for.

use std::io;
use std::time::Duration;

use super::super::super::page::{Ink, Page, Styled};
use super::super::Probed;
use super::{gist, mark};
use crate::probe::{Consumer, Phase, Via};

/// What stands between two columns.
const GAP: usize = 2;

/// A column: its heading, its cells, and whether numbers stand in it.
struct Column {
    heading: &'static str,
    cells: Vec<String>,
    number: bool,
}

/// What makes a column, or several, or none, of the results.
type Make = fn(&[Probed]) -> Vec<Column>;

pub(super) fn write(page: &mut Page<'_>, results: &[Probed]) -> io::Result<()> {
    if results.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let columns = fitting(page.room(4), results);
    let columns: Vec<(usize, Column)> = columns.into_iter().map(|column| (width(&column), column)).collect();
    let heading: Vec<String> = columns.iter().map(|column| padded(column, column.1.heading)).collect();
    page.line(4, &[Styled(Ink::Dim, &heading.join(&" ".repeat(GAP)))])?;
    for (index, probed) in results.iter().enumerate() {
        let cells =
            columns.iter().map(|column| padded(column, column.1.cells.get(index).map_or("", |cell| cell)));
        let line = cells.collect::<Vec<_>>().join(&" ".repeat(GAP));
        let (mark, ink) = mark(probed);
        page.line(2, &[Styled(ink, mark), Styled(Ink::Plain, " "), Styled(text_ink(ink), &line)])?;
    }
    Ok(())
}

/// A failure stands out as a whole; what is in order does not.
const fn text_ink(ink: Ink) -> Ink {
    match ink {
        Ink::Red | Ink::Yellow => ink,
        _ => Ink::Plain,
    }
}

/// The most telling columns that fit, the widest selection first.
fn fitting(room: usize, results: &[Probed]) -> Vec<Column> {
    let selections: [&[Make]; 5] = [
        &[endpoint, via, consumer, requirement, each_phase, outcome, status],
        &[endpoint, via, consumer, each_phase, outcome, status],
        &[endpoint, via, requirement, total, outcome, status],
        &[endpoint, via, total, outcome],
        &[endpoint, outcome],
    ];
    let mut chosen = Vec::new();
    for selection in selections {
        chosen = selection.iter().flat_map(|make| make(results)).collect();
        let width: usize = chosen.iter().map(|column| width(column) + GAP).sum();
        if width <= room + GAP {
            break;
        }
    }
    chosen
}

fn width(column: &Column) -> usize {
    let cells = column.cells.iter().map(|cell| cell.chars().count());
    cells.max().unwrap_or(0).max(column.heading.chars().count())
}

fn padded((width, column): &(usize, Column), cell: &str) -> String {
    if column.number { format!("{cell:>width$}") } else { format!("{cell:width$}") }
}

/// A column, unless nothing stands in it.
fn column(heading: &'static str, number: bool, cells: Vec<String>) -> Vec<Column> {
    if cells.iter().all(String::is_empty) {
        return Vec::new();
    }
    vec![Column { heading, cells, number }]
}

fn endpoint(results: &[Probed]) -> Vec<Column> {
    column("target", false, results.iter().map(|probed| probed.target.authority.to_string()).collect())
}

fn via(results: &[Probed]) -> Vec<Column> {
    if results.iter().all(|probed| probed.target.via == Via::Direct) {
        return Vec::new();
    }
    column("via", false, results.iter().map(|probed| probed.target.via.to_string()).collect())
}

fn consumer(results: &[Probed]) -> Vec<Column> {
    let cell = |probed: &Probed| probed.target.consumers().map(Consumer::word).collect::<Vec<_>>().join(", ");
    column("asks", false, results.iter().map(cell).collect())
}

fn requirement(results: &[Probed]) -> Vec<Column> {
    let cells = results.iter().map(|probed| probed.target.requirement.clone().unwrap_or_default());
    column("needed for", false, cells.collect())
}

fn each_phase(results: &[Probed]) -> Vec<Column> {
    let of = |phase: &Phase| {
        let cells =
            results.iter().map(|probed| probed.observation.phases.of(*phase).map_or(String::new(), shown));
        column(phase.word(), true, cells.collect())
    };
    Phase::ALL.iter().flat_map(of).collect()
}

fn total(results: &[Probed]) -> Vec<Column> {
    let cell = |probed: &Probed| {
        let total = probed.observation.phases.total();
        if total.is_zero() { String::new() } else { shown(total) }
    };
    column("ms", true, results.iter().map(cell).collect())
}

fn outcome(results: &[Probed]) -> Vec<Column> {
    column("outcome", false, results.iter().map(gist).collect())
}

fn status(results: &[Probed]) -> Vec<Column> {
    let cell = |probed: &Probed| {
        probed.observation.answer.as_ref().map_or(String::new(), |answer| format!("HTTP {}", answer.status))
    };
    column("", false, results.iter().map(cell).collect())
}

/// Milliseconds.
fn shown(took: Duration) -> String {
    format!("{:.1}", took.as_secs_f64() * 1000.0)
}
