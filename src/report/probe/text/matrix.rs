//! Who reaches what: a row an endpoint and a way there, a column a consumer.
//!
//! Shown where there is something to compare: more than one consumer, or an endpoint that is probed more than one way.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;

use super::super::super::page::{Ink, Page, Styled};
use super::super::Probed;
use super::mark;
use crate::probe::{Authority, Consumer, Outcome, Target, Via};

/// What stands between two columns.
const GAP: usize = 2;

/// An endpoint, a way there, and what came of it for each consumer that takes it.
struct Row<'r> {
    target: &'r Target,
    cells: BTreeMap<Consumer, &'r Probed>,
}

pub(super) fn write(page: &mut Page<'_>, results: &[Probed]) -> io::Result<()> {
    let rows = rows(results);
    if rows.is_empty() {
        return Ok(());
    }
    let consumers: BTreeSet<Consumer> = rows.iter().flat_map(|row| row.cells.keys().copied()).collect();
    let endpoint = |row: &Row<'_>| row.target.authority.to_string().chars().count();
    let widest = rows.iter().map(endpoint).max().unwrap_or_default();
    let mut columns: Vec<Column> = consumers.iter().map(|consumer| Column::of(*consumer, &rows)).collect();
    let total: usize = columns.iter().map(|column| column.width + GAP).sum();
    if widest + total > page.room(2) {
        columns.iter_mut().for_each(Column::narrow);
    }
    let several = rows.iter().any(|row| way(row.target).is_some());
    page.blank()?;
    page.line(0, &[Styled(Ink::Bold, "Who reaches what")])?;
    let headings = columns.iter().map(|column| gapped(column.consumer.word(), column.width));
    let heading: String = std::iter::once(format!("{:widest$}", "")).chain(headings).collect();
    page.line(2, &[Styled(Ink::Dim, heading.trim_end())])?;
    rows.iter().try_for_each(|row| {
        let mut parts = vec![(Ink::Plain, format!("{:widest$}", row.target.authority.to_string()))];
        parts.extend(columns.iter().map(|column| column.cell(row)));
        if several {
            let way = way(row.target).unwrap_or_else(|| "directly".to_owned());
            parts.push((Ink::Dim, gapped(&way, 0)));
        } else if let Some((_, last)) = parts.last_mut() {
            last.truncate(last.trim_end().len());
        }
        let parts: Vec<Styled<'_>> = parts.iter().map(|(ink, text)| Styled(*ink, text)).collect();
        page.line(2, &parts)
    })
}

/// A consumer, and how wide what there is to say of it is.
struct Column {
    consumer: Consumer,
    width: usize,
    marks_alone: bool,
}

impl Column {
    fn of(consumer: Consumer, rows: &[Row<'_>]) -> Self {
        let cells = rows.iter().filter_map(|row| row.cells.get(&consumer));
        let widest = cells.map(|probed| gist(probed).chars().count() + 2).max().unwrap_or_default();
        Self { consumer, width: widest.max(consumer.word().len()), marks_alone: false }
    }

    /// Without words, where the page has no room for them: the table below has them.
    fn narrow(&mut self) {
        (self.width, self.marks_alone) = (self.consumer.word().len(), true);
    }

    fn cell(&self, row: &Row<'_>) -> (Ink, String) {
        let Some(probed) = row.cells.get(&self.consumer) else {
            return (Ink::Plain, gapped("", self.width));
        };
        let (mark, ink) = mark(probed);
        let said = if self.marks_alone { mark.to_owned() } else { format!("{mark} {}", gist(probed)) };
        (ink, gapped(&said, self.width))
    }
}

fn gapped(text: &str, width: usize) -> String {
    format!("{:GAP$}{text:width$}", "")
}

/// The rows, those of one endpoint together; none where there is nothing to compare.
fn rows(results: &[Probed]) -> Vec<Row<'_>> {
    let consumers: BTreeSet<Consumer> = results.iter().flat_map(|probed| probed.target.consumers()).collect();
    let mut ways: HashMap<&Authority, BTreeSet<&Via>> = HashMap::new();
    let mut order: HashMap<&Authority, usize> = HashMap::new();
    for target in results.iter().map(|probed| &probed.target) {
        ways.entry(&target.authority).or_default().insert(&target.via);
        let next = order.len();
        order.entry(&target.authority).or_insert(next);
    }
    let is_told = |target: &Target| {
        consumers.len() > 1 || ways.get(&target.authority).is_some_and(|ways| ways.len() > 1)
    };
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut known = HashMap::new();
    for probed in results.iter().filter(|probed| is_told(&probed.target)) {
        let target = &probed.target;
        let place = *known.entry((&target.authority, way(target))).or_insert_with(|| {
            rows.push(Row { target, cells: BTreeMap::new() });
            rows.len() - 1
        });
        let Some(row) = rows.get_mut(place) else { continue };
        for consumer in target.consumers() {
            let cell = row.cells.entry(consumer).or_insert(probed);
            // Of what was probed more than once the worst counts.
            if probed.weighs() > cell.weighs() {
                *cell = probed;
            }
        }
    }
    rows.sort_by_key(|row| order.get(&row.target.authority).copied());
    rows
}

/// By which way, where there is more to say of it than that nothing stands in between.
fn way(target: &Target) -> Option<String> {
    let by = target.configured_by.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    match &target.via {
        Via::Proxy(proxy) => Some(format!("through {proxy}{by}")),
        Via::Direct if by.is_empty() => None,
        Via::Direct => Some(format!("directly{by}")),
    }
}

fn gist(probed: &Probed) -> String {
    match (&probed.observation.failure, probed.observation.outcome) {
        (Some(failure), _) => failure.kind.to_string(),
        (None, Outcome::Reached) => "reached".to_owned(),
        (None, outcome) => outcome.to_string(),
    }
}
