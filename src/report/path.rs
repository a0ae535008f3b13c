//! The way of a packet, drawn hop by hop.

use std::io;

use super::page::{Ink, Page, Styled};
use crate::check::{PathStep, StepState};

/// Places wider than this push what happens there onto a line of its own.
const WIDEST_PLACE: usize = 48;

/// Draws a way: a line a hop where it fits, what happens there in a column.
pub fn draw(page: &mut Page<'_>, indent: usize, label: &str, steps: &[PathStep]) -> io::Result<()> {
    page.line(indent, &[Styled(Ink::Bold, label)])?;
    let width = |step: &PathStep| step.place.chars().count();
    let column = steps.iter().map(width).max().unwrap_or(0).min(WIDEST_PLACE);
    let room = page.room(indent + 5 + column + 2);
    for (index, step) in steps.iter().enumerate() {
        let (last, (mark, ink)) = (index + 1 == steps.len(), mark(step.state));
        let branch = if last { "└─ " } else { "├─ " };
        let lead = [Styled(Ink::Dim, branch), Styled(ink, mark), Styled(Ink::Plain, " ")];
        let beside = width(step) <= column && step.detail.chars().count() <= room;
        if beside {
            let padded = format!("{:column$}  ", step.place);
            let parts = [&lead[..], &[Styled(Ink::Plain, &padded), Styled(ink, &step.detail)]].concat();
            page.line(indent, &parts)?;
        } else {
            page.line(indent, &[&lead[..], &[Styled(Ink::Plain, &step.place)]].concat())?;
            page.entry(indent, Styled(Ink::Dim, if last { "       " } else { "│      " }), &step.detail)?;
        }
    }
    Ok(())
}

/// The same way as one line of words, for formats without drawings.
pub(super) fn words(steps: &[PathStep]) -> String {
    let hop = |step: &PathStep| {
        if step.detail.is_empty() { step.place.clone() } else { format!("{}: {}", step.place, step.detail) }
    };
    steps.iter().map(hop).collect::<Vec<_>>().join(" → ")
}

/// The sign of a state and its ink.
pub(super) const fn mark(state: StepState) -> (&'static str, Ink) {
    match state {
        StepState::Passes => ("✓", Ink::Green),
        StepState::Stops => ("✗", Ink::Red),
        StepState::Open => ("?", Ink::Yellow),
        StepState::Unreached => ("·", Ink::Dim),
    }
}

/// The word of a state in the JSON answers.
pub(super) const fn word(state: StepState) -> &'static str {
    match state {
        StepState::Passes => "passes",
        StepState::Stops => "stops",
        StepState::Open => "open",
        StepState::Unreached => "unreached",
    }
}
