//! The fewest rules that have one of each of several lists.

use std::collections::{BTreeMap, BTreeSet};

/// How many choices are tried before the best found so far is taken.
const PATIENCE: usize = 5_000;

/// A smallest set that has an element of every list, in order; the same for the same lists.
pub(super) fn fewest(lists: &[Vec<usize>]) -> Vec<usize> {
    // A list of one leaves no choice, and those that have it are done with.
    let mut chosen: BTreeSet<usize> =
        lists.iter().filter(|list| list.len() == 1).flatten().copied().collect();
    let open: BTreeSet<&Vec<usize>> = lists.iter().filter(|list| !hits(&chosen, list)).collect();
    let open: Vec<&Vec<usize>> = open.into_iter().collect();
    let mut search = Search { best: greedy(&open), lists: open, left: PATIENCE };
    search.go(&mut BTreeSet::new());
    chosen.extend(search.best);
    chosen.into_iter().collect()
}

struct Search<'l> {
    lists: Vec<&'l Vec<usize>>,
    best: BTreeSet<usize>,
    left: usize,
}

impl Search<'_> {
    fn go(&mut self, chosen: &mut BTreeSet<usize>) {
        if self.left == 0 || chosen.len() + self.needed(chosen) >= self.best.len() {
            return;
        }
        self.left -= 1;
        let open = self.lists.iter().filter(|list| !hits(chosen, list));
        let Some(smallest) = open.min_by_key(|list| list.len()).copied() else {
            self.best.clone_from(chosen);
            return;
        };
        for element in smallest {
            chosen.insert(*element);
            self.go(chosen);
            chosen.remove(element);
        }
    }

    /// How many more are needed at least: lists that share nothing need one each.
    fn needed(&self, chosen: &BTreeSet<usize>) -> usize {
        let mut apart: BTreeSet<usize> = BTreeSet::new();
        let mut count = 0;
        for list in self.lists.iter().filter(|list| !hits(chosen, list)) {
            if !hits(&apart, list) {
                apart.extend(list.iter());
                count += 1;
            }
        }
        count
    }
}

fn hits(chosen: &BTreeSet<usize>, list: &[usize]) -> bool {
    list.iter().any(|element| chosen.contains(element))
}

/// Some set that has an element of every list: always the one that most of the lists left have.
fn greedy(lists: &[&Vec<usize>]) -> BTreeSet<usize> {
    let mut chosen = BTreeSet::new();
    loop {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for list in lists.iter().filter(|list| !hits(&chosen, list)) {
            for element in *list {
                *counts.entry(*element).or_default() += 1;
            }
        }
        let Some((best, _)) =
            counts.into_iter().max_by_key(|(element, count)| (*count, usize::MAX - element))
        else {
            return chosen;
        };
        chosen.insert(best);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_are_found_where_the_greedy_choice_is_not_the_best() {
        // 1 is in most lists, but 2 and 3 together are in all.
        let lists = [vec![1, 2], vec![1, 3], vec![1, 2, 4], vec![2], vec![3]];
        assert_eq!(fewest(&lists), [2, 3]);
        assert_eq!(fewest(&[]), [0; 0]);
        assert_eq!(fewest(&[vec![7, 5], vec![5, 9]]), [5]);
    }
}
