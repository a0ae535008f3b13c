//! One field of a flow, cut into classes: points that the same columns hold.

use std::collections::HashMap;
use std::ops::ControlFlow;

use rustc_hash::FxHashMap;

use super::rows::{self, Rows};
use crate::net::{Point, Range, RangeSet};

/// The whole line of one field, in stretches, each with its class.
#[derive(Debug)]
pub(super) struct Axis<T> {
    /// Where each stretch begins, in order; the first begins at the smallest point.
    starts: Vec<T>,
    /// The class of each stretch.
    classes: Vec<u32>,
    /// For each class the columns whose set holds its points.
    rows: Rows,
}

impl<T: Point + std::hash::Hash> Axis<T> {
    /// Cuts the line at the ends of every column's set. Equal sets cost as much as one.
    pub(super) fn new<'s>(columns: usize, sets: impl Iterator<Item = &'s RangeSet<T>>) -> Self
    where
        T: 's,
    {
        let (sets, holders) = distinct(sets);
        let mut ends: Vec<(T, u32)> = Vec::with_capacity(sets.iter().map(|set| 2 * set.ranges().len()).sum());
        for (number, set) in (0..).zip(&sets) {
            for range in set.ranges() {
                ends.push((range.first, number));
                ends.extend(range.last.next().map(|after| (after, number)));
            }
        }
        // Sorted runs, one a set: a stable sort merges them.
        ends.sort_by_key(|(point, _)| *point);
        Sweep::new(columns, &holders).over(&ends)
    }

    /// For each class the columns whose set holds its points.
    pub(super) const fn rows(&self) -> &Rows {
        &self.rows
    }

    /// How many classes there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// For each column the classes that it holds.
    pub(super) fn held(&self, columns: usize) -> Vec<Vec<u32>> {
        let mut held = vec![Vec::new(); columns];
        for (class, row) in (0..).zip(self.rows.iter()) {
            for column in rows::columns(row) {
                if let Some(held) = held.get_mut(column) {
                    held.push(class);
                }
            }
        }
        held
    }

    /// Leaves in a row the columns of one class that `column` holds: of the one that leaves fewest. Says whether it
    /// holds any.
    pub(super) fn thin_out(&self, held: &[Vec<u32>], column: usize, row: &mut [u64]) -> bool {
        let left = |class: &&u32| -> u32 {
            let words = row.iter().zip(self.rows.row(**class as usize));
            words.map(|(word, other)| (word & other).count_ones()).sum()
        };
        let fewest = held.get(column).and_then(|classes| classes.iter().min_by_key(left));
        if let Some(class) = fewest {
            rows::keep(row, self.rows.row(*class as usize));
        }
        fewest.is_some()
    }

    /// A set cut at the ends of the stretches, in order, each piece with its class.
    pub(super) fn cut(&self, set: &RangeSet<T>) -> Vec<(u32, Range<T>)> {
        let mut cut = Vec::with_capacity(set.ranges().len());
        let all: ControlFlow<()> = self.visit(set, |class, range| {
            cut.push((class, range));
            ControlFlow::Continue(())
        });
        debug_assert!(all.is_continue());
        cut
    }

    /// Shows the pieces of a set cut at the ends of the stretches, in order, each with its class, until told to stop.
    #[expect(clippy::indexing_slicing, reason = "a piece left out would be a wrong answer: better none")]
    pub(super) fn visit<B>(
        &self,
        set: &RangeSet<T>,
        mut see: impl FnMut(u32, Range<T>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let mut at = 0;
        for range in set.ranges() {
            at = self.stretch_of(range.first, at);
            let mut first = range.first;
            loop {
                let next = self.starts.get(at + 1).copied().filter(|next| *next <= range.last);
                let last = next.and_then(T::previous).unwrap_or(range.last);
                see(self.classes[at], Range { first, last })?;
                match next {
                    Some(next) => (first, at) = (next, at + 1),
                    None => break,
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// The stretch that holds `point`, which lies in stretch `from` or later. Looked for near `from` first.
    fn stretch_of(&self, point: T, from: usize) -> usize {
        let mut step = 1;
        while self.starts.get(from + step).is_some_and(|start| *start <= point) {
            step *= 2;
        }
        let low = from + step / 2;
        let high = (from + step).min(self.starts.len());
        let between = self.starts.get(low + 1..high).unwrap_or_default();
        low + between.partition_point(|start| *start <= point)
    }
}

/// The distinct sets, and for each the columns that have it.
fn distinct<'s, T: Point + std::hash::Hash + 's>(
    sets: impl Iterator<Item = &'s RangeSet<T>>,
) -> (Vec<&'s RangeSet<T>>, Vec<Vec<usize>>) {
    let mut by_storage: FxHashMap<(usize, usize), usize> = FxHashMap::default();
    let mut by_content: HashMap<&RangeSet<T>, usize, rustc_hash::FxBuildHasher> = HashMap::default();
    let (mut found, mut holders): (Vec<&RangeSet<T>>, Vec<Vec<usize>>) = (Vec::new(), Vec::new());
    for (column, set) in sets.enumerate().filter(|(_, set)| !set.is_empty()) {
        let storage = (set.ranges().as_ptr().addr(), set.ranges().len());
        let number = *by_storage.entry(storage).or_insert_with(|| {
            *by_content.entry(set).or_insert_with(|| {
                found.push(set);
                holders.push(Vec::new());
                found.len() - 1
            })
        });
        if let Some(holders) = holders.get_mut(number) {
            holders.push(column);
        }
    }
    (found, holders)
}

/// Goes along a line and remembers the columns that hold the present point.
struct Sweep<'a> {
    holders: &'a [Vec<usize>],
    present: Vec<u64>,
    /// A sum over the sets that hold the point: equal for equal sets of sets, and nearly always different otherwise.
    sum: u64,
    known: FxHashMap<u64, u32>,
    rows: Rows,
}

impl<'a> Sweep<'a> {
    fn new(columns: usize, holders: &'a [Vec<usize>]) -> Self {
        let rows = Rows::new(columns);
        Self { holders, present: rows::none(rows.width()), sum: 0, known: FxHashMap::default(), rows }
    }

    fn over<T: Point>(mut self, ends: &[(T, u32)]) -> Axis<T> {
        let (mut starts, mut classes) = (vec![T::MIN], Vec::new());
        let mut count = 0;
        let mut rest = ends;
        loop {
            let here = starts.last().copied().unwrap_or(T::MIN);
            let until = rest.iter().take_while(|(point, _)| *point == here).count();
            let (now, later) = rest.split_at(until);
            for (_, set) in now {
                self.cross(*set);
            }
            let class = self.class(&mut count);
            // Two sets that meet leave no class between them.
            if classes.last() == Some(&class) {
                starts.pop();
            } else {
                classes.push(class);
            }
            rest = later;
            match rest.first() {
                Some((point, _)) => starts.push(*point),
                None => return Axis { starts, classes, rows: self.rows },
            }
        }
    }

    /// Enters a set, or leaves it.
    fn cross(&mut self, set: u32) {
        self.sum ^= scatter(u64::from(set) + 1);
        for column in self.holders.get(set as usize).into_iter().flatten() {
            rows::toggle(&mut self.present, *column);
        }
    }

    /// The class of the present columns: known, or a new one.
    fn class(&mut self, count: &mut u32) -> u32 {
        let mut sum = self.sum;
        loop {
            match self.known.get(&sum) {
                Some(class) if self.rows.row(*class as usize) == self.present => return *class,
                // Two sums that are equal by chance: the next place is as good.
                Some(_) => sum = scatter(sum),
                None => {
                    let class = *count;
                    self.known.insert(sum, class);
                    self.rows.push(&self.present);
                    *count += 1;
                    return class;
                }
            }
        }
    }
}

/// Spreads a number over all 64 bits (the finalizer of `SplitMix64`).
const fn scatter(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
