//! The fewest rules that have one of each of several lists.

/// How many choices are tried before the best found so far is taken.
const PATIENCE: usize = 20_000;

/// A smallest set that has an element of every list, in order; the same for the same lists.
pub(super) fn fewest(lists: &[Vec<usize>]) -> Vec<usize> {
    let mut search = Search { lists, best: greedy(lists), left: PATIENCE };
    search.go(&mut Vec::new());
    search.best.sort_unstable();
    search.best
}

struct Search<'l> {
    lists: &'l [Vec<usize>],
    best: Vec<usize>,
    left: usize,
}

impl Search<'_> {
    fn go(&mut self, chosen: &mut Vec<usize>) {
        if self.left == 0 || chosen.len() + self.needed(chosen) >= self.best.len() {
            return;
        }
        self.left -= 1;
        let open = self.lists.iter().filter(|list| !hits(chosen, list));
        let Some(smallest) = open.min_by_key(|list| list.len()) else {
            self.best = chosen.clone();
            return;
        };
        for element in smallest {
            chosen.push(*element);
            self.go(chosen);
            chosen.pop();
        }
    }

    /// How many more are needed at least: lists that share nothing need one each.
    fn needed(&self, chosen: &[usize]) -> usize {
        let mut apart: Vec<usize> = Vec::new();
        let mut count = 0;
        for list in self.lists.iter().filter(|list| !hits(chosen, list)) {
            if !hits(&apart, list) {
                apart.extend(list);
                count += 1;
            }
        }
        count
    }
}

fn hits(chosen: &[usize], list: &[usize]) -> bool {
    list.iter().any(|element| chosen.contains(element))
}

/// Some set that has an element of every list: always the one that most of the lists left have.
fn greedy(lists: &[Vec<usize>]) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    loop {
        let open: Vec<&Vec<usize>> = lists.iter().filter(|list| !hits(&chosen, list)).collect();
        let mut counts: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
        for element in open.iter().copied().flatten() {
            *counts.entry(*element).or_default() += 1;
        }
        let Some((best, _)) =
            counts.into_iter().max_by_key(|(element, count)| (*count, usize::MAX - element))
        else {
            return chosen;
        };
        chosen.push(best);
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
