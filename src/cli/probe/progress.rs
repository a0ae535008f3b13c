//! What is known so far, on a terminal.

use std::io::{self, IsTerminal};

use crate::probe::{Observation, Outcome, Target};
use crate::report::{Ink, Layout, Page, Styled};

/// Lines on standard error while targets are being probed; nothing unless that is a terminal.
pub(in crate::cli) struct Progress<'p> {
    targets: &'p [Target],
    layout: Option<Layout>,
    done: usize,
}

impl<'p> Progress<'p> {
    /// Progress on these targets.
    pub(in crate::cli) fn new(targets: &'p [Target], layout: Layout, quiet: bool) -> Self {
        let shown = !quiet && io::stderr().is_terminal();
        Self { targets, layout: shown.then_some(layout), done: 0 }
    }

    /// Tells of one observation.
    pub(in crate::cli) fn tell(&mut self, seen: &Observation) {
        self.done += usize::from(!seen.provisional);
        let (Some(layout), Some(target)) = (self.layout, self.targets.get(seen.target)) else { return };
        let (mark, ink) = match (seen.outcome, seen.provisional) {
            (_, true) => ("…", Ink::Yellow),
            _ if target.uncertain.is_some() => ("?", Ink::Yellow),
            (Outcome::Reached, _) => ("✓", Ink::Green),
            (Outcome::Failed, _) => ("✗", Ink::Red),
            (Outcome::Undecided | Outcome::Skipped, _) => ("?", Ink::Yellow),
        };
        let lead = format!("[{}/{}] ", self.done, self.targets.len());
        let what = match &seen.failure {
            Some(failure) if seen.provisional => format!("  so far {failure}: {}", failure.detail),
            Some(failure) => format!("  {failure}"),
            None => String::new(),
        };
        let whom = format!(" {}", target.authority);
        let line = [
            Styled(Ink::Dim, lead.as_str()),
            Styled(ink, mark),
            Styled(Ink::Plain, &whom),
            Styled(Ink::Dim, &what),
        ];
        // Nobody is left to tell when standard error is gone.
        drop(Page::new(&mut io::stderr().lock(), layout).line(0, &line));
    }
}
