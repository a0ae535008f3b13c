//! Which rules decide anything, found for all rules at once.

use rustc_hash::FxHashSet;

use super::cover::is_covered;
use super::view::View;
use crate::nsg::classes::part::Part;
use crate::nsg::classes::rows;

/// With more combinations of classes than this, going through all of them costs more than looking at each rule.
const FEW: usize = 100_000;

/// For each rule whether it may decide a flow: whether it may match one that no earlier rule matches for certain.
pub(super) fn deciding(view: &View<'_>) -> Vec<bool> {
    let parts = view.whole();
    let combinations =
        |part: &Part| part.fields.iter().map(|field| field.count).fold(1, usize::saturating_mul);
    if parts.iter().map(combinations).max().unwrap_or_default() > FEW {
        return one_by_one(view);
    }
    let found = all_at_once(view, &parts);
    debug_assert!(view.len() > 40 || found == one_by_one(view), "two ways to the same answer differ");
    found
}

fn one_by_one(view: &View<'_>) -> Vec<bool> {
    (0..view.len()).map(|rule| !view.is_empty(rule) && !is_covered(view, rule)).collect()
}

fn all_at_once(view: &View<'_>, parts: &[Part]) -> Vec<bool> {
    let mut found = rows::none(view.width());
    for part in parts {
        let mut sweep = Sweep { part, view, found, done: FxHashSet::default() };
        sweep.go(0, part.columns.all());
        found = sweep.found;
    }
    (0..view.len()).map(|rule| view.columns(rule).is_some_and(|[_, most]| rows::has(&found, most))).collect()
}

/// Goes through all flows, but for those where no rule is left of which it is not known yet.
struct Sweep<'p> {
    part: &'p Part,
    view: &'p View<'p>,
    /// What rules may match, of those found to decide something.
    found: Vec<u64>,
    done: FxHashSet<(usize, Vec<u64>)>,
}

impl Sweep<'_> {
    fn go(&mut self, field: usize, mut alive: Vec<u64>) {
        let certain = rows::both(&alive, self.part.ahead.get(field).map_or(&[][..], Vec::as_slice));
        // Nothing behind the first rule that certainly matches all that is chosen can decide any of it.
        if let Some(end) = rows::first(&certain, self.view.least()) {
            rows::end_after(&mut alive, end);
        }
        let candidates = rows::both(&alive, self.view.most());
        if rows::is_within(&candidates, &self.found) {
            return;
        }
        let obstacle = rows::first(&alive, self.view.least()).unwrap_or(usize::MAX);
        for column in rows::columns(&rows::both(&candidates, &certain)) {
            if column <= obstacle && !rows::has(&self.found, column) {
                rows::toggle(&mut self.found, column);
            }
        }
        if rows::is_within(&candidates, &self.found) || !self.done.insert((field, alive.clone())) {
            return;
        }
        let part = self.part;
        for group in part.fields.get(field).into_iter().flat_map(|field| field.groups.iter()) {
            self.go(field + 1, rows::both(&alive, group));
        }
    }
}
