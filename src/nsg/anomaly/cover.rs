//! Whether earlier rules together take every flow of a rule, and the fewest of them that do.

use rustc_hash::FxHashSet;

use super::hitting;
use super::view::{Extent, View};
use crate::nsg::classes::part::Part;
use crate::nsg::classes::rows;

/// How often the fewest rules are looked for anew; what has been found by then makes a cover all the same.
const PATIENCE: usize = 30;

/// Whether the rules before it certainly match every flow that a rule may match.
pub(super) fn is_covered(view: &View<'_>, rule: usize) -> bool {
    covered_by(view, rule, Extent::Least)
}

/// The same where all that is open about the rules before it is as large as can be.
pub(super) fn may_be_covered(view: &View<'_>, rule: usize) -> bool {
    covered_by(view, rule, Extent::Most)
}

fn covered_by(view: &View<'_>, rule: usize, extent: Extent) -> bool {
    let earlier = view.earlier(rule, extent);
    // Most rules decide something, and then a cell in few columns tells at once.
    if view.shows_gap(rule, &earlier) {
        return false;
    }
    let parts = view.parts(rule, &earlier);
    parts.iter().all(|part| Cells::new(part).uncovered(&part.columns.all()).is_none())
}

/// The fewest rules that cover one that is covered, in order, and whether any of its flows is decided the other way.
///
/// A set of rules covers it when it has a rule of every *cell*: of the earlier rules that match one combination of
/// classes. Cells are looked at as they turn out to be missed, until the fewest rules that have one of each miss none.
pub(super) fn blockers(views: &[View<'_>], rule: usize) -> (Vec<usize>, bool) {
    let parts: Vec<(&View<'_>, Part)> = views
        .iter()
        .flat_map(|view| {
            let parts = view.parts(rule, &view.earlier(rule, Extent::Least));
            parts.into_iter().map(move |part| (view, part))
        })
        .collect();
    let contrary: Vec<usize> = parts.iter().flat_map(|(view, part)| contrary(view, part, rule)).collect();
    if let Some(single) = single(&parts) {
        let mut by = vec![single];
        by.extend(contrary.first().filter(|_| !contrary.contains(&single)));
        by.sort_unstable();
        return (by, !contrary.is_empty());
    }
    let mut demands = Vec::new();
    if !contrary.is_empty() {
        demands.push(contrary.clone());
    }
    let mut chosen = hitting::fewest(&demands);
    for _ in 0..PATIENCE {
        // As many cells at once as can be found one beside the other, so that the fewest rules are looked for seldom.
        let mut tried = chosen.clone();
        while let Some(cell) = parts.iter().find_map(|(view, part)| missed(view, part, &tried)) {
            let place = cell.first().map(|rule| (*rule, tried.partition_point(|other| other < rule)));
            if let Some((rule, place)) = place {
                tried.insert(place, rule);
            }
            demands.push(cell);
        }
        if tried.len() == chosen.len() {
            return (chosen, !contrary.is_empty());
        }
        chosen = hitting::fewest(&demands);
    }
    // Too many to find the fewest: one of each cell still missed will do.
    while let Some(cell) = parts.iter().find_map(|(view, part)| missed(view, part, &chosen)) {
        chosen.extend(cell.first());
        chosen.sort_unstable();
    }
    (chosen, !contrary.is_empty())
}

/// The earliest rule that covers all of it alone.
fn single(parts: &[(&View<'_>, Part)]) -> Option<usize> {
    let covering = |(view, part): &(&View<'_>, Part)| -> Vec<usize> {
        let whole = part.ahead.first().map(|row| rows::both(row, &part.columns.all())).unwrap_or_default();
        rows::columns(&whole).map(|column| view.rule(part, column)).collect()
    };
    let (first, rest) = parts.split_first()?;
    let rest: Vec<Vec<usize>> = rest.iter().map(covering).collect();
    covering(first).into_iter().find(|rule| rest.iter().all(|other| other.contains(rule)))
}

/// The rules of a cell that none of the chosen ones has.
fn missed(view: &View<'_>, part: &Part, chosen: &[usize]) -> Option<Vec<usize>> {
    let mut allowed = rows::none(part.columns.width());
    for column in 0..part.columns.len() {
        if chosen.binary_search(&view.rule(part, column)).is_ok() {
            rows::toggle(&mut allowed, column);
        }
    }
    let cell = Cells::new(part).uncovered(&allowed)?;
    Some(rows::columns(&cell).map(|column| view.rule(part, column)).collect())
}

/// The rules of the other access that decide some flow of a rule.
fn contrary(view: &View<'_>, part: &Part, rule: usize) -> Vec<usize> {
    let mut cells = Cells::new(part);
    let mut deciders = rows::none(part.columns.width());
    cells.deciders(0, &part.columns.all(), &mut deciders);
    let rules = rows::columns(&deciders).map(|column| view.rule(part, column));
    rules.filter(|other| view.access(*other) != view.access(rule)).collect()
}

/// The cells of a part.
struct Cells<'p> {
    part: &'p Part,
    /// For each field the columns that hold every point of it and of those after; last, all columns.
    ahead: &'p [Vec<u64>],
    done: FxHashSet<(usize, Vec<u64>)>,
}

impl<'p> Cells<'p> {
    fn new(part: &'p Part) -> Self {
        Self { part, ahead: &part.ahead, done: FxHashSet::default() }
    }

    /// All columns of a cell that has none of `allowed`; none where every cell has one.
    fn uncovered(&mut self, allowed: &[u64]) -> Option<Vec<u64>> {
        self.missing(0, allowed.to_vec(), self.part.columns.all())
    }

    fn missing(&mut self, field: usize, alive: Vec<u64>, every: Vec<u64>) -> Option<Vec<u64>> {
        if self.ahead.get(field).is_some_and(|ahead| rows::meet(&alive, ahead)) {
            return None;
        }
        if rows::is_none(&alive) {
            return Some(self.some_cell(field, every));
        }
        let key = (field, alive);
        if self.done.contains(&key) {
            return None;
        }
        let part = self.part;
        for group in part.fields.get(field)?.groups.iter() {
            let missing = self.missing(field + 1, rows::both(&key.1, group), rows::both(&every, group));
            if missing.is_some() {
                return missing;
            }
        }
        self.done.insert(key);
        None
    }

    /// Some cell of what is chosen so far: of each field left the group in fewest columns.
    fn some_cell(&self, field: usize, every: Vec<u64>) -> Vec<u64> {
        let count = |row: &Vec<u64>| row.iter().map(|word| word.count_ones()).sum::<u32>();
        let left = self.part.fields.iter().skip(field);
        left.fold(every, |every: Vec<u64>, field| {
            let groups = field.groups.iter().map(|group| rows::both(&every, group));
            groups.min_by_key(count).unwrap_or_default()
        })
    }

    /// Adds the first column of every cell.
    fn deciders(&mut self, field: usize, alive: &[u64], found: &mut [u64]) {
        let ahead = self.ahead.get(field).map_or(&[][..], Vec::as_slice);
        let Some(first) = rows::first(alive, alive) else { return };
        if rows::has(ahead, first) {
            if !rows::has(found, first) {
                rows::toggle(found, first);
            }
            return;
        }
        if !self.done.insert((field, alive.to_vec())) {
            return;
        }
        let part = self.part;
        for group in part.fields.get(field).into_iter().flat_map(|field| field.groups.iter()) {
            self.deciders(field + 1, &rows::both(alive, group), found);
        }
    }
}
