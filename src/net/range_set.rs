//! Sets of points on a line, as sorted inclusive ranges.

use std::cmp::{max, min};
use std::fmt::Debug;
use std::sync::Arc;

/// A discrete point with a first, a last, and neighbours.
pub trait Point: Copy + Ord + Debug {
    /// The smallest point.
    const MIN: Self;
    /// The largest point.
    const MAX: Self;
    /// The next larger point, if there is one.
    fn next(self) -> Option<Self>;
    /// The next smaller point, if there is one.
    fn previous(self) -> Option<Self>;
}

macro_rules! point {
    ($($t:ty),*) => {$(
        impl Point for $t {
            const MIN: Self = <$t>::MIN;
            const MAX: Self = <$t>::MAX;
            fn next(self) -> Option<Self> {
                self.checked_add(1)
            }
            fn previous(self) -> Option<Self> {
                self.checked_sub(1)
            }
        }
    )*};
}
point!(u16, u32, u128);

/// All points from `first` to `last`, both included; `first <= last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range<T> {
    /// The smallest point in it.
    pub first: T,
    /// The largest point in it.
    pub last: T,
}

/// A set of points in canonical form: ranges sorted, disjoint and not adjacent.
///
/// ```
/// use azpreflight::net::RangeSet;
/// let set = RangeSet::from_ranges([(1u16, 4), (5, 9), (20, 20)]);
/// assert_eq!(set, RangeSet::from_ranges([(20, 20), (1, 9)]));
/// assert!(set.intersection(&set.complement()).is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RangeSet<T> {
    // INVARIANT: sorted by `first`; each `last` is at least two points before the next `first`; never `Some` of none.
    // Shared, because the set of one tag stands in hundreds of rules and in every region cut by them.
    ranges: Option<Arc<[Range<T>]>>,
}

impl<T: Point> RangeSet<T> {
    /// The set without points.
    #[must_use]
    pub const fn empty() -> Self {
        Self { ranges: None }
    }

    /// The set of all points.
    #[must_use]
    pub fn all() -> Self {
        Self::one(Range { first: T::MIN, last: T::MAX })
    }

    /// The points of one range.
    pub(crate) fn one(range: Range<T>) -> Self {
        Self { ranges: Some(Arc::new([range])) }
    }

    /// The union of `(first, last)` pairs in any order; a pair the wrong way round holds nothing.
    pub fn from_ranges(pairs: impl IntoIterator<Item = (T, T)>) -> Self {
        let mut ranges: Vec<Range<T>> = pairs
            .into_iter()
            .filter(|(first, last)| first <= last)
            .map(|(first, last)| Range { first, last })
            .collect();
        ranges.sort_unstable();
        Self::merged(ranges.into_iter())
    }

    /// The ranges, in order.
    #[must_use]
    pub fn ranges(&self) -> &[Range<T>] {
        self.ranges.as_deref().unwrap_or_default()
    }

    /// Whether no point is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ranges.is_none()
    }

    /// Whether every point is in it.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.ranges().first().is_some_and(|range| range.first == T::MIN && range.last == T::MAX)
    }

    /// The smallest point in it.
    #[must_use]
    pub fn first(&self) -> Option<T> {
        self.ranges().first().map(|range| range.first)
    }

    /// Whether `point` is in it.
    #[must_use]
    pub fn contains(&self, point: T) -> bool {
        let after = self.ranges().partition_point(|range| range.last < point);
        self.ranges().get(after).is_some_and(|range| range.first <= point)
    }

    /// Whether every point of `other` is in it.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.ranges().iter().all(|wanted| {
            let at = self.ranges().partition_point(|range| range.last < wanted.first);
            self.ranges()
                .get(at)
                .is_some_and(|range| range.first <= wanted.first && wanted.last <= range.last)
        })
    }

    /// Whether the two share a point.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let (few, many) =
            if self.ranges().len() <= other.ranges().len() { (self, other) } else { (other, self) };
        let mut rest = many.ranges();
        few.ranges().iter().any(|range| {
            rest = rest.split_at(reach(rest, range.first)).1;
            rest.first().is_some_and(|next| next.first <= range.last)
        })
    }

    /// The points in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if self.is_all() || other.is_empty() {
            return self.clone();
        }
        if other.is_all() || self.is_empty() {
            return other.clone();
        }
        let (mut a, mut b) =
            (self.ranges().iter().copied().peekable(), other.ranges().iter().copied().peekable());
        Self::merged(std::iter::from_fn(move || match (a.peek(), b.peek()) {
            (Some(x), Some(y)) if y < x => b.next(),
            (Some(_), _) => a.next(),
            (None, _) => b.next(),
        }))
    }

    /// The points in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        if self.is_all() {
            return other.clone();
        }
        if other.is_all() {
            return self.clone();
        }
        let (few, many) =
            if self.ranges().len() <= other.ranges().len() { (self, other) } else { (other, self) };
        let mut rest = many.ranges();
        let mut ranges = Vec::new();
        for range in few.ranges() {
            rest = rest.split_at(reach(rest, range.first)).1;
            let overlapping = rest.iter().take_while(|next| next.first <= range.last);
            ranges.extend(
                overlapping.map(|next| Range {
                    first: max(range.first, next.first),
                    last: min(range.last, next.last),
                }),
            );
        }
        Self::of(ranges)
    }

    /// The points not in it.
    #[must_use]
    pub fn complement(&self) -> Self {
        let mut ranges = Vec::with_capacity(self.ranges().len() + 1);
        let mut from = Some(T::MIN);
        for range in self.ranges() {
            if let (Some(first), Some(last)) = (from, range.first.previous())
                && first <= last
            {
                ranges.push(Range { first, last });
            }
            from = range.last.next();
        }
        ranges.extend(from.map(|first| Range { first, last: T::MAX }));
        Self::of(ranges)
    }

    /// The points in this and not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.intersection(&other.complement())
    }

    /// The union of ranges that come in order; they may overlap or touch.
    pub(crate) fn merged(sorted: impl Iterator<Item = Range<T>>) -> Self {
        let mut ranges: Vec<Range<T>> = Vec::new();
        for range in sorted {
            match ranges.last_mut() {
                Some(open) if open.last.next().is_none_or(|next| range.first <= next) => {
                    open.last = max(open.last, range.last);
                }
                _ => ranges.push(range),
            }
        }
        Self::of(ranges)
    }

    /// Wraps ranges that are in canonical form.
    fn of(ranges: Vec<Range<T>>) -> Self {
        Self { ranges: (!ranges.is_empty()).then(|| ranges.into()) }
    }
}

/// How many of these ranges end before `point`. The answer is looked for near the front first: whoever asks goes through
/// both sets in order, so that it costs no more than a merge where both are alike in size, and far less where one is small.
fn reach<T: Point>(ranges: &[Range<T>], point: T) -> usize {
    let mut step = 1;
    while ranges.get(step - 1).is_some_and(|range| range.last < point) {
        step *= 2;
    }
    let (from, to) = (step / 2, (step - 1).min(ranges.len()));
    let within = ranges.get(from..to).unwrap_or_default();
    from.min(ranges.len()) + within.partition_point(|range| range.last < point)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points of a universe small enough to try every set.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    struct Small(u8);

    impl Point for Small {
        const MIN: Self = Self(0);
        const MAX: Self = Self(6);
        fn next(self) -> Option<Self> {
            (self < Self::MAX).then(|| Self(self.0 + 1))
        }
        fn previous(self) -> Option<Self> {
            self.0.checked_sub(1).map(Self)
        }
    }

    fn set(bits: u8) -> RangeSet<Small> {
        RangeSet::from_ranges((0..7).filter(|p| bits >> p & 1 == 1).map(|p| (Small(p), Small(p))))
    }

    fn bits(set: &RangeSet<Small>) -> u8 {
        (0..7).filter(|p| set.contains(Small(*p))).fold(0, |bits, p| bits | 1 << p)
    }

    fn canonical(set: &RangeSet<Small>) -> bool {
        set.ranges().iter().all(|r| r.first <= r.last)
            && set.ranges().windows(2).all(|w| w[0].last.next().is_some_and(|next| next < w[1].first))
    }

    #[test]
    fn every_operation_on_every_pair_of_a_small_universe() {
        for a in 0u8..128 {
            assert!(canonical(&set(a)));
            assert_eq!(bits(&set(a)), a);
            assert_eq!(set(a).complement(), set(!a & 127));
            for b in 0u8..128 {
                let (x, y) = (set(a), set(b));
                for (found, wanted) in
                    [(x.union(&y), a | b), (x.intersection(&y), a & b), (x.difference(&y), a & !b)]
                {
                    assert!(canonical(&found));
                    assert_eq!(found, set(wanted), "{a:07b} {b:07b}");
                }
                assert_eq!(x.covers(&y), a & b == b);
                assert_eq!(x.overlaps(&y), a & b != 0);
                assert_eq!(x.union(&y).complement(), x.complement().intersection(&y.complement()));
                assert_eq!(x.intersection(&y).complement(), x.complement().union(&y.complement()));
            }
        }
    }

    #[test]
    fn the_ends_of_the_line_are_points_like_others() {
        let ends = RangeSet::from_ranges([(0u128, 0), (u128::MAX, u128::MAX)]);
        assert_eq!(ends.complement(), RangeSet::from_ranges([(1, u128::MAX - 1)]));
        assert!(RangeSet::<u16>::all().is_all());
        assert!(RangeSet::<u16>::all().complement().is_empty());
        assert_eq!(RangeSet::from_ranges([(9u16, 3)]), RangeSet::empty());
    }
}
