//! Whether later rules would decide alike what a rule decides.

use rustc_hash::FxHashSet;

use super::view::{Extent, View};
use crate::nsg::classes::part::Part;
use crate::nsg::classes::rows;

/// The later rules that decide what a rule decides, as it does; none where some flow would be decided otherwise: for
/// certain, or where all that is open turns out in its favour.
pub(super) fn heirs(view: &View<'_>, rule: usize, possibly: bool) -> Option<Vec<usize>> {
    let (helps, harms) = if possibly { (Extent::Most, Extent::Least) } else { (Extent::Least, Extent::Most) };
    let own = view.access(rule);
    let alike = |other: &usize| view.access(*other) == own;
    let later = || rule + 1..view.len();
    let earlier = view.earlier(rule, helps);
    let same = view.mask(later().filter(alike), helps);
    let other = view.mask(later().filter(|rule| !alike(rule)), harms);
    let mut among = earlier.clone();
    rows::add(&mut among, &same);
    rows::add(&mut among, &other);
    let mut found = Vec::new();
    for part in view.parts(rule, &among) {
        let [earlier, same, other] = [&earlier, &same, &other].map(|mask| part.columns.of(mask));
        let heirs = rows::none(part.columns.width());
        let search = Search { part: &part, earlier, same, other, heirs, done: FxHashSet::default() };
        found.extend(search.run()?.map(|column| view.rule(&part, column)));
    }
    Some(found)
}

/// Goes through the flows of a rule.
struct Search<'p> {
    part: &'p Part,
    /// Columns before it: what they hold it does not decide.
    earlier: Vec<u64>,
    /// Columns behind it of the same access.
    same: Vec<u64>,
    /// Columns behind it of the other.
    other: Vec<u64>,
    heirs: Vec<u64>,
    done: FxHashSet<(usize, Vec<u64>)>,
}

impl Search<'_> {
    fn run(mut self) -> Option<impl Iterator<Item = usize>> {
        let everything = self.part.columns.all();
        self.go(0, everything).then(|| rows::columns(&self.heirs).collect::<Vec<_>>().into_iter())
    }

    /// Whether all of what is chosen so far is decided alike by others.
    fn go(&mut self, field: usize, alive: Vec<u64>) -> bool {
        if rows::is_none(&alive) {
            return false;
        }
        let certain = rows::both(&alive, self.part.ahead.get(field).map_or(&[][..], Vec::as_slice));
        if rows::meet(&certain, &self.earlier) {
            return true;
        }
        let before = |one: Option<usize>, other: Option<usize>| {
            one.is_some_and(|one| other.is_none_or(|other| one < other))
        };
        let heir = rows::first(&certain, &self.same);
        if before(heir, rows::first(&alive, &self.other)) {
            if let Some(heir) = heir.filter(|heir| !rows::has(&self.heirs, *heir)) {
                rows::toggle(&mut self.heirs, heir);
            }
            return true;
        }
        let lost = before(rows::first(&certain, &self.other), rows::first(&alive, &self.same));
        if lost && !rows::meet(&alive, &self.earlier) {
            return false;
        }
        let key = (field, alive);
        if self.done.contains(&key) {
            return true;
        }
        let part = self.part;
        let Some(choice) = part.fields.get(field) else { return false };
        let kept = choice.groups.iter().all(|group| self.go(field + 1, rows::both(&key.1, group)));
        if kept {
            self.done.insert(key);
        }
        kept
    }
}
